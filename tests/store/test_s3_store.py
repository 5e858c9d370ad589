# SPDX-License-Identifier: Apache-2.0
"""The store in a bucket keeps the contract on a quiet server, on one that checks, and on a real one where there is
one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from archiver.errors import BadInput, StoreUnavailable
from archiver.ports import Abilities, Store
from archiver.store.s3 import S3Store
from archiver.store.s3_client import PerProcess
from tests.contracts.store_contract import StoreContract, put
from tests.store.conftest import set_aws
from tests.store.s3_faults import Proxy, Script

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class OnMoto(StoreContract):
    race_rounds = 2
    removes = False

    def fill(self, store: Store, keys: Iterable[str]) -> None:
        assert isinstance(store, S3Store)
        bucket, _, prefix = store.place.removeprefix("s3://").partition("/")
        for key in keys:
            s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, f"{prefix}/{key}", b".")


class TestS3Store(OnMoto):
    @pytest.fixture
    def store(self, bucket: str, shared_client: "S3Client") -> Store:
        return S3Store(bucket, "an/archive", client=shared_client)


class TestS3StoreThatChecks(OnMoto):
    """The same where the store enforces checksums: nothing is read back."""

    @pytest.fixture
    def store(self, bucket: str, script: Script, shared_client: "S3Client") -> Store:
        script.checks = True
        return S3Store(bucket, "an/archive", client=shared_client, abilities=Abilities(True, True))

    def test_it_reads_nothing_back(self, store: Store, script: Script) -> None:
        put(store, "a", b"content")
        assert [method for method, _ in script.seen] == ["PUT", "HEAD"]


@pytest.mark.parametrize("bucket_name", ["", "ab", "a/b", "../etc", "x" * 64, "s3://bucket", "a b c", "-abc"])
def test_what_is_no_bucket_is_refused(bucket_name: str) -> None:
    with pytest.raises(BadInput):
        S3Store(bucket_name)


@pytest.mark.parametrize("prefix", ["a//b", "a\nb", "x" * 101])
def test_what_is_no_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(BadInput):
        S3Store("bucket", prefix)


def test_the_place_names_bucket_and_prefix() -> None:
    assert S3Store("bucket").place == "s3://bucket"
    assert S3Store("bucket", "/a/b/").place == "s3://bucket/a/b"


def test_a_store_without_prefix_lists_its_keys(bucket: str, shared_client: "S3Client") -> None:
    store = S3Store(bucket, client=shared_client)
    put(store, "a/b", b"1")
    assert list(store.list("")) == ["a/b"]
    assert list(S3Store(bucket, "a", client=shared_client).list("")) == ["b"]
    assert list(S3Store(bucket, "other", client=shared_client).list("")) == []


def test_endpoint_and_credentials_come_from_the_environment(
    bucket: str, faulty: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aws(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", faulty.url)
    store = S3Store(bucket)
    put(store, "a", b"1")
    assert store.get("a") == b"1"


def test_missing_credentials_are_named_at_once(faulty: Proxy, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    set_aws(monkeypatch)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StoreUnavailable, match="AWS_ACCESS_KEY_ID"):
        S3Store("bucket", endpoint_url=faulty.url).get("a")
    assert script.seen == []


def test_a_missing_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    set_aws(monkeypatch)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(StoreUnavailable, match="AWS_PROFILE"):
        S3Store("bucket").get("a")


def test_an_endpoint_that_is_no_url_is_refused_without_being_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    set_aws(monkeypatch)
    with pytest.raises(StoreUnavailable) as seen:
        S3Store("bucket", endpoint_url="user:password@host").get("a")
    assert "password" not in str(seen.value)
    with pytest.raises(StoreUnavailable):
        put(S3Store("bucket", endpoint_url="user:password@host"), "a", b"1")


def test_a_client_serves_one_process_only(shared_client: "S3Client") -> None:
    processes = [1]
    other: list[S3Client] = []

    def make() -> "S3Client":
        other.append(shared_client)
        return shared_client

    clients = PerProcess(make, None, lambda: processes[0])
    for _ in range(3):
        clients.client()
    assert len(other) == 1
    processes[0] = 2
    for _ in range(3):
        clients.client()
    assert len(other) == 2
    given = PerProcess(make, shared_client, lambda: processes[0])
    given.client()
    assert len(other) == 2
    processes[0] = 3
    given.client()
    assert len(other) == 3
