# SPDX-License-Identifier: Apache-2.0
"""The scanner accounts for every byte of a file: nothing cut, flipped, added or misdeclared goes unseen or costs memory."""

import gzip
import io
import tracemalloc
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.formats import warc
from archiver.formats.warc import RecordHeader
from archiver.formats.warc_scan import Damage, Scanned, _at_once, _piecewise, digest_matches, scan
from manifests.digest import Digest

AT = datetime(2026, 3, 3, 10, tzinfo=UTC)
ID = "00000000-0000-4000-8000-0000000000%02x"
BLOCKS = (b"one", b"two" * 40, b"")


def record(number: int, block: bytes, *fields: tuple[str, str]) -> bytes:
    named = [*fields, ("WARC-Block-Digest", str(Digest.of(block)))]
    header = RecordHeader("resource", ID % number, AT, "text/plain", len(block), named).to_bytes()
    return header + block + b"\r\n\r\n"


def packed(*raw: bytes) -> bytes:
    return b"".join(gzip.compress(one, mtime=0) for one in raw)


SMALL = b"".join(warc.whole_member(record(n, block)[: -len(block) - 4], block) for n, block in enumerate(BLOCKS))


def seen(content: bytes) -> list[Scanned | Damage]:
    return list(scan(io.BytesIO(content)))


def plain(found: list[Scanned | Damage]) -> list[object]:
    return [(one.fields, one.block.read(), one.wrong) if isinstance(one, Scanned) else one.code for one in found]


def codes(raw: bytes) -> list[str]:
    """What is said of one record in one whole member."""
    (one,) = seen(packed(raw))
    assert isinstance(one, Scanned)
    return [code for code, _ in one.wrong]


def test_a_sound_file_gives_its_records_and_their_places() -> None:
    found = seen(SMALL)
    assert [one.block.read() for one in found if isinstance(one, Scanned)] == list(BLOCKS)
    assert all(isinstance(one, Scanned) and not one.wrong for one in found)
    for one in found:
        assert isinstance(one, Scanned)
        (again,) = scan(io.BytesIO(SMALL[one.offset : one.offset + one.length]), one.offset)
        assert isinstance(again, Scanned)
        assert (again.offset, again.length, again.fields) == (one.offset, one.length, one.fields)
        assert one.block_sha256 == Digest.of(one.block.read())


def test_an_empty_file_has_no_record_and_no_damage() -> None:
    assert seen(b"") == []


def test_a_cut_at_any_byte_is_seen() -> None:
    ends = {0}
    for one in seen(SMALL):
        assert isinstance(one, Scanned)
        ends.add(one.offset + one.length)
    for cut in range(len(SMALL)):
        found = seen(SMALL[:cut])
        if cut in ends:
            assert all(isinstance(one, Scanned) for one in found), cut
            continue
        last = found[-1]
        assert isinstance(last, Damage), cut
        assert (last.code, last.offset) == ("W01", max(end for end in ends if end < cut)), cut
        assert plain(found[:-1]) == plain(seen(SMALL))[: len(found) - 1]


def test_a_flip_of_any_bit_is_seen_or_changes_no_record() -> None:
    sound = plain(seen(SMALL))
    quiet = 0
    for at in range(len(SMALL)):
        for bit in range(8):
            flipped = bytearray(SMALL)
            flipped[at] ^= 1 << bit
            found = seen(bytes(flipped))
            if any(isinstance(one, Damage) or one.wrong for one in found):
                continue
            assert plain(found) == sound, (at, bit)
            quiet += 1
    # Time, flags and system in the ten octets of a gzip header, and the padding of the last deflate octet: bytes that no
    # record depends on. The digest over the whole file, in the seal, covers them.
    assert quiet < 8 * 13 * len(BLOCKS)


def test_every_bit_of_the_blocks_is_covered_although_the_crc_is_made_right() -> None:
    raw = record(1, b"two tides a day")
    start = raw.index(b"two tides")
    for at in range(start, start + 15):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        assert codes(changed) == ["W04"]


@pytest.mark.parametrize("junk", [b"\0", b"\n", b"junk", b"\x1f", b"\x1f\x8b", b"\x1f\x8b\x08", b"\0" * 600], ids=repr)
def test_what_follows_the_last_member_is_damage(junk: bytes) -> None:
    found = seen(SMALL + junk)
    assert plain(found[:-1]) == plain(seen(SMALL))
    assert isinstance(found[-1], Damage)
    assert found[-1].offset == len(SMALL)


def test_an_empty_member_is_no_record() -> None:
    found = seen(SMALL + gzip.compress(b""))
    assert isinstance(found[-1], Scanned)
    assert [code for code, _ in found[-1].wrong] == ["W03"]


def test_an_uncompressed_file_is_damage_that_says_so() -> None:
    (only,) = seen(record(1, b"one"))
    assert isinstance(only, Damage)
    assert (only.offset, only.code) == (0, "W02")
    assert "not compressed" in only.detail


def test_two_records_in_one_member_are_seen() -> None:
    assert codes(record(1, b"one") + record(2, b"two")) == ["W06"]


def test_one_record_in_two_members_is_seen() -> None:
    raw = record(1, b"a block of some length")
    found = seen(packed(raw[:-14], raw[-14:]))
    assert all(isinstance(one, Scanned) and one.wrong for one in found)


@pytest.mark.parametrize("name", ["WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length"])
def test_a_missing_mandatory_field_is_named(name: str) -> None:
    lines = [line for line in record(1, b"").split(b"\r\n") if not line.startswith(name.encode())]
    (one,) = seen(packed(b"\r\n".join(lines)))
    assert isinstance(one, Scanned)
    assert ("W07", f"missing: {name}") in one.wrong


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"Content-Length: 3", b"Content-Length: 2", "W03"),
        (b"Content-Length: 3", b"Content-Length: 4", "W03"),
        (b"Content-Length: 3", b"Content-Length: -3", "W03"),
        (b"Content-Length: 3", b"Content-Length: three", "W03"),
        (b"Content-Length: 3", b"Content-Length: 3\r\nContent-Length: 3", "W03"),
        (b"Content-Length: 3", b"Content-Length: \xd9\xa3", "W03"),
        (b"WARC/1.1", b"WARC/2.0", "W03"),
        (b"WARC/1.1", b"HTTP/1.1", "W03"),
        (b"Content-Type: text/plain", b"Content-Type text/plain", "W03"),
        (b"Content-Type: text/plain", b": text/plain", "W03"),
        (b"one\r\n\r\n", b"one\r\n\n\n", "W03"),
        (b"one\r\n\r\n", b"one\r\n", "W03"),
        (b"one\r\n\r\n", b"one\r\n\r\n\r\n", "W06"),
        (b"one", b"onE", "W04"),
    ],
)
def test_a_malformed_record_has_its_finding(old: bytes, new: bytes, expected: str) -> None:
    raw = record(1, b"one")
    assert old in raw
    first, *_ = codes(raw.replace(old, new))  # a block of another length has another digest too
    assert first == expected


def test_older_versions_folded_lines_and_other_cases_are_read() -> None:
    raw = record(1, b"one").replace(b"WARC/1.1", b"WARC/1.0").replace(b"WARC-Type: ", b"warc-type:\r\n  ")
    (one,) = seen(packed(raw))
    assert isinstance(one, Scanned)
    assert (one.wrong, one.kind) == ((), "resource")


@pytest.mark.parametrize("declared", [10**17, 10**18, 2**63, 10**40])
def test_a_huge_declared_length_allocates_nothing(declared: int) -> None:
    raw = record(1, b"one").replace(b"Content-Length: 3", b"Content-Length: %d" % declared)
    content = packed(raw)
    tracemalloc.start()
    (one,) = seen(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(one, Scanned)
    assert "W03" in [code for code, _ in one.wrong]
    assert peak < 4 << 20


def test_a_block_of_many_megabytes_is_read_in_bounded_memory() -> None:
    piece, count = bytes(range(256)) * 256, 400
    header = RecordHeader("resource", ID % 1, AT, None, len(piece) * count).to_bytes()
    content = b"".join(warc.member(header, (piece for _ in range(count))))
    tracemalloc.start()
    (one,) = seen(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(one, Scanned)
    assert (one.wrong, one.block.length) == ((), len(piece) * count)
    assert one.block_sha256.hex == one.block.sha256()
    assert peak < 8 << 20
    one.block.close()


def test_a_header_without_end_is_read_in_bounded_memory() -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    content = b"".join(deflate.compress(b"X: " + b"y" * (1 << 20)) for _ in range(40)) + deflate.flush()
    tracemalloc.start()
    (one,) = seen(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(one, Scanned)
    assert [code for code, _ in one.wrong] == ["W03"]
    assert peak < 24 << 20


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_nothing_depends_on_how_the_stream_is_read(sizes: list[int]) -> None:
    class Dribble(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            sizes.append(sizes.pop(0))
            return super().read(min(sizes[-1], 1 << 16))

    assert plain(list(scan(Dribble(SMALL)))) == plain(seen(SMALL))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    seen(content)
    seen(packed(content))
    seen(packed(b"WARC/1.1\r\n" + content + b"\r\n\r\n"))


def test_a_labelled_digest_is_compared_in_every_spelling() -> None:
    sha1, sha256 = Digest.of(b"one", "sha1"), Digest.of(b"one")
    for stated in (
        f"sha1:{sha1.base32}",
        f"sha1:{sha1.hex}",
        f"SHA-1:{sha1.base32.lower()}",
        str(sha256),
        f"sha256:{sha256.base32}",
    ):
        assert digest_matches(stated, sha1, sha256) is True, stated
        assert digest_matches(stated, Digest.of(b"two", "sha1"), Digest.of(b"two")) is False
    assert digest_matches("md5:00", sha1, sha256) is None
    assert digest_matches("", sha1) is None


PLAIN = record(1, b"HTTP/1.1 200 OK\r\n\r\nwords", ("WARC-Target-URI", "http://quay.example/"))


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(PLAIN) - 1),
            st.sampled_from([b"", b"\r\n", b" ", b":", b"\xff", b"0", b"\0"]),
            st.integers(0, 3),
        ),
        max_size=3,
    )
)
def test_the_short_way_takes_only_what_the_long_one_finds_no_fault_in(changes: list[tuple[int, bytes, int]]) -> None:
    content = PLAIN
    for at, new, gone in changes:
        content = content[:at] + new + content[at + gone :]
    short, long = _at_once(content, 7, 9), _piecewise(content).finish(7, 9)
    if short is not None:
        assert (long.wrong, short.fields, short.named) == ((), long.fields, long.named)
        assert (short.block.read(), short.block_sha256) == (long.block.read(), long.block_sha256)
    if content == PLAIN:
        assert short is not None


@pytest.mark.parametrize("members", [[], [1, 2, 3], [0, 10**9], [5, 5, 40, 41]])
def test_places_that_are_wrong_make_no_difference(members: list[int]) -> None:
    assert plain(list(scan(io.BytesIO(SMALL), 0, members))) == plain(seen(SMALL))
    right = [one.offset for one in seen(SMALL) if isinstance(one, Scanned)]
    assert plain(list(scan(io.BytesIO(SMALL), 0, right))) == plain(seen(SMALL))
    assert plain(list(scan(io.BytesIO(SMALL[:-1]), 0, right))) == plain(seen(SMALL[:-1]))
