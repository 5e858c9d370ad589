# SPDX-License-Identifier: Apache-2.0
"""The Python API as a script or a notebook uses it: make, open, capture, find in every spelling, lose the catalog, go on."""

import asyncio
import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.capture.http import Limits
from archiver.errors import Ambiguous, BadInput, Damaged, NewerFormat, NoArchive, NotFound
from archiver.options import CaptureOptions
from archiver.services.lookup import Match
from archiver.services.seed_results import Seed
from archiver.settings import Settings
from archiver.settings import read as read_settings
from manifests.capture import Outcome
from manifests.digest import Role
from tests.site.cases_coding import PLAIN
from tests.site.server import Site

LIMITS = Limits(connect=2.0, header=1.0, idle=1.0, total=4.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as one:
        yield one


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def archive(place: Path, settings: Settings) -> Iterator[Archive]:
    with Archive.init(place, settings=settings) as one:
        yield one


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"HOME": str(tmp_path)})


def _alone(site: Site) -> CaptureOptions:
    """Each page by itself: one capture a URL."""
    return CaptureOptions(allow_private=(f"127.0.0.1:{site.port}",), page_only=True, robots="off", limits=LIMITS)


def _take(archive: Archive, site: Site, *names: str) -> list[str]:
    """Captures pages one after the other, each in a segment of its own; returns their ids."""
    taken = []
    for name in names:
        (result,) = archive.capture(site.url(name), _alone(site))
        assert result.page.captured is not None
        taken.append(result.page.captured.manifest.observation.capture_id)
    return taken


def _ids(matches: list[Match]) -> list[str]:
    return [one.found.capture_id for one in matches]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# Making and opening


def test_an_archive_keeps_its_id_and_says_whose_it_is(place: Path, settings: Settings) -> None:
    with Archive.init(place, operator="City Desk", contact="desk@paper.example", settings=settings) as made:
        pass
    with Archive.open(place, settings=settings) as opened:
        assert opened.described == made.described
    described = json.loads((place / "archive.json").read_bytes())
    assert described["format"] == "archive/0"
    assert described["operator"]["name"] == "City Desk"
    assert described["operator"]["contact"] == "desk@paper.example"


def test_operator_and_contact_come_from_the_environment_when_not_given(place: Path, tmp_path: Path) -> None:
    named = {"HOME": str(tmp_path), "ARCHIVER_OPERATOR": "Night Desk", "ARCHIVER_CONTACT": "night@paper.example"}
    with Archive.init(place, settings=read_settings(named)) as archive:
        assert archive.described.operator is not None
        assert (archive.described.operator.name, archive.described.operator.contact) == (
            "Night Desk",
            "night@paper.example",
        )


def test_a_second_init_is_refused_and_changes_nothing(archive: Archive, place: Path, settings: Settings) -> None:
    archive.close()
    before = _files(place)
    with pytest.raises(BadInput, match="already"):
        Archive.init(place, settings=settings)
    assert _files(place) == before


def test_where_there_is_no_archive_none_is_made(tmp_path: Path, settings: Settings) -> None:
    for where in (tmp_path / "nothing", tmp_path):
        with pytest.raises(NoArchive, match="init"):
            Archive.open(where, settings=settings)
    assert list(tmp_path.iterdir()) == []


def test_a_later_format_is_refused_and_nothing_is_changed(place: Path, settings: Settings) -> None:
    place.mkdir()
    (place / "archive.json").write_text('{"format":"archive/9","archive_id":"x","novelty":[1]}')
    before = _files(place)
    with pytest.raises(NewerFormat, match="archive/9"):
        Archive.open(place, settings=settings)
    with pytest.raises(BadInput):
        Archive.init(place, settings=settings)
    assert _files(place) == before


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"[]", b'{"format":"archive/0"}', b'{"format":"novel/1"}', b"\xff"]
)
def test_a_description_that_cannot_be_read_is_damage(place: Path, settings: Settings, content: bytes) -> None:
    place.mkdir()
    (place / "archive.json").write_bytes(content)
    with pytest.raises(Damaged, match=r"archive\.json"):
        Archive.open(place, settings=settings)


@pytest.mark.parametrize("where", ["ftp://host/archive", "s3://", "https://example.org/"])
def test_a_place_that_is_none_is_told(where: str, settings: Settings) -> None:
    with pytest.raises(BadInput, match="names no archive"):
        Archive.open(where, settings=settings)


def test_state_can_live_apart_from_a_folder_archive(place: Path, site: Site, tmp_path: Path) -> None:
    apart = read_settings({"HOME": str(tmp_path), "ARCHIVER_STATE": str(tmp_path / "state")})
    with Archive.init(place, settings=apart) as archive:
        _take(archive, site, "steady")
        assert len(archive.lookup(site.url("steady"))) == 1
    assert {path.name for path in place.iterdir()} <= {"archive.json", "segments", "ledger", "staging"}
    assert (tmp_path / "state" / "catalog.sqlite").is_file()


# Capturing


def test_an_exhausted_capture_is_sealed_and_findable(archive: Archive, site: Site) -> None:
    seeds = (site.url(name) for name in ("article", "steady"))
    options = CaptureOptions(allow_private=(f"127.0.0.1:{site.port}",), limits=LIMITS)
    results = list(archive.capture(seeds, options))
    assert {one.page.outcome for one in results} == {Outcome.CAPTURED_COMPLETE}
    recorded = [one for result in results for one in result.results if one.captured]
    assert {one.url for one in recorded} > {site.url("article"), site.url("style.css"), site.url("robots.txt")}
    for one in recorded:
        assert one.captured is not None
        assert one.captured.manifest.observation.capture_id in _ids(archive.lookup(one.url))
    assert archive.catalog().counts() == {"captures": len(recorded), "segments": 1}
    assert archive.verify().findings == []


def test_a_seed_carries_its_own_labels(archive: Archive, site: Site) -> None:
    (result,) = archive.capture(Seed(site.url("steady"), {"case": "2026-17"}) for _ in "1")
    assert result.page.outcome is Outcome.REFUSED
    (result,) = archive.capture([Seed(site.url("steady"), {"case": "2026-17"})], _alone(site))
    assert result.page.captured is not None
    assert result.page.captured.manifest.observation.labels == {"case": "2026-17"}


def test_a_capture_closed_early_loses_nothing_that_was_yielded(archive: Archive, site: Site) -> None:
    capturing = archive.capturing([site.url("steady"), site.url("hang-before-any-byte")], _alone(site))
    assert isinstance(capturing, Iterator)
    first = next(capturing)
    capturing.close()
    archive.world()
    assert first.page.url == site.url("steady")
    assert len(archive.lookup(site.url("steady"))) == 1
    assert archive.verify().findings == []


def test_seeds_that_fail_on_the_way_lose_nothing_that_was_yielded(
    archive: Archive, place: Path, site: Site, settings: Settings
) -> None:
    def seeds() -> Iterator[str]:
        for at in range(20):
            yield site.url(f"page-{at}")
        raise ZeroDivisionError

    yielded: list[str] = []
    with pytest.raises(ZeroDivisionError):
        yielded.extend(result.page.url for result in archive.capturing(seeds(), _alone(site)))
    archive.close()
    with Archive.open(place, settings=settings) as again:
        again.world()
        assert yielded
        assert [url for url in yielded if not again.lookup(url)] == []
        assert again.verify().findings == []


def test_options_that_cannot_be_used_are_told_to_the_caller(archive: Archive, site: Site) -> None:
    with pytest.raises(BadInput):
        list(archive.capture(site.url("steady"), CaptureOptions(robots="sometimes")))
    with pytest.raises(BadInput):
        list(archive.capture(site.url("steady"), CaptureOptions(allow_private=("*",))))
    assert archive.lookup(site.url("steady")) == []


def test_it_can_all_be_done_inside_a_running_event_loop(archive: Archive, site: Site) -> None:
    async def notebook() -> tuple[int, int, bytes]:
        captured = list(archive.capture(site.url("steady"), _alone(site)))
        with archive.recording(_alone(site)) as session:
            content = session.get(site.url("frame")).content
        return len(captured), len(archive.lookup(site.url("frame"))), content

    assert asyncio.run(notebook())[:2] == (1, 1)


def test_what_was_handed_back_survives_the_death_of_the_process(
    archive: Archive, place: Path, site: Site, settings: Settings
) -> None:
    archive.close()
    script = f"""
import os, pathlib
from archiver.archive import Archive
from archiver.options import CaptureOptions
with Archive.open({str(place)!r}) as archive:
    with archive.recording(CaptureOptions(allow_private=("127.0.0.1:{site.port}",))) as session:
        response = session.get({site.url("steady")!r})
        print(response.capture.capture_id, flush=True)
        os._exit(9)
"""
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=30)
    assert died.returncode == 9, died.stderr
    with Archive.open(place, settings=settings) as again:
        assert again.lookup(site.url("steady")) == []
        again.world()
        assert _ids(again.lookup(site.url("steady"))) == [died.stdout.strip()]
        assert again.verify().findings == []


# Finding


def test_a_url_is_found_in_every_spelling_of_it(archive: Archive, site: Site) -> None:
    (capture_id,) = _take(archive, site, "steady?b=2&a=1")
    port = site.port
    for spelling in (
        site.url("steady?b=2&a=1"),
        f"HTTP://127.0.0.1:{port}/steady?b=2&a=1#log",
        f"http://keeper:word@127.0.0.1:{port}/steady?b=2&a=1",
        f"http://127.1:{port}/x/../steady?b=2&a=1",
        f"  http://127.0.0.1:{port}/steady?b=2&a=1\n",
        f"127.0.0.1:{port}/steady?b=2&a=1",
    ):
        assert _ids(archive.lookup(spelling, exact=True)) == [capture_id], spelling
        (match,) = archive.lookup(spelling)
        assert match.matched == "url"
    similar = f"https://127.0.0.1:{port}/Steady?a=1&b=2"
    assert _ids(archive.lookup(f"http://127.0.0.1:{port}/steady?a=1&b=2")) == [capture_id]
    assert archive.lookup(f"http://127.0.0.1:{port}/steady?a=1&b=2", exact=True) == []
    assert archive.lookup(similar, exact=True) == []
    assert archive.lookup(f"http://127.0.0.1:{port}/steady") == []


def test_captures_come_oldest_first_and_at_gives_the_nearest(archive: Archive, site: Site) -> None:
    taken = _take(archive, site, "changing", "changing", "changing", "steady")[:3]
    found = archive.lookup(site.url("changing"))
    assert _ids(found) == taken
    times = [one.found.fetched_at for one in found]
    for capture_id, at in zip(taken, times, strict=True):
        assert _ids(archive.lookup(site.url("changing"), at=at)) == [capture_id]
    long_ago, far_ahead = datetime.fromisoformat("1990-01-01T00:00:00Z"), times[2] + timedelta(days=9000)
    assert _ids(archive.lookup(site.url("changing"), at=long_ago)) == [taken[0]]
    assert _ids(archive.lookup(site.url("changing"), at=far_ahead)) == [taken[2]]
    middle = times[1] + (times[2] - times[1]) / 4
    assert _ids(archive.lookup(site.url("changing"), at=middle)) == [taken[1]]
    assert archive.lookup(site.url("never"), at=long_ago) == []


def test_a_digest_is_found_in_every_spelling_of_it(archive: Archive, site: Site) -> None:
    (capture_id,) = _take(archive, site, "steady")
    body = archive.entity(capture_id)
    sha256, sha1 = hashlib.sha256(body), hashlib.sha1(body, usedforsecurity=False)
    sri = base64.b64encode(sha256.digest()).decode()
    base32 = base64.b32encode(sha1.digest()).decode()
    for spelling in (
        f"sha256:{sha256.hexdigest()}",
        f"SHA-256:{sha256.hexdigest().upper()}",
        sha256.hexdigest(),
        sha256.hexdigest().upper(),
        f"sha256-{sri}",
        f"sha256-{sri.rstrip('=')}",
        f"sha256:{base64.b32encode(sha256.digest()).decode().rstrip('=')}",
        sha1.hexdigest(),
        f"sha1:{sha1.hexdigest()}",
        f"sha1:{base32}",
        base32,
        f"  sha1:{base32}  ",
    ):
        (match,) = archive.lookup(spelling)
        assert match.found.capture_id == capture_id, spelling
        assert match.matched == "payload"
        assert match.digest is not None
    assert archive.lookup("0" * 64) == []
    for wrong in (f"sha256:{sha256.hexdigest()[:-1]}", "sha256:", "sha1:xyz", f"sha512:{sha1.hexdigest()}"):
        with pytest.raises(BadInput, match="digest"):
            archive.lookup(wrong)


def test_the_role_of_a_digest_that_matched_is_told(archive: Archive, site: Site) -> None:
    (capture_id,) = _take(archive, site, "gzip-page")
    seen = archive.manifest(capture_id).observation
    for role in (Role.PAYLOAD, Role.ENTITY, Role.BLOCK):
        digest = seen.digests.get(role)
        assert digest is not None
        (match,) = archive.lookup(digest)
        assert match.matched == role.value


def test_a_file_is_found_by_what_it_holds(
    archive: Archive, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (capture_id,) = _take(archive, site, "gzip-page")
    saved = tmp_path / "saved as.html"
    saved.write_bytes(archive.entity(capture_id))
    (match,) = archive.lookup(str(saved))
    assert (match.found.capture_id, match.matched) == (capture_id, "entity")
    monkeypatch.chdir(tmp_path)
    assert _ids(archive.lookup("saved as.html")) == [capture_id]
    saved.write_bytes(b"another")
    assert archive.lookup(str(saved)) == []


@pytest.mark.parametrize("query", ["", "   ", "no such file", "ftp://host/x", "http://"])
def test_a_question_that_means_nothing_is_told(archive: Archive, query: str) -> None:
    with pytest.raises(BadInput):
        archive.lookup(query)


def test_a_shortened_id_finds_its_capture_unless_it_fits_several(archive: Archive, site: Site) -> None:
    urls = [site.url(f"page-{at}") for at in range(17)]  # seventeen ids share their first digit somewhere
    results = list(archive.capture(urls, _alone(site)))
    ids = [one.page.captured.manifest.observation.capture_id for one in results if one.page.captured]
    assert len(ids) == 17
    whole = ids[0]
    for spelling in (whole, whole.upper(), whole.replace("-", ""), f"urn:uuid:{whole}", whole[:20], f" {whole[:13]} "):
        assert archive.manifest(spelling).observation.capture_id == whole
        assert archive.find(spelling).capture_id == whole
    shared = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    with pytest.raises(Ambiguous, match="more digits"):
        archive.manifest(shared)
    unused = f"{(int(whole[:8], 16) + 1) % 2**32:08x}{'0' * 24}"
    with pytest.raises(NotFound):
        archive.manifest(unused)
    for wrong in ("", "-", "xyz", whole + "0", "../archive.json"):
        with pytest.raises(BadInput, match="no capture id"):
            archive.manifest(wrong)


def test_a_manifest_is_the_one_its_result_showed(archive: Archive, site: Site) -> None:
    (result,) = archive.capture(site.url("article"), _alone(site))
    captured = result.page.captured
    assert captured is not None
    assert archive.manifest(captured.manifest.observation.capture_id) == captured.manifest
    assert hashlib.sha256(archive.manifest_bytes(captured.manifest.observation.capture_id)).hexdigest() == (
        captured.manifest_digest.hex
    )


def test_the_manifest_of_a_failure_can_be_read_and_it_has_no_entity(archive: Archive, site: Site) -> None:
    (failed,) = _take(archive, site, "close-in-header")
    assert archive.manifest(failed).observation.reason == "header-cut"
    with pytest.raises(NotFound, match="no response"):
        archive.entity(failed)


def test_the_entity_of_a_revisit_is_that_of_the_response_it_refers_to(archive: Archive, site: Site) -> None:
    first, second = _take(archive, site, "gzip-page", "gzip-page")
    assert archive.find(second).revisit
    assert archive.manifest(second).observation.revisits is not None
    assert archive.entity(second) == archive.entity(first)
    assert b"The long ebb" in archive.entity(second)


def test_a_revisit_is_decoded_as_its_own_head_says(archive: Archive, site: Site) -> None:
    first, second = _take(archive, site, "coding-gzip-twice", "coding-gzip-twice-declared-once")
    assert archive.find(second).revisit
    assert PLAIN in archive.entity(first)
    assert archive.entity(second).startswith(b"\x1f\x8b")


def test_a_capture_a_segment_or_everything_can_be_verified(archive: Archive, site: Site) -> None:
    (capture_id,) = _take(archive, site, "steady")
    segment_id = archive.find(capture_id).segment.segment_id
    for what in (None, capture_id, capture_id[:18], segment_id, segment_id[:22].upper()):
        assert archive.verify(what).findings == []
    with pytest.raises(NotFound):
        archive.verify("0" * 32)


# Losing what can be made again


def _answers(archive: Archive, site: Site) -> list[list[Match]]:
    questions = [site.url(name) for name in ("changing", "article", "moved", "close-in-header", "style.css")]
    questions += [one.found.payload_sha256 for one in archive.lookup(questions[0]) if one.found.payload_sha256]
    assert len(questions) > 6
    return [archive.lookup(question) for question in questions]


@pytest.fixture
def filled(archive: Archive, site: Site) -> Archive:
    options = CaptureOptions(allow_private=(f"127.0.0.1:{site.port}",), limits=LIMITS)
    for _ in range(3):
        list(archive.capture([site.url(name) for name in ("changing", "article", "moved", "close-in-header")], options))
    return archive


def test_a_catalog_made_again_answers_as_before(filled: Archive, site: Site, place: Path, settings: Settings) -> None:
    before = _answers(filled, site)
    assert filled.rebuild().findings == ()
    assert _answers(filled, site) == before
    filled.close()
    for path in place.glob("catalog.sqlite*"):
        path.unlink()
    with Archive.open(place, settings=settings) as again:
        assert _answers(again, site) == before


def test_everything_but_the_store_may_be_lost(
    filled: Archive, site: Site, place: Path, tmp_path: Path, settings: Settings
) -> None:
    before = _answers(filled, site)
    filled.close()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(place / "archive.json", elsewhere)
    shutil.copytree(place / "segments", elsewhere / "segments")
    shutil.rmtree(place)
    with Archive.open(elsewhere, settings=settings) as again:
        assert _answers(again, site) == before
        assert again.described == filled.described
        assert again.verify().findings == []
        (capture_id,) = _take(again, site, "changing")
        assert _ids(again.lookup(site.url("changing")))[-1] == capture_id


def test_a_catalog_that_is_no_database_is_made_again(
    filled: Archive, site: Site, place: Path, settings: Settings
) -> None:
    before = _answers(filled, site)
    filled.close()
    for path in place.glob("catalog.sqlite*"):
        path.unlink()
    (place / "catalog.sqlite").write_bytes(b"")
    with Archive.open(place, settings=settings) as again:
        assert _answers(again, site) == before
