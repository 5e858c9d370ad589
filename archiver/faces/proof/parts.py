# SPDX-License-Identifier: Apache-2.0
"""What both pages of a proof pack show: strengths with what is pending, digests, and what was done since."""

from collections.abc import Iterable

from archiver.faces.card.observed_part import facts_of
from archiver.services.markup import moment, table, words
from archiver.services.proof_facts import ProofFacts, ProvenCapture, record_file
from archiver.services.proof_strength import Strength, StrengthKind

_LACKING = (StrengthKind.DIGESTS_ONLY, StrengthKind.NO_INDEPENDENT_TIME)
_DOTTED = ' class="lacking"'
_SENTENCE = 2000


def strengths_list(all_of_it: Iterable[Strength]) -> str:
    """Each strength with its sentence; what a proof lacks has a dotted edge."""
    listed = "".join(
        f"<li{_DOTTED if one.kind in _LACKING else ''}>{words(one.sentence, _SENTENCE)}</li>\n" for one in all_of_it
    )
    return f'<ul class="strengths">{listed}</ul>\n'


def pending(facts: ProofFacts) -> str:
    """What was still to come, when anything was."""
    if not facts.pending:
        return ""
    listed = "".join(f"<li>{words(one, _SENTENCE)}</li>" for one in facts.pending)
    return f"<p>Pending when this pack was made:</p>\n<ul>{listed}</ul>\n"


def digests(facts: ProofFacts, one: ProvenCapture) -> str:
    """What ties the bytes of a capture to the signature, from below: the manifest names the two above it, the seal the root."""
    segment = facts.segment_of(one)
    rows = [
        ("payload: what was sent, without chunk framing", one.payload_digest),
        ("record: the whole answer, header and body", one.record_digest),
        ("manifest: what was observed and claimed", one.manifest_digest),
        (f"captures_root: over the {segment.seal.captures} manifests of the segment", segment.seal.captures_root),
        (f"seal: segment.json of {one.segment_id}", segment.seal_digest),
    ]
    told = [(words(name), f"<code>{digest}</code>") for name, digest in rows if digest is not None]
    if segment.ledger_index is not None and facts.checkpoint_size is not None:
        entry = f"entry {segment.ledger_index} of {facts.checkpoint_size}"
        told.append(("place in the ledger", words(f"{entry} in {facts.origin}, counted from 0")))
    return table("Digests (SHA-256), from the bytes up to the seal", ("of what", "value"), told, row_heads=True)


def observed(one: ProvenCapture) -> str:
    """How a capture was asked for, on which connection, and what certificates came with it."""
    seen = one.manifest.observation
    chain = seen.connection.tls.chain if seen.connection is not None and seen.connection.tls is not None else ()
    certificates = [
        ("of the server" if at == 0 else f"issuer {at}", f"<code>{each.sha256}</code>") for at, each in enumerate(chain)
    ]
    hidden = seen.request.redacted if seen.request is not None else ()
    replaced = [(words(f"{each.where}: {each.name}"), words(each.keyed_digest)) for each in hidden]
    rows = [(words(name), value) for name, value in facts_of(seen) if value]
    return (
        table("The request and the connection", ("what", "as observed"), rows, row_heads=True)
        + table("Certificates, as the server sent them", ("certificate", "fingerprint"), certificates, row_heads=True)
        + table("Secrets that were replaced before anything was stored", ("where", "keyed digest"), replaced)
    )


def events(facts: ProofFacts) -> str:
    """What was done with the captures since they were sealed, or that nothing is recorded, or that nobody looked."""
    rows = [
        (
            moment(done.at),
            f"{one.number}",
            words(done.what),
            words(done.by or "not recorded"),
            words(done.detail, _SENTENCE),
        )
        for one in facts.captures
        for done in one.events or ()
    ]
    unknown = [f"{one.number}" for one in facts.captures if one.events is None]
    told = table("Events after sealing", ("when", "capture", "what", "by", "what came of it"), sorted(rows))
    if unknown:
        which = "any capture" if len(unknown) == len(facts.captures) else f"capture {', '.join(unknown)}"
        return f"{told}<p>This pack was made without looking for events of {which}.</p>\n"
    return told or "<p>No event is recorded after sealing: no check, no repair, and nobody withheld it.</p>\n"


def became(one: ProvenCapture) -> str:
    """What came of the request, in words."""
    seen = one.manifest.observation
    status = f"an answer with HTTP status {seen.response.code}" if seen.response and seen.response.code else "an answer"
    if seen.outcome.value == "captured-complete":
        same = ", whose content was that of an earlier capture" if record_file("revisit") in one.records else ""
        return f"{status} that came whole{same}"
    if seen.response is not None:
        return f"{status} that did not come whole ({seen.reason or seen.outcome.value})"
    return f"no answer ({seen.reason or seen.outcome.value})"
