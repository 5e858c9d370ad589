# SPDX-License-Identifier: Apache-2.0
"""The grammar of one copyright line: where it begins and ends, its holder and its years.

The holder may stand after the sign, before it, or after the reservation; years on either side of the sign or of the holder.
"""

import re

from archiver.extract.origin.names import trimmed
from archiver.extract.rights import copyright_words as words

reserved_to = re.compile(
    r"[\s:–—-]{0,4}(?:لـ?|لدى|ل|to|by|für|pour|para|a|à|©|-|–)?[\s\"“«]{0,3}(?P<holder>[^\"”»|©.;\n]{2,60})"
)
"""To whom rights are reserved, after the reservation."""
_CONTENT_WORDS = re.compile(
    (
        r"\b(?:content|contents|inhalte?|text|texte|design|logo|material|website|site|portions|сайт|contenido|"
        r"conteúdo|articles?)\b"
    ),
    re.IGNORECASE,
)
_PREFIX_CUT = re.compile(r"[.!?|•·¦▪●»…:]\s+|\s[–—-]\s|\s{2,}|[。|]")
_TAIL_CREDIT = re.compile(
    (
        r"\s{0,3}powered by (?!wordpress|newspack|discourse|mediawiki|substack|medium\b|phpbb|vbulletin|"
        r"zendesk|confluence|hexo|typepad|movable type|weebly|tumblr|gatsby|netlify|github|blogger|drupal|"
        r"ghost|wix|shopify|joomla|typo3|squarespace|jekyll|hugo|livefyre|disqus)[A-Z][^|.;]{1,40}"
    ),
    re.IGNORECASE,
)
_TRADEMARK_TAIL = re.compile(r"\.?\s+(?:all (?:other )?)?trade ?marks? [^.|]{0,90}\.", re.IGNORECASE)
_LICENSE_NAME = re.compile(r"^(?:creative commons|cc[ -]by|gpl|mit licen[sc]e|(?-i:mit)\b|some rights)", re.IGNORECASE)
_NOT_HOLDER = re.compile(
    (
        r"^(?:all|alle|todos|tous|tutti|все|the (?:content|site)|theme|designed|powered|website|terms|privacy|"
        r"contact|impressum|home|info|(?:rights )?reserved|notice|information)(?![\w-])"
    ),
    re.IGNORECASE,
)
_LED = re.compile(r"^(?:by|von|par|of|bei|copyright|©|\(c\))\s+", re.IGNORECASE)
_ADDRESS = re.compile(r"\s*\((?:https?://|www\.)[^)]*\)?$")
_CROWN = re.compile(r"^((?:The )?Crown) copyright$", re.IGNORECASE)
_CLOSED = re.compile(r"\b(?:Inc|Ltd|Co|Corp)$")
_WINDOW = 220

Line = tuple[int, int, str | None, str | None]
"""Start, end, holder, years."""


class EdgesNeeded(Exception):
    """A line is so long that where its elements begin decides where it ends."""


def line(text: str, core: words.Sign, floor: int, edges: tuple[int, ...] | None) -> Line | None:
    """Start, end, holder and years of the line around a sign.

    `edges` are the offsets at which the words of another element begin; without them the long lines raise `EdgesNeeded`.
    """
    gap = words.after.match(text, core.end)
    begin = gap.end() if gap else core.end
    stop = min(len(text), begin + _WINDOW)
    holder_end, end = _holder_end(text, begin, stop)
    if len(text[begin:holder_end].split()) > 4 and not words.reservation.match(text, skip(text, end, " .,;:|–—-•·।")):
        if edges is None:
            raise EdgesNeeded
        edge = next((b for b in edges if begin + 3 < b < holder_end and text[b : b + 1].isupper()), None)
        if edge is not None:
            holder_end = end = edge - (1 if text[edge - 1] == " " else 0)
    raw = text[begin:holder_end]
    found_years = [y for y in (core.before, gap["years"] if gap else None) if y]
    written, trailing = split_years(raw)
    found_years += trailing
    start = core.start
    tail = words.reservation.match(text, skip(text, end, " .,;:|–—-•·।"))
    if tail:
        end = _han_tail(text, tail.end())
    second = (
        re.match(
            rf"\s{{0,3}}(?:und|and|et|y|&|/|,)\s{{0,3}}©\s{{0,3}}(?:{words.YEARS})?[^.|©]{{2,60}}", text[end : end + 90]
        )
        if not tail
        else None
    )
    if second:
        end += second.end()
        tail = words.reservation.match(text, skip(text, end, " .,;:|–—-"))
        end = tail.end() if tail else end
    else:
        for extra in (_TAIL_CREDIT, _TRADEMARK_TAIL):
            more = extra.match(text, end)
            following = words.reservation.match(text, skip(text, more.end(), " .,;:|–—-")) if more else None
            if more and (following or extra is _TAIL_CREDIT):
                tail = following
                end = following.end() if following else more.end()
    holder = clean_holder(written)
    if holder is None and written.strip(" .,;:|–—-") and tail is None and not trailing:
        # What follows is no name: the line ends with its sign and years.
        end = core.end + len((gap[0] if gap else "").rstrip(" ,:–—-"))
    if text[end : end + 1] in {".", "।"}:
        end += 1
    before_start = prefix_start(text, start, floor)
    prefix = text[before_start:start].strip()
    if holder is None and prefix and len(prefix) <= 90:
        before, own_years = split_years(words.reservation_at_end.sub("", prefix))
        candidate = clean_holder(before)
        if candidate and (candidate[0].isupper() or not candidate[0].isascii()) and len(candidate.split()) <= 9:
            holder, start = candidate, before_start
            found_years += own_years
    elif (prefix and len(prefix) <= 70 and _CONTENT_WORDS.search(prefix)) or (
        prefix and words.reservation.fullmatch(prefix.strip(" .,:|-–©"))
    ):
        start = before_start
    if holder is None and not found_years and not tail:
        return None
    if holder is None and tail is not None:
        to = reserved_to.match(text, tail.end())
        if to and re.match(r"[\s:–—-]{0,4}(?:لـ?|to |by |für |-|–)", text[tail.end() : tail.end() + 8]):
            holder = clean_holder(to["holder"])
            end = to.end() if holder else end
            end += 1 if holder and text[end : end + 1] in {'"', "”", "»"} else 0
            end += 1 if holder and text[end : end + 1] == "." else 0
    if _LICENSE_NAME.match(holder or ""):
        holder = None
    return start, end, holder, years_of(found_years)


def _holder_end(text: str, begin: int, stop: int) -> tuple[int, int]:
    """Where the holder's name ends, and where the line goes on."""
    at = begin
    while True:
        found = words.ending.search(text, at, stop)
        if not found:
            cut = text.rfind(" ", begin, stop) if stop < len(text) else stop
            return (stop, stop) if cut < 0 else (cut, cut)
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
                and not (_CLOSED.search(name) and re.match(r"\s+[A-Z][a-z]+ (?!and|of|for|de)[a-z]", ahead))
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
            r"(?:Inc|Ltd|Co|Corp|a\.s|e\.V|S\.A|S\.L|S\.L\.U|L\.P|L\.L\.C|s\.r\.o|S\.p\.A|B\.V|N\.V|S\.A\.S|S\.r\.l|A\.Ş|o\.o)$",
            text[begin : found.start()],
        )
        end = found.start() + (1 if abbreviation else 0)
        return end, end


def _is_acronym(name: str) -> bool:
    name = name.strip()
    return 2 <= len(name) <= 8 and name.isupper()


def skip(text: str, at: int, characters: str) -> int:
    limit = min(len(text), at + 6)
    while at < limit and text[at] in characters:
        at += 1
    return at


def _han_tail(text: str, end: int) -> int:
    found = re.match(r"[.\s]{0,3}[\u3400-\u9fff]{2,12}\s{0,2}(?:版权|版權)所有", text[end : end + 30])
    return end + found.end() if found else end


def split_years(raw: str) -> tuple[str, list[str]]:
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


def clean_holder(raw: str) -> str | None:
    name = trimmed(" ".join(raw.split()))
    name = words.reservation_and_rest.sub("", name)
    name = _CROWN.sub(r"\1", _LED.sub("", name))
    if "(" in name:
        name = _ADDRESS.sub("", name)
    name = trimmed(name)
    if len(name) > 1 and name[0] in '"“«„' and name[-1] in '"”»“' and not any(q in name[1:-1] for q in '"“«'):
        name = name[1:-1]
    if (
        len(name) < 2
        or len(name) > 120
        or len(name.split()) > 10
        or not any(c.isalpha() for c in name)
        or _NOT_HOLDER.match(name)
    ):
        return None
    return name


def prefix_start(text: str, start: int, floor: int) -> int:
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


def years_of(found: list[str]) -> str | None:
    numbers = [int(y) for words_ in found for y in words.year.findall(words_)]
    for span in found:
        short = re.search(rf"({words.YEAR})\s{{0,3}}[-–—/]\s{{0,3}}(\d\d)(?!\d)", span)
        if short:
            numbers.append(int(short[1][:2] + short[2]))
    if not numbers:
        return None
    first, last = min(numbers), max(numbers)
    return str(first) if first == last else f"{first}-{last}"
