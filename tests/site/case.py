# SPDX-License-Identifier: Apache-2.0
"""What one misbehaviour is called, how it is served, and what the right answer to it is.

The words are those of `manifests.capture.Outcome`, `archiver.exchange.REASONS` and WARC-Truncated (WARC 1.1 section
5.13). A case is judged against `outcome` and `reason`; an answer in `also_ok` is right as well, and then `code`,
`truncated` and the block are not judged. For limits the cases assume: header 1.0 s and 256 KiB, idle 1.0 s, total 4
s, body 1 MiB, twenty interim responses, twenty redirects.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.site.conversation import Conversation

COMPLETE = "captured-complete"
TRUNCATED = "captured-truncated-flagged"
FAILED = "failed-recorded"
REFUSED = "refused-with-reason"

Answer = tuple[str, str | None]

_TRUNCATED_AS = {
    "body-short": "disconnect",
    "chunk-unterminated": "disconnect",
    "chunk-invalid": "unspecified",
    "length-limit": "length",
    "idle-timeout": "time",
    "total-timeout": "time",
}
_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")


def without_interim(sent: bytes) -> bytes:
    """What was sent, without the leading 1xx responses (101 is no interim response: RFC 9110 section 15.2.2)."""
    at = 0
    while found := _INTERIM.match(sent, at):
        at = found.end()
    return sent[at:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One misbehaviour."""

    name: str
    """Its path on the site."""
    family: str
    """http-framing, http-headers, content-coding, redirect-ssrf or content."""
    serve: Callable[[Conversation], None]
    """Writes the answer."""
    outcome: str
    reason: str | None
    also_ok: frozenset[Answer] = frozenset()
    """Other answers that are right."""
    code: int | None
    """The final response's code, or None when there is no response or it has none."""
    also_code: frozenset[int | None] = frozenset()
    """Other readings of a malformed code that are right."""
    block: Callable[[bytes], bytes] | None = None
    """Which of the bytes sent are the response record's block; None for all but leading 1xx responses."""
    expects_block: bool = True
    """Whether there is a response record."""
    prefix: bool = False
    """Whether the engine may stop reading: the block is then any prefix that contains `holds`."""
    holds: bytes = b""
    """Bytes the block must contain whatever else was cut off."""
    truncated: str | None = None
    """The word of WARC-Truncated."""
    closes: bool = True
    """Whether the site itself ends the connection at once; otherwise the answer lasts until the engine leaves."""
    next_outcome: str | None = None
    """What must become of the URL this response leads to; None when nothing may be asked for."""
    next_reason: str | None = None
    next_also_ok: frozenset[tuple[str | None, str | None]] = frozenset()
    """Other fates of that URL that are right."""
    note: str = ""

    def accepts(self, outcome: str, reason: str | None) -> bool:
        """Whether this answer is right."""
        return (outcome, reason) == (self.outcome, self.reason) or (outcome, reason) in self.also_ok

    def accepts_code(self, code: int | None) -> bool:
        """Whether this response code is right."""
        return code == self.code or code in self.also_code

    def accepts_next(self, outcome: str | None, reason: str | None) -> bool:
        """Whether this fate of the URL it leads to is right."""
        return (outcome, reason) == (self.next_outcome, self.next_reason) or (outcome, reason) in self.next_also_ok

    def block_of(self, sent: bytes) -> bytes:
        """The whole block, given all bytes sent."""
        return (self.block or without_interim)(sent)

    def accepts_block(self, sent: bytes, block: bytes | None) -> bool:
        """Whether this is the right response block, or rightly none, given all bytes sent."""
        if not self.expects_block or block is None:
            return not self.expects_block and block is None
        whole = self.block_of(sent)
        return self.holds in block and (whole.startswith(block) if self.prefix else whole == block)


class Family:
    """Makes the cases of one family; each method is one outcome."""

    def __init__(self, name: str) -> None:
        self.name = name

    def complete(
        self,
        name: str,
        serve: Callable[[Conversation], None],
        reason: str | None = None,
        *,
        code: int | None = 200,
        also: Iterable[Answer] = (),
        also_code: Iterable[int | None] = (),
        block: Callable[[bytes], bytes] | None = None,
        prefix: bool = False,
        holds: bytes = b"",
        closes: bool = True,
        leads: Answer | None = None,
        leads_also: Iterable[tuple[str | None, str | None]] = (),
        note: str = "",
    ) -> Case:
        """The response arrives whole as framed; `leads` is the fate of the URL it names, if any."""
        return Case(
            name=name,
            family=self.name,
            serve=serve,
            outcome=COMPLETE,
            reason=reason,
            also_ok=frozenset(also),
            code=code,
            also_code=frozenset(also_code),
            block=block,
            prefix=prefix,
            holds=holds,
            closes=closes,
            next_outcome=leads[0] if leads else None,
            next_reason=leads[1] if leads else None,
            next_also_ok=frozenset(leads_also),
            note=note,
        )

    def cut(
        self,
        name: str,
        serve: Callable[[Conversation], None],
        reason: str,
        *,
        also: Iterable[Answer] = (),
        prefix: bool = False,
        holds: bytes = b"",
        closes: bool = True,
        note: str = "",
    ) -> Case:
        """A usable head arrives, the body not whole; what came is kept."""
        return Case(
            name=name,
            family=self.name,
            serve=serve,
            outcome=TRUNCATED,
            reason=reason,
            also_ok=frozenset(also),
            code=200,
            prefix=prefix,
            holds=holds,
            truncated=_TRUNCATED_AS[reason],
            closes=closes,
            note=note,
        )

    def failed(
        self,
        name: str,
        serve: Callable[[Conversation], None],
        reason: str,
        *,
        also: Iterable[Answer] = (),
        closes: bool = True,
        note: str = "",
    ) -> Case:
        """No usable head arrives."""
        return Case(
            name=name,
            family=self.name,
            serve=serve,
            outcome=FAILED,
            reason=reason,
            also_ok=frozenset(also),
            code=None,
            expects_block=False,
            closes=closes,
            note=note,
        )
