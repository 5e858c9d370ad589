# SPDX-License-Identifier: Apache-2.0
"""`archiver provenance` and `archiver show`: a chain in four forms, a capture on the terminal and as a page."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archiver.extract import EXTRACTOR
from tests.faces.command import Here
from tests.faces.outlet import PAGE, Answer, Outlet

LONG = " ".join(f"The ferry went by pier {n} of the old quay at the turn of the tide." for n in range(30)).encode()
ORIGINAL = PAGE.replace(b"The ferry left at noon and came back at dusk, as it always does.", LONG)
SHOWN = ("Earliest in this archive", "who ", "claimed", "captured", "terms ", "read by")


@pytest.fixture
def sites(here: Here, outlet: Outlet) -> str:
    """Captures an original and its reprint, which names the original, and gives the URL of the reprint."""
    outlet.answers["/original"] = Answer(ORIGINAL)
    named = b'<link rel="syndication-source" href="http://localhost:1/a"></head>'
    outlet.answers["/reprint"] = Answer(ORIGINAL.replace(b"The Quay", b"Meridian").replace(b"</head>", named))
    for path in ("/original", "/reprint"):
        assert here("capture", outlet.url(path), "--page-only", "--allow-private", outlet.place).code == 0
    assert here("texts").code == 0
    return outlet.url("/reprint")


def test_the_tree_names_who_when_terms_and_evidence(here: Here, sites: str, outlet: Outlet) -> None:
    ran = here("provenance", sites)
    assert (ran.code, ran.out) == (0, "")
    shown = " ".join(ran.err.split())
    for said in (*SHOWN, "names as its original", "by statement", "not in this archive", "by text", "of the text of"):
        assert " ".join(said.split()) in shown.replace("nearly the text", "much of the text"), said
    assert "first published" not in shown.lower()


def test_json_has_one_document_with_nodes_and_links(here: Here, sites: str) -> None:
    [told] = here("provenance", sites, "--json").lines
    assert told["format"] == "provenance-chain/0"
    assert told == json.loads(here("provenance", sites, "--format", "json").out)
    assert [node["in_this_archive"] for node in told["nodes"]] == [True, False, True]
    assert sorted(link["by"] for link in told["links"]) == [["statement"], ["text"]]
    assert [(node.get("claims_from"), node.get("extractor")) for node in told["nodes"]] == [
        ("manifest", f"{EXTRACTOR.name}/{EXTRACTOR.version}"), (None, None),
        ("manifest", f"{EXTRACTOR.name}/{EXTRACTOR.version}"),
    ]  # fmt: skip
    assert told["links"][0]["statement"]["evidence"]["place"]["ranges"]
    assert told["earliest_in_this_archive"]["captured"]["node"] == "n3"


def test_the_formats_of_the_standards_go_to_stdout(here: Here, sites: str) -> None:
    made = json.loads(here("provenance", sites, "--format", "prov-json").out)
    assert {"prefix", "entity", "activity", "agent", "wasDerivedFrom"} <= set(made)
    root = ElementTree.fromstring(here("provenance", sites, "--format", "premis").out)
    assert root.tag == "{http://www.loc.gov/premis/v3}premis"


def test_a_file_a_digest_and_an_id_are_questions_too(here: Here, sites: str, tmp_path: Path) -> None:
    (tmp_path / "saved.html").write_bytes(ORIGINAL)
    [by_file] = here("provenance", "saved.html", "--json").lines
    asked = by_file["nodes"][0]
    assert (asked["asked"], asked["url"].endswith("/original")) == ("payload", True)
    for query in (asked["payload"], asked["capture_id"], asked["capture_id"][:8]):
        [told] = here("provenance", query, "--json").lines
        assert told["nodes"][0]["capture_id"] == asked["capture_id"]
    [alone] = here("provenance", asked["capture_id"], "--depth", "0", "--json").lines
    assert (len(alone["nodes"]), alone["links"]) == (1, [])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("http://never.example/",), 3), (("two words",), 2), (("abcdef",), 3), (("http://never.example/", "--depth", "99"), 2),
        (("http://never.example/", "--json", "--format", "premis"), 2),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_has_its_exit_code_and_a_sentence(
    here: Here, sites: str, arguments: tuple[str, ...], code: int
) -> None:
    ran = here("provenance", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err


def test_a_capture_is_shown_and_written_as_one_page(here: Here, sites: str, tmp_path: Path) -> None:
    [told] = here("provenance", sites, "--json").lines
    capture_id = told["nodes"][0]["capture_id"]
    shown = here("show", capture_id[:8])
    assert (shown.code, shown.out) == (0, "")
    assert "Copyright 2026 Meridian. All rights reserved." in " ".join(shown.err.split())
    ran = here("show", capture_id[:8], "--html", "card.html", "--json")
    assert (ran.code, ran.err) == (0, "")
    page = (tmp_path / "card.html").read_bytes()
    [line] = ran.lines
    assert (line["capture_id"], line["html"], line["size"]) == (capture_id, "card.html", len(page))
    assert page.startswith(b"<!doctype html>")
    assert LONG[:60] in page
    assert here("show", capture_id, "--html", "-").out.encode() == page
    assert "Wrote card.html" in here("show", capture_id, "--html", "card.html").err


def test_a_page_that_cannot_be_written_is_told(here: Here, sites: str) -> None:
    [told] = here("provenance", sites, "--json").lines
    capture_id = told["nodes"][0]["capture_id"]
    assert here("show", capture_id, "--html", "no/such/folder/card.html").code == 2
    assert here("show", capture_id, "--html", "-", "--json").code == 2
    assert here("show", "0" * 31 + "1").code == 3


def test_a_capture_of_which_nothing_came_is_shown_too(here: Here, tmp_path: Path) -> None:
    ran = here("capture", "http://127.0.0.1:9/a", "--page-only", "--allow-private", "127.0.0.1:9", "--json")
    capture_id = ran.lines[0]["capture_id"]
    assert here("show", capture_id).code == 0
    assert here("show", capture_id, "--html", "card.html").code == 0
    assert b"There is no text to show" in (tmp_path / "card.html").read_bytes()
    [told] = here("show", capture_id, "--json").lines
    assert (told["claims_from"], told["extractor"], told["claims"]) == (None, None, None)
    for form in ("json", "prov-json", "premis"):
        assert here("provenance", capture_id, "--format", form).code == 0
