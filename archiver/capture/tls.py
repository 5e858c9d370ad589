# SPDX-License-Identifier: Apache-2.0
"""TLS sessions: the trust they are made with, and what is kept of them as evidence."""

import ssl
from base64 import b64encode
from typing import Any

import certifi

from manifests.capture import Certificate, Tls
from manifests.digest import Digest


def client_context(*, verify: bool, trust: ssl.SSLContext | None = None) -> ssl.SSLContext:
    """A client context: the system's roots and certifi's, or the ones of `trust`; or one that verifies nothing."""
    if verify and trust is not None:
        return trust
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def describe(session: Any, fault: str | None) -> Tls:
    """Version, cipher and certificate chain of an `ssl.SSLObject`, as sent by the server."""
    cipher = session.cipher()
    return Tls(
        version=session.version() or "unknown",
        cipher=cipher[0] if cipher else "unknown",
        verified=fault is None,
        fault=fault,
        chain=tuple(
            Certificate(sha256=Digest.of(der), der=b64encode(der).decode("ascii")) for der in _sent_chain(session)
        ),
    )


def _sent_chain(session: Any) -> list[bytes]:
    # Public from Python 3.13 on; before that the same method is on the inner object.
    if hasattr(session, "get_unverified_chain"):
        return list(session.get_unverified_chain())
    inner = getattr(session, "_sslobj", None)
    if inner is not None and hasattr(inner, "get_unverified_chain"):
        # 2 is the DER form of the inner module's Certificate.public_bytes.
        return [one.public_bytes(2) for one in inner.get_unverified_chain() or ()]
    leaf = session.getpeercert(binary_form=True)
    return [leaf] if leaf else []
