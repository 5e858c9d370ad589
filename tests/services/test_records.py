# SPDX-License-Identifier: Apache-2.0
"""The records of one capture: what is written of a 304, and that judges of other makers pass it."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from archiver.exchange import Exchange
from archiver.extract import Reading, read
from archiver.formats import warc
from archiver.formats.coding import decode
from archiver.formats.warc_scan import Scanned, scan
from archiver.services.payloads import Payload, measure, not_modified
from archiver.services.records import CaptureRecords, build
from archiver.services.redaction import Redactor
from archiver.services.warc_check import verify_warc
from manifests.canonical import canonical_bytes, from_canonical
from manifests.capture import CaptureManifest, Outcome, Revisited
from manifests.digest import Digest
from tests.services.exchanges import AT, URL, context, exchange, page, plain

PAGE = page()
EARLIER = "00000000-0000-4000-8000-00000000000e"
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nDate: Tue, 03 Mar 2026 10:00:00 GMT\r\nETag: "1"\r\n\r\n'
CONDITION = b'If-None-Match: "1"'


def unchanged(raw: bytes = NOT_MODIFIED, *fields: bytes) -> Exchange:
    return exchange(raw, at=AT + timedelta(days=1), request_fields=fields or (CONDITION,))


def earlier(payload: Digest | None) -> Revisited:
    return Revisited(relation="server-not-modified", capture_id=EARLIER, url=URL, fetched_at=AT, payload=payload)


def measured(given: Exchange) -> Payload:
    assert given.response is not None
    return measure(given.response, lambda pieces: decode(pieces, None, limit=1 << 20))[0]


def built(given: Exchange, revisited: Revisited | None, reading: Reading | None = None) -> CaptureRecords:
    ids = iter(f"00000000-0000-4000-8000-{n:012x}" for n in range(1, 9))
    return build(
        given,
        context(),
        payload=measured(given),
        reading=reading,
        earlier=revisited,
        redactor=Redactor(b"key"),
        new_id=lambda: next(ids),
    )


def written(records: CaptureRecords) -> bytes:
    return b"".join(
        piece for one in records.members for piece in warc.member(one.header.to_bytes(), one.block(), one.density)
    )


def revisit_of(content: bytes) -> Scanned:
    (own,) = [one for one in scan(io.BytesIO(content)) if isinstance(one, Scanned) and one.kind == "revisit"]
    return own


def test_a_304_is_a_revisit_by_the_word_of_the_server() -> None:
    payload = Digest.of(PAGE, "sha1")
    records = built(unchanged(), earlier(payload))
    own = revisit_of(written(records))
    assert own.get("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert own.get("WARC-Refers-To") == f"<urn:uuid:{EARLIER}>"
    assert own.get("WARC-Refers-To-Target-URI") == URL
    assert own.get("WARC-Refers-To-Date") == "2026-03-03T10:00:00.000000Z"
    assert own.get("WARC-Payload-Digest") == f"sha1:{payload.base32}"
    assert own.block.read() == NOT_MODIFIED
    assert (records.indexed.mime, records.indexed.status) == ("warc/revisit", "304")
    assert records.indexed.digest == f"sha1:{payload.base32}"


def test_a_304_states_no_payload_digest_that_is_not_known() -> None:
    records = built(unchanged(), earlier(None))
    assert revisit_of(written(records)).get("WARC-Payload-Digest") is None
    assert records.indexed.digest is None


def test_nothing_is_claimed_of_a_304_and_only_its_head_is_digested() -> None:
    reading = read(PAGE, url=URL, content_type="text/html")
    manifest = built(unchanged(), earlier(None), reading).manifest
    assert manifest.claims is None
    assert manifest.observation.revisits == earlier(None)
    assert manifest.observation.model_dump(include={"digests", "lengths"}, exclude_defaults=True) == {
        "digests": {"block": (Digest.of(NOT_MODIFIED),)},
        "lengths": {"block": len(NOT_MODIFIED)},
    }


def test_an_equal_payload_is_still_a_revisit_of_its_own_kind() -> None:
    records = built(exchange(plain(PAGE)), Revisited(capture_id=EARLIER, url=URL, fetched_at=AT))
    own = revisit_of(written(records))
    assert own.get("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert own.get("WARC-Payload-Digest") == f"sha1:{Digest.of(PAGE, 'sha1').base32}"
    assert b"relation" not in records.manifest_bytes


@pytest.mark.parametrize("payload", [Digest.of(PAGE, "sha1"), None])
def test_judges_of_other_makers_pass_a_304(payload: Digest | None) -> None:
    content = written(built(exchange(plain(PAGE)), None)) + written(built(unchanged(), earlier(payload)))
    for record in ArchiveIterator(io.BytesIO(content), check_digests="raise"):
        record.raw_stream.read()
    theirs = [
        (one.headers["WARC-Type"], one.verify_block_digest())
        for one in FastIterator(io.BytesIO(content), parse_http=False)
    ]
    assert theirs == [(name, True) for name in ("request", "response", "metadata", "request", "revisit", "metadata")]


def test_our_own_check_passes_a_304() -> None:
    report = verify_warc(io.BytesIO(written(built(unchanged(), earlier(None)))), "one.warc.gz")
    assert report.findings == []


@pytest.mark.parametrize("field", [CONDITION, b"if-modified-since : Tue, 03 Mar 2026 10:00:00 GMT"])
def test_a_304_to_a_condition_says_that_nothing_changed(field: bytes) -> None:
    assert not_modified(unchanged(NOT_MODIFIED, field))


@pytest.mark.parametrize(
    "given",
    [
        unchanged(NOT_MODIFIED, b"X-If-None-Match: 1"),
        unchanged(NOT_MODIFIED + b"and more"),
        unchanged(plain(PAGE)),
        unchanged(plain(b"", code=b"412 Precondition Failed")),
        replace(unchanged(), outcome=Outcome.CAPTURED_TRUNCATED),
        replace(unchanged(), response=None),
    ],
    ids=["unasked", "surplus", "200", "412", "cut", "nothing"],
)
def test_nothing_else_says_that_nothing_changed(given: Exchange) -> None:
    assert not not_modified(given)


def test_the_digest_given_with_a_manifest_is_that_of_its_bytes() -> None:
    reading = read(PAGE, url=URL, content_type="text/html")
    records = built(exchange(plain(PAGE)), None, reading)
    assert records.manifest_bytes == canonical_bytes(records.manifest)
    assert records.manifest_digest == Digest.of(records.manifest_bytes)
    assert from_canonical(CaptureManifest, records.manifest_bytes) == records.manifest
