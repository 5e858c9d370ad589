# SPDX-License-Identifier: Apache-2.0
"""Which blocks of a page are worth reading for rights words: all words are searched in one pass before any pattern runs.

Bounded: of the blocks that hold one word, at most the first and the last so many are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ahocorasick_rs import BytesAhoCorasick, Implementation

from archiver.extract.document import Document

FAMILIES: dict[str, tuple[str, ...]] = {
    "copyright": (
        "©", "ⓒ", "(c)", "(с)", "copyright", "rights reserved", "right reserved", "alle rechte", "urheberrecht",
        "droits réservés",
        "droits reserves", "derechos reservados", "direitos reservados", "diritti riservati", "rechten voorbehouden",
        "права защищены", "права захищені", "права застережен", "авторские права", "права запазени",
        "prawa zastrzeżone",
        "práva vyhrazen", "práva vyhraden", "hakları saklıdır", "jog fenntartva", "oikeudet pidätetään",
        "rättigheter",
        "rettigheder", "rettigheter", "drepturile rezervate", "sva prava", "版权", "版權", "著作权", "著作權",
        "版 权", "版 權",
        "저작권", "الحقوق", "ลิขสิทธิ์", "ถือสิทธิ", "כל הזכויות", "hak cipta", "bản quyền", "δικαιώματα",
        "tiesības aizsargātas",
        "visas tiesības", "õigused kaitstud", "teisės saugomos", "droits de reproduction", "alle rechten",
    ),
    "license": (
        "creative commons", "creativecommons", "cc by", "cc-by", "cc0", "cc 0", "(cc)", "licensed under",
        "licenced under", "lizenz",
        "lizensiert", "licence", "license", "licencia", "licença", "licenza", "licentie", "gfdl", "public domain",
        "gemeinfrei",
        "domaine public", "dominio público", "domínio público", "pubblico dominio", "лиценз", "สัญญาอนุญาต",
        "ライセンス", "知识共享",
        "gnu free", "パブリックドメイン",
    ),
    "reuse": (
        "permission", "reproduc", "reprint", "re-print", "republish", "republication", "repost", "cross-post",
        "crosspost",
        "redistribut", "distribution", "may not be", "be copied", "for publication", "for the publication",
        "rebroadcast", "data mining",
        "text mining", "training of ai",
        "train ai", "machine learning", "nachdruck", "vervielfältig", "weiterverbreitung", "weiterverwendung",
        "verwertung", "verwendung",
        "abdruck", "honorarfrei", "veröffentlichung", "reproduction", "reproducción", "reprodução", "riproduzione",
        "difusión",
        "republicar", "reproducir", "rediffusion", "overname", "перепечат", "использование материалов",
        "использовании материалов",
        "копирован", "цитирован", "воспроизведен", "використання матеріалів", "передрук", "転載", "复制", "转载",
        "轉載", "授权",
        "摘编", "전재", "재배포", "복제", "يحظر", "يمنع", "لا يجوز", "إعادة نشر", "przedruk", "kopiowanie",
        "rozpowszechnian", "užití obsahu",
        "šíření", "přetisk", "izmantošana", "pārpublicēš", "zonder toestemming", "ห้าม", "นำไปใช้",
        "content is copyrighted", "is copyrighted",
        "copyright property", "free to share", "free to use", "consent",
    ),
    "fair-use": (
        "fair use", "fair-use", "fair dealing", "section 107", "§ 107", "§107", "17 u.s.c", "17 usc", "17 u. s. c",
        "zitatrecht",
        "51 urhg", "courte citation", "droit de citation", "derecho de cita", "right of quotation",
        "right to quote", "право цитирования",
        "引用の範囲", "著作権法第32条", "合理使用",
    ),
    "disclaimer": (
        "disclaimer", "haftungsausschluss", "responsib", "views expressed", "opinions expressed",
        "necessarily reflect",
        "necessarily represent", "own and do not", "views and opinions", "не несет ответственности",
        "не несёт ответственности", "мнение редакции",
        "разделять мнени", "haftung", "responsabilité", "responsabilidad", "免责", "免責", "与本网无关", "liable",
        "liability", "informational purposes",
        "information purposes", "as is",
    ),
    "attribution": (
        "originally published", "originally appeared", "first published", "first appeared", "originally posted",
        "original post",
        "originial post", "republished", "reprinted", "articles by", "article by", "source:", "this article was",
        "this story was", "this piece", "this post", "courtesy of",
        "cross-posted", "crossposted", "syndicated", "provided by", "written by", "来源", "來源", "出典",
        "zuerst erschienen", "zuerst veröffentlicht",
        "zuerst auf", "zuerst bei", "ursprünglich", "erschien zuerst", "im original", "publié à l'origine",
        "initialement publié",
        "article original", "publicado originalmente", "publicó originalmente", "originalmente", "quelle:",
        "fuente:", "fonte:", "источник:",
        "translated from", "fassung des", "übersetzung des", "with permission", "opublikowan", "appeared first",
        "appeared on", "post original", "original article", "original story",
    ),
    "trademark": (
        "trademark", "trade mark", "service mark", "warenzeichen", "marque déposée", "marca registrada", "товарный знак",
        "商標", "商标",
    ),
    "takedown": (
        "dmca", "takedown", "take-down", "take down notice", "copyright infringement", "infringes your", "if you believe",
        "侵权", "侵權",
    ),
    "access": (
        "subscribers only", "subscriber-only", "subscribe to continue", "subscribe to read", "for subscribers",
        "réservé aux abonnés",
        "réservé à nos abonnés", "nur für abonnenten", "weiterlesen mit", "solo para suscriptores",
        "already a subscriber", "有料会員",
        "to continue reading", "exclusivo para suscriptores",
    ),
}  # fmt: skip
"""Lower-case words of each family of notices."""

_MOST_PER_WORD = 60
_STRETCH = 1 << 18
"""Bytes searched at once: what the search hands back stays small on a page made of such words."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The machine that finds every one of some words in one pass, the families of each, and the length of the longest."""

    machine: BytesAhoCorasick
    families: tuple[tuple[str, ...], ...]
    longest: int

    def search(self, text: bytes, indexes: Sequence[int], found: dict[str, set[int]]) -> None:
        """Adds to `found`, by family, the indexes of the lines that hold a word: the first and the last ones."""
        holding: dict[int, dict[int, None]] = {}
        line = counted = 0
        for at in range(0, len(text), _STRETCH):
            stretch = text if len(text) <= _STRETCH else text[at : at + _STRETCH + self.longest]
            for word, begin, _ in self.machine.find_matches_as_indexes(stretch, overlapping=True):
                start = at + begin
                # Words come in the order of their ends: one may begin a little before the one told before it.
                line += text.count(b"\n", counted, start) if start >= counted else -text.count(b"\n", start, counted)
                counted = start
                holding.setdefault(word, {})[indexes[line]] = None
        for word, held in holding.items():
            kept = list(held)
            if len(kept) > 2 * _MOST_PER_WORD:
                kept = kept[:_MOST_PER_WORD] + kept[-_MOST_PER_WORD:]
            for family in self.families[word]:
                found.setdefault(family, set()).update(kept)


@cache
def _words(*, plain: bool) -> _Words:
    """The words that are ASCII, or those that are not."""
    families: dict[str, list[str]] = {}
    for family, words in FAMILIES.items():
        for word in words:
            if word.isascii() is plain:
                families.setdefault(word, []).append(family)
    written = [word.encode() for word in families]
    return _Words(
        BytesAhoCorasick(written, implementation=Implementation.DFA),
        tuple(map(tuple, families.values())),
        max(map(len, written)),
    )


def _small(line: str) -> str:
    """In lower case, character by character where the whole would change its length."""
    small = line.lower()
    return small if len(small) == len(line) else "".join(low if len(low := c.lower()) == 1 else c for c in line)


def triggered(document: Document) -> dict[str, list[int]]:
    """For each family, indexes of the blocks that hold one of its words, in order."""
    found: dict[str, set[int]] = {}
    lines, text = document.lines, document.text
    others = [] if text.isascii() else [index for index, line in enumerate(lines) if not line.isascii()]
    if others:
        small = dict(zip(others, (_small(lines[index]) for index in others), strict=True))
        _words(plain=False).search("\n".join(small.values()).encode(), others, found)
        text = "\n".join([small.get(index, line) for index, line in enumerate(lines)])
    _words(plain=True).search(text.encode().lower(), range(len(lines)), found)
    return {family: sorted(indexes) for family, indexes in found.items()}
