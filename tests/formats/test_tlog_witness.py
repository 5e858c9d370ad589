# SPDX-License-Identifier: Apache-2.0
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats.checkpoint import MAX_SIZE
from archiver.formats.signed_note import Malformed
from archiver.formats.tlog_witness import AddCheckpoint, parse, size_of

NOTE = b"log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\xe2\x80\x94 log AAAAAAA=\n"
HASH = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@given(st.integers(0, MAX_SIZE), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.binary(max_size=300))
def test_what_is_written_is_read_back(old: int, proof: list[bytes], note: bytes) -> None:
    asked = AddCheckpoint(old, tuple(proof), note)
    assert parse(asked.to_bytes()) == asked


def test_a_request_has_the_form_of_the_specification() -> None:
    body = AddCheckpoint(7, (bytes(32),), NOTE).to_bytes()
    assert body == b"old 7\n" + b"A" * 43 + b"=\n\n" + NOTE


@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused_and_read_ones_are_given_back(content: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert parse(b"old 1\n" + content).to_bytes() == b"old 1\n" + content


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 1", b"old 1\n", b"old 01\n\n", b"old -1\n\n", b"old +1\n\n", b"old  1\n\n", b"Old 1\n\n", b"old 1\r\n\n",
        b"old 9223372036854775808\n\n", b"old 1 \n\n", "old ١\n\n".encode(), b"old 1\nAAAA\n\n",
        b"old 1\n%s \n\n" % HASH.encode(), b"old 1\n" + f"{HASH}\n".encode() * 64 + b"\n", b"\xff\n\n",
    ],
)  # fmt: skip
def test_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


def test_the_size_in_a_refusal_has_one_spelling() -> None:
    assert (size_of(b"0\n"), size_of(b"20852014\n"), size_of(b"%d\n" % MAX_SIZE)) == (0, 20852014, MAX_SIZE)
    for body in (b"", b"0", b"00\n", b"-1\n", b"1\n\n", b" 1\n", b"1\r\n", b"9223372036854775808\n", b"<html>"):
        with pytest.raises(Malformed):
            size_of(body)
