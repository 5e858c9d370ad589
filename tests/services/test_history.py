# SPDX-License-Identifier: Apache-2.0
"""What changed between two captures, and the history of an address; nothing that only an extractor sees is a change."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.catalog.histories import Seen
from archiver.errors import Damaged
from archiver.extract import Reading
from archiver.services.history.comparing import NO_TEXT, NOT_READ_ALIKE, Differences, compare
from archiver.services.history.extractor import CURRENT, Extractor
from archiver.services.history.page import PageText
from archiver.services.history.timeline import Row, What, timeline
from manifests.agents import Fetcher
from manifests.capture import Outcome, Revisited
from tests.services.notified import AT, html, page, uuid

BODY = "<p>High water is at noon and low water at six in the evening.</p>"
LATER = BODY.replace("noon", "half past twelve")
CC = "All content of The Gazette is licensed under CC BY 4.0"


def _read_by(name: str, judge: Callable[[Reading], Reading]) -> Extractor:
    """An extractor that differs from the current one."""

    def read(url: str, headers: Sequence[tuple[str, str]], entity: bytes, code: int | None) -> Reading:
        return judge(CURRENT.read(url, headers, entity, code))

    return Extractor(Fetcher(name="colophon-extract", version=name), read)


def _by(one: PageText, extractor: Extractor) -> PageText:
    """The capture as if this extractor had read it when it was made."""
    seen, claims = one.manifest.observation, one.manifest.claims
    assert claims is not None
    reading = extractor.read(seen.url, one.sent, one.entity or b"", one.code)
    said = {"notices": reading.notices, "publisher": reading.publisher, "title": reading.title}
    claims = claims.model_copy(update={**said, "extractor": extractor.program})
    return replace(one, manifest=one.manifest.model_copy(update={"claims": claims}))


BLIND = _read_by("0.0", lambda reading: replace(reading, notices=(), publisher=None))
"""An early version that found neither notices nor publishers."""


def _current(*contents: str, **fields: object) -> list[PageText]:
    return [_by(page(one, number=n, **fields), CURRENT) for n, one in enumerate(contents, 1)]  # type: ignore[arg-type]


def _differences(before: str, after: str) -> Differences:
    old, new = _current(before, after)
    found = compare(old, new, CURRENT)
    assert found.read_anew is None
    return found.page


def test_equal_pages_do_not_differ() -> None:
    assert not _differences(html(BODY), html(BODY)).any


def test_words_title_publisher_and_notices_are_told_apart() -> None:
    found = _differences(html(BODY), html(LATER, CC, site="The Herald").replace("<title>Tides", "<title>Tides today"))
    assert found.words is not None
    assert [(one.before, one.after) for one in found.words.stretches] == [("noon", "half past twelve")]
    assert found.title is not None
    assert found.publisher is not None
    assert (found.title.after, found.publisher.before, found.publisher.after) == (
        "Tides today",
        "The Gazette",
        "The Herald",
    )
    assert {(one.kind, one.how) for one in found.notices} == {("copyright", "removed"), ("license", "added")}


def test_words_outside_the_main_text_are_said_to_be_so() -> None:
    found = _differences(html(BODY, "Weather: rain"), html(BODY, "Weather: sun"))
    assert (found.elsewhere, found.words, found.any) == (True, None, False)
    marked = _differences(html(BODY), html(BODY.replace("noon", "<b>noon</b><!--7-->")))
    assert (marked.elsewhere, marked.any) == (False, False)


def test_content_that_is_no_text_differs_by_its_digest() -> None:
    png = "\x89PNG\r\n\x1a\n"
    before, after = (
        page((png + one).encode("latin-1"), number=n, content_type="image/png") for n, one in enumerate("ab", 1)
    )
    assert compare(before, after, CURRENT).page.detail == NO_TEXT
    assert not compare(before, before, CURRENT).page.any


def test_what_only_a_newer_extractor_sees_is_no_change_and_is_told_apart() -> None:
    old, new = _by(page(html(BODY)), BLIND), _by(page(html(BODY), number=2), CURRENT)
    found = compare(old, new, CURRENT)
    assert not found.page.any
    assert found.read_anew is not None
    assert [one.how for one in found.read_anew.notices] == ["added"]
    assert found.read_anew.publisher is not None
    assert found.extractor == f"{CURRENT.program.name}/{CURRENT.program.version}"


def test_a_change_is_found_across_two_extractors() -> None:
    old, new = _by(page(html(BODY)), BLIND), _by(page(html(BODY, "© 2026 The Gazette."), number=2), CURRENT)
    (notice,) = compare(old, new, CURRENT).page.notices
    assert notice.how == "reworded"


def test_claims_of_two_old_extractors_are_both_read_anew() -> None:
    older = _read_by("0.0.1", lambda reading: replace(reading, notices=reading.notices[:0]))
    found = compare(_by(page(html(BODY)), BLIND), _by(page(html(BODY), number=2), older), CURRENT)
    assert not found.page.any


def test_claims_that_cannot_be_read_anew_are_not_compared() -> None:
    old = replace(_by(page(html(BODY)), BLIND), entity=None)
    found = compare(old, _by(page(html(BODY, CC), number=2), CURRENT), CURRENT)
    assert found.page.not_compared == NOT_READ_ALIKE
    assert found.page.notices == ()


_FOOTERS = st.sampled_from([
    "", CC, "© 2025 The Gazette. All rights reserved.", "© 2026 The Gazette", "Alle Rechte vorbehalten.",
    "Copyright 2019-2026 Ada Quill <a rel=license href=https://creativecommons.org/licenses/by-nc/4.0/>licence</a>",
    "You may republish our articles online as long as you link to us.",
])  # fmt: skip
_JUDGES = st.sampled_from([
    lambda reading: replace(reading, notices=()),
    lambda reading: replace(reading, notices=reading.notices[1:], publisher=None),
    lambda reading: replace(reading, title=None),
    lambda reading: replace(reading, notices=tuple(one.model_copy(update={"text": one.text[:9]}) for one in reading.notices)),
    lambda reading: replace(reading, notices=tuple(one.model_copy(update={"holder": None}) for one in reading.notices)),
])  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(_FOOTERS, st.sampled_from([BODY, LATER]), st.sampled_from(["The Gazette", "Quay News"]), _JUDGES, st.data())
def test_reading_again_with_a_newer_extractor_makes_no_change(
    footer: str, body: str, site: str, judge: Callable[[Reading], Reading], data: st.DataObject
) -> None:
    newer = _read_by("9.9", judge)
    by = data.draw(st.lists(st.sampled_from([BLIND, CURRENT, newer]), min_size=2, max_size=5))
    pages = [_by(page(html(body, footer, site), number=n), one) for n, one in enumerate(by, 1)]
    rows = _history(pages, extractor=newer)
    assert [row.what for row in rows] == [What.FIRST, What.UNCHANGED]
    assert rows[1].captures == len(by) - 1
    anew = _history(pages, extractor=newer, extractor_changes=True)
    assert {row.what for row in anew} <= {What.FIRST, What.UNCHANGED, What.READ_ANEW}


# --- histories ---


def _seen(one: PageText) -> Seen:
    seen, claims = one.manifest.observation, one.claims
    said = sorted(repr((notice.kind, notice.text, notice.holder)) for notice in claims.notices) if claims else []
    return Seen(
        capture_id=seen.capture_id,
        url=seen.url,
        fetched_at=seen.requested_at,
        outcome=seen.outcome,
        response_code=one.code,
        revisit=seen.revisits is not None,
        payload=None if seen.revisits is not None else hashlib.sha256(one.entity or b"").digest(),
        title=claims.title.value if claims and claims.title else None,
        publisher=claims.publisher.name if claims and claims.publisher else None,
        extractor=one.extractor,
        suspected=one.suspected,
        notices=frozenset(int(hashlib.md5(words.encode()).hexdigest()[:12], 16) for words in said),
    )


def _history(
    pages: Sequence[PageText], extractor: Extractor = CURRENT, unreadable: frozenset[str] = frozenset(), **asked: bool
) -> list[Row]:
    by_id = {one.manifest.observation.capture_id: one for one in pages}

    def known(seen: Seen) -> PageText:
        if seen.capture_id in unreadable:
            raise Damaged(f"capture {seen.capture_id} is damaged")
        one = by_id[seen.capture_id]
        earlier = one.manifest.observation.revisits
        return replace(by_id[earlier.capture_id] if earlier else one, entity=None)

    def whole(seen: Seen, one: PageText) -> PageText:
        return by_id[one.manifest.observation.capture_id]

    return list(timeline(map(_seen, pages), known, whole, extractor, **asked))


def _confirmed(number: int, of: int) -> PageText:
    """A visit at which the server said that nothing has changed."""
    one = page(None, number=number, code=304)
    earlier = Revisited(relation="server-not-modified", capture_id=uuid(of), url="u", fetched_at=AT)
    observation = one.manifest.observation.model_copy(update={"revisits": earlier})
    return PageText(one.manifest.model_copy(update={"observation": observation, "claims": None}))


def _whats(rows: Sequence[Row]) -> list[tuple[str, int]]:
    return [(row.what.value, row.captures) for row in rows]


def test_captures_that_show_nothing_new_are_one_row() -> None:
    one, two = _current(html(BODY), html(BODY.replace("noon", "noon ")))
    rows = _history([one, two, _confirmed(3, 2), _by(page(two.entity, number=4), CURRENT)])
    assert _whats(rows) == [("first", 1), ("unchanged", 3)]
    assert rows[1].elsewhere == 1  # the navigation of the example counts spaces
    assert (rows[1].capture.capture_id, rows[1].until.capture_id) == (uuid(2), uuid(4))
    assert rows[0].said is not None
    assert [notice.text for notice in rows[0].said.notices] == ["© 2025 The Gazette. All rights reserved."]


def test_a_change_names_the_last_capture_before_it() -> None:
    one, two, three = _current(html(BODY), html(BODY), html(BODY, "© 2026 The Gazette. All rights reserved."))
    rows = _history([one, two, three])
    assert _whats(rows) == [("first", 1), ("unchanged", 1), ("changed", 1)]
    assert rows[2].before is not None
    assert (rows[2].before.capture_id, rows[2].capture.capture_id) == (uuid(2), uuid(3))
    assert rows[2].differences is not None
    (notice,) = rows[2].differences.notices
    assert notice.how == "reworded"


def test_answers_that_are_not_the_page_are_rows_and_are_not_compared() -> None:
    check = "<title>Just a moment...</title><p>Checking your browser before accessing gazette.example.</p>"
    pages = [
        page(html(BODY)),
        page("out of order", number=2, code=503),
        page("out of order", number=3, code=503),
        page("gone", number=4, code=404),
        page(None, number=5, code=None, outcome=Outcome.FAILED, reason="dns-failed"),
        page(check, number=6),
        page(html(LATER), number=7),
    ]
    rows = _history(pages)
    assert _whats(rows) == [("first", 1)] + [("not-the-page", n) for n in (2, 1, 1, 1)] + [("changed", 1)]
    assert [row.detail for row in rows[1:5]] == [
        "answered 503", "answered 404", "no answer: dns-failed", "it looks like bot-check",
    ]  # fmt: skip
    assert rows[5].before is not None
    assert rows[5].before.capture_id == uuid(1)


def test_a_redirect_of_the_address_to_itself_is_no_row() -> None:
    def moved(number: int, where: str) -> PageText:
        return page("", number=number, code=301, headers=(("Location", where),), url="http://gazette.example/tides")

    one, two = _current(html(BODY), html(BODY))
    for where in ("https://gazette.example/tides", "//www.gazette.example/tides/", "/tides#top"):
        assert _whats(_history([moved(8, where), one, moved(9, where), two])) == [("first", 1), ("unchanged", 1)]
    for where in ("/elsewhere", "http://[broken", ""):
        rows = _history([one, moved(9, where), two])
        assert len(rows) == (2 if where == "" else 3), where


def test_a_confirmation_without_the_page_before_it_shows_what_it_confirms() -> None:
    (one,) = _current(html(BODY))
    by_id = {uuid(1): one}

    def known(_: Seen) -> PageText:
        return by_id[uuid(1)]

    (row,) = timeline([_seen(_confirmed(2, 1))], known, lambda _, one: one, CURRENT)
    assert (row.what, row.capture.capture_id, row.said is not None) == (What.FIRST, uuid(2), True)


def test_one_damaged_capture_does_not_hide_the_rest() -> None:
    pages = _current(html(BODY), html(LATER), html(BODY), html(LATER), html(BODY))
    rows = _history(pages, unreadable=frozenset({uuid(2)}))
    assert _whats(rows) == [("first", 1), ("unreadable", 1), ("unchanged", 1), ("changed", 1), ("changed", 1)]
    assert uuid(2) in (rows[1].detail or "")


def test_what_no_longer_reads_back_is_left_behind() -> None:
    pages = _current(html(BODY), html(LATER), html(BODY), html(LATER))
    reads: list[str] = []

    def known(seen: Seen) -> PageText:
        if seen.capture_id == uuid(1) and reads.count(uuid(1)):
            raise Damaged("the first one is gone by now")
        reads.append(seen.capture_id)
        return replace(pages[int(seen.capture_id[-1]) - 1], entity=None)

    def whole(seen: Seen, one: PageText) -> PageText:
        if seen.capture_id == uuid(1):
            raise Damaged("the first one is gone by now")
        return pages[int(seen.capture_id[-1]) - 1]

    rows = list(timeline(map(_seen, pages), known, whole, CURRENT))
    assert _whats(rows) == [("first", 1), ("unreadable", 1), ("changed", 1), ("changed", 1)]


def test_captures_are_read_only_where_the_catalog_cannot_tell() -> None:
    pages = _current(*[html(BODY)] * 50)
    reads: list[str] = []

    def known(seen: Seen) -> PageText:
        reads.append(seen.capture_id)
        return pages[0]

    rows = list(timeline(map(_seen, pages), known, lambda _, one: one, CURRENT))
    assert _whats(rows) == [("first", 1), ("unchanged", 49)]
    assert len(reads) == 1


@pytest.mark.parametrize("most", [1, 3])
def test_the_places_listed_are_bounded(most: int) -> None:
    words = [f"w{n}" for n in range(400)]
    other = [f"x{n}" if n % 40 == 0 else word for n, word in enumerate(words)]
    old, new = _current(html(f"<p>{' '.join(words)}</p>"), html(f"<p>{' '.join(other)}</p>"))
    found = compare(old, new, CURRENT, most).page.words
    assert found is not None
    assert (len(found.stretches), found.more) == (most, 10 - most)
