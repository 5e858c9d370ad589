# SPDX-License-Identifier: Apache-2.0
"""Who else has seen the checkpoint of a proof pack: time-stamping authorities and witnesses."""

from collections.abc import Iterator, Sequence

from archiver.formats import signed_note, timestamp
from archiver.formats.signed_note import COSIGNATURE, VerifierKey
from archiver.formats.timestamp import BadStamp
from archiver.services import proof_facts
from archiver.services.pack_files import PackFiles, Step, Unreadable, Wrong
from manifests.package import PackedStamp, PackedWitness, ProofPack


class PackedTimes:
    """The steps of stamps and cosignatures. `roots` (PEM) and `known` witnesses are those known from elsewhere."""

    def __init__(self, files: PackFiles, pack: ProofPack, roots: Sequence[bytes], known: Sequence[VerifierKey]) -> None:
        self._files = files
        self._pack = pack
        self._roots = roots
        self._known = known
        self._seen_by: set[VerifierKey] = set()

    def steps(self) -> Iterator[Step]:
        """All of them."""
        yield from self._stamps()
        yield from self._witnesses()

    def _stamps(self) -> Iterator[Step]:
        if proof_facts.CHECKPOINT in self._files and not self._pack.stamps:
            said = "No independent time: no authority stamped this checkpoint."
            yield Step("missing" if self._roots else "note", proof_facts.CHECKPOINT, said)
        for one in self._pack.stamps:
            file, chain = proof_facts.stamp_files(one.authority)
            yield from self._files.told(file, self._stamp(file, chain, one))

    def _stamp(self, file: str, chain: str, told: PackedStamp) -> Iterator[str]:
        note = self._files.take(proof_facts.CHECKPOINT)
        own = self._files.take(chain)
        roots = self._roots or [own]
        try:
            stamp = timestamp.verify(self._files.take(file), note, roots)
        except BadStamp as fault:
            if fault.kind == "unreadable-here":
                raise Unreadable(f"The stamp of {told.authority[:100]} could not be checked: {fault}.") from fault
            raise Wrong(f"the stamp of {told.authority[:100]} does not hold: {fault}") from fault
        if stamp.time != told.time:
            raise Wrong(f"the stamp states {stamp.time.isoformat()}, and pack.json says {told.time.isoformat()}")
        known = "roots you gave" if self._roots else f"{chain}: compare it with what the authority publishes"
        yield f"{stamp.authority} states that the checkpoint existed at {stamp.time.isoformat()[:19]}Z, by {known}."

    def _witnesses(self) -> Iterator[Step]:
        for number, one in enumerate(self._pack.witnesses, start=1):
            yield from self._files.told(proof_facts.witness_file(number), self._witness(number, one))
        if self._known and not self._seen_by & set(self._known):
            said = "No witness that you gave a key of has signed this checkpoint."
            yield Step("missing", proof_facts.CHECKPOINT, said)

    def _witness(self, number: int, told: PackedWitness) -> Iterator[str]:
        note = signed_note.parse(self._files.take(proof_facts.WITNESSED))
        stamped = signed_note.parse(self._files.take(proof_facts.CHECKPOINT))
        if note.text != stamped.text:
            raise Wrong("checkpoint.witnessed has another text than checkpoint")
        if not set(stamped.signatures) <= set(note.signatures):
            raise Wrong("checkpoint.witnessed lacks the signature of checkpoint")
        key = VerifierKey.parse(self._files.take(proof_facts.witness_file(number)).decode("utf-8", "replace").strip())
        if key.kind != COSIGNATURE or key.name != told.name:
            raise Wrong("the key is not that of the witness in pack.json")
        seen = signed_note.verified(note, [key])
        if not seen or seen[0].time is None:
            raise Wrong(f"checkpoint.witnessed is not signed by {told.name[:100]}")
        if seen[0].time != int(told.time.timestamp()):
            raise Wrong(f"the witness states the time {seen[0].time}, and pack.json says {told.time.isoformat()}")
        self._seen_by.add(key)
        given = key in self._known
        known = "the key you gave" if given else "the key in the pack: compare it with the one the witness published"
        at = told.time.isoformat()[:19]
        yield f"{key.name} states that it saw this checkpoint and no other in its place at {at}Z, by {known}."
