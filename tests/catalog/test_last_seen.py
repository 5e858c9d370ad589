# SPDX-License-Identifier: Apache-2.0
"""What a recapture is told of the last one: the payload held, validators that are about that payload, and what was read."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.catalog.catalog import Catalog, LastSeen
from archiver.catalog.entries import entry_of, notices_digest
from manifests import Digest, Outcome, canonical_bytes
from manifests.capture import CaptureManifest, Revisited
from tests.catalog.captures import AT, URL, manifest, not_modified, placed, segment, uuid

HOUR = timedelta(hours=1)
ETAG, DATE = '"7-a"', "Tue, 03 Mar 2026 09:00:00 GMT"
VALIDATORS = (("etag", ETAG), ("last-modified", DATE))
OTHER = URL + "/other"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    one = Catalog(tmp_path / "catalog.sqlite")
    one.prepare()
    yield one
    one.close()


def seen(catalog: Catalog, *manifests: CaptureManifest, url: str = URL) -> LastSeen | None:
    """What is last seen of a URL after these were added."""
    catalog.add(segment(), placed(*manifests))
    return catalog.last_seen([url]).get(url)


def said(one: CaptureManifest) -> Digest:
    entry = entry_of(canonical_bytes(one))
    assert entry.claims is not None
    return notices_digest(entry.claims.notices)


def identical(number: int, of: int, url: str = URL, earlier_url: str = URL) -> Revisited:
    return Revisited(capture_id=uuid(of), url=earlier_url, fetched_at=AT)


def test_all_that_is_held_of_a_response_is_told(catalog: Catalog) -> None:
    one = manifest(
        1, content=b"page", text=b"words", notices=["\u00a9 Ada", "All rights reserved."], headers=VALIDATORS
    )
    assert seen(catalog, manifest(9, at=AT - HOUR), one) == LastSeen(
        newest_id=uuid(1),
        newest_at=AT,
        response_code=200,
        capture_id=uuid(1),
        url=URL,
        fetched_at=AT,
        payload_sha256=Digest.of(b"page"),
        payload_sha1=Digest.of(b"page", "sha1"),
        etag=ETAG,
        last_modified=DATE,
        text_digest=Digest.of(b"words"),
        notices_digest=said(one),
        extractor="tests/0",
    )


def test_many_urls_are_asked_at_once_and_only_those_held_are_answered(catalog: Catalog) -> None:
    urls = [f"{URL}/{n}" for n in range(500)]
    catalog.add(segment(), placed(*(manifest(n, url) for n, url in enumerate(urls[::2]))))
    answer = catalog.last_seen([*urls, URL, "not even a URL", ""])
    assert sorted(answer) == sorted(urls[::2])
    assert all(answer[url].capture_id == uuid(n) for n, url in enumerate(urls[::2]))
    assert catalog.last_seen([]) == {}


def test_only_the_exact_spelling_counts(catalog: Catalog) -> None:
    assert seen(catalog, manifest(1, "http://www.gazette.example/tides")) is None


def test_a_failed_fetch_since_changes_nothing(catalog: Catalog) -> None:
    found = seen(catalog, manifest(1, headers=VALIDATORS), manifest(2, at=AT + HOUR, outcome=Outcome.FAILED))
    assert found is not None
    assert (found.newest_id, found.etag) == (uuid(1), ETAG)


def test_a_revisit_leads_to_the_response_that_holds_its_payload(catalog: Catalog) -> None:
    again = manifest(
        2,
        at=AT + HOUR,
        content=b"1",
        revisits=identical(2, 1, earlier_url=OTHER),
        headers=[("etag", "new")],
        text=b"t2",
    )
    found = seen(catalog, manifest(1, OTHER, headers=VALIDATORS, text=b"t1"), again)
    assert found is not None
    assert (found.newest_id, found.newest_at) == (uuid(2), AT + HOUR)
    assert (found.capture_id, found.url, found.fetched_at) == (uuid(1), OTHER, AT)
    assert found.payload_sha256 == Digest.of(b"1")
    assert (found.etag, found.last_modified) == ("new", None), "the validators of another URL mean nothing here"
    assert found.text_digest == Digest.of(b"t2")


def test_after_a_304_all_is_told_of_the_response_that_it_confirms(catalog: Catalog) -> None:
    first = manifest(1, content=b"page", text=b"words", notices=["\u00a9 Ada"], headers=VALIDATORS)
    catalog.add(segment("a"), placed(first))
    catalog.add(segment("b"), placed(not_modified(2, 1, AT + HOUR)))
    found = catalog.last_seen([URL])[URL]
    assert (found.newest_id, found.newest_at, found.response_code) == (uuid(2), AT + HOUR, 304)
    assert (found.capture_id, found.fetched_at, found.payload_sha256) == (uuid(1), AT, Digest.of(b"page"))
    assert found.payload_sha1 == Digest.of(b"page", "sha1")
    assert (found.text_digest, found.notices_digest, found.extractor) == (Digest.of(b"words"), said(first), "tests/0")
    assert (found.etag, found.last_modified) == (ETAG, DATE)


def test_what_a_304_says_anew_replaces_what_was_said(catalog: Catalog) -> None:
    found = seen(catalog, manifest(1, headers=VALIDATORS), not_modified(2, 1, AT + HOUR, headers=[("ETag", "newer")]))
    assert found is not None
    assert (found.etag, found.last_modified) == ("newer", DATE)


def test_a_304_confirms_no_validators_of_another_url(catalog: Catalog) -> None:
    found = seen(catalog, manifest(1, OTHER, headers=VALIDATORS), not_modified(2, 1, AT + HOUR))
    assert found is not None
    assert (found.capture_id, found.etag, found.last_modified) == (uuid(1), None, None)


@pytest.mark.parametrize(
    "newest",
    [
        manifest(2, at=AT + HOUR, code=503, headers=VALIDATORS),
        manifest(2, at=AT + HOUR, code=None, headers=VALIDATORS),
        manifest(2, at=AT + HOUR, outcome=Outcome.CAPTURED_TRUNCATED, headers=VALIDATORS),
        manifest(2, at=AT + HOUR, code=304, content=b"", headers=VALIDATORS),
        manifest(2, at=AT + HOUR),
        manifest(2, at=AT + HOUR, headers=[("etag", ""), ("last-modified", "x" * 65), ("etag", "e" * 513)]),
    ],
    ids=["an error", "no code", "cut short", "a 304 nobody asked for", "none sent", "none that can be one"],
)
def test_validators_are_told_only_of_a_whole_answer_that_may_be_asked_for_again(
    catalog: Catalog, newest: CaptureManifest
) -> None:
    found = seen(catalog, manifest(1, headers=VALIDATORS), newest)
    assert found is not None
    assert (found.newest_id, found.etag, found.last_modified) == (uuid(2), None, None)


@pytest.mark.parametrize(
    "original",
    [
        manifest(9, OTHER),
        manifest(1, OTHER, outcome=Outcome.CAPTURED_TRUNCATED),
        manifest(1, OTHER, revisits=identical(1, 9)),
        manifest(1, OTHER, outcome=Outcome.FAILED),
    ],
    ids=["not held", "cut short", "itself a revisit", "failed"],
)
@pytest.mark.parametrize("confirmed", [True, False])
def test_a_revisit_of_what_is_not_held_whole_is_as_if_never_seen(
    catalog: Catalog, original: CaptureManifest, confirmed: bool
) -> None:
    again = manifest(2, at=AT + HOUR, content=b"1", revisits=identical(2, 1))
    assert seen(catalog, original, not_modified(2, 1, AT + HOUR) if confirmed else again) is None


def test_what_was_not_read_has_no_digests_of_it(catalog: Catalog) -> None:
    found = seen(catalog, manifest(1, read=False))
    assert found is not None
    assert (found.text_digest, found.notices_digest, found.extractor) == (None, None, None)


def test_notices_are_compared_wherever_on_the_page_they_stand(catalog: Catalog) -> None:
    one, same, fewer, none = (said(manifest(1, notices=each)) for each in (["a", "b"], ["b", "a", "a"], ["a"], []))
    assert one == same
    assert len({one, fewer, none}) == 3
    found = seen(catalog, manifest(1, notices=["b", "a"]), manifest(2, OTHER))
    assert found is not None
    assert found.notices_digest == one
    assert catalog.last_seen([OTHER])[OTHER].notices_digest == none


def test_the_extractor_is_named_with_its_version(catalog: Catalog) -> None:
    catalog.add(segment("a"), placed(manifest(1)))
    catalog.add(segment("b"), placed(manifest(2, OTHER, version="1"), manifest(3, OTHER + "s")))
    answer = catalog.last_seen([URL, OTHER, OTHER + "s"])
    assert [one.extractor for one in answer.values()] == ["tests/0", "tests/1", "tests/0"]


def test_a_visit_without_a_payload_is_found_by_url_with_the_payload_it_confirms_and_by_no_digest(
    catalog: Catalog,
) -> None:
    catalog.add(segment(), placed(manifest(1, content=b"page"), not_modified(2, 1, AT + HOUR)))
    first, again = catalog.by_url(URL, "example,gazette)/tides")
    assert (again.capture_id, again.revisit, again.response_code) == (uuid(2), True, 304)
    assert again.payload_sha256 == first.payload_sha256 == Digest.of(b"page")
    assert [one.capture_id for one in catalog.by_digest(Digest.of(b"page"))] == [uuid(1)]
    assert catalog.by_digest(Digest.of(b"")) == []
    assert catalog.payload_holder(Digest.of(b"")) is None
