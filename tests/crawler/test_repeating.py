# SPDX-License-Identifier: Apache-2.0
"""The same bytes are stored once, within a crawl and from crawl to crawl, and what has not changed still leads on."""

from collections.abc import Iterable

from archiver.catalog.catalog import Found
from tests.crawler.conftest import At
from tests.crawler.workplace import Workplace

CHANGED = ("/page/7", "/embed/3-0.png")


def _full(captures: Iterable[Found]) -> set[str]:
    """URLs whose payload was written."""
    return {one.url for one in captures if not one.revisit}


def _octets(place: Workplace) -> int:
    folders = [one for one in (place.folder / "archive" / "segments").rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in folders)


def test_copies_within_a_crawl_are_stored_once(at: At) -> None:
    place = at(pages=2, embeds=0, copies=6)
    place.crawl()
    copies = [one for one in place.captures() if "/copy/" in one.url]
    assert len(copies) == 6
    assert len(_full(copies)) == 1
    assert len({str(one.payload_sha256) for one in copies}) == 1
    (full,) = [one for one in copies if not one.revisit]
    for one in copies:
        if one.revisit:
            said = place.manifest(one).observation.revisits
            assert said is not None
            assert said.relation != "server-not-modified"
            assert (said.capture_id, said.url) == (full.capture_id, full.url)


def test_a_recrawl_of_an_unchanged_site_visits_every_url_and_stores_no_payload(at: At) -> None:
    place = at(hosts=2, pages=30, embeds=2, redirects=2, copies=2)
    place.crawl()
    first, octets = place.counts(), _octets(place)
    place.crawl(2)
    assert place.counts() == first == dict.fromkeys(place.site.urls, 1)
    moved = {url for url in place.site.urls if "/moved/" in url}
    assert _full(place.captures()) == moved  # a redirect has no payload to repeat
    answers = {one.url: one.response_code for one in place.captures()}
    assert {code for url, code in answers.items() if url not in moved} == {304}
    assert _octets(place) - octets < octets


def test_without_conditions_what_is_the_same_is_stored_once_too(at: At) -> None:
    place = at(pages=20, embeds=1)
    place.crawl()
    place.crawl(plan={"conditional": False})
    assert {one.response_code for one in place.captures()} == {200}
    assert _full(place.captures()) == set()
    assert place.counts() == dict.fromkeys(place.site.urls, 1)


def test_what_has_changed_and_only_that_is_a_new_response(at: At) -> None:
    place = at(hosts=2, pages=40, embeds=1)
    place.crawl(2)
    changed = {place.site.url(1, path) for path in CHANGED}
    for url in changed:
        place.site.changes(url)
    place.crawl(2)
    assert place.counts() == dict.fromkeys(place.site.urls, 1)
    assert _full(place.captures()) == changed
    kinds = {url: one["change"] for url, one in place.known().items() if one["capture_id"]}
    assert {url for url, change in kinds.items() if change == 2} == changed
    assert {change for url, change in kinds.items() if url in place.site.urls and url not in changed} == {1}


def test_an_unchanged_page_that_was_not_modified_twice_still_leads_on(at: At) -> None:
    place = at(pages=30, embeds=1)
    for _ in range(3):
        place.crawl()
        assert place.counts() == dict.fromkeys(place.site.urls, 1)


def test_segments_that_are_to_stand_alone_repeat_what_others_hold(at: At) -> None:
    place = at(pages=10, embeds=1, copies=3)
    alone = {"self_contained": True}
    place.crawl(segments=alone)
    place.crawl(plan={"conditional": False}, segments=alone)
    full = _full(place.captures())
    assert len(full) == 20 + 1
    of_segment = {one.capture_id: one.segment.segment_id for one in place.all_captures()}
    for one in place.all_captures():
        if one.revisit:
            said = place.manifest(one).observation.revisits
            assert said is not None
            assert of_segment[said.capture_id] == one.segment.segment_id


def test_segments_are_sealed_at_their_size_while_the_crawl_goes_on(at: At) -> None:
    place = at(hosts=4, pages=150, embeds=1, octets=20_000)
    place.crawl(segments={"octets": "1MiB"})
    sizes = [one.stat().st_size for one in (place.folder / "archive" / "segments").rglob("*.warc.gz")]
    # One is closed when the one before it is stored: until then it may grow.
    assert len(sizes) >= 3
    assert max(sizes) < 5 << 20
    assert place.counts() == dict.fromkeys(place.site.urls, 1)
