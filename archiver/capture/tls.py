# SPDX-License-Identifier: Apache-2.0
"""TLS sessions: the trust they are made with, and what is kept of them as evidence."""

import ssl
from base64 import b64encode
from typing import Any

import certifi

from manifests.capture import Certificate, Tls
from manifests.digest import Digest


class Contexts:
    """The two client contexts of one engine, each made when first needed: reading the roots takes tens of milliseconds."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self._verifying = trust
        self._unverifying: ssl.SSLContext | None = None

    def verifying(self) -> ssl.SSLContext:
        """Trusts the system's roots and certifi's, or what the context given trusts."""
        if self._verifying is None:
            self._verifying = ssl.create_default_context()
            self._verifying.load_verify_locations(certifi.where())
            self._verifying.set_alpn_protocols(["http/1.1"])
        return self._verifying

    def unverifying(self) -> ssl.SSLContext:
        """Takes every certificate."""
        if self._unverifying is None:
            self._unverifying = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._unverifying.check_hostname = False
            self._unverifying.verify_mode = ssl.CERT_NONE
            self._unverifying.set_alpn_protocols(["http/1.1"])
        return self._unverifying


def server_name(host: str) -> str:
    """The name sent and verified: without the root's dot, which neither SNI nor certificates have (RFC 6066 section 3)."""
    return host.removesuffix(".")


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
