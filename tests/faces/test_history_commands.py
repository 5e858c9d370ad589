# SPDX-License-Identifier: Apache-2.0
"""`archiver history`, `diff` and `changes`: what a person reads, what a program reads, and how they end."""

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from archiver import Archive
from archiver.options import CaptureOptions
from archiver.services.re_extract import catalogue, due, re_extract
from archiver.settings import read
from tests.faces.command import Here, Ran
from tests.faces.outlet import PAGE, Answer, Outlet
from tests.services.reread import keener

OPEN = PAGE.replace(b"All rights reserved.", b"All articles of The Quay are licensed under CC BY 4.0.")
CLOSED = OPEN.replace(b"CC BY 4.0", b"CC BY-NC 4.0").replace(b"at noon", b"at one")


@dataclass(frozen=True, slots=True)
class Held:
    """An archive with six captures of one page: three alike, one when it was gone, and two after it had changed."""

    folder: Path
    url: str
    ids: list[str]
    other: str
    """The URL of another page, whose publisher changed."""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    folder, ids = tmp_path_factory.mktemp("held") / "archive", []
    herald = PAGE.replace(b'content="The Quay"', b'content="=The Herald"')
    with Outlet({}) as outlet, Archive.init(folder, settings=read({"HOME": str(folder)})) as archive:
        options = CaptureOptions(allow_private=(outlet.place,), robots="off", page_only=True)
        for path, content, code in (
            ("/a", OPEN, 200), ("/a", OPEN, 200), ("/a", OPEN, 200), ("/a", b"gone", 410), ("/a", CLOSED, 200),
            ("/a", CLOSED, 200), ("/b", PAGE, 200), ("/b", herald, 200),
        ):  # fmt: skip
            outlet.answers[path] = Answer(content, code=code)
            (result,) = archive.capture(outlet.url(path), options)
            assert result.page.captured is not None
            ids.append(result.page.captured.manifest.observation.capture_id)
        return Held(folder, outlet.url("/a"), ids, outlet.url("/b"))


class Asked:
    """The command line, asked about that archive."""

    def __init__(self, here: Here, held: Held) -> None:
        self._here, self._held = here, held

    def __call__(self, *arguments: str) -> Ran:
        return self._here("--archive", str(self._held.folder), *arguments)


@pytest.fixture
def ask(here: Here, held: Held) -> Asked:
    return Asked(here, held)


def test_a_history_tells_what_changed_and_when(ask: Asked, held: Held) -> None:
    ran = ask("history", held.url)
    assert (ran.code, ran.out) == (0, "")
    shown = " ".join(ran.err.split())
    for said in (
        f"{held.ids[0][:8]} first capture",
        "publisher The Quay",
        "unchanged, seen 2 times until",
        "not the page: answered 410",
        f"({held.ids[2][:8]})",
        "license reworded",
        "CC BY 4.0",
        "CC BY-NC 4.0",
        "text: 6.25 % of the words, 1 place",
    ):
        assert said in shown, said
    assert "+ one" not in shown
    assert "+ one" in " ".join(ask("history", held.url, "--text").err.split())


def test_a_history_for_programs_is_a_line_for_each_row(ask: Asked, held: Held) -> None:
    rows = ask("history", held.url, "--json").lines
    assert [(row["what"], row["captures"]) for row in rows] == [
        ("first", 1), ("unchanged", 2), ("not-the-page", 1), ("changed", 1), ("unchanged", 1),
    ]  # fmt: skip
    assert [row["capture_id"] for row in rows] == [held.ids[n] for n in (0, 1, 3, 4, 5)]
    assert rows[1]["until"]["capture_id"] == held.ids[2]
    changed = rows[3]
    assert changed["before"]["capture_id"] == held.ids[2]
    (notice,) = [one for one in changed["notices"] if one["kind"] == "license"]
    assert (notice["how"], notice["before"]["license"], notice["after"]["license"]) == (
        "reworded", "CC-BY-4.0", "CC-BY-NC-4.0",
    )  # fmt: skip
    assert ("noon", "one") in [(one["before"], one["after"]) for one in changed["text"]["stretches"]]


def test_a_history_is_narrowed_by_time_and_number(ask: Asked, held: Held) -> None:
    url = held.url
    assert [row["what"] for row in ask("history", url, "--limit", "2", "--json").lines] == ["first", "unchanged"]
    assert ask("history", url, "--until", "2001").code == 3
    assert len(ask("history", url, "--from", "2001", "--json").lines) == 5
    assert ask("history", url, "--from", "tomorrow").code == 2


def test_a_url_without_captures_is_not_found_and_a_digest_is_no_url(ask: Asked, held: Held) -> None:
    assert ask("history", held.url + "/none").code == 3
    assert ask("history", "sha256:" + "0" * 64).code == 2


def test_a_diff_tells_how_two_captures_differ(ask: Asked, held: Held) -> None:
    ran = ask("diff", held.ids[0], held.ids[4])
    assert (ran.code, ran.out) == (0, "")
    assert "\x1b" not in ran.err
    shown = " ".join(ran.err.split())
    for said in (f"before {held.ids[0][:8]}", "license reworded", "- noon", "+ one"):
        assert said.split(" ", 1)[-1] in shown, said
    (document,) = ask("diff", held.ids[0], held.ids[4], "--json").lines
    assert (document["before"]["capture_id"], document["after"]["capture_id"]) == (held.ids[0], held.ids[4])
    assert [one["how"] for one in document["notices"] if one["kind"] == "license"] == ["reworded"]


def test_two_captures_of_the_same_page_do_not_differ(ask: Asked, held: Held) -> None:
    assert "nothing that is compared differs" in ask("diff", held.ids[0], held.ids[1]).err
    (document,) = ask("diff", held.ids[0], held.ids[1], "--json").lines
    assert (document["notices"], document["text"], document["title"]) == ([], None, None)


def test_a_diff_of_what_is_not_there_is_not_found(ask: Asked, held: Held) -> None:
    assert ask("diff", held.ids[0], "0000000000").code == 3
    assert ask("diff", held.ids[0], "no-id").code == 2


def test_the_pages_that_left_a_licence_are_found(ask: Asked, held: Held) -> None:
    ran = ask("changes", "--kind", "license", "--from", "CC-BY")
    assert (ran.code, ran.out) == (0, "")
    assert held.url in ran.err
    (line,) = ask("changes", "--kind", "license", "--from", "CC-BY", "--json").lines
    assert (line["before"]["license"], line["after"]["license"]) == ("CC-BY-4.0", "CC-BY-NC-4.0")
    assert (line["capture_before"]["capture_id"], line["capture_after"]["capture_id"]) == (held.ids[2], held.ids[4])
    assert ask("changes", "--kind", "license", "--from", "CC-BY-NC").code == 3
    assert ask("changes", "--kind", "licence").code == 2


def test_changes_as_a_table_have_a_header_and_no_formulas(ask: Asked, held: Held) -> None:
    ran = ask("changes", "--csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert ran.out.startswith("url,kind,how,text_before,text_after,license_before")
    by_kind = {row["kind"]: row for row in rows}
    assert by_kind["license"]["license_after"] == "CC-BY-NC-4.0"
    assert by_kind["license"]["capture_after"] == held.ids[4]
    assert by_kind["publisher"]["text_after"] == "'=The Herald"
    assert ask("changes", "--csv", "--json").code == 2
    none = ask("changes", "--csv", "--from", "CC0")
    assert (none.code, none.out) == (3, ran.out.partition("\n")[0] + "\n")


def test_the_changes_listed_are_as_many_as_asked_for(ask: Asked, held: Held) -> None:
    assert len(ask("changes", "--json").lines) > 1
    assert len(ask("changes", "--json", "--limit", "1").lines) == 1


def test_words_of_a_page_move_no_cursor_and_turn_no_writing_around(here: Here, outlet: Outlet) -> None:
    unseen = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
    hostile = '<a href="&#27;[2J">\u202etxt\u202c \u009b31m \u2028 &#27;[31m</a>'
    for name in ("Quay", "Mole"):
        words = PAGE.replace(b"Harbour notes", f"{name} {hostile}".encode())
        words = words.replace(b'content="The Quay"', f'content="{name} \u202e \u009b2J &#27;[2J"'.encode())
        outlet.answers["/b"] = Answer(
            words.replace(b"2026 The Quay", f"2026 {name} \u202e \u009b2J \u001b[2J".encode())
        )
        assert here("capture", outlet.url("/b"), "--page-only", "--allow-private", outlet.place).code == 0
    ids = [line["capture_id"] for line in here("lookup", outlet.url("/b"), "--json").lines]
    asked = [["history", outlet.url("/b")], ["diff", *ids], ["changes"], ["provenance", ids[0]], ["show", ids[0]]]
    for question in [*asked, ["lookup", ids[0]], ["manifest", ids[0]], ["changes", "--csv"]]:
        for more in ([], ["--json"] if "--csv" not in question else []):
            ran = here(*question, *more)
            assert not unseen.search(ran.out.replace("\n", "")), (question, more)
            assert not unseen.search(ran.err.replace("\n", "")), (question, more)
    for form in ("json", "prov-json", "premis"):
        told = here("provenance", ids[0], "--format", form).out
        assert not unseen.search(told.replace("\n", "")), form
    assert "\\u202e" in here("manifest", ids[0]).out
    assert json.loads(here("manifest", ids[0]).out)["claims"]["title"]["value"].startswith("Quay")


def test_what_only_another_extractor_reads_is_shown_apart_when_it_is_asked_for(
    here: Here, outlet: Outlet, tmp_path: Path
) -> None:
    """The first capture is read again by a later version than the one that reads the second, and that compares them."""
    options = CaptureOptions(allow_private=(outlet.place,), robots="off", page_only=True)
    with Archive.init(tmp_path / "archive", settings=read({"HOME": str(tmp_path)})) as archive:
        archive.capture(outlet.url("/a"), options)
        world, later = archive.world(), keener()
        for one in due(world.store, world.generations.current(), later.program):
            told = re_extract(
                world.store, world.generations.current(), one, later, archive_id=world.archive_id, now=world.now
            )
            catalogue(world, told)
        archive.capture(outlet.url("/a"), options)
    assert [row["what"] for row in here("history", outlet.url("/a"), "--json").lines] == ["first", "unchanged"]
    first, anew = here("history", outlet.url("/a"), "--extractor-changes", "--json").lines
    assert (anew["what"], anew["before"]["capture_id"]) == ("read-anew", first["capture_id"])
    assert [(one["kind"], one["how"]) for one in anew["notices"]] == [("tide-notice", "removed")]
    shown = here("history", outlet.url("/a"), "--extractor-changes").err
    assert "the page is the same" in shown
    assert "tide-notice removed" in shown
    (document,) = here("diff", first["capture_id"], anew["capture_id"], "--extractor-changes", "--json").lines
    assert (document["notices"], len(document["read_anew"]["notices"])) == ([], 1)
    assert "reads otherwise" in here("diff", first["capture_id"], anew["capture_id"], "--extractor-changes").err
    changes = here("changes", "--json")
    assert (changes.code, changes.out) == (3, "")
    assert "1 pair of captures was passed over" in " ".join(changes.err.split())
    assert "re-extract" in changes.err
