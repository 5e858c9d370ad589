# SPDX-License-Identifier: Apache-2.0
"""Batches, messages and feeds: what is collected, and how it is worded."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import StateFault
from archiver.services.history.words import Stretch, Words
from archiver.services.notify.batch import Batch, batches
from archiver.services.notify.change import Change, NoticeChange
from archiver.services.notify.feed import MAX_ENTRIES, feed
from archiver.services.notify.message import Message, from_json, message, to_html, to_json, to_text
from tests.services.notified import ARCHIVE, AT, MESSAGE, URL, change, rule, uuid
from tests.services.notified import message as told

PRAGUE = ZoneInfo("Europe/Prague")
FULL = change(
    words=Words(12.5, (Stretch("noon", "half past twelve", "is at", "and low"),), 3),
    notices=(NoticeChange("copyright", "© 2025", "© 2026"), NoticeChange("license", None, "CC BY")),
    more_notices=2,
    detail="why",
    suspected=("paywall",),
)
ATOM = "{http://www.w3.org/2005/Atom}"


def _many(count: int) -> list[Change]:
    return [change(n) for n in range(1, count + 1)]


def test_a_crawl_is_told_at_its_end_with_the_number_of_what_is_left_out() -> None:
    sent, waiting = batches(_many(7), rule(at_most=5), Batch(), crawl_id="c1", now=AT, zone=UTC)
    assert sent == (Batch(tuple(_many(5)), 2, ("c1",)),)
    assert waiting == Batch()
    assert batches([], rule(), Batch(), crawl_id="c1", now=AT, zone=UTC) == ((), Batch())


def test_a_day_is_told_once_when_it_is_over_where_the_job_is() -> None:
    daily = rule(every="day", at_most=3)
    late = datetime(2026, 3, 3, 22, 30, tzinfo=UTC)  # half past eleven in Prague
    sent, waiting = batches(_many(2), daily, Batch(), crawl_id="c1", now=late, zone=PRAGUE)
    assert sent == ()
    sent, waiting = batches(
        [change(9), change(8)], daily, waiting, crawl_id="c2", now=late + timedelta(minutes=5), zone=PRAGUE
    )
    assert sent == ()
    assert batches([], daily, waiting, crawl_id="", now=late + timedelta(minutes=20), zone=PRAGUE) == ((), waiting)
    sent, waiting = batches([change(4)], daily, waiting, crawl_id="c3", now=late + timedelta(hours=1), zone=PRAGUE)
    assert [(one.changes, one.left_out, one.crawl_ids) for one in sent] == [((*_many(2), change(9)), 1, ("c1", "c2"))]
    assert (waiting.changes, waiting.crawl_ids) == ((change(4),), ("c3",))
    again, later = batches([], daily, waiting, crawl_id="", now=late + timedelta(days=5), zone=PRAGUE)
    assert [one.changes for one in again] == [(change(4),)]
    assert batches([], daily, later, crawl_id="", now=late + timedelta(days=9), zone=PRAGUE)[0] == ()


def test_what_waits_survives_being_kept() -> None:
    waiting = Batch((FULL,), 3, ("c1",), AT.date())
    assert Batch.from_json(waiting.to_json()) == waiting
    with pytest.raises(StateFault):
        Batch.from_json(b'{"changes": 3}')


def test_the_json_form_is_versioned_and_names_both_captures() -> None:
    batch = Batch((FULL,), 4, ("c1",))
    made = message(batch, message_id=MESSAGE, job="tides", archive_id=ARCHIVE, made_at=AT.astimezone(PRAGUE))
    read = json.loads(to_json(made))
    assert read["format"] == "notification/0"
    assert (read["made_at"], read["left_out"], read["crawl_ids"]) == ("2026-03-03T10:00:00Z", 4, ["c1"])
    (one,) = read["changes"]
    assert one["before"] == {
        "capture_id": uuid(1001), "url": URL, "captured_at": "2026-03-02T10:00:00Z", "code": 200,
    }  # fmt: skip
    assert one["after"]["capture_id"] == uuid(1)
    assert one["words"]["stretches"][0]["before"] == "noon"
    assert from_json(to_json(made)) == made


@pytest.mark.parametrize("form", [to_text, to_html])
def test_text_and_html_name_captures_urls_times_and_words(form: object) -> None:
    assert callable(form)
    written = form(told(FULL, left_out=4))
    for part in (
        uuid(1), uuid(1001), URL, "2026-03-02 10:00:00 UTC", "2026-03-03 10:00:00 UTC", "noon", "half past twelve", "12.5 %",
        "© 2025", "© 2026", "CC BY", "why", "paywall", "and 3 more places", "and 2 more notices", "and 4 more",
        "tides: 5 changes",
    ):  # fmt: skip
        assert part in written


HOSTILE = '<script>alert(1)</script>" onmouseover="x\x1b[31m\u202e\r\nBcc: a@b'


def test_what_pages_say_is_escaped_in_html_and_plain_in_text() -> None:
    bad = replace(
        change(
            words=Words(1.0, (Stretch(HOSTILE, HOSTILE, HOSTILE, HOSTILE),), 0), detail=HOSTILE, suspected=(HOSTILE,)
        ),
        url="javascript:alert(1)//" + HOSTILE,
        notices=(NoticeChange(HOSTILE, HOSTILE, None),),
        publisher_before=HOSTILE,
        kinds=("publisher",),
    )
    page = to_html(told(bad))
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert '" onmouseover' not in page
    for form in (page, to_text(told(bad))):
        assert not {"\x1b", "\u202e", "\r"} & set(form)
    assert not any(line.startswith("Bcc") for line in to_text(told(bad)).splitlines())


def test_a_test_says_that_it_is_one() -> None:
    made = message(Batch(), message_id=MESSAGE, job="tides", archive_id=ARCHIVE, made_at=AT, test=True)
    assert made.subject == "tides: test of notifications"
    assert "test of notifications" in to_text(made)
    assert json.loads(to_json(made))["test"] is True
    (entry,) = _feed(made).findall(ATOM + "entry")
    assert entry.findtext(ATOM + "title") == "tides: test of notifications"


def _feed(*messages: Message) -> ElementTree.Element:
    content = feed(
        messages, archive_id=ARCHIVE, job="tides", author="The tests", updated=AT, url="https://h.example/f.xml"
    )
    return ElementTree.fromstring(content)


def test_a_feed_has_what_rfc_4287_asks_for() -> None:
    root = _feed(told(FULL))
    assert root.tag == ATOM + "feed"
    assert [root.findtext(ATOM + name) for name in ("title", "updated")] == [
        "Changes seen by tides", "2026-03-03T10:00:00+00:00",
    ]  # fmt: skip
    assert (root.findtext(ATOM + "id") or "").startswith("urn:uuid:")
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "The tests"
    (entry,) = root.findall(ATOM + "entry")
    assert all(entry.findtext(ATOM + name) for name in ("id", "title", "updated", "content"))
    assert [link.get("href") for link in entry.findall(ATOM + "link")] == [URL]


def test_ids_of_a_feed_stay_and_are_distinct() -> None:
    def ids(root: ElementTree.Element) -> list[str]:
        return [entry.findtext(ATOM + "id") or "" for entry in root.findall(ATOM + "entry")]

    once = ids(_feed(told(change(2), change(1))))
    more = ids(_feed(told(change(3), left_out=2), told(change(2), change(1))))
    assert more[2:] == once
    assert len(set(more)) == 4
    assert len(ids(_feed(*(told(change(n)) for n in range(1, MAX_ENTRIES + 50))))) == MAX_ENTRIES
    assert ids(_feed()) == []


@settings(deadline=None)
@given(st.text(), st.text())
def test_every_feed_is_well_formed(url: str, words: str) -> None:
    bad = replace(change(words=Words(1.0, (Stretch(words, words, words, words),), 0)), url=url)
    (entry,) = _feed(told(bad)).findall(ATOM + "entry")
    assert "<del>" in (entry.findtext(ATOM + "content") or "")
