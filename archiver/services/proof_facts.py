# SPDX-License-Identifier: Apache-2.0
"""What a proof pack holds and where, as one value: `proving` gathers it, `faces/proof` tells people.

The names of files in a pack are made here and nowhere else. They consist of numbers, of ids that we made and of names that the
operator gave, never of a URL. The commands in a pack's README rely on them.
"""

from dataclasses import dataclass
from datetime import datetime

from archiver.services.proof_strength import Strength, StrengthKind, strengths
from archiver.services.provenance.chain import Chain
from manifests.agents import Fetcher
from manifests.capture import CaptureManifest, Claims
from manifests.digest import Digest, Role
from manifests.segment import SegmentManifest

README, INDEX, STATEMENT = "README.txt", "index.html", "statement.html"
CHECKPOINT, WITNESSED = "checkpoint", "checkpoint.witnessed"
"""The signed note as it was stamped; the same text with our signature and those of the witnesses."""
PUBLIC_KEY, VKEY, EVENTS = "key.pem", "key.vkey", "events.jsonl"
MANIFEST, INNER_PATH, SEAL, LEAF, LEAF_PROOF = (
    "manifest.json",
    "inner-path.json",
    "segment.json",
    "leaf.json",
    "leaf.tlog-proof",
)


def record_file(role: str) -> str:
    """One WARC record of a capture, as its gzip member; a role is request, response, revisit, remains or manifest."""
    return f"{role}.warc.gz"


def capture_folder(number: int) -> str:
    """Where the files of a capture are; numbers begin with 1."""
    return f"captures/{number}/"


def segment_folder(segment_id: str) -> str:
    """Where the seal of a segment is, with its entry in the ledger."""
    return f"segments/{segment_id}/"


def stamp_files(authority: str) -> tuple[str, str]:
    """The response of a time-stamping authority, and the certificates that it is checked with; a name of `a-z 0-9 -`."""
    return f"timestamps/{authority}.tsr", f"timestamps/{authority}-chain.pem"


def key_record(number: int) -> str:
    """The record of a key that the archive had, as the ledger keeps it; numbers begin with 1."""
    return f"keys/{number}.json"


def witness_file(number: int) -> str:
    """The verifier key of a witness; numbers begin with 1."""
    return f"witnesses/{number}.vkey"


@dataclass(frozen=True, slots=True)
class Handling:
    """Something that was done with a capture, or with the segment it is in, after it was sealed."""

    at: datetime
    what: str
    """What was done, in a few words."""
    by: str | None
    """Who or what did it, as recorded."""
    detail: str
    """What came of it."""


@dataclass(frozen=True, slots=True)
class SealedSegment:
    """The seal that holds a capture, and its entry in the ledger."""

    seal: SegmentManifest
    seal_digest: Digest
    """sha256 of its bytes."""
    ledger_index: int | None = None
    """Its entry's place in the ledger, from 0; None while there is no checkpoint over it."""
    logged_at: datetime | None = None
    """When it was entered, by the archive's clock."""


@dataclass(frozen=True, slots=True)
class ProvenCapture:
    """One capture of the pack."""

    number: int
    """Its place in the pack, from 1."""
    manifest: CaptureManifest
    manifest_digest: Digest
    """sha256 of its canonical bytes."""
    claims: Claims | None
    """The newest that were read from it."""
    segment_id: str
    position: int
    """Its place in the segment, from 0."""
    records: tuple[str, ...]
    """The record files of it in the pack, by their names beside its manifest, in the order of the WARC file."""
    events: tuple[Handling, ...] | None = None
    """What was done since, oldest first; None when nobody looked, which is not the same as nothing."""

    @property
    def capture_id(self) -> str:
        return self.manifest.observation.capture_id

    @property
    def url(self) -> str:
        return self.manifest.observation.url

    @property
    def fetched_at(self) -> datetime:
        return self.manifest.observation.requested_at

    @property
    def title(self) -> str | None:
        """What the page calls itself."""
        return self.claims.title.value if self.claims is not None and self.claims.title is not None else None

    @property
    def record_digest(self) -> Digest | None:
        """sha256 of the whole answer as it came, header and body: the block of its response record, if it has one."""
        return self.manifest.observation.digests.get(Role.BLOCK)

    @property
    def payload_digest(self) -> Digest | None:
        return self.manifest.observation.digests.get(Role.PAYLOAD)


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time stamp over the checkpoint."""

    authority: str
    at: datetime
    """The time it states, UTC."""
    file: str
    chain_file: str


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A cosignature of the checkpoint."""

    name: str
    at: datetime
    """The time it states, UTC."""
    vkey_file: str


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """A proof pack."""

    archive_id: str
    operator: str | None
    contact: str | None
    software: Fetcher
    """The program that made the pack."""
    made_at: datetime
    captures: tuple[ProvenCapture, ...]
    segments: tuple[SealedSegment, ...]
    """Each segment of the captures once."""
    origin: str | None = None
    """The ledger's name; like the four below it None where the archive has signed nothing yet."""
    checkpoint_size: int | None = None
    """How many entries the ledger had at the pack's checkpoint."""
    vkey: str | None = None
    key_fingerprint: str | None = None
    """sha256 of the public key in its DER form (SubjectPublicKeyInfo), as 64 hex digits."""
    stamps: tuple[Stamped, ...] = ()
    witnesses: tuple[Witnessed, ...] = ()
    pending: tuple[str, ...] = ()
    """What was still to come when the pack was made, in a sentence each."""
    chain: Chain | None = None
    """The chain that the captures of the pack were asked for, where it was wanted."""

    def segment_of(self, capture: ProvenCapture) -> SealedSegment:
        """The segment of a capture. Raises `KeyError`."""
        for one in self.segments:
            if one.seal.segment_id == capture.segment_id:
                return one
        raise KeyError(capture.segment_id)

    def strengths_of(self, capture: ProvenCapture) -> tuple[Strength, ...]:
        """What the pack shows of a capture."""
        return self._strengths(self.segment_of(capture).ledger_index is not None)

    @property
    def strengths(self) -> tuple[Strength, ...]:
        """What the pack shows of each of its captures."""
        return self._strengths(all(one.ledger_index is not None for one in self.segments))

    @property
    def signed(self) -> bool:
        """Whether there is a checkpoint in the pack."""
        return self.checkpoint_size is not None

    def _strengths(self, logged: bool) -> tuple[Strength, ...]:
        return strengths(
            signed=self.signed and logged,
            stamps=[Strength(StrengthKind.TIME_STAMPED, one.authority, one.at) for one in self.stamps],
            witnesses=[Strength(StrengthKind.WITNESSED, one.name, one.at) for one in self.witnesses],
        )
