# SPDX-License-Identifier: Apache-2.0
"""Links to the pages where a site keeps its terms: conditions of use, copyright policy, permissions, DMCA address.

Found by their addresses where these are telling, and by their words in languages whose sites do not write them into addresses.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Document, ancestors
from archiver.extract.markup.evidence import Witness, collapse
from archiver.extract.markup.references import Base
from archiver.extract.markup.zones import zone_around
from archiver.extract.rights.findings import notice_of
from archiver.extract.rights.licenses import is_license_url
from archiver.extract.rights.notice_language import of_words
from manifests.agents import Confidence
from manifests.rights import Notice, NoticeKind

_OTHERS = frozenset({"creativecommons.org/", "gnu.org/"})
"""Parts of addresses that tell a licence, not a page of terms."""
_TERMS = re.compile(
    (
        r"\b(?:terms(?: (?:of (?:use|service|sale)|and conditions|& conditions|of website use))?|conditions of "
        r"use|user agreement|legal(?: notices?| information)?|copyright(?: (?:policy|notice|information|"
        r"statement))?|permissions?|reprints?(?: (?:and|&) permissions?)?"
        r"|licens(?:e|ing)|republish(?:ing guidelines)?|rights (?:and|&) permissions|fair use(?: notice)?|"
        r"disclaimer|nutzungsbedingungen|agb|rechtliche hinweise|haftungsausschluss|mentions légales|"
        r"conditions générales(?: d['’]utilisation)?|cgu|aviso legal|condiciones(?: de uso| generales)?|"
        r"términos(?: y condiciones)?|termos de uso|note legali|condizioni|termini e condizioni|gebruiksvoorwaarden|"
        r"algemene voorwaarden|regulamin|kullanım (?:koşulları|şartları)|obchodní podmínky|podmínky užití|"
        r"användarvillkor|käyttöehdot|"
        r"felhasználási feltételek|syarat dan ketentuan|điều khoản|termeni și condiții|όροι χρήσης|תנאי שימוש|תקנון|"
        r"условия использования|пользовательское соглашение|правообладателям|умови використання|правила користування|"
        r"利用規約|サイトポリシー|免責事項|著作権|著作権について|版权声明|版權聲明|法律声明|使用条款|服务条款|"
        r"이용약관|저작권 ?(?:정책|규약)|"
        r"شروط الاستخدام|حقوق النشر|ข้อกำหนดการใช้งาน|नियम और शर्तें)(?!\w)"
    ),
    re.IGNORECASE,
)
_TAKEDOWN = re.compile(
    r"\bdmca\b|\btake-?down\b|report (?:a |an )?(?:copyright )?(?:infringement|violation)|copyright (?:complaint|claim)s?|"
    r"urheberrechtsverletzung|rechtsverletzung(?:en)? melden|(?:beschwerde|meldung|melden|"
    r"formular).{0,20}netzdg|netzdg.{0,4}(?:beschwerde|meldung|formular)|atteinte au droit d.auteur|signaler un contenu illicite|"
    r"infracción de derechos|zgłoś naruszenie|violação de direitos|segnala una violazione|著作権侵害|侵权|侵權|"
    r"저작권 침해|권리 ?침해",
    re.IGNORECASE,
)
_MOST = 12
_MOST_MET = 400
_MOST_LINES, _LONGEST_LINE, _MOST_PIECES = 40, 400, 30


def links(document: Document, witness: Witness, base: Base, indexes: Sequence[int] = ()) -> list[Notice]:
    """Terms links and takedown addresses, by their words, each address once; `indexes` name the blocks that hold such words."""
    found: dict[tuple[str, str], Notice] = {}
    for node, written in chain(_candidates(document), _by_words(document, indexes)):
        words = collapse(node.text())
        if not words or len(words) > 60 or is_license_url(written):
            continue
        takedown = _TAKEDOWN.search(words) is not None
        if not takedown and not _TERMS.search(words):
            continue
        url = base.absolute(written)
        kind = NoticeKind.TAKEDOWN_CONTACT if takedown else NoticeKind.TERMS_LINK
        met = found.get((kind, url)) if url is not None else None
        if url is None or (met is not None and met.voice is None):
            continue
        evidence, zone = witness.element_words(node), zone_around(document, node)
        found[kind, url] = notice_of(
            kind=kind.value,
            text=evidence.text,
            evidence=evidence,
            confidence=Confidence.MEDIUM,
            reason="link whose words name such a page",
            url=url,
            language=of_words(evidence.text, zone.language),
            voice=zone.voice.value if zone.voice else None,
        )
        if len(found) >= _MOST:
            break
    return list(found.values())


def _by_words(document: Document, indexes: Sequence[int]) -> Iterator[tuple[LexborNode, str]]:
    """Links in short lines, of which each may hold several."""
    for index in indexes[:_MOST_LINES]:
        block = document.blocks[index]
        if len(block.text) > _LONGEST_LINE:
            continue
        for _, piece in block.pieces[:_MOST_PIECES]:
            anchor = next((node for node in islice(ancestors(piece), 4) if node.tag == "a"), None)
            href = anchor.attributes.get("href") if anchor is not None else None
            if anchor is not None and href:
                yield anchor, href


def _candidates(document: Document) -> Iterator[tuple[LexborNode, str]]:
    """Anchors whose address holds one of the parts, with it: until that many parts were met."""
    met = 0
    for node, href, parts in document.table.telling:
        held = len(parts - _OTHERS)
        if held:
            yield node, href
            met += held
            if met >= _MOST_MET:
                return
