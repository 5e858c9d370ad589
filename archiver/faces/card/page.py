# SPDX-License-Identifier: Apache-2.0
"""The card of one capture as a page: one file, nothing loaded and nothing run, light or dark as the reader has it.

It shows what the manifest, the claims and the chain hold, and no more. Every word of a page, a server or an operator is
escaped. URLs are text, not links: whoever looks at evidence should not visit it by accident.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from archiver.faces.card.chain_part import chain_part
from archiver.faces.card.citing import Cited, cited, way
from archiver.faces.card.notices_part import notices_part
from archiver.faces.card.observed_part import digests_part, fetched_part
from archiver.faces.card.page_text import PageText, Spot, page_text
from archiver.faces.card.quoting import inline, language
from archiver.faces.card.style import STYLE
from archiver.faces.card.text_part import text_part
from archiver.services.markup import framed, moment, prose, words
from archiver.services.provenance import wording
from archiver.services.provenance.chain import Chain, Held
from manifests.capture import Claims


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown."""

    held: Held
    chain: Chain
    """The chain from this capture."""
    entity: bytes | None
    """The page as a browser would have saved it; None when there is none, or it cannot be shown."""


def card(one: Card) -> bytes:
    """The page, UTF-8. Equal captures and chains give equal bytes."""
    claims, seen = one.held.claims, one.held.manifest.observation
    quotes = cited(claims) if claims is not None else []
    text = _text_of(one, claims, quotes)
    title = claims.title.value if claims is not None and claims.title is not None else seen.url
    tag = claims.language.value if claims is not None and claims.language is not None else None
    parts = [
        _head(one, title, tag),
        "<main>\n",
        _facts(one, claims, text),
        notices_part(one.held, text),
        chain_part(one.chain, claims, text),
        text_part(text, quotes, tag),
        fetched_part(seen),
        digests_part(one.held),
        "</main>\n",
        _foot(one, claims),
    ]
    return framed(f"Evidence card: {title[:120]}", "".join(parts), STYLE)


def _text_of(one: Card, claims: Claims | None, quotes: Iterable[Cited]) -> PageText | None:
    if one.entity is None or claims is None or claims.charset is None:
        return None
    response = one.held.manifest.observation.response
    stated = (
        next((v for n, v in response.headers if n.lower() == "content-type"), None) if response is not None else None
    )
    spots = [Spot(each.key, each.evidence.place.ranges) for each in quotes if each.evidence.authority.kind == "page"]
    return page_text(one.entity, claims.charset, spots, mime=claims.mime_detected, content_type=stated)


def _head(one: Card, title: str, tag: str | None) -> str:
    places = [
        ("notices", "Notices"), ("chain", "Where it comes from"), ("text", "The page's text"), ("fetched", "How it was fetched"),
        ("digests", "Digests and proofs"),
    ]  # fmt: skip
    return (
        '<a class="skip" href="#notices">Go to the notices</a>\n<header>\n<p class="eyebrow">Evidence card of a capture</p>\n'
        f'<h1 dir="auto"{language(tag)}>{prose(title, 400)}</h1>\n<p class="url">{words(one.held.found.url, 2000)}</p>\n'
        '<nav aria-label="On this page"><ul>'
        + "".join(f'<li><a href="#{place}">{name}</a></li>' for place, name in places)
        + "</ul></nav>\n</header>\n"
    )


def _facts(one: Card, claims: Claims | None, text: PageText | None) -> str:
    seen, nothing = one.held.manifest.observation, [wording.NOTHING_READ]
    if claims is None:
        who, when, terms = (nothing, nothing, nothing)
    else:
        who, when, terms = _who(claims, text), _when(claims, text), _terms(one.held, claims)
    response = seen.response
    status = f", HTTP status {response.code}" if response is not None and response.code is not None else ""
    captured = [moment(seen.requested_at), words(f"{seen.outcome.value}{status}")]
    if claims is not None and claims.suspected:
        captured.append("perhaps not what was meant: " + words(", ".join(sign.sign for sign in claims.suspected)))
    facts = [
        ("Who, as the page names it", who),
        ("When, by its own date", when),
        ("When captured", captured),
        ("Terms", terms),
    ]
    return '<dl class="facts">' + "".join(_fact(name, lines) for name, lines in facts) + "</dl>\n"


def _fact(name: str, lines: list[str]) -> str:
    first, *others = lines
    more = "".join(f"<dd>{line}</dd>" for line in others)
    return f'<div><dt>{words(name)}</dt><dd class="main">{first}</dd>{more}</div>\n'


def _who(claims: Claims, text: PageText | None) -> list[str]:
    authors = [f"by {inline(', '.join(one.name for one in claims.authors))}"] if claims.authors else []
    party = claims.publisher
    if party is None:
        return ["no publisher found", *authors]
    sure = f'<span id="who">confidence {party.confidence.value}: {words(party.reason)}</span>'
    return [inline(party.name), *authors, sure + way("who", text), *_otherwise(claims, "publisher")]


def _when(claims: Claims, text: PageText | None) -> list[str]:
    said = claims.published_at
    if said is None:
        return ["no date found"]
    sure = f'<span id="when">confidence {said.confidence.value}: {words(said.reason)}</span>'
    return [inline(said.value), sure + way("when", text), *_otherwise(claims, "published_at")]


def _otherwise(claims: Claims, field: str) -> list[str]:
    """The disagreement of the page with itself, if there is any."""
    told = wording.otherwise(claims, field)
    return ["elsewhere the page says: " + "; ".join(map(inline, told))] if told else []


def _terms(held: Held, claims: Claims) -> list[str]:
    rights, kinds = claims.rights, wording.kinds(claims)
    named = {
        "licence": rights.license or rights.license_url,
        "holder named": rights.holder,
        "years named": rights.years,
    }
    told = [f"{name}: {value}" for name, value in named.items() if value]
    uses = [f"{use.replace('-', ' ')}: {value}" for use, value in sorted(rights.uses.items())]
    uses += [f"conditions: {', '.join(rights.conditions)}"] if rights.conditions else []
    lines = ["; ".join(told), "; ".join(uses), f"notices: {', '.join(kinds)}" if kinds else ""]
    lines += [f"its site, for all its pages, in {one}" for one in wording.site(held)]
    return [words(wording.sentence(wording.reading(claims))), *(inline(one, 600) for one in lines if one)]


def _foot(one: Card, claims: Claims | None) -> str:
    seen, chain = one.held.manifest.observation, one.chain
    operator = f", run by {inline(chain.operator.name)}" if chain.operator is not None else ""
    read = (
        f" Claims were read by {words(claims.extractor.name)} {words(claims.extractor.version)}."
        if claims is not None
        else ""
    )
    return (
        f"<footer><p>Capture <code>{seen.capture_id}</code> of archive <code>{words(chain.archive_id)}</code>{operator}.{read} "
        "The words quoted here are those of others, kept as evidence of what was published; they are not ours.</p></footer>\n"
    )
