# SPDX-License-Identifier: Apache-2.0
"""Who published the page: the site's or brand's name, never the software that serves it or the agency that wrote it.

Candidates are taken in order of how much they are made for the purpose; one that the host spells outranks one that it does
not. What is stated for machines and agrees is kept as further evidence, what does not as differing. Where no URL is known,
the page's own word for its address tells the host.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from archiver.extract.markup.document import Document
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.jsonld import Statements
from archiver.extract.markup.metas import Metas
from archiver.extract.origin import publisher_names
from archiver.extract.origin.agreement import Candidate, also, differing
from archiver.extract.origin.hosts import key_of, names_host, shown_host
from archiver.extract.origin.publisher_names import Naming
from manifests.agents import Claim, Confidence, Differing
from manifests.canonical import unchecked
from manifests.capture import Party
from manifests.rights import Notice

_party_of = unchecked(Party)
_WEAK = 5
"""The rank from which on a statement is too often about something else to contradict another."""
_SPELLED = 3
"""How much a name gains that the host spells."""


def read(
    document: Document,
    metas: Metas,
    said: Statements,
    witness: Witness,
    url: str,
    title: Claim | None,
    others: list[Differing] | None = None,
) -> Party | None:
    """The publisher, or None when the page names none and has no host; `others` takes what is said instead."""
    url = url or _own_address(metas)
    stated = publisher_names.stated(document, metas, said, witness, url, title.value if title else None)
    inferred = publisher_names.inferred(document, metas, said, witness, url, title)
    chosen = _choose(chain(((rank, iter(found)) for rank, found in enumerate(stated, 1)), inferred), url)
    if chosen is None:
        host = shown_host(url)
        if not host:
            return None
        evidence = witness.address(host)
        return _party_of(
            name=host,
            url=None,
            evidence=evidence,
            confidence=Confidence.LOW,
            reason="host name, nothing else names a publisher",
        )
    spelled = names_host(chosen.name, url)
    confidence = (
        Confidence.HIGH if chosen.rank <= 2 else Confidence.MEDIUM if spelled or chosen.rank <= 4 else Confidence.LOW
    )
    rest = [one for found in stated for one in found if one is not chosen and one.rank < _WEAK]
    agreeing = [one for one in rest if _is_alike(one.name, chosen.name)]
    if others is not None and len(agreeing) < len(rest):
        others += differing("publisher", [chosen.name], map(_candidate, rest), _is_alike)
    return _party_of(
        name=chosen.name,
        url=chosen.url or next((one.url for one in agreeing if one.url), None),
        type=chosen.kind or next((one.kind for one in agreeing if one.kind), None),
        evidence=chosen.evidence(),
        confidence=confidence,
        reason=chosen.source,
        also=also(_candidate(chosen), map(_candidate, agreeing), _is_alike) if agreeing else (),
    )


def confirmed(party: Party | None, notices: Iterable[Notice]) -> Party | None:
    """A publisher that was inferred, with the copyright line that names it, if there is one."""
    if party is None or party.also or party.confidence == Confidence.HIGH:
        return party
    for notice in notices:
        own = notice.kind == "copyright" and notice.voice is None and notice.evidence.place != party.evidence.place
        if own and notice.holder and _is_alike(notice.holder, party.name):
            return party.model_copy(update={"also": (notice.evidence,), "confidence": Confidence.MEDIUM})
    return party


def _candidate(one: Naming) -> Candidate:
    return Candidate(one.name, Confidence.MEDIUM, one.source, one.evidence)


def _is_alike(one: str, other: str) -> bool:
    """Whether two names mean one party, as far as their letters tell: they are equal, or one begins or ends the other."""
    short, long = sorted((key_of(one), key_of(other)), key=len)
    return short == long or (len(short) >= 4 and (long.startswith(short) or long.endswith(short)))


def _own_address(metas: Metas) -> str:
    link = next(metas.linked("canonical"), None)
    meta = metas.first("og:url")
    said = link.href if link else meta.content.strip() if meta else ""
    return said if said.startswith(("http://", "https://")) else ""


def _choose(groups: Iterator[tuple[int, Iterator[Naming]]], url: str) -> Naming | None:
    """The candidate of the lowest score, the first of equals; a group that cannot go lower is not looked at."""
    best: int | None = None
    chosen = None
    for lowest_rank, candidates in groups:
        if best is not None and best <= lowest_rank * 2 - _SPELLED:
            continue
        for candidate in candidates:
            # A bare domain is a name only where nothing better is spelled.
            bare = "." in candidate.name and " " not in candidate.name
            score = candidate.rank * 2 + (1 if bare and candidate.rank > 2 else 0)
            if best is not None and best <= score - _SPELLED:
                continue
            score -= _SPELLED if names_host(candidate.name, url) else 0
            if best is None or score < best:
                best, chosen = score, candidate
    return chosen


def keys_of(party: Party | None, url: str) -> frozenset[str]:
    """Folded names that mean the publisher: its name and its host."""
    keys = {key_of(party.name)} if party else set()
    host = shown_host(url)
    if host:
        keys |= {key_of(host), key_of(host.rsplit(".", 1)[0])}
    return frozenset(k for k in keys if len(k) >= 3)
