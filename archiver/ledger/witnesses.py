# SPDX-License-Identifier: Apache-2.0
"""The operator's list of witnesses: a YAML file in, witnesses out, or every mistake of it at once.

    witnesses:
      - name: harbour
        url: https://witness.example.org/
        key: "witness.example.org+d5eb3f1c+BHZ..."

Names become part of keys in the store, so none stands twice. The key is a verifier key for cosignatures
(c2sp.org/tlog-cosignature), got from the witness by a way that can be trusted: `archiver witness make-key` prints it.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, ValidationError

from archiver.errors import BadInput
from archiver.formats.signed_note import COSIGNATURE, Malformed, VerifierKey
from archiver.jobs.document import read_document
from archiver.jobs.explaining import explained
from archiver.jobs.mistakes import Mistake, refusal
from archiver.jobs.sections import Section
from archiver.jobs.shapes import Line, Name, Text, said
from archiver.ledger.authorities import placed
from archiver.urls import parse

MOST = 20
"""Witnesses in a list."""
_INSTEAD = "write `witnesses:` and under it a list of name, url and key"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness, as the operator names it."""

    name: str
    """What people call it: 1 to 64 of a-z, 0-9 and hyphens."""
    url: str
    """Its submission prefix, which ends with a slash."""
    key: VerifierKey
    """What its cosignatures are checked with."""


def _prefix(text: str) -> str:
    try:
        where = parse(text)
    except BadInput as fault:
        raise said(fault.what, fault.advice[:1].lower() + fault.advice[1:]) from fault
    if where.userinfo is not None:
        raise said("the URL holds a user or password", "leave them out")
    if "?" in where.target:
        raise said("the URL has a query", "write it without the question mark and what follows")
    return where.url.removesuffix("/") + "/"


def _key(text: str) -> str:
    try:
        key = VerifierKey.parse(text)
    except Malformed as fault:
        raise said(str(fault), "write it in quotes, as the witness publishes it") from fault
    if key.kind != COSIGNATURE:
        raise said("this is a key for checkpoints, not for cosignatures", "ask the witness for its own key")
    return text


def _some(listed: "tuple[WitnessSection, ...]") -> "tuple[WitnessSection, ...]":
    if not 1 <= len(listed) <= MOST:
        raise said(f"a list holds 1 to {MOST} witnesses", "name one or two; leave out the file to have none")
    for what in ("name", "key"):
        values = [getattr(one, what) for one in listed]
        twice = next((one for at, one in enumerate(values) if one in values[:at]), None)
        if twice is not None:
            raise said(f"the {what} {twice[:64]!r} stands twice", "name each witness once")
    return listed


class WitnessSection(Section):
    """One witness, as written."""

    name: Name
    """What people call it."""
    url: Annotated[Text, AfterValidator(_prefix)]
    """Where checkpoints are posted: `add-checkpoint` is appended."""
    key: Annotated[Line, AfterValidator(_key)]
    """Its verifier key."""


class WitnessesFile(Section):
    """The whole file."""

    witnesses: Annotated[tuple[WitnessSection, ...], AfterValidator(_some)]
    """The list."""


def read(text: str, where: str) -> tuple[Witness, ...]:
    """Reads a list of witnesses, in its order; `where` names it in messages.

    Raises `BadInput` with all mistakes, each with its line, as text and as the field `mistakes`.
    """
    if all(line.lstrip()[:1] in ("", "#") for line in text.splitlines()):
        raise refusal([Mistake(where, 1, 1, "", "the file is empty", _INSTEAD)])
    document = read_document(text, where)
    if not isinstance(document.value, dict):
        raise refusal([Mistake(where, *document.place(()), "", "this is no list of witnesses", _INSTEAD)])
    try:
        file = WitnessesFile.model_validate(document.value)
    except ValidationError as fault:
        raise refusal(placed(list(explained(fault, WitnessesFile)), document, where)) from fault
    return tuple(Witness(one.name, one.url, VerifierKey.parse(one.key)) for one in file.witnesses)
