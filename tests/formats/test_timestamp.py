# SPDX-License-Identifier: Apache-2.0
import subprocess
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats import der, timestamp
from archiver.formats.timestamp import BadStamp, Stamp, read, request, verify
from tests.formats.forging import POLICY, Forged, algorithm
from tests.ledger.certificates import DAY, Certified, above, key_usage, root, stamper

THEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
AROUND = (THEN - DAY, THEN + DAY)
LONG = (THEN - 900 * DAY, THEN + 900 * DAY)
MESSAGE = b"message"
TOP = root(valid=LONG)
SIGNER = stamper(TOP, valid=AROUND)
GOOD = Forged(SIGNER, THEN)
RESPONSE = GOOD.response
STAMP = Stamp(
    time=THEN,
    accuracy_ms=None,
    serial="7",
    policy=POLICY,
    authority="CN=Example Time Stamping,O=Example Institution",
    imprint="sha256:ab530a13e45914982b79f9b7e3fba994cfd1f3fb22f71cea1afbf02b460c6d1d",
)
TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING
MIDDLE = above("Example Intermediate", TOP, valid=LONG)
OVER_MIDDLE = stamper(MIDDLE, valid=AROUND)
GONE = above("Example Gone", TOP, valid=(THEN - 20 * DAY, THEN - 10 * DAY))
UNDER_GONE = stamper(GONE, valid=AROUND)
UNDER_LEAF = stamper(SIGNER, valid=AROUND, name="Example Upstart")
TWIN = stamper(TOP, valid=AROUND, key=SIGNER.key)

ACCEPTED = {
    "as it should be": GOOD,
    "granted with changes": replace(GOOD, status=1),
    "by SHA-384": replace(GOOD, imprint_by="sha384", signed_by="sha384"),
    "by SHA-512": replace(GOOD, imprint_by="sha512", signed_by="sha512", naming="sha512"),
    "naming its certificate by SHA-1": replace(GOOD, naming="sha1"),
    "naming its authority": replace(GOOD, names=SIGNER),
    "naming its authority in capitals": replace(GOOD, names=stamper(TOP, name="EXAMPLE  time STAMPING")),
    "over an intermediate": Forged(OVER_MIDDLE, THEN, held=(OVER_MIDDLE, MIDDLE)),
    "over an intermediate, the other way round": Forged(OVER_MIDDLE, THEN, held=(MIDDLE, OVER_MIDDLE)),
    "with its root": Forged(OVER_MIDDLE, THEN, held=(TOP, MIDDLE, OVER_MIDDLE)),
    "at the first second of its certificate": replace(GOOD, time=AROUND[0]),
    "at the last second of its certificate": replace(GOOD, time=AROUND[1] - timedelta(seconds=1)),
}
REFUSED = {
    "of another message": ("other-message", replace(GOOD, message=b"massage")),
    "by SHA-1": ("weak-digest", replace(GOOD, imprint_by="sha1")),
    "signed by way of SHA-1": ("weak-digest", replace(GOOD, signed_by="sha1")),
    "not critical": ("not-for-time-stamping", Forged(stamper(TOP, valid=AROUND, critical=False), THEN)),
    "for nothing in particular": ("not-for-time-stamping", Forged(stamper(TOP, valid=AROUND, purposes=()), THEN)),
    "for code": (
        "not-for-time-stamping",
        Forged(stamper(TOP, valid=AROUND, purposes=(ExtendedKeyUsageOID.CODE_SIGNING,)), THEN),
    ),
    "for code too": (
        "not-for-time-stamping",
        Forged(stamper(TOP, valid=AROUND, purposes=(TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)), THEN),
    ),
    "with a key that certifies": (
        "not-for-time-stamping",
        Forged(stamper(TOP, valid=AROUND, usage=key_usage(signs=True, certifies=True)), THEN),
    ),
    "with a key that encrypts": (
        "not-for-time-stamping",
        Forged(stamper(TOP, valid=AROUND, usage=key_usage(encrypts=True)), THEN),
    ),
    "before its certificate": ("not-valid-then", replace(GOOD, time=AROUND[0] - timedelta(seconds=1))),
    "after its certificate": ("not-valid-then", replace(GOOD, time=AROUND[1] + timedelta(seconds=1))),
    "under an intermediate that had expired": ("not-valid-then", Forged(UNDER_GONE, THEN, held=(UNDER_GONE, GONE))),
    "by another root": ("untrusted-chain", Forged(stamper(root(valid=LONG), valid=AROUND), THEN)),
    "without its intermediate": ("untrusted-chain", Forged(OVER_MIDDLE, THEN)),
    "certified by a certificate that may not": (
        "untrusted-chain",
        Forged(UNDER_LEAF, THEN, held=(UNDER_LEAF, SIGNER)),
    ),
    "without certificates": ("no-certificate", replace(GOOD, held=())),
    "with another's certificate": ("no-certificate", replace(GOOD, held=(OVER_MIDDLE,))),
    "naming another certificate": ("no-certificate", replace(GOOD, named=TWIN)),
    "naming no certificate": ("no-certificate", replace(GOOD, naming=None)),
    "with a signature by another key": (
        "bad-signature",
        replace(GOOD, signature_key=OVER_MIDDLE.key),
    ),
    "naming another authority": ("other-authority", replace(GOOD, names=MIDDLE)),
    "refused, though a stamp came": ("refused", replace(GOOD, status=2)),
}


def bad(response: bytes, message: bytes = MESSAGE, **given: Any) -> BadStamp:
    with pytest.raises(BadStamp) as caught:
        verify(response, message, [TOP.pem], **given)
    assert caught.value.kind in timestamp.KINDS
    assert str(caught.value) == caught.value.what
    return caught.value


def openssl_accepts(response: bytes, folder: Path, at: datetime, top: Certified = TOP) -> bool:
    (folder / "data").write_bytes(MESSAGE)
    (folder / "response.tsr").write_bytes(response)
    (folder / "root.pem").write_bytes(top.pem)
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "response.tsr", "-CAfile", "root.pem"]
    command += ["-attime", str(int(at.timestamp()))]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode == 0) == ("Verification: OK" in done.stdout)
    return done.returncode == 0


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_sound_stamp_is_accepted_as_of_its_time_and_by_openssl(name: str, tmp_path: Path) -> None:
    made = ACCEPTED[name]
    stamp = verify(made.response, MESSAGE, [TOP.pem])
    assert (stamp.time, stamp.policy, stamp.authority) == (made.time, POLICY, STAMP.authority)
    assert read(made.response) == stamp
    assert openssl_accepts(made.response, tmp_path, made.time)


@pytest.mark.parametrize("name", REFUSED)
def test_each_wrong_stamp_is_told_apart(name: str, tmp_path: Path) -> None:
    kind, made = REFUSED[name]
    response = made.response
    assert bad(response).kind == kind
    # On a SHA-1 that can no longer be relied on, openssl does not look.
    assert openssl_accepts(response, tmp_path, made.time) == (kind == "weak-digest")


def test_a_stamp_states_its_fields() -> None:
    assert verify(GOOD.response, MESSAGE, [TOP.pem]) == STAMP


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [
        (der.integer(2), 2000),
        (der.element(0x80, b"\x05"), 5),
        (der.element(0x81, b"\x01"), 1),
        (der.integer(1) + der.element(0x80, b"\x01\xf4") + der.element(0x81, b"\x03\xe7"), 1501),
        (b"", 0),
    ],
)
def test_the_accuracy_is_rounded_up_to_milliseconds(accuracy: bytes, expected: int) -> None:
    made = replace(GOOD, fields=(der.sequence(accuracy),))
    assert verify(made.response, MESSAGE, [TOP.pem]).accuracy_ms == expected


def test_the_fraction_of_the_time_is_kept() -> None:
    assert verify(replace(GOOD, fraction=".25").response, MESSAGE, [TOP.pem]).time == THEN + timedelta(milliseconds=250)


def test_the_nonce_is_compared_when_it_is_given() -> None:
    answer = replace(GOOD, nonce=2**63 + 5).response
    assert verify(answer, MESSAGE, [TOP.pem], 2**63 + 5) == STAMP
    assert verify(answer, MESSAGE, [TOP.pem]) == STAMP
    assert bad(answer, nonce=5).kind == "other-nonce"
    assert bad(GOOD.response, nonce=5).kind == "other-nonce"


def test_the_policy_is_compared_when_it_is_given() -> None:
    assert verify(GOOD.response, MESSAGE, [TOP.pem], policy=POLICY) == STAMP
    assert bad(GOOD.response, policy="1.2.3").kind == "other-policy"


def test_roots_may_be_several_and_share_a_file() -> None:
    other = root("Example Other Root", valid=LONG)
    assert verify(GOOD.response, MESSAGE, [other.pem, other.pem + TOP.pem]) == STAMP
    assert verify(GOOD.response, MESSAGE, [b"Roots of 2024\n" + TOP.pem, TOP.pem]) == STAMP


@pytest.mark.parametrize("roots", [[], [b""], [b"-----BEGIN CERTIFICATE-----\n"]])
def test_without_a_root_nothing_is_verified(roots: list[bytes]) -> None:
    with pytest.raises(BadStamp) as caught:
        verify(GOOD.response, MESSAGE, roots)
    assert caught.value.kind == "no-root"


def test_a_certificate_between_may_stand_beside_the_root_and_never_for_it() -> None:
    response = Forged(OVER_MIDDLE, THEN).response
    assert verify(response, MESSAGE, [MIDDLE.pem + TOP.pem]).time == THEN
    with pytest.raises(BadStamp) as caught:
        verify(response, MESSAGE, [MIDDLE.pem])
    assert caught.value.kind == "untrusted-chain"


def test_a_signing_certificate_cannot_be_pinned_as_its_own_root() -> None:
    with pytest.raises(BadStamp) as caught:
        verify(GOOD.response, MESSAGE, [SIGNER.pem])
    assert caught.value.kind == "untrusted-chain"


@pytest.mark.parametrize(
    "text",
    [b"", b"<html>", b"0", GOOD.response[:-1], GOOD.response + b"\n", SIGNER.pem, b"0\x03\x02\x01\x00", b"\xff" * 50],
)
def test_what_is_no_response_is_malformed(text: bytes) -> None:
    assert bad(text).kind == "malformed"


def test_a_grant_without_a_stamp_is_malformed() -> None:
    assert bad(der.sequence(der.sequence(der.integer(0)))).kind == "malformed"


def test_a_refusal_says_why_without_control_characters() -> None:
    words = der.sequence(der.element(0x0C, b"no\x1b[2J \xff clock"))
    fault = bad(der.sequence(der.sequence(der.integer(2), words, der.element(der.BIT_STRING, b"\x01\x00\x02"))))
    assert fault.kind == "refused"
    assert fault.what == "the authority refused to stamp: rejection; no [2J � clock; its clock is not available"


def test_a_response_that_only_openssl_reads_is_not_called_bad(tmp_path: Path) -> None:
    whole = der.only(GOOD.response, der.SEQUENCE).content
    indefinite = b"\x30\x80" + whole + b"\x00\x00"
    assert openssl_accepts(indefinite, tmp_path, THEN)
    fault = bad(indefinite)
    assert fault.kind == "unreadable-here"
    assert "openssl ts -verify" in fault.what


def test_whatever_order_the_certificates_come_in_makes_no_difference() -> None:
    several = [OVER_MIDDLE, MIDDLE, TOP, GONE]
    seen = {
        verify(Forged(OVER_MIDDLE, THEN, held=several[at:] + several[:at]).response, MESSAGE, [TOP.pem])
        for at in range(4)
    }
    assert len(seen) == 1


@pytest.mark.filterwarnings("ignore:Parsed a serial number", "ignore:The parsed certificate")
def test_every_changed_bit_is_refused_or_changes_nothing() -> None:
    response = bytearray(RESPONSE)
    stamp = verify(bytes(response), MESSAGE, [TOP.pem])
    unnoticed, kinds = [], set()
    for place in range(len(response) * 8):
        at, bit = place // 8, 1 << place % 8
        response[at] ^= bit
        try:
            assert verify(bytes(response), MESSAGE, [TOP.pem]) == stamp
            unnoticed.append(place)
        except BadStamp as fault:
            kinds.add(fault.kind)
        response[at] ^= bit
    assert kinds <= timestamp.KINDS.keys()
    assert len(unnoticed) < 160  # the status and the parameters of algorithms are outside of what is signed


@pytest.mark.filterwarnings("ignore:Parsed a serial number", "ignore:The parsed certificate")
@given(st.data())
def test_whatever_is_spliced_into_a_response_it_is_refused_or_states_the_same(data: st.DataObject) -> None:
    response = RESPONSE
    start = data.draw(st.integers(0, len(response)))
    end = data.draw(st.integers(start, min(start + 40, len(response))))
    changed = response[:start] + data.draw(st.binary(max_size=40)) + response[end:]
    with suppress(BadStamp):
        assert verify(changed, MESSAGE, [TOP.pem]) == STAMP


@given(st.binary(max_size=200))
def test_reading_anything_raises_nothing_else(text: bytes) -> None:
    with pytest.raises(BadStamp):
        read(text)


@given(st.binary(max_size=50), st.integers(0, 2**64) | st.none())
def test_a_request_is_what_openssl_makes_of_it(message: bytes, nonce: int | None) -> None:
    fields = der.elements(der.only(request(message, nonce), der.SEQUENCE).content)
    numbers = [der.number(one) for one in fields if one.tag == der.INTEGER]
    assert numbers == [1] + ([] if nonce is None else [nonce])
    assert fields[1].content.startswith(algorithm("sha256"))
    assert (fields[-1].tag, fields[-1].content) == (der.BOOLEAN, b"\xff")


def test_openssl_reads_a_request(tmp_path: Path) -> None:
    (tmp_path / "query.tsq").write_bytes(request(MESSAGE, 0xF0F1, "1.2.3.400"))
    command = ["openssl", "ts", "-query", "-in", "query.tsq", "-text"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30).stdout
    for line in (
        "Version: 1",
        "Hash Algorithm: sha256",
        "Policy OID: 1.2.3.400",
        "Nonce: 0xF0F1",
        "Certificate required: yes",
    ):
        assert line in shown
