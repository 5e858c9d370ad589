# SPDX-License-Identifier: Apache-2.0
from contextlib import suppress

import pytest
from cryptography.x509 import ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats import der

CUT = [
    b"\x30",
    b"\x30\x01",
    b"\x30\x80\x00\x00",
    b"\x30\x81",
    b"\x30\x82\x01",
    b"\x30\x85\x00\x00\x00\x00\x01A",
    b"\x3f\x00",
]


@given(st.lists(st.tuples(st.sampled_from([2, 4, 0x30, 0x31, 0xA0]), st.binary(max_size=300)), max_size=5))
def test_elements_come_back_as_they_were_written(parts: list[tuple[int, bytes]]) -> None:
    written = [der.element(tag, content) for tag, content in parts]
    found = der.elements(b"".join(written))
    assert [(one.tag, one.content) for one in found] == parts
    assert [one.whole for one in found] == written


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 65535, 65536])
def test_lengths_are_written_in_the_fewest_octets(size: int) -> None:
    octets = der.element(der.OCTET_STRING, bytes(size))
    assert len(octets) - size == 2 if size < 128 else len(octets) - size == 2 + (size.bit_length() + 7) // 8
    assert der.only(octets, der.OCTET_STRING).content == bytes(size)


@pytest.mark.parametrize("octets", CUT)
def test_what_is_cut_or_indefinite_is_not_read(octets: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        der.elements(octets)


@pytest.mark.parametrize("octets", [b"", der.integer(1) * 2, der.oid("1.2.3")])
def test_only_wants_exactly_one_of_its_tag(octets: bytes) -> None:
    with pytest.raises(ValueError, match="not one element"):
        der.only(octets, der.INTEGER)


@given(st.binary(max_size=100))
def test_anything_is_read_or_refused(octets: bytes) -> None:
    with suppress(ValueError):
        assert b"".join(one.whole for one in der.elements(octets)) == octets


@given(st.integers(0, 2**200))
def test_integers_are_never_negative_and_come_back(number: int) -> None:
    octets = der.integer(number)
    assert der.number(der.only(octets, der.INTEGER)) == number
    assert len(octets) == 3 or octets[2:4] >= b"\x00\x80"


@pytest.mark.parametrize("octets", [b"\x02\x00", b"\x02\x01\xff", b"\x04\x01\x01"])
def test_what_is_negative_or_no_integer_is_no_number(octets: bytes) -> None:
    with pytest.raises(ValueError, match="not an integer"):
        der.number(der.elements(octets)[0])


@given(st.integers(0, 39), st.lists(st.integers(0, 2**70), max_size=5))
def test_object_identifiers_are_as_others_read_them(second: int, rest: list[int]) -> None:
    from cryptography.x509 import ExtendedKeyUsage

    dotted = ".".join(map(str, [1, second, *[one % 2**31 for one in rest]]))
    assert ExtendedKeyUsage([ObjectIdentifier(dotted)]).public_bytes() == der.sequence(der.oid(dotted))


@pytest.mark.parametrize("dotted", ["", "1", "1.", "3.1", "1.40", "1.-2", "1.02", "1.2.x", "1.²", " 1.2", "1.2.3\n"])
def test_what_is_no_object_identifier_is_refused(dotted: str) -> None:
    with pytest.raises(ValueError, match="object identifier"):
        der.oid(dotted)


def test_a_set_is_ordered_and_holds_each_once() -> None:
    one, two = der.integer(1), der.integer(2)
    assert der.set_of(der.SET, [two, one, two]) == der.element(der.SET, one + two)
