# SPDX-License-Identifier: Apache-2.0
"""Retention, legal holds, encryption and storage class, in a bucket in this process and in a real one; and what the
probe says of a bucket."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from archiver.errors import StoreConflict, StoreUnavailable, StoreUnfit
from archiver.ports import Abilities
from archiver.store.keeping import Keeping, Lock
from archiver.store.retry import Retry
from archiver.store.s3 import S3Store
from tests.contracts.store_contract import noise, put
from tests.store.conftest import Server
from tests.store.s3_faults import CUT_AFTER, Fault, Script, says

NOW = datetime.now(UTC)
GOVERNANCE = Keeping(lock="governance", days=30)
COMPLIANCE = Keeping(lock="compliance", days=1)
DENIED = says(403, "AccessDenied")


@pytest.fixture
def script(server: Server) -> Script:
    server.proxy.script = Script()
    return server.proxy.script


@pytest.fixture
def make(server: Server, script: Script) -> Callable[..., S3Store]:
    def store(
        keeping: Keeping | None = None, *, versioned: bool = True, locks: bool = True, now: datetime = NOW
    ) -> S3Store:
        return S3Store(
            server.bucket(versioned=versioned, locks=locks),
            secrets.token_hex(6),
            client=server.client,
            retry=Retry(attempts=3, sleep=lambda _: None),
            keeping=keeping,
            now=lambda: now,
        )

    return store


def versions(server: Server, store: S3Store, key: str) -> list[str]:
    bucket, _, prefix = store.place.removeprefix("s3://").partition("/")
    found = server.client.list_object_versions(Bucket=bucket, Prefix=f"{prefix}/{key}")
    return [one["VersionId"] for one in found.get("Versions", [])]


def remove(server: Server, store: S3Store, key: str, *, bypass: bool = False) -> None:
    bucket, _, prefix = store.place.removeprefix("s3://").partition("/")
    [version] = versions(server, store, key)
    more = {"BypassGovernanceRetention": True} if bypass else {}  # moto takes a false one for a true one
    server.client.delete_object(Bucket=bucket, Key=f"{prefix}/{key}", VersionId=version, **more)  # type: ignore[arg-type]


class TestRetention:
    @pytest.mark.parametrize("keeping", [GOVERNANCE, COMPLIANCE])
    def test_what_is_written_is_locked_for_the_wanted_days(
        self, make: Callable[..., S3Store], keeping: Keeping
    ) -> None:
        store = make(keeping)
        put(store, "segments/a", b"content")
        assert keeping.days is not None
        end = (NOW + timedelta(days=keeping.days, seconds=1)).replace(microsecond=0)
        assert store.lock_of("segments/a") == Lock(keeping.lock, end, held=False)
        assert store.locked_until("segments/a") == end

    def test_a_lock_stops_whoever_may_delete_and_a_bypass_ends_governance_only(
        self, server: Server, make: Callable[..., S3Store]
    ) -> None:
        for keeping in (GOVERNANCE, COMPLIANCE):
            store = make(keeping)
            put(store, "segments/a", b"content")
            with pytest.raises(ClientError, match="AccessDenied"):
                remove(server, store, "segments/a")
            if keeping is COMPLIANCE:
                with pytest.raises(ClientError, match="AccessDenied"):
                    remove(server, store, "segments/a", bypass=True)
                assert store.get("segments/a") == b"content"
            else:
                remove(server, store, "segments/a", bypass=True)
                assert store.head("segments/a") is None

    def test_the_same_bytes_again_leave_one_version_with_the_first_lock(
        self, server: Server, make: Callable[..., S3Store], script: Script
    ) -> None:
        store = make(GOVERNANCE)
        script.on("PUT", CUT_AFTER, says(503, "SlowDown"))
        put(store, "segments/a", b"content")
        first = store.locked_until("segments/a")
        put(store.keeping_as(Keeping(lock="governance", days=90)), "segments/a", b"content")
        assert store.locked_until("segments/a") == first
        assert len(versions(server, store, "segments/a")) == 1
        with pytest.raises(StoreConflict):
            put(store, "segments/a", b"other")

    def test_what_is_staged_and_the_checkpoint_are_not_locked(
        self, server: Server, make: Callable[..., S3Store]
    ) -> None:
        store = make(COMPLIANCE)
        put(store, "staging/a", b"content")
        store.replace("ledger/checkpoint", b"content")
        for key in ("staging/a", "ledger/checkpoint"):
            assert store.lock_of(key) == Lock(None, None, held=False)
            remove(server, store, key)
            assert store.head(key) is None

    def test_a_bucket_without_locks_is_unfit_for_them_and_says_why(self, make: Callable[..., S3Store]) -> None:
        for versioned in (False, True):
            store = make(GOVERNANCE, versioned=versioned, locks=False)
            with pytest.raises(StoreUnfit, match="when a bucket is made"):
                put(store, "segments/a", b"content")
            assert store.head("segments/a") is None
            with pytest.raises(StoreUnfit, match="governance locks are wanted"):
                store.probe()

    def test_one_bucket_takes_the_wishes_of_several_jobs(self, make: Callable[..., S3Store]) -> None:
        store = make()
        put(store.keeping_as(GOVERNANCE), "segments/a", b"1")
        put(store, "segments/b", b"2")
        assert store.lock_of("segments/a").mode == "governance"
        assert store.locked_until("segments/b") is None

    def test_a_missing_object_has_no_lock_to_tell(self, make: Callable[..., S3Store]) -> None:
        for call in (make().lock_of, make().locked_until):
            with pytest.raises(KeyError):
                call("segments/none")


class TestLegalHold:
    def test_a_hold_is_put_on_and_taken_off_as_often_as_wanted(
        self, server: Server, make: Callable[..., S3Store], script: Script
    ) -> None:
        store = make()
        put(store, "segments/a", b"content")
        for on in (True, True, False, False, True):
            script.on("PUT", says(503, "SlowDown"), CUT_AFTER)
            store.hold("segments/a", on)
            assert store.lock_of("segments/a") == Lock(None, None, held=on)
        for bypass in (False, True):
            with pytest.raises(ClientError, match="AccessDenied"):
                remove(server, store, "segments/a", bypass=bypass)
        store.hold("segments/a", on=False)
        remove(server, store, "segments/a")

    def test_retention_goes_on_below_a_hold(self, make: Callable[..., S3Store]) -> None:
        store = make(GOVERNANCE)
        put(store, "segments/a", b"content")
        before = store.locked_until("segments/a")
        store.hold("segments/a", on=True)
        assert store.lock_of("segments/a") == Lock("governance", before, held=True)

    def test_what_is_missing_cannot_be_held(self, make: Callable[..., S3Store]) -> None:
        with pytest.raises(KeyError):
            make().hold("segments/none", on=True)

    def test_a_bucket_without_locks_takes_no_holds(self, make: Callable[..., S3Store]) -> None:
        store = make(versioned=False, locks=False)  # with versions alone SeaweedFS takes a hold, and S3 does not
        put(store, "segments/a", b"content")
        with pytest.raises(StoreUnfit, match="takes no locks"):
            store.hold("segments/a", on=True)

    def test_without_the_right_nothing_is_claimed(self, make: Callable[..., S3Store], script: Script) -> None:
        store = make()
        put(store, "segments/a", b"content")
        script.on("PUT", DENIED)
        with pytest.raises(StoreUnavailable, match="AccessDenied"):
            store.hold("segments/a", on=True)


class TestEncryptionAndClass:
    def test_the_store_keeps_them_as_asked(self, server: Server, make: Callable[..., S3Store]) -> None:
        store = make(Keeping(encryption="aes256", storage_class="STANDARD_IA"))
        put(store, "segments/large", noise(200_000))
        put(store, "segments/small", b"small")
        bucket, _, prefix = store.place.removeprefix("s3://").partition("/")
        large = server.client.head_object(Bucket=bucket, Key=f"{prefix}/segments/large")
        small = server.client.head_object(Bucket=bucket, Key=f"{prefix}/segments/small")
        assert [one.get("ServerSideEncryption") for one in (large, small)] == ["AES256"] * 2
        assert large["StorageClass"] == "STANDARD_IA"
        assert small.get("StorageClass") in (None, "STANDARD")
        assert store.get("segments/large") == noise(200_000)

    def test_a_key_that_may_not_be_used_is_named(self, make: Callable[..., S3Store], script: Script) -> None:
        script.on("PUT", says(400, "KMS.DisabledException"))
        with pytest.raises(StoreUnavailable, match="key for encryption"):
            put(make(Keeping(encryption="alias/off")), "segments/a", b"content")
        assert script.count("PUT") == 1

    def test_a_class_that_the_store_does_not_have_is_named(self, make: Callable[..., S3Store], script: Script) -> None:
        script.on("PUT", says(400, "InvalidStorageClass"))
        with pytest.raises(StoreUnavailable, match="no such storage class"):
            put(make(Keeping(storage_class="EXPRESS_ONEZONE")), "segments/a", noise(200_000))


class TestSurvey:
    def bucket(self, seen: Abilities) -> dict[str, object]:
        """What the probe says beside what it says of every store."""
        whole = replace(seen, create_only=True, checks_sha256=True)
        return {name: getattr(whole, name) for name in Abilities.__slots__ if name[:6] not in ("create", "checks")}

    def test_a_plain_bucket_lacks_everything(self, make: Callable[..., S3Store]) -> None:
        assert self.bucket(make(versioned=False, locks=False).probe()) == {
            "versioned": False,
            "object_lock": False,
            "default_retention": "none",
            "encryption": "none",
            "can_delete": True,
            "can_hide": None,
        }

    def test_a_bucket_with_locks_has_versions_and_is_seen_to_keep_them(self, make: Callable[..., S3Store]) -> None:
        seen = make().probe()
        assert (seen.versioned, seen.object_lock, seen.default_retention) == (True, True, "none")
        assert (seen.can_delete, seen.can_hide) == (True, True)

    def test_versions_alone_are_no_locks(self, make: Callable[..., S3Store]) -> None:
        seen = make(locks=False).probe()
        assert (seen.versioned, seen.object_lock) == (True, False)

    def test_default_retention_and_encryption_are_told_and_do_not_stop_writes(
        self, server: Server, script: Script
    ) -> None:
        assert script.seen == []
        bucket = f"tests-{secrets.token_hex(6)}"
        server.client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        server.client.put_object_lock_configuration(
            Bucket=bucket,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2}},
            },
        )
        server.client.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        )
        store = S3Store(bucket, client=server.client)
        seen = store.probe()
        assert (seen.default_retention, seen.encryption) == ("governance, 2 days", "AES256")
        assert (seen.object_lock, seen.can_delete) == (True, False)
        put(store, "segments/a", b"content")
        assert store.lock_of("segments/a").mode == "governance"
        assert store.get("segments/a") == b"content"

    def test_a_service_without_rights_to_look_or_to_delete_is_told_what_it_may_know(
        self, make: Callable[..., S3Store], script: Script
    ) -> None:
        script.on("GET", Fault(), DENIED, DENIED, DENIED)
        script.on("DELETE", DENIED, DENIED)
        seen = make().probe()
        assert seen.create_only
        assert self.bucket(seen) == {
            "versioned": None,
            "object_lock": True,  # a lock that was tried is shown
            "default_retention": None,
            "encryption": None,
            "can_delete": False,
            "can_hide": None,
        }

    @pytest.mark.parametrize(("locks", "answer", "seen"), [(False, Fault(), False), (True, DENIED, None)])
    def test_a_bucket_that_does_not_tell_of_locks_is_asked_for_one(
        self, make: Callable[..., S3Store], script: Script, locks: bool, answer: Fault, seen: bool | None
    ) -> None:
        script.on("GET", Fault(), Fault(), DENIED)
        script.on("DELETE", DENIED, DENIED)
        script.on("PUT", Fault(), Fault(), Fault(), Fault(), answer)
        assert make(versioned=locks, locks=locks).probe().object_lock is seen

    def test_a_lock_that_is_taken_and_not_kept_counts_as_none(
        self, make: Callable[..., S3Store], script: Script
    ) -> None:
        # the right to delete is there, and the locked object goes all the same
        script.on("DELETE", Fault(), Fault(), Fault(status=204, forward=False))
        assert make().probe().object_lock is False

    def test_a_server_that_goes_away_while_it_is_looked_at_is_unavailable(
        self, make: Callable[..., S3Store], script: Script
    ) -> None:
        script.on("GET", Fault(), says(503, "SlowDown"))
        with pytest.raises(StoreUnavailable):
            make().probe()
        script.faults["GET"].clear()
        script.on("DELETE", CUT_AFTER)
        with pytest.raises(StoreUnavailable):
            make().probe()
