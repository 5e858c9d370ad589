# SPDX-License-Identifier: Apache-2.0
"""The files in which a site speaks are captured once a crawl and host, before its pages, which link back to those that spoke."""

import asyncio
import json
from collections import Counter

from archiver.archive import Archive
from archiver.catalog.catalog import Found
from archiver.options import CaptureOptions
from archiver.politeness import Pace, PaceRule
from archiver.services import read
from archiver.services.crawler.hosts import HostWork
from archiver.services.crawler.worker import Worker
from archiver.state.turn import Leased
from manifests.canonical import from_canonical
from manifests.capture import BackLink, CaptureManifest, Outcome
from tests.crawler.conftest import At
from tests.crawler.workplace import Workplace
from tests.end_to_end.crawl_pages import Answer

TDMREP = "/.well-known/tdmrep.json"
SECURITY = "/.well-known/security.txt"
TRUST = Answer(b"copyright=Harbour Trust 2024\ndatatrainingallowed=no\n", "text/plain")
RULES = Answer(b'[{"location": "/*", "tdm-reservation": 1}]', "application/json")
RSL = Answer(
    b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">ai-train</prohibits>'
    b"</license></content></rsl>",
    "application/xml",
)
ID = "00000000-0000-4000-8000-000000000001"
ALL = [TDMREP, "/trust.txt", "/.well-known/trust.txt", "/ai.txt", SECURITY, "/license.xml"]


def asked(place: Workplace, host: int = 0) -> list[str]:
    origin = place.site.origins[host]
    return [one.url.removeprefix(origin) for one in place.site.asked() if one.url.startswith(origin)]


def links(manifest: CaptureManifest) -> dict[str, str]:
    """Capture ids of the site's files by their URL."""
    return {one.url: one.capture_id for one in manifest.observation.links if one.relation == "site-file"}


def by_url(place: Workplace) -> dict[str, Found]:
    return {one.url: one for one in place.captures()}


def test_they_are_asked_for_once_after_the_rules_and_before_the_first_page(at: At) -> None:
    place = at(hosts=2, pages=6, embeds=1)
    place.crawl(2, site_files=True)
    for host in range(2):
        seen = asked(place, host)
        assert seen[:8] == ["/robots.txt", *ALL, "/"]
        assert sorted(seen) == sorted(set(seen))
    assert {place.url_known(place.site.url(0, one))["rule"] for one in ALL} == {"site-file"}
    assert {place.url_known(place.site.url(0, one))["code"] for one in ALL} == {404}


def test_what_is_captured_afterwards_links_to_those_that_spoke(at: At) -> None:
    place = at(pages=3, embeds=1)
    place.site.says(place.site.url(0, "/trust.txt"), TRUST)
    place.site.says(place.site.url(0, TDMREP), RULES)
    place.site.says(place.site.url(0, "/ai.txt"), Answer(b"<!doctype html><title>Welcome</title>", "text/html"))
    place.crawl(site_files=True)
    found = by_url(place)
    spoke = {place.site.url(0, one): found[place.site.url(0, one)].capture_id for one in (TDMREP, "/trust.txt")}
    for path in place.site.shape.paths():
        assert links(place.manifest(found[place.site.url(0, path)])) == spoke
    assert "/.well-known/trust.txt" not in asked(place)
    claims = place.manifest(found[place.site.url(0, "/trust.txt")]).claims
    assert claims is not None
    assert [one.kind for one in claims.notices if one.evidence.authority.kind == "site"] == [
        "copyright",
        "ai-preference",
    ]


def test_licences_that_robots_txt_names_on_the_host_take_the_place_of_the_usual_one(at: At) -> None:
    place = at(pages=1, embeds=0)
    named, origin = "/rights/ours.xml", place.site.origins[0]
    place.site.robots(
        0, f"License: {origin}{named}\nLicense: http://elsewhere.example/l.xml\nUser-agent: *\nAllow: /\n"
    )
    place.site.says(place.site.url(0, named), RSL)
    place.crawl(site_files=True)
    assert named in asked(place)
    assert "/license.xml" not in asked(place)
    assert links(place.manifest(by_url(place)[place.site.url(0, "/")])).keys() == {place.site.url(0, named)}


def test_hosts_of_no_seed_and_jobs_that_say_no_are_spared(at: At) -> None:
    place = at(hosts=2, pages=2, embeds=0)
    place.crawl(seeds=place.site.seeds[:1], scope={"type": "any"}, site_files=True)
    assert set(ALL) <= set(asked(place, 0))
    assert not set(ALL) & set(asked(place, 1))
    before = len(place.site.asked())
    place.crawl(seeds=place.site.seeds[:1], site_files=False)
    assert not set(ALL) & {one.url.removeprefix(place.site.origins[0]) for one in place.site.asked()[before:]}


def test_the_host_that_a_seed_redirects_to_is_asked_too(at: At) -> None:
    place = at(hosts=2, pages=1, embeds=0)
    place.site.says(place.site.url(0, "/"), Answer(code=301, headers=(("Location", place.site.url(1, "/")),)))
    place.crawl(seeds=place.site.seeds[:1], scope={"type": "any"}, site_files=True)
    assert set(ALL) <= set(asked(place, 1))


def test_robots_txt_rules_over_them(at: At) -> None:
    place = at(pages=1, embeds=0)
    place.site.robots(0, "User-agent: *\nDisallow: /.well-known/\n")
    place.crawl(site_files=True)
    assert TDMREP not in asked(place)
    assert place.url_known(place.site.url(0, TDMREP))["reason"] == "robots-disallowed"
    assert place.url_known(place.site.url(0, "/ai.txt"))["code"] == 404


def test_they_count_for_no_limit_and_redirects_are_followed_on_the_host_alone(at: At) -> None:
    place = at(hosts=2, pages=20, embeds=0)
    place.site.says(place.site.url(0, "/trust.txt"), Answer(code=301, headers=(("Location", "/about/trust.txt"),)))
    place.site.says(
        place.site.url(0, "/ai.txt"), Answer(code=302, headers=(("Location", place.site.url(1, "/ai.txt")),))
    )
    place.crawl(seeds=place.site.seeds[:1], limits={"captures": 3}, site_files=True)
    pages = [one for one in asked(place) if one == "/" or one.startswith("/page/")]
    assert len(pages) == 3
    assert "/about/trust.txt" in asked(place)
    assert asked(place, 1) == []


def test_a_site_that_sends_whoever_asks_to_its_front_page_is_crawled_as_ever(at: At) -> None:
    place = at(pages=3, embeds=0)
    for path in ALL:
        place.site.says(place.site.url(0, path), Answer(code=302, headers=(("Location", "/"),)))
    place.crawl(site_files=True)
    assert {one: place.url_known(place.site.url(0, one))["path"] for one in place.site.shape.paths()} == {
        "/": "", "/page/1": "L", "/page/2": "L",
    }  # fmt: skip
    assert len(asked(place)) == len(set(asked(place))) == 1 + len(ALL) + 3


def test_one_that_fails_leaves_out_the_rest_and_holds_up_no_page(at: At) -> None:
    place = at(pages=4, embeds=0)
    place.site.drops(place.site.url(0, "/trust.txt"), 9)
    place.crawl(site_files=True)
    assert place.counts().keys() >= {place.site.url(0, one) for one in place.site.shape.paths()}
    assert place.url_known(place.site.url(0, "/trust.txt"))["outcome"] is not None
    assert "/ai.txt" not in asked(place)


def test_a_page_that_links_to_one_has_it_captured_once(at: At) -> None:
    place = at(pages=1, embeds=0)
    place.site.says(place.site.url(0, "/trust.txt"), TRUST)
    body = b'<!doctype html><title>Page</title><a href="/trust.txt">trust</a><a href="/ai.txt">ai</a>'
    place.site.says(place.site.url(0, "/"), Answer(body))
    place.crawl(site_files=True)
    assert place.counts()[place.site.url(0, "/trust.txt")] == 1
    assert place.counts()[place.site.url(0, "/ai.txt")] == 1


def test_what_a_host_said_is_passed_on_with_it(at: At) -> None:
    place = at(pages=2, embeds=0)
    place.site.says(place.site.url(0, "/trust.txt"), TRUST)
    late = place.site.url(0, "/page/1")
    place.site.fails(late, 1)
    place.crawl(site_files=True)  # the host is given back until the second attempt
    assert asked(place).count("/trust.txt") == 1
    assert len(links(place.manifest(by_url(place)[late]))) == 1


def test_a_capture_by_hand_asks_the_host_of_its_page(at: At) -> None:
    place = at(pages=1, embeds=1)
    place.site.says(place.site.url(0, "/trust.txt"), TRUST)
    with Archive.init(place.folder / "other") as archive:
        options = CaptureOptions(allow_private=place.site.allowed)
        (result,) = archive.capture(place.site.url(0, "/"), options)
        done = {one.url: one for one in result.results}
        assert [one for one in asked(place) if one in ALL] == [one for one in ALL if one != "/.well-known/trust.txt"]
        trust = done[place.site.url(0, "/trust.txt")].captured
        assert trust is not None
        found = archive.catalog().by_id(trust.manifest.observation.capture_id)
        assert found is not None
        stored = from_canonical(CaptureManifest, read.manifest_bytes(archive.place.store, found))
        assert (stored.observation.discovery_path, stored.observation.outcome) == ("P", Outcome.CAPTURED_COMPLETE)
        for url in (place.site.url(0, "/"), place.site.url(0, "/embed/0-0.png")):
            captured = done[url].captured
            assert captured is not None
            assert links(captured.manifest) == {place.site.url(0, "/trust.txt"): found.capture_id}
    before = len(place.site.asked())
    with Archive.open(place.folder / "other") as archive:
        list(archive.capture(place.site.url(0, "/"), CaptureOptions(allow_private=place.site.allowed, robots="off")))
    assert not set(ALL) & {one.url.removeprefix(place.site.origins[0]) for one in place.site.asked()[before:]}


def test_the_report_counts_them_apart(at: At) -> None:
    place = at(pages=2, embeds=0)
    place.crawl(site_files=True)
    row = place.archive.world().state.crawls.get(place.crawl_id)
    totals = json.loads(row.report or "{}")
    assert (totals["prerequisites"], totals["captures"]) == (1 + len(ALL), 3 + len(ALL))


def test_what_a_host_said_is_told_to_its_next_worker() -> None:
    pace = PaceRule(delay=0.0, max_delay=1.0, concurrency=1)
    first = HostWork(Leased(1, "http://quay.example", 0.0, 0, 0, None), Pace(pace))
    first.learn(b"User-agent: *\nAllow: /\n", 1.0)
    for spoke in (None, (), (BackLink(relation="site-file", capture_id=ID, url="http://quay.example/ai.txt"),)):
        first.site_files = spoke
        again = HostWork(Leased(1, "http://quay.example", 0.0, 0, 0, first.left(0.0).memory), Pace(pace))
        assert again.site_files == spoke


def test_a_crawl_gone_on_with_after_a_kill_asks_for_none_of_them_again(at: At) -> None:
    place = at(pages=12, embeds=0)
    place.site.says(place.site.url(0, "/trust.txt"), TRUST)
    place.begin(site_files=True)
    late = place.site.url(0, "/page/9")
    place.site.holds(late)

    async def killed(workers: list[Worker]) -> None:
        while place.known().get(place.site.url(0, "/page/2"), {}).get("capture_id") is None:
            await asyncio.sleep(0.05)
        for one in workers:
            one._hosts.clear()  # as a kill would: nobody is told what was learnt of the host
            one.stop()

    place.work(during=killed, conclude=False)
    place.site.releases(late)
    place.work()
    again = Counter(asked(place))
    assert {one: again[one] for one in ALL if one != "/.well-known/trust.txt"} == dict.fromkeys(
        (one for one in ALL if one != "/.well-known/trust.txt"), 1
    )
    assert links(place.manifest(by_url(place)[late])).keys() == {place.site.url(0, "/trust.txt")}
