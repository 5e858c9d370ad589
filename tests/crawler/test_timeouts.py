# SPDX-License-Identifier: Apache-2.0
"""A job's time-outs and sizes of one exchange hold for every exchange of its crawls."""

import pytest

from tests.crawler.conftest import At
from tests.end_to_end.crawl_pages import Answer

ONCE = {"attempts": 1}


@pytest.mark.parametrize("which", ["header", "total"])
def test_an_answer_that_does_not_come_in_time_is_a_failure_with_its_reason(at: At, which: str) -> None:
    place = at(pages=3, embeds=0)
    silent = place.site.url(0, "/page/2")
    place.site.holds(silent)
    assert place.crawl(plan=ONCE, timeouts={which: "0.3s"}) == "over"
    place.site.releases(silent)
    assert place.reasons() == {f"{which}-timeout": 1}
    assert place.url_known(silent)["reason"] == f"{which}-timeout"
    assert len(place.captures()) == 3


def test_an_answer_that_comes_in_time_is_taken(at: At) -> None:
    place = at(pages=3, embeds=0)
    place.site.delays(place.site.url(0, "/page/2"), 0.5)
    assert place.crawl(timeouts={"header": "30s"}) == "over"
    assert place.reasons() == {}


def test_a_header_larger_than_the_job_allows_is_a_failure(at: At) -> None:
    place = at(pages=3, embeds=0)
    large = place.site.url(0, "/page/2")
    place.site.says(large, Answer(b"ok", headers=(("X-Large", "a" * 5000),)))
    assert place.crawl(plan=ONCE, limits={"header": "4KiB"}) == "over"
    assert set(place.reasons().values()) == {1}
    assert place.url_known(large)["outcome"] != 0
    assert place.crawl(plan=ONCE, limits={"header": "8KiB"}) == "over"
    assert place.reasons() == {}


def test_a_body_larger_than_the_job_allows_is_cut_and_says_so(at: At) -> None:
    place = at(pages=3, embeds=0, octets=4000)
    assert place.crawl(limits={"body": "1KiB"}) == "over"
    cut = next(one for one in place.captures() if one.url.endswith("/"))
    observed = place.manifest(cut).observation
    assert observed.truncation is not None
    assert (observed.reason, observed.truncation.cap) == ("length-limit", "max_body=1024")
