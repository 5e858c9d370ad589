# SPDX-License-Identifier: Apache-2.0
"""What is said of odd blocks is what readers of other makers find in them: warcio and FastWARC are the judges."""

import hashlib
import io
from base64 import b32encode
from datetime import UTC, datetime
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import example, given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.indexer import Indexer

from archiver.formats import warc
from archiver.formats.framing import ResponseFramer
from archiver.formats.readers import HEAD_LIMIT, as_indexed, ends_alike, head_as_indexed, http_type

ID = "00000000-0000-4000-8000-00000000abcd"
AT = datetime(2026, 3, 3, 10, tzinfo=UTC)
_PIECES = (
    b"HTTP/1.1 200 OK", b"HTTP/1.0", b" ", b"  ", b"\t", b"\r\n", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\0", b"\x0b", b"\x1c",
    b"\x85", b"\xa0", b"\xc2\xa0", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"<html>", b"Content-Type: text/html", b"content-type:",
    b"Content-Type : a/b; c", b"Content-Type: \xc3\xa4/\xff;", b": x", b"X: y", b"Transfer-Encoding: chunked", b"no colon",
    b"404 Not Found", b"OK", b";", b"ab",
)  # fmt: skip
blocks = st.lists(st.sampled_from(_PIECES), max_size=14).map(b"".join)


def _member(block: bytes, named: str = warc.HTTP_RESPONSE, digest: str | None = None) -> bytes:
    fields = [("WARC-Target-URI", "http://gazette.example/"), *([("WARC-Payload-Digest", digest)] if digest else [])]
    header = warc.RecordHeader("response", ID, AT, named, len(block), fields)
    return warc.whole_member(header.to_bytes(), block)


class _Seen(Indexer):  # type: ignore[misc]
    """What the class that cdxj-indexer is built on finds in the only record."""

    def __init__(self) -> None:
        super().__init__("http:status,http:content-type", [], None)
        self.found: dict[str, str] = {}

    def _write_line(self, out: object, index: dict[str, str], record: Any, filename: str) -> None:
        self.found = index


def _kind(value: str | None) -> str | None:
    """A Content-Type as cdxj-indexer cuts it."""
    if not value:
        return value
    return "".join(";" if c.isspace() else c for c in value).split(";", 1)[0].strip()


@given(blocks)
@example(b"HTTP/1.1 200 OK\r\nContent-Type: text/html;charset=utf-8\r\n\r\n")
@example(b"<!doctype html><title>Tide tables</title>")
@example(b"\r\nHTTP/1.1 200 OK\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nX: a\r\n Content-Type: b\r\nContent-Type: c\r\n d\r\n\r\n")
@example(b"HTTP/1.0\r\n Content-Type: text/html")
def test_media_type_and_status_are_those_the_indexer_finds(block: bytes) -> None:
    seen = _Seen()
    seen.process_one(io.BytesIO(_member(block)), None, "one.warc.gz")
    assert as_indexed(block) == (_kind(seen.found.get("http:content-type")), seen.found.get("http:status"))


@given(st.booleans(), blocks)
@example(True, b"Content-Type: text/html;charset=utf-8\r\ncontent-type: a/b\r\n\r\n")
@example(True, b"Content-Type:\r\n\r\n")
@example(True, b"X: y\r\n\r\n")
def test_of_a_head_without_faults_they_are_those_the_framer_read(ordinary: bool, block: bytes) -> None:
    raw = (b"HTTP/1.1 200 OK\r\n" if ordinary else b"") + block
    framer = ResponseFramer()
    framer.feed(raw)
    if framer.head is not None and not framer.faults:
        assert head_as_indexed(framer.head) == as_indexed(raw[: framer.head.length])


@pytest.mark.parametrize("block", [b"HTTP/1.1 " + b"2" * 5000 + b"\r\n\r\n", b"<a" + b" b" * 9 + b"\n\n"])
def test_an_index_line_stays_short_whatever_stands_where_the_status_should(block: bytes) -> None:
    assert len(as_indexed(block)[1] or "") <= 1024


@given(blocks, st.binary(max_size=5))
@example(b"HTTP/1.1 200 OK\r\nX: a\r\n\r\n", b"body")
@example(b"HTTP/1.1 200 OK\nX: a\n\n", b"body")
@example(b"HTTP/1.1 200 OK\r\nX: a\r\n \r\nY: b\r\n\r\n", b"body")
@example(b"HTTP/1.1 200 OK\r\n\xa0\r\nY: b\r\n\r\n", b"body")
@example(b"\r\nHTTP/1.1 200 OK\r\n\r\n", b"body")
def test_a_digest_is_stated_only_where_both_checkers_find_it_right(start: bytes, body: bytes) -> None:
    framer = ResponseFramer()
    framer.feed(start + body)
    if framer.head is None or framer.chunked:
        return
    head, after = (start + body)[: framer.head.length], (start + body)[framer.head.length :]
    if not ends_alike(head):
        return
    digest = f"sha1:{b32encode(hashlib.sha1(after).digest()).decode()}"
    content = _member(head + after, digest=digest)
    for record in ArchiveIterator(io.BytesIO(content), check_digests="raise"):
        record.raw_stream.read()
    assert next(iter(FastIterator(io.BytesIO(content)))).verify_payload_digest()


def test_an_ordinary_head_is_read_alike_and_a_long_one_not() -> None:
    def head(octets: int) -> bytes:
        return b"HTTP/1.1 200 OK\r\nX: " + b"x" * (octets - 24) + b"\r\n\r\n"

    assert len(head(HEAD_LIMIT)) == HEAD_LIMIT
    assert ends_alike(head(HEAD_LIMIT))
    assert not ends_alike(head(HEAD_LIMIT + 1))


_LONG = b"w" * (HEAD_LIMIT + 100)


@pytest.mark.parametrize(
    "block",
    [
        b"HTTP/1.1 200 OK\r\nX: " + _LONG + b"\r\n\r\nbody",
        b"HTTP/1.1 200 " + _LONG + b"\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9000 + b"\r\nbody",
        b"HTTP/1.1 200 OK\nX: y\n\n" + _LONG,
        b"<html>" + _LONG,
        b"<html>" + b"w\n" * HEAD_LIMIT,
        b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n" + _LONG,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * (HEAD_LIMIT - 25) + b"\r\n\r\nbody",
        b"",
    ],
    ids=["line", "reason", "fields", "line feeds", "no head", "no head, lines", "long body", "at the limit", "empty"],
)
def test_no_block_stops_a_reader_from_reading_the_records_after_it(block: bytes) -> None:
    named = http_type(warc.HTTP_RESPONSE, block[: 2 * HEAD_LIMIT], len(block))
    assert named.lower() == warc.HTTP_RESPONSE
    content = _member(block, named) + _member(b"HTTP/1.1 200 OK\r\n\r\n")
    assert len(list(FastIterator(io.BytesIO(content)))) == 2
    assert sum(1 for _ in ArchiveIterator(io.BytesIO(content))) == 2


def test_an_ordinary_block_has_the_ordinary_type() -> None:
    block = b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n" + _LONG
    assert http_type(warc.HTTP_RESPONSE, block, len(block)) == warc.HTTP_RESPONSE
