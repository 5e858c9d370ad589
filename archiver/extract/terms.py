# SPDX-License-Identifier: Apache-2.0
"""Links to the pages where a site keeps its terms: conditions of use, copyright policy, permissions, DMCA address."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from archiver.extract.document import Document
from archiver.extract.elements import elements_of
from archiver.extract.evidence import Witness, collapse
from archiver.extract.references import Base
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
        r"términos(?: y condiciones)?|termos de uso|note legali|condizioni|gebruiksvoorwaarden|regulamin|利用規約|"
        r"著作権|版权声明|法律声明)\b"
    ),
    re.IGNORECASE,
)
_TAKEDOWN = re.compile(r"\bdmca\b|\btake-?down\b|report (?:copyright )?infringement|侵权", re.IGNORECASE)
_MOST = 12
_MOST_MET = 400


def links(document: Document, witness: Witness, base: Base) -> list[Notice]:
    """Terms links and takedown addresses, by their words, each address once."""
    found: dict[tuple[str, str], Notice] = {}
    for node, written in _candidates(document):
        words = collapse(node.text())
        if not words or len(words) > 60:
            continue
        takedown = _TAKEDOWN.search(words) is not None
        if not takedown and not _TERMS.search(words):
            continue
        url = base.absolute(written)
        kind = NoticeKind.TAKEDOWN_CONTACT if takedown else NoticeKind.TERMS_LINK
        if url is None or (kind, url) in found:
            continue
        evidence = witness.element_words(node)
        found[kind, url] = Notice(
            kind=kind,
            text=evidence.text,
            evidence=evidence,
            confidence=Confidence.MEDIUM,
            reason="link whose words name such a page",
            url=url,
        )
        if len(found) >= _MOST:
            break
    return list(found.values())


def _candidates(document: Document) -> Iterator[tuple[LexborNode, str]]:
    """Anchors whose address holds one of the parts, with it: until that many parts were met."""
    met = 0
    for node, href, parts in elements_of(document).telling:
        held = len(parts - _OTHERS)
        if held:
            yield node, href
            met += held
            if met >= _MOST_MET:
                return
