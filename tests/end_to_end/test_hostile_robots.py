# SPDX-License-Identifier: Apache-2.0
"""Crawls of hosts whose robots.txt is hostile: obeyed, or only put on record."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

from archiver.archive import Archive
from archiver.robots import MAX_OCTETS
from tests.end_to_end.misbehaving_crawl import Fates, MisbehavingCrawl, job_text
from tests.site import bombs
from tests.site.host import UNAVAILABLE, Host
from tests.site.hosts import ALONE, HOSTS
from tests.site.server import Site

_ROBOTS = [host for host in HOSTS.values() if host.family == "robots"]
_SILENT = "robots-hang"


def _crawl(folder: Path, site: Site, hosts: Iterable[Host], **politeness: object) -> MisbehavingCrawl:
    bombs.gzip_bomb()
    crawl = MisbehavingCrawl(folder, job_text(site, hosts, **politeness))
    assert crawl.run(1)["how"] == "over"
    return crawl


def test_what_robots_txt_forbids_is_asked_for_all_the_same_where_it_is_only_recorded(tmp_path: Path) -> None:
    with Site(_ROBOTS) as site:
        crawl = _crawl(tmp_path, site, _ROBOTS, robots="record", robots_reason="A test of what happens.")
        asked = {host.name: site.asked(host.name) for host in _ROBOTS}
        authorities, canary = site.authorities, site.canary_connections
    fates = crawl.fates()
    assert canary == 0
    assert {name for name, one in asked.items() if (one["/open"], one["/private/page"]) != (1, 1)} == set()
    assert {fates.of(authority, "/private/page") for authority in authorities.values()} == {("captured-complete", None)}


def test_a_robots_txt_that_does_not_come_well_is_on_record_as_it_came(tmp_path: Path) -> None:
    wanted = {
        "robots-10mb": ("captured-truncated-flagged", "length-limit", 1),
        "robots-hang": ("failed-recorded", "header-timeout", 4),
        "robots-503": ("captured-complete", None, 4),
        "robots-reset": ("captured-truncated-flagged", "body-short", 4),
    }
    hosts = [HOSTS[name] for name in wanted]
    with Site(hosts) as site:
        crawl = _crawl(tmp_path, site, hosts)
        urls = {name: f"http://{site.authorities[name]}/robots.txt" for name in wanted}
        attempts = {name: site.asked(name)["/robots.txt"] for name in wanted}
    with Archive.open(crawl.root) as archive:
        ids = {name: [one.found.capture_id for one in archive.lookup(url)] for name, url in urls.items()}
        observed = {name: archive.manifest(capture_id).observation for name, (capture_id,) in ids.items()}
    assert {name: (one.outcome, one.reason, attempts[name]) for name, one in observed.items()} == wanted
    assert (observed["robots-10mb"].lengths.body or 0) > MAX_OCTETS
    fates = crawl.fates()
    for host in hosts:
        assert fates.of(site.authorities[host.name], "/open") == host.becomes["/open"]


def test_one_host_without_an_answer_holds_up_no_other(tmp_path: Path) -> None:
    hosts = [HOSTS[_SILENT], HOSTS["robots-disallowed-path"]]
    with Site(hosts) as site:
        crawl = _crawl(tmp_path, site, hosts, per_host=6)
        silent, answering = (site.authorities[host.name] for host in hosts)
        assert site.asked(_SILENT).keys() == {"/robots.txt"}
    fates: Fates = crawl.fates()
    assert {one.answer for one in fates.by_host[silent] if one.target != "/robots.txt"} == {UNAVAILABLE}
    ended = {one["url"]: one["ended_at"] for one in crawl.lines()}
    last = max(at for url, at in ended.items() if answering in url)
    assert last < min(at for url, at in ended.items() if silent in url and not url.endswith("/robots.txt"))


def test_the_operators_secrets_go_to_no_robots_txt_but_the_seeds_own_and_are_written_nowhere(tmp_path: Path) -> None:
    host = ALONE["redirect-absolute"]
    with Site([host]) as site:
        job = json.loads(job_text(site, [host])) | {"secret_headers": {"X-Key": "env:QUAY_KEY"}}
        crawl = MisbehavingCrawl(tmp_path, json.dumps(job), QUAY_KEY="lamp-and-lantern")
        assert crawl.run(1)["how"] == "over"
        elsewhere = [*site.requests("robots.txt"), *site.requests("article")]
    assert len(elsewhere) == 2
    assert [head for head in elsewhere if b"x-key" in head.lower()] == []
    written = b"".join(gzip.decompress(path.read_bytes()) for path in crawl.root.glob("segments/**/*.gz"))
    assert b"X-Key" in written
    assert b"lamp-and-lantern" not in written
