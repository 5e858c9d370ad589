# SPDX-License-Identifier: Apache-2.0
"""`pack.json`: what a proof pack holds and how its files belong together. It proves nothing itself; the files do."""

from typing import Literal

from pydantic import Field

from manifests.agents import Fetcher
from manifests.canonical import Instant, Model

PROOF_PACK_FORMAT = "proof-pack/0"


class PackedCapture(Model):
    """One capture in a pack: the files `captures/<number>/`."""

    number: int = Field(ge=1)
    """Its place in the pack, from 1."""
    capture_id: str
    """The capture."""
    url: str
    """The URL that was fetched."""
    fetched_at: Instant
    """When it was requested."""
    segment_id: str
    """The segment that holds it: the files `segments/<segment_id>/`."""
    records: tuple[str, ...]
    """Its WARC records in file order, by the names of their files without `.warc.gz`."""


class PackedStamp(Model):
    """One time stamp in a pack."""

    authority: str
    """The authority, as the operator names it; its files are `timestamps/<authority>.tsr` and `-chain.pem`."""
    time: Instant
    """When it says that the checkpoint was there."""


class PackedWitness(Model):
    """One cosignature in a pack, in the order of the files `witnesses/<n>.vkey`."""

    name: str
    """The name of the witness, as its key has it; its line is in `checkpoint.witnessed`."""
    time: Instant
    """When it says that it signed."""


class ProofPack(Model):
    """What a proof pack holds."""

    format: Literal["proof-pack/0"] = Field(default=PROOF_PACK_FORMAT, validate_default=True)
    archive_id: str
    """The archive that made it."""
    made_at: Instant
    """When it was made."""
    captures: tuple[PackedCapture, ...]
    """The captures it proves."""
    key: int | None = None
    """The number of the ledger key that signed the checkpoint; absent when there is no checkpoint."""
    stamps: tuple[PackedStamp, ...] = ()
    """The time stamps over the checkpoint."""
    witnesses: tuple[PackedWitness, ...] = ()
    """The witnesses that signed the checkpoint too."""
    unlogged: tuple[str, ...] = ()
    """The segments whose seal is not under the checkpoint."""
    pending: tuple[str, ...] = ()
    """What it does not hold yet, in words."""
    software: Fetcher
    """The program that made it."""
