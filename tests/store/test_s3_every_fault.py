# SPDX-License-Identifier: Apache-2.0
"""Every call of the store in a bucket, met by every passing fault, in both ways of failing: not done, and done but the
answer lost. Each ends as it would have without the fault, on a server in this process and on a real one."""

import secrets
from collections.abc import Callable
from contextlib import suppress

import pytest

from archiver.errors import Damaged, StoreConflict, StoreUnavailable
from archiver.ports import Stored
from archiver.store.retry import Retry
from archiver.store.s3 import S3Store
from tests.contracts.store_contract import noise, put
from tests.store.conftest import Server
from tests.store.s3_faults import CUT_AFTER, CUT_BEFORE, Fault, Script, says

CONTENT = noise(50_000)
CHECKPOINT = "ledger/checkpoint"


@pytest.fixture
def script(server: Server) -> Script:
    server.proxy.script = Script()
    return server.proxy.script


@pytest.fixture
def store(server: Server, script: Script) -> S3Store:
    retry = Retry(attempts=5, sleep=lambda _: None)
    return S3Store(server.bucket(versioned=True), secrets.token_hex(6), client=server.client, retry=retry)


def _conflict(store: S3Store) -> object:
    with suppress(StoreConflict):
        put(store, "held/one", b"other bytes")
        return "overwritten"
    return store.get("held/one") == CONTENT


def _read(store: S3Store) -> object:
    with store.open("held/one") as stream:
        return stream.read() == CONTENT


def _missing(store: S3Store) -> object:
    with suppress(KeyError):
        return store.get("held/none")
    return store.head("held/none")


CALLS: dict[str, tuple[str, Callable[[S3Store], object], object]] = {
    "a new object": ("PUT", lambda store: put(store, "new/one", CONTENT), None),
    "an empty object": ("PUT", lambda store: put(store, "new/empty", b""), None),
    "the same bytes again": ("PUT", lambda store: put(store, "held/one", CONTENT), None),
    "other bytes": ("PUT", _conflict, True),
    "the read-back": ("GET", lambda store: put(store, "new/one", CONTENT), None),
    "the checkpoint": ("PUT", lambda store: store.replace(CHECKPOINT, b"new"), None),
    "the whole": ("GET", lambda store: store.get("held/one") == CONTENT, True),
    "a range": ("GET", lambda store: store.get("held/one", 7, 5000) == CONTENT[7:5000], True),
    "an empty range": ("HEAD", lambda store: store.get("held/one", 7, 7), b""),
    "a stream": ("GET", _read, True),
    "what is missing": ("GET", _missing, None),
    "a size": ("HEAD", lambda store: store.head("held/one"), Stored("held/one", len(CONTENT), None)),
    "a list": ("LIST", lambda store: list(store.list("held/")), ["held/one"]),
}
"""What is asked for: the method that meets the fault, the call, and what it gives."""

FAULTS: dict[str, list[Fault]] = {
    "503 SlowDown": [says(503, "SlowDown")],
    "503 SlowDown with Retry-After, four times": [says(503, "SlowDown", headers=(("Retry-After", "3600"),))] * 4,
    "503, done": [says(503, "SlowDown", forward=True)],
    "500": [says(500, "InternalError")],
    "500, done": [says(500, "InternalError", forward=True)],
    "502 without a code": [says(502, "")],
    "504, done": [says(504, "", forward=True)],
    "429": [says(429, "TooManyRequests")],
    "400 RequestTimeout": [says(400, "RequestTimeout")],
    "409": [says(409, "ConditionalRequestConflict")] * 2,
    "409, done": [says(409, "OperationAborted", forward=True)],
    "cut": [CUT_BEFORE] * 4,
    "cut, done": [CUT_AFTER],
    "cut, then done and cut, then slow": [CUT_BEFORE, CUT_AFTER, says(503, "SlowDown")],
    "an ETag that is none": [Fault(told=(("etag", '"not-a-hash"'),))],
    "the ETag of a multipart upload": [Fault(told=(("etag", '"d41d8cd98f00b204e9800998ecf8427e-3"'),))],
    "no ETag": [Fault(told=(("etag", ""),))],
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_meets_a_passing_fault_ends_as_it_would_have_without(
    server: Server, store: S3Store, script: Script, call: str, fault: str
) -> None:
    put(store, "held/one", CONTENT)
    store.replace(CHECKPOINT, b"old")
    method, make, expected = CALLS[call]
    script.seen.clear()
    script.on(method, *FAULTS[fault])
    assert make(store) == expected
    assert not script.faults[method], "the fault never happened"
    assert script.count("LIST") == 0 or call == "a list"
    bucket, _, prefix = store.place.removeprefix("s3://").partition("/")
    found = server.client.list_object_versions(Bucket=bucket, Prefix=prefix)["Versions"]
    versions = sorted(one["Key"].partition("/")[2] for one in found)
    made = {"a new object": "new/one", "the read-back": "new/one", "an empty object": "new/empty"}.get(call)
    once = [key for key in versions if key != CHECKPOINT]
    assert once == sorted({"held/one", made} - {None})  # type: ignore[type-var]
    assert store.get("held/one") == CONTENT
    assert store.get(CHECKPOINT) == (b"new" if call == "the checkpoint" else b"old")
    if made:
        assert store.get(made) == (b"" if made == "new/empty" else CONTENT)


def test_a_412_though_nothing_is_there_is_no_success(store: S3Store, script: Script) -> None:
    script.on("PUT", says(412, "PreconditionFailed"))
    with pytest.raises(StoreUnavailable, match="does not show"):
        put(store, "new/one", CONTENT)
    put(store, "new/one", CONTENT)


def test_a_taken_key_that_is_not_shown_for_a_while_is_waited_for(store: S3Store, script: Script) -> None:
    put(store, "held/one", CONTENT)
    for content, fits in ((CONTENT, True), (b"other", False)):
        script.on("GET", *[says(404, "NoSuchKey")] * 3)
        if fits:
            put(store, "held/one", content)
        else:
            with pytest.raises(StoreConflict):
                put(store, "held/one", content)
    assert store.get("held/one") == CONTENT


def test_a_flipped_bit_on_the_way_in_is_refused_by_a_server_that_checks_or_found(
    store: S3Store, script: Script
) -> None:
    checks = store.probe().checks_sha256
    script.on("PUT", Fault(sent=lambda content: b"x" + content[1:]))
    if checks:
        put(store, "new/one", CONTENT)
        assert store.get("new/one") == CONTENT
    else:
        with pytest.raises(Damaged, match="other bytes"):
            put(store, "new/one", CONTENT)
