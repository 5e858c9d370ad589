# SPDX-License-Identifier: Apache-2.0
"""The store in a bucket keeps the contract on a real S3 server."""

import os
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from archiver.errors import StoreConflict
from archiver.ports import Store
from archiver.store.s3 import S3Store
from archiver.store.s3_client import connect
from tests.contracts.store_contract import StoreContract, put

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HOW = "no S3 server: run `infra/ci-services.sh start`, then `. .services/env`, and run the tests again"

if not os.environ.get("S3_TEST_ENDPOINT") and not os.environ.get("CI"):
    pytest.skip(HOW, allow_module_level=True)


@pytest.fixture(scope="session")
def real() -> "tuple[S3Client, str]":
    """A client of a real S3 server, and a bucket there."""
    endpoint = os.environ.get("S3_TEST_ENDPOINT")
    if not endpoint:
        pytest.fail(HOW)
    client = connect(endpoint, os.environ.get("AWS_REGION", "us-east-1"))
    bucket = os.environ.get("S3_TEST_BUCKET")
    if not bucket:
        bucket = f"contract-{secrets.token_hex(6)}"
        client.create_bucket(Bucket=bucket)
    return client, bucket


class TestS3StoreOnARealServer(StoreContract):
    race_rounds = 2
    removes = False

    def fill(self, store: Store, keys: Iterable[str]) -> None:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda key: put(store, key, b"."), keys))

    @pytest.fixture
    def store(self, real: "tuple[S3Client, str]") -> Store:
        client, bucket = real
        return S3Store(bucket, f"contract/{secrets.token_hex(6)}", client=client)

    def test_it_keeps_the_contract_by_checksums_too(self, real: "tuple[S3Client, str]", store: Store) -> None:
        seen = store.probe()
        assert (seen.create_only, seen.checks_sha256) == (True, True)
        put(store, "a/b", b"content")
        put(store, "a/b", b"content")
        with pytest.raises(StoreConflict):
            put(store, "a/b", b"other")
        self.test_of_eight_writers_with_different_bytes_exactly_one_wins(store)
        self.test_a_file_is_read_from_where_it_stands(store)
