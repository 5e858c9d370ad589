# SPDX-License-Identifier: Apache-2.0
"""What the tests of the stores share: an S3 server in this process, a misbehaving proxy before it, a bucket a test."""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from moto.server import ThreadedMotoServer

from archiver.store.s3_client import connect
from tests.store.s3_faults import Proxy, Script, proxy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytest.register_assert_rewrite("tests.contracts.store_contract")

NO_ONES = {
    "AWS_ACCESS_KEY_ID": "no-ones",
    "AWS_SECRET_ACCESS_KEY": "no-ones-secret",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


def set_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that open nothing, and no configuration of the person who runs the tests."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in NO_ONES.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def faulty() -> Iterator[Proxy]:
    """The proxy before moto."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with proxy(server.get_host_and_port()) as running:
        yield running
    server.stop()


@pytest.fixture(scope="session")
def shared_client(faulty: Proxy) -> "S3Client":
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_aws(monkeypatch)
        return connect(faulty.url, "us-east-1")


@pytest.fixture
def script(faulty: Proxy) -> Iterator[Script]:
    """The script of this test, empty at first; every fault in it must have happened at the end."""
    faulty.script = Script()
    yield faulty.script
    faulty.script.released.set()
    assert not any(faulty.script.faults.values()), "a fault was scripted that never happened"


@pytest.fixture
def bucket(script: Script, shared_client: "S3Client") -> str:
    name = f"test-{secrets.token_hex(8)}"
    shared_client.create_bucket(Bucket=name)
    script.seen.clear()
    script.signed.clear()
    return name


NO_SERVER = "no S3 server: run `infra/ci-services.sh start`, then `. .services/env`, and run the tests again"


@dataclass(frozen=True, slots=True)
class Server:
    """A proxy before an S3 server, a client that speaks through it, and buckets there."""

    name: str
    proxy: Proxy
    client: "S3Client"
    _buckets: dict[tuple[bool, bool], str] = field(default_factory=dict)

    def bucket(self, *, versioned: bool = False, locks: bool = False) -> str:
        """A bucket of this kind, made when it is first asked for."""
        kind = (versioned, locks)
        if kind not in self._buckets:
            self._buckets[kind] = name = f"tests-{secrets.token_hex(6)}"
            self.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locks)
            if versioned and not locks:
                self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return self._buckets[kind]


@pytest.fixture(scope="module", params=["moto", "real"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """An S3 server in this process, then a real one where there is one."""
    with ExitStack() as stack:
        if request.param == "moto":
            before = request.getfixturevalue("faulty")
            set_aws(stack.enter_context(pytest.MonkeyPatch.context()))
        else:
            endpoint = os.environ.get("S3_TEST_ENDPOINT")
            if not endpoint:
                (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_SERVER)
            parts = urlsplit(endpoint)
            assert parts.hostname is not None
            assert parts.port is not None
            before = stack.enter_context(proxy((parts.hostname, parts.port), checksums=True))
        before.script = Script()
        yield Server(request.param, before, connect(before.url, "us-east-1"))
