# SPDX-License-Identifier: Apache-2.0
"""Histories, differences and changes of captures that were written, stored and perhaps read again."""

import gzip
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.errors import NotFound
from archiver.services import changes
from archiver.services.history import asking
from archiver.services.history.comparing import said, said_alike
from archiver.services.history.extractor import CURRENT, Extractor
from archiver.services.history.stored import Pages
from archiver.services.history.timeline import Row
from manifests.capture import Outcome, Revisited
from tests.services.exchanges import AT, Archive, chunked, context, exchange, page, plain
from tests.services.forged import copied
from tests.services.reread import keener, many_kinds, re_extracted, same

URL = "http://gazette.example/tides"
DAY = timedelta(days=1)
OLD = page("<p>High water at noon.</p><footer>&copy; 2025 The Gazette. All rights reserved.</footer>")
NEW = OLD.replace(b"2025", b"2026")


def _rows(archive: Archive, extractor: Extractor = CURRENT, *, extractor_changes: bool = False) -> list[Row]:
    world = archive.world
    told = asking.history(
        world.store, world.generations.current(), URL, extractor=extractor, extractor_changes=extractor_changes
    )
    return list(told)


def _whats(rows: Sequence[Row]) -> list[tuple[str, int]]:
    return [(row.what.value, row.captures) for row in rows]


def _changes(archive: Archive) -> tuple[list[changes.Change], int]:
    tally = changes.Tally()
    found = list(changes.changes(archive.world.generations.current(), changes.Wanted(), tally))
    return found, tally.passed_over


def _diff(archive: Archive, before: str, after: str) -> asking.Diff:
    catalog = archive.world.generations.current()
    one, other = catalog.by_id(before), catalog.by_id(after)
    assert one is not None
    assert other is not None
    return asking.diff(archive.world.store, catalog, one, other)


def _seen(archive: Archive, *answers: bytes) -> list[str]:
    """A capture of the page on each of as many days, each in a segment of its own; their ids."""
    return [
        archive.keep(exchange(raw, URL, at=AT + day * DAY))[0].manifest.observation.capture_id
        for day, raw in enumerate(answers)
    ]


def test_the_same_words_in_other_codings_pieces_and_revisits_are_unchanged(archive: Archive) -> None:
    coded = gzip.compress(OLD, mtime=0)
    _seen(
        archive,
        plain(OLD),
        chunked(OLD),
        plain(coded, b"Content-Encoding: gzip"),
        plain(OLD),
        plain(OLD + b"<!-- 7 -->"),
    )
    assert _whats(_rows(archive)) == [("first", 1), ("unchanged", 4)]
    assert _changes(archive) == ([], 0)


def test_a_confirmation_stands_for_the_capture_it_confirms(archive: Archive) -> None:
    (first,) = _seen(archive, plain(OLD))
    ingest = archive.ingest()
    earlier = Revisited(relation="server-not-modified", capture_id=first, url=URL, fetched_at=AT)
    answer = exchange(plain(b"", code=b"304 Not Modified"), URL, at=AT + DAY)
    second = ingest.record(answer, context(URL), unmodified=earlier).manifest.observation.capture_id
    ingest.finish()
    third = archive.keep(exchange(plain(NEW), URL, at=AT + 2 * DAY))[0].manifest.observation.capture_id
    rows = _rows(archive)
    assert _whats(rows) == [("first", 1), ("unchanged", 1), ("changed", 1)]
    assert rows[2].before is not None
    assert rows[2].before.capture_id == second
    found = _diff(archive, second, third)
    assert (found.before.capture_id, [one.how for one in found.compared.page.notices]) == (second, ["reworded"])


def test_a_notice_in_a_header_of_an_unchanged_payload_is_a_change(archive: Archive) -> None:
    _seen(archive, plain(OLD), plain(OLD, b"X-Robots-Tag: noai"))
    rows = _rows(archive)
    assert rows[1].differences is not None
    assert [(one.kind, one.how) for one in rows[1].differences.notices] == [("ai-preference", "added")]
    ((change,), _) = _changes(archive)
    assert (change.kind, change.how) == ("ai-preference", "added")


def test_a_capture_without_a_response_has_no_difference(archive: Archive) -> None:
    (first,) = _seen(archive, plain(OLD))
    failed = archive.keep(exchange(None, URL, outcome=Outcome.FAILED, reason="connect-failed", at=AT + DAY))
    with pytest.raises(NotFound):
        _diff(archive, first, failed[0].manifest.observation.capture_id)
    assert _whats(_rows(archive)) == [("first", 1), ("not-the-page", 1)]


def test_a_damaged_capture_is_told_and_the_others_are_compared(archive: Archive) -> None:
    _seen(archive, plain(OLD), plain(NEW), plain(OLD), plain(NEW))
    catalog = archive.world.generations.current()
    one = catalog.by_url(URL, "example,gazette)/tides")[1]
    assert one.manifest_offset is not None
    key = one.segment.folder + one.segment.warc
    content = bytearray(archive.store.get(key))
    content[one.manifest_offset + 40] ^= 1
    told = asking.history(copied(archive.store, {key: bytes(content)}), catalog, URL)
    assert _whats(list(told)) == [("first", 1), ("unreadable", 1), ("unchanged", 1), ("changed", 1)]


def test_what_is_read_anew_of_a_stored_capture_is_what_was_read_when_it_was_made(archive: Archive) -> None:
    many_kinds(archive)
    odd = [
        plain(gzip.compress(OLD)[:-9], b"Content-Encoding: gzip"),
        plain(gzip.compress(gzip.compress(OLD)), b"Content-Encoding: gzip, gzip", b"X-Robots-Tag: noai"),
        plain(OLD, kind=b"application/octet-stream"),
        plain(b"x" * 5000 + b" \xa9 2026 The Gazette", kind=b"text/markdown"),
        plain("© 2026 The Gazette. All rights reserved.".encode("utf-16"), kind=b"text/plain"),
        plain(OLD.decode().encode("utf-16"), kind=b"text/html"),
        plain(b"<!-- -->" * 600_000 + OLD),
        plain(b"\x00" + OLD, b"Link: <https://creativecommons.org/licenses/by/4.0/>; rel=license"),
        plain(b""),
    ]
    archive.keep(*(exchange(raw, f"{URL}/{n}") for n, raw in enumerate(odd)))
    catalog = archive.world.generations.current()
    pages = Pages(archive.world.store, catalog)
    compared = 0
    for segment in catalog.all_segments():
        for found in catalog.captures_in(segment.segment_id):
            held = pages.whole(found)
            if held.claims is None or held.entity is None:
                continue
            old = replace(held, newer=held.claims.model_copy(update={"extractor": same().program}))
            assert said_alike(old, held, CURRENT) == (said(held), said(held)), found.url
            compared += 1
    assert compared > 18


_PAGES = st.lists(
    st.sampled_from([
        plain(OLD), plain(NEW), chunked(OLD), plain(OLD, b"X-Robots-Tag: noai"), plain(page("<p>Out.</p>"), code=b"503 Down"),
        plain(NEW.replace(b"All rights reserved", b"Licensed under CC BY 4.0")),
    ]),
    min_size=2,
    max_size=5,
)  # fmt: skip


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=_PAGES, later=_PAGES, newer=st.sampled_from([same(), keener(), keener(kind="license")]))
def test_re_extraction_with_a_newer_extractor_creates_no_false_change(
    tmp_path_factory: pytest.TempPathFactory, answers: list[bytes], later: list[bytes], newer: Extractor
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"))
    try:
        _seen(archive, *answers)
        rows, (found, passed_over) = _rows(archive), _changes(archive)
        assert passed_over == 0
        re_extracted(archive, newer)
        again, (found_again, passed_over) = _rows(archive, newer), _changes(archive)
        assert _told(again) == _told(rows)
        assert (found_again, passed_over) == (found, 0)
        # What is captured afterwards is of the older version: it is read anew, and the archive-wide answer passes it over.
        for day, raw in enumerate(later, len(answers)):
            archive.keep(exchange(raw, URL, at=AT + day * DAY))
        mixed = _rows(archive, newer)
        assert _told(mixed[: len(rows) - 1]) == _told(rows[:-1])
        re_extracted(archive, newer)
        assert _told(_rows(archive, newer)) == _told(mixed)
        assert _changes(archive)[1] == 0
    finally:
        archive.close()


def _told(rows: Sequence[Row]) -> list[object]:
    """Rows without the version that read them, and without notices of a kind that only a newer one knows."""
    return [
        (row.what, row.capture, row.until, row.captures, row.before, row.differences, row.detail)
        for row in rows
        if row.what.value != "first"
    ]
