# SPDX-License-Identifier: Apache-2.0
"""Which URLs belong to a crawl, and by which rule."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.scope import MAX_EMBEDDED, MAX_REDIRECTS, Scope, ScopeRule, Verdict
from archiver.urls import parse

SEED = "https://www.example.org/news/index.html?all=1"


def judge(rule: ScopeRule, url: str, path: str = "L", *, seed: str = SEED, hops: int = 0) -> Verdict:
    return Scope(rule, parse(seed)).judge(parse(url), path=path, depth=path.count("L"), hops=hops)


@pytest.mark.parametrize(
    ("kind", "url", "inside"),
    [
        ("page", "https://www.example.org/news/index.html?all=1", True),
        ("page", "http://example.org/news/index.html?all=1#top", True),
        ("page", "https://www.example.org/news/index.html", False),
        ("page", "https://www.example.org/news/index.html?all=1&b", False),
        ("prefix", "https://www.example.org/news/", True),
        ("prefix", "http://example.org/news/2024/a", True),
        ("prefix", "https://www.example.org/news", False),
        ("prefix", "https://www.example.org/newspaper/", False),
        ("prefix", "https://www.example.org/NEWS/a", False),
        ("prefix", "https://www.example.org/news/../secret", False),
        ("prefix", "https://www.example.org:8443/news/a", False),
        ("prefix", "https://sub.example.org/news/a", False),
        ("host", "http://example.org/anything?x", True),
        ("host", "http://example.org:80/anything", True),
        ("host", "http://example.org:443/anything", False),
        ("host", "http://example.org:8080/", False),
        ("host", "http://sub.example.org/", False),
        ("host", "http://example.org.evil.test/", False),
        ("domain", "http://example.org:8080/", True),
        ("domain", "http://a.b.example.org/", True),
        ("domain", "http://notexample.org/", False),
        ("domain", "http://org/", False),
        ("any", "http://elsewhere.test/", True),
        ("custom", "https://www.example.org/news/index.html?all=1", True),
        ("custom", "https://www.example.org/news/", False),
    ],
)
def test_each_kind_holds_its_urls_and_no_others(kind: Any, url: str, inside: bool) -> None:
    verdict = judge(ScopeRule(kind), url)
    assert (verdict.accepted, verdict.in_scope) == (inside, inside)
    assert verdict.rule.startswith(kind if inside else f"outside:{kind}")


def test_a_verdict_names_the_rule_that_decided() -> None:
    assert judge(ScopeRule("prefix"), "http://example.org/news/a").rule == "prefix:https://www.example.org/news/"
    assert judge(ScopeRule("host"), "http://x.test/").rule == "outside:host:www.example.org"
    assert judge(ScopeRule("domain"), "http://x.test/").rule == "outside:domain:example.org"
    assert judge(ScopeRule("any", exclude=("/print/",)), "http://x.test/print/1").rule == "exclude:/print/"
    assert judge(ScopeRule("custom", include=("glob:**.pdf",)), "http://x.test/a.pdf").rule == "include:glob:**.pdf"


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://EXAMPLE.ORG/news/a",
        "https://user:secret@www.example.org/news/a",
        "https://www.example.org:443/news/a#fragment",
        "https:\\\\www.example.org\\news\\a",
        "https://www.example.org/x/../news/./a",
        "https://www.example.org/x/%2e%2e/news/a",
        "https://www.example.org/ne\tws/a\n",
        "https://www.example\u3002org/news/a",
        "https://www%2Eexample%2Eorg/news/a",
        "https://\uff57\uff57\uff57.example.org/news/a",
    ],
)
def test_spellings_of_one_url_are_judged_alike(url: str) -> None:
    assert judge(ScopeRule("prefix"), url).accepted


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.org/News/a",
        "https://www.example.org//news/a",
        "https://www.example.org/news%2Fa",
        "https://www.example.org/n%65ws/a",
        "https://www.example.org./news/a",
        "https://www.ex\u0430mple.org/news/a",
        "https://www.example.org@evil.test/news/a",
        "https://evil.test/https://www.example.org/news/a",
        "https://evil.test/#@www.example.org/news/a",
        "https://www.example.org.evil.test/news/a",
        "https://www.example.org:4433/news/a",
        "https://www.example.org/news/../a",
        "https://www.example.org/news/%2e%2e/a",
        "https://www.example.org/news\u200b/a",
    ],
)
def test_look_alikes_of_a_url_in_scope_are_not(url: str) -> None:
    assert not judge(ScopeRule("prefix"), url).accepted


def test_a_port_of_the_seed_belongs_to_its_host() -> None:
    seed = "http://127.0.0.1:8001/"
    assert judge(ScopeRule("host"), "http://127.0.0.1:8001/a", seed=seed).accepted
    assert not judge(ScopeRule("host"), "http://127.0.0.1:8002/a", seed=seed).accepted


def test_the_domain_of_a_host_named_www_under_a_country_is_not_the_country() -> None:
    assert not judge(ScopeRule("domain"), "http://example.de/", seed="http://www.de/").accepted
    assert judge(ScopeRule("domain"), "http://www.de/a", seed="http://www.de/").accepted


def test_the_seed_is_taken_whatever_the_kind_unless_it_is_excluded() -> None:
    for rule in (ScopeRule("custom"), ScopeRule("page", depth=0)):
        assert judge(rule, SEED, "") == Verdict(True, "seed", True, 0)
    assert judge(ScopeRule("any", exclude=("all=1",)), SEED, "").rule == "exclude:all=1"


def test_include_widens_a_kind_and_exclude_wins_over_it() -> None:
    rule = ScopeRule("prefix", include=(r"^https://example\.net/",), exclude=(r"\.zip$",))
    assert judge(rule, "https://example.net/a").in_scope
    assert not judge(rule, "https://example.net/a.zip").accepted
    assert not judge(rule, "https://www.example.org/news/a.zip", "E").accepted
    assert not judge(rule, "https://elsewhere.test/a.zip", "LR").accepted


def test_depth_counts_links_and_not_embeds_redirects_or_sitemaps() -> None:
    rule = ScopeRule("host", depth=2)
    assert judge(rule, "https://example.org/a", "LL").accepted
    assert judge(rule, "https://example.org/a", "LLL").rule == "depth>2"
    for path in ("LLE", "LLRE", "LLR", "M", "ML"):
        assert judge(rule, "https://example.org/a", path).accepted
    assert judge(ScopeRule("host", depth=0), "https://example.org/a").rule == "depth>0"


def test_embeds_are_taken_one_hop_beyond_the_scope_with_their_own_embeds() -> None:
    cdn = "https://cdn.test/a.css"
    for path in ("E", "LE", "LERE", "LEEE", "LRREREREE"):
        assert judge(ScopeRule("page"), cdn, path) == Verdict(True, "embed", False, 0)
    assert judge(ScopeRule("page"), cdn, "LEL").rule.startswith("outside:")
    assert not judge(ScopeRule("page", embeds=False), cdn, "LE").accepted
    assert judge(ScopeRule("host", embeds=False), "https://example.org/a.css", "LE").accepted


def test_frames_within_frames_end_even_within_the_scope() -> None:
    rule, url = ScopeRule("host"), "https://example.org/frame"
    assert judge(rule, url, "L" + "E" * MAX_EMBEDDED).accepted
    for path in ("E" * (MAX_EMBEDDED + 1), "L" + "ER" * (MAX_EMBEDDED + 1) + "E", "LLLLLLEEEEE"):
        assert judge(rule, url, path).rule == f"embed>{MAX_EMBEDDED}"
    assert judge(rule, url, "EEEELE").accepted


def test_a_redirect_counts_as_the_url_that_sent_it() -> None:
    assert judge(ScopeRule("page"), "https://elsewhere.test/", "R") == Verdict(True, "redirect", False, 0)
    assert judge(ScopeRule("host"), "https://example.org/", "LR").in_scope
    assert judge(ScopeRule("page"), "https://elsewhere.test/", "LR", hops=1).hops == 1
    assert judge(ScopeRule("any"), "https://elsewhere.test/", "R" * MAX_REDIRECTS).accepted
    assert judge(ScopeRule("any"), "https://elsewhere.test/", "R" * (MAX_REDIRECTS + 1)).rule == "redirects>20"


def test_hops_are_link_steps_beyond_the_scope_and_a_way_back_resets_them() -> None:
    rule = ScopeRule("host", hops=2)
    first = judge(rule, "https://a.test/", "L")
    second = judge(rule, "https://b.test/", "LL", hops=first.hops)
    assert (first.rule, first.hops, second.hops) == ("hops", 1, 2)
    assert judge(rule, "https://c.test/", "LLL", hops=second.hops).rule == "hops>2"
    assert judge(rule, "https://c.test/a.png", "LLE", hops=second.hops) == Verdict(True, "embed", False, 2)
    assert judge(rule, "https://example.org/", "LLL", hops=second.hops).hops == 0


def test_what_a_sitemap_lists_beyond_the_scope_is_refused_hops_or_not() -> None:
    assert not judge(ScopeRule("host", hops=3), "https://elsewhere.test/", "M").accepted
    assert judge(ScopeRule("host"), "https://example.org/a", "M").accepted


def test_a_prerequisite_is_taken_from_beyond_the_scope_unless_it_is_excluded() -> None:
    rule = ScopeRule("page", depth=0, exclude=("private",))
    assert judge(rule, "https://elsewhere.test/sitemap.xml", "LP") == Verdict(True, "prerequisite", False, 0)
    assert judge(rule, "https://elsewhere.test/private.xml", "LP").rule == "exclude:private"


def test_a_pattern_that_cannot_be_used_is_said_before_any_url_is_judged() -> None:
    with pytest.raises(BadInput, match="RE2"):
        Scope(ScopeRule("host", exclude=("/a", "(")), parse(SEED))


paths = st.text("LERM", max_size=12)
urls = st.sampled_from(
    [
        "https://example.org/",
        "https://www.example.org/news/a",
        "http://x.test/print/",
        "http://a.example.org:81/?q",
        SEED,
    ]
)
rules = st.builds(
    ScopeRule,
    st.sampled_from(["page", "prefix", "host", "domain", "any", "custom"]),
    include=st.sampled_from([(), ("example",)]),
    exclude=st.sampled_from([(), ("/print/", r"\?q$")]),
    depth=st.none() | st.integers(0, 4),
    hops=st.integers(0, 2),
    embeds=st.booleans(),
)


@given(rules, urls, paths, st.integers(0, 3))
def test_no_verdict_accepts_what_is_excluded_too_deep_or_too_far(
    rule: ScopeRule, url: str, path: str, hops: int
) -> None:
    verdict = judge(rule, url, path, hops=hops)
    excluded = bool(rule.exclude) and ("/print/" in url or url.endswith("?q"))
    assert not (verdict.accepted and excluded)
    assert verdict.accepted or not verdict.in_scope
    if verdict.accepted and path and rule.depth is not None:
        assert path.count("L") <= rule.depth
    if verdict.accepted and path.endswith("L"):
        assert verdict.hops <= rule.hops
