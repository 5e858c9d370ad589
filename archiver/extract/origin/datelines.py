# SPDX-License-Identifier: Apache-2.0
"""Slugs of news agencies and wires: at the head of a text (`PARIS (AFP) -`), at its end (`(dpa/lno)`), in its byline.

A name in brackets is a slug only where a place and a date stand before it, or where a paragraph ends: the short names of
agencies are also those of associations, spelled out just before their letters.
"""

import re

from archiver.extract.markup.document import Document
from archiver.extract.markup.zones import zone_of

_AGENCIES = (
    "dpa", "dpa-AFX", "AP", "Associated Press", "AFP", "AFPTV", "Reuters", "REUTERS", "APA", "SDA", "sda", "EFE",
    "Efe", "ANSA", "Ansa", "TASS", "PTI", "IANS", "ANI", "UPI", "Xinhua", "XINHUA", "Interfax", "Kyodo", "KYODO",
    "Jiji", "Yonhap", "ots", "epd", "KNA", "SID", "sid", "AAP", "NTB", "TT", "CNN", "CNN Business", "CNN Newsource",
    "NEXSTAR", "StatePoint", "IPS", "The Center Square", "Ritzau", "PAP", "ČTK", "MTI", "ANP", "Belga", "STT", "BTA",
    "HINA", "Hina", "Tanjug", "FENA", "AGERPRES", "Agerpres", "Lusa", "Antara", "ANTARA", "Bernama", "BERNAMA", "AA",
    "İHA", "DHA", "Europa Press", "EUROPA PRESS", "Adnkronos", "ADNKRONOS", "ITALPRESS", "Italpress",
    "Agência Brasil", "Bloomberg", "CNS", "RNS", "KCNA", "IRNA", "WAFA", "SANA", "Business Wire", "BUSINESS WIRE",
    "GLOBE NEWSWIRE", "PRNewswire", "PR Newswire", "Canadian Press", "The Canadian Press", "CP", "PA", "ТАСС",
    "Интерфакс", "РИА Новости", "Укрінформ", "Укринформ", "БТА", "БЕЛТА", "ΑΠΕ-ΜΠΕ", "رويترز", "أ ف ب", "أ.ف.ب",
    "د ب أ", "د.ب.أ", "وكالات", "भाषा",
)  # fmt: skip
_LATIN = "|".join(map(re.escape, _AGENCIES))
_SLUG = rf"\((?P<agency>{_LATIN})(?:\s?[/,|]\s?[\w .-]{{2,24}}){{0,3}}\)"
_BEFORE = re.compile(
    r"^[^\w(]{0,3}(?:[A-ZÀ-ÞĀ-ŽΆ-ΫЀ-Я\d][\w.’'/-]{0,24}[,.:]{0,2}(?:\s|$)"
    r"|(?:de|la|le|les|du|del|di|am|an|der|den|im|upon|und|and|of|do|da|el|[a-zçéû]{3,4}\.?|\w{3,9}),?\s"
    r"(?=[A-ZÀ-Þ\d(]|$)){0,7}$"
)
"""A place and a date."""
_HEAD = re.compile(rf"^(?P<place>.{{0,60}}?){_SLUG}(?P<after>\s?\.?\s?[-–—―:.])?")
_SIGNED = re.compile(rf"{_SLUG}\s*$")
_MONTHS = "янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек"
_OTHERS = (
    re.compile(
        r"^[^\w]{0,3}(?P<agency>新华社|新華社|中新社|中央社)[^，。\s]{1,12}\d{1,2}(?:月\d{1,2})?日[^，。\s]{0,8}?[电電讯訊]"
    ),
    re.compile(
        r"^[(\[（【［〔][^)\]）】］〕]{0,20}?(?P<agency>ロイター|時事|共同|聯合ニュース|연합뉴스|뉴시스|뉴스1|로이터|AFP)"
        r"[^)\]）】］〕]{0,12}[)\]）】］〕]"
    ),
    re.compile(
        rf"^[^.]{{2,40}}?\d{{1,2}}\s(?:{_MONTHS})\w{{0,6}}\.?\s{{0,2}}[.,–—/-]{{1,2}}\s{{0,2}}/?"
        r"(?P<agency>ТАСС|РИА Новости|Интерфакс|РАПСИ|БЕЛТА)"
    ),
    re.compile(r"^[^/]{0,60}?/(?P<agency>PRNewswire|CNW|ТАСС)(?:-[A-Za-z-]{2,20})?/"),
)
"""Heads of other shapes: `新华社北京5月3日电`, `[東京 12日 ロイター]`, `МОСКВА, 5 марта. /ТАСС/`, `LONDON /PRNewswire/`."""
_ASIA_SIGNED = re.compile(r"[（【［](?P<agency>ロイター|時事(?:通信)?|共同(?:通信)?|AFP|AP)[^）】］]{0,8}[）】］]$")
_BYLINE = re.compile(
    r"^(?:By|Von|Par|Por|Di|Door)\s[^,|]{3,60}\s?[,|/–—-]\s?(?:The )?(?P<agency>Associated Press|"
    r"AP|Reuters|AFP|"
    r"Agence France-Presse|dpa|Bloomberg(?: News)?|Press Association|PA Media|Canadian Press|"
    r"Xinhua|EFE|ANSA)"
    r"(?: (?:\w+ )?(?:[Ww]riter|[Rr]eporter|[Ss]taff|[Cc]orrespondent|[Ee]ditor|News))?$"
)
_BYLINE_BEGINS = ("By ", "Von ", "Par ", "Por ", "Di ", "Door ")
_NAMES = {
    "新華社": "新华社", "時事": "時事通信", "共同": "共同通信", "رويترز": "Reuters", "أ ف ب": "AFP", "أ.ف.ب": "AFP",
    "د ب أ": "dpa", "د.ب.أ": "dpa", "PRNewswire": "PR Newswire", "भाषा": "PTI", "CP": "The Canadian Press", "PA": "PA Media",
    "AA": "Anadolu Agency",
}  # fmt: skip
"""Fuller names of agencies that slugs abbreviate."""
_HEADS, _ENDS, _BYLINES = 12, 60, 200
"""Paragraphs at whose head, and at whose end, a slug is looked for; lines among which a byline is."""
_LONG, _LONG_HAN = 80, 20
"""Characters of a paragraph; of one that may be in a script of few characters."""


def dateline(document: Document) -> tuple[int, int, str] | None:
    """The first slug: where it stands in the page's text, and the agency's name."""
    seen = 0
    for index, text in enumerate(document.lines):
        size = len(text)
        if size < _LONG and index < _BYLINES and text.startswith(_BYLINE_BEGINS):
            found = _BYLINE.match(text)
        elif size >= _LONG or (size >= _LONG_HAN and not text.isascii()):
            seen += 1
            if seen > _ENDS:
                return None
            found = (_head(text[:140]) if seen <= _HEADS else None) or (_end(text) if text[-1] in ")）】］" else None)
        else:
            continue
        block = document.blocks[index] if found else None
        if found and block and not zone_of(document, block).picture:
            start, end = found.span("agency")
            if found[0].endswith(")") or text[start - 1] == "(":
                start, end = start - 1, text.find(")", end) + 1
            return block.start + start, block.start + end, _NAMES.get(found["agency"], found["agency"])
    return None


def _head(text: str) -> re.Match[str] | None:
    found = _HEAD.match(text) if "(" in text[:61] else None
    if found and len(text) >= _LONG:
        place = found["place"]
        alone = len(place.split()) <= 1 or place.isupper()
        if _BEFORE.match(place) and (found["after"] or alone) and not _spells(place, found["agency"]):
            return found
    if text.isascii() and "/" not in text:
        return None
    return next((found for pattern in _OTHERS if (found := pattern.match(text))), None)


def _end(text: str) -> re.Match[str] | None:
    tail = max(0, len(text) - 40)
    found = _SIGNED.search(text, tail)
    if found:
        return None if _spells(text[max(0, found.start() - 80) : found.start()], found["agency"]) else found
    return _ASIA_SIGNED.search(text, tail)


def _spells(words: str, letters: str) -> bool:
    """Whether the words before a bracket begin with the letters in it: `American Psychological Association (APA)`."""
    initials = "".join(word[0] for word in re.findall(r"\w+", words) if word[0].isupper()).casefold()
    return len(letters) > 1 and initials.endswith(letters.casefold()) and len(initials) >= len(letters)
