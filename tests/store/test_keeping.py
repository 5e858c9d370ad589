# SPDX-License-Identifier: Apache-2.0
"""What a bucket is asked for with each write: locks for what never changes, and only what can be read at once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.store.keeping import CLASSES, Keeping, read_keeping, until

AT = datetime(2026, 3, 3, 10, tzinfo=UTC)
ALL = Keeping(lock="governance", days=30, encryption="aes256", storage_class="STANDARD_IA")
LARGE = 128 << 10


def test_without_a_wish_nothing_is_asked_for() -> None:
    assert Keeping().arguments("segments/a", LARGE, AT) == {}


def test_everything_asked_for_is_in_the_put() -> None:
    assert ALL.arguments("segments/a.warc.gz", LARGE, AT) == {
        "ObjectLockMode": "GOVERNANCE",
        "ObjectLockRetainUntilDate": AT + timedelta(days=30),
        "ServerSideEncryption": "AES256",
        "StorageClass": "STANDARD_IA",
    }
    assert Keeping(lock="compliance", days=1).arguments("a", 1, AT)["ObjectLockMode"] == "COMPLIANCE"


@pytest.mark.parametrize("key", ["ledger/checkpoint", "staging/probe-1", "staging/a/b"])
def test_what_changes_or_expires_is_encrypted_and_never_locked(key: str) -> None:
    assert ALL.arguments(key, LARGE, AT) == {"ServerSideEncryption": "AES256"}


@pytest.mark.parametrize(
    "key", ["ledger/heads/1", "ledger/tile/0/000", "archive.json", "ledger/checkpoint2", "a/staging/b"]
)
def test_all_that_never_changes_is_locked(key: str) -> None:
    assert ALL.arguments(key, 5, AT)["ObjectLockMode"] == "GOVERNANCE"


def test_a_small_object_gets_no_class_that_bills_it_as_a_larger_one() -> None:
    assert "StorageClass" not in ALL.arguments("segments/a", LARGE - 1, AT)


@pytest.mark.parametrize("named", ["alias/archive", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab", "1234abcd"])
def test_any_other_encryption_is_the_name_of_a_key(named: str) -> None:
    told = Keeping(encryption=named).arguments("a", 1, AT)
    assert told == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": named}


@pytest.mark.parametrize(
    "wish",
    [
        {"lock": "governance"},
        {"days": 5},
        {"lock": "legal", "days": 5},
        {"lock": "governance", "days": 0},
        {"lock": "compliance", "days": 36_501},
        {"encryption": ""},
        {"encryption": "a key\n"},
        {"storage_class": "DEEP_ARCHIVE"},
        {"storage_class": "GLACIER"},
        {"storage_class": "standard"},
    ],
    ids=str,
)
def test_what_no_bucket_can_do_is_refused(wish: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        Keeping(**wish)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_that_can_be_read_at_once_is_taken(name: str) -> None:
    assert Keeping(storage_class=name).storage_class == name


@given(st.integers(0, 10**12), st.integers(1, 36_500))
def test_retention_ends_in_whole_seconds_and_never_early(microseconds: int, days: int) -> None:
    at = AT + timedelta(microseconds=microseconds)
    end = until(at, days)
    assert end.microsecond == 0
    assert timedelta(0) <= end - at - timedelta(days=days) < timedelta(seconds=1)


def test_settings_state_a_lock_as_mode_and_days() -> None:
    assert read_keeping("governance:30", "aes256", "STANDARD_IA") == ALL
    assert read_keeping("compliance:1", None, None) == Keeping(lock="compliance", days=1)
    assert read_keeping(None, None, None) == Keeping()


@pytest.mark.parametrize(
    "lock", ["", "governance", "governance:", ":5", "governance:x", "governance:-1", "governance:0", "x:5"]
)
def test_a_lock_that_is_none_is_refused_and_never_read_as_no_lock(lock: str) -> None:
    with pytest.raises(BadInput):
        read_keeping(lock, None, None)
