# SPDX-License-Identifier: Apache-2.0
"""Where an answer leads, by redirect or by what it embeds, ends as its case says, and never at an address nobody allowed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from archiver.archive import Archive
from archiver.options import CaptureOptions
from archiver.services.seed_results import SeedResult
from tests.capture.conftest import LIMITS
from tests.site.case import Case
from tests.site.cases import CASES
from tests.site.server import Site

_LEADING = [case for case in CASES.values() if case.family == "redirect-ssrf" or case.next_outcome]
_LURES = [case for case in CASES.values() if case.family == "content" and case.next_also_ok]
_MIRRORS = "content-self-frame", "content-style-loop"


@dataclass(frozen=True)
class Walk:
    """Every case that leads on, captured as a seed."""

    found: dict[str, SeedResult]
    canary_connections: int
    targets: list[str]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with Site() as site, Archive.init(tmp_path_factory.mktemp("led") / "archive") as archive:
        place = f"127.0.0.1:{site.port}"
        found: dict[str, SeedResult] = {}
        for cases, page_only in ((_LEADING, True), ([*_LURES, *(CASES[name] for name in _MIRRORS)], False)):
            options = CaptureOptions(page_only=page_only, robots="off", allow_private=(place,), limits=LIMITS)
            for one in archive.capture([site.url(case.name) for case in cases], options):
                found[one.seed.url.rsplit("/", 1)[1]] = one
        yield Walk(found, site.canary_connections, site.targets())


@pytest.mark.parametrize("case", _LEADING, ids=lambda case: case.name)
def test_what_an_answer_leads_to_ends_as_it_should(case: Case, walk: Walk) -> None:
    chain = [one for one in walk.found[case.name].results if set(one.discovery_path) <= {"R"}]
    assert case.accepts(chain[0].outcome.value, chain[0].reason)
    last = chain[-1]
    fate = (last.outcome.value, last.reason) if len(chain) > 1 else (None, None)
    assert case.accepts_next(*fate), (fate, last.detail, last.url)


@pytest.mark.parametrize("case", _LURES, ids=lambda case: case.name)
def test_what_a_page_embeds_is_refused_where_nobody_allowed_it(case: Case, walk: Walk) -> None:
    page, *embedded = walk.found[case.name].results
    assert case.accepts(page.outcome.value, page.reason)
    canary = [one for one in embedded if "127.0.0.1" not in one.url]
    assert all(case.accepts_next(one.outcome.value, one.reason) for one in canary), canary


@pytest.mark.parametrize("name", _MIRRORS)
def test_what_embeds_itself_is_asked_for_no_more_than_twice(name: str, walk: Walk) -> None:
    assert 1 <= walk.targets.count(f"/{name}") <= 2


def test_the_canary_was_never_reached(walk: Walk) -> None:
    assert walk.canary_connections == 0


def test_no_target_holds_what_could_break_a_request_line(walk: Walk) -> None:
    assert all(target.isascii() and target.isprintable() and " " not in target for target in walk.targets)
