# SPDX-License-Identifier: Apache-2.0
"""One capture as it is compared: what is known of it, and the part of its text that counts.

The text is the extractor's, in its blocks: what scripts add is not in it, and CSS is not applied. Without a selector to
watch, navigation, page headers, footers and asides are left out, unless nothing else has words.
"""

from dataclasses import dataclass
from functools import cached_property

from selectolax.lexbor import LexborNode

from archiver.extract.markup import charset, media
from archiver.extract.markup.document import Document, ancestors
from manifests.capture import CaptureManifest, Claims, Outcome

MAX_ENTITY = 4 << 20
"""Octets of an entity that are read, as by the extractor."""
_AROUND_THE_TEXT = (
    "nav, aside, footer, body > header, [role=navigation], [role=complementary], [role=contentinfo], [role=banner], "
    "[role=search]"
)
_GONE = (404, 410)


@dataclass(frozen=True)
class PageText:
    """A capture to compare: its manifest and its entity, the content coding undone."""

    manifest: CaptureManifest
    entity: bytes | None = None
    """None when it is not held or was not read; then nothing in it is compared."""
    headers: tuple[tuple[str, str], ...] | None = None
    """As they were sent, with which the entity is read; None for those that the manifest has."""
    newer: Claims | None = None
    """Claims that a newer extractor read, where the archive holds some."""

    @property
    def held(self) -> bool:
        """Whether it shows the page: a 2xx answer, whole, or cut by a limit of ours that cuts it alike each time."""
        seen = self.manifest.observation
        whole = seen.outcome is Outcome.CAPTURED_COMPLETE or seen.reason == "length-limit"
        return whole and self.code is not None and 200 <= self.code < 300

    @property
    def gone(self) -> str | None:
        """Why there is no page at its URL, in a few words; None when there may be one. A 5xx says nothing of the page."""
        seen = self.manifest.observation
        if seen.outcome is Outcome.FAILED:
            return f"no answer: {seen.reason}"
        if self.code in _GONE:
            return f"answered {self.code}"
        if self.code in (301, 308) and seen.response is not None:
            where = next((value for name, value in seen.response.headers if name.lower() == "location"), "another URL")
            return f"moved to {where[:2000]}"
        return None

    @property
    def code(self) -> int | None:
        """The status code of its response."""
        response = self.manifest.observation.response
        return response.code if response else None

    @property
    def content_type(self) -> str | None:
        """As its header has it."""
        return next((value for name, value in self.sent if name.lower() == "content-type"), None)

    @property
    def sent(self) -> tuple[tuple[str, str], ...]:
        """The headers of its response, as far as they are known."""
        if self.headers is not None:
            return self.headers
        response = self.manifest.observation.response
        return response.headers if response else ()

    @property
    def claims(self) -> Claims | None:
        """What was read of it, by the newest extractor that did; None when there was nothing to read."""
        return self.newer or self.manifest.claims

    @property
    def extractor(self) -> str | None:
        """Name and version of what read its claims."""
        return f"{self.claims.extractor.name}/{self.claims.extractor.version}" if self.claims else None

    @property
    def suspected(self) -> tuple[str, ...]:
        """Signs that this is not what was meant to be captured."""
        return tuple(dict.fromkeys(one.sign for one in self.claims.suspected)) if self.claims else ()

    @cached_property
    def main_text(self) -> str | None:
        """The words that count when nothing is watched or ignored, made once."""
        return self.text()

    def text(self, watch: str | None = None, ignore: str | None = None) -> str | None:
        """The words that count, a line a block; None when the entity is no text, or is not there.

        `watch` and `ignore` are CSS selectors: only words inside, and none inside.
        """
        if self.entity is None:
            return None
        entity = self.entity[:MAX_ENTITY]
        kind = media.detect(entity, self.content_type)
        if media.reads_as_page(kind, self.content_type):
            document = self._document
            if watch is not None:
                return _inside(document, watch, ignore)
            main = _inside(document, None, _AROUND_THE_TEXT)
            if not main or ignore is None:
                return main or _inside(document, None, ignore)
            return _inside(document, None, f"{_AROUND_THE_TEXT}, {ignore}")
        if not entity or media.reads_as_text(kind, self.content_type):
            return charset.decode(entity, charset.detect(entity, self.content_type))
        return None

    @cached_property
    def _document(self) -> Document:
        entity = (self.entity or b"")[:MAX_ENTITY]
        codec = charset.detect(entity, self.content_type)
        return Document(entity, codec, charset.decode(entity, codec))


def _inside(document: Document, watch: str | None, ignore: str | None) -> str:
    """Text of the blocks inside `watch`, or of all, without what stands inside `ignore`."""
    watched = {node.mem_id: True for node in document.tree.css(watch)} if watch else {}
    left_out = {node.mem_id: True for node in document.tree.css(ignore)} if ignore else {}
    lines = []
    for block in document.blocks:
        kept = (
            raw if (watch is None or _within(node, watched)) and not (left_out and _within(node, left_out)) else " "
            for raw, node in block.pieces
        )
        if line := " ".join("".join(kept).split()):
            lines.append(line)
    return "\n".join(lines)


def _within(node: LexborNode, known: dict[int, bool]) -> bool:
    """Whether a text node stands in one of the elements that are `known` to be in; keeps what it learns of others."""
    passed: list[int] = []
    found = False
    for element in ancestors(node):
        verdict = known.get(element.mem_id)
        if verdict is not None:
            found = verdict
            break
        passed.append(element.mem_id)
    known.update(dict.fromkeys(passed, found))
    return found
