# SPDX-License-Identifier: Apache-2.0
"""Rights words that stand on a page without being shown by its markup: in templates, in form fields, in scripts that write.

Each is handed over as a small document of its own, to be read like any page; whose voice it is comes with it. Words that a
script writes have no bytes that read back as they are shown, so none are claimed for them. Bounded in number and in length.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from archiver.extract.markup.document import Document
from archiver.extract.markup.elements import Element
from archiver.extract.markup.evidence import Witness, collapse
from manifests.agents import Evidence, Place
from manifests.rights import Voice

_TELLING = re.compile(
    r"©|&copy|&#169|&#xa9|copyright|licen[sc]|rights? reserved|republi|reprint|reproduc|permission|版权|版權|"
    r"著作権|転載|저작권|права|"
    r"rechte|droits|derechos|direitos|diritti|الحقوق",
    re.IGNORECASE,
)
_NUMBERS = {
    node.tag_id: node.tag or ""
    for node in LexborHTMLParser("<textarea></textarea><template></template>").css("textarea,template")
}
"""The parser's numbers of the elements whose content is not shown."""
_WRITES = "document.write"
_LITERAL = re.compile(r"\"((?:[^\"\\\n]|\\.){1,600})\"|'((?:[^'\\\n]|\\.){1,600})'")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([^\n]))")
_LONGEST, _LONGEST_SCRIPT, _MOST, _MOST_SCRIPTS, _MOST_ELEMENTS = 20_000, 4_000, 4, 100, 50


@dataclass(frozen=True, slots=True)
class Unseen:
    """Text that no reader of the markup is shown."""

    voice: Voice
    page: Document
    """What it would show."""
    css_path: str
    start: int
    end: int
    """Where it stands in the markup of the page; equal where it has no place of its own there."""

    def evidence(self, witness: Witness, words: str) -> Evidence:
        """Evidence for words of it, with their bytes where they stand in the markup as they are shown."""
        text, document = collapse(words), witness.document
        at = document.markup.find(text, self.start, self.end) if self.end > self.start else -1
        first = document.markup.find(text) if at >= 0 else -1
        ranges = document.source.of_markup(text) if at >= 0 and at == first else ()
        return witness.address(text).model_copy(update={"place": Place(css_path=self.css_path, ranges=ranges)})


def pieces(document: Document) -> Iterator[Unseen]:
    """The unseen texts of a page that hold a word of rights: form fields and templates, then scripts."""
    for number, name in _NUMBERS.items():
        if number in document.kinds:
            yield from _elements(document, name)
    yield from _scripts(document, document.table.named("script"))


def _elements(document: Document, name: str) -> Iterator[Unseen]:
    markup, at, told = document.markup, 0, 0
    for node in document.tree.css(name)[:_MOST_ELEMENTS]:
        held = _shown(node.text() or "") if name == "textarea" else (node.html or "")[:_LONGEST].partition(">")[2]
        at = max(at, markup.find(f"<{name}", at))
        end = max(at, markup.find(f"</{name}", at))
        if _TELLING.search(held):
            path = document.css_path(node) or "html"
            yield Unseen(Voice.TEMPLATE, Document(b"", "utf-8", held.removesuffix("</template>")), path, at, end)
            told += 1
            if told >= _MOST:
                return
        at = end


def _shown(held: str) -> str:
    """The markup that a form field holds as text, of which some write every reference escaped once more."""
    held = held[:_LONGEST]
    return unescape(held) if "&lt;" in held else held


def _scripts(document: Document, scripts: Sequence[Element]) -> Iterator[Unseen]:
    told = 0
    for _, node, attributes in scripts[:_MOST_SCRIPTS]:
        if "src" in attributes or "json" in (attributes.get("type") or ""):
            continue
        script = node.text() or ""
        at = script.find(_WRITES)
        if at < 0 or not _TELLING.search(script, at, at + _LONGEST_SCRIPT):
            continue
        written = "".join(
            _ESCAPE.sub(_unescaped, found[1] or found[2])
            for found in _LITERAL.finditer(script, at, at + _LONGEST_SCRIPT)
        )
        told += 1
        path = document.css_path(node) or "html"
        yield Unseen(Voice.SCRIPT, Document(b"", "utf-8", written), path, 0, 0)
        if told >= _MOST:
            return


def _unescaped(found: re.Match[str]) -> str:
    """The character that an escape of ECMAScript (12.9.4) stands for; a line break is a space here."""
    if found[3] is not None:
        return " " if found[3] in "nrt" else found[3]
    character = chr(int(found[1] or found[2], 16))
    return " " if character.isspace() or "\ud800" <= character <= "\udfff" else character
