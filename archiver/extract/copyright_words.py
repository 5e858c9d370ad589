# SPDX-License-Identifier: Apache-2.0
"""The words of copyright lines in the languages of the web: signs, years, reservations, and what ends a holder's name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
    r"all rights? (?:are |is )?reserved(?: worldwide)?",
    r"some rights reserved",
    r"alle rechte(?: bleiben)? (?:vorbehalten|beim? (?:autor(?:en)?|verlag|urheber|den autoren|herausgeber))",
    r"tous (?:les )?droits (?:de reproduction )?(?:sont )?r[ée]serv[ée]s",
    r"(?:todos )?(?:los )?derechos reservados",
    r"reservados todos los derechos",
    r"todos os direitos reservados",
    r"tutti i diritti(?: sono)? riservati",
    r"alle rechten voorbehouden",
    r"все права (?:защищены|сохранены|принадлежат)",
    r"(?:всі|усі) права (?:захищен[оі]|застережен[оі])",
    r"всички права запазени",
    r"(?:wszystkie|wszelkie) prawa zastrze[żz]one",
    r"v[šs]echna pr[áa]va vyhrazena",
    r"v[šs]etky pr[áa]va vyhraden[ée]",
    r"t[üu]m hakları saklıdır",
    r"minden jog fenntartva",
    r"kaikki oikeudet pid[äa]tet[äa][äa]n",
    r"alla r[äa]ttigheter (?:f[öo]rbeh[åa]lls|reserverade)",
    r"alle rettigheder forbeholdes",
    r"alle rettigheter (?:reservert|forbeholdt)",
    r"toate drepturile rezervate",
    r"sva prava (?:pridr[žz]ana|zadr[žz]ana)",
    r"visas tiesības (?:aizsargātas|rezervētas)",
    r"(?:με επιφύλαξη παντός νόμιμου δικαιώματος|όλα τα δικαιώματα διατηρούνται)",
    r"כל הזכויות שמורות",
    r"(?:جميع|كافة|كل)\s+الحقوق\s*(?:©\s*)?محفوظة",
    r"สงวนลิขสิทธิ์",
    r"hak cipta dilindungi(?: undang-undang)?",
    r"bảo lưu mọi quyền",
    r"(?:版权|版權|著作权|著作權)所有",
    r"保留所有权利|保留所有權利",
)
RESERVATION = "(?:" + "|".join(_RESERVATIONS) + ")"
"""All rights reserved, in any of the languages."""

reservation = re.compile(RESERVATION, re.IGNORECASE)
years = re.compile(YEARS)
year = re.compile(YEAR)

core = re.compile(rf"(?:{SIGN}|(?<![\w]){WORD}(?![\w'’]))(?:[\s:.,|–—-]{{0,4}}(?:{SIGN}|{WORD}(?![\w])))*")
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
    rf"[\s:,.–—-]{{0,4}}(?:(?:by|von|par|por|of|bei|BY|door|"
    rf"av)\s+)?(?:(?P<years>{YEARS}))?[\s:,–—-]{{0,4}}(?:(?:by|von|par|por|of|bei|BY|door|av)\s+)?"
)
"""What may stand between the sign and the holder."""

ending = re.compile(
    rf"[\s.,;:–—-]{{0,4}}(?:{RESERVATION})"
    r"|\s*[|•·¦▪●]\s*|(?<!\d)\s+[–—-]\s+|\s+[–—-]\s+(?!\d)|[\s,&]*[©ⓒ]|\s\([cC]\)\s"
    r"|[.!;](?=\s|$|[\"”])|[。；！]|\s{0,2}\n"
    r"|\s*(?:무단|저작권|未经|未經|禁止|転載|無断)"
    r"|\s+(?:[Uu]nless|[Tt]erms|[Pp]rivacy|[Dd]esign(?:ed)? by|[Pp]owered by|[Ww]ebsite by|[Ss]ite by|"
    r"[Tt]heme|[Uu]se of|[Pp]roudly"
    r"|[Hh]osted by|(?-i:is|ist|est|are|was|may) |[Cc]ontact|[Ii]mpressum|[Dd]atenschutz|AGB\b|"
    r"[Rr]egistered|\|\||und ©|and ©)",
    re.IGNORECASE,
)
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
