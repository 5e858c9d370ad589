# SPDX-License-Identifier: Apache-2.0
"""Copyright lines: sign or word, years, holder and reservation, in the languages of `copyright_words`.

Credits of pictures are told apart by the words before the sign, by agency names and by the element they stand in; they come
out as image credits. A holder may stand before the sign, after it, or after the reservation.
"""

import re

from archiver.extract import copyright_words as words
from archiver.extract.document import Block, Document
from archiver.extract.findings import Finding
from archiver.extract.names import trimmed
from archiver.extract.reuse_words import is_restriction
from archiver.extract.zones import Zone, zone_of
from manifests.agents import Confidence
from manifests.rights import NoticeKind

_SPACED = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_HAN_AFTER = re.compile(r"\s{0,2}[:：©]?\s{0,2}(?:归|歸|属于)?([^\s，。；|：、（(]{2,30})")
_HAN_BEFORE = re.compile(r"([^\s，。；|:：、)）]{2,30})\s{0,2}$")
_HAN_BELONGS = re.compile(
    r"(?:版权|版權|著作权|著作權)(?:均|皆|全部)?(?:属于|属|归|歸|為|为)([^，。；]{2,60}?)(?:独家|獨家)?所有(?:使用)?[。]?"
)
_HAN_RESERVED = re.compile(r"(?:版权|版權|著作权|著作權)所有")
_OWNED = re.compile(
    r"\b(?:is|are) copyright(?:ed)?(?: (?:by|of|to|©))? (?P<holder>[^.;|]{2,80})|\bcopyrighted by (?P<other>[^.;|]{2,80})"
)
_THAI = re.compile(r"ถือสิทธิโดย\s*[\"“]?([^\"”\s]{2,60})[\"”]?")
_RESERVED_TO = re.compile(
    r"[\s:–—-]{0,4}(?:لـ?|لدى|ل|to|by|für|pour|para|a|à|©|für|-|–)?[\s\"“«]{0,3}(?P<holder>[^\"”»|©.;\n]{2,60})"
)
_CONTENT_WORDS = re.compile(
    r"\b(?:content|contents|inhalte?|text|texte|design|logo|material|website|site|portions|сайт|contenido|conteúdo|articles?)\b",
    re.IGNORECASE,
)
_PREFIX_CUT = re.compile(r"[.!?|•·¦▪●»…:]\s+|\s[–—-]\s|\s{2,}|[。|]")
_TAIL_CREDIT = re.compile(
    r"\s{0,3}powered by (?!wordpress|newspack|discourse|mediawiki|substack|medium\b|phpbb|vbulletin|zendesk|confluence|hexo|typepad|movable type|weebly|tumblr|gatsby|netlify|github|blogger|drupal|ghost|wix|shopify|joomla|typo3|squarespace|jekyll|hugo|livefyre|disqus)[A-Z][^|.;]{1,40}",
    re.IGNORECASE,
)
_TRADEMARK_TAIL = re.compile(r"\.?\s+(?:all (?:other )?)?trade ?marks? [^.|]{0,90}\.", re.IGNORECASE)
_LICENSE_NAME = re.compile(r"^(?:creative commons|cc[ -]by|gpl|mit\b|some rights)", re.IGNORECASE)
_NOT_HOLDER = re.compile(
    r"^(?:all|alle|todos|tous|tutti|все|the (?:content|site)|theme|designed|powered|website|terms|privacy|contact|impressum|home|info|reserved|notice|information)(?![\w-])",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?:{words.core.pattern})[\s:,–—-]*(?:{words.YEARS})?[\s:,–—-]*")
_MOST_PER_BLOCK = 12
_WINDOW = 220


def read(document: Document, indexes: list[int], publisher_keys: frozenset[str]) -> list[Finding]:
    """Copyright lines and image credits in the blocks named by their indexes."""
    found: list[Finding] = []
    for index in indexes:
        block = _whole_line(document, index)
        here = _in_block(document, block, publisher_keys)
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


def _in_block(document: Document, block: Block, publisher_keys: frozenset[str]) -> list[Finding]:
    text, found, at = block.text, [], 0
    zone: Zone | None = None
    for core in words.core.finditer(text):
        if len(found) >= _MOST_PER_BLOCK:
            break
        if core.start() < at or _is_prose(text, core):
            continue
        around = words.reservation.search(text, max(0, core.start() - 24), core.end() + 24)
        if around and around.start() < core.start() and around.end() > core.end():
            found += _reserved_line(block, around)
            at = found[-1].end - block.start if found else core.end()
            continue
        line = _line(text, core, at, block.edges)
        if line is None:
            continue
        zone = zone or zone_of(document, block, core.start())
        start, end, holder, years = line
        kind, confidence, reason = _judged(text, core, line, zone, publisher_keys, len(text))
        if kind is None:
            continue
        found.append(
            Finding(kind, block.start + start, block.start + end, confidence, reason, holder=holder, years=years)
        )
        at = end
    if not found:
        found += _without_sign(block)
    return found


def _is_prose(text: str, core: re.Match[str]) -> bool:
    """Whether the word copyright stands here as a common noun, or `(c)` as a list's letter."""
    matched = core[0]
    if any(sign in matched for sign in "©ⓒⒸ"):
        return False
    rest = text[core.end() : core.end() + 40]
    if "copyright" in matched.lower():
        if words.not_a_line.match(rest):
            return True
        dated = words.year.match(rest.lstrip(" ,:-")) or core["before"] or re.search(r"\([cC]\)", matched)
        named = re.match(r"\s{0,3}(?:(?:by|of)\s+)?[:|]?\s{0,3}[A-ZÀ-ÞА-Я\"“]", rest)
        led = core.start() == 0 or text[core.start() - 2 : core.start()].strip() in {"", ".", "|", "•", ")", "-", "–"}
        return not (dated or (named and led and matched[0] in "C"))
    if "(" in matched and not re.search(r"저작|著作", matched):
        year = words.year.match(rest.lstrip(" ,:-"))
        return not (year or core["before"] or core.start() == 0)
    return False


_Line = tuple[int, int, str | None, str | None]


def _line(text: str, core: re.Match[str], floor: int, edges: list[int]) -> _Line | None:
    """Start, end, holder and years of the line around a sign."""
    gap = words.after.match(text, core.end())
    begin = gap.end() if gap else core.end()
    stop = min(len(text), begin + _WINDOW)
    holder_end, end = _holder_end(text, begin, stop)
    if len(text[begin:holder_end].split()) > 4:
        edge = next((b for b in edges if begin + 3 < b < holder_end and text[b : b + 1].isupper()), None)
        if edge is not None:
            holder_end = end = edge - (1 if text[edge - 1] == " " else 0)
    raw = text[begin:holder_end]
    found_years = [y for y in (core["before"], gap["years"] if gap else None) if y]
    holder, trailing = _split_years(raw)
    found_years += trailing
    start = core.start()
    tail = words.reservation.match(text, _skip(text, end, " .,;:|–—-•·"))
    if tail:
        end, holder_end = tail.end(), holder_end
        end = _han_tail(text, end)
    second = (
        re.match(
            rf"\s{{0,3}}(?:und|and|et|y|&|/|,)\s{{0,3}}©\s{{0,3}}(?:{words.YEARS})?[^.|©]{{2,60}}", text[end : end + 90]
        )
        if not tail
        else None
    )
    if second:
        end += second.end()
        tail = words.reservation.match(text, _skip(text, end, " .,;:|–—-"))
        abbreviated = re.match(r"\.", text[end : end + 1])
        if tail is None and abbreviated:
            tail = words.reservation.match(text, _skip(text, end + 1, " .,;:|–—-"))
        end = tail.end() if tail else end
    else:
        for extra in (_TAIL_CREDIT, _TRADEMARK_TAIL):
            more = extra.match(text, end)
            if more:
                end = more.end()
                tail = words.reservation.match(text, _skip(text, end, " .,;:|–—-"))
                end = tail.end() if tail else end
    written = holder
    holder = _clean_holder(holder)
    if holder is None and written.strip(" .,;:|–—-") and tail is None and not trailing:
        # What follows is no name: the line ends with its sign and years.
        end = core.end() + len((gap[0] if gap else "").rstrip(" ,:–—-"))
    if text[end : end + 1] == ".":
        end += 1
    prefix_start = _prefix_start(text, start, floor)
    prefix = text[prefix_start:start].strip()
    if holder is None and prefix and len(prefix) <= 90:
        before, own_years = _split_years(
            re.sub(rf"[\s.,|–—-]*(?:{words.RESERVATION})[\s.]*$", "", prefix, flags=re.IGNORECASE)
        )
        candidate = _clean_holder(before)
        if candidate and (candidate[0].isupper() or not candidate[0].isascii()) and len(candidate.split()) <= 9:
            holder, start = candidate, prefix_start
            found_years += own_years
    elif (prefix and len(prefix) <= 70 and _CONTENT_WORDS.search(prefix)) or (
        prefix and words.reservation.fullmatch(prefix.strip(" .,:|-–©"))
    ):
        start = prefix_start
    if holder is None and not found_years and not tail:
        return None
    if holder is None and tail is not None:
        reserved_to = _RESERVED_TO.match(text, tail.end())
        if reserved_to and re.match(r"[\s:–—-]{0,4}(?:لـ?|to |by |für |-|–)", text[tail.end() : tail.end() + 8]):
            holder = _clean_holder(reserved_to["holder"])
            end = reserved_to.end() if holder else end
            end += 1 if holder and text[end : end + 1] in {'"', "”", "»"} else 0
    if _LICENSE_NAME.match(holder or ""):
        holder = None
    return start, end, holder, _years(found_years)


def _holder_end(text: str, begin: int, stop: int) -> tuple[int, int]:
    """Where the holder's name ends, and where the line goes on."""
    at = begin
    while True:
        found = words.ending.search(text, at, stop)
        if not found:
            return (stop, stop) if stop == len(text) else (text.rfind(" ", begin, stop), text.rfind(" ", begin, stop))
        stopped = found[0]
        if stopped[0] == "." and len(stopped) == 1:
            ahead = text[found.end() : found.end() + 30]
            name = text[begin : found.start()]
            if (
                found.end() < len(text)
                and re.search(
                    r"(?:\b(?:Inc|Ltd|Co|Corp|Cie|Bros|Pty|St|Dr|Mr|No|[A-Za-z])|\b(?:[A-Za-z]\.)+[A-Za-z])$", name
                )
                and not words.reservation.match(ahead.lstrip(" ."))
                and not re.match(r"\s+(?:[A-Z][a-z]+ ){2}", ahead)
            ):
                at = found.end()
                continue
        if begin == at and found.start() == begin and re.fullmatch(r"\s*[|•·–—-]\s*", stopped):
            at = begin = found.end()
            continue
        if (
            re.fullmatch(r"\s*[|]\s*", stopped)
            and re.match(r"[A-ZÀ-ÞŚ]\w+", text[found.end() :])
            and len(text) - found.end() < 60
            and _is_acronym(text[begin : found.start()])
        ):
            at = found.end()
            continue
        abbreviation = stopped[0] == "." and re.search(
            r"(?:Inc|Ltd|Co|Corp|a\.s|e\.V|S\.A|S\.L|S\.L\.U|L\.P|L\.L\.C|s\.r\.o|S\.p\.A)$",
            text[begin : found.start()],
        )
        end = found.start() + (1 if abbreviation else 0)
        return end, end


def _is_acronym(name: str) -> bool:
    name = name.strip()
    return 2 <= len(name) <= 8 and name.isupper()


def _skip(text: str, at: int, characters: str) -> int:
    limit = min(len(text), at + 6)
    while at < limit and text[at] in characters:
        at += 1
    return at


def _han_tail(text: str, end: int) -> int:
    found = re.match(r"[.\s]{0,3}[\u3400-\u9fff]{2,12}\s{0,2}(?:版权|版權)所有", text[end : end + 30])
    return end + found.end() if found else end


def _split_years(raw: str) -> tuple[str, list[str]]:
    """A holder's words without the years in them, and the years."""
    found = [match[0] for match in words.years.finditer(raw)]
    if not found:
        return raw, []
    rest = words.years.sub(" ", raw)
    rest = (
        re.sub(r"^[^A-Za-z]*\w{3} \w{3} \d{1,2} \d\d:\d\d:\d\d \w{2,4}\s*", "", rest.strip(" -–"))
        if ":" in rest
        else rest
    )
    return re.sub(r"\(\s*\)|\s+([,.])", r"\1", rest), found


def _clean_holder(raw: str) -> str | None:
    name = trimmed(" ".join(raw.split()))
    name = re.sub(rf"[\s.,;:|–—-]*(?:{words.RESERVATION}).*$", "", name, flags=re.IGNORECASE)
    name = re.sub(r"^(?:by|von|par|of|bei|copyright|©)\s+", "", name, flags=re.IGNORECASE)
    name = re.sub(r"\s*\((?:https?://|www\.)[^)]*\)?$", "", name)
    name = trimmed(name)
    if len(name) > 1 and name[0] in '"“«„' and name[-1] in '"”»“' and not any(q in name[1:-1] for q in '"“«'):
        name = name[1:-1]
    if len(name) < 2 or len(name) > 120 or len(name.split()) > 10 or not any(c.isalpha() for c in name) or _NOT_HOLDER.match(name):
        return None
    return name


def _prefix_start(text: str, start: int, floor: int) -> int:
    """Where the words before a sign begin: after the last separator, or before a reservation that stands there."""
    low = max(floor, start - 120)
    cut = low
    for found in _PREFIX_CUT.finditer(text, low, start):
        kept = text[found.end() : start].strip(" .")
        before = text[cut : found.start() + 1]
        crosses = words.reservation.fullmatch(kept) if kept else words.reservation.search(before)
        if not crosses:
            cut = found.end()
    return cut


def _years(found: list[str]) -> str | None:
    numbers = [int(y) for words_ in found for y in words.year.findall(words_)]
    for span in found:
        short = re.search(rf"({words.YEAR})\s{{0,3}}[-–—/]\s{{0,3}}(\d\d)(?!\d)", span)
        if short:
            numbers.append(int(short[1][:2] + short[2]))
    if not numbers:
        return None
    first, last = min(numbers), max(numbers)
    return str(first) if first == last else f"{first}-{last}"


def _judged(
    text: str, core: re.Match[str], line: _Line, zone: Zone, publisher_keys: frozenset[str], length: int
) -> tuple[NoticeKind | None, Confidence, str]:
    from archiver.extract.hosts import key_of

    start, end, holder, years = line
    said = text[start:end]
    reserved = words.reservation.search(said) is not None
    own = holder is not None and any(k and (k in key_of(holder) or key_of(holder) in k) for k in publisher_keys)
    before = text[max(0, core.start() - 80) : core.start()]
    if words.AGENCY.search(said[core.start() - start if core.start() > start else 0 :][:90]) and not (own or reserved or (years and zone.footer)):
        return NoticeKind.IMAGE_CREDIT, Confidence.MEDIUM, "sign before a picture agency's name"
    if words.CREDIT.search(before) and not (own and zone.footer):
        return NoticeKind.IMAGE_CREDIT, Confidence.MEDIUM, "sign after a credit word"
    if zone.picture and not (reserved or zone.footer):
        return NoticeKind.IMAGE_CREDIT, Confidence.MEDIUM, "sign inside a picture's caption"
    if zone.comment and not zone.footer:
        return None, Confidence.LOW, ""
    if reserved or zone.footer:
        return (
            NoticeKind.COPYRIGHT,
            Confidence.HIGH,
            "sign with a reservation of rights" if reserved else "sign in the footer",
        )
    if years or own:
        reason = ("sign with a year" if years else "sign with the publisher's name") + (", in the article" if zone.prose else "")
        return NoticeKind.COPYRIGHT, Confidence.HIGH if length < 300 else Confidence.MEDIUM, reason
    if zone.prose and length > 200:
        return NoticeKind.IMAGE_CREDIT, Confidence.LOW, "sign without year in running text"
    if not re.search(r"copyright|저작|著作", said, re.I):
        return NoticeKind.IMAGE_CREDIT, Confidence.LOW, "sign with another's name, no year, not in the footer"
    return NoticeKind.COPYRIGHT, Confidence.MEDIUM, "sign with a name"


def _without_sign(block: Block) -> list[Finding]:
    """Lines that claim rights in words alone."""
    text = block.text
    spaced = _SPACED.sub("", text) if re.search(r"[版著] [权權作]", text) else text
    if spaced != text and len(spaced) < 200:
        holder = _HAN_BEFORE.search(spaced[: spaced.find("版权")]) if "版权" in spaced else None
        if holder and _HAN_RESERVED.search(spaced):
            return [
                Finding(
                    NoticeKind.COPYRIGHT,
                    block.start,
                    block.end,
                    Confidence.HIGH,
                    "rights reserved, letter-spaced",
                    holder=holder[1],
                )
            ]
    belongs = _HAN_BELONGS.search(text)
    if belongs:
        start, end = _sentence_around(text, belongs.start(), belongs.end())
        return [
            Finding(
                NoticeKind.COPYRIGHT,
                block.start + start,
                block.start + end,
                Confidence.HIGH,
                "copyright said to belong to",
                holder=belongs[1],
            )
        ]
    han = _HAN_RESERVED.search(text)
    if han:
        return _han_line(block, han)
    thai = _THAI.search(text)
    if thai:
        return [
            Finding(
                NoticeKind.COPYRIGHT,
                block.start,
                block.start + thai.end(),
                Confidence.HIGH,
                "rights held by",
                holder=thai[1],
            )
        ]
    reserved = words.reservation.search(text)
    if reserved and (len(text) < 400 or reserved.start() < 100):
        return _reserved_line(block, reserved)
    owned = _OWNED.search(text) if len(text) < 400 else None
    if owned:
        start, end = _sentence_around(text, owned.start(), owned.end())
        holder_name = _clean_holder(owned["holder"] or owned["other"] or "")
        if holder_name and not re.match(r"(?:material|work|content|and|by its)\b", holder_name):
            return [
                Finding(
                    NoticeKind.COPYRIGHT,
                    block.start + start,
                    block.start + end,
                    Confidence.MEDIUM,
                    "said to be copyrighted by",
                    holder=holder_name,
                )
            ]
    return []


def _han_line(block: Block, han: re.Match[str]) -> list[Finding]:
    text = block.text
    before = _HAN_BEFORE.search(text, max(0, han.start() - 40), han.start())
    following = _HAN_AFTER.match(text, han.end())
    start, end, holder = han.start(), han.end(), None
    if before and text[han.end() : han.end() + 1] not in {":", "："}:
        start, holder = before.start(1), before[1]
    elif following:
        end, holder = following.end(), following[1]
    elif len(text) > 60:
        return []
    return [
        Finding(
            NoticeKind.COPYRIGHT,
            block.start + start,
            block.start + end,
            Confidence.HIGH,
            "rights reserved in words",
            holder=holder,
        )
    ]


def _reserved_line(block: Block, reserved: re.Match[str]) -> list[Finding]:
    text = block.text
    start, end = _prefix_start(text, reserved.start(), 0), reserved.end()
    prefix = text[start : reserved.start()]
    sentence = re.search(
        r"(?:^|[.!?|•]\s+)([^.!?|•]{2,80}?(?:Inc|Ltd|Co|Corp)?)[.,|\s–—-]{0,4}$", text[: reserved.start()]
    )
    raw, found_years = _split_years(prefix if prefix.strip(" .|-–") else (sentence[1] if sentence else ""))
    holder = _clean_holder(raw)
    if sentence and not prefix.strip(" .|-–"):
        start = sentence.start(1)
    if holder is None:
        to = _RESERVED_TO.match(text, reserved.end())
        raw, more = _split_years(to["holder"]) if to else ("", [])
        holder = _clean_holder(raw)
        if to and holder and len(holder) < 60:
            end, found_years = to.end(), found_years + more
            end += 1 if text[end : end + 1] in {'"', "”", "»"} else 0
    if text[end : end + 1] == ".":
        end += 1
    if (holder is None and len(text) > 120) or is_restriction(text[: reserved.start()]):
        return []
    return [
        Finding(
            NoticeKind.COPYRIGHT,
            block.start + start,
            block.start + end,
            Confidence.HIGH,
            "reservation of rights",
            holder=holder,
            years=_years(found_years),
        )
    ]


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    from archiver.extract.sentences import spans

    around = [(a, b) for a, b in spans(text) if a < end and b > start]
    return (around[0][0], around[-1][1]) if around else (start, end)


def _join_following(document: Document, index: int, here: list[Finding]) -> None:
    """A reservation alone on the next line belongs to the line before it."""
    if not here or index + 1 >= len(document.blocks):
        return
    last, block, following = here[-1], document.blocks[index], document.blocks[index + 1]
    if last.kind == NoticeKind.COPYRIGHT and block.end - last.end < 3 and len(following.text) < 24 and _HAN_RESERVED.search(following.text):
        last.end = following.end
    if (
        last.kind != NoticeKind.COPYRIGHT
        or block.end - last.end > 3
        or words.reservation.search(document.text, last.start, last.end)
    ):
        return
    text = following.text
    alone = words.reservation.match(text.lstrip(" .|-–"))
    marks = re.fullmatch(rf"all (?:other )?trade ?marks? [^.|]{{0,90}}\.\s{words.RESERVATION}\.?", text, re.IGNORECASE) if len(text) < 160 else None
    if marks or (alone and len(text) - alone.end() < 6):
        last.end = following.end
