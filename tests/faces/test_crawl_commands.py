# SPDX-License-Identifier: Apache-2.0
"""`archiver crawls`: seen and controlled from another terminal while a crawl runs, and after it."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import Here, Ran, cli, ended, start


@pytest.fixture
def site() -> Iterator[CrawlSite]:
    with CrawlSite(Shape(pages=12, embeds=0)) as one:
        yield one


@pytest.fixture
def job(tmp_path: Path, site: CrawlSite) -> Path:
    file = tmp_path / "job.yaml"
    file.write_text(
        f"name: tides\nseeds: [{site.seeds[0]}]\nscope: {{type: host}}\nlabels: {{case: '7'}}\n"
        f"politeness: {{delay: 0s, max_delay: 0.05s, per_host: 4}}\nsite_files: false\n"
        f"network: {{allow_private: ['{site.allowed[0]}']}}\n"
    )
    return file


def crawl(job: Path, *more: str) -> tuple[str, ...]:
    return ("crawl", str(job), "--workers", "1", "--first-retry", "0.01s", *more)


def running(job: Path, site: CrawlSite, asked: int) -> "subprocess.Popen[bytes]":
    """A crawl in a process group of its own that has asked for so much and is held by the site."""
    process = start(*crawl(job), cwd=job.parent, start_new_session=True)
    site.wait_until_asked(asked)
    return process


def until(found: Callable[[], Any]) -> Any:
    """What `found` gives once that is something."""
    ends = time.monotonic() + 20
    while not (one := found()):
        assert time.monotonic() < ends
        time.sleep(0.05)
    return one


def obeyed(job: Path) -> None:
    """Returns when the worker, which has nothing else to tell, has asked state twice what is wanted of it."""

    def renewed() -> float:
        with contextlib.closing(sqlite3.connect(job.parent / "archive" / "state.sqlite")) as state:
            (until,) = state.execute("SELECT max(until) FROM worker").fetchone()
            return float(until)

    first = renewed()
    second = until(lambda: (now := renewed()) > first and now)
    until(lambda: renewed() > second)


def the_crawl(here: Here) -> dict[str, Any]:
    (line,) = here("crawls", "list", "--json").lines
    return line


def shown(here: Here, crawl_id: str) -> dict[str, Any]:
    (line,) = here("crawls", "show", crawl_id, "--json").lines
    return line


def fine(ran: Ran) -> Ran:
    assert ran.code == 0, ran.err
    return ran


def test_a_running_crawl_is_seen_changed_paused_and_gone_on_with(here: Here, job: Path, site: CrawlSite) -> None:
    for held in ("/page/1", "/page/2"):  # only they lead to further pages
        site.holds(site.url(0, held))
    process = running(job, site, 7)  # robots.txt, / and pages 1 to 5
    one = the_crawl(here)
    assert (one["job"], one["standing"], one["totals"]) == ("tides", "running", None)
    short = one["crawl_id"][:14]
    until(lambda: shown(here, short)["progress"]["captures"] >= 5)
    assert "running" in fine(here("crawls", "show", short)).err

    fine(here("crawls", "exclude", short, "/page/[67]$"))
    assert shown(here, short)["excluded"] == ["/page/[67]$"]
    obeyed(job)
    site.holds(site.url(0, "/page/8"))
    for held in ("/page/1", "/page/2"):
        site.releases(site.url(0, held))
    until(lambda: site.counts()[site.url(0, "/page/8")])
    assert "pauses" in fine(here("crawls", "pause", short)).err
    assert ended(process).code == 1
    assert the_crawl(here)["standing"] == "paused"

    site.releases(site.url(0, "/page/8"))
    again = fine(here("crawls", "resume", short))
    assert "archiver crawl JOB --resume" in again.err
    fine(cli(*crawl(job, "--resume"), cwd=job.parent))
    assert the_crawl(here)["standing"] == "finished"
    told = shown(here, short)
    assert [one["kind"] for one in told["events"] if one["kind"] in ("exclude", "pause", "paused")] == [
        "exclude", "pause", "paused",
    ]  # fmt: skip
    assert told["report"] == f"crawls/{one['crawl_id']}/report.html"
    assert (job.parent / "archive" / told["report"]).is_file()
    left_out = {site.url(0, "/page/6"), site.url(0, "/page/7")}
    assert {url for url, times in site.not_once().items() if times == 0} == left_out


def test_why_names_the_rule_for_what_was_taken_left_out_and_never_met(here: Here, job: Path, site: CrawlSite) -> None:
    job.write_text(job.read_text().replace("{type: host}", "{type: host, exclude: ['/page/9$']}"))
    fine(cli(*crawl(job), cwd=job.parent))
    short = the_crawl(here)["crawl_id"][:10]
    taken = fine(here("crawls", "why", short, site.url(0, "/page/3"), "--json")).lines[0]
    assert (taken["outcome"], taken["code"]) == ("captured-complete", 200)
    left_out = fine(here("crawls", "why", short, site.url(0, "/page/9"), "--json")).lines[0]
    assert left_out["rule"] == "exclude:/page/9$"
    assert "/page/9$" in fine(here("crawls", "why", short, site.url(0, "/page/9"))).err
    assert here("crawls", "why", short, site.url(0, "/nowhere")).code == 3


def test_a_limit_set_from_another_terminal_ends_a_running_crawl(here: Here, job: Path, site: CrawlSite) -> None:
    site.holds(site.url(0, "/page/1"))
    process = running(job, site, 7)
    short = the_crawl(here)["crawl_id"]
    told = fine(here("crawls", "limit", short, "--bytes", "100B", "--time", "2h", "--json")).lines[0]
    assert told["limits"] == {"bytes": 100, "time": 7200.0}
    assert ended(process).code == 0
    assert the_crawl(here)["standing"] == "ended at a limit"


def test_a_stopped_crawl_ends_with_its_rest_skipped(here: Here, job: Path, site: CrawlSite) -> None:
    site.holds(site.url(0, "/page/1"))
    process = running(job, site, 7)
    short = the_crawl(here)["crawl_id"]
    assert "ends within seconds" in fine(here("crawls", "stop", short)).err
    assert ended(process).code == 0
    told = shown(here, short)
    assert told["standing"] == "stopped"
    skipped = [one["urls"] for one in told["reasons"] if one.get("reason") == "crawl-stopped"]
    assert skipped[0] >= 1
    for command in (["pause"], ["resume"], ["stop"], ["exclude", "x"], ["limit", "--captures", "5"]):
        refused = here("crawls", command[0], short, *command[1:])
        assert refused.code == 2
        assert "has ended" in refused.err


def test_a_crawl_whose_process_was_killed_is_unfinished_and_can_be_stopped(
    here: Here, job: Path, site: CrawlSite
) -> None:
    site.holds(site.url(0, "/page/1"))
    process = running(job, site, 7)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    one = until(lambda: the_crawl(here) if the_crawl(here)["standing"] == "unfinished" else None)
    assert "has ended" in fine(here("crawls", "stop", one["crawl_id"])).err
    assert the_crawl(here)["standing"] == "stopped"
    assert here("jobs", "--json").lines[0]["health"] == "ok"


def test_what_failed_is_taken_again_and_its_captures_link_to_the_first(here: Here, job: Path, site: CrawlSite) -> None:
    broken = site.url(0, "/page/3")
    site.drops(broken, times=20)
    fine(cli(*crawl(job), cwd=job.parent))
    first = the_crawl(here)
    (failed,) = fine(here("crawls", "why", first["crawl_id"], broken, "--json")).lines
    assert (failed["outcome"], failed["reason"]) == ("failed-recorded", "no-response")
    site.recovers(broken)

    asked = len(site.asked())
    told = fine(cli("crawls", "retry", first["crawl_id"][:12], "failed", "--workers", "1", "--json", cwd=job.parent))
    last = told.lines[-1]
    assert (last["urls"], last["first_crawl_id"], last["standing"]) == (1, first["crawl_id"], "finished")
    again = [one.url for one in site.asked()[asked:] if not one.url.endswith("/robots.txt")]
    assert set(again) == {broken}

    capture = max(here("lookup", broken, "--json").lines, key=lambda one: one["fetched_at"])
    manifest = here("manifest", capture["capture_id"], "--json").lines[0]["observation"]
    assert {"relation": "retry-of", "capture_id": failed["capture_id"], "url": broken} in manifest["links"]
    assert (manifest["seed"], manifest["labels"]) == (site.seeds[0], {"case": "7"})
    nothing = here("crawls", "retry", last["crawl_id"], "failed")
    assert (nothing.code, "no URL" in nothing.err) == (2, True)


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["show", "zzzz"], 3, "no crawl has an id"),
        (["show", "http://x/"], 2, "is no crawl id"),
        (["pause", "0"], 3, "crawls list"),
        (["retry", "0", "everything"], 2, "Write failed or suspected."),
        (["limit", "0", "--bytes", "much"], 2, "is not a size"),
    ],
)
def test_a_mistake_in_the_call_says_what_to_do(here: Here, command: list[str], code: int, said: str) -> None:
    fine(here("init"))
    ran = here("crawls", *command)
    assert (ran.code, said in ran.err) == (code, True), ran.err


def test_without_a_crawl_the_list_says_what_begins_one(here: Here) -> None:
    fine(here("init"))
    assert "archiver crawl JOB" in fine(here("crawls", "list")).err
