# SPDX-License-Identifier: Apache-2.0
"""An archive that somebody publishes over HTTP, as a store that is only read.

A place must answer 404 or 410 for what it does not have: of any other status nothing is concluded. Every read is one bounded
request to the place that the operator named; redirects are not followed. What comes back is as untrusted as from any store.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from archiver.errors import BadInput, RemoteFault, StoreUnavailable
from archiver.ledger import posting
from archiver.ports import Abilities, Stored
from archiver.urls import parse
from manifests.digest import Digest

MOST = 17 << 20
"""Octets of an object: a full bundle of the ledger has at most 16 MiB."""
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


class PublishedStore:
    """The objects below a URL; see `ports.Store`. Writing and listing are faults in the program."""

    def __init__(self, url: str) -> None:
        """Raises `BadInput` for what is no http or https URL, or one with a query or a password."""
        where = parse(url)
        if "?" in where.target or where.userinfo is not None:
            raise BadInput("the URL holds a query, a user or a password", "Give the address of the archive without it.")
        self.place = where.url.removesuffix("/")

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        try:
            answer = posting.ask(f"{self.place}/{key}", "GET", None, _HEADERS, most=MOST)
        except RemoteFault as fault:
            raise StoreUnavailable(fault.what, fault.advice) from fault
        if answer.status in (404, 410):
            raise KeyError(key)
        if answer.status != 200:
            raise StoreUnavailable(
                f"{self.place} answered {answer.status} for {key}",
                "Try again later. A place must answer 404 for what it does not have; a bucket needs the right to list for that.",
            )
        return answer.body[start:end]

    def head(self, key: str) -> Stored | None:
        try:
            content = self.get(key)
        except KeyError:
            return None
        return Stored(key, len(content), Digest.of(content))

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self.get(key))

    def list(self, prefix: str) -> Iterator[str]:
        self._only_read(prefix)

    def put(self, key: str, content: bytes | BinaryIO, *, sha256: Digest, size: int, final: bool = False) -> None:  # noqa: ARG002
        self._only_read(key)

    def replace(self, key: str, content: bytes) -> None:  # noqa: ARG002
        self._only_read(key)

    def sweep(self, key: str) -> None:
        self._only_read(key)

    def probe(self) -> Abilities:
        self._only_read("staging/")

    def _only_read(self, key: str) -> NoReturn:
        raise ValueError(f"{self.place} is only read, and {key} was to be listed or written")
