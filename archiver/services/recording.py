# SPDX-License-Identifier: Apache-2.0
"""Keeping what a script's own session was answered: the same ingest, records and seal as any capture.

Each exchange is acknowledged by itself before it is handed back, so that no script acts on a page that a crash could still
lose. Nothing is extracted from, embedded in or asked besides what the script asked for; robots.txt is the script's concern.
"""

from archiver.capture.recorded import Recorded, Step
from archiver.exchange import Exchange
from archiver.services.crawl import Plan, Recorder
from archiver.services.ingest import Ingest
from archiver.services.observations import Context
from archiver.url_keys import url_key
from manifests.capture import FetchSettings, RobotsDecision

ENGINE = "recording"
"""The word for it in manifests."""


class RecordingKeeper:
    """Takes the exchanges of one session. Belongs to one event loop."""

    def __init__(self, ingest: Ingest, plan: Plan, labels: dict[str, str]) -> None:
        self._ingest = ingest
        self._recorder = Recorder(ingest)
        self._plan = plan
        self._labels = labels

    def settings(self) -> FetchSettings:
        """The settings of the recording; each exchange adds what its own call chose."""
        return self._plan.settings.model_copy(update={"robots": "off", "session": ENGINE})

    async def keep(self, exchange: Exchange, step: Step, settings: FetchSettings) -> Recorded:
        """Records one exchange; acknowledged when it returns. Raises `ArchiveFault`."""
        context = Context(
            job=self._plan.job,
            crawl_id=self._plan.crawl_id,
            seed=step.seed,
            discovery_path=step.discovery_path,
            url_key=url_key(exchange.url),
            settings=settings,
            robots=RobotsDecision(decision="not-asked", obeyed=False),
            links=step.links,
            engine=ENGINE,
            operator=self._plan.operator,
            purpose=self._plan.purpose,
            labels=self._labels,
        )
        captured = await self._recorder.record(exchange, context)
        await self._recorder.acknowledge()
        seen = captured.manifest.observation
        return Recorded(seen.capture_id, captured.manifest_digest, captured.segment_id, seen.outcome, seen.reason)

    async def finish(self) -> None:
        """Seals and stores; what could not be is left to recovery. Raises `ArchiveFault`."""
        try:
            await self._recorder.finish()
        finally:
            self._recorder.close()
            self._ingest.abandon()
