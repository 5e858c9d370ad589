# SPDX-License-Identifier: Apache-2.0
"""The elements of a PREMIS document: text escaped, none where there is nothing to say; how captures and programs are named.

Characters that XML 1.0 (section 2.2) has no place for become U+FFFD.
"""

import re
from html import escape

from archiver.services.provenance.chain import Held
from manifests.agents import Fetcher

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, *content: str) -> str:
    """An element of markup; empty when nothing is in it."""
    inside = "".join(content)
    return f"<{name}>{inside}</{name}>\n" if inside else ""


def text(name: str, content: str | int | None) -> str:
    """An element of text; empty without one."""
    return f"<{name}>{escape(_NOT_XML.sub(chr(0xFFFD), str(content)))}</{name}>\n" if content not in (None, "") else ""


def identifier(name: str, kind: str, value: str, role: str | None = None) -> str:
    """An identifier of any element that has one: its type, its value, and the role of what is linked."""
    return element(
        name,
        text(f"{name}Type", kind),
        text(f"{name}Value", value),
        text(f"{name.removesuffix('Identifier')}Role", role),
    )


def capture_id(held: Held) -> tuple[str, str]:
    """Type and value of a capture's identifier."""
    return "URI", f"urn:uuid:{held.found.capture_id}"


def software_id(program: Fetcher) -> str:
    """What a program is called within a document."""
    return f"software {program.name} {program.version}"
