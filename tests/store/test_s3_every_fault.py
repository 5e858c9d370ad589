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


Call = tuple[str, Callable[[S3Store], object], object]
"""The method that meets the fault, the call, and what it gives."""

WRITES: dict[str, Call] = {
    "a new object": ("PUT", lambda store: put(store, "new/one", CONTENT), None),
    "an empty object": ("PUT", lambda store: put(store, "new/empty", b""), None),
    "the same bytes again": ("PUT", lambda store: put(store, "held/one", CONTENT), None),
    "other bytes": ("PUT", _conflict, True),
    "the read-back": ("GET", lambda store: put(store, "new/one", CONTENT), None),
    "the checkpoint": ("PUT", lambda store: store.replace(CHECKPOINT, b"new"), None),
}
READS: dict[str, Call] = {
    "the whole": ("GET", lambda store: store.get("held/one") == CONTENT, True),
    "a range": ("GET", lambda store: store.get("held/one", 7, 5000) == CONTENT[7:5000], True),
    "an empty range": ("HEAD", lambda store: store.get("held/one", 7, 7), b""),
    "a stream": ("GET", _read, True),
    "what is missing": ("GET", _missing, None),
    "a size": ("HEAD", lambda store: store.head("held/one"), Stored("held/one", len(CONTENT), None)),
    "a list": ("LIST", lambda store: list(store.list("held/")), ["held/one"]),
}

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


@pytest.mark.parametrize("fault", [name for name in FAULTS if "done" not in name])
def test_a_read_that_meets_a_passing_fault_gives_what_it_would_have_without(
    store: S3Store, script: Script, fault: str
) -> None:
    put(store, "held/one", CONTENT)
    for call, (method, make, expected) in READS.items():
        script.seen.clear()
        script.on(method, *FAULTS[fault])
        assert make(store) == expected, call
        assert not script.faults[method], f"the fault never happened to {call}"
        assert script.count("LIST") == 0 or call == "a list"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", WRITES)
def test_a_write_that_meets_a_passing_fault_ends_as_it_would_have_without(
    server: Server, store: S3Store, script: Script, call: str, fault: str
) -> None:
    if call in ("the same bytes again", "other bytes"):
        put(store, "held/one", CONTENT)
    if call == "the checkpoint":
        store.replace(CHECKPOINT, b"old")
    method, make, expected = WRITES[call]
    script.seen.clear()
    script.on(method, *FAULTS[fault])
    assert make(store) == expected
    assert not script.faults[method], "the fault never happened"
    assert script.count("LIST") == 0
    bucket, _, prefix = store.place.removeprefix("s3://").partition("/")
    found = server.client.list_object_versions(Bucket=bucket, Prefix=prefix)["Versions"]
    keys = [one["Key"].partition("/")[2] for one in found]
    if call == "the checkpoint":
        assert set(keys) == {CHECKPOINT}
        assert store.get(CHECKPOINT) == b"new"
    else:
        [key] = keys
        assert store.get(key) == (b"" if key == "new/empty" else CONTENT)


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
