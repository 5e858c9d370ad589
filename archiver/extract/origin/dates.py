# SPDX-License-Identifier: Apache-2.0
"""A page's own dates of publication and change, normalised to RFC 3339 where the words say enough.

A time without a zone stays without one: no zone is guessed.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from itertools import islice

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Document
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.jsonld import Statements
from archiver.extract.markup.metas import Metas
from archiver.extract.origin.agreement import Candidate, also, differing
from manifests.agents import Claim, Confidence, Differing
from manifests.canonical import unchecked

_claim_of = unchecked(Claim)
_ISO = re.compile(
    (
        r"^\s*(\d{4})-?(\d{2})-?(\d{2})(?!\d)(?:[T\s]+(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|"
        r"[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
    ),
    re.IGNORECASE,
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$")
_SLASHED = re.compile(r"^\s*(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:\s+(\d{1,2}):(\d{2}))?")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|"
    r"th)?[\s\-]+([A-Za-z]{3,9})\.?,?[\s\-]+(\d{4})(?:\s+(\d{2}):(\d{2})(?::(\d{2}))?\s*(GMT|UTC|Z|"
    r"[+-]\d{4})?)?"
)
_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)")
_MONTHS = {
    m: n for n, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "dcterms.issued", "dc.date.issued", "dcterms.created", "dc.date", "dcterms.date", "pubdate",
    "publishdate", "publish-date", "publication_date", "article.published", "citation_publication_date", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified", "dcterms.modified",
    "dc.date.modified", "last-modified", "lastmod", "revised",
)  # fmt: skip
_VAGUE = frozenset(("date", "dc.date", "og:updated_time"))
_MOST = 40
"""Statements of one date that are looked at."""
_PUBLISHED_TIMES = "time[pubdate],time.published,time.entry-date,article time[datetime],.post time[datetime]"
_MODIFIED_TIMES = "time.updated,time.modified"


def normalised(text: str) -> str | None:
    """A date or time as RFC 3339, or None when none can be read."""
    text = text.strip()[:80]
    found = _ISO.match(text)
    if found:
        return _built(found[1], found[2], found[3], found[4], found[5], found[6], found[7], found[8])
    found = _COMPACT.match(text)
    if found:
        return _built(found[1], found[2], found[3], found[4], found[5], found[6])
    found = _SLASHED.match(text)
    if found:
        return _built(found[1], found[2], found[3], found[4] and found[4].zfill(2), found[5])
    found = _DAY_FIRST.search(text)
    if found and found[2][:3].lower() in _MONTHS:
        return _built(found[3], _MONTHS[found[2][:3].lower()], found[1], found[4], found[5], found[6], None, found[7])
    found = _MONTH_FIRST.search(text)
    if found and found[1][:3].lower() in _MONTHS:
        return _built(found[3], _MONTHS[found[1][:3].lower()], found[2])
    found = _DOTTED.search(text)
    return _built(found[3], found[2], found[1]) if found else None


def _built(
    year: str, month: str | int, day: str, hour: str | None = None, minute: str | None = None, second: str | None = None,
    fraction: str | None = None, zone: str | None = None,
) -> str | None:  # fmt: skip
    try:
        written = date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
    if hour is None or minute is None:
        return written
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 60:
        return written
    written += f"T{hour}:{minute}:{second or '00'}" + (f".{fraction}" if fraction else "")
    if zone is None:
        return written
    if zone.upper() in {"Z", "UTC", "GMT"}:
        return written + "Z"
    return written + (f"{zone}:00" if len(zone) == 3 else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}")


_Others = list[Differing] | None


def published(
    document: Document, metas: Metas, said: Statements, witness: Witness, others: _Others = None
) -> Claim | None:
    """When the page says it was published; `others` takes what is said instead."""
    stated = _stated(metas, said, witness, "datePublished", _PUBLISHED)
    return _claim("published_at", stated, _in_elements(document, witness, "datePublished", "published"), others)


def modified(
    document: Document, metas: Metas, said: Statements, witness: Witness, others: _Others = None
) -> Claim | None:
    """When the page says it was last changed; `others` takes what is said instead."""
    stated = _stated(metas, said, witness, "dateModified", _MODIFIED)
    return _claim("modified_at", stated, _in_elements(document, witness, "dateModified", "modified"), others)


def _stated(metas: Metas, said: Statements, witness: Witness, key: str, names: tuple[str, ...]) -> Iterator[Candidate]:
    for thing in [*said.articles, *said.of_types("webpage")][:_MOST]:
        for one in said.strings(thing, key)[:1]:
            value = normalised(one.text)
            if value:
                reason = f"JSON-LD {key} of the {'article' if thing.is_article else 'page'}"
                yield Candidate(
                    value, Confidence.HIGH, reason, partial(witness.json, one.script, one.pointer, one.text)
                )
    for meta in metas.all(*names):
        value = normalised(meta.content)
        if value:
            confidence = Confidence.MEDIUM if meta.name in _VAGUE else Confidence.HIGH
            evidence = partial(witness.attribute, meta.node, meta.attribute)
            yield Candidate(value, confidence, f"meta {meta.name}", evidence)


def _in_elements(document: Document, witness: Witness, key: str, word: str) -> Iterator[Candidate]:
    for node in _timed(document, key, word)[:3]:
        attribute = "datetime" if node.attributes.get("datetime") else "content"
        value = normalised(node.attributes.get(attribute) or "")
        if value:
            evidence = partial(witness.attribute, node, attribute)
            yield Candidate(value, Confidence.MEDIUM, f"time element of the {word} date", evidence)


def _claim(field: str, stated: Iterator[Candidate], shown: Iterator[Candidate], others: _Others) -> Claim | None:
    """The first date stated, else shown; only a list's first statement is its page's, so lists contradict nothing."""
    found = list(islice(stated, _MOST)) or list(shown)
    if not found:
        return None
    chosen, rest = found[0], found[1:]
    if others is not None and rest:
        by_rule = {
            one.reason: one
            for one in reversed(rest)
            if one.reason != chosen.reason and one.confidence == Confidence.HIGH
        }
        others += differing(field, [chosen.value], by_rule.values(), _is_alike)
    return _claim_of(
        value=chosen.value,
        evidence=chosen.evidence(),
        confidence=chosen.confidence,
        reason=chosen.reason,
        also=also(chosen, rest, _is_alike) if rest else (),
    )


def _is_alike(one: str, other: str) -> bool:
    """Whether two dates are one, as far as both are told: one minute where both name a zone, else one day."""
    first, second = _instant(one), _instant(other)
    if first is None or second is None:
        return one[:10] == other[:10]
    return abs((first - second).total_seconds()) < 60


def _instant(text: str) -> datetime | None:
    """A date with time and zone as an instant."""
    if len(text) < 20:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _timed(document: Document, key: str, word: str) -> list[LexborNode]:
    """Elements that state a date for machines."""
    stated = f"[itemprop='{key}']"
    times = [attributes for _, _, attributes in document.table.named("time")]
    if word == "published":
        marked, may_be_marked = _PUBLISHED_TIMES, bool(times)
    else:
        marked, may_be_marked = _MODIFIED_TIMES, any("class" in attributes for attributes in times)
    if not may_be_marked and not document.table.states(key):
        return []
    return document.tree.css(f"time{stated},{stated}[datetime],{stated}[content],{marked}")
