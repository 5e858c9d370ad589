# SPDX-License-Identifier: Apache-2.0
"""The extractor as a value: which program it is, and how it reads a response.

What two versions read is never compared: the older side is read again by one of them. So whoever compares is given the
version to read with, and a test can bring one of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archiver.extract import EXTRACTOR, Reading
from archiver.services.ingest import read_page
from manifests.agents import Fetcher


@dataclass(frozen=True, slots=True)
class Extractor:
    """One version of the extractor."""

    program: Fetcher
    read: Callable[[str, Sequence[tuple[str, str]], bytes, int | None], Reading]
    """What a response says: its URL, its headers as sent, its entity as far as it is read, its status code."""


def _read(url: str, headers: Sequence[tuple[str, str]], entity: bytes, code: int | None) -> Reading:
    # As ingest reads it: bounds that differ would show as changes of the page.
    return read_page(url, headers, entity, code)[0]


CURRENT = Extractor(EXTRACTOR, _read)
"""The one that new captures are read with."""
