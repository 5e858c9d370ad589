# SPDX-License-Identifier: Apache-2.0
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa

from archiver.errors import FetchFailed, Refused, RemoteFault
from archiver.formats import timestamp
from archiver.ledger.notary import Authority, Notary, Post
from archiver.ledger.posting import post
from tests.formats.forging import POLICY
from tests.ledger.authority import OTHER_POLICY, LocalAuthority
from tests.ledger.certificates import DAY, above, right_now, root, stamper

MESSAGE = b"example.org/log\n42\nroot hash\n\n\xe2\x80\x94 example.org/log signature\n"
NONCE = 0x8000_0000_0000_0001
quickly = partial(post, connect=5.0, total=0.3)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAuthority]:
    with LocalAuthority(tmp_path_factory.mktemp("tsa")) as local:
        yield local


def notary(local: LocalAuthority, send: Post = post, **changes: Any) -> Notary:
    return Notary(Authority(**{"name": "Local", "url": local.url, "roots": (local.roots_pem,), **changes}), send)


def fault_of(local: LocalAuthority, behaviour: str = "granted", send: Post = post, **changes: Any) -> RemoteFault:
    local.behaviour = behaviour
    with pytest.raises(RemoteFault) as caught:
        notary(local, send, **changes).stamp(MESSAGE, NONCE)
    assert caught.value.advice
    assert caught.value.fields["authority"] == "Local"
    return caught.value


def test_a_stamp_is_returned_as_sent_and_openssl_verifies_it(authority: LocalAuthority, tmp_path: Path) -> None:
    authority.behaviour = "granted"
    response = notary(authority).stamp(MESSAGE, NONCE)
    assert response == (authority.folder / "reply.tsr").read_bytes()
    assert authority.asked[-1] == timestamp.request(MESSAGE, NONCE)
    assert abs(timestamp.read(response).time - right_now()) < DAY / 24
    (tmp_path / "checkpoint").write_bytes(MESSAGE)
    (tmp_path / "checkpoint.tsr").write_bytes(response)
    command = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        "checkpoint",
        "-in",
        "checkpoint.tsr",
        "-CAfile",
        str(authority.ca_file),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout.strip()) == (0, "Verification: OK"), done.stderr


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        ("refused", "refused"),
        ("other-message", "other-message"),
        ("other-nonce", "other-nonce"),
        ("no-nonce", "other-nonce"),
        ("sha1", "weak-digest"),
        ("html", "malformed"),
    ],
)
def test_a_response_that_is_no_proof_is_refused_with_its_kind(
    authority: LocalAuthority, behaviour: str, kind: str
) -> None:
    fault = fault_of(authority, behaviour)
    assert isinstance(fault, Refused)
    assert (fault.reason, fault.fields["kind"]) == ("bad-stamp", kind)
    assert "Local" in fault.what


def test_the_words_of_a_refusing_authority_are_passed_on(authority: LocalAuthority) -> None:
    assert "Message digest algorithm is not supported" in fault_of(authority, "refused").what


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("huge", "length-limit"),
        ("announced-huge", "length-limit"),
        ("hanging", "total-timeout"),
        ("dripping", "total-timeout"),
        ("dripping-header", "total-timeout"),
        ("cut", "body-short"),
        ("silent", "no-response"),
        ("no-http", "not-http"),
        ("redirect", "http-status"),
        ("busy", "http-status"),
    ],
)
def test_an_answer_that_is_none_ends_in_bounded_time_with_its_reason(
    authority: LocalAuthority, behaviour: str, reason: str
) -> None:
    slow = behaviour in ("hanging", "dripping", "dripping-header")
    fault = fault_of(authority, behaviour, quickly if slow else post)
    assert isinstance(fault, FetchFailed)
    assert fault.reason == reason


def test_a_redirect_is_not_followed(authority: LocalAuthority) -> None:
    before = len(authority.asked)
    fault = fault_of(authority, "redirect")
    assert len(authority.asked) == before + 1
    assert (fault.fields["status"], fault.advice) == (307, "Name the URL it leads to.")


def test_a_place_where_nobody_listens_is_a_fault_of_the_connection(authority: LocalAuthority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert fault_of(authority, url=f"http://127.0.0.1:{port}/").reason == "connect-failed"


def test_a_certificate_of_a_stranger_is_not_accepted_for_https(authority: LocalAuthority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, pytest.raises(OSError, match=r"."):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=serve)
        thread.start()
        fault = fault_of(authority, url=f"https://localhost:{listening.getsockname()[1]}/")
        thread.join()
    assert fault.reason == "tls-certificate"


def test_https_with_a_certificate_that_verifies_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = trustme.CA()
    trusted.cert_pem.write_to_path(tmp_path / "tls.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trusted.issue_cert("localhost").configure_cert(context)
    with LocalAuthority(tmp_path, tls=context) as local:
        assert timestamp.read(notary(local).stamp(MESSAGE, NONCE)).policy == POLICY
        local.behaviour = "dripping"
        assert fault_of(local, "dripping", quickly).reason == "total-timeout"


def test_a_tls_handshake_that_is_never_answered_ends_in_time(authority: LocalAuthority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fault = fault_of(authority, send=quickly, url=f"https://localhost:{silent.getsockname()[1]}/")
    assert fault.reason == "total-timeout"


def test_a_policy_is_asked_for_and_insisted_on(authority: LocalAuthority) -> None:
    authority.behaviour = "granted"
    response = notary(authority, policy=OTHER_POLICY).stamp(MESSAGE, NONCE)
    assert timestamp.read(response).policy == OTHER_POLICY

    def under_the_default(url: str, query: bytes) -> bytes:
        return authority.reply(timestamp.request(MESSAGE, NONCE))

    fault = fault_of(authority, send=under_the_default, policy=OTHER_POLICY)
    assert fault.fields["kind"] == "other-policy"
    assert POLICY in fault.what


def test_an_unknown_policy_is_refused_by_the_authority(authority: LocalAuthority) -> None:
    assert fault_of(authority, policy="1.2.3").fields["kind"] == "refused"


def test_another_certification_authority_is_not_trusted(authority: LocalAuthority) -> None:
    assert fault_of(authority, roots=(root().pem,)).fields["kind"] == "untrusted-chain"


def test_a_chain_over_an_intermediate_is_accepted_in_whatever_order_it_comes(tmp_path: Path) -> None:
    top = root()
    middle = above("Example Intermediate", top)
    for turn in range(6):  # the order of the SET of certificates depends on their bytes
        folder = tmp_path / str(turn)
        folder.mkdir()
        with LocalAuthority(folder, signer=stamper(middle), top=top, chain=(middle, top)) as local:
            assert timestamp.read(notary(local).stamp(MESSAGE, NONCE)).authority.startswith("CN=Example Time Stamping")


def test_a_stamp_signed_with_rsa_and_with_a_fraction_is_read_as_openssl_reads_it(tmp_path: Path) -> None:
    top = root()
    signer = stamper(top, key=rsa.generate_private_key(65537, 2048))
    with LocalAuthority(tmp_path, signer=signer, top=top, precision=3) as local:
        stamp = timestamp.read(notary(local).stamp(MESSAGE, NONCE))
        command = ["openssl", "ts", "-reply", "-in", str(local.folder / "reply.tsr"), "-text"]
        shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    stated = re.search(r"Time stamp: (\w+ +\d+ [\d:]+)(\.\d+)? (\d+) GMT", shown)
    assert stated is not None
    at = datetime.strptime(f"{stated[1]} {stated[3]} +0000", "%b %d %H:%M:%S %Y %z")
    assert stamp.time == at + timedelta(seconds=float(stated[2] or 0))
    assert stamp.accuracy_ms == 1500


def test_an_authority_with_a_clock_states_its_time(tmp_path: Path) -> None:
    then = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    with LocalAuthority(tmp_path, clock=lambda: then) as local:
        assert timestamp.read(notary(local).stamp(MESSAGE, NONCE)).time == then


def test_certificates_unfit_for_stamps_are_refused_with_their_kind(tmp_path: Path) -> None:
    now = right_now()
    old = (now - 20 * DAY, now - 10 * DAY)
    top = root()
    # openssl signs with whatever certificate it is given for time stamping; the unfit ones are forged in the format's tests.
    gone = above("Example Gone", top, valid=old)
    cases = {"not-valid-then": stamper(top, valid=old), "not-valid-chain": stamper(gone)}
    for name, signer in cases.items():
        (tmp_path / name).mkdir()
        with LocalAuthority(tmp_path / name, signer=signer, top=top, chain=(gone,)) as local:
            assert fault_of(local).fields["kind"] == "not-valid-then"
