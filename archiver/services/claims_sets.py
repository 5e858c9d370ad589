# SPDX-License-Identifier: Apache-2.0
"""Claims sets in the store: where they are, and reading them with every digest compared.

A set stands beside the segments, at `claims/<extractor>/<segment id>/`, and counts from its seal on. What is read from it is
given to nobody before the file has the sha256 of the seal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pydantic

from archiver.catalog.catalog import Catalog, Found, StoredClaims
from archiver.catalog.entries import read_again
from archiver.errors import Damaged
from archiver.ports import Store
from archiver.services import read
from archiver.services.cataloguing import each_manifest
from manifests.agents import Fetcher
from manifests.canonical import canonical_bytes, first_fault, from_canonical
from manifests.capture import CaptureManifest, Claims
from manifests.claims_set import CaptureClaims, ClaimsSetManifest, extractor_key, version_order
from manifests.digest import Digest, canonical_digest

CLAIMS = "claims/"
SEAL = "seal.json"
_FILE = re.compile(r"claims(-[2-9])?\.jsonl\.gz")
_ADVICE = "Run `archiver verify` to see what is damaged."


def folder(extractor: Fetcher, segment_id: str) -> str:
    """The key prefix of the set of one extractor and one segment, with its closing slash. Raises `ValueError`."""
    return f"{CLAIMS}{extractor_key(extractor)}/{segment_id}/"


def file_name(attempt: int) -> str:
    """What the file with the claims is called: an attempt that was cut off may have left another file under a name."""
    return f"claims{f'-{attempt}' if attempt > 1 else ''}.jsonl.gz"


MOST_ATTEMPTS = 9


@dataclass(frozen=True, slots=True)
class SealedClaims:
    """One claims set, by its seal."""

    folder: str
    seal: ClaimsSetManifest
    seal_digest: Digest

    @property
    def stored(self) -> StoredClaims:
        """What the catalog keeps of it."""
        return StoredClaims(self.folder, self.seal_digest)


def folders(store: Store) -> list[str]:
    """The key prefix of every set that has a seal, in byte order."""
    return [key.removesuffix(SEAL) for key in store.list(CLAIMS) if key.endswith("/" + SEAL)]


def segment_of(set_folder: str) -> str:
    """The id of the segment that a set of this key is of."""
    return set_folder.rstrip("/").rpartition("/")[2]


def sealed(store: Store, set_folder: str) -> SealedClaims | None:
    """The seal of a set; None when there is none.

    Raises `Damaged`, with the `code` of a finding, when it is not valid or of another set.
    """
    try:
        content = store.get(set_folder + SEAL)
    except KeyError:
        return None
    try:
        seal = from_canonical(ClaimsSetManifest, content)
    except pydantic.ValidationError as fault:
        said = f"{set_folder}{SEAL} cannot be read: {first_fault(fault)}"
        raise Damaged(said, _ADVICE, code="E04") from fault
    wrong = faults(seal, content, set_folder)
    if wrong:
        raise Damaged(f"{set_folder}{SEAL} is not valid: {wrong[0]}", _ADVICE, code="E04")
    return SealedClaims(set_folder, seal, Digest.of(content))


def faults(seal: ClaimsSetManifest, content: bytes, set_folder: str) -> list[str]:
    """What is wrong with a seal at its place, in words."""
    found = []
    if canonical_bytes(seal) != content:
        found.append("its bytes are not the canonical form")
    try:
        if folder(seal.extractor, seal.segment_id) != set_folder:
            found.append(f"it is of {seal.extractor.name} {seal.extractor.version} and segment {seal.segment_id[:40]}")
    except ValueError as fault:
        found.append(str(fault))
    if not _FILE.fullmatch(seal.claims.name):
        # Names are read from the store like everything else: they are not followed anywhere.
        found.append(f"its file is not named {file_name(1)}")
    return found


def in_order(sets: list[SealedClaims]) -> list[SealedClaims]:
    """Sets by the versions of their extractors, the newest last."""
    return sorted(sets, key=lambda one: (version_order(one.seal.extractor.version), one.folder))


def lines(store: Store, one: SealedClaims) -> Iterator[bytes]:
    """The lines of a set, once its file was compared with its seal. Raises `Damaged`, with the `code` of a finding."""
    key = one.folder + one.seal.claims.name
    try:
        content = store.get(key)
    except KeyError:
        raise Damaged(f"{key}, which its seal names, is missing", _ADVICE, code="E01") from None
    if Digest.of(content) != one.seal.claims.sha256:
        raise Damaged(f"{key} differs from its seal", _ADVICE, code="E03")
    return each_manifest(content)


def add_to_catalog(catalog: Catalog, store: Store, one: SealedClaims) -> bool:
    """Makes the claims of a set those of its captures, by the same code for a fresh set and for a rebuild.

    False when they already were. Raises `Damaged` when the set does not fit its seal or its segment.
    """
    each = map(read_again, lines(store, one))
    return catalog.add_claims(one.stored, one.seal.segment_id, one.seal.segment_seal, each)


def newest(store: Store, found: Found) -> Claims | None:
    """What the newest extractor read from a capture, of the claims that the catalog knows; None when nothing was read.

    They are those of the capture's manifest or of a claims set, as `found.claims_set` says; compared with the digests of
    their file and seal, and with the observation in the manifest. Raises `Damaged`, `NotFound`.
    """
    manifest = from_canonical(CaptureManifest, read.manifest_bytes(store, found))
    if found.claims_set is None:
        return manifest.claims
    one = sealed(store, found.claims_set.folder)
    if one is None or one.seal_digest != found.claims_set.seal_digest:
        raise Damaged(
            f"{found.claims_set.folder}{SEAL} is not the seal that the catalog was filled from", _ADVICE, code="E04"
        )
    key, wanted = one.folder + one.seal.claims.name, found.capture_id.encode("ascii")
    for line in lines(store, one):
        if wanted in line:
            try:
                said = from_canonical(CaptureClaims, line)
            except pydantic.ValidationError as fault:
                raise Damaged(f"a line of {key} cannot be read", _ADVICE, code="E07") from fault
            if said.capture_id != found.capture_id:
                continue
            if said.claims.observation_digest != canonical_digest(manifest.observation):
                break
            return said.claims
    raise Damaged(f"{key} has no claims of capture {found.capture_id}", _ADVICE, code="E08")
