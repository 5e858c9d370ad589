# SPDX-License-Identifier: Apache-2.0
"""tdmrep.json, trust.txt, ai.txt and RSL become notices of the site, with their place; whatever else comes gives none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract import Reading, read
from archiver.extract.site_files import is_site_file
from manifests.ranges import read_ranges
from manifests.rights import Notice

SITE = "https://harbour.example"
TDMREP = """[
  {"location": "/logs/*", "tdm-reservation": 1, "tdm-policy": "https://harbour.example/tdm.json"},
  {"location": "/häfen/*", "tdm-reservation": "0"}
]
""".encode()
TRUST = b"""# trust.txt of the Quay
member=https://union.example/
Copyright=https://harbour.example/rights
copyright = (c) 2024 Harbour Trust
datatrainingallowed=no  # asked for in spring
contact=desk@harbour.example
"""
AI = b"""# who trains on our files
User-Agent: lampbot
User-agent: quaybot
Disallow: *.jpg
Allow: *.txt
Disallow:

User-Agent: *
Disallow: /
"""
RSL = b"""<?xml version="1.0"?>
<rsl xmlns="https://rslstandard.org/rsl">
  <content url="/logs/">
    <license>
      <permits type="usage">search ai-index</permits>
      <prohibits type="usage">ai-train</prohibits>
      <prohibits type="geo">XX</prohibits>
      <payment type="free"/>
    </license>
    <license>
      <permits type="usage">ai-train</permits>
      <payment type="subscription">
        <standard>https://terms.example/rsl/1</standard>
      </payment>
    </license>
    <copyright type="organization">Harbour Trust</copyright>
    <terms>https://harbour.example/terms</terms>
  </content>
</rsl>
"""
FILES = {
    "/.well-known/tdmrep.json": (TDMREP, "application/json"),
    "/trust.txt": (TRUST, "text/plain"),
    "/ai.txt": (AI, "text/plain"),
    "/license.xml": (RSL, "application/xml"),
}


def reading(path: str, content: bytes, content_type: str = "text/plain") -> Reading:
    return read(content, url=SITE + path, content_type=content_type)


def notices(path: str) -> list[Notice]:
    """Those of the file's own reader."""
    return [one for one in reading(path, *FILES[path]).notices if one.evidence.authority.kind == "site"]


def test_a_rule_of_tdmrep_is_told_with_its_pattern_and_pointer() -> None:
    told = [(n.usage, n.value, n.url, n.evidence.place.json_pointer) for n in notices("/.well-known/tdmrep.json")]
    assert told == [
        ("tdm-reservation", "disallow", None, "/0/tdm-reservation"),
        ("tdm-policy", "conditional", "https://harbour.example/tdm.json", "/0/tdm-policy"),
        ("tdm-reservation", "allow", None, "/1/tdm-reservation"),
    ]
    assert notices("/.well-known/tdmrep.json")[2].text == '{"location": "/häfen/*", "tdm-reservation": "0"}'


def test_trust_txt_is_told_of_rights_alone() -> None:
    told = [(n.kind, n.text, n.value, n.url, n.holder, n.years) for n in notices("/trust.txt")]
    assert told == [
        ("terms-link", "Copyright=https://harbour.example/rights", None, "https://harbour.example/rights", None, None),
        ("copyright", "copyright = (c) 2024 Harbour Trust", None, None, "Harbour Trust", "2024"),
        ("ai-preference", "datatrainingallowed=no", "disallow", None, None, None),
    ]


def test_ai_txt_is_told_by_its_groups() -> None:
    told = [(n.text, n.value, n.agents) for n in notices("/ai.txt")]
    assert told == [
        ("Disallow: *.jpg", "disallow", ("lampbot", "quaybot")),
        ("Allow: *.txt", "allow", ("lampbot", "quaybot")),
        ("Disallow: /", "disallow", ()),
    ]


def test_rsl_is_told_by_licence_and_what_is_sold_is_conditional() -> None:
    told = [(n.kind, n.usage, n.value, n.text) for n in notices("/license.xml")]
    assert told == [
        ("ai-preference", "search", "allow", "search ai-index"),
        ("ai-preference", "ai-index", "allow", "search ai-index"),
        ("ai-preference", "ai-train", "disallow", "ai-train"),
        ("access-condition", None, "allow", "free"),
        ("ai-preference", "ai-train", "conditional", "ai-train"),
        ("access-condition", None, "conditional", "subscription"),
        ("license", None, None, "https://terms.example/rsl/1"),
        ("copyright", None, None, "Harbour Trust"),
        ("terms-link", None, None, "https://harbour.example/terms"),
    ]


@pytest.mark.parametrize("path", FILES)
def test_words_stand_where_the_notice_says(path: str) -> None:
    read_back = reading(path, *FILES[path])
    for one in read_back.notices:
        ranges = one.evidence.place.ranges
        assert ranges, one
        assert read_ranges(FILES[path][0], ranges, read_back.charset or "") == one.evidence.text
    of_training = [one.evidence.place.ranges[0] for one in notices(path) if one.text == "ai-train"]
    assert len(set(of_training)) == len(of_training)  # the same words, each at their own place


def test_an_rsl_file_is_known_wherever_it_is_and_by_nothing_else() -> None:
    assert is_site_file(f"{SITE}/rights/ours", RSL)
    assert not is_site_file(f"{SITE}/license.xml", b"<licenses><permits>search</permits></licenses>")
    assert reading("/license.xml", b"<html><body>No such page", "text/html").notices == ()


def test_a_page_in_the_place_of_a_file_is_read_as_a_page() -> None:
    page = b"<!doctype html><title>Not here</title><p>datatrainingallowed=no</p>"
    assert [one for one in reading("/trust.txt", page, "text/html").notices if one.kind == "ai-preference"] == []


def test_entities_of_an_rsl_file_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE rsl [<!ENTITY a "ai-train">]>' + RSL.partition(b"?>")[2].replace(b"ai-train", b"&a;")
    assert reading("/license.xml", b'<?xml version="1.0"?>' + bomb, "application/xml").notices == ()


def test_what_breaks_off_gives_the_rules_before() -> None:
    cut = reading("/.well-known/tdmrep.json", TDMREP[:150], "application/json")
    assert [n.usage for n in cut.notices] == ["tdm-reservation", "tdm-policy"]
    cut = reading("/license.xml", RSL.partition(b"<prohibits")[0], "application/xml")
    assert [(n.usage, n.value) for n in cut.notices] == [("search", "conditional"), ("ai-index", "conditional")]


def test_many_statements_are_bounded() -> None:
    rules = b"[" + b",".join([b'{"location":"/","tdm-reservation":1}'] * 5000) + b"]"
    assert len(reading("/.well-known/tdmrep.json", rules, "application/json").notices) <= 100
    assert len(reading("/ai.txt", b"User-agent: *\nDisallow: /x\n" * 50_000).notices) <= 120


@given(
    st.sampled_from(list(FILES)),
    st.lists(st.tuples(st.integers(0, 900), st.binary(max_size=6)), max_size=8),
    st.sampled_from(["text/plain", "application/json", "application/xml", "text/plain; charset=utf-16", ""]),
)
def test_whatever_comes_words_read_back_from_their_bytes(
    path: str, changes: list[tuple[int, bytes]], content_type: str
) -> None:
    content = FILES[path][0]
    for at, piece in changes:
        content = content[:at] + piece + content[at + len(piece) // 2 :]
    found = read(content, url=SITE + path, content_type=content_type or None)
    for one in found.notices:
        if one.evidence.place.ranges:
            assert read_ranges(content, one.evidence.place.ranges, found.charset or "") == one.evidence.text
