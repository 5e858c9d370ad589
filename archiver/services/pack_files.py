# SPDX-License-Identifier: Apache-2.0
"""The files of a proof pack while it is checked: which of them were looked at, and what a step says of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import pydantic

from archiver.formats.signed_note import Malformed
from manifests.canonical import Model, canonical_bytes, first_fault, from_canonical

Verdict = Literal["ok", "bad", "missing", "note"]
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at."""

    verdict: Verdict
    """`ok`; `bad`: it is not as the proof needs it; `missing`: it could not be looked at; `note`: for the reader to know."""
    where: str
    """The file, or files, it is about."""
    said: str
    """What was compared and what came of it."""


class Wrong(Exception):
    """A file of the pack that is not as the proof needs it; says how."""


class Missing(Exception):
    """A file that is not there."""


class Unreadable(Exception):
    """Something that this program cannot read, and another may."""


class PackFiles:
    """The files by their names in the pack."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._taken: set[str] = set()

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def take(self, name: str) -> bytes:
        """A file that a step looks at. Raises `Missing`."""
        self._taken.add(name)
        try:
            return self._files[name]
        except KeyError:
            raise Missing(name) from None

    def size(self, name: str) -> int:
        """Octets of a file, 0 when it is not there."""
        return len(self._files.get(name, b""))

    @property
    def left(self) -> set[str]:
        """The names that no step has taken."""
        return self._files.keys() - self._taken

    def told(self, where: str, saying: Iterator[str]) -> Iterator[Step]:
        """What a step says, each sentence for something that holds; its failure instead of the rest."""
        try:
            for said in saying:
                yield Step("ok", where, said)
        except Missing as fault:
            yield Step("missing", where, f"{fault} is not in the pack.")
        except Unreadable as fault:
            yield Step("missing", where, str(fault))
        except (Wrong, Malformed) as fault:
            yield Step("bad", where, f"{fault}.")


def document(kind: type[M], content: bytes, where: str) -> M:
    """The document that a file holds, in its canonical form. Raises `Wrong`."""
    try:
        found = from_canonical(kind, content)
        canonical = canonical_bytes(found) == content
    except pydantic.ValidationError as fault:
        raise Wrong(f"{where} cannot be read: {first_fault(fault)}") from fault
    except ValueError as fault:
        raise Wrong(f"{where} holds what has no canonical form: {str(fault)[:200]}") from fault
    if not canonical:
        raise Wrong(f"{where} is not in the canonical form")
    return found
