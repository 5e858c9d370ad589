# SPDX-License-Identifier: Apache-2.0
"""Credits of pictures: who made one or gave it, said in a word for pictures and a name, in many languages.

Only in captions, or where a line holds nothing else. Signs of copyright before names are read in `notice_copyright`.
"""

import re
from itertools import islice

from archiver.extract.markup.document import Document, ancestors
from archiver.extract.markup.zones import zone_of
from archiver.extract.rights.findings import Finding
from manifests.agents import Confidence
from manifests.rights import NoticeKind

_CREDIT = re.compile(
    r"(?:^|(?<=[.!?|)\]。）」])\s{0,3}|(?<=\s[–—|/(-])\s|(?<=[(（\[【/|]))"
    r"(?P<credit>"
    r"(?:photo(?:graph|s|graphy)?|images?|pictures?|illustration|artwork|video)\s(?:by|credit|courtesy of)\s?:?\s[A-ZÀ-ÞА-Я©@]"
    r"|(?:photo credits?|image credits?|picture credits?|crédits? photos?|photos?|photography|images?|pictures?|illustrations?|"
    r"credit|fotos?|fotografie|bild(?:er)?|bildquelle|bildnachweis|bildrechte|fotografía|fotografia|imagen|imagem|immagine|crédito|"
    r"créditos|beeld|zdjęcie|fotó|kuva|valokuva|fotoğraf|φωτο(?:γραφία)?|фото(?:графия)?|фото автора|תצלום|צילום|ภาพ|ảnh)"
    r"\s?[:：]\s?[^\s:：]"
    r"|fot\.\s[A-ZŁŚŻ]|(?:写真|画像|撮影|图片来源|圖片來源|图源|摄影|攝影|图片|圖片|사진|사진제공|사진 제공|"
    r"تصوير|الصورة)\s?[:：=＝/]\s?[^\s]"
    r"|写真[はは、]?提供"
    r")",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    [
        "by",
        "von",
        "de",
        "del",
        "della",
        "di",
        "da",
        "of",
        "via",
        "for",
        "und",
        "and",
        "e",
        "et",
        "y",
        "courtesy",
        "the",
        "für",
        "per",
        "zu",
        "van",
    ]
)
_MOST_WORDS = 8
_LONGEST = 140
_LONGEST_BLOCK = 1200
_MOST = 12


def read(document: Document, indexes: list[int]) -> list[Finding]:
    """Credits in the blocks named by their indexes: the first of a page."""
    found: list[Finding] = []
    for index in indexes:
        text = document.lines[index]
        if len(text) > _LONGEST_BLOCK:
            continue
        credit = next((c for c in _CREDIT.finditer(text) if len(text) - c.start("credit") <= _LONGEST), None)
        if credit is None:
            continue
        start = credit.start("credit")
        zone = zone_of(document, document.blocks[index], start)
        captioned = zone.picture or zone.figure
        alone = start == 0 and not zone.aside and _is_name(text) and not _is_linked(document, index)
        if zone.citation or (zone.footer and "©" in text) or not (captioned or alone):
            continue
        end = len(text) - (1 if text[-1] in ")）]】" and text[max(0, start - 1)] in "(（[【" else 0)
        begin = document.starts[index]
        confidence = Confidence.HIGH if captioned else Confidence.MEDIUM
        found.append(
            Finding(NoticeKind.IMAGE_CREDIT, begin + start, begin + end, confidence, "credit of a picture", zone=zone)
        )
        if len(found) >= _MOST:
            break
    return found


def _is_linked(document: Document, index: int) -> bool:
    """Whether a line is a link, as the headline of a gallery is."""
    return any(node.tag == "a" for node in islice(ancestors(document.blocks[index].node_at(0)), 3))


def _is_name(text: str) -> bool:
    """Whether a line that begins with a word for pictures goes on with a name; a headline does not."""
    written = re.sub(r"^[^:：=＝/]{0,20}[:：=＝/]", "", text).split()
    small = sum(word[:1].islower() and word not in _PARTICLES for word in written)
    return len(written) <= _MOST_WORDS and small * 3 <= len(written)
