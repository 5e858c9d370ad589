# SPDX-License-Identifier: Apache-2.0
"""What the WARC writer writes is what other readers read, whatever library compressed it."""

import gzip
import io
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archiver.formats import warc
from archiver.formats.warc import Density, RecordHeader, RecordKind
from archiver.formats.warc_scan import Scanned, scan
from manifests.digest import Digest

AT = datetime(2026, 3, 3, 10, 0, 0, 123456, tzinfo=UTC)
ID = "00000000-0000-4000-8000-00000000000a"
DENSITIES: tuple[Density, ...] = ("fast", "dense", "stored")
KINDS: tuple[RecordKind, ...] = ("warcinfo", "request", "response", "revisit", "metadata", "resource")

names = st.from_regex(r"X-[A-Za-z0-9-]{1,20}", fullmatch=True)
values = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=30)


@pytest.mark.parametrize("density", DENSITIES)
@given(block=st.binary(max_size=3000))
@settings(max_examples=40, deadline=None)
def test_a_member_inflates_to_header_block_and_two_line_breaks(density: Density, block: bytes) -> None:
    header = RecordHeader("resource", ID, AT, "text/plain", len(block)).to_bytes()
    for written in (
        warc.whole_member(header, block, density),
        b"".join(warc.member(header, (block[:100], block[100:]), density)),
    ):
        assert gzip.decompress(written) == header + block + b"\r\n\r\n"


@pytest.mark.parametrize("density", DENSITIES)
def test_a_large_block_goes_through_in_pieces(density: Density) -> None:
    pieces = [bytes([n]) * (1 << 18) for n in range(12)]
    written = b"".join(warc.member(b"WARC/1.1\r\n\r\n", iter(pieces), density))
    assert gzip.decompress(written) == b"WARC/1.1\r\n\r\n" + b"".join(pieces) + b"\r\n\r\n"


def test_dense_is_smaller_than_fast_and_fast_than_stored() -> None:
    words = [b"the", b"tide", b"lamp", b"mole", b"keeper", b"harbour", b"of", b"and", b"winter", b"<p>"]
    chosen = random.Random(7)
    block = b" ".join(chosen.choice(words) for _ in range(20_000))
    sizes = [len(warc.whole_member(b"", block, density)) for density in ("dense", "fast", "stored")]
    assert sizes == sorted(sizes)
    assert sizes[1] * 3 < sizes[2]


def test_the_header_is_that_of_the_standard() -> None:
    header = RecordHeader("response", ID, AT, warc.HTTP_RESPONSE, 7, [("WARC-Target-URI", "http://a.example/\u00e9")])
    assert header.to_bytes().decode("utf-8").split("\r\n") == [
        "WARC/1.1",
        "WARC-Type: response",
        f"WARC-Record-ID: <urn:uuid:{ID}>",
        "WARC-Date: 2026-03-03T10:00:00.123456Z",
        "WARC-Target-URI: http://a.example/\u00e9",
        "Content-Type: application/http; msgtype=response",
        "Content-Length: 7",
        "",
        "",
    ]


@pytest.mark.parametrize("bad", ["a\r\nX-Planted: 1", "a\nb", "a\rb", "\r\n\r\nWARC/1.1", "a\n"])
@pytest.mark.parametrize("place", ["value", "name", "content type", "id"])
def test_no_value_breaks_out_of_its_line(bad: str, place: str) -> None:
    header = RecordHeader(
        "response",
        bad if place == "id" else ID,
        AT,
        bad if place == "content type" else None,
        0,
        [(bad, "v")] if place == "name" else [("WARC-Target-URI", bad)] if place == "value" else [],
    )
    with pytest.raises(ValueError, match="line break"):
        header.to_bytes()


def test_the_warcinfo_block_takes_no_line_break_from_a_value() -> None:
    assert warc.warcinfo_block([("operator", "Ada\r\nX-Planted: 1")]) == b"operator: Ada X-Planted: 1\r\n"


@pytest.mark.parametrize(
    ("content_type", "encoding", "expected"),
    [
        ("text/html; charset=utf-8", None, "fast"),
        ("text/html", "gzip", "stored"),
        ("text/html", "identity", "fast"),
        ("text/html", " ", "fast"),
        ("image/png", None, "stored"),
        ("IMAGE/JPEG", None, "stored"),
        ("image/svg+xml", None, "fast"),
        ("application/pdf", None, "stored"),
        (None, None, "fast"),
    ],
)
def test_what_is_already_compressed_is_stored(
    content_type: str | None, encoding: str | None, expected: Density
) -> None:
    assert warc.density_for(content_type, encoding, "fast") == expected
    assert warc.density_for(content_type, encoding, "dense") == expected.replace("fast", "dense")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.uuids().map(str),
            st.integers(0, 250_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
            st.dictionaries(names, values, max_size=3),
            st.binary(max_size=400),
            st.sampled_from(DENSITIES),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_writer_scanner_and_another_reader_agree(
    records: list[tuple[RecordKind, str, datetime, dict[str, str], bytes, Density]],
) -> None:
    content = b""
    for kind, record_id, at, fields, block, density in records:
        named = [*fields.items(), ("WARC-Block-Digest", str(Digest.of(block)))]
        header = RecordHeader(kind, record_id, at, "application/octet-stream", len(block), named)
        content += warc.whole_member(header.to_bytes(), block, density)
    ours = list(scan(io.BytesIO(content)))
    theirs = ArchiveIterator(io.BytesIO(content), no_record_parse=True)
    end = 0
    for mine, other, (kind, record_id, at, fields, block, _) in zip(ours, theirs, records, strict=True):
        assert isinstance(mine, Scanned)
        assert mine.wrong == ()
        assert mine.fields == tuple((name, value) for name, value in other.rec_headers.headers)
        assert mine.block.read() == other.content_stream().read() == block
        assert (mine.kind, mine.record_id, mine.get("warc-date")) == (kind, record_id, warc.warc_date(at))
        assert {name: mine.get(name) for name in fields} == fields
        assert mine.offset == end
        end += mine.length
    assert end == len(content)
