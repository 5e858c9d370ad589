# SPDX-License-Identifier: Apache-2.0
"""Workers ask for what is in scope, each URL once, and what came has an outcome with a reason."""

import itertools
import json

import pytest

from manifests.capture import Outcome
from tests.crawler.conftest import At
from tests.end_to_end.crawl_pages import Answer


def _page(*links: str, more: str = "") -> Answer:
    body = "".join(f'<a href="{link}">{link}</a>' for link in links)
    return Answer(f"<!doctype html><title>Page</title>{body}{more}".encode())


@pytest.mark.parametrize("workers", [1, 3])
def test_every_url_is_asked_for_once_and_captured_once(at: At, workers: int) -> None:
    place = at(hosts=3, pages=30, embeds=2, redirects=3, copies=3)
    assert place.crawl(workers) == "over"
    assert place.site.not_once() == {}
    assert place.counts() == dict.fromkeys(place.site.urls, 1)
    assert {one.outcome for one in place.captures()} == {Outcome.CAPTURED_COMPLETE}
    assert {one["stage"] for one in place.known().values()} == {1}


def test_what_lies_beyond_the_scope_is_skipped_with_the_reason_and_the_rule(at: At) -> None:
    place = at(hosts=2, pages=3, embeds=0)
    place.crawl(seeds=place.site.seeds[:1])
    assert place.counts() == dict.fromkeys((place.site.url(0, one) for one in place.site.shape.paths()), 1)
    beyond = place.url_known(place.site.url(1, "/page/1"))
    assert (beyond["reason"], beyond["capture_id"]) == ("out-of-scope", None)
    assert beyond["rule"]
    assert beyond["via_url"] == place.site.url(0, "/page/1")


def test_embeds_beyond_the_scope_are_taken_unless_the_job_says_no(at: At) -> None:
    place = at(hosts=2, pages=1, embeds=1)
    picture = place.site.url(1, "/embed/0-0.png")
    place.site.says(place.site.url(0, "/"), _page(more=f'<img src="{picture}">'))
    place.crawl(seeds=place.site.seeds[:1])
    assert place.counts() == {place.site.url(0, "/"): 1, picture: 1}
    place.crawl(seeds=place.site.seeds[:1], scope={"type": "host", "embeds": False})
    assert place.counts() == {place.site.url(0, "/"): 1}


def test_depth_counts_links_from_the_seed(at: At) -> None:
    place = at(pages=60, embeds=1)
    place.crawl(scope={"type": "host", "depth": 1})
    pages = ["/", *(f"/page/{n}" for n in range(1, 6))]
    embeds = [f"/embed/{n}-0.png" for n in range(6)]
    assert place.counts() == dict.fromkeys((place.site.url(0, one) for one in (*pages, *embeds)), 1)


def test_hops_beyond_the_scope_are_counted(at: At) -> None:
    place = at(hosts=3, pages=1, embeds=0)
    first, second, third = place.site.seeds
    place.crawl(seeds=[first], scope={"type": "host", "hops": 1})
    assert place.counts() == {first: 1, second: 1}
    place.crawl(seeds=[first], scope={"type": "host", "hops": 2})
    assert place.counts() == {first: 1, second: 1, third: 1}


def test_embeds_are_asked_for_before_links(at: At) -> None:
    place = at(pages=26, embeds=2)
    place.crawl(politeness={"per_host": 1})
    asked = [one.url.removeprefix(place.site.origins[0]) for one in place.site.asked()]
    assert asked[:4] == ["/robots.txt", "/", "/embed/0-0.png", "/embed/0-1.css"]


def test_a_redirect_leads_on_and_its_capture_is_linked_from_the_next(at: At) -> None:
    place = at(pages=1, embeds=0, redirects=1)
    place.crawl()
    moved, new = (place.site.url(0, path) for path in ("/moved/0", "/new/0"))
    by_url = {one.url: one for one in place.captures()}
    assert by_url[moved].response_code == 301
    (link,) = place.manifest(by_url[new]).observation.links
    assert (link.relation, link.capture_id, link.url) == ("redirected-from", by_url[moved].capture_id, moved)
    assert place.url_known(new)["path"] == "LR"


def test_a_redirect_without_end_is_cut(at: At) -> None:
    place = at(pages=1, embeds=0)
    for n in range(40):
        place.site.says(place.site.url(0, f"/round/{n}"), Answer(code=302, headers=(("Location", f"/round/{n + 1}"),)))
    place.site.says(place.site.url(0, "/"), _page("/round/0"))
    assert place.crawl() == "over"
    assert len(place.captures()) < 30
    assert place.reasons()["redirect-limit"] == 1


def test_a_redirect_to_itself_ends(at: At) -> None:
    place = at(pages=1, embeds=0)
    place.site.says(place.site.url(0, "/"), Answer(code=302, headers=(("Location", "/"),)))
    assert place.crawl() == "over"
    assert place.counts() == {place.site.url(0, "/"): 1}


def test_a_trap_is_not_followed_without_end(at: At) -> None:
    place = at(pages=1, embeds=0)
    place.site.says(place.site.url(0, "/"), _page("/a/"))
    path = "/a/"
    for _ in range(60):
        place.site.says(place.site.url(0, path), _page(f"{path}a/"))
        path += "a/"
    assert place.crawl() == "over"
    assert len(place.captures()) < 40
    assert place.reasons()["trap"] >= 1
    trapped = [one for one in place.known().values() if one["reason"] == "trap"]
    assert all(one["rule"] for one in trapped)


def test_parameters_that_the_job_drops_make_one_url_of_several(at: At) -> None:
    place = at(pages=1, embeds=0)
    place.site.says(place.site.url(0, "/"), _page("/p?id=1&utm_source=a", "/p?utm_source=b&id=1", "/p?id=1"))
    place.site.says(place.site.url(0, "/p?id=1"), _page())
    place.crawl(parameters=["utm_*"])
    assert place.counts() == {place.site.url(0, "/"): 1, place.site.url(0, "/p?id=1"): 1}


def test_urls_that_differ_in_case_alone_are_both_taken(at: At) -> None:
    place = at(pages=1, embeds=0)
    place.site.says(place.site.url(0, "/"), _page("/Tide", "/tide", "/tide?", "/tide#low"))
    for path in ("/Tide", "/tide", "/tide?"):
        place.site.says(place.site.url(0, path), _page())
    place.crawl()
    assert set(place.counts()) == {place.site.url(0, path) for path in ("/", "/Tide", "/tide", "/tide?")}


def test_a_missing_page_is_a_capture_of_its_own(at: At) -> None:
    place = at(pages=1, embeds=0)
    place.site.says(place.site.url(0, "/"), _page("/gone"))
    place.crawl()
    gone = {one.url: one for one in place.captures()}[place.site.url(0, "/gone")]
    assert (gone.response_code, gone.outcome) == (404, Outcome.CAPTURED_COMPLETE)


class TestRetries:
    def test_what_is_out_of_order_for_a_while_is_captured_once_it_is_well(self, at: At) -> None:
        place = at(pages=8, embeds=0)
        ill = place.site.url(0, "/page/3")
        place.site.fails(ill, times=2)
        assert place.crawl(politeness={"max_delay": "0.1s"}) == "over"
        assert place.site.not_once() == {ill: 3}
        assert {one.url: one.response_code for one in place.captures()} == dict.fromkeys(place.site.urls, 200)
        assert place.url_known(ill)["attempts"] == 2

    def test_what_stays_out_of_order_is_captured_as_it_is_after_the_last_attempt(self, at: At) -> None:
        place = at(pages=2, embeds=0)
        ill = place.site.url(0, "/page/1")
        place.site.fails(ill, times=100)
        place.crawl(plan={"attempts": 3}, politeness={"max_delay": "0.1s"})
        assert place.site.counts()[ill] == 3
        assert {one.url: one.response_code for one in place.captures()}[ill] == 503

    def test_a_dropped_connection_is_tried_again_and_at_last_recorded_as_failed(self, at: At) -> None:
        place = at(pages=3, embeds=0)
        once, ever = place.site.url(0, "/page/1"), place.site.url(0, "/page/2")
        place.site.drops(once, times=1)
        place.site.drops(ever, times=100)
        place.crawl(plan={"attempts": 3}, politeness={"max_delay": "0.1s"})
        outcomes = {one.url: one.outcome for one in place.captures()}
        assert outcomes[once] is Outcome.CAPTURED_COMPLETE
        assert outcomes[ever] is Outcome.FAILED
        assert place.url_known(ever)["reason"] == "no-response"

    def test_the_time_that_the_server_asks_for_is_kept(self, at: At) -> None:
        place = at(pages=4, embeds=0)
        ill = place.site.url(0, "/page/2")
        place.site.fails(ill, times=1, retry_after="1")
        place.crawl(politeness={"per_host": 1})
        first, second = place.site.asked(ill)
        others = [one for one in place.site.asked() if first.at < one.at < second.at]
        assert second.at - first.at >= 1
        assert all(one.at - first.at >= 1 for one in others)
        assert len(place.captures()) == 4

    def test_the_rest_of_a_crawl_does_not_wait_for_what_is_put_off(self, at: At) -> None:
        place = at(hosts=2, pages=10, embeds=0)
        place.site.fails(place.site.url(0, "/page/1"), times=1, retry_after="1")
        place.crawl()
        first = place.site.asked(place.site.url(0, "/page/1"))[0]
        other = [one.at for one in place.site.asked() if one.url.startswith(place.site.origins[1])]
        assert max(other) - first.at < 1


class TestPoliteness:
    def test_no_more_requests_at_once_than_the_job_allows(self, at: At) -> None:
        place = at(pages=30, embeds=0)
        for url in place.site.urls:
            place.site.delays(url, 0.02)
        place.crawl(politeness={"per_host": 3})
        assert 1 < place.site.most_at_once(0) <= 3

    def test_the_delay_lies_between_requests(self, at: At) -> None:
        place = at(pages=6, embeds=0)
        place.crawl(politeness={"delay": "0.1s", "per_host": 1})
        times = [one.at for one in place.site.asked()]
        assert all(later - earlier >= 0.095 for earlier, later in itertools.pairwise(times))

    def test_a_host_that_was_drained_and_is_found_again_still_has_its_rest(self, at: At) -> None:
        place = at(hosts=2, pages=1, embeds=0)
        back = place.site.url(0, "/back")
        place.site.says(place.site.url(0, "/"), _page(place.site.url(1, "/")))
        place.site.says(place.site.url(1, "/"), _page(back))
        place.site.says(back, _page())
        place.site.delays(place.site.url(1, "/"), 0.3)  # until long after the first host was given back
        place.crawl(seeds=place.site.seeds[:1], scope={"type": "any"}, politeness={"delay": "1s", "per_host": 1})
        (first,), (second,) = place.site.asked(place.site.url(0, "/")), place.site.asked(back)
        assert second.at - first.at >= 0.995


def test_a_link_that_asks_not_to_be_followed_is_followed_and_on_record(at: At) -> None:
    place = at(pages=2, embeds=0)
    asked_not_to, plain = place.site.url(0, "/quiet"), place.site.url(0, "/loud")
    place.site.says(place.site.url(0, "/"), _page("/loud", more='<a rel="nofollow" href="/quiet">quiet</a>'))
    for url in (asked_not_to, plain):
        place.site.says(url, _page(more=url))
    place.crawl()
    assert json.loads(place.url_known(asked_not_to)["facts"]) == {"nofollow": True}
    assert place.url_known(asked_not_to)["capture_id"]
    assert place.url_known(plain)["facts"] is None
