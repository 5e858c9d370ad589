# SPDX-License-Identifier: Apache-2.0
"""One crawl over the whole misbehaving site: it ends by itself, every URL as it should, in bounded memory, and nothing forbidden
is touched."""

import os
import signal
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.end_to_end.crawl_runs import eventually, refused_by
from tests.end_to_end.misbehaving_crawl import Fates, MisbehavingCrawl, job_text
from tests.faces.command import cli
from tests.site import bombs
from tests.site.cases import CASES
from tests.site.host import MOST_CAPTURES, Host
from tests.site.hosts import ALONE, HOSTS
from tests.site.secure import SecureSite
from tests.site.server import Site

_ALL = (*ALONE.values(), *HOSTS.values())
_FAMILIES = sorted({host.family for host in _ALL})
_NO_URL = {"redirect-loop", "redirect-unusable", "scheme-refused", "bad-url", "redirect-limit"}
"""Reasons for which a crawl has no URL of its own to tell of: the page's bytes hold what was named."""
_SUBSET = (
    "cl-exact", "cl-short-body", "chunk-size-zzz", "te-and-cl", "http09-page", "banana", "reset-in-body", "hang-in-header",
    "header-1mb-value", "coding-gzip-bad-crc", "coding-bomb-gzip", "redirect-301", "redirect-loop-one", "redirect-to-decimal",
    "redirect-chain", "content-embeds-canary", "content-deep-nesting", "flaky-unavailable-then-ok", "url-equivalents",
    "url-session", "url-random", "url-two-thousand-embedded-hosts", "sitemap-index-of-itself", "sitemap-bad-dates",
    "robots-disallow", "robots-503", "robots-redirect-canary", "robots-crawl-delay-huge",
)  # fmt: skip


@dataclass(frozen=True)
class Crawled:
    """The crawl over the whole site."""

    crawl: MisbehavingCrawl
    fates: Fates
    how: str
    peak_octets: int
    """Of the worker that had the most."""
    authorities: dict[str, str]
    asked: dict[str, Counter[str]]
    canary_connections: int
    secure: SecureSite


def _make_bombs() -> None:
    # Made when first asked for; on a busy machine that takes longer than the limits allow.
    for make in (bombs.gzip_bomb, bombs.deflate_bomb, bombs.brotli_bomb, bombs.zstd_bomb):
        make()
    bombs.gzip_bomb(1000)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    _make_bombs()
    with Site(_ALL) as site, SecureSite() as secure:
        job = job_text(site, _ALL, *secure.urls.values())
        crawl = MisbehavingCrawl(tmp_path_factory.mktemp("misbehaving"), job)
        said = crawl.run(2)
        asked = {host.name: site.asked(host.name) for host in _ALL}
        canary = site.canary_connections
    return Crawled(crawl, crawl.fates(), said["how"], said["peak_kib"] << 10, site.authorities, asked, canary, secure)


def test_the_crawl_ends_by_itself_with_every_url_at_its_end(crawled: Crawled) -> None:
    assert crawled.how == "over"
    assert [one.url for one in crawled.fates.by_url.values() if one.answer[0] is None] == []


def test_the_canary_is_never_touched(crawled: Crawled) -> None:
    assert crawled.canary_connections == 0


def test_no_worker_takes_more_than_300_megabytes(crawled: Crawled) -> None:
    assert crawled.peak_octets < 300 << 20


@pytest.mark.parametrize("family", _FAMILIES)
def test_every_case_of_one_response_ends_as_it_should(crawled: Crawled, family: str) -> None:
    wrong = _wrong_cases(
        crawled.fates, crawled.authorities, [one.name for one in CASES.values() if one.family == family]
    )
    assert wrong == {}


def test_every_redirect_leads_where_it_may_and_nowhere_else(crawled: Crawled) -> None:
    wrong = {}
    for case in CASES.values():
        led = crawled.fates.led_to.get(f"http://{crawled.authorities[case.name]}/{case.name}")
        # What is no URL, and what was known already, is not told of again.
        if led is not None and not case.accepts_next(*led.answer) and case.next_reason not in _NO_URL:
            wrong[case.name] = (led.url, led.answer)
    assert wrong == {}
    assert len(crawled.fates.led_to) > 40


@pytest.mark.parametrize("name", HOSTS)
def test_every_host_that_is_a_case_ends_as_it_should(crawled: Crawled, name: str) -> None:
    assert _wrong_of(crawled.fates, crawled.authorities[name], HOSTS[name]) == {}
    often = {target: times for target in HOSTS[name].once if (times := crawled.asked[name][target]) != 1}
    assert often == {}


def test_every_fault_of_tls_ends_as_it_should(crawled: Crawled) -> None:
    ended = {name: crawled.fates.of("", url) for name, url in crawled.secure.urls.items()}
    assert ended == crawled.secure.becomes
    # The chain that did not verify is evidence, in the capture of robots.txt.
    assert crawled.fates.by_url[crawled.secure.urls["tls-expired"] + "robots.txt"].captured


def test_no_url_is_asked_for_oftener_than_its_outcome_says(crawled: Crawled) -> None:
    whole = [
        case.name
        for case in CASES.values()
        if (case.outcome, case.reason, case.code) == ("captured-complete", None, 200) and not case.also_ok
    ]
    told = {name: crawled.fates.by_url[f"http://{crawled.authorities[name]}/{name}"].attempts for name in whole}
    asked = {name: crawled.asked[name][f"/{name}"] for name in whole}
    assert {name: times for name, times in asked.items() if not 1 <= times <= told[name]} == {}
    # On a busy machine an attempt may end before it reaches the site.
    assert Counter(told.values())[1] > len(whole) // 2
    # Four attempts, each once more where a connection that was used before gave no answer.
    assert max(times for asked in crawled.asked.values() for times in asked.values()) <= 8


def test_userinfo_in_links_is_written_nowhere(crawled: Crawled) -> None:
    assert not [url for url in crawled.fates.by_url if "lovelace" in url or "@" in url.split("/")[2]]


def test_what_was_kept_is_sound_and_others_read_it(crawled: Crawled) -> None:
    verified = cli("--archive", str(crawled.crawl.root), "verify", cwd=crawled.crawl.root)
    assert verified.code == 0, verified.out + verified.err
    assert crawled.crawl.warcs()
    assert _refused(crawled.crawl.warcs()) == []


def test_three_workers_killed_in_the_middle_leave_every_case_at_the_same_end(tmp_path: Path) -> None:
    _make_bombs()
    hosts = [{**ALONE, **HOSTS}[name] for name in _SUBSET]
    with Site(hosts) as site:
        crawl = MisbehavingCrawl(tmp_path, job_text(site, hosts))
        process = crawl.begin(3)
        try:
            # All but what hangs and what leads on without end is asked for by then; nothing of it is sealed.
            eventually(lambda: sum(site.asked(host.name).total() for host in hosts) > 80)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        said = crawl.run(3, "resume")
        authorities, canary = site.authorities, site.canary_connections
    fates = crawl.fates()
    assert (said["how"], canary) == ("over", 0)
    assert _wrong_cases(fates, authorities, [name for name in _SUBSET if name in CASES]) == {}
    # What a trap is known by is remembered in memory: after a kill it takes longer to know it.
    hosts = [replace(host, captures=(host.captures[0], MOST_CAPTURES)) for host in hosts]
    assert {host.name: wrong for host in hosts if (wrong := _wrong_of(fates, authorities[host.name], host))} == {}
    often = {
        url: times for url, times in Counter(crawl.captured()).items() if times > 1 and not url.endswith("/robots.txt")
    }
    assert often == {}
    assert _refused(crawl.warcs()) == []


def _refused(paths: list[Path]) -> list[str]:
    """What others say against WARC files. warcio reads them in this process: its command breaks off at brotli that is none."""
    for path in paths:
        with open(path, "rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                record.raw_stream.read()
    return [said for said in refused_by(paths) if "brotli.Decompressor" not in said]


def _wrong_cases(fates: Fates, authorities: dict[str, str], names: list[str]) -> dict[str, object]:
    """Cases of one response whose URL ended otherwise than it should."""
    ended = {name: fates.of(authorities[name], f"/{name}") for name in names}
    return {
        name: (answer, (CASES[name].outcome, CASES[name].reason))
        for name, answer in ended.items()
        if answer is None or not CASES[name].accepts(*answer)
    }


def _wrong_of(fates: Fates, authority: str, host: Host) -> dict[str, object]:
    """What of a host is otherwise than it should be."""
    own, found = fates.by_host[authority], fates.found_at[authority]
    wrong: dict[str, object] = {
        target: (answer, wanted)
        for target, wanted in host.becomes.items()
        if (answer := fates.of(authority, target)) != wanted
    }
    captures = sum(one.captured for one in own if one.target != "/robots.txt" and one.path not in ("P", "PR", "PRR"))
    missing = host.reasons - {one.answer[1] for one in (*own, *found)}
    for what, number, (least, most) in (("captures", captures, host.captures), ("found", len(found), host.found)):
        if not least <= number <= most:
            wrong[what] = (number, least, most)
    return wrong | ({"reasons": missing} if missing else {})
