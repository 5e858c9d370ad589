# SPDX-License-Identifier: Apache-2.0
"""Asking a witness to sign that it saw a head, and that it grew out of the one it saw before (c2sp.org/tlog-witness).

Guarantees: a cosignature that is returned is over exactly this head and by exactly this witness's key; whatever else an answer
holds is left out. The witness says what it saw last, and the proof is made from there, whatever was seen here. Leaves to others
where cosignatures are kept, and whether the time in one is plausible.
"""

from collections.abc import Callable, Sequence

from archiver.errors import FetchFailed
from archiver.formats import signed_note, tlog_witness
from archiver.formats.signed_note import Malformed, Note, Signature
from archiver.formats.tlog_witness import AddCheckpoint
from archiver.ledger import posting
from archiver.ledger.heads import Head
from archiver.ledger.witnesses import Witness

ROUTE = "add-checkpoint"
_HEADERS = {"Content-Type": "text/plain; charset=utf-8", "Accept": "text/plain"}
_TRIES = 3
"""Its size may grow between two requests, when another machine of ours asks too."""
_CONNECT, _TOTAL = 5.0, 15.0
_MOST = 64 << 10
_SAID = {
    400: ("it could not read the request", "Check its URL."),
    403: ("it does not know the key that signed this ledger's head", "Send its operator: archiver keys export-public"),
    404: ("it does not know this ledger", "Send its operator: archiver keys export-public"),
    422: (
        "the proof from the head it saw last does not hold: it has seen another tree, or the tiles here are damaged",
        "Run `archiver ledger check`, and compare heads with its operator.",
    ),
}


def cosign(witness: Witness, head: Head, old: int, proof: Callable[[int], Sequence[bytes]]) -> Signature:
    """The cosignature of a witness over a head; `old` is the size that it is thought to have seen last.

    `proof(size)` gives the consistency proof from a size to the head. Raises `FetchFailed` for every end without a cosignature,
    in words; what `proof` raises passes.
    """
    for _ in range(_TRIES):
        body = AddCheckpoint(old, tuple(proof(old)), head.note).to_bytes()
        answer = posting.ask(witness.url + ROUTE, "POST", body, _HEADERS, connect=_CONNECT, total=_TOTAL, most=_MOST)
        if answer.status == 200:
            return answered(witness, head, answer.body)
        if answer.status != 409:
            said = _SAID.get(answer.status, (f"it answered {answer.status}", "Check its URL, or try again later."))
            raise _refused(witness, *said)
        seen = _seen(witness, answer.body)
        if seen > head.size:
            raise _refused(
                witness,
                f"it has seen {seen} entries, and this head has {head.size}",
                "If no other machine has logged more, this store was rolled back: keep it, and compare it with a copy.",
            )
        if seen == old:
            raise _refused(
                witness,
                f"it has seen another tree of {seen} entries",
                "Somebody signed two histories with this key: compare heads with its operator.",
            )
        old = seen
    raise _refused(witness, "its size changed at each try", "Try again: archiver ledger witness")


def _seen(witness: Witness, body: bytes) -> int:
    try:
        return tlog_witness.size_of(body)
    except Malformed as fault:
        raise _refused(witness, f"it did not say what it saw last: {fault}", "Check its URL.") from fault


def answered(witness: Witness, head: Head, body: bytes) -> Signature:
    """The line of this witness over a head, checked; lines of others are ignored, as the specification demands.

    Raises `FetchFailed` when there is none.
    """
    text = signed_note.parse(head.note).text
    try:
        answered = signed_note.parse(text.encode("utf-8") + b"\n" + body)
        ours = tuple(one for one in answered.signatures if (one.name, one.key_id) == _names(witness))
        if answered.text != text or not signed_note.verified(Note(text, ours), [witness.key]):
            raise Malformed("no signature of its key is in it")
    except Malformed as fault:
        raise _refused(
            witness, f"its answer is no cosignature: {fault}", "Compare its key with what it publishes."
        ) from fault
    return ours[0]


def _names(witness: Witness) -> tuple[str, bytes]:
    return witness.key.name, witness.key.key_id


def _refused(witness: Witness, what: str, advice: str) -> FetchFailed:
    return FetchFailed("http-status", f"the witness {witness.name} did not sign: {what}", advice, url=witness.url)
