# SPDX-License-Identifier: Apache-2.0
"""robots.txt is kept with every capture, and obeyed when that is asked for (RFC 9309)."""

from pathlib import Path

import pytest

from archiver import Archive, CaptureOptions
from archiver.services.seed_results import SeedResult
from archiver.settings import read
from manifests.capture import Outcome
from tests.faces.outlet import PAGE, Answer, Outlet

PRIVATE = Answer(b"User-agent: *\nDisallow: /private/\n", "text/plain")


def _capture(folder: Path, answers: dict[str, Answer], path: str, robots: str) -> tuple[SeedResult, list[str]]:
    """What became of one page, and the paths that were asked for."""
    with Outlet({"/private/page": Answer(PAGE), **answers}) as outlet:
        with Archive.init(folder / "archive", settings=read({"HOME": str(folder)})) as archive:
            options = CaptureOptions(page_only=True, robots=robots, site_files=False, allow_private=(outlet.place,))
            (result,) = archive.capture(outlet.url(path), options)
        return result, [asked for asked, _ in outlet.requests]


def _decision(result: SeedResult) -> str:
    assert result.page.captured is not None
    return result.page.captured.manifest.observation.robots.decision


@pytest.mark.parametrize(
    ("answers", "decision"),
    [
        ({"/robots.txt": PRIVATE}, "disallowed"),
        ({"/robots.txt": Answer(b"User-agent: *\nAllow: /\n", "text/plain")}, "allowed"),
        ({"/robots.txt": Answer(b"no such file", "text/plain", 404)}, "allowed"),
        ({"/robots.txt": Answer(b"out of order", "text/plain", 503)}, "disallowed"),
        ({"/robots.txt": Answer(code=301, headers=(("Location", "/rules"),)), "/rules": PRIVATE}, "disallowed"),
        ({"/robots.txt": Answer(code=302, headers=(("Location", "/robots.txt"),))}, "unavailable"),
        ({"/robots.txt": Answer(code=302, headers=(("Location", "gopher://quay/"),))}, "unavailable"),
    ],
)
def test_what_robots_txt_says_is_recorded_and_not_obeyed_unasked(
    tmp_path: Path, answers: dict[str, Answer], decision: str
) -> None:
    result, _ = _capture(tmp_path, answers, "/private/page", "record")
    assert result.page.outcome is Outcome.CAPTURED_COMPLETE
    assert _decision(result) == decision


@pytest.mark.parametrize("rules", [PRIVATE, Answer(b"out of order", "text/plain", 503)])
def test_a_disallowed_page_is_not_asked_for_when_obedience_was_asked_for(tmp_path: Path, rules: Answer) -> None:
    result, asked = _capture(tmp_path, {"/robots.txt": rules}, "/private/page", "obey")
    assert (result.page.outcome, result.page.reason) == (Outcome.REFUSED, "robots-disallowed")
    assert asked == ["/robots.txt"]


def test_rules_behind_redirects_are_obeyed_and_each_step_is_a_capture(tmp_path: Path) -> None:
    answers = {"/robots.txt": Answer(code=301, headers=(("Location", "/rules"),)), "/rules": PRIVATE}
    result, asked = _capture(tmp_path, answers, "/private/page", "obey")
    assert result.page.reason == "robots-disallowed"
    assert asked == ["/robots.txt", "/rules"]
    assert [one.discovery_path for one in result.results] == ["", "P", "PR"]


def test_at_most_five_redirects_lead_to_the_rules(tmp_path: Path) -> None:
    steps = {f"/step{n}": Answer(code=302, headers=(("Location", f"/step{n + 1}"),)) for n in range(9)}
    answers = {"/robots.txt": Answer(code=302, headers=(("Location", "/step0"),)), **steps}
    result, asked = _capture(tmp_path, answers, "/private/page", "record")
    assert _decision(result) == "unavailable"
    assert asked == ["/robots.txt", *(f"/step{n}" for n in range(5)), "/private/page"]


def test_robots_txt_is_not_asked_for_when_that_is_off(tmp_path: Path) -> None:
    result, asked = _capture(tmp_path, {"/robots.txt": PRIVATE}, "/private/page", "off")
    assert _decision(result) == "not-asked"
    assert asked == ["/private/page"]
