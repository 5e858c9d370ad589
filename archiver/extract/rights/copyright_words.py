# SPDX-License-Identifier: Apache-2.0
"""The words of copyright lines in the languages of the web: signs, years, reservations, and what ends a holder's name."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from archiver.extract.markup.folding import Gates

YEAR = r"(?<![\d.])(?:19[5-9]\d|20[0-4]\d)(?![\d])"
YEARS = (
    rf"{YEAR}(?:\s{{0,3}}(?:[-–—‑~/,&]|to|bis|au|до|until|and|y|и)\s{{0,3}}(?:{YEAR}|\d\d(?!\d)|[Pp]resent|"
    rf"[Hh]eute|[Nn]ow|[Cc]urrent)){{0,6}}"
)
"""A year, a range or a list of them."""

SIGN = r"(?:©|ⓒ|Ⓒ|\([cCсС]\)(?=\s{0,3}(?:\d{4}|[A-ZÀ-ÞА-Я|©])))"
WORD = (
    r"(?:[Cc]opyrights?|COPYRIGHTS?|[Cc]opyleft|저작권자?|著作権|Urheberrecht(?=\s{0,2}[:©])|Авторские "
    r"права(?=\s{0,2}[:©]))"
)

_RESERVATIONS = (
    ("all right", "en", r"all rights? (?:are |is )?reserved(?: worldwide)?"),
    ("some rights reserved", "en", r"some rights reserved"),
    (
        "alle rechte ",
        "de",
        r"alle rechte(?: bleiben)? (?:vorbehalten|beim? (?:autor(?:en)?|verlag|urheber|den autoren|herausgeber))",
    ),
    ("droits", "fr", r"tous (?:les )?droits (?:de reproduction )?(?:sont )?r[ée]serv[ée]s"),
    ("derechos reservados", "es", r"(?:todos )?(?:los )?derechos reservados"),
    ("reservados todos los derechos", "es", r"reservados todos los derechos"),
    ("direitos reservados", "pt", r"todos os direitos reservados"),
    ("tutti i diritti", "it", r"tutti i diritti(?: sono)? riservati"),
    ("alle rechten voorbehouden", "nl", r"alle rechten voorbehouden"),
    ("все права ", "ru", r"все права (?:защищены|сохранены|принадлежат)"),
    ("всі права |усі права ", "uk", r"(?:всі|усі) права (?:захищен[оі]|застережен[оі])"),
    ("всички права запазени", "bg", r"всички права запазени"),
    ("prawa zastrze", "pl", r"(?:wszystkie|wszelkie) prawa zastrze[żz]one"),
    ("echna pr", "cs", r"v[šs]echna pr[áa]va vyhrazena"),
    ("etky pr", "sk", r"v[šs]etky pr[áa]va vyhraden[ée]"),
    ("m haklari saklidir", "tr", r"t[üu]m hakları saklıdır"),
    ("minden jog fenntartva", "hu", r"minden jog fenntartva"),
    ("kaikki oikeudet pid", "fi", r"kaikki oikeudet pid[äa]tet[äa][äa]n"),
    ("ttigheter ", "sv", r"alla r[äa]ttigheter (?:f[öo]rbeh[åa]lls|reserverade)"),
    ("alle rettigheder forbeholdes", "da", r"alle rettigheder forbeholdes"),
    ("alle rettigheter ", "no", r"alle rettigheter (?:reservert|forbeholdt)"),
    ("toate drepturile rezervate", "ro", r"toate drepturile rezervate"),
    ("sva prava ", "", r"sva prava (?:pridr[žz]ana|zadr[žz]ana)"),
    ("visas tiesības ", "lv", r"visas tiesības (?:aizsargātas|rezervētas)"),
    (
        "νόμιμου δικαιώματο|όλα τα δικαιώματα",
        "el",
        r"(?:με επιφύλαξη παντός νόμιμου δικαιώματος|όλα τα δικαιώματα διατηρούνται)",
    ),
    ("כל הזכויות שמורות", "he", r"כל הזכויות שמורות"),
    ("الحقوق", "", r"(?:جميع|كافة|كل)\s+الحقوق\s*(?:©\s*)?محفوظة"),
    ("สงวนลิขสิทธิ์", "th", r"สงวนลิขสิทธิ์"),
    ("hak cipta dilindungi", "id", r"hak cipta dilindungi(?: undang-undang)?"),
    ("bảo lưu mọi quyền", "vi", r"bảo lưu mọi quyền"),
    ("版权所有|版權所有|著作权所有|著作權所有", "zh", r"(?:版权|版權|著作权|著作權)所有"),
    ("保留所有权利|保留所有權利", "zh", r"保留所有权利|保留所有權利"),
    ("सर्वाधिकार", "hi", r"सर्वाधिकार (?:सुरक्षित|आरक्षित)"),
    ("teisės saugomos|teises saugomos", "lt", r"visos teis[ėe]s saugomos"),
    ("õigused kaitstud", "et", r"kõik õigused kaitstud"),
    ("drets reservats", "ca", r"tots els drets reservats"),
    ("pravice pridr", "sl", r"vse pravice pridr[žz]ane"),
    ("حقوق محفوظ", "fa", r"(?:کلیه|تمامی?) حقوق .{0,30}محفوظ"),
    ("모든 권리", "ko", r"모든 권리 ?(?:를)? ?보유"),
    ("bütün hüquqlar", "az", r"bütün hüquqlar qorunur"),
)
"""Reservations: plain words (folded, parted by bars) without one of which it does not match, its language where it is of one
alone, and the pattern."""
RESERVATION = "(?:" + "|".join(pattern for _, _, pattern in _RESERVATIONS) + ")"
"""All rights reserved, in any of the languages."""

_GATES = Gates({at: words.split("|") for at, (words, _, _) in enumerate(_RESERVATIONS)})
_NONE, _SEVERAL = -1, -2
_LONGEST_SEARCHED = 10_000
_LONGEST_KEPT = 1000
"""Characters of a text whose answer is worth keeping: footers repeat, articles do not."""


def _standing(text: str) -> int:
    """Which one reservation may stand in a text, or that none or several may."""
    if len(text) > _LONGEST_SEARCHED:
        return _SEVERAL
    standing = _GATES.standing(text)
    return _SEVERAL if len(standing) > 1 else next(iter(standing), _NONE)


_kept_standing = lru_cache(maxsize=2048)(_standing)


class _Narrowed:
    """A pattern around the reservations that, for each text, tries only the one whose words stand there.

    The pattern of all languages at once looks at some thirty beginnings at every character.
    """

    def __init__(self, before: str = "", after: str = "", without: str | None = None) -> None:
        self._before, self._after = before, after
        self._known: dict[int, re.Pattern[str]] = {}
        if without is not None:
            self._known[_NONE] = re.compile(without, re.IGNORECASE)

    def within(self, text: str) -> re.Pattern[str] | None:
        """The pattern to use on a text or any part of it; None when nothing can match."""
        standing = _kept_standing(text) if len(text) <= _LONGEST_KEPT else _standing(text)
        known = self._known.get(standing)
        if known is None and standing != _NONE:
            words = RESERVATION if standing == _SEVERAL else f"(?:{_RESERVATIONS[standing][2]})"
            known = self._known[standing] = re.compile(self._before + words + self._after, re.IGNORECASE)
        return known

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        pattern = self.within(text)
        return pattern.search(text, start, end) if pattern else None

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        pattern = self.within(text)
        return pattern.match(text, start) if pattern else None

    def fullmatch(self, text: str) -> re.Match[str] | None:
        pattern = self.within(text)
        return pattern.fullmatch(text) if pattern else None

    def sub(self, instead: str, text: str) -> str:
        pattern = self.within(text)
        return pattern.sub(instead, text) if pattern else text


reservation = _Narrowed()
reservation_at_end = _Narrowed(r"[\s.,|–—-]*", r"[\s.]*$")
reservation_and_rest = _Narrowed(r"[\s.,;:|–—-]*", ".*$")
after_marks = _Narrowed(r"all (?:other )?trade ?marks? [^.|]{0,90}\.\s", r"\.?")
"""A line of trademarks that ends in a reservation."""


def language_of_reservation(text: str) -> str | None:
    """The language of the one reservation that stands in a text; None when there is none or it is of several languages."""
    standing = _kept_standing(text) if len(text) <= _LONGEST_KEPT else _standing(text)
    if standing < 0 or reservation.search(text) is None:
        return None
    return _RESERVATIONS[standing][1] or None


years = re.compile(YEARS)
year = re.compile(YEAR)

core = re.compile(rf"(?:{SIGN}|(?<![\w]){WORD}(?![\w'’]))(?:[\s:.,|–—-]{{0,4}}(?:{SIGN}|{WORD}(?![\w]))){{0,8}}")
"""Sign and word in any order."""

years_before = re.compile(rf"({YEARS})[\s,]{{0,3}}$")
"""Years that stand before a sign; tried on the characters just before it."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign and word as they stand, with the years before them."""

    start: int
    end: int
    words: str
    before: str | None


def signs(text: str) -> Iterator[Sign]:
    """Every sign of a text, in order."""
    for found in core.finditer(text):
        begin = found.start()
        before = years_before.search(text, max(0, begin - 40), begin)
        yield Sign(before.start() if before else begin, found.end(), found[0], before[1] if before else None)


after = re.compile(
    rf"[\s:,.–—\ufe0f-]{{0,4}}(?:(?:by|von|par|por|of|bei|BY|door|"
    rf"av)\s+)?(?:(?P<years>{YEARS}))?[\s:,–—-]{{0,4}}(?:(?:by|von|par|por|of|bei|BY|door|av)\s+)?"
)
"""What may stand between the sign and the holder."""

_ENDINGS = (
    r"\s*[|•·¦▪●]\s*|(?<!\d)\s+[–—-]\s+|\s+[–—-]\s+(?!\d)|[\s,&]*[©ⓒ]|\s\([cC]\)\s"
    r"|[.!;](?=\s|$|[\"”])|[。；！।]|\s{0,2}\n"
    r"|\s*(?:무단|저작권|未经|未經|禁止|転載|無断)"
    r"|\s+(?:[Uu]nless|[Tt]erms|[Pp]rivacy|[Dd]esign(?:ed)? by|[Pp]owered by|[Ww]ebsite by|[Ss]ite by|"
    r"[Tt]heme|[Uu]se of|[Pp]roudly"
    r"|[Hh]osted by|(?-i:is|ist|est|are|was|may) |[Cc]ontact|[Ii]mpressum|[Dd]atenschutz|AGB\b|"
    r"[Rr]egistered|\|\||und ©|and ©)"
)
ending = _Narrowed(r"[\s.,;:–—-]{0,4}", f"|{_ENDINGS}", without=_ENDINGS)
"""What ends a holder's name."""

not_a_line = re.compile(
    r"^[\s]{0,3}(?:law|act\b|laws|infring|holder|owner|notice|information|policy|policies|protect|claim|"
    r"material|issue|case|office|term|image|"
    r"complaint|disclaimer|agent|registration|and |or |in |is |as |to |on |for |that |which |it |statement|"
    r"clearance|lawsuit|dispute|strike|"
    r"reform|violation|protection|right|work|page|free|troll|status|expire|management|society|directive|"
    r"symbol|concerns?|agency|permission|questions?|guidelines?|compliance|fees?|licen|faq|[/&])",
    re.IGNORECASE,
)
"""What follows the word copyright in running text."""

CREDIT = re.compile(
    r"(?:foto|photos?|fotos|bild(?:er|nachweis|quelle|rechte)?|image|images|picture|pictures|"
    r"photograph(?:er|y|s)?|credits?|illustration|grafik|graphic|video|crédits?|cr[ée]dito"
    r"|imagen|cover|infografik|quelle|source|provided by|courtesy|imago|фото|写真|画像|图片|사진)\b[^.|]{0,60}$|[/:(]\s*$",
    re.IGNORECASE,
)
"""Words before the sign that make the line a picture's credit."""

AGENCY = re.compile(
    r"\b(?:getty|shutterstock|istock|unsplash|unplash|pixabay|pexels|afp|dpa|picture[ -]alliance|imago|epa|"
    r"alamy|fotolia|adobe ?stock|corbis|wikimedia|flickr|bloomberg via"
    r"|associated press|ap photo|stock\.adobe|depositphotos|123rf|dreamstime|thinkstock|mauritius images|"
    r"ullstein|reuters/|provided by|creative commons via|instagram|twitter|youtube"
    r"|apa|ap images|ap|rex|zuma|xinhua|keystone|mit frdl|mit freundlicher|laif|ostkreuz|plainpicture|mti|"
    r"scanpix|belga|ansa|efe)\b",
    re.IGNORECASE,
)
"""Agencies whose lines are picture credits."""
