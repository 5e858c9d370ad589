# SPDX-License-Identifier: Apache-2.0
"""A crawl whose processes are told to end, killed or stopped is gone on with, and its archive is that of one run."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_runs import Crawls, eventually, job_text, kill_group, refused_by
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import ended

SHAPE = Shape(hosts=3, pages=50, embeds=1, redirects=2, copies=3)
STOPPED, UNAVAILABLE = 130, 4


@pytest.fixture
def site() -> Iterator[CrawlSite]:
    with CrawlSite(SHAPE) as one:
        for url in one.urls:
            one.delays(url, 0.03)  # so that there is a middle to be killed in
        yield one


@pytest.fixture
def crawls(tmp_path: Path, site: CrawlSite) -> Iterator[Crawls]:
    one = Crawls(tmp_path)
    one.write(job_text(site))
    yield one
    one.clear()


def _holds_the_site(crawls: Crawls, site: CrawlSite, promised: set[str]) -> None:
    assert crawls.not_once(site) == {}
    assert promised <= crawls.all_ids()
    assert crawls.unsound() == []
    assert not list(crawls.root.glob("spool/*/"))


class TestToldToEnd:
    @pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
    def test_it_ends_within_seconds_with_all_sealed_and_is_gone_on_with(
        self, crawls: Crawls, site: CrawlSite, told: signal.Signals
    ) -> None:
        process = crawls.begin("--workers", "2")
        site.wait_until_asked(90)
        began = time.monotonic()
        process.send_signal(told)
        ran = ended(process)
        assert ran.code == STOPPED, ran.err
        assert time.monotonic() - began < 3
        promised = crawls.promised()
        assert crawls.state("SELECT * FROM segment") == []
        assert promised <= crawls.all_ids()
        assert crawls.waiting() > 0
        again = crawls("--resume")
        assert (again.code, again.lines[-1]["how"]) == (0, "over"), again.err
        _holds_the_site(crawls, site, promised)

    def test_it_ends_cleanly_whenever_it_is_told(self, crawls: Crawls, site: CrawlSite) -> None:
        promised: set[str] = set()
        for number, instant in enumerate((0.5, 0.6, 0.7, 0.8)):
            process = crawls.begin("--workers", "2", *(["--resume"] if crawls.unended() else []))
            try:
                process.wait(instant)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
            ran = ended(process)
            assert ran.code in (STOPPED, -signal.SIGTERM), (number, ran.code, ran.err)
            promised |= crawls.promised()
        crawls.wait_until_nobody_works()
        assert crawls(*(["--resume"] if crawls.unended() else [])).code == 0
        _holds_the_site(crawls, site, promised)


def _parent(crawls: Crawls, process: "subprocess.Popen[bytes]") -> None:
    assert crawls.workers()
    process.kill()


def _all(crawls: Crawls, process: "subprocess.Popen[bytes]") -> None:
    assert crawls.workers()
    kill_group(process)


class TestKilled:
    @pytest.mark.parametrize("kill", [_parent, _all])
    def test_what_was_acknowledged_is_kept_and_the_rest_is_asked_for_again(
        self, crawls: Crawls, site: CrawlSite, kill: Callable[[Crawls, "subprocess.Popen[bytes]"], None]
    ) -> None:
        process = crawls.begin("--workers", "2")
        site.wait_until_asked(120)
        promised = crawls.promised()
        kill(crawls, process)
        ended(process)
        again = crawls.resumed("--workers", "2")
        assert (again.code, again.lines[-1]["how"]) == (0, "over"), again.err
        assert promised
        _holds_the_site(crawls, site, promised)
        assert refused_by(crawls.warcs()) == []

    def test_the_others_take_over_from_a_worker_that_is_killed(self, crawls: Crawls, site: CrawlSite) -> None:
        process = crawls.begin("--workers", "3", "--lease", "1s")
        site.wait_until_asked(120)
        promised = crawls.promised()
        os.kill(crawls.worker(1), signal.SIGKILL)
        ran = ended(process)
        assert (ran.code, ran.lines[-1]["how"]) == (0, "over"), ran.err
        _holds_the_site(crawls, site, promised)

    def test_when_all_workers_are_killed_the_command_says_so_and_the_crawl_is_gone_on_with(
        self, crawls: Crawls, site: CrawlSite
    ) -> None:
        process = crawls.begin("--workers", "2")
        site.wait_until_asked(90)
        for worker in (crawls.worker(0, 2), crawls.worker(1, 2)):
            os.kill(worker, signal.SIGKILL)
        ran = ended(process)
        assert ran.code == UNAVAILABLE
        assert "--resume" in ran.err
        promised = crawls.promised()
        assert crawls.resumed().code == 0
        _holds_the_site(crawls, site, promised)


class TestTwoCommands:
    def test_the_second_is_told_that_the_first_works(self, crawls: Crawls, site: CrawlSite) -> None:
        held = site.url(0, "/page/49")
        site.holds(held)  # so that the first does not end meanwhile
        first = crawls.begin("--workers", "2")
        site.wait_until_asked(90)
        for words in (("--resume",), ("--new",)):
            second = crawls(*words)
            assert (second.code, second.out) == (2, ""), second.err
        site.releases(held)
        assert ended(first).code == 0
        _holds_the_site(crawls, site, set())

    def test_of_two_that_begin_at_once_one_crawls(self, crawls: Crawls, site: CrawlSite) -> None:
        both = [crawls.begin("--workers", "1") for _ in range(2)]
        codes = sorted(ended(one).code for one in both)
        assert codes == [0, 2]
        assert crawls.state("SELECT count(*) FROM crawl") == [(1,)]
        _holds_the_site(crawls, site, set())

    def test_a_crawl_that_has_not_ended_is_named_and_neither_forgotten_nor_begun_anew(
        self, crawls: Crawls, site: CrawlSite
    ) -> None:
        process = crawls.begin("--workers", "1")
        site.wait_until_asked(50)
        kill_group(process)
        ended(process)
        unended = crawls.unended()
        told = crawls()
        assert told.code == 2
        assert str(unended) in told.err
        assert "--resume" in told.err
        assert "--new" in told.err
        fresh = crawls("--new")
        assert (fresh.code, fresh.lines[-1]["how"]) == (0, "over"), fresh.err
        ways = crawls.state("SELECT crawl_id, stage, how FROM crawl ORDER BY id")
        assert [how for _, _, how in ways] == ["stopped", "finished"]
        assert ways[0][0] == unended
        assert crawls("--resume").code == 2


class TestStopped:
    def test_a_worker_that_wakes_after_its_lease_doubles_nothing(self, crawls: Crawls, site: CrawlSite) -> None:
        process = crawls.begin("--workers", "3", "--lease", "1s")
        site.wait_until_asked(90)
        stopped = crawls.worker(1, 3)
        crawls.stop_between_turns(stopped)
        promised = crawls.promised()
        eventually(lambda: stopped not in crawls.workers())  # the others have taken over
        os.kill(stopped, signal.SIGCONT)
        ran = ended(process)
        assert (ran.code, ran.lines[-1]["how"]) == (0, "over"), ran.err
        _holds_the_site(crawls, site, promised)

    def test_a_worker_that_never_wakes_does_not_keep_the_crawl_from_its_end(
        self, crawls: Crawls, site: CrawlSite
    ) -> None:
        process = crawls.begin("--workers", "2", "--lease", "1s")
        site.wait_until_asked(90)
        stopped = crawls.worker(1, 2)
        crawls.stop_between_turns(stopped)
        promised = crawls.promised()
        ran = ended(process, timeout=20)
        assert (ran.code, ran.lines[-1]["how"]) == (0, "over"), ran.err
        _holds_the_site(crawls, site, promised)

    def test_a_crawl_that_is_told_to_end_does_not_wait_for_a_stopped_worker(
        self, crawls: Crawls, site: CrawlSite
    ) -> None:
        process = crawls.begin("--workers", "2")
        site.wait_until_asked(90)
        crawls.stop_between_turns(crawls.worker(1, 2))
        process.send_signal(signal.SIGTERM)
        ran = ended(process, timeout=20)
        assert ran.code == STOPPED, ran.err
        assert crawls.state("SELECT * FROM segment") == []
        assert crawls("--resume").code == 0
        _holds_the_site(crawls, site, set())


class TestLittleRoom:
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
    def test_a_full_disk_ends_it_cleanly_and_with_more_room_it_is_gone_on_with(
        self, crawls: Crawls, site: CrawlSite, tmp_path: Path
    ) -> None:
        small = tmp_path / "archive" / "spool"
        small.mkdir(exist_ok=True)
        words = ["mount", "-t", "tmpfs", "-o", "size=96k", "none", str(small)]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("file systems cannot be mounted here")
        try:
            full = crawls("--workers", "1")
            assert full.code == UNAVAILABLE, full.err
            promised = crawls.promised()
            assert crawls.waiting() > 0
            subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
            assert crawls.resumed().code == 0
            _holds_the_site(crawls, site, promised)
        finally:
            subprocess.run(["umount", str(small)], check=True)

    def test_less_room_than_wanted_pauses_it(self, crawls: Crawls, site: CrawlSite) -> None:
        paused = crawls("--keep-free", "8000TiB")
        assert (paused.code, paused.lines[-1]["how"]) == (1, "disk"), paused.err
        assert crawls.state("SELECT stage FROM crawl") == [("paused",)]
        assert crawls("--resume").code == 0
        _holds_the_site(crawls, site, set())
