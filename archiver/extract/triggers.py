# SPDX-License-Identifier: Apache-2.0
"""Which blocks of a page are worth reading for rights words: plain substring search before any pattern runs.

Bounded: of the blocks that hold a word of one family, at most the first and the last so many are read.
"""

import re
from collections.abc import Callable

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
_SCRIPTS = tuple(
    re.compile(pattern)
    for pattern in (
        "[\u0400-\u04ff]",  # Cyrillic
        "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]",  # kana, Han, Hangul
        "[\u0590-\u06ff\u0e00-\u0e7f\u0370-\u03ff\u1e00-\u1eff]",  # Hebrew, Arabic, Thai, Greek, Vietnamese
    )
)


def _by_script() -> list[tuple[re.Pattern[str] | None, list[tuple[str, str]]]]:
    """Words with their families: those of each script together, Latin ones that are not ASCII last."""
    groups: list[tuple[re.Pattern[str] | None, list[tuple[str, str]]]] = [(script, []) for script in (*_SCRIPTS, None)]
    for family, words in FAMILIES.items():
        for word in words:
            if not word.isascii():
                next(group for script, group in groups if script is None or script.search(word)).append((family, word))
    return groups


_GATES = (
    "reserv", "recht", "droit", "derech", "licen", "lizen", "copyright", "publi", "origin", "appeared", "subscri", "reprodu",
    "print", "post", "permission", "distribut", "fair", "107", "disclaim", "haftung", "verw", "weiter", "mining", "train",
    "respons", "reflect", "express", "creative", "cc", "trade", "marque", "take", "sourc", "erschienen", "original", "provided",
    "liab", "purposes", "free to", "quot", "cita", "gemein", "domin", "written", "this ", "article", "copi", "oikeu",
)  # fmt: skip


def _gated() -> dict[bytes, list[tuple[str, bytes]]]:
    """ASCII words by a part that several share: one search spares many."""
    gated: dict[bytes, list[tuple[str, bytes]]] = {}
    for family, words in FAMILIES.items():
        for word in words:
            if word.isascii():
                gate = next((g for g in _GATES if g in word), word)
                gated.setdefault(gate.encode("ascii"), []).append((family, word.encode("ascii")))
    return gated


_ASCII = _gated()
_OTHERS = _by_script()


def triggered(document: Document) -> dict[str, list[int]]:
    """For each family, indexes of the blocks that hold one of its words, in order."""
    text = document.text
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    # One byte a character, so that offsets stay and the many ASCII words are searched fast.
    narrow = lowered.encode("ascii", "replace")
    found: dict[str, set[int]] = {}
    for gate, gated in _ASCII.items():
        if gate in narrow:
            for family, word in gated:
                if word in narrow:
                    found.setdefault(family, set()).update(_holding(document, narrow.find, narrow.rfind, word))
    if not text.isascii():
        for script, words in _OTHERS:
            if script is None or script.search(lowered):
                for family, other in words:
                    if other in lowered:
                        found.setdefault(family, set()).update(_holding(document, lowered.find, lowered.rfind, other))
    return {family: sorted(blocks) for family, blocks in found.items()}


def _holding(document: Document, find: Callable[..., int], rfind: Callable[..., int], word: str | bytes) -> set[int]:
    """Blocks that hold a word: the first and the last ones."""
    blocks: set[int] = set()
    at = find(word)
    while at >= 0 and len(blocks) < _MOST_PER_WORD:
        block = document.index_at(at)
        blocks.add(block)
        at = find(word, document.blocks[block].end)
    if at >= 0:
        at = rfind(word)
        for _ in range(_MOST_PER_WORD):  # More blocks than that hold it: each turn finds one.
            block = document.index_at(at)
            blocks.add(block)
            at = rfind(word, 0, document.blocks[block].start)
    return blocks
