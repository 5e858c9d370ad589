# SPDX-License-Identifier: Apache-2.0
"""Rights and use preferences made for machines: headers, meta elements and links of one response.

Carriers: TDM Reservation Protocol (`tdm-reservation`, `tdm-policy`), robots directives (`X-Robots-Tag`, meta robots and
per-agent metas), `Content-Usage` (IETF aipref), `Content-Signal`, `Link: rel=license`, meta copyright and Dublin Core rights,
RSL licence links. Site files (robots.txt, tdmrep.json) and JSON-LD are read elsewhere.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from archiver.extract.markup.evidence import collapse
from archiver.extract.markup.metas import Metas
from archiver.extract.markup.references import Base
from archiver.extract.markup.remembered import remembered
from archiver.extract.origin.head import linked_in_header
from archiver.extract.rights import licenses
from archiver.extract.rights.findings import notice_of
from manifests.agents import Confidence, Evidence
from manifests.rights import Notice, NoticeKind

_AI_TOKENS = frozenset({"noai", "noimageai", "noml", "notrain", "notraining", "noaitraining"})
_ARCHIVE_TOKENS = frozenset({"noarchive", "nocache", "archive"})
_AGENT_METAS = (
    "googlebot",
    "bingbot",
    "googlebot-news",
    "gptbot",
    "ccbot",
    "google-extended",
    "slurp",
    "applebot",
    "ia_archiver",
    "archive.org_bot",
)
_PAIR = re.compile(r"([A-Za-z][A-Za-z0-9\-]{0,40})\s{0,5}=\s{0,5}\"?([A-Za-z0-9\-]{1,20})\"?")
_RIGHTS_METAS = (
    "copyright",
    "rights",
    "dc.rights",
    "dcterms.rights",
    "dcterms:rights",
    "dc:rights",
    "dc.rightsholder",
    "dcterms.rightsholder",
    "rights-standard",
    "copyrightholder",
    "copyrightnotice",
    "og:copyright",
    "citation_copyright",
)
_LICENSE_METAS = (
    "dcterms.license",
    "dc.license",
    "dcterms:license",
    "license",
    "dc.rights.license",
    "citation_license",
)
_YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20[0-4]\d)(?!\d)")
_HOLDER_NOISE = re.compile(
    (
        r"©|\(c\)|copyright|all rights reserved\.?|alle rechte vorbehalten\.?|tous droits réservés\.?|"
        r"(?<!\d)(?:19|20)\d\d(?!\d)|^\W+|[\s\-–—,.|]+$"
    ),
    re.IGNORECASE,
)

Witnessed = Callable[[], Evidence]


def from_headers(headers: Sequence[tuple[str, str]], tell: Callable[[str, str], Evidence], base: Base) -> list[Notice]:
    """Signals of the HTTP header; `tell` makes evidence of a field."""
    found: list[Notice] = []
    for name, content in headers:
        lowered = name.lower()

        def evidence(name: str = name, content: str = content) -> Evidence:
            return tell(name, content)

        if lowered == "x-robots-tag":
            found += _robots(content, evidence, header=True, agents=())
        elif lowered in {"tdm-reservation", "content-usage", "content-signal"}:
            found += preferences(lowered, content, evidence)
        elif lowered == "tdm-policy":
            found += _policy(content, evidence, base)
    for relation in ("license", "terms-of-service", "copyright"):
        for name, content, target in linked_in_header(headers, relation):
            url = base.absolute(target)
            if url and relation == "license":
                found.append(license_signal(target, tell(name, content), "Link header rel=license"))
            elif url:
                found.append(
                    Notice(
                        kind=NoticeKind.TERMS_LINK,
                        text=target,
                        evidence=tell(name, content),
                        confidence=Confidence.HIGH,
                        reason=f"Link header rel={relation}",
                        url=url,
                    )
                )
    return found


def from_page(metas: Metas, tell: Callable[..., Evidence], base: Base) -> list[Notice]:
    """Signals of the page's head; `tell` makes evidence of an element's attribute."""
    found: list[Notice] = []
    for meta in metas.all("robots", *_AGENT_METAS):
        found += _robots(
            meta.content,
            partial(tell, meta.node, meta.attribute),
            header=False,
            agents=() if meta.name == "robots" else (meta.name,),
        )
    for meta in metas.all("tdm-reservation", "content-usage", "content-signal"):
        found += preferences(meta.name, meta.content, partial(tell, meta.node, meta.attribute))
    for meta in metas.all("tdm-policy"):
        found += _policy(meta.content, partial(tell, meta.node, meta.attribute), base)
    seen: set[str] = set()
    for meta in metas.all(*_RIGHTS_METAS):
        text = collapse(meta.content)
        if text and text not in seen and len(seen) < 20:
            seen.add(text)
            found.append(rights_signal(text, tell(meta.node, meta.attribute), f"meta {meta.name}"))
    for meta in metas.all(*_LICENSE_METAS):
        found.append(license_signal(meta.content.strip(), tell(meta.node, meta.attribute), f"meta {meta.name}"))
    for link in metas.links:
        if "license" in link.rel and ("rsl" in (link.node.attributes.get("type") or "")):
            found.append(license_signal(link.href, tell(link.node, "href"), "RSL licence link"))
        elif not link.rel.isdisjoint({"copyright", "terms-of-service"}):
            url = base.absolute(link.href)
            if url:
                found.append(
                    Notice(
                        kind=NoticeKind.TERMS_LINK,
                        text=link.href,
                        evidence=tell(link.node, "href"),
                        confidence=Confidence.HIGH,
                        reason="link rel=copyright",
                        url=url,
                    )
                )
    return found


def _robots(content: str, evidence: Witnessed, *, header: bool, agents: tuple[str, ...]) -> Iterator[Notice]:
    named = agents
    for part in content[:4000].split(","):
        token = part.strip().lower()
        if header and ":" in token and not token.startswith(("max-", "unavailable_after")):
            agent, token = (piece.strip() for piece in token.split(":", 1))
            named = (agent,)
        if token in _AI_TOKENS:
            kind, value = NoticeKind.AI_PREFERENCE, "disallow"
        elif token in _ARCHIVE_TOKENS:
            kind, value = NoticeKind.ARCHIVING_PREFERENCE, "allow" if token == "archive" else "disallow"
        else:
            continue
        told = evidence()
        reason = "X-Robots-Tag directive" if header else "robots meta directive"
        yield Notice(
            kind=kind,
            text=told.text,
            evidence=told,
            confidence=Confidence.HIGH,
            reason=reason,
            value=value,
            usage=token,
            agents=named,
        )


def preferences(carrier: str, content: str, evidence: Witnessed) -> Iterator[Notice]:
    """What `tdm-reservation`, `content-usage` or `content-signal` says of uses by machines."""
    told = evidence()
    if carrier == "tdm-reservation":
        digit = content.strip().strip("\"'")
        if digit in {"0", "1"}:
            value = "disallow" if digit == "1" else "allow"
            yield Notice(
                kind=NoticeKind.AI_PREFERENCE,
                text=told.text,
                evidence=told,
                confidence=Confidence.HIGH,
                reason="TDM Reservation Protocol",
                value=value,
                usage="tdm-reservation",
            )
        return
    for found in list(_PAIR.finditer(content[:4000]))[:20]:
        value = {"n": "disallow", "no": "disallow", "y": "allow", "yes": "allow"}.get(found[2].lower(), "conditional")
        yield Notice(
            kind=NoticeKind.AI_PREFERENCE,
            text=told.text,
            evidence=told,
            confidence=Confidence.HIGH,
            reason=carrier,
            value=value,
            usage=found[1].lower(),
        )


def _policy(content: str, evidence: Witnessed, base: Base) -> Iterator[Notice]:
    url = base.absolute(content)
    if url:
        told = evidence()
        yield Notice(
            kind=NoticeKind.AI_PREFERENCE,
            text=told.text,
            evidence=told,
            confidence=Confidence.HIGH,
            reason="TDM policy",
            value="conditional",
            usage="tdm-policy",
            url=url,
        )


def license_signal(written: str, evidence: Evidence, reason: str) -> Notice:
    """A licence named for machines, by URL or in words."""
    is_url = written.startswith(("http://", "https://", "/"))
    kind = licenses.kind_of_url(written) if is_url else NoticeKind.LICENSE
    return notice_of(
        kind=kind.value,
        text=evidence.text,
        evidence=evidence,
        confidence=Confidence.HIGH,
        reason=reason,
        license_url=written if is_url else None,
        license=licenses.spdx_of_url(written) if is_url else licenses.spdx_of_words(written),
    )


def rights_signal(text: str, evidence: Evidence, reason: str) -> Notice:
    """A statement of rights made for machines, by URL or in words."""
    spdx = licenses.spdx_of_url(text) if text.startswith("http") else licenses.spdx_of_words(text)
    if spdx or licenses.is_license_url(text):
        return license_signal(text, evidence, reason)
    if text.startswith(("http://", "https://")) and " " not in text:
        return notice_of(
            kind=NoticeKind.TERMS_LINK.value,
            text=evidence.text,
            evidence=evidence,
            confidence=Confidence.MEDIUM,
            reason=reason,
            url=text,
        )
    named, written = _claimed(text)
    return notice_of(
        kind=NoticeKind.COPYRIGHT.value,
        text=evidence.text,
        evidence=evidence,
        confidence=Confidence.MEDIUM,
        reason=reason,
        holder=named,
        years=written,
    )


@remembered(1024)
def _claimed(text: str) -> tuple[str | None, str | None]:
    """Holder and years that a statement of rights names."""
    years = [int(y) for y in _YEAR.findall(text)]
    holder = collapse(_HOLDER_NOISE.sub(" ", _HOLDER_NOISE.sub(" ", text[:300]))).strip(" .,:;|-–—")
    written = f"{min(years)}-{max(years)}" if years and min(years) != max(years) else (str(years[0]) if years else None)
    return holder if 2 <= len(holder) <= 80 and any(c.isalpha() for c in holder) else None, written
