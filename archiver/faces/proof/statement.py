# SPDX-License-Identifier: Apache-2.0
"""`statement.html` of a proof pack: in plain words what was collected, by whom, why, from where and how, and by what it is kept.

It repeats what the archive recorded, names what that does not show, and ends in an empty declaration for a named person to fill
in by hand: the program states facts about bytes, a person answers for them. For A4 paper. `docs/evidence.md` says which stage of
ISO/IEC 27037 each part belongs to.
"""

from collections.abc import Iterable

from archiver.faces.card.quoting import inline
from archiver.faces.proof.limits import limits
from archiver.faces.proof.parts import became, digests, events, observed, pending, strengths_list
from archiver.faces.proof.style import STYLE
from archiver.services import proof_facts as names
from archiver.services.markup import framed, moment, table, words
from archiver.services.proof_facts import ProofFacts, ProvenCapture

_SENTENCE = 2000
_BLANKS = ("Name", "Role or office", "Organisation", "Place and date", "Signature")


def statement(facts: ProofFacts) -> bytes:
    """The page, UTF-8. Equal facts give equal bytes."""
    sections = [
        ("collected", "What was collected", _collected(facts)),
        ("whom", "By whom, and for what purpose", _by_whom(facts)),
        ("how", "From where, and how", _how(facts)),
        ("clock", "Clock and software", _clock(facts)),
        ("digests", "Digests", _digests(facts)),
        ("kept", "Where it has been since", _kept(facts)),
        ("strength", "How strong the proof is", strengths_list(facts.strengths) + _each(facts) + pending(facts)),
        ("limits", "What this does not show", _limits(facts)),
        ("declaration", "Declaration of a person", _declaration(facts)),
    ]
    count = len(facts.captures)
    title = f"Statement on {count} web capture{'' if count == 1 else 's'}"
    body = "".join(
        f'<section aria-labelledby="{place}"><h2 id="{place}">{at}. {heading}</h2>\n{content}</section>\n'
        for at, (place, heading, content) in enumerate(sections, start=1)
    )
    head = (
        f'<header>\n<p class="eyebrow">Statement</p>\n<h1>{title}</h1>\n'
        f"<p>Made by the program {_program(facts)} on {moment(facts.made_at)} from the records of the archive "
        f"<code>{words(facts.archive_id)}</code>. It repeats what the archive recorded and judges nothing. "
        "The other files of the pack "
        f"hold the records themselves, and {names.README} the commands that check them.</p>\n</header>\n"
    )
    return framed(title, f'{head}<main class="statement">\n{body}</main>\n', STYLE)


def _program(facts: ProofFacts) -> str:
    return words(f"{facts.software.name} {facts.software.version}")


def _collected(facts: ProofFacts) -> str:
    rows = [
        (f"{one.number}", f'<span class="url">{words(one.url, 2000)}</span>', inline(one.title or "none found"),
         moment(one.fetched_at), words(became(one)), f"<code>{one.capture_id}</code>")
        for one in facts.captures
    ]  # fmt: skip
    heads = ("no.", "URL asked for", "title, by its own words", "when", "what came", "capture")
    many = "One request was made" if len(rows) == 1 else f"{len(rows)} requests were made"
    return (
        f"<p>{many}, each for one URL at one moment. What came back was kept as it came, byte for byte, in the format WARC 1.1 "
        "(ISO 28500:2017).</p>\n" + table("The captures", heads, rows)
    )


def _by_whom(facts: ProofFacts) -> str:
    operator = inline(facts.operator) if facts.operator else "not named"
    contact = inline(facts.contact) if facts.contact else "not given"
    rows = [
        (f"{one.number}", inline(seen.operator.name if seen.operator is not None else facts.operator or "not named"),
         inline(seen.purpose or "none was given", 1000), words(seen.job),
         "; ".join(f"{inline(name)}: {inline(value)}" for name, value in seen.labels.items()) or "none")
        for one in facts.captures
        for seen in (one.manifest.observation,)
    ]  # fmt: skip
    return f"<p>Operator of the archive: {operator}. Contact: {contact}.</p>\n" + table(
        "As given when the captures were made", ("no.", "operator", "purpose", "job", "labels and references"), rows
    )


def _how(facts: ProofFacts) -> str:
    lead = (
        "<p>For each capture the program resolved the name, connected to the address below, sent the "
        "request, and kept the answer. "
        "Nothing of the answer was left out or repaired, except where a table says that it did not come whole.</p>\n"
    )
    return lead + "".join(f"<h3>Capture {one.number}</h3>\n{observed(one)}" for one in facts.captures)


def _clock(facts: ProofFacts) -> str:
    rows = [
        (f"{one.number}", words(f"{seen.software.name} {seen.software.version}, engine {seen.engine}"), _read_by(one),
         words(f"{seen.clock.source}, offset {seen.clock.offset}"), moment(seen.requested_at),
         moment(seen.last_byte_at) if seen.last_byte_at is not None else "nothing came")
        for one in facts.captures
        for seen in (one.manifest.observation,)
    ]  # fmt: skip
    return "<p>All times are UTC.</p>\n" + table(
        "Programs, and the clock that gave the times",
        ("no.", "fetched by", "words read by", "clock", "request", "last byte"),
        rows,
    )


def _read_by(one: ProvenCapture) -> str:
    return (
        words(f"{one.claims.extractor.name} {one.claims.extractor.version}") if one.claims is not None else "not read"
    )


def _digests(facts: ProofFacts) -> str:
    lead = (
        "<p>A digest is a number computed from bytes; whoever has other bytes gets another one. All of these "
        "were computed by the "
        "algorithm SHA-256 (FIPS 180-4) when the bytes were received or sealed.</p>\n"
    )
    each = "".join(f"<h3>Capture {one.number}</h3>\n{digests(facts, one)}" for one in facts.captures)
    key = (
        f"<p>The checkpoint was signed with the key <code>{words(facts.vkey or '')}</code>; SHA-256 "
        "fingerprint of the public key "
        f"<code>{words(facts.key_fingerprint or '')}</code>.</p>\n"
        if facts.signed
        else "<p>No key has signed anything over these captures yet.</p>\n"
    )
    return lead + each + key


def _kept(facts: ProofFacts) -> str:
    rows = [
        (f"<code>{words(one.seal.segment_id)}</code>", moment(one.seal.opened_at), moment(one.seal.sealed_at),
         moment(one.logged_at) if one.logged_at is not None else "not yet", one.seal.captures)
        for one in facts.segments
    ]  # fmt: skip
    heads = ("segment", "opened", "sealed", "entered in the ledger", "captures in it")
    lead = (
        "<p>Captures are written into segments. When a segment is sealed, its digests are fixed, and it is not written to "
        "again.</p>\n"
    )
    return lead + table("The segments", heads, rows) + events(facts)


def _each(facts: ProofFacts) -> str:
    """The captures of which more, or less, is shown than of all together."""
    return "".join(
        f"<p>Of capture {one.number}:</p>\n{strengths_list(own)}"
        for one in facts.captures
        if (own := facts.strengths_of(one)) != facts.strengths
    )


def _limits(facts: ProofFacts) -> str:
    return f'<ul class="limits">{"".join(_listed(limits(facts)))}</ul>\n'


def _listed(sentences: Iterable[str]) -> Iterable[str]:
    return (f"<li>{words(one, _SENTENCE)}</li>\n" for one in sentences)


def _declaration(facts: ProofFacts) -> str:
    blanks = "".join(f"<dt>{name}</dt><dd></dd>" for name in _BLANKS)
    return (
        "<p>A program cannot answer for anything. Whoever collected the captures, or keeps them, can fill "
        "this in by hand, and strike out "
        "what does not apply.</p>\n"
        '<div class="declaration">\n'
        "<p>I have read this statement. I was responsible for collecting / for keeping the captures listed "
        "in it, with the archive "
        f"<code>{words(facts.archive_id)}</code>. What it says of them agrees with what I know, except for:</p>\n"
        '<dl class="blank"><dt>Exceptions</dt><dd></dd><dt></dt><dd></dd><dt>I know this because</dt><dd></dd><dt></dt><dd></dd>'
        f"{blanks}</dl>\n</div>\n"
    )
