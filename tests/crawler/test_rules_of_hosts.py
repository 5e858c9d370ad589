# SPDX-License-Identifier: Apache-2.0
"""robots.txt is asked for first, once a host, is a capture itself, and is obeyed or only recorded as the job says."""

import itertools

import pytest

from manifests.capture import Outcome
from tests.crawler.conftest import At
from tests.end_to_end.crawl_pages import Answer

RULES = "User-agent: *\nDisallow: /page/2\nDisallow: /embed/\n"


def test_what_it_disallows_is_refused_with_the_line_and_not_asked_for(at: At) -> None:
    place = at(pages=8, embeds=1)
    place.site.robots(0, RULES)
    place.crawl()
    assert set(place.counts()) == {
        place.site.url(0, one) for one in ("/", "/page/1", *(f"/page/{n}" for n in range(3, 8)))
    }
    assert set(place.site.counts()) == set(place.counts())
    refused = place.url_known(place.site.url(0, "/page/2"))
    assert (refused["reason"], refused["rule"]) == ("robots-disallowed", "robots: Disallow: /page/2")
    assert place.reasons()["robots-disallowed"] == 8


def test_it_is_asked_for_first_and_once_and_kept(at: At) -> None:
    place = at(hosts=2, pages=20, embeds=1)
    place.crawl(2)
    for host in range(2):
        url = place.site.url(host, "/robots.txt")
        of_host = [one.url for one in place.site.asked() if one.url.startswith(place.site.origins[host])]
        assert of_host[0] == url
        assert of_host.count(url) == 1
        (kept,) = [one for one in place.all_captures() if one.url == url]
        pages = [one for one in place.captures() if one.url.startswith(place.site.origins[host])]
        decision = place.manifest(pages[0]).observation.robots
        assert (decision.decision, decision.obeyed, decision.capture_id) == ("allowed", True, kept.capture_id)


def test_a_link_to_it_does_not_ask_for_it_again(at: At) -> None:
    place = at(pages=1, embeds=0)
    place.site.says(place.site.url(0, "/"), Answer(b'<title>Front</title><a href="/robots.txt">rules</a>'))
    assert place.crawl() == "over"
    assert len(place.site.asked(place.site.url(0, "/robots.txt"))) == 1


def test_a_job_that_only_records_it_asks_for_everything(at: At) -> None:
    place = at(pages=8, embeds=1)
    place.site.robots(0, RULES)
    place.crawl(politeness={"robots": "record", "robots_reason": "The library has the publisher's permission."})
    assert place.counts() == dict.fromkeys(place.site.urls, 1)
    by_url = {one.url: one for one in place.captures()}
    decision = place.manifest(by_url[place.site.url(0, "/page/2")]).observation.robots
    assert (decision.decision, decision.obeyed) == ("disallowed", False)


def test_a_host_whose_rules_are_out_of_order_for_a_while_is_asked_once_they_are_there(at: At) -> None:
    place = at(pages=5, embeds=0)
    place.site.robots(0, RULES)
    place.site.fails(place.site.url(0, "/robots.txt"), times=2)
    place.crawl(politeness={"max_delay": "0.1s"})
    assert len(place.site.asked(place.site.url(0, "/robots.txt"))) == 3
    assert len(place.captures()) == 4
    asked = [one.url for one in place.site.asked()]
    assert asked[:3] == [place.site.url(0, "/robots.txt")] * 3


def test_a_host_that_never_gives_its_rules_is_refused_and_the_others_are_not(at: At) -> None:
    place = at(hosts=2, pages=5, embeds=0)
    place.site.robots(0, Answer(b"out of order", code=503))
    place.crawl(plan={"attempts": 3}, politeness={"max_delay": "0.1s"})
    by_host = [sum(url.startswith(origin) for url in place.counts()) for origin in place.site.origins]
    assert by_host == [0, 5]
    assert place.url_known(place.site.url(0, "/"))["reason"] == "robots-unavailable"
    (kept,) = [one for one in place.all_captures() if one.url == place.site.url(0, "/robots.txt")]
    assert kept.response_code == 503


@pytest.mark.parametrize("code", [404, 403])
def test_a_host_without_rules_allows_everything(at: At, code: int) -> None:
    place = at(pages=5, embeds=0)
    place.site.robots(0, Answer(b"none", code=code))
    place.crawl()
    assert place.counts() == dict.fromkeys(place.site.urls, 1)


def test_rules_behind_a_redirect_are_obeyed_and_each_step_is_kept(at: At) -> None:
    place = at(pages=5, embeds=0)
    place.site.robots(0, Answer(code=302, headers=(("Location", "/rules"),)))
    place.site.says(place.site.url(0, "/rules"), Answer(RULES.encode(), "text/plain"))
    place.crawl()
    assert len(place.site.asked(place.site.url(0, "/page/2"))) == 0
    steps = {one.url: one.response_code for one in place.all_captures() if one.url.endswith(("/robots.txt", "/rules"))}
    assert steps == {place.site.url(0, "/robots.txt"): 302, place.site.url(0, "/rules"): 200}


def test_its_delay_lies_between_requests(at: At) -> None:
    place = at(pages=3, embeds=0)
    place.site.robots(0, "User-agent: *\nCrawl-delay: 0.3\n")
    place.crawl()
    times = [one.at for one in place.site.asked()][1:]
    assert all(later - earlier >= 0.295 for earlier, later in itertools.pairwise(times))


def test_what_it_says_is_passed_on_with_the_host(at: At) -> None:
    place = at(pages=1, embeds=0)
    place.site.robots(0, RULES)
    later = place.site.url(0, "/later")
    place.site.says(place.site.url(0, "/"), Answer(b'<title>Front</title><a href="/later">later</a>'))
    place.site.fails(later, times=1, retry_after="1")  # the host is drained meanwhile, and given back
    place.site.says(later, Answer(b"<title>Later</title>"))
    place.crawl()
    assert {one.url: one.outcome for one in place.captures()}[later] is Outcome.CAPTURED_COMPLETE
    assert len(place.site.asked(place.site.url(0, "/robots.txt"))) == 1
    by_url = {one.url: one for one in place.captures()}
    kept = {place.manifest(one).observation.robots.capture_id for one in by_url.values()}
    assert len(kept) == 1
