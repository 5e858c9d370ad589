# SPDX-License-Identifier: Apache-2.0
"""What a sentence says of a licence: whether it puts its page under one, or into the public domain.

A sentence about a picture, about software, or in the running text of an article that speaks of another's licence says
nothing of the page. Only words are judged here; where they stand and what they link is for others.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from archiver.extract.markup.folding import Gates
from archiver.extract.markup.remembered import remembered
from archiver.extract.rights.own_words import is_reported, names_its_page
from manifests.rights import NoticeKind

_STATEMENT = re.compile(
    (
        r"\b(?:licen[sc]ed?|published|available|released|distributed|made available|shared|republished|"
        r"offered?|provided)\b.{0,60}\b(?:under|through|with|via|as)\b.{0,60}(?:creative commons|cc[\s-]?by|"
        r"cc0|gfdl|gnu|licen[sc]e|public domain|open government)"
        r"|\bunder (?:a|an|the) .{0,60}(?:creative commons|cc[\s-]by).{0,60}|(?:licen[sc]ed) under (?:cc|a|an|"
        r"the|creative)|\bcreative commons.{0,60}licen[sc]e"
        r"|(?:steht|stehen|lizenziert|lizensiert|veröffentlicht|verfügbar|unterliegt|"
        r"unterliegen)\b.{0,110}(?:lizenz|creative commons|cc[\s-]?by)|unter (?:der|einer|den|die|"
        r"diesen?)\b.{0,60}lizenz|lizen[sz]iert (?:als|unter)|sous (?:une )?licence|mise? à disposition selon|"
        r"bajo (?:una |la )?licencia|sob (?:uma |a )?licença|con licenza|rilasciat\w+ .{0,30}licenza|(?:onder|valt onder) een "
        r".{0,60}licentie"
        r"|по лицензии|на условиях лицензии|под лицензией|за ліцензією|под лиценз|na licencji|pod licencí|under licensen|"
        r"lisenssillä|licenc alatt|lisansı (?:ile|altında)|Δημιουργικά Κοινά|άδεια .{0,30}creative commons|크리에이티브 커먼즈|"
        r"رخصة المشاع الإبداعي|רישיון קריאייטיב|创作共用|創用 ?CC|采用.{0,40}许可协议|licence ouverte|licence etalab|"
        r"общественн\w+ достояни|суспільн\w+ надбан|สัญญาอนุญาต.{0,30}creative commons|"
        r"クリエイティブ・?コモンズ|知识共享|\bLICENSED "
        r"UNDER CC|\bis in the public domain\b|\bgemeinfrei\b|dans le domaine public|en el dominio público|"
        r"^\W*cc[\s-]by"
    ),
    re.IGNORECASE,
)
_PUBLIC_DOMAIN = re.compile(
    r"\bpublic domain\b|\bcc0\b|gemeinfrei|domaine public|dominio público|domínio público|pubblico dominio|publiek domein|"
    r"domena publiczna|domenie publicznej|общественн\w+ достояни|суспільн\w+ надбан|パブリックドメイン|公有领域|"
    r"公有領域|公共领域",
    re.IGNORECASE,
)
_NAMED_BESIDE = re.compile(
    r"creative commons|\bcc[\s-]?(?:by|0)\b|gfdl|gnu free|open government|licen[sc]ed under|lizen[sz]iert unter",
    re.IGNORECASE,
)
"""A licence that a sentence names beside another work's public domain."""
_OWN_PUBLIC_DOMAIN = re.compile(
    (
        r"\b(?:this|these|all|our|content|information|material|works?|text|site|page|unless)\b.{0,120}\b(?:is|"
        r"are|as|in|under|to) .{0,30}(?:public domain|cc0)|gemeinfrei|(?:тексты|материалы|содержимое|этот сайт|эта работа).{0,80}"
        r"общественн|(?:cette œuvre|ce (?:site|texte)|les (?:contenus|textes)).{0,80}domaine public|"
        r"(?:esta obra|este (?:sitio|texto)|"
        r"los (?:contenidos|textos)).{0,80}dominio público|(?:本|この)(?:作品|サイト|記事|文章).{0,40}(?:パブリックドメイン|公有)"
    ),
    re.IGNORECASE,
)
_PICTURE = re.compile(
    (
        r"\b(?:photos?|photographs?|images?|pictures?|pics?|fotos?|bild(?:er)?|beitragsbild|titelbild|"
        r"abbildung(?:en)?|grafik(?:en)?|illustrations?|imagen|imágenes|video|cover|icons?|music|musik|song|"
        r"audio|map|screenshot|logo|font|foto:|flickr|unsplash|wikimedia|via)\b"
    ),
    re.IGNORECASE,
)
_TEXT_WORDS = re.compile(
    (
        r"\b(?:text|article|story|stories|work|content|site|website|page|post|blog|inhalt|inhalte|werk|beitrag|"
        r"beiträge|dieser|dieses|diese|contributions?|material|except|unless)\b"
    ),
    re.IGNORECASE,
)
_SOFTWARE = re.compile(
    r"\b(?:GPL|software|source code|package|plugin|theme|library|repository|driver)\b", re.IGNORECASE
)
_BEGINS = re.compile(
    r"\W{0,3}(?:licen[sc]ed?|published|released|available|contents?\b|texts?\b|this|inhalte?|treś|tekst|текст|материал|этот|dit|deze|"
    r"この|contenido|contenu|conte[uú]do|contenuti|i testi|les textes|obsah|innehåll|indhold|republish\w*|"
    r"shared|creative commons|cc[\s-]|text|"
    r"code|except|unless|we|"
    r"lizen[sz]iert|lizenz|veröffentlicht|unter|sous|bajo|publicado|sob|rilasciato|onder|под|по лицензии|本)",
    re.IGNORECASE,
)
"""How a line about its own page's licence begins when it names neither."""
_CONTINUES = re.compile(
    (
        r"^(?:die (?:fotos|bilder)|the photos|images|you (?:are|may|can|must)|we offer|please|sie dürfen|"
        r"except|unless|einige rechte|some rights|attribution|namensnennung)"
    ),
    re.IGNORECASE,
)
_GATES = Gates({"license": (
    "creative commons", "creativecommons", "cc by", "cc-by", "ccby", "cc 0", "cc-0", "cc0", "gfdl", "gnu free",
    "public domain", "gemeinfrei", "by-nc", "クリエイティブ", "知识共享", "open government", "licensed under", "licenced under",
    "lizensiert unter", "lizenziert unter", "creative-commons", "общественн", "суспільн", "licence ouverte", "etalab", "知識共享",
    "クリエイティブ", "创作共用", "創用", "크리에이티브", "المشاع الإبداعي", "קריאייטיב", "domaine public",
    "dominio público", "domínio público",
    "パブリックドメイン", "公有领域", "公有領域", "δημιουργικά",
)})  # fmt: skip
"""Folded words without one of which a sentence names no licence."""


def may_name(text: str) -> bool:
    """Whether a word stands in a text without which none of its sentences names a licence."""
    return bool(_GATES.standing(text))


def kinds_of(sentences: Sequence[str], *, footer: bool, prose: bool, length: int) -> list[NoticeKind | None]:
    """What each sentence of a text of this length says of the page."""
    # Longer than any that tells apart: the same sentence in another block of some length has the same answer.
    length = min(length, 501)
    return [
        _judged(sentence, footer, prose, length) if standing and len(sentence) <= 900 else None
        for sentence, standing in zip(sentences, _GATES.standing_in(sentences), strict=True)
    ]


@lru_cache(maxsize=1024)
def _judged(sentence: str, footer: bool, prose: bool, length: int) -> NoticeKind | None:
    public = _PUBLIC_DOMAIN.search(sentence)
    if public and not (_OWN_PUBLIC_DOMAIN.search(sentence) and not (prose and length > 500)):
        if not _NAMED_BESIDE.search(sentence):
            return None
        public = None
    if not public and not _STATEMENT.search(sentence):
        return None
    if _PICTURE.search(sentence) and not _TEXT_WORDS.search(sentence):
        return None
    if _SOFTWARE.search(sentence) and not re.search(r"creative commons|cc[ -]by", sentence, re.I):
        return None
    named = re.search(
        (
            r"creative commons|creativecommons|\bcc[\s-]?(?:by|0)\b|gfdl|gnu free|open government|public "
            r"domain|gemeinfrei|BY-NC|クリエイティブ|知识共享|知識共享|创作共用|創用|크리에이티브|общественн|"
            r"суспільн|licence ouverte|"
            r"etalab|المشاع|קריאייטיב|domaine public|dominio público|domínio público|パブリックドメイン|公有|Δημιουργικά"
        ),
        sentence,
        re.I,
    )
    if not named and not footer:
        return None
    if (
        prose
        and length > 400
        and not re.search(r"\b(?:this|our|dieser|dieses|ce|cette|este|esta|we)\b", sentence, re.I)
    ):
        return None
    if not named and not re.search(r"licen[sc]ed under|lizen[sz]iert unter", sentence, re.I):
        return None
    if prose and not (names_its_page(sentence) or _BEGINS.match(sentence)):
        return None
    if not footer and is_reported(sentence):
        return None
    return NoticeKind.PUBLIC_DOMAIN if public else NoticeKind.LICENSE


def introduces(sentence: str) -> bool:
    """Whether a sentence leads up to the licence that the next one names."""
    return re.search(r"\bexcept as otherwise noted\b|\bcode samples\b", sentence, re.I) is not None


def continues(sentence: str) -> bool:
    """Whether a sentence goes on about the licence that the one before it names."""
    return _CONTINUES.match(sentence) is not None


def is_statement(words: str) -> bool:
    """Whether words say that something is under a licence."""
    return _STATEMENT.search(words) is not None


@remembered(1024)
def is_of_picture(around: str) -> bool:
    """Whether the words around a link speak of a picture and of no text."""
    return _PICTURE.search(around) is not None and not _TEXT_WORDS.search(around)


@remembered(1024)
def is_picture_credit(around: str) -> bool:
    """Whether the words around a link credit a picture."""
    return (
        re.search(
            r"\b(?:photo|foto|image|bild|picture|illustration|cover)\w{0,8}\s{0,2}(?::|by|von|©|credit|from)",
            around,
            re.I,
        )
        is not None
    )
