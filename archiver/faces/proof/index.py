# SPDX-License-Identifier: Apache-2.0
"""`index.html` of a proof pack: what was captured, when, from where and under which notices, and how strong the proof is.

One file, nothing loaded and nothing run. Every word of a page, a server or an operator is escaped. URLs are text; what is
linked are files of the pack, by names that we made. The page proves nothing itself, and says so.
"""

from archiver.faces.card.chain_part import chain_part
from archiver.faces.card.quoting import class_of, inline, language, quoted, where
from archiver.faces.proof.parts import became, digests, events, observed, pending, strengths_list
from archiver.faces.proof.style import STYLE
from archiver.services import proof_facts as names
from archiver.services.markup import framed, moment, prose, words
from archiver.services.proof_facts import ProofFacts, ProvenCapture
from archiver.services.provenance import wording
from manifests.capture import Claims

_NO_PROOF = (
    "This page shows what the other files of the pack say. It is not itself under any digest: README.txt has the "
    "commands that check the files, with standard tools and without a network."
)


def index(facts: ProofFacts) -> bytes:
    """The page, UTF-8. Equal facts give equal bytes."""
    count = len(facts.captures)
    title = f"Proof pack: {count} capture{'' if count == 1 else 's'} of archive {facts.archive_id}"
    parts = [
        _head(facts, title),
        "<main>\n",
        _strength(facts),
        *(_capture(facts, one) for one in facts.captures),
        chain_part(facts.chain, None, None) if facts.chain is not None and facts.chain.nodes else "",
        _since(facts),
        _files(facts),
        "</main>\n",
        _foot(facts),
    ]
    return framed(title, "".join(parts), STYLE)


def _head(facts: ProofFacts, title: str) -> str:
    run_by = f" run by {inline(facts.operator)}" if facts.operator else ""
    places = [
        ("strength", "How strong the proof is"),
        *((f"c{one.number}", f"Capture {one.number}") for one in facts.captures[:20]),
        ("since", "What was done since"),
        ("files", "Files"),
    ]
    listed = "".join(f'<li><a href="#{place}">{name}</a></li>' for place, name in places)
    return (
        '<a class="skip" href="#c1">Go to the first capture</a>\n<header>\n<p class="eyebrow">Proof pack</p>\n'
        f"<h1>{words(title.partition(': ')[2])}</h1>\n"
        f"<p>Made {moment(facts.made_at)} from the archive <code>{words(facts.archive_id)}</code>{run_by}.</p>\n"
        f'<nav aria-label="On this page"><ul>{listed}</ul></nav>\n</header>\n'
    )


def _strength(facts: ProofFacts) -> str:
    return (
        '<section aria-labelledby="strength"><h2 id="strength">How strong the proof is</h2>\n'
        + strengths_list(facts.strengths)
        + pending(facts)
        + f"<p>{_NO_PROOF}</p>\n<p>What the proof does not show is listed in "
        f'<a href="{names.STATEMENT}">{names.STATEMENT}</a>.</p>\n</section>\n'
    )


def _capture(facts: ProofFacts, one: ProvenCapture) -> str:
    claims = one.claims
    tag = claims.language.value if claims is not None and claims.language is not None else None
    place = f"c{one.number}"
    own = facts.strengths_of(one)
    return (
        f'<section class="capture" aria-labelledby="{place}"><h2 id="{place}">{one.number}. '
        f'<bdi dir="auto"{language(tag)}>{prose(one.title or one.url, 400)}</bdi></h2>\n'
        f'<p class="url">{words(one.url, 2000)}</p>\n'
        + _facts(one, claims)
        + ("" if own == facts.strengths else strengths_list(own))
        + _notices(claims, tag)
        + f"<h3>How it was fetched</h3>\n{observed(one)}"
        + f"<h3>Digests</h3>\n{digests(facts, one)}</section>\n"
    )


def _facts(one: ProvenCapture, claims: Claims | None) -> str:
    party = claims.publisher if claims is not None else None
    who = inline(party.name) if party is not None else "no publisher found"
    authors = (
        f"<dd>by {inline(', '.join(each.name for each in claims.authors))}</dd>" if claims and claims.authors else ""
    )
    dated = (
        inline(claims.published_at.value) if claims is not None and claims.published_at is not None else "no date found"
    )
    terms = words(wording.sentence(wording.terms(claims)), 1000)
    suspected = claims.suspected if claims is not None else ()
    signs = ", ".join(each.sign for each in suspected)
    doubt = f"<dd>perhaps not what was meant: {words(signs)}</dd>" if signs else ""
    facts = [
        ("Who, as the page names it", who, authors),
        ("When, by its own date", dated, ""),
        ("When captured", moment(one.fetched_at), f"<dd>{words(became(one))}</dd>{doubt}"),
        ("Terms, as the page words them", terms, ""),
    ]
    shown = "".join(f'<div><dt>{name}</dt><dd class="main">{main}</dd>{more}</div>\n' for name, main, more in facts)
    return f'<dl class="facts">{shown}</dl>\n'


def _notices(claims: Claims | None, tag: str | None) -> str:
    if claims is None:
        return f"<h3>Notices</h3>\n<p>{words(wording.sentence(wording.NOTHING_READ))}.</p>\n"
    if not claims.notices:
        return f"<h3>Notices</h3>\n<p>{words(wording.sentence(wording.NONE_FOUND))}.</p>\n"
    listed = "".join(
        f'<li><p><span class="number {class_of(notice)}">{at}</span> {words(wording.sentence(wording.kind(notice)))}</p>\n'
        f"{quoted(notice.text, notice.language or tag)}<p>{where(notice.evidence)}"
        + (f" <b>Not in the publisher's own voice: {words(notice.voice)}.</b>" if notice.voice is not None else "")
        + "</p></li>\n"
        for at, notice in enumerate(claims.notices, start=1)
    )
    return f'<h3>Notices, word for word; nothing was assessed</h3>\n<ol class="notices">{listed}</ol>\n'


def _since(facts: ProofFacts) -> str:
    return f'<section aria-labelledby="since"><h2 id="since">What was done since</h2>\n{events(facts)}</section>\n'


def _files(facts: ProofFacts) -> str:
    told = [names.EVENTS] if any(one.events for one in facts.captures) else []
    held = [names.README, names.STATEMENT, *told]
    for one in facts.captures:
        folder = names.capture_folder(one.number)
        held += [folder + name for name in (*one.records, names.MANIFEST, names.INNER_PATH)]
    for segment in facts.segments:
        folder = names.segment_folder(segment.seal.segment_id)
        logged = (names.LEAF, names.LEAF_PROOF) if segment.ledger_index is not None else ()
        held += [folder + name for name in (names.SEAL, *logged)]
    if facts.signed:
        held += [names.CHECKPOINT, names.PUBLIC_KEY, names.VKEY]
    for stamp in facts.stamps:
        held += [stamp.file, stamp.chain_file]
    if facts.witnesses:
        held += [names.WITNESSED, *(one.vkey_file for one in facts.witnesses)]
    listed = "".join(f'<li><a href="{words(name)}">{words(name)}</a></li>' for name in held)
    return f'<section aria-labelledby="files"><h2 id="files">Files</h2>\n<ul class="files">{listed}</ul>\n</section>\n'


def _foot(facts: ProofFacts) -> str:
    return (
        f"<footer><p>Made with {words(facts.software.name)} {words(facts.software.version)}. The words quoted "
        "here are those of "
        "others, kept as evidence of what was published; they are not ours.</p></footer>\n"
    )
