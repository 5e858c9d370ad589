# SPDX-License-Identifier: Apache-2.0
"""Reads XML of strangers, element by element, and says how far it came (XML 1.0, fifth edition).

Guarantees: nothing outside the document is ever read; a document type that declares anything itself is refused, so that
no entity expands; depth, text and the length of one tag are bounded, and what a fault leaves behind was read; nothing
raises. Kinder than the standard where feeds are careless: white space before the declaration, control characters,
bytes outside the encoding, prefixes nobody declared, and the named characters of HTML are taken.

Leaves to others: what elements mean. Names are as written, without the prefix of the root element.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from html.entities import html5
from xml.parsers import expat

MAX_DEPTH = 64
"""Elements open at once."""
MAX_TEXT = 16_384
"""Characters kept of one text; a URL is shorter."""
_PIECE = 1 << 16
_LONGEST_TAG = 1 << 20
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?\sencoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9_.:-]{1,40})[\"']")
_CODECS = re.compile(
    r"utf-?8|us-ascii|iso-8859-\d{1,2}|latin-?1|(?:windows|cp)-?125[0-8]|koi8-[ru]|gb2312|gbk|gb18030|big5|"
    r"shift[_-]jis|euc-(?:jp|kr)|iso-2022-jp"
)


class Stop(Exception):
    """Raised by a reader that has seen enough; its text becomes the fault."""


class XmlReader:
    """Walks one document; subclasses say what happens at each element by `opened` and `closed`."""

    def __init__(self) -> None:
        self.path: list[str] = []
        """Names of the open elements, the root first."""
        self._prefix = ""
        self._text: list[str] | None = None
        self._room = 0
        self._seen = 0

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; it is the last of `path`. May raise `Stop`."""

    def closed(self, name: str) -> None:
        """An element ends; it is still the last of `path`. May raise `Stop`."""

    def keep_text(self) -> None:
        """Keeps the text from here to the next `kept_text`, that of inner elements included."""
        self._text, self._room = [], MAX_TEXT

    def kept_text(self) -> str:
        """The text kept, white space around it left out; empty when none was."""
        kept, self._text = self._text, None
        return "".join(kept).strip() if kept else ""

    def walk(self, pieces: Iterable[bytes]) -> str | None:
        """Reads the document to its end or its first fault; says what the fault was, or None."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        # With a foreign DTD, never read, an unknown entity is skipped and reported instead of ending the document.
        parser.UseForeignDTD(True)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.SkippedEntityHandler = self._skipped
        parser.StartDoctypeDeclHandler = _refuse_declarations
        fed = 0
        try:
            for piece in _utf8(pieces):
                before = self._seen
                parser.Parse(piece, False)
                # A tag that goes on and on is read again with every piece.
                fed = fed + len(piece) if self._seen == before else 0
                if fed > _LONGEST_TAG:
                    return f"a tag is longer than {_LONGEST_TAG} octets"
            parser.Parse(b"", True)
        except Stop as stop:
            return str(stop)
        except expat.ExpatError as error:
            return f"not well-formed XML: {error}"
        return None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._seen += 1
        if not self.path:
            self._prefix = name[: name.find(":") + 1]
        if len(self.path) >= MAX_DEPTH:
            raise Stop(f"more than {MAX_DEPTH} elements within each other")
        name = name.removeprefix(self._prefix)
        self.path.append(name)
        self.opened(name, attributes)

    def _end(self, _: str) -> None:
        self._seen += 1
        self.closed(self.path[-1])
        self.path.pop()

    def _characters(self, text: str) -> None:
        self._seen += 1
        if self._text is not None and self._room > 0:
            self._text.append(text[: self._room])
            self._room -= len(text)

    def _skipped(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            self._characters(html5.get(f"{name};", ""))


def _refuse_declarations(_name: str, _system: str | None, _public: str | None, own_declarations: bool) -> None:
    if own_declarations:
        raise Stop("the document type declares entities or attributes of its own")


def _utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The document as UTF-8 without what XML forbids, in small pieces."""
    source = (piece[at : at + _PIECE] for piece in pieces for at in range(0, len(piece), _PIECE))
    head = b""
    for piece in source:
        head += piece
        if len(head) > 1024:
            break
    codec = _codec(head)
    decoder = codecs.getincrementaldecoder(codec)("replace")
    text = decoder.decode(head).lstrip("\ufeff \t\r\n")
    yield text.encode("utf-8", "replace").translate(None, _CONTROLS)
    for piece in source:
        yield decoder.decode(piece).encode("utf-8", "replace").translate(None, _CONTROLS)


def _codec(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = _DECLARED.search(head[:512])
    name = declared[1].decode("ascii").lower() if declared and not head.startswith(codecs.BOM_UTF8) else "utf-8"
    if not _CODECS.fullmatch(name):
        return "utf-8"
    try:
        return codecs.lookup(name.replace("gb2312", "gb18030")).name
    except LookupError:
        return "utf-8"
