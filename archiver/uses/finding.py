# SPDX-License-Identifier: Apache-2.0
"""Finding: captures by URL, digest, file and text; what they say, where it comes from, and how it changed."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.errors import BadInput, Damaged
from archiver.services import claims_sets, lookup, read
from archiver.services.lookup import Match
from archiver.services.provenance.chain import Chain
from archiver.uses.opened import Opened
from manifests.canonical import from_canonical
from manifests.capture import CaptureManifest, Claims

if TYPE_CHECKING:
    from archiver.services.changes import Change, Tally, Wanted
    from archiver.services.history.asking import Diff
    from archiver.services.history.timeline import Row
    from archiver.services.near import Near
    from archiver.services.texts import Filled
    from archiver.services.trace import Traced
    from archiver.texts.texts import Texts


class Finding(Opened):
    """An archive that is asked."""

    def lookup(self, query: str, *, at: datetime | None = None, exact: bool = False) -> list[Match]:
        """Captures of a URL, or whose bytes have a digest, or that equal a file; oldest first. Empty when there are none.

        A file that nothing equals is looked for by its text, then by similar texts, unless `exact` or `at` is given.
        """
        question = lookup.understand(query, _existing_file)
        matches = lookup.lookup(self.catalog(), question, at=at, exact=exact)
        if matches or question.file is None or exact or at is not None:
            return matches
        return lookup.similar(self.place.store, self.catalog(), self.texts(), question.file)

    def provenance(self, query: str, *, depth: int = 4) -> Chain:
        """Where the pages come from that a lookup of `query`, or a capture id, gives: see `services.provenance.chain`.

        Empty when there are none. Raises what `lookup` raises, and `Damaged`, `NotFound` when a manifest cannot be read.
        """
        from archiver.services.provenance.asking import Asked
        from archiver.services.provenance.assembling import assemble
        from archiver.services.provenance.holdings import ArchiveHoldings, capture_id_in

        catalog, digits = self.catalog(), capture_id_in(query)
        one = catalog.by_id(digits) if digits is not None else None
        asked = [Asked(one, "capture")] if one else [Asked(match.found, match.matched) for match in self.lookup(query)]
        holdings = ArchiveHoldings(self.reading(), catalog, lambda found: self.near(found.capture_id))
        described = self.described
        return assemble(
            query, asked, holdings, archive_id=described.archive_id, operator=described.operator, depth=depth
        )  # fmt: skip

    def texts(self) -> "Texts":
        """The texts database, for questions. It knows what `read_texts` has read."""
        return self.shelf().reading()

    def read_texts(
        self,
        *,
        only: Collection[str] | None = None,
        wait: bool = True,
        processes: int = 1,
        enough: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> "Filled":
        """Reads the texts of stored segments that were not read yet, or of `only` these: see `services.texts.fill`."""
        from archiver.services import texts  # as most commands do not compare texts

        if processes > 1:
            self.close()  # an open database does not survive a fork
        return texts.fill(
            self.place.store,
            self.catalog(),
            self.shelf(),
            only=only,
            wait=wait,
            processes=processes,
            enough=enough,
            progress=progress,
        )

    def unread(self) -> int:
        """How many stored segments the texts database does not know."""
        from archiver.services import texts  # as above

        return len(texts.unread(self.catalog(), self.texts()))

    def near(self, capture_id: str) -> "list[Near]":
        """Pages whose main text is nearly that of a capture. Raises `NotFound`, `Ambiguous`, `BadInput`, `Damaged`."""
        from archiver.services.near import near  # as above

        return near(self.reading(), self.catalog(), self.texts(), self.find(capture_id))

    def trace(self, text: str, unreadable: "Callable[[Damaged], None] | None" = None) -> "list[Traced]":
        """Pages that have a passage of thirty words or more. Raises `BadInput`, and `Damaged` unless `unreadable` is told."""
        from archiver.services.trace import trace  # as above

        return trace(self.reading(), self.catalog(), self.texts(), text, unreadable)

    def manifest(self, capture_id: str) -> CaptureManifest:
        """The manifest of a capture, checked against the digest of its record."""
        return from_canonical(CaptureManifest, self.manifest_bytes(capture_id))

    def manifest_bytes(self, capture_id: str) -> bytes:
        """The canonical bytes of a capture's manifest."""
        return read.manifest_bytes(self.reading(), self.find(capture_id))

    def claims(self, capture_id: str) -> Claims | None:
        """What the newest extractor read from a capture: its manifest's claims, or those of a claims set.

        Compared with every digest on the way; None when there was nothing to read. `find` says which they are. Raises
        `Damaged`, `NotFound`.
        """
        return claims_sets.newest(self.reading(), self.find(capture_id))

    def entity(self, capture_id: str) -> bytes:
        """The page as a browser would have saved it: transfer and content codings removed, at most 64 MiB."""
        return read.entity(self.reading(), self.catalog(), self.find(capture_id))

    def history(
        self,
        url: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        newest: int | None = None,
        extractor_changes: bool = False,
    ) -> "Iterator[Row]":
        """The captures of a URL over time and what changed between them, oldest first. Raises `BadInput`."""
        from archiver.services.history import asking  # comparing words: most commands do not

        question = lookup.understand(url, lambda _: None)
        if question.url is None:
            raise BadInput(f"{url[:100]!r} is no URL", "Give a URL such as https://host/page.")
        return asking.history(
            self.reading(),
            self.catalog(),
            question.url,
            since=since,
            until=until,
            newest=newest,
            extractor_changes=extractor_changes,
        )

    def diff(self, before: str, after: str) -> "Diff":
        """How two captures differ, named by their ids. Raises `NotFound`, `Ambiguous`, `BadInput`."""
        from archiver.services.history import asking  # as above

        return asking.diff(self.reading(), self.catalog(), self.find(before), self.find(after))

    def changes(self, wanted: "Wanted | None" = None, tally: "Tally | None" = None) -> "Iterator[Change]":
        """Changes of notices, publishers and titles over the whole archive; `tally` counts on the way. Raises `BadInput`."""
        from archiver.services import changes  # as above

        return changes.changes(self.catalog(), wanted or changes.Wanted(), tally or changes.Tally())


def _existing_file(name: str) -> Path | None:
    path = Path(name)
    return path if len(name) < 4096 and "\0" not in name and path.is_file() else None
