# SPDX-License-Identifier: Apache-2.0
"""What was added is found by URL, digest and id, in order, whoever else reads or writes; nothing else ever is."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.catalog.catalog import Catalog, Found
from archiver.catalog.schema import parted
from archiver.errors import Ambiguous, Damaged, StateFault, StoreUnavailable
from archiver.url_keys import url_key
from manifests import Digest, DigestSet, Outcome, Role
from manifests.capture import Revisited
from tests.catalog.captures import AT, URL, digest_set, manifest, placed, segment, uuid

KEY = url_key(URL)
SIMILAR = "http://www.gazette.example/tides"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    one = Catalog(tmp_path / "catalog.sqlite")
    one.prepare()
    yield one
    one.close()


def ids(found: list[Found]) -> list[str]:
    return [one.capture_id for one in found]


def test_a_capture_is_found_with_all_that_is_kept_of_it(catalog: Catalog) -> None:
    one = manifest(
        7, at=AT + timedelta(microseconds=123456), notices=["\u00a9 2026 Ada"], publisher="The Gazette", text=b"t"
    )
    assert catalog.add(segment(), placed(manifest(1, SIMILAR), one))
    (found,) = catalog.by_url(URL, KEY, exact=True)
    assert found == Found(
        capture_id=uuid(7),
        url=URL,
        fetched_at=AT + timedelta(microseconds=123456),
        outcome=Outcome.CAPTURED_COMPLETE,
        response_code=200,
        revisit=False,
        payload_sha256=Digest.of(b"7"),
        publisher="The Gazette",
        notices=({"kind": "copyright", "text": "\u00a9 2026 Ada"},),
        segment=segment(),
        ordinal=1,
        record_offset=1000,
        record_length=600,
        manifest_offset=1600,
        manifest_length=400,
        extractor="tests/0",
    )
    assert found.revisit is False
    assert type(found.payload_sha256) is Digest


def test_an_empty_catalog_answers_nothing(catalog: Catalog) -> None:
    assert catalog.by_url(URL, KEY) == []
    assert catalog.by_digest(Digest.of(b"1")) == []
    assert catalog.closest(URL, KEY, AT) is None
    assert catalog.by_id("00") is None
    assert catalog.segment("a") is None
    assert catalog.all_segments() == []
    assert catalog.captures_in("a" * 26) == []
    assert catalog.payload_holder(Digest.of(b"1")) is None
    assert catalog.counts() == {"captures": 0, "segments": 0}


def test_adding_a_segment_again_changes_nothing(catalog: Catalog) -> None:
    assert catalog.add(segment(), placed(manifest(1)))
    assert not catalog.add(segment(), placed(manifest(1), manifest(2)))
    assert catalog.counts() == {"captures": 1, "segments": 1}


def test_a_segment_without_captures_is_a_segment(catalog: Catalog) -> None:
    assert catalog.add(segment(), [])
    assert catalog.counts() == {"captures": 0, "segments": 1}
    assert catalog.all_segments() == [segment()]


def test_a_segment_that_repeats_a_capture_of_another_is_damaged_and_not_added(catalog: Catalog) -> None:
    catalog.add(segment("a"), placed(manifest(1)))
    with pytest.raises(Damaged):
        catalog.add(segment("b"), placed(manifest(2), manifest(1)))
    assert catalog.counts() == {"captures": 1, "segments": 1}
    assert catalog.by_id(uuid(2)) is None


def test_the_exact_spelling_comes_first_and_each_oldest_first(catalog: Catalog) -> None:
    hours = [(URL, 5), (SIMILAR, 1), (URL, 3), (SIMILAR, 9), (URL, 4)]
    catalog.add(segment(), placed(*(manifest(n, url, AT + timedelta(hours=h)) for n, (url, h) in enumerate(hours))))
    assert [(one.url, (one.fetched_at - AT) // timedelta(hours=1)) for one in catalog.by_url(URL, KEY)] == [
        (URL, 3), (URL, 4), (URL, 5), (SIMILAR, 1), (SIMILAR, 9),
    ]  # fmt: skip
    assert {one.url for one in catalog.by_url(URL, KEY, exact=True)} == {URL}
    assert ids(catalog.by_url(URL, KEY, limit=2)) == [uuid(2), uuid(4)]
    assert catalog.by_url(URL, url_key(URL + "/more")) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(-50, 50)), min_size=1, max_size=12), st.integers(-60, 60))
def test_the_closest_is_the_nearest_of_the_same_spelling_else_of_a_similar_one(
    tmp_path_factory: pytest.TempPathFactory, taken: list[tuple[bool, int]], asked: int
) -> None:
    catalog = Catalog(tmp_path_factory.mktemp("closest") / "catalog.sqlite")
    catalog.prepare()
    times = [(URL if same else SIMILAR, AT + timedelta(seconds=second)) for same, second in taken]
    catalog.add(segment(), placed(*(manifest(n, url, at) for n, (url, at) in enumerate(times))))
    at = AT + timedelta(seconds=asked)
    for exact in (False, True):
        same = [abs(when - at) for url, when in times if url == URL]
        wanted = same or ([] if exact else [abs(when - at) for _, when in times])
        found = catalog.closest(URL, KEY, at, exact=exact)
        if not wanted:
            assert found is None
            continue
        assert found is not None
        assert abs(found.fetched_at - at) == min(wanted)
        assert found.url == (URL if same else SIMILAR)
    catalog.close()


def test_every_role_of_a_digest_is_told(catalog: Catalog) -> None:
    catalog.add(segment(), placed(manifest(1, content=b"page", text=b"words")))
    for digest, roles in (
        (Digest.of(b"page"), (Role.BODY, Role.PAYLOAD, Role.ENTITY)),
        (Digest.of(b"page", "sha1"), (Role.PAYLOAD,)),
        (Digest.of(b"headpage"), (Role.BLOCK,)),
        (Digest.of(b"words"), (Role.TEXT,)),
    ):
        (found,) = catalog.by_digest(digest)
        assert found.roles == roles
    assert catalog.by_url(URL, KEY)[0].roles == ()


def test_a_digest_finds_captures_oldest_first(catalog: Catalog) -> None:
    catalog.add(segment("a"), placed(*(manifest(n, content=b"same", at=AT - timedelta(days=n)) for n in (1, 3))))
    catalog.add(segment("b"), placed(manifest(2, content=b"same", at=AT - timedelta(days=2))))
    assert ids(catalog.by_digest(Digest.of(b"same"))) == [uuid(3), uuid(2), uuid(1)]
    assert len(catalog.by_digest(Digest.of(b"same"), limit=2)) == 2


def test_digests_with_equal_first_octets_are_told_apart(catalog: Catalog) -> None:
    one, other = (Digest.from_raw("sha256", b"\xff" * 8 + bytes([n]) * 24) for n in (1, 2))
    short = Digest.from_raw("sha1", b"\xff" * 8 + b"\3" * 12)
    assert {parted(each.raw)[0] for each in (one, other, short)} == {-1}
    catalog.add(segment("a"), placed(manifest(1, digests=DigestSet(payload=(short, one), block=(other,)))))
    catalog.add(segment("b"), placed(manifest(2, digests=DigestSet(payload=(short, other)))))
    assert ids(catalog.by_digest(one)) == [uuid(1)]
    assert [(found.capture_id, found.roles) for found in catalog.by_digest(other)] == [
        (uuid(1), (Role.BLOCK,)), (uuid(2), (Role.PAYLOAD,)),
    ]  # fmt: skip
    assert ids(catalog.by_digest(short)) == [uuid(1), uuid(2)]
    assert catalog.by_digest(Digest.from_raw("sha256", b"\xff" * 32)) == []


def test_an_id_is_found_by_its_first_digits_unless_several_fit(catalog: Catalog) -> None:
    catalog.add(segment(), placed(manifest(0x1234), manifest(0x1235), manifest(0xFFFF0000)))
    for prefix in ("00001234", "00001234-0000", uuid(0x1234), uuid(0x1234).upper(), uuid(0x1234).replace("-", "")):
        found = catalog.by_id(prefix)
        assert found is not None
        assert found.capture_id == uuid(0x1234)
    assert ids([one] if (one := catalog.by_id("f")) else []) == [uuid(0xFFFF0000)]
    assert catalog.by_id("00001236") is None
    with pytest.raises(Ambiguous):
        catalog.by_id("0000123")


def test_a_segment_is_found_by_its_first_letters_unless_several_fit(catalog: Catalog) -> None:
    for name in ("a", "b"):
        catalog.add(segment(name), [])
    assert catalog.segment("A") == segment("a")
    assert catalog.segment("b" * 26) == segment("b")
    assert catalog.segment("c") is None
    with pytest.raises(Ambiguous):
        catalog.segment("")


def test_segments_are_listed_oldest_first(catalog: Catalog) -> None:
    for name, day in (("a", 3), ("b", 1), ("c", 2)):
        catalog.add(segment(name, AT + timedelta(days=day)), [])
    assert [one.segment_id[0] for one in catalog.all_segments()] == ["b", "c", "a"]


def test_the_captures_of_a_segment_stand_in_file_order(catalog: Catalog) -> None:
    catalog.add(segment("a"), placed(*(manifest(n, at=AT - timedelta(hours=n)) for n in (1, 2, 3))))
    catalog.add(segment("b"), placed(manifest(4)))
    assert ids(catalog.captures_in("a" * 26)) == [uuid(1), uuid(2), uuid(3)]


def test_a_revisit_may_refer_to_the_oldest_whole_response_only(catalog: Catalog) -> None:
    first = Revisited(capture_id=uuid(9), url=URL, fetched_at=AT)
    wanted = Digest.of(b"same")
    catalog.add(
        segment("a"),
        placed(
            manifest(1, content=b"same", outcome=Outcome.CAPTURED_TRUNCATED, at=AT - timedelta(days=3)),
            manifest(2, content=b"same", revisits=first, at=AT - timedelta(days=2)),
            manifest(3, digests=DigestSet(entity=(wanted,), payload=(Digest.of(b"gz"),)), at=AT - timedelta(days=1)),
        ),
    )
    assert catalog.payload_holder(wanted) is None
    catalog.add(segment("b"), placed(manifest(5, content=b"same", at=AT + timedelta(1)), manifest(4, content=b"same")))
    assert catalog.payload_holder(wanted) == Revisited(capture_id=uuid(4), url=URL, fetched_at=AT)


def test_a_failed_fetch_is_found_by_url(catalog: Catalog) -> None:
    catalog.add(segment(), placed(manifest(1, outcome=Outcome.FAILED)))
    (found,) = catalog.by_url(URL, KEY)
    assert (found.response_code, found.payload_sha256, found.record_offset, found.publisher, found.notices) == (
        None, None, None, None, (),
    )  # fmt: skip


def test_notices_and_publishers_are_kept_once(catalog: Catalog, tmp_path: Path) -> None:
    for name, first in (("a", 0), ("b", 100)):
        catalog.add(
            segment(name),
            placed(
                *(
                    manifest(first + n, notices=["\u00a9 Ada", f"\u00a9 {n % 2}", "\u00a9 Ada"], publisher="P")
                    for n in range(10)
                )
            ),
        )
    with sqlite3.connect(tmp_path / "catalog.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM notice").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM publisher").fetchone() == (1,)
    connection.close()
    found = catalog.by_url(URL, KEY)
    assert len(found) == 20
    assert all({"kind": "copyright", "text": "\u00a9 Ada"} in one.notices and len(one.notices) == 2 for one in found)


def test_more_notices_than_one_statement_takes_are_kept(catalog: Catalog) -> None:
    many = [f"\u00a9 {n}" for n in range(1201)]
    catalog.add(segment(), placed(manifest(1, notices=many, publisher="P")))
    (found,) = catalog.by_url(URL, KEY)
    assert sorted(one["text"] for one in found.notices) == sorted(many)


@pytest.mark.parametrize("year", [1, 1969, 1970, 9999])
def test_any_year_is_kept_to_the_microsecond(catalog: Catalog, year: int) -> None:
    at = datetime(year, 6, 1, 12, 0, 0, 999_999, tzinfo=UTC)
    catalog.add(segment(), placed(manifest(1, at=at)))
    assert catalog.by_url(URL, KEY)[0].fetched_at == at


@pytest.mark.parametrize(
    "url", ["http://gazette.example/'; DROP TABLE capture; --", "http://gazette.example/%00%FF", URL + "?" + "q" * 9000]
)
def test_hostile_urls_are_only_values(catalog: Catalog, url: str) -> None:
    catalog.add(segment(), placed(manifest(1, url, publisher="'; DROP TABLE publisher; --")))
    assert ids(catalog.by_url(url, url_key(url))) == [uuid(1)]


def test_another_version_is_not_current(catalog: Catalog, tmp_path: Path) -> None:
    assert catalog.is_current()
    with sqlite3.connect(tmp_path / "catalog.sqlite") as connection:
        connection.execute("UPDATE fact SET content = '999' WHERE name = 'version'")
    connection.close()
    assert not catalog.is_current()
    empty = Catalog(tmp_path / "empty.sqlite")
    assert not empty.is_current()
    empty.close()


def test_a_file_that_is_no_database_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"this is no database" * 100)
    catalog = Catalog(path, read_only=True)
    with pytest.raises(StateFault):
        catalog.by_url(URL, KEY)
    with pytest.raises(StateFault):
        catalog.counts()
    catalog.close()


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "none.sqlite", read_only=True)
    with pytest.raises(StoreUnavailable):
        catalog.by_url(URL, KEY)
    catalog.close()


def test_a_reader_cannot_write(catalog: Catalog, tmp_path: Path) -> None:
    catalog.add(segment(), placed(manifest(1)))
    reader = Catalog(tmp_path / "catalog.sqlite", read_only=True)
    assert ids(reader.by_url(URL, KEY)) == [uuid(1)]
    with pytest.raises(StoreUnavailable):
        reader.add(segment("b"), placed(manifest(2)))
    reader.close()


def test_writers_in_several_threads_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    Catalog(path).prepare()
    shared = Catalog(path)
    faults: list[BaseException] = []

    def write(catalog: Catalog, letters: str) -> None:
        try:
            for letter in letters:
                number = ord(letter) * 100
                catalog.add(
                    segment(letter),
                    placed(*(manifest(number + n, notices=["\u00a9 Ada"], publisher="P") for n in range(20))),
                )
                assert len(catalog.captures_in(letter * 26)) == 20
        except BaseException as fault:  # noqa: BLE001 - shown by the assertion below
            faults.append(fault)

    own = Catalog(path)
    threads = [
        threading.Thread(target=write, args=given) for given in ((shared, "abcd"), (shared, "efgh"), (own, "cdij"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert shared.counts() == {"captures": 200, "segments": 10}
    shared.close()
    own.close()


def test_digest_sets_of_the_builder_are_those_of_a_plain_page() -> None:
    held = digest_set(b"x")
    assert held.get(Role.BODY) == held.get(Role.PAYLOAD) == held.get(Role.ENTITY) != held.get(Role.BLOCK)
