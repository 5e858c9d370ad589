# SPDX-License-Identifier: Apache-2.0
"""Putting on record what was asked of a host before its URLs: robots.txt, the files its site speaks in, and where they redirect.

They do not wait in the frontier and count for no limit; each is a line of the outcomes all the same, and a capture when anything
came. A kill between their acknowledgement and the host's return has robots.txt asked for again; the others are known by then.
"""

import json
from dataclasses import replace
from typing import NamedTuple

from archiver.exchange import Exchange
from archiver.services.crawler.hosts import HostWork
from archiver.services.crawler.leads import PREREQUISITE, location
from archiver.services.crawler.plan import SeedPlan
from archiver.services.crawler.visits import REVISIT, Visits
from archiver.services.ingest import Captured
from archiver.services.site_files import spoke
from archiver.state.turn import Ended, Found, Visited, Waiting
from archiver.urls import HttpUrl
from manifests.capture import BackLink, Outcome, RobotsDecision

SITE_FILE = "site-file"
"""The rule by which the files of a site are asked for."""


class Step(NamedTuple):
    """One request on the way to such a file."""

    url: HttpUrl
    path: str
    rule: str
    """Why it is asked for: `prerequisite`, or `SITE_FILE`."""
    links: tuple[BackLink, ...] = ()
    """Back to the redirect that led here."""


class Kept(NamedTuple):
    """What was put on record of one request."""

    captured: Captured | None
    """None when it was refused before anything was asked."""
    redirect: tuple[str, tuple[BackLink, ...]] | None = None
    """Where it redirects to, with the link back."""
    spoke: BackLink | None = None
    """The link to it, when it is a file in which the site speaks."""


def keep(
    visits: Visits,
    host: HostWork,
    step: Step,
    exchange: Exchange,
    waiting: Waiting,
    seed: SeedPlan,
    decision: RobotsDecision,
) -> Kept:
    """Records what came of one request for which no URL waits; `waiting` is the URL before which it was asked."""
    found = _found(step, waiting)
    moment = exchange.requested_at.timestamp()
    if exchange.outcome is Outcome.REFUSED and (exchange.connection is None or exchange.connection.tls is None):
        visits.visited(Visited(found, Ended(0, exchange.outcome, moment, exchange.reason)))
        return Kept(None)
    asked = Waiting(0, host.host, step.url.target, PREREQUISITE, 0, 0, step.path, waiting.seed, 0, None, None, None)
    captured = visits.record(exchange, visits.context(asked, seed, step.url, decision, step.links))
    observed = captured.manifest.observation
    code = observed.response.code if observed.response else None
    octets = observed.lengths.block or 0
    facts = REVISIT if observed.revisits is not None else None
    speaks = spoke(captured) if step.rule == SITE_FILE else None
    if speaks is not None:
        facts = json.dumps({"spoke": True} | json.loads(facts or "{}"))
    ended = Ended(0, observed.outcome, moment, observed.reason, None, code, observed.capture_id, octets, facts=facts)
    visits.visited(Visited(found, ended))
    target = location(captured)
    back = BackLink(relation="redirected-from", capture_id=observed.capture_id, url=observed.url)
    return Kept(captured, (target, (back,)) if target else None, speaks)


def leave_out(visits: Visits, step: Step, waiting: Waiting, reason: str, rule: str) -> None:
    """Puts on record why a file is not asked for."""
    found = replace(_found(step, waiting), rule=rule)
    visits.visited(Visited(found, Ended(0, Outcome.REFUSED, visits.now().timestamp(), reason)))


def _found(step: Step, waiting: Waiting) -> Found:
    return Found(step.url.origin, step.url.target, PREREQUISITE, 0, 0, step.path, waiting.seed, None, step.rule)
