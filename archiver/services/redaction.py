# SPDX-License-Identifier: Apache-2.0
"""Replacing secrets before anything is written: equal secrets stay recognisable as equal, nobody can read them.

The replacement is an HMAC under a key that stays with the operator's state and is never in the store.
"""

import hashlib
import hmac
from collections.abc import Collection

from manifests.capture import Redaction

ALWAYS_SECRET = frozenset({b"authorization", b"proxy-authorization", b"cookie"})


class Redactor:
    """Replaces secrets under one archive's key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def keyed_digest(self, secret: bytes) -> str:
        """`hmac-sha256:` and 32 hex digits."""
        return f"hmac-sha256:{hmac.new(self._key, secret, hashlib.sha256).hexdigest()[:32]}"

    def request(self, head: bytes, secret_headers: Collection[str]) -> tuple[bytes, list[Redaction]]:
        """A request head with the values of secret headers replaced, and what was replaced.

        `head` is as our own engine wrote it: CRLF line ends, no folding.
        """
        secret = (
            ALWAYS_SECRET | {name.lower().encode("latin-1") for name in secret_headers}
            if secret_headers
            else ALWAYS_SECRET
        )
        done: list[Redaction] = []
        lowered = head.lower()
        if not any(name in lowered for name in secret):
            return head, done
        lines = head.split(b"\r\n")
        for at, line in enumerate(lines[1:], start=1):
            name, colon, value = line.partition(b":")
            if colon and name.strip().lower() in secret:
                replaced = self.keyed_digest(value.strip())
                done.append(Redaction(where="header", name=name.decode("latin-1").lower(), keyed_digest=replaced))
                lines[at] = name + b": redacted " + replaced.encode("ascii")
        return b"\r\n".join(lines), done

    def userinfo(self, userinfo: str) -> Redaction:
        """The record of a URL's userinfo, which is left out of the URL."""
        return Redaction(
            where="url-userinfo", name="userinfo", keyed_digest=self.keyed_digest(userinfo.encode("utf-8"))
        )
