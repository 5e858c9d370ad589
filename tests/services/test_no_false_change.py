# SPDX-License-Identifier: Apache-2.0
"""Reading everything again with a later extractor changes no history: what it alone sees is no change of a page."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.extract import Reading
from archiver.services import re_extract
from archiver.services.changes import Change, Tally, Wanted, changes
from archiver.services.history.asking import history
from archiver.services.history.extractor import CURRENT, Extractor
from archiver.services.history.timeline import What
from tests.services.exchanges import ARCHIVE_ID, AT, URL, Archive, Clock, exchange, page, plain
from tests.services.reread import keener, re_extracted

NOTICES = (
    "<footer>&copy; 2026 The Harbour Gazette. All rights reserved.</footer>",
    "<footer>&copy; 2027 The Harbour Gazette. All rights reserved.</footer>",
    '<p>Published under <a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "<p>Trademarks belong to their owners. Do not reproduce without permission.</p>",
)

days = st.lists(st.frozensets(st.integers(0, len(NOTICES) - 1)), min_size=2, max_size=5)
"""Which notices a page shows, day by day."""


def told(archive: Archive) -> tuple[list[Change], int]:
    tally = Tally()
    return list(changes(archive.world.generations.current(), Wanted(), tally)), tally.passed_over


def days_of_change(archive: Archive, extractor: Extractor) -> list[tuple[int, list[tuple[str, str]]]]:
    """The days on which the history shows a change of notices, and which."""
    found: list[tuple[int, list[tuple[str, str]]]] = []
    for row in history(archive.store, archive.world.generations.current(), URL, extractor=extractor):
        assert row.what in (What.FIRST, What.CHANGED, What.UNCHANGED)
        if row.what is What.CHANGED and row.differences is not None and row.differences.notices:
            named = sorted((str(one.how), one.kind) for one in row.differences.notices)
            found.append(((row.capture.fetched_at - AT).days, named))
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shown=days, read_again=st.lists(st.booleans(), min_size=5, max_size=5))
def test_reading_again_with_a_later_extractor_makes_no_change(
    shown: list[frozenset[int]], read_again: list[bool]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        for day, which in enumerate(shown):
            body = page("<p>High water at noon.</p>" + "".join(NOTICES[one] for one in sorted(which)))
            archive.keep(exchange(plain(body), at=AT + timedelta(days=day)))
        before, _ = told(archive)
        history_before = days_of_change(archive, CURRENT)
        later = keener()
        # Some segments are read again, others not yet: as after a run that was cut off.
        catalog, store = archive.world.generations.current(), archive.store
        every = re_extract.due(store, catalog, later.program)
        for one, chosen in zip(every, read_again, strict=False):
            if chosen:
                done = re_extract.re_extract(store, catalog, one, later, archive_id=ARCHIVE_ID, now=Clock())
                re_extract.catalogue(archive.world, done)
        between, passed_over = told(archive)
        mixed = sum(a != b for a, b in pairwise(read_again[: len(every)]))
        assert passed_over == mixed
        assert [one for one in between if one not in before] == []
        assert days_of_change(archive, later) == history_before
        # Then the rest.
        re_extracted(archive, later)
        after, passed_over = told(archive)
        assert passed_over == 0
        assert after == before
        assert days_of_change(archive, later) == history_before
        archive.close()


def test_what_only_a_later_extractor_sees_is_a_change_where_it_changes(archive: Archive) -> None:
    def read(url: str, headers: Sequence[tuple[str, str]], entity: bytes, code: int | None) -> Reading:
        chosen = keener() if b"High water" in entity else CURRENT
        return chosen.read(url, headers, entity, code)

    for day, words in enumerate(["High water", "High water", "Low water"]):
        archive.keep(exchange(plain(page(f"<p>{words}</p>{NOTICES[0]}")), at=AT + timedelta(days=day)))
    assert told(archive) == ([], 0)
    re_extracted(archive, replace(keener(), read=read))
    found, _ = told(archive)
    assert [(one.how, one.kind) for one in found] == [("removed", "tide-notice")]
    assert (found[0].newer.fetched_at - AT).days == 2
