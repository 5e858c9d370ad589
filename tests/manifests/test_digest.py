# SPDX-License-Identifier: Apache-2.0
"""A digest is well formed or does not exist; its forms are those of the standard library."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import Digest, DigestSet, Role, captures_root
from manifests.digest import HEX_LENGTHS, WRITTEN
from tests.strategies import digests

SHA256 = "sha256:" + "0" * 64
SHA1 = "sha1:" + "0" * 40


@given(st.binary(max_size=100), st.sampled_from(sorted(HEX_LENGTHS)))
def test_the_digest_of_bytes_is_that_of_hashlib(content: bytes, algorithm: str) -> None:
    digest = Digest.of(content, algorithm)
    expected = hashlib.new(algorithm, content)
    assert digest == f"{algorithm}:{expected.hexdigest()}"
    assert (digest.algorithm, digest.hex, digest.raw) == (algorithm, expected.hexdigest(), expected.digest())


@given(digests())
def test_every_form_leads_back(digest: Digest) -> None:
    assert Digest.from_raw(digest.algorithm, digest.raw) == digest == Digest(str(digest))
    padded = digest.base32 + "=" * (-len(digest.base32) % 8)
    assert base64.b32decode(padded) == digest.raw


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        SHA256[:-1],
        SHA256 + "0",
        SHA256 + "\n",
        "\n" + SHA256,
        " " + SHA256,
        SHA256.upper(),
        "sha256:" + "A" * 64,
        "sha-256:" + "0" * 64,
        "crc32:" + "0" * 8,
        "sha1:" + "0" * 64,
        "sha256:" + "\u0660" * 64,
        "0" * 64,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        Digest(text)


def test_what_is_written_is_also_read() -> None:
    assert set(WRITTEN) < set(HEX_LENGTHS)


def test_a_set_gives_the_digest_of_a_role_by_algorithm() -> None:
    held = DigestSet(payload=(Digest(SHA1), Digest(SHA256)), body=(Digest(SHA256),))
    assert held.get(Role.PAYLOAD) == SHA256
    assert held.get(Role.PAYLOAD, "sha1") == SHA1
    assert held.get(Role.BODY, "sha1") is None
    assert held.get(Role.ENTITY) is None
    assert held.get(Role.TEXT) is None


def split_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1 as it is written there: split at the largest power of two below n."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + split_root(leaves[:k]) + split_root(leaves[k:])).digest()


def test_the_root_is_that_of_rfc_6962_for_every_number_of_captures() -> None:
    leaves = [Digest.of(b"%d" % n) for n in range(300)]
    for count in range(301):
        assert captures_root(leaves[:count]).raw == split_root([leaf.raw for leaf in leaves[:count]]), count


def test_the_root_depends_on_order_and_number() -> None:
    a, b = Digest.of(b"a"), Digest.of(b"b")
    assert len({captures_root(one) for one in ([], [a], [b], [a, b], [b, a], [a, b, b], [a, a, b])}) == 7
