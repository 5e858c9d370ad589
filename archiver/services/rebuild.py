# SPDX-License-Identifier: Apache-2.0
"""Making the catalog again from the store alone: the same code that fills it when a segment has just been stored.

Claims sets come after the segments. One that cannot be read is a finding, and the claims that its captures have stand.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pydantic

from archiver.catalog.catalog import Catalog
from archiver.catalog.generations import Generations
from archiver.errors import Damaged
from archiver.ports import Store
from archiver.services import claims_sets, layout
from archiver.services.cataloguing import add_to_catalog
from manifests.canonical import first_fault, from_canonical
from manifests.fixity import Finding
from manifests.segment import SegmentManifest


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found."""

    segments: int
    captures: int
    findings: tuple[Finding, ...]
    """Segments and claims sets that could not be read; all others are in the new catalog."""
    claims_sets: int = 0


def rebuild_catalog(
    store: Store, generations: Generations, progress: Callable[[str], None] = lambda _: None
) -> Rebuilt:
    """Fills a new generation from every sealed segment of the store, then switches to it."""
    findings: dict[str, Finding] = {}
    with generations.replacing() as (catalog, last_segments):
        done = _fill(store, catalog, set(), findings, progress)
        with last_segments:
            _fill(store, catalog, done, findings, progress)
            counts = catalog.counts()
            sets = len(catalog.all_claims_sets())
    return Rebuilt(counts["segments"], counts["captures"], tuple(findings.values()), sets)


def _fill(
    store: Store, catalog: Catalog, done: set[str], findings: dict[str, Finding], progress: Callable[[str], None]
) -> set[str]:
    for key in seals(store):
        if key in done:
            continue
        done.add(key)
        prefix = key.removesuffix(layout.SEAL)
        try:
            seal_bytes = store.get(key)
            sealed = from_canonical(SegmentManifest, seal_bytes)
            names = layout.file_names(sealed.job, sealed.opened_at, sealed.segment_id)
            if (sealed.warc.name, sealed.manifests.name, sealed.index.name) != names:
                detail = f"its files are not named {', '.join(names)}"
                findings[key] = Finding(code="S04", severity="error", where=key, detail=detail)
                continue
            manifests, index = store.get(prefix + sealed.manifests.name), store.get(prefix + sealed.index.name)
            add_to_catalog(catalog, prefix, seal_bytes, manifests, index)
        except KeyError as missing:
            findings[key] = Finding(code="S01", severity="error", where=key, detail=f"missing: {missing.args[0]}")
        except Damaged as fault:
            findings[key] = Finding(code="S03", severity="error", where=key, detail=str(fault))
        except pydantic.ValidationError as fault:
            findings[key] = Finding(code="S04", severity="error", where=key, detail=first_fault(fault))
        progress(key)
    _fill_claims(store, catalog, done, findings, progress)
    return done


def _fill_claims(
    store: Store, catalog: Catalog, done: set[str], findings: dict[str, Finding], progress: Callable[[str], None]
) -> None:
    found = []
    for folder in claims_sets.folders(store):
        key = folder + claims_sets.SEAL
        if key in done:
            continue
        done.add(key)
        try:
            one = claims_sets.sealed(store, folder)
        except Damaged as fault:
            findings[key] = _of_claims(key, fault)
        else:
            found += [one] if one is not None else []
    for one in claims_sets.in_order(found):
        key = one.folder + claims_sets.SEAL
        try:
            claims_sets.add_to_catalog(catalog, store, one)
        except Damaged as fault:
            findings[key] = _of_claims(key, fault)
        progress(key)


def _of_claims(key: str, fault: Damaged) -> Finding:
    return Finding(code=str(fault.fields.get("code", "E05")), severity="error", where=key, detail=fault.what)


def seals(store: Store) -> list[str]:
    """Keys of all seals, in byte order: oldest first within a job."""
    return [key for key in store.list(layout.SEGMENTS) if key.endswith("/" + layout.SEAL)]
