# SPDX-License-Identifier: Apache-2.0
"""Copyright lines in the visible text, in the languages of `copyright_words`.

Credits of pictures are told apart by the words before the sign, by agency names and by the element they stand in; they come
out as image credits. Lines of readers, of embedded posts and of whoever made the theme come out in their voice.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from archiver.extract.markup.document import Block, Document
from archiver.extract.markup.zones import Zone, zone_of
from archiver.extract.origin.hosts import key_of
from archiver.extract.rights import copyright_words as words
from archiver.extract.rights.copyright_line import EdgesNeeded, Line, line
from archiver.extract.rights.copyright_unsigned import han_reserved, reserved_line, without_sign
from archiver.extract.rights.findings import Finding
from manifests.agents import Confidence
from manifests.rights import NoticeKind, Voice

_BARE = re.compile(rf"(?:{words.core.pattern})[\s:,–—-]*(?:{words.YEARS})?[\s:,–—-]*")
_MAKER = re.compile(
    r"\b(theme|template|skin|software|plugin|engine|layout)\b[\s:®™]{0,3}(?:by\s)?\W{0,3}$", re.IGNORECASE
)
_POWERED = re.compile(r"\bpowered by\s(\w+)[^|©]{0,40}$", re.IGNORECASE)
"""Words before the sign by which the line is that of whoever made the theme or the program."""
_OPENING = "“„«「『‘‚"
_BEFORE_QUOTED = " " + _OPENING
_SAID_OF_IT = re.compile(rf"[\s:,–-]{{0,4}}{words.YEAR}\s(?:was|is|were|are|had|has|became|took)\b")
_GOES_ON = re.compile(r"\s{0,3}(?!by\b|von\b|par\b|por\b|to\b|für\b|pour\b|para\b|worldwide\b)[a-zà-ÿ]")
"""What follows a reservation that is part of a sentence about something else."""
_OF_A_WORD = re.compile(r"(?!by\b)[a-z]+ [a-z]")
_BLANK_LINE = re.compile(r"\n[ \t\r]{0,80}\n")
_MOST_PER_BLOCK = 12
_MOST_SIGNS = 300
"""Signs of one block that are looked at: of a block that holds more, no line of a publisher is expected."""
_MOST_TRIED = 2000
"""Signs of one page at which a line is tried."""
_LONGEST_KEPT = 500


def read(document: Document, indexes: list[int], publisher_keys: frozenset[str]) -> list[Finding]:
    """Copyright lines and image credits in the blocks named by their indexes."""
    found: list[Finding] = []
    left = iter(range(_MOST_TRIED))
    for index in indexes:
        if _is_list_letter(document, index):
            continue
        block = _whole_line(document, index)
        here = _in_block(document, block, publisher_keys, left)
        _join_following(document, index, here)
        found += here
    return found


def _whole_line(document: Document, index: int) -> Block:
    """The block, or with its followers when it holds a sign and no more."""
    block = document.blocks[index]
    if len(block.text) > 24 or not re.search(r"[©ⓒ]|\d{4}", block.text) or not _BARE.fullmatch(block.text):
        return block
    last = block
    for following in document.blocks[index + 1 : index + 3]:
        if len(following.text) > 90:
            break
        last = following
        if not words.years.fullmatch(following.text.strip(" ,-–")):
            break
    text = document.text[block.start : last.end].replace("\n", " ")
    return Block(text, block.start, block.pieces)


def _in_block(document: Document, block: Block, publisher_keys: frozenset[str], left: Iterator[int]) -> list[Finding]:
    text, at = block.text, 0
    found: list[Finding] = []
    zone: Zone | None = None
    for core in _signs(text):
        if len(found) >= _MOST_PER_BLOCK or next(left, None) is None:
            break
        if core.start < at:
            continue
        around = words.reservation.search(text, max(0, core.start - 24), core.end + 24)
        if around and around.start() < core.start and around.end() > core.end:
            found += reserved_line(block, around)
            at = found[-1].end - block.start if found else core.end
            continue
        found_line = _line(block, core, at)
        if found_line is None:
            continue
        zone = zone or zone_of(document, block, core.start)
        start, end, holder, years = found_line
        if zone.citation or _is_quoted(text, start):
            at = end
            continue
        kind, confidence, reason = _judged(text, core, found_line, zone, publisher_keys)
        if kind is None:
            continue
        voice = None
        if kind == NoticeKind.COPYRIGHT and (zone.widget or core.start > 4) and not _is_own(holder, publisher_keys):
            boxed = zone.widget and not zone.footer and holder is not None
            made = holder is not None and _is_makers(text, core.start, holder)
            voice = Voice.THIRD_PARTY if boxed or made else None
        found.append(
            Finding(
                kind, block.start + start, block.start + end, confidence, reason, holder=holder, years=years, zone=zone,
                voice=voice,
            )
        )  # fmt: skip
        at = end
    if not found:
        unsigned = without_sign(block)
        zone = zone_of(document, block) if unsigned else None
        if zone is not None and not zone.citation:
            found += [one for one in unsigned if zone.footer or not _in_a_sentence(text, one.start - block.start)]
    return found


def _is_quoted(text: str, start: int) -> bool:
    """Whether a line is quoted by the sentence around it."""
    before = text[max(0, start - 2) : start].strip()
    return bool(before) and before[-1] in _OPENING and bool(text[max(0, start - 400) : start - 1].strip(_BEFORE_QUOTED))


def _is_makers(text: str, sign: int, holder: str) -> bool:
    """Whether a line credits the maker of the theme or of the software: its name is no part of the words before the sign."""
    made = _MAKER.search(text, max(0, sign - 40), sign)
    if made:
        return made[1].lower() not in holder.lower()
    powered = _POWERED.search(text, max(0, sign - 80), sign)
    return powered is not None and key_of(powered[1]) in key_of(holder)


def _in_a_sentence(text: str, start: int) -> bool:
    """Whether a reservation of rights without a sign is quoted, or part of a sentence that goes on."""
    reserved = words.reservation.search(text)
    return _is_quoted(text, start) or (reserved is not None and _GOES_ON.match(text, reserved.end()) is not None)


def _is_own(holder: str | None, publisher_keys: frozenset[str]) -> bool:
    """Whether a holder's name and one of the publisher's hold one another."""
    key = key_of(holder) if holder is not None else ""
    return bool(key) and any(k and (k in key or key in k) for k in publisher_keys)


def _signs(text: str) -> Iterable[words.Sign]:
    """The signs of a text that begin a line, in order."""
    return _kept_signs(text) if len(text) <= _LONGEST_KEPT else _told_signs(text)


def _told_signs(text: str) -> Iterator[words.Sign]:
    return (core for core in islice(words.signs(text), _MOST_SIGNS) if not _is_prose(text, core))


@lru_cache(maxsize=1024)
def _kept_signs(text: str) -> tuple[words.Sign, ...]:
    return tuple(_told_signs(text))


def _line(block: Block, core: words.Sign, floor: int) -> Line | None:
    known = len(block.text) <= _LONGEST_KEPT
    try:
        return _kept_line(block.text, core, floor, None) if known else line(block.text, core, floor, None)
    except EdgesNeeded:
        edges = tuple(sorted({*block.edges, *_after_blank_lines(block)}))
    return _kept_line(block.text, core, floor, edges) if known else line(block.text, core, floor, edges)


_kept_line = lru_cache(maxsize=1024)(line)


def _after_blank_lines(block: Block) -> Iterator[int]:
    """Offsets in a block's text at which words follow a blank line of the markup, as in preformatted text."""
    at = 0
    for raw, _ in block.pieces[:20]:
        for part in _BLANK_LINE.split(raw[:20_000]):
            words_of_part = " ".join(part.split())
            found = block.text.find(words_of_part, at) if words_of_part else -1
            if found >= 0:
                yield found
                at = found + len(words_of_part)


def _is_prose(text: str, core: words.Sign) -> bool:
    """Whether the word copyright stands here as a common noun, or `(c)` as a list's letter."""
    matched = core.words
    rest = text[core.end : core.end + 40]
    if any(sign in matched for sign in "©ⓒⒸ"):
        return core.start > 0 and _is_ornament(rest)
    if "copyright" in matched.lower():
        if words.not_a_line.match(rest) or _SAID_OF_IT.match(rest):
            return True
        dated = words.year.match(rest.lstrip(" ,:-")) or core.before or re.search(r"\([cC]\)", matched)
        named = re.match(r"\s{0,3}(?:(?:by|of)\s+)?[:|]?\s{0,3}[A-ZÀ-ÞА-Я\"“]", rest)
        led = core.start == 0 or text[core.start - 2 : core.start].strip() in {"", ".", "|", "•", ")", "-", "–"}
        return not (dated or (named and led and matched[0] in "C"))
    if "(" in matched and not re.search(r"저작|著作", matched):
        year = words.year.match(rest.lstrip(" ,:-"))
        return not (year or core.before or core.start == 0)
    return False


def _is_ornament(rest: str) -> bool:
    """Whether a sign stands for a picture of itself or for the letter c, by what follows it."""
    if rest[:1] == "\ufe0f":
        return not (rest[1:2].isspace() or rest[1:2].isdigit())
    return _OF_A_WORD.match(rest) is not None and not (words.AGENCY.match(rest) or words.year.search(rest))


def _is_list_letter(document: Document, index: int) -> bool:
    """Whether `(c)` begins the third item of a list."""
    text = document.lines[index]
    if text[:3].lower() not in {"(c)", "(с)"} or index < 1:
        return False
    around = (document.lines[index - 1], document.lines[index + 1] if index + 1 < len(document.lines) else "")
    return around[0][:3].lower() in {"(b)", "(б)"} or around[1][:3].lower() in {"(d)", "(г)", "(д)"}


def _judged(
    text: str, core: words.Sign, told: Line, zone: Zone, publisher_keys: frozenset[str]
) -> tuple[NoticeKind | None, Confidence, str]:
    start, end, holder, years = told
    said, length = text[start:end], len(text)
    reserved = words.reservation.search(said) is not None
    own = _is_own(holder, publisher_keys)
    before = text[max(0, core.start - 80) : core.start]
    if not (own or reserved or (years and zone.footer)) and words.AGENCY.search(
        said[core.start - start if core.start > start else 0 :][:90]
    ):
        return NoticeKind.IMAGE_CREDIT, Confidence.MEDIUM, "sign before a picture agency's name"
    if before and not (own and zone.footer) and words.CREDIT.search(before):
        return NoticeKind.IMAGE_CREDIT, Confidence.MEDIUM, "sign after a credit word"
    if (zone.picture and not (reserved or zone.footer)) or (zone.figure and not reserved):
        return NoticeKind.IMAGE_CREDIT, Confidence.MEDIUM, "sign inside a picture's caption"
    if reserved or zone.footer:
        return (
            NoticeKind.COPYRIGHT,
            Confidence.HIGH,
            "sign with a reservation of rights" if reserved else "sign in the footer",
        )
    if years or own:
        reason = ("sign with a year" if years else "sign with the publisher's name") + (
            ", in the article" if zone.prose else ""
        )
        return NoticeKind.COPYRIGHT, Confidence.HIGH if length < 300 else Confidence.MEDIUM, reason
    if zone.prose and length > 200:
        return NoticeKind.IMAGE_CREDIT, Confidence.LOW, "sign without year in running text"
    if not re.search(r"copyright|저작|著作", said, re.I):
        return NoticeKind.IMAGE_CREDIT, Confidence.LOW, "sign with another's name, no year, not in the footer"
    return NoticeKind.COPYRIGHT, Confidence.MEDIUM, "sign with a name"


def _join_following(document: Document, index: int, here: list[Finding]) -> None:
    """A reservation alone on the next line belongs to the line before it."""
    if not here or index + 1 >= len(document.blocks):
        return
    last, block, following = here[-1], document.blocks[index], document.blocks[index + 1]
    if (
        last.kind == NoticeKind.COPYRIGHT
        and block.end - last.end < 3
        and len(following.text) < 24
        and han_reserved.search(following.text)
    ):
        last.end = following.end
    if (
        last.kind != NoticeKind.COPYRIGHT
        or block.end - last.end > 3
        or words.reservation.search(document.text[last.start : last.end])
    ):
        return
    text = following.text
    alone = words.reservation.match(text.lstrip(" .|-–"))
    marks = words.after_marks.fullmatch(text) if len(text) < 160 else None
    if marks or (alone and len(text) - alone.end() < 6):
        last.end = following.end
