# SPDX-License-Identifier: Apache-2.0
"""The head of an HTTP/1.x response: status line and fields, read as browsers read them (RFC 9112 sections 4 and 5).

Guarantees: names and values keep their octets, apart from surrounding white space and folds; every deviation is named
by a word of `framing.FAULTS`; time is linear; nothing raises. Leaves to others: where the head begins and ends, and
what it means.

Lines end at LF, CRLF or a bare CR, and empty ones are skipped, as in Chromium. A line without a colon or a name, and a
continuation of such a line, is left out of the fields.
"""

import re
from collections.abc import Callable

from archiver.exchange import Head

_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_HIGH = bytes(range(0x80, 0x100))
_CONTROLS = bytes(set(range(1, 32)) - set(b"\t\r\n")) + b"\x7f"
_STATUS = re.compile(rb"HTTP/(1\.[01]) ([1-5][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?")
_STATUS_SHAPE = re.compile(rb"HTTP/[^ \t]*(?: [0-9]+(?: [\t\x20-\x7e\x80-\xff]*)?)?")
_STATUS_LOOSE = re.compile(rb"http/([0-9]{1,8}(?:\.[0-9]{1,8})?)?([^ \t]*)[ \t]*([0-9]*)[ \t]*(.*)", re.I | re.S)


def _code_and_reason(line: bytes, fault: Callable[[str], None]) -> tuple[str, int | None, bytes]:
    """Version, code and reason of a status line."""
    if clean := _STATUS.fullmatch(line):
        return clean[1].decode("ascii"), int(clean[2]), clean[3] or b""
    if not _STATUS_SHAPE.fullmatch(line):
        fault("status-line-odd")
    loose = _STATUS_LOOSE.fullmatch(line)
    assert loose is not None, "only called on lines that begin with HTTP/"
    version = loose[1].decode("ascii") if loose[1] and not loose[2] else ""
    if version not in ("1.0", "1.1"):
        fault("version-odd")
    code = int(loose[3]) if len(loose[3]) == 3 else None
    if code is None or not 100 <= code <= 599:
        fault("code-odd")
    return version or "1.0", code, loose[4]


def _unfold(lines: list[bytes], fault: Callable[[str], None]) -> list[bytes]:
    """Field lines with their continuations joined; a continuation of nothing is dropped, as browsers do."""
    joined: list[list[bytes]] = []
    continuable = False
    for line in lines:
        if line[0] in b" \t":
            fault("header-obs-fold")
            if continuable and (more := line.strip(b" \t")):
                joined[-1].append(more)
            continue
        joined.append([line])
        continuable = line.find(b":") > 0
    return [b" ".join([parts[0].rstrip(b" \t"), *parts[1:]]) if parts[1:] else parts[0] for parts in joined]


def parse_head(raw: bytes, start: int, fault: Callable[[str], None]) -> Head:
    """The head whose status line begins at `start` of `raw`, which ends with the empty line."""
    pairs = raw.count(b"\r\n", start)
    if clean := raw.count(b"\n", start) == pairs == raw.count(b"\r", start):
        lines = raw[start:-4].split(b"\r\n")
    else:
        if raw.count(b"\n", start) != pairs:
            fault("header-lf-only")
        if raw.count(b"\r", start) != pairs:
            fault("header-bare-cr")
        lines = [line for line in re.split(rb"[\r\n]+", raw[start:]) if line]
    if b"\0" in raw:
        fault("header-nul")
    if len(raw.translate(None, _CONTROLS)) != len(raw):
        fault("header-control")
    version, code, reason = _code_and_reason(lines[0], fault)
    del lines[0]
    if not raw.isascii() and not all(line.isascii() for line in lines):
        fault("header-non-ascii")
    if not clean or b"\n " in raw or b"\n\t" in raw:
        lines = _unfold(lines, fault)
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not name or name.translate(None, _TOKEN) or not colon:
            if not colon:
                fault("header-no-colon")
                continue
            if not name:
                fault("header-empty-name")
                continue
            if b" " in name or b"\t" in name:
                fault("header-space-in-name")
                name = name.strip(b" \t")
            if name.translate(None, _TOKEN + _HIGH + b" \t"):
                fault("header-name-odd")
        fields.append((name, value.strip(b" \t")))
    return Head(version, code, reason, tuple(fields), len(raw))
