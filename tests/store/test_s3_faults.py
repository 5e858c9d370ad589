# SPDX-License-Identifier: Apache-2.0
"""The store in a bucket against a server that fails: nothing lost, nothing doubled, nothing believed that was not
checked."""

import gzip
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from archiver.errors import BadInput, Damaged, StoreConflict, StoreUnavailable, StoreUnfit
from archiver.ports import Abilities
from archiver.store.retry import Retry
from archiver.store.s3 import S3Store
from archiver.store.s3_client import connect
from manifests.digest import Digest
from tests.contracts.store_contract import noise, put
from tests.store.conftest import set_aws
from tests.store.s3_faults import CUT_AFTER, CUT_BEFORE, LATE, STALL, Fault, Proxy, Script, flip, says

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SLOW_DOWN = says(503, "SlowDown")
CHECKING = Abilities(create_only=True, checks_sha256=True)


@pytest.fixture
def waits() -> list[float]:
    """The seconds that would have been slept."""
    return []


@pytest.fixture
def make(bucket: str, shared_client: "S3Client", waits: list[float]) -> Callable[..., S3Store]:
    def store(abilities: Abilities | None = None, client: "S3Client | None" = None) -> S3Store:
        retry = Retry(attempts=5, sleep=waits.append, chance=lambda: 0.5)
        return S3Store(bucket, "p", client=client or shared_client, abilities=abilities, retry=retry)

    return store


@pytest.fixture
def store(make: Callable[..., S3Store]) -> S3Store:
    return make()


@pytest.fixture
def impatient(faulty: Proxy) -> "S3Client":
    """A client that waits for nothing longer than a fifth of a second."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_aws(monkeypatch)
        return connect(faulty.url, "us-east-1", read_timeout=0.2)


class TestWriting:
    @pytest.mark.parametrize(
        "faults",
        [
            [SLOW_DOWN] * 4,
            [says(500, "InternalError"), says(502, ""), says(504, "")],
            [says(500, "InternalError", forward=True)],
            [says(503, "SlowDown", forward=True), SLOW_DOWN],
            [CUT_BEFORE] * 4,
            [CUT_AFTER],
            [CUT_BEFORE, CUT_AFTER, SLOW_DOWN],
            [says(409, "ConditionalRequestConflict")] * 2,
            [says(409, "OperationAborted")],
            [says(412, "PreconditionFailed", forward=True)],
            [says(304, "", forward=True)],
            [says(429, "TooManyRequests"), says(429, ""), says(409, ""), says(408, "")],
            [says(400, "RequestTimeout")],
            [says(400, "BadDigest")],
            [Fault(status=200, torn=0)],
        ],
        ids=lambda faults: "+".join(f"{one.status or 'cut'}{'-done' if one.forward else ''}" for one in faults),
    )
    @pytest.mark.parametrize("abilities", [None, CHECKING], ids=["reads-back", "checks"])
    def test_a_fault_that_passes_is_survived_with_one_object(
        self,
        make: Callable[..., S3Store],
        script: Script,
        *,
        bucket: str,
        shared_client: "S3Client",
        faults: list[Fault],
        abilities: Abilities | None,
    ) -> None:
        script.checks = abilities is not None
        shared_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        store = make(abilities)
        script.seen.clear()
        script.on("PUT", *faults)
        store.put("a/b", io.BytesIO(b"..content"[2:]), sha256=Digest.of(b"content"), size=7)
        assert store.get("a/b") == b"content"
        versions = shared_client.list_object_versions(Bucket=bucket)["Versions"]
        assert [one["Key"] for one in versions] == ["p/a/b"]

    def test_the_back_off_doubles_is_bounded_and_honours_retry_after(
        self, store: S3Store, script: Script, waits: list[float]
    ) -> None:
        script.on("PUT", SLOW_DOWN, SLOW_DOWN, says(503, "SlowDown", headers=(("Retry-After", "7"),)), SLOW_DOWN)
        put(store, "a", b"1")
        assert waits == [0.1, 0.2, 7.0, 0.8]

    def test_a_retry_after_of_a_day_is_cut_to_the_bound(
        self, store: S3Store, script: Script, waits: list[float]
    ) -> None:
        script.on("PUT", says(503, "SlowDown", headers=(("Retry-After", "86400"),)))
        put(store, "a", b"1")
        assert waits == [20.0]

    def test_a_store_that_stays_slow_is_unavailable_after_the_allowed_tries(
        self, store: S3Store, script: Script, waits: list[float]
    ) -> None:
        script.on("PUT", *[SLOW_DOWN] * 5)
        with pytest.raises(StoreUnavailable, match="SlowDown"):
            put(store, "a", b"1")
        assert script.count("PUT") == 5
        assert len(waits) >= 4

    def test_an_answer_that_never_comes_is_healed_by_comparing(
        self, make: Callable[..., S3Store], script: Script, impatient: "S3Client"
    ) -> None:
        script.on("PUT", STALL)
        store = make(client=impatient)
        put(store, "a", b"content")
        assert store.get("a") == b"content"
        assert [answer for answer in script.seen if answer[0] == "PUT"] == [("PUT", 200), ("PUT", 412)]

    def test_a_write_that_reaches_the_server_after_its_repetition_makes_no_second_version(
        self, store: S3Store, script: Script, bucket: str, shared_client: "S3Client"
    ) -> None:
        shared_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        script.on("PUT", LATE, LATE)
        put(store, "a", b"content")
        script.released.set()
        assert [script.late.get(timeout=10) for _ in range(2)] == [412, 412]
        assert len(shared_client.list_object_versions(Bucket=bucket)["Versions"]) == 1
        assert store.get("a") == b"content"

    def test_a_write_that_was_given_up_and_reaches_the_server_later_is_taken_for_done_by_the_next_one(
        self, store: S3Store, script: Script, bucket: str, shared_client: "S3Client"
    ) -> None:
        shared_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        script.on("PUT", *[LATE] * 5)
        with pytest.raises(StoreUnavailable):
            put(store, "a", b"content")
        assert store.head("a") is None
        script.released.set()
        assert sorted(script.late.get(timeout=10) for _ in range(5)) == [200, 412, 412, 412, 412]
        put(store, "a", b"content")
        with pytest.raises(StoreConflict):
            put(store, "a", b"other")
        assert len(shared_client.list_object_versions(Bucket=bucket)["Versions"]) == 1

    def test_more_than_one_put_takes_is_refused_before_anything_is_read(self, store: S3Store, script: Script) -> None:
        class Huge(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                raise AssertionError(f"read {size}")

        with pytest.raises(BadInput, match="at most 5368709120"):
            store.put("a", Huge(), sha256=Digest.of(b""), size=(5 << 30) + 1)
        assert script.seen == []

    def test_a_server_that_always_hangs_up_on_a_taken_key_is_asked_what_it_holds(
        self, store: S3Store, script: Script
    ) -> None:
        put(store, "a", b"content")
        script.on("PUT", *[CUT_BEFORE] * 5)
        put(store, "a", b"content")
        script.on("PUT", *[CUT_BEFORE] * 5)
        with pytest.raises(StoreUnavailable):
            put(store, "a", b"other")
        script.on("PUT", *[CUT_BEFORE] * 5)
        with pytest.raises(StoreUnavailable):
            put(store, "b", b"content")

    @pytest.mark.parametrize("abilities", [None, CHECKING])
    def test_other_bytes_under_the_key_are_a_conflict_however_the_answers_come(
        self, make: Callable[..., S3Store], script: Script, abilities: Abilities | None
    ) -> None:
        script.checks = abilities is not None
        store = make(abilities)
        put(store, "a", b"first")
        for faults in ([], [SLOW_DOWN], [CUT_AFTER], [says(500, "InternalError", forward=True)]):
            script.on("PUT", *faults)
            for other in (b"other", b"longer than the first"):
                with pytest.raises(StoreConflict):
                    put(store, "a", other)
        assert store.get("a") == b"first"

    @pytest.mark.parametrize(
        "change", [flip, lambda content: content[:-1], lambda content: b"", lambda content: b"x" * 7]
    )
    def test_bytes_changed_on_their_way_into_the_store_are_found_by_the_read_back(
        self, store: S3Store, script: Script, change: Callable[[bytes], bytes]
    ) -> None:
        script.on("PUT", Fault(sent=change))
        with pytest.raises(Damaged):
            put(store, "a", b"content")

    def test_a_bit_flipped_when_read_back_is_damage(self, store: S3Store, script: Script) -> None:
        script.on("GET", Fault(given=flip))
        with pytest.raises(Damaged):
            put(store, "a", b"content")

    def test_a_store_that_checks_refuses_changed_bytes_and_they_are_sent_again(
        self, make: Callable[..., S3Store], script: Script
    ) -> None:
        script.checks = True
        script.on("PUT", Fault(sent=flip))
        store = make(CHECKING)
        put(store, "a", b"content")
        assert store.get("a") == b"content"
        assert [code for method, code in script.seen if method == "PUT"] == [400, 200]

    def test_a_checksum_that_is_missing_on_head_is_replaced_by_reading_everything(
        self, make: Callable[..., S3Store], script: Script
    ) -> None:
        store = make(CHECKING)  # was seen to check, but moto gives no checksum now
        put(store, "a", b"content")
        assert [method for method, _ in script.seen] == ["PUT", "HEAD", "GET"]

    @pytest.mark.parametrize("abilities", [None, CHECKING])
    def test_an_object_that_is_not_shown_at_once_is_waited_for(
        self, make: Callable[..., S3Store], script: Script, waits: list[float], abilities: Abilities | None
    ) -> None:
        script.checks = abilities is not None
        script.on("GET" if abilities is None else "HEAD", *[says(404, "NoSuchKey")] * 3)
        put(make(abilities), "a", b"content")
        assert len(waits) == 3

    def test_an_object_that_is_never_shown_is_not_believed(self, store: S3Store, script: Script) -> None:
        script.on("GET", *[says(404, "NoSuchKey")] * 5)
        with pytest.raises(StoreUnavailable, match="does not show"):
            put(store, "a", b"content")

    def test_a_read_back_that_is_cut_is_done_again(self, store: S3Store, script: Script) -> None:
        content = noise(3_000_000)
        script.on("GET", Fault(torn=1_500_000), CUT_AFTER, SLOW_DOWN)
        put(store, "a", content)
        assert script.count("GET") == 4


class TestReplacing:
    @pytest.mark.parametrize(
        "faults",
        [
            [SLOW_DOWN] * 4,
            [says(500, "InternalError"), says(502, ""), says(504, "")],
            [says(500, "InternalError", forward=True)],
            [CUT_BEFORE] * 4,
            [CUT_AFTER, CUT_AFTER],
            [says(409, "OperationAborted")],
            [says(400, "BadDigest")],
        ],
        ids=lambda faults: "+".join(f"{one.status or 'cut'}{'-done' if one.forward else ''}" for one in faults),
    )
    def test_a_fault_that_passes_is_survived(self, store: S3Store, script: Script, faults: list[Fault]) -> None:
        store.replace("ledger/checkpoint", b"old")
        script.on("PUT", *faults)
        store.replace("ledger/checkpoint", b"new")
        assert store.get("ledger/checkpoint") == b"new"

    def test_a_server_that_stays_away_is_an_error_and_nothing_is_half_written(
        self, store: S3Store, script: Script
    ) -> None:
        store.replace("ledger/checkpoint", b"old")
        for fault in (SLOW_DOWN, CUT_BEFORE):
            script.on("PUT", *[fault] * 5)
            with pytest.raises(StoreUnavailable):
                store.replace("ledger/checkpoint", b"new")
        assert store.get("ledger/checkpoint") == b"old"

    def test_sweeping_asks_the_server_for_nothing(self, store: S3Store, script: Script) -> None:
        store.sweep("staging/a")
        assert script.seen == []


class TestReading:
    def test_what_is_missing_is_a_key_error_without_another_try(self, store: S3Store, script: Script) -> None:
        script.on("GET", says(404, "NoSuchKey"))
        with pytest.raises(KeyError):
            store.get("a")
        assert script.count("GET") == 1

    def test_a_bucket_that_is_missing_is_not_a_missing_object(self, shared_client: "S3Client", script: Script) -> None:
        store = S3Store("no-such-bucket-at-all", client=shared_client)
        calls: list[Callable[[], object]] = [
            lambda: store.get("a"),
            lambda: store.open("a"),
            lambda: store.head("a"),
            lambda: list(store.list("")),
            lambda: put(store, "a", b"1"),
            store.probe,
        ]
        for call in calls:
            with pytest.raises(StoreUnavailable, match="bucket"):
                call()

    @pytest.mark.parametrize(
        "fault",
        [
            Fault(given=lambda content: content[:-1]),
            Fault(given=lambda content: b""),
            Fault(given=lambda content: content + b"more"),
            Fault(drop=("range",)),
            Fault(torn=2),
            Fault(told=(("content-range", "bytes 3-7/10"),)),
            Fault(told=(("content-range", ""),)),
            Fault(told=(("content-range", "bytes 2-6/*"),)),
        ],
        ids=["short", "empty", "long", "whole", "cut", "elsewhere", "from nowhere", "of no size"],
    )
    def test_a_range_that_comes_wrong_is_asked_for_once_more(
        self, store: S3Store, script: Script, fault: Fault
    ) -> None:
        put(store, "ten", b"0123456789")
        script.seen.clear()
        script.on("GET", fault)
        assert store.get("ten", 2, 7) == b"23456"
        assert script.count("GET") == 2

    @pytest.mark.parametrize("fault", [Fault(given=lambda content: content[:-1]), Fault(drop=("range",))])
    def test_a_range_that_stays_wrong_is_an_error(self, store: S3Store, script: Script, fault: Fault) -> None:
        put(store, "ten", b"0123456789")
        for start, end in ((2, 7), (2, None)):
            script.on("GET", fault, fault)
            with pytest.raises(StoreUnavailable):
                store.get("ten", start, end)

    def test_what_was_compressed_on_its_way_is_an_error_and_never_content(self, store: S3Store, script: Script) -> None:
        content = b"the same words again and again " * 100
        put(store, "a", content)
        squeezed = Fault(told=(("content-encoding", "gzip"),), given=gzip.compress)
        script.on("GET", *[squeezed] * 3)
        for read in (store.get, store.open, lambda key: store.get(key, 10, 20)):
            with pytest.raises(StoreUnavailable, match="Something on the way compresses"):
                read("a")
        script.on("GET", squeezed)
        with pytest.raises(StoreUnavailable, match="compresses"):
            put(store, "a", content)

    def test_what_another_tool_stored_with_the_name_of_a_coding_is_read_as_it_is(
        self, store: S3Store, bucket: str, shared_client: "S3Client"
    ) -> None:
        content = gzip.compress(b"the same words again and again " * 100)
        shared_client.put_object(Bucket=bucket, Key="p/a", Body=content, ContentEncoding="gzip")
        assert store.get("a") == content
        assert store.get("a", 5, 20) == content[5:20]
        with store.open("a") as stream:
            assert stream.read() == content

    def test_a_size_that_is_not_told_is_an_error_and_not_a_missing_object(self, store: S3Store, script: Script) -> None:
        put(store, "a", b"content")
        script.on("HEAD", Fault(told=(("content-length", ""),)))
        with pytest.raises(StoreUnavailable, match="how long"):
            store.head("a")

    def test_a_key_that_a_list_shows_though_it_is_not_there_is_missing(self, store: S3Store, script: Script) -> None:
        script.on("LIST", _page(["ghost"]))
        [key] = store.list("")
        assert store.head(key) is None
        with pytest.raises(KeyError):
            store.get(key)

    def test_a_key_that_a_list_leaves_out_is_there(self, store: S3Store, script: Script) -> None:
        put(store, "a", b"content")
        script.on("LIST", _page([]))
        assert list(store.list("")) == []
        assert store.get("a") == b"content"

    def test_reading_survives_what_passes(self, store: S3Store, script: Script) -> None:
        content = noise(300_000)
        put(store, "a", content)
        script.on("GET", SLOW_DOWN, CUT_BEFORE, Fault(torn=200_000), says(500, "InternalError"))
        assert store.get("a") == content
        script.on("HEAD", says(503, ""), CUT_AFTER)
        assert store.head("a") is not None
        script.on("GET", SLOW_DOWN, CUT_AFTER)
        with store.open("a") as stream:
            assert stream.read() == content

    def test_a_stream_that_is_cut_is_an_error_and_never_an_end(self, store: S3Store, script: Script) -> None:
        put(store, "a", noise(300_000))
        script.on("GET", Fault(torn=200_000))
        with store.open("a") as stream, pytest.raises(StoreUnavailable):
            list(iter(lambda: stream.read(10_000), b""))

    def test_a_stream_that_stalls_is_an_error(
        self, make: Callable[..., S3Store], script: Script, impatient: "S3Client"
    ) -> None:
        store = make(client=impatient)
        put(store, "a", b"content")
        script.on("GET", *[STALL] * 5)
        with pytest.raises(StoreUnavailable):
            store.get("a")

    def test_a_list_survives_faults_and_pages_that_overlap_or_come_in_disorder(
        self, store: S3Store, script: Script
    ) -> None:
        script.on("LIST", SLOW_DOWN, _page(["a/b", "b"], token="t1"), CUT_BEFORE, _page(["b", "a-b", "None of ours"]))
        assert list(store.list("")) == ["a-b", "a/b", "b"]

    def test_a_list_that_does_not_advance_is_an_error(self, store: S3Store, script: Script) -> None:
        for token in ("t1", None):
            script.on("LIST", *[_page(["a"], token, truncated=True)] * (2 if token else 1))
            with pytest.raises(StoreUnavailable, match="same page"):
                list(store.list(""))

    def test_an_answer_that_is_no_xml_is_an_unavailable_store(self, store: S3Store, script: Script) -> None:
        script.on("LIST", *[Fault(given=lambda _: b"<html>Sign in to the hotel network")] * 5)
        with pytest.raises(StoreUnavailable):
            list(store.list(""))


class TestFinalFaults:
    @pytest.mark.parametrize(
        ("fault", "advice"),
        [
            (says(403, "AccessDenied"), "s3:ListBucket"),
            (says(403, "InvalidAccessKeyId"), "AWS_ACCESS_KEY_ID"),
            (says(403, "SignatureDoesNotMatch"), "AWS_SECRET_ACCESS_KEY"),
            (says(403, "RequestTimeTooSkewed"), "clock"),
            (says(404, "NoSuchBucket"), "no such bucket"),
            (says(400, "SomethingNew"), "SomethingNew"),
            (says(405, "MethodNotAllowed"), "MethodNotAllowed"),
        ],
        ids=lambda value: value.code if isinstance(value, Fault) else None,
    )
    def test_they_stop_at_once_and_say_what_to_check(
        self, store: S3Store, script: Script, waits: list[float], fault: Fault, advice: str
    ) -> None:
        script.on("PUT", fault)
        with pytest.raises(StoreUnavailable, match=advice) as seen:
            put(store, "a", b"1")
        assert script.count("PUT") == 1
        assert waits == []
        assert "no-ones" not in str(seen.value)
        script.on("GET", fault, fault)
        for read in (store.get, store.open):
            with pytest.raises(StoreUnavailable):
                read("a")

    def test_head_and_list_without_rights_say_so(self, store: S3Store, script: Script) -> None:
        script.on("HEAD", says(403, ""))
        with pytest.raises(StoreUnavailable, match="s3:ListBucket"):
            store.head("a")
        script.on("LIST", says(403, "AccessDenied"))
        with pytest.raises(StoreUnavailable, match="s3:ListBucket"):
            list(store.list(""))

    def test_nobody_listening_is_an_unavailable_store(self, waits: list[float]) -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            set_aws(monkeypatch)
            store = S3Store("bucket", endpoint_url="http://127.0.0.1:9", retry=Retry(attempts=2, sleep=waits.append))
            calls: list[Callable[[], object]] = [
                lambda: put(store, "a", b"1"),
                lambda: store.get("a"),
                lambda: store.open("a"),
                lambda: store.head("a"),
                lambda: list(store.list("")),
                store.probe,
            ]
            for call in calls:
                with pytest.raises(StoreUnavailable, match="no answer"):
                    call()


class TestProbe:
    def test_a_store_that_checks_is_seen_to_and_then_believed(self, store: S3Store, script: Script) -> None:
        script.checks = True
        seen = store.probe()
        assert (seen.create_only, seen.checks_sha256) == (True, True)
        assert store.abilities == seen
        put(store, "a", b"1")
        head = store.head("a")
        assert head is not None
        assert head.sha256 == Digest.of(b"1")

    def test_a_store_that_ignores_checksums_is_fit_but_not_believed(self, store: S3Store) -> None:
        seen = store.probe()
        assert (seen.create_only, seen.checks_sha256) == (True, False)

    def test_a_store_that_ignores_the_condition_is_unfit(self, store: S3Store, script: Script) -> None:
        script.on("PUT", *[Fault(drop=("if-none-match",))] * 2)
        with pytest.raises(StoreUnfit, match="second create-only write") as seen:
            store.probe()
        assert "SeaweedFS" in str(seen.value)
        assert store.abilities is None

    def test_a_store_that_refuses_but_writes_is_unfit(self, store: S3Store, script: Script) -> None:
        lying = Fault(status=412, code="PreconditionFailed", drop=("if-none-match",))
        script.on("PUT", Fault(), lying)
        with pytest.raises(StoreUnfit, match="no longer holds"):
            store.probe()

    def test_a_store_that_does_not_know_the_condition_is_unfit(self, store: S3Store, script: Script) -> None:
        script.on("PUT", says(501, "NotImplemented"))
        with pytest.raises(StoreUnfit):
            store.probe()
        script.on("PUT", says(501, "NotImplemented"))
        with pytest.raises(StoreUnfit):
            put(store, "a", b"1")

    def test_a_store_that_refuses_the_first_write_is_unfit(self, store: S3Store, script: Script) -> None:
        script.on("PUT", says(412, "PreconditionFailed"))
        with pytest.raises(StoreUnfit, match="first"):
            store.probe()

    @pytest.mark.parametrize("fault", [SLOW_DOWN, CUT_AFTER, says(403, "AccessDenied"), says(400, "ExpiredToken")])
    def test_a_failing_store_is_unavailable_and_not_unfit(self, store: S3Store, script: Script, fault: Fault) -> None:
        script.on("PUT", fault)
        with pytest.raises(StoreUnavailable):
            store.probe()
        assert script.count("PUT") == 1

    def test_a_store_that_does_not_give_back_what_it_took_is_unavailable(self, store: S3Store, script: Script) -> None:
        script.on("GET", says(404, "NoSuchKey"))
        with pytest.raises(StoreUnavailable, match="does not give it back"):
            store.probe()

    def test_a_checksum_echoed_without_being_checked_is_not_believed(self, store: S3Store, script: Script) -> None:
        script.echoes = True
        seen = store.probe()
        assert (seen.create_only, seen.checks_sha256) == (True, False)
        put(store, "a", b"1")
        head = store.head("a")
        assert head is not None
        assert head.sha256 is None
        script.on("PUT", Fault(sent=flip))
        with pytest.raises(Damaged):
            put(store, "b", b"content")


@pytest.mark.parametrize("status", [100 * kind + rest for kind in (3, 4, 5) for rest in (0, 1, 4, 16, 18, 99)])
def test_no_error_of_another_package_crosses_the_port(store: S3Store, script: Script, status: int) -> None:
    script.on("GET", *[says(status, "Odd")] * 5)
    with pytest.raises((StoreUnavailable, StoreUnfit, KeyError)):
        store.get("a", 0, 3)
    script.faults["GET"].clear()


def _page(keys: list[str], token: str | None = None, *, truncated: bool | None = None) -> Fault:
    """A page of a list that the server did not give."""
    contents = "".join(f"<Contents><Key>p/{key}</Key><Size>1</Size></Contents>" for key in keys)
    more = str(bool(token) if truncated is None else truncated).lower()
    following = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    page = f"<ListBucketResult><IsTruncated>{more}</IsTruncated>{following}{contents}</ListBucketResult>".encode()
    return Fault(status=200, forward=False, given=lambda _: page)
