# SPDX-License-Identifier: Apache-2.0
"""A tape gives the same bytes from memory and from its file, with and without a copy."""

from hypothesis import given
from hypothesis import strategies as st

from archiver.exchange import Tape

places = st.none() | st.integers(0, 70)


@given(st.lists(st.binary(max_size=20), max_size=5), st.integers(0, 60), places, st.sampled_from([0, 30, 1 << 20]))
def test_every_way_to_read_gives_the_same_bytes(
    pieces: list[bytes], start: int, end: int | None, in_memory: int
) -> None:
    tape, content = Tape(in_memory), b"".join(pieces)
    for piece in pieces:
        tape.append(piece)
    expected = content[start:end]
    assert tape.read(start, end) == expected
    assert b"".join(tape.pieces(start, end, size=7)) == expected
    assert b"".join(tape.views(start, end)) == expected
    assert tape.length == len(content)
    tape.append(b"more")
    assert tape.read() == content + b"more"
    tape.close()


def test_views_of_a_tape_in_memory_are_one_piece_that_is_no_copy() -> None:
    tape = Tape()
    tape.append(b"x" * 300_000)
    (view,) = tape.views(1)
    assert isinstance(view, memoryview)
    assert len(view) == 299_999
    assert list(tape.views(300_000)) == []
