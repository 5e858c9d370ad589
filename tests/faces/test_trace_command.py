# SPDX-License-Identifier: Apache-2.0
"""`archiver trace`, `archiver texts`, and looking up a file that nothing equals: found by what the texts say."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.options import CaptureOptions
from archiver.settings import read
from archiver.texts.schema import VERSION
from archiver.texts.shelf import Shelf
from tests.faces.command import Here, cli, ended, start
from tests.faces.outlet import Answer, Outlet

STORY = [
    "The keeper of the northern lighthouse wrote down every tide by hand for thirty-one years, in ledgers that the harbour "
    "board threw away when the light was automated in the spring of 1988.",
    "His daughter found nine of them in a shed behind the ropewalk last winter, under a tarpaulin and two broken oars, and "
    "took them to the museum in a wheelbarrow because the road was closed by snow.",
    "The figures show that the channel has silted up by almost a metre since the ledgers begin, which the pilots have said "
    "for decades and the board has denied for just as long.",
]
OTHER = [
    "Prices for herring fell again this week, and three of the larger boats stayed in port to save on diesel, said the man "
    "who runs the auction hall, adding that he had not seen such a week since his father ran it.",
    "A meeting about the price is to be held on Thursday in the parish room, where the heating has been out of order since "
    "November and coats are advised, as the notice on the door says in three languages.",
]
KEYS = ["overlap", "claimed_published_at", "earliest_capture_at", "capture_id", "url", "title", "publisher"]


def page(paragraphs: list[str], *, outlet: str, day: str = "2026-03-02", lead: str = "") -> Answer:
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    return Answer(
        f'<!doctype html><html lang="en"><head><title>{outlet} news</title><meta property="og:site_name" content="{outlet}">'
        f'<meta property="article:published_time" content="{day}T08:00:00Z"></head><body><nav><a href="/">Home</a></nav>'
        f"<article><h1>News</h1>{lead}{body}</article><footer>Copyright 2026 {outlet}. All rights reserved.</footer>"
        .encode()
    )  # fmt: skip


@pytest.fixture(scope="module")
def news() -> Iterator[Outlet]:
    answers = {
        "/original": page(STORY, outlet="The Quay"),
        "/reprint": page(
            STORY, outlet="The Echo", day="2026-03-09", lead="<p>This article first appeared elsewhere.</p>"
        ),
        "/inside": page([*OTHER, STORY[1]], outlet="The Digest", day="2026-04-01"),
        "/other": page(OTHER, outlet="The Herald"),
    }
    with Outlet(answers) as one:
        yield one


@pytest.fixture(scope="module")
def archived(news: Outlet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of four segments, each with one page, all of them read."""
    folder: Path = tmp_path_factory.mktemp("news") / "archive"
    with Archive.init(folder, settings=read({"HOME": str(folder.parent)})) as archive:
        for path in ("/original", "/reprint", "/inside", "/other"):
            archive.capture(news.url(path), CaptureOptions(page_only=True, robots="off", allow_private=(news.place,)))
        archive.read_texts()
    return folder


@pytest.fixture
def captured(here: Here, news: Outlet, archived: Path, tmp_path: Path) -> Outlet:
    """A copy of it where the command line looks."""
    shutil.copytree(archived, tmp_path / "archive")
    return news


def test_a_passage_is_found_in_every_page_that_has_it_the_longer_ones_too(here: Here, captured: Outlet) -> None:
    ran = here("trace", STORY[1], "--json")
    assert ran.code == 0
    assert ran.err == ""
    assert {line["url"] for line in ran.lines} == {captured.url(one) for one in ("/original", "/reprint", "/inside")}
    for line in ran.lines:
        assert list(line) == KEYS
        assert line["overlap"] == 1.0
    dates = {line["url"].rpartition("/")[2]: line["claimed_published_at"][:10] for line in ran.lines}
    assert dates == {"original": "2026-03-02", "reprint": "2026-03-09", "inside": "2026-04-01"}


def test_a_passage_with_small_changes_is_found(here: Here, captured: Outlet) -> None:
    changed = STORY[1].replace("nine", "seven").replace("last winter", "this winter").upper()
    lines = here("trace", changed, "--json").lines
    assert {line["url"] for line in lines} == {captured.url(one) for one in ("/original", "/reprint", "/inside")}
    assert all(0.8 < line["overlap"] < 1 for line in lines)


def test_dates_of_pages_and_of_captures_stand_in_columns_of_their_own(here: Here, captured: Outlet) -> None:
    said = here("trace", STORY[0]).err
    head = next(line for line in said.splitlines() if "overlap" in line)
    assert head.index("claimed date") < head.index("earliest in this archive")
    assert "first published" not in said.lower()
    assert "2026-03-02" in said


def test_a_saved_page_is_traced_by_its_main_text(here: Here, captured: Outlet, tmp_path: Path) -> None:
    (tmp_path / "saved.html").write_bytes(captured.answers["/original"].content)
    urls = [line["url"] for line in here("trace", "saved.html", "--json").lines]
    assert set(urls) == {captured.url(one) for one in ("/original", "/reprint", "/inside")}
    assert urls[-1] == captured.url("/inside")


def test_a_passage_on_stdin_is_traced(captured: Outlet, tmp_path: Path) -> None:
    ran = cli("trace", "-", "--json", cwd=tmp_path, stdin=STORY[2].encode())
    assert {line["url"] for line in ran.lines} == {captured.url("/original"), captured.url("/reprint")}


def test_a_passage_that_no_page_has_is_not_found(here: Here, captured: Outlet) -> None:
    ran = here("trace", " ".join(f"word{number}" for number in range(40)))
    assert ran.code == 3
    assert "no page with this passage" in ran.err


@pytest.mark.parametrize("passage", ["", "far too short", " ".join(["word"] * 29)])
def test_a_passage_of_fewer_than_thirty_words_is_a_mistake(here: Here, captured: Outlet, passage: str) -> None:
    ran = here("trace", passage)
    assert ran.code == 2
    assert "at least 30 are needed" in ran.err


def test_a_file_that_is_not_there_is_a_mistake(here: Here, captured: Outlet) -> None:
    ran = here("trace", "no-such-page.html")
    assert ran.code == 2
    assert "there is no file 'no-such-page.html'" in ran.err


def test_a_file_that_is_no_text_is_a_mistake(here: Here, captured: Outlet, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    assert here("trace", "picture.png").code == 2


def test_what_was_not_read_is_told_and_texts_reads_it(here: Here, news: Outlet) -> None:
    told = ["--page-only", "--no-texts", "--allow-private", news.place]
    assert here("capture", news.url("/original"), *told).code == 0
    ran = here("trace", STORY[0])
    assert ran.code == 3
    assert "1 segment is not read yet; run archiver texts" in ran.err
    [line] = here("texts", "--json").lines
    assert line == {
        "segments_read": 1,
        "pages_read": 1,
        "damaged": [],
        "segments": 1,
        "pages": 1,
        "texts": 1,
        "languages": {"en": 1},
    }
    [line] = here("texts", "--json").lines
    assert line == {
        "segments_read": 0,
        "pages_read": 0,
        "damaged": [],
        "segments": 1,
        "pages": 1,
        "texts": 1,
        "languages": {"en": 1},
    }
    assert here("trace", STORY[0]).code == 0


def test_a_rebuild_makes_the_texts_database_anew(here: Here, captured: Outlet, tmp_path: Path) -> None:
    path = tmp_path / "archive" / "texts.sqlite"
    before = here("trace", STORY[1], "--json").lines
    assert before
    path.write_bytes(b"SQLite format 3\0 and then nothing of the kind")
    assert here("rebuild").code == 0
    assert here("trace", STORY[1], "--json").lines == before


def test_a_database_of_another_version_is_made_anew(here: Here, captured: Outlet, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "archive" / "texts.sqlite") as other:
        other.execute("UPDATE fact SET content = ? WHERE name = 'version'", (str(VERSION + 1),))
    other.close()
    assert "4 segments are not read yet" in here("trace", STORY[1]).err
    assert here("texts").code == 0
    assert here("trace", STORY[1]).code == 0


def test_a_page_that_does_not_read_back_is_told_and_its_text_is_read_from_another_capture(
    here: Here, captured: Outlet, tmp_path: Path
) -> None:
    first = min((tmp_path / "archive" / "segments").rglob("*.warc.gz"))
    content = bytearray(first.read_bytes())
    for at in range(100, len(content), 50):
        content[at] ^= 0xFF
    first.chmod(0o644)
    first.write_bytes(content)
    ran = here("trace", STORY[1], "--json")
    assert ran.code == 1
    found = sorted(line["url"] for line in ran.lines)
    assert found == [captured.url(path) for path in ("/inside", "/original", "/reprint")]


def test_a_damaged_segment_is_told_and_the_others_are_read(here: Here, news: Outlet, tmp_path: Path) -> None:
    for path in ("/original", "/inside"):
        assert here("capture", news.url(path), "--page-only", "--no-texts", "--allow-private", news.place).code == 0
    first = min((tmp_path / "archive" / "segments").rglob("*.warc.gz"))
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 0xFF
    first.chmod(0o644)
    first.write_bytes(content)
    ran = here("texts", "--json")
    assert ran.code == 1
    assert (ran.lines[0]["segments_read"], len(ran.lines[0]["damaged"])) == (1, 1)
    assert [line["url"] for line in here("trace", STORY[1], "--json").lines] == [news.url("/inside")]


def test_a_saved_page_that_was_changed_a_little_is_found_by_its_text(
    here: Here, captured: Outlet, tmp_path: Path
) -> None:
    content = captured.answers["/original"].content
    (tmp_path / "same-text.html").write_bytes(content.replace(b"<p>", b"<p >"))
    assert {line["matched"] for line in here("lookup", "same-text.html", "--json").lines} == {"text"}
    (tmp_path / "edited.html").write_bytes(content.replace(b"two broken oars", b"three broken oars"))
    lines = here("lookup", "edited.html", "--json").lines
    assert lines[0]["matched"] == "similar-text"
    assert 0.9 < lines[0]["score"] < 1
    assert {line["url"] for line in lines[:2]} == {captured.url("/original"), captured.url("/reprint")}
    assert [line["url"] for line in lines[2:] if line["score"] > 0.5] == []
    assert here("lookup", "edited.html", "--exact").code == 3


def test_a_revisit_has_the_text_of_what_it_repeats(here: Here, captured: Outlet, tmp_path: Path) -> None:
    assert here("capture", captured.url("/other"), "--page-only", "--allow-private", captured.place).code == 0
    [line] = here("texts", "--json").lines
    assert (line["pages"], line["texts"]) == (5, 3)  # the reprint has the text of the original


def test_a_smaller_copy_of_an_image_is_found_by_what_it_looks_like(here: Here, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    from tests.texts.test_pictures import drawn, saved

    answers = {f"/{seed}.png": Answer(saved(drawn(seed)), "image/png") for seed in range(4)}
    with Outlet(answers) as site:
        assert here("capture", *map(site.url, answers), "--page-only", "--allow-private", site.place).code == 0
    (tmp_path / "copy.jpg").write_bytes(saved(drawn(2, (300, 200)), "JPEG", quality=60))
    [line] = here("lookup", "copy.jpg", "--json").lines
    assert (line["url"], line["matched"]) == (site.url("/2.png"), "similar-image")
    assert 0.9 < line["score"] <= 1
    assert here("lookup", "copy.jpg", "--exact").code == 3
    [line] = here("texts", "--json").lines
    assert (line["segments"], line["pages"]) == (1, 0)


def test_images_are_read_once_they_can_be(here: Here, captured: Outlet, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    import sqlite3

    with sqlite3.connect(tmp_path / "archive" / "texts.sqlite") as other:
        other.execute("UPDATE fact SET content = ? WHERE name = 'version'", (str(VERSION),))
    other.close()
    [line] = here("texts", "--json").lines
    assert line["segments_read"] == 4


def test_two_processes_that_read_at_once_read_each_segment_once(captured: Outlet, tmp_path: Path, here: Here) -> None:
    (tmp_path / "archive" / "texts.sqlite").unlink()
    ran = [ended(one) for one in [start("texts", "--json", cwd=tmp_path) for _ in range(2)]]
    assert [one.code for one in ran] == [0, 0]
    assert sum(one.lines[0]["segments_read"] for one in ran) == 4
    assert len(here("trace", STORY[1], "--json").lines) == 3


def test_a_capture_does_not_wait_for_another_process_that_reads_and_says_so(here: Here, tmp_path: Path) -> None:
    assert here("init").code == 0
    with (
        Shelf(tmp_path / "archive" / "texts.sqlite").filling(wait=True),
        Outlet({"/a": page(STORY, outlet="A")}) as site,
    ):
        ran = here("capture", site.url("/a"), "--page-only", "--allow-private", site.place)
    assert ran.code == 0
    assert "another process is reading; run archiver texts" in ran.err
    assert here("texts", "--json").lines[0]["segments_read"] == 1
