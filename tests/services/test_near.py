# SPDX-License-Identifier: Apache-2.0
"""What is near a capture, in an archive with an original, its reprints, an excerpt and pages that have nothing to do with it."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.errors import BadInput
from archiver.options import CaptureOptions
from archiver.settings import read
from tests.faces.outlet import Answer, Outlet

_WORDS = [
    "harbour",
    "ledger",
    "tide",
    "keeper",
    "rope",
    "winter",
    "museum",
    "channel",
    "pilot",
    "board",
    "snow",
    "road",
    "oars",
    "shed",
    "timber",
    "grain",
    "crane",
    "wheel",
    "council",
    "money",
    "vote",
    "north",
    "mole",
    "light",
    "bell",
    "fog",
    "horn",
    "engine",
    "coal",
    "steam",
    "cabin",
    "mast",
    "anchor",
    "chain",
    "quay",
    "stone",
]


def story(seed: int, paragraphs: int = 6) -> list[str]:
    chosen = random.Random(seed)
    return [
        " ".join(f"{chosen.choice(_WORDS)}{chosen.randrange(30)}" for _ in range(40)).capitalize() + "."
        for _ in range(paragraphs)
    ]


def page(paragraphs: list[str], title: str = "News") -> Answer:
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    return Answer(f"<!doctype html><title>{title}</title><article>{body}</article>".encode())


ORIGINAL = story(1)
EDITED = [*ORIGINAL[:2], ORIGINAL[2].replace("ledger", "book"), *ORIGINAL[3:]]
PAGES = {
    "/original": page(ORIGINAL),
    "/copy": page(ORIGINAL, "The same"),
    "/edited": page(EDITED),
    "/with-introduction": page([story(2, 1)[0], *ORIGINAL]),
    "/excerpt": page([*story(3, 4), ORIGINAL[3]]),
    "/other": page(story(4)),
    "/short": page(["Only a few words."]),
    "/picture.png": Answer(b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png"),
    "/plain.txt": Answer("\n\n".join(ORIGINAL).encode(), "text/plain; charset=utf-8"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Outlet]:
    with Outlet(PAGES) as one:
        yield one


@pytest.fixture(scope="module")
def archive(site: Outlet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder: Path = tmp_path_factory.mktemp("near") / "archive"
    with Archive.init(folder, settings=read({"HOME": str(folder.parent)})) as one:
        one.capture([site.url(path) for path in PAGES], CaptureOptions(page_only=True, allow_private=(site.place,)))
        one.read_texts()
        yield one


def capture_of(archive: Archive, site: Outlet, path: str) -> str:
    return archive.lookup(site.url(path))[0].found.capture_id


def test_the_copy_the_edition_and_the_one_with_an_introduction_are_near(archive: Archive, site: Outlet) -> None:
    found = archive.near(capture_of(archive, site, "/original"))
    paths = [one.found.url.removeprefix(site.url("")) for one in found]
    assert set(paths) == {"/copy", "/plain.txt", "/edited", "/with-introduction"}
    by_path = dict(zip(paths, found, strict=True))
    assert [(by_path[one].distance, by_path[one].overlap) for one in ("/copy", "/plain.txt")] == [(0, 1.0)] * 2
    assert 0.9 < by_path["/edited"].overlap < 1
    assert 0.85 < by_path["/with-introduction"].overlap < 0.95
    assert [one.overlap for one in found] == sorted((one.overlap for one in found), reverse=True)


def test_nearness_goes_both_ways(archive: Archive, site: Outlet) -> None:
    found = archive.near(capture_of(archive, site, "/with-introduction"))
    assert site.url("/original") in {one.found.url for one in found}


@pytest.mark.parametrize("path", ["/other", "/short", "/picture.png"])
def test_what_has_no_like_has_none(archive: Archive, site: Outlet, path: str) -> None:
    assert archive.near(capture_of(archive, site, path)) == []


def test_a_page_is_not_near_itself_when_captured_again(archive: Archive, site: Outlet) -> None:
    archive.capture(site.url("/other"), CaptureOptions(page_only=True, allow_private=(site.place,)))
    archive.read_texts()
    assert len(archive.lookup(site.url("/other"))) == 2
    assert archive.near(capture_of(archive, site, "/other")) == []


def test_a_passage_is_traced_into_a_longer_page(archive: Archive, site: Outlet) -> None:
    found = {one.found.url.removeprefix(site.url("")): one.overlap for one in archive.trace(ORIGINAL[3])}
    assert found == dict.fromkeys(
        ("/original", "/copy", "/plain.txt", "/edited", "/with-introduction", "/excerpt"), 1.0
    )


def test_a_whole_page_is_traced_to_one_that_has_thirty_words_of_it(archive: Archive, site: Outlet) -> None:
    found = {one.found.url.removeprefix(site.url("")): one.overlap for one in archive.trace("\n".join(ORIGINAL))}
    assert found["/original"] == 1.0
    assert found["/excerpt"] == pytest.approx(40 / 240)


@pytest.mark.parametrize("every", [7, 10, 15])
def test_a_passage_is_found_with_a_word_changed_here_and_there(archive: Archive, site: Outlet, every: int) -> None:
    words = " ".join(ORIGINAL).split()[20:110]
    words[::every] = ["otherwise"] * len(words[::every])
    found = {one.found.url: one.overlap for one in archive.trace(" ".join(words))}
    assert site.url("/original") in found
    assert site.url("/other") not in found


def test_a_passage_that_is_too_short_is_refused(archive: Archive) -> None:
    with pytest.raises(BadInput, match="29 words"):
        archive.trace(" ".join(["word"] * 29))


def test_thirty_words_are_enough_wherever_they_begin(archive: Archive, site: Outlet) -> None:
    words = " ".join(ORIGINAL).split()
    for first in range(0, len(words) - 30, 11):
        urls = {one.found.url for one in archive.trace(" ".join(words[first : first + 30]))}
        assert site.url("/original") in urls
