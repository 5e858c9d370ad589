# SPDX-License-Identifier: Apache-2.0
"""Captures as they are compared, read back from the store: manifest, newest claims, headers and entity."""

from dataclasses import replace

from archiver.catalog.catalog import Catalog, Found
from archiver.errors import NotFound
from archiver.ports import Store
from archiver.services import claims_sets, read
from archiver.services.history.page import MAX_ENTITY, PageText
from manifests.canonical import from_canonical
from manifests.capture import CaptureManifest

MAX_RECORD = 16 << 20
"""Octets of a response; a longer one is not read, and compared by its digest."""


class Pages:
    """Reads captures of one archive."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog

    def known(self, found: Found) -> PageText:
        """What is known of a capture, without its entity. Raises `Damaged`, `NotFound`."""
        page = PageText(from_canonical(CaptureManifest, read.manifest_bytes(self._store, found)))
        return page if found.claims_set is None else replace(page, newer=claims_sets.newest(self._store, found))

    def whole(self, found: Found, known: PageText | None = None) -> PageText:
        """The same with headers and entity, where it has some that are not too long. Raises `Damaged`, `NotFound`."""
        page = known or self.known(found)
        seen = page.manifest.observation
        if seen.response is None or max(seen.lengths.block or 0, seen.lengths.payload or 0) > MAX_RECORD:
            return page
        if found.record_offset is None:
            return page
        headers, entity = read.headers_and_entity(self._store, self._catalog, found, MAX_ENTITY)
        return replace(page, headers=headers, entity=entity)

    def confirmed(self, found: Found) -> Found:
        """For a visit at which the server only said that nothing has changed, the capture it refers to; else itself.

        Raises `NotFound` when that one is not held.
        """
        if found.response_code != 304 or not found.revisit:
            return found
        earlier = self.known(found).manifest.observation.revisits
        held = self._catalog.by_id(earlier.capture_id) if earlier else None
        if held is None:
            raise NotFound(
                f"the capture that {found.capture_id} says is unchanged is not held",
                "Name another capture of the page.",
            )
        return held
