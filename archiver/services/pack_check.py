# SPDX-License-Identifier: Apache-2.0
"""Checking a proof pack offline, a step at a time, with a sentence for each: what was compared, and what came of it.

Nothing is taken from an archive. A step that cannot be made because a file is missing is told as missing, never passed over; a
stranger's key is only as good as the place he knows it from, so whether the key was given or taken from the pack is said.
"""

from collections.abc import Iterator, Mapping, Sequence

from archiver.errors import BadInput
from archiver.formats.signed_note import COSIGNATURE, Malformed, VerifierKey
from archiver.services import proof_facts
from archiver.services.pack_captures import PackedCaptures
from archiver.services.pack_files import Missing, PackFiles, Step, Wrong, document
from archiver.services.pack_signatures import PackedSignatures
from archiver.services.pack_times import PackedTimes
from archiver.services.proving import PACK
from manifests.package import ProofPack

__all__ = ["FOR_PEOPLE", "UNSIGNED", "Step", "check"]

FOR_PEOPLE = {proof_facts.README, proof_facts.INDEX, proof_facts.STATEMENT}
UNSIGNED = "Digests only: this seal is not in the ledger, so nobody has signed it, and anyone could have made it."


def check(files: Mapping[str, bytes], keys: Sequence[str] = (), roots: Sequence[bytes] = ()) -> Iterator[Step]:
    """The steps of a pack whose files these are, bottom up: from the bytes to the time.

    `keys` are verifier keys, `roots` PEM certificates known from elsewhere. Raises `BadInput` when this is no proof pack at all,
    or a key is none.
    """
    try:
        known = tuple(VerifierKey.parse(one) for one in keys)
    except Malformed as fault:
        raise BadInput(
            f"this is no verifier key: {fault}", "Give one as `archiver keys export-public` prints it."
        ) from fault
    held = PackFiles(files)
    try:
        pack = document(ProofPack, held.take(PACK), PACK)
    except Missing:
        raise BadInput(f"there is no {PACK} here", "Name the folder or the zip that `archiver prove` wrote.") from None
    except Wrong as fault:
        raise BadInput(str(fault), "Ask for the pack again.") from fault
    lie = _lie(pack, len(held))
    if lie is not None:
        yield Step("bad", PACK, f"{lie}.")
        return
    yield from _steps(held, pack, known, roots)
    yield from _left(held)


def _steps(files: PackFiles, pack: ProofPack, known: Sequence[VerifierKey], roots: Sequence[bytes]) -> Iterator[Step]:
    captures = PackedCaptures(files, pack)
    signatures = PackedSignatures(files, pack, [one for one in known if one.kind != COSIGNATURE])
    for one in pack.captures:
        yield from captures.steps(one)
    # Where somebody knows who should have signed, digests alone are not enough.
    demanding = bool(known or roots)
    if pack.key is not None or demanding or proof_facts.CHECKPOINT in files:
        yield from signatures.signed()
    for segment_id in dict.fromkeys(one.segment_id for one in pack.captures):
        if segment_id in pack.unlogged and not demanding:
            yield Step("note", proof_facts.segment_folder(segment_id) + proof_facts.SEAL, UNSIGNED)
        else:
            yield from signatures.steps(segment_id)
    yield from PackedTimes(files, pack, roots, [one for one in known if one.kind == COSIGNATURE]).steps()
    for said in pack.pending:
        yield Step("note", PACK, said)


def _lie(pack: ProofPack, count: int) -> str | None:
    """What cannot be true of any pack that `pack.json` describes."""
    captures, stamps = pack.captures, (*pack.stamps, *pack.witnesses)
    if not captures:
        return "pack.json names no capture"
    if len(captures) + len(stamps) > count:
        return f"pack.json names {len(captures)} captures, and there are {count} files"
    if [one.number for one in captures] != list(range(1, len(captures) + 1)):
        return "pack.json does not number its captures 1, 2, 3 and so on"
    if len({one.authority for one in pack.stamps}) < len(pack.stamps):
        return "pack.json names an authority twice"
    return None


def _left(files: PackFiles) -> Iterator[Step]:
    """What no step has looked at."""
    left = files.left
    people = sorted(left & FOR_PEOPLE)
    if people:
        said = "For people; no step can tell whether somebody changed it, so it proves nothing."
        yield Step("note", ", ".join(people), said)
    others = sorted(left - FOR_PEOPLE)
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        yield Step("note", ", ".join(others[:3]) + more, "Not named by pack.json, and not looked at.")
