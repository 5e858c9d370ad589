# SPDX-License-Identifier: Apache-2.0
"""The operator's list of time-stamping authorities: a YAML file in, authorities out, or every mistake of it at once.

    authorities:
      - name: example
        url: https://tsa.example.org/tsr
        roots: example-roots.pem
        policy: "1.3.6.1.4.1.99999.1"

Only `policy` may be left out. Names become part of keys in the store, so none stands twice. A file of roots holds PEM
certificates got from the authority by a way that can be trusted, at least one that signed itself: every chain must lead to
one of these. Others may stand beside it, for authorities that do not send the certificates between.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError

from archiver.errors import BadInput
from archiver.formats import der
from archiver.formats.timestamp_response import printable
from archiver.jobs.document import Document, read_document
from archiver.jobs.explaining import explained
from archiver.jobs.mistakes import Mistake, refusal, shown_path
from archiver.jobs.rules import Fault
from archiver.jobs.sections import Section
from archiver.jobs.shapes import Line, Name, Text, said
from archiver.ledger.notary import Authority
from archiver.urls import parse

MOST = 20
"""Authorities in a list."""
_INSTEAD = "write `authorities:` and under it a list of name, url and roots"


def _url(text: str) -> str:
    try:
        where = parse(text)
    except BadInput as fault:
        raise said(fault.what, fault.advice[:1].lower() + fault.advice[1:]) from fault
    if where.userinfo is not None:
        raise said("the URL holds a user or password", "leave them out")
    return where.url


def _policy(text: str) -> str:
    try:
        der.oid(text)
    except ValueError as fault:
        raise said("this is no object identifier", "write it with dots, in quotes") from fault
    return text


def _some(listed: "tuple[AuthoritySection, ...]") -> "tuple[AuthoritySection, ...]":
    if not 1 <= len(listed) <= MOST:
        raise said(f"a list holds 1 to {MOST} authorities", "name one or two; leave out the file to have none")
    return listed


class AuthoritySection(Section):
    """One authority, as written."""

    name: Name
    """What people call it."""
    url: Annotated[Text, AfterValidator(_url)]
    """Where requests are posted."""
    roots: Line
    """A file with its root certificates."""
    policy: Annotated[Text, AfterValidator(_policy)] | None = None
    """The policy to ask for."""


class AuthoritiesFile(Section):
    """The whole file."""

    authorities: Annotated[tuple[AuthoritySection, ...], AfterValidator(_some)]
    """The list."""


def read(text: str, where: str, files: Callable[[str], bytes]) -> tuple[Authority, ...]:
    """Reads a list of authorities, in its order; `where` names it in messages.

    `files(name)` gives the octets of a file of root certificates beside it and raises `BadInput` when there is none.
    Raises `BadInput` with all mistakes, each with its line, as text and as the field `mistakes`.
    """
    if all(line.lstrip()[:1] in ("", "#") for line in text.splitlines()):
        raise refusal([Mistake(where, 1, 1, "", "the file is empty", _INSTEAD)])
    document = read_document(text, where)
    values = document.value
    if not isinstance(values, dict):
        raise refusal([Mistake(where, *document.place(()), "", "this is no list of authorities", _INSTEAD)])
    found: list[Fault] = []
    file = None
    try:
        file = AuthoritiesFile.model_validate(values)
    except ValidationError as fault:
        found += explained(fault, AuthoritiesFile)
    listed = values.get("authorities")
    entries = [one if isinstance(one, dict) else {} for one in listed] if isinstance(listed, list) else []
    found += _doubled([one.get("name") for one in entries])
    roots = {at: _roots(at, one.get("roots"), files, found) for at, one in enumerate(entries[:MOST])}
    if found or file is None:
        raise refusal(placed(found, document, where))
    return tuple(Authority(one.name, one.url, (roots[at],), one.policy) for at, one in enumerate(file.authorities))


def _doubled(names: Sequence[Any]) -> Iterator[Fault]:
    for at, name in enumerate(names):
        if isinstance(name, str) and name in names[:at]:
            yield ("authorities", at, "name"), f"the name {name[:64]!r} stands twice", "give each a name of its own"


def _roots(at: int, name: Any, files: Callable[[str], bytes], found: list[Fault]) -> bytes:
    """The octets of a file of roots; what is wrong with it goes to `found`, unless that was said already."""
    path = ("authorities", at, "roots")
    if not isinstance(name, str) or any(one[0] == path for one in found):
        return b""
    try:
        pem = files(name)
    except BadInput as fault:
        found.append((path, fault.what, fault.advice))
        return b""
    what = _unfit(pem)
    if what:
        found.append((path, f"the file {name} {what}", "put the authority's root certificate into it, as PEM"))
    return pem


def _unfit(pem: bytes) -> str:
    """What keeps a file from being one of roots; empty for nothing."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        held = load_pem_x509_certificates(pem)
    except ValueError:
        return "holds no PEM certificate that can be read"
    if all(one.issuer != one.subject for one in held):
        who = printable(held[0].subject.rfc4514_string())
        return f"holds no root: another one signed the certificate of {who}"
    return ""


def placed(found: Sequence[Fault], document: Document, where: str) -> list[Mistake]:
    """Mistakes with the places in the file that they are at."""
    mistakes = []
    for path, what, instead in found:
        line, column = document.place(path, of_key=what.startswith("unknown key"))
        mistakes.append(Mistake(where, line, column, shown_path(path), what, instead))
    return mistakes
