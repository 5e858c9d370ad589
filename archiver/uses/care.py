# SPDX-License-Identifier: Apache-2.0
"""Care: checking what is stored, proving it, repairing it, reading it again."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from archiver import wiring
from archiver.errors import NotFound
from archiver.ports import Abilities
from archiver.services import audit
from archiver.services.crawl_check import ended_crawl
from archiver.services.rebuild import Rebuilt
from archiver.services.report import Report
from archiver.uses.opened import Opened
from manifests.digest import Digest

if TYPE_CHECKING:
    from archiver.services.fixity.run import Audited, Request
    from archiver.services.fixity.run import Progress as AuditProgress
    from archiver.services.history.extractor import Extractor
    from archiver.services.proving import Pack
    from archiver.services.re_extract import Due, Reread
    from archiver.services.reconciling import Stray
    from archiver.services.repairing import Repair


class Care(Opened):
    """An archive that is looked after."""

    def verify(self, what: str | None = None, progress: Callable[[str], None] = lambda _: None) -> Report:
        """Checks a capture, a segment, an ended crawl or, without an argument, everything that is stored.

        Raises `NotFound`, `Ambiguous`, `BadInput`.
        """
        store = self.place.store
        if what is None:
            report = audit.verify_archive(store, self.catalog(), progress)
            report.findings.extend(self.ledger.check(self.catalog()))
            return report
        text = what.strip().lower()
        segment = self.catalog().segment(text) if len(text) >= 10 and "-" not in text else None
        if segment is not None:
            return audit.verify_segment(store, segment.folder, progress, segment.seal_digest)
        crawl_id = ended_crawl(store, text)
        if crawl_id is not None:
            return audit.verify_crawl(store, crawl_id)
        if len(text) == 26 and set(text) - set("0123456789abcdef-"):
            raise NotFound(
                f"no segment and no ended crawl has the id {text}", "A crawl can be checked when it has ended."
            )
        return audit.verify_capture(store, self.find(what))

    def prove(self, capture_ids: Sequence[str]) -> "Pack":
        """What a stranger needs to check these captures without this program: see `services.proving`.

        Raises `NotFound`, `Ambiguous`, `BadInput`, and `Damaged` when anything on the way does not fit.
        """
        from archiver.services import proving  # signatures: most commands check none

        found = [self.find(one) for one in capture_ids]
        return proving.prove(self.reading(), self.catalog(), self.described, self.ledger.side(), found, wiring.now())

    def audit(
        self, request: "Request", ledger: "Callable[[str], str | None] | None" = None
    ) -> "Generator[AuditProgress, None, Audited]":
        """Audits what is asked for and stores what was seen as an event: see `services.fixity.run`.

        `ledger` gives the digest that seals are held against, by their keys: by default that in the ledger. With several
        processes, call it in a process without other threads: they are forked. Raises `NotFound`, `Ambiguous`, `BadInput`.
        """
        from archiver.services.fixity import checking, pace, run, units  # as most commands do not audit

        store = self.place.store
        every = units.units(store, self.catalog())
        rate = request.rate if request.rate is None else max(1, request.rate // request.processes)
        if request.processes > 1:
            self.close()  # an open database does not survive a fork

        def begin() -> checking.Checker:
            slowed = pace.paced(store, pace.Pace(rate, time.monotonic, time.sleep))
            known = ledger or self.ledger.digests()
            return checking.Checker(slowed, self.catalog(), deep=request.deep, ledger=known, sleep=time.sleep)

        described = self.described
        around = run.Circumstances(
            described.archive_id, described.operator, self._folder, wiring.now, wiring.chance
        )  # fmt: skip
        audited = yield from run.audit(store, every, begin, request, around)
        self.world().state.backlog.add(audited.key, Digest.of(store.get(audited.key)), audited.summary.ended_at)
        self.after_sealing()
        return audited

    def reconcile(self) -> "Iterator[Stray]":
        """Orphans and gaps of the store: see `services.reconciling`. Nothing is changed. Raises `Damaged` for the ledger."""
        from archiver.services import reconciling

        return reconciling.reconcile(self.place.store, self.catalog(), self.ledger.logged_keys())

    def repair(
        self,
        keys: Sequence[str] | None = None,
        *,
        everything: bool = False,
        rate: int | None = None,
        dry_run: bool = False,
    ) -> "Iterator[Repair]":
        """Repairs objects of the primary from replicas: these, everything, or what the last audit found wrong.

        One result an object; when the iterator is exhausted, what was done is stored as an event, logged and copied.
        Raises `BadInput` without a replica, `NotFound` when nothing was audited yet.
        """
        yield from self.replicas.repair(keys, all_of_it=everything, rate=rate, dry_run=dry_run)
        if not dry_run:
            self.after_sealing()

    def due_for_re_extraction(
        self,
        *,
        segment: str | None = None,
        job: str | None = None,
        host: str | None = None,
        since: datetime | None = None,
        extractor: "Extractor | None" = None,
    ) -> "list[Due]":
        """The segments that hold claims of older versions than the extractor's, oldest first.

        Of those, only the one with this id, of this job, or that hold a capture of this host, fetched at this time or
        later. Raises `BadInput`.
        """
        from archiver.services import re_extract  # processes: most commands fork none
        from archiver.services.history.extractor import CURRENT

        store, program = self.place.store, (extractor or CURRENT).program
        return re_extract.due(store, self.catalog(), program, segment=segment, job=job, host=host, since=since)

    def re_extract(
        self,
        due: "Sequence[Due]",
        *,
        extractor: "Extractor | None" = None,
        dry_run: bool = False,
        processes: int = 1,
    ) -> "Iterator[Reread]":
        """Reads segments again and seals what is read as claims sets, which lookups use from then on; one result each.

        Nothing that is stored changes; a dry run only reports. May be cut off and called again. With several processes,
        call it in a process without other threads: they are forked.
        """
        from archiver.services import forking, re_extract  # as above
        from archiver.services.history.extractor import CURRENT

        def begin() -> "Callable[[Due], Reread]":
            catalog, now = self.catalog(), wiring.now
            return lambda one: re_extract.re_extract(
                self.place.store,
                catalog,
                one,
                extractor or CURRENT,
                archive_id=self.described.archive_id,
                now=now,
                dry_run=dry_run,
            )

        if not dry_run:
            self.world()
        if processes > 1:
            self.close()  # an open database does not survive a fork
        for done in forking.mapped(begin, due, processes):
            yield done if dry_run else re_extract.catalogue(self.world(), done)
        if not dry_run:
            self.after_sealing()

    def rebuild(self, progress: Callable[[str], None] = lambda _: None) -> Rebuilt:
        """Makes the catalog again from the store, and settles what a dead process left. Drops the texts database."""
        rebuilt = self._rebuild(progress)
        self.shelf().drop()
        self.world()
        return rebuilt

    def probe(self) -> Abilities:
        """What the store was seen to enforce, tried now."""
        return self.place.store.probe()
