# SPDX-License-Identifier: Apache-2.0
"""What readers of other makers see in the block of an HTTP record, where the message in it is odd.

Blocks hold what was sent, so some hold no HTTP that such readers know. Three things are said of a block beside it, and are
true only as far as they agree with what is read there: the media type and status of its index line, its payload digest,
and its Content-Type. Written for warcio 1.8 with cdxj-indexer 1.5, and FastWARC 2.0; judged by tests that run them.
Everything here takes the beginning of a block and costs no more than its length.
"""

from collections.abc import Iterator

from archiver.exchange import Head
from archiver.formats.cdxj import media_type

HEAD_LIMIT = 1 << 15
"""Octets of a head that FastWARC reads; a longer one ends its reading of the whole file."""
_LONGEST = 1024
_EMPTY_LINE = b"\r\n\r\n"


def as_indexed(beginning: bytes) -> tuple[str | None, str | None]:
    """Media type and status of a response as cdxj-indexer finds them in its block, each cut at 1,024 characters.

    It takes the first line for a status line and what follows the first space there for the status, whatever it is.
    """
    lines = _lines(beginning)
    first = next(lines, (0, ""))[1]
    if not first:
        return None, None
    status = first.partition(" ")[2].strip().partition(" ")[0]
    fields: list[tuple[str, str]] = []
    continued = continuable = False
    for _, line in lines:
        if not line:
            break
        if line[0] in " \t" and continued:
            if continuable:
                fields[-1] = (fields[-1][0], fields[-1][1] + line)
            continue
        name, colon, value = line.partition(":")
        continued, continuable = True, bool(colon)
        if colon:
            fields.append((name.rstrip(" \t").lower(), value.lstrip()))
    if not status and not fields:
        return None, None
    kind = next((value for name, value in fields if name == "content-type"), None)
    return None if kind is None else (media_type(kind) or "")[:_LONGEST], status[:_LONGEST]


def head_as_indexed(head: Head) -> tuple[str | None, str | None]:
    """What `as_indexed` finds, of a head that was read without any fault."""
    kind = head.get("content-type")
    return None if kind is None else (media_type(kind) or "")[:_LONGEST], str(head.code)


def ends_alike(head: bytes) -> bool:
    """Whether checkers take exactly this head of a block for its head, so that they hash the same payload."""
    if len(head) > HEAD_LIMIT:
        return False
    empty = next((end for end, line in _lines(head) if not line), None)
    return empty == len(head) and head.find(_EMPTY_LINE) + len(_EMPTY_LINE) == len(head)


def http_type(named: str, beginning: bytes, length: int) -> str:
    """The Content-Type `named` for a block of `length` octets, written so that every reader passes over what it cannot parse.

    FastWARC parses what is `application/http` to the letter. Media types are equal in any case (RFC 9110 section 8.3.1), so
    a head too long for it is given the same type with a capital.
    """
    if length <= HEAD_LIMIT or beginning.find(_EMPTY_LINE, 0, HEAD_LIMIT) >= 0:
        return named
    return named[0].upper() + named[1:]


def _lines(beginning: bytes) -> Iterator[tuple[int, str]]:
    """Where each line ends, and its text as warcio decodes and trims it."""
    at = 0
    while at < len(beginning):
        end = beginning.find(b"\n", at) + 1 or len(beginning)
        line = beginning[at:end]
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = line.decode("latin-1")
        yield end, text.rstrip()
        at = end
