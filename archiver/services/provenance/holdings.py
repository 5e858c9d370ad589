# SPDX-License-Identifier: Apache-2.0
"""An archive as a chain asks it: the catalog for what is linked, the store for manifests and claims, each read once."""

import re
from collections.abc import Callable, Iterator, Sequence

from archiver.catalog.catalog import Catalog, Found
from archiver.errors import Damaged, NotFound
from archiver.ports import Store
from archiver.services import claims_sets, read
from archiver.services.near import Near
from archiver.services.provenance.asking import Alike
from archiver.services.provenance.chain import Held, SiteFile
from archiver.url_keys import url_key
from manifests.canonical import from_canonical
from manifests.capture import CaptureManifest, Claims
from manifests.digest import Digest, Role

MOST_SITE_FILES = 8
"""Files of one site that are read, besides robots.txt."""
_CAPTURE_ID = re.compile(r"(?:urn:uuid:)?([0-9a-f][0-9a-f-]{5,35})\Z", re.IGNORECASE)


def capture_id_in(query: str) -> str | None:
    """The capture id, or the first digits of one, that a question may be: six digits at least, none of a longer digest."""
    found = _CAPTURE_ID.match(query.strip())
    digits = found[1].replace("-", "") if found else ""
    return digits.lower() if 6 <= len(digits) <= 32 else None


class ArchiveHoldings:
    """One archive. `near` gives the pages with nearly the text of a capture."""

    def __init__(self, store: Store, catalog: Catalog, near: Callable[[Found], Sequence[Near]]) -> None:
        self._store, self._catalog, self._near = store, catalog, near
        self._read: dict[str, Held] = {}
        self._site_files: dict[str, SiteFile | None] = {}

    def captures_of(self, url: str) -> Sequence[Found]:
        """The captures of a URL, of any spelling of it."""
        return sorted(self._catalog.by_url(url, url_key(url)), key=lambda one: one.fetched_at)

    def reprints_of(self, url: str) -> Sequence[Found]:
        """The captures that name this URL as their original."""
        return self._catalog.reprints_of(url_key(url))

    def same_payload(self, digest: Digest) -> Sequence[Found]:
        """The captures whose payload has this digest."""
        return [one for one in self._catalog.by_digest(digest) if Role.PAYLOAD in one.roles]

    def alike(self, found: Found) -> Sequence[Alike]:
        """The captures whose text is nearly that of this one, the most alike first."""
        return [Alike(one.found, round(one.overlap * 1000)) for one in self._near(found)]

    def read(self, found: Found) -> Held:
        """A capture with its manifest and the newest claims. Raises `Damaged`, `NotFound`."""
        known = self._read.get(found.capture_id)
        if known is None:
            content = read.manifest_bytes(self._store, found)
            manifest = from_canonical(CaptureManifest, content)
            claims = claims_sets.newest(self._store, found) or self._of_what_it_repeats(manifest)
            site = tuple(self._site(manifest))
            known = self._read[found.capture_id] = Held(found, manifest, Digest.of(content), claims, site)
        return known

    def _site(self, manifest: CaptureManifest) -> Iterator[SiteFile]:
        """What the site of a page says for all its pages. One file may stand behind thousands of pages: it is read once."""
        seen = manifest.observation
        ids = [one.capture_id for one in seen.links if one.relation == "site-file"][:MOST_SITE_FILES]
        ids += [seen.robots.capture_id] if seen.robots.capture_id is not None else []
        for capture_id in ids:
            if capture_id not in self._site_files:
                self._site_files[capture_id] = self._site_file(capture_id)
            one = self._site_files[capture_id]
            if one is not None:
                yield one

    def _site_file(self, capture_id: str) -> SiteFile | None:
        """One such file; None when it says nothing, or the archive does not have it."""
        found = self._catalog.by_id(capture_id)
        if found is None or found.response_code != 200:
            return None
        try:
            claims = claims_sets.newest(self._store, found)
        except (Damaged, NotFound):
            return SiteFile(found.url, capture_id, found.fetched_at, None)
        own = tuple(one for one in claims.notices if one.voice is None) if claims is not None else ()
        return SiteFile(found.url, capture_id, found.fetched_at, own) if own else None

    def _of_what_it_repeats(self, manifest: CaptureManifest) -> Claims | None:
        """Where a server only said that nothing has changed, the claims are those of the page it spoke of."""
        earlier = manifest.observation.revisits
        held = self._catalog.by_id(earlier.capture_id) if earlier is not None else None
        return claims_sets.newest(self._store, held) if held is not None else None
