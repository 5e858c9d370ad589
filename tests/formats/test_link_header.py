# SPDX-License-Identifier: Apache-2.0
"""The Link header field (RFC 8288)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats.link_header import MAX_LINKS, HeaderLink, read_links


def test_links_come_out_with_relations_and_parameters() -> None:
    value = '<a>; rel="next up"; title="x, \\"y\\" <z>", </b> ;REL=preload ; as=font; crossorigin,<c?d,e>;rel=self'
    assert list(read_links([value, "<f>; rel=prev"])) == [
        HeaderLink("a", frozenset({"next", "up"}), {"title": 'x, "y" <z>'}),
        HeaderLink("/b", frozenset({"preload"}), {"as": "font", "crossorigin": ""}),
        HeaderLink("c?d,e", frozenset({"self"}), {}),
        HeaderLink("f", frozenset({"prev"}), {}),
    ]


def test_of_two_relation_parameters_the_first_counts() -> None:
    assert [set(link.rels) for link in read_links(["<a>; rel=next; rel=prev"])] == [{"next"}]


@pytest.mark.parametrize(
    "value", ["", "a; rel=next", "<a>", "<a>; title=x", "<a; rel=next", '<a>; rel=""', "<a>; rel=next; anchor=//x/"]
)
def test_what_states_no_relation_of_this_response_gives_nothing(value: str) -> None:
    assert list(read_links([value])) == []


def test_an_anchor_within_the_response_is_about_it() -> None:
    assert len(list(read_links(['<a>; rel=next; anchor="#top"']))) == 1


def test_of_three_thousand_targets_a_hundred_are_read() -> None:
    assert len(list(read_links([", ".join(["<a>; rel=next"] * 3000)]))) == MAX_LINKS
    assert len(list(read_links(["<a>; rel=next"] * 3000))) == MAX_LINKS


@pytest.mark.parametrize("piece", ["<", "<a>;", '<a>;a="', '<a>;a="\\', "<a>" + " " * 200, ";a", "<a>; a=\\"])
def test_hostile_fields_cost_no_time(piece: str) -> None:
    began = time.process_time()
    list(read_links([piece * (65_536 // len(piece))]))
    assert time.process_time() - began < 1


@given(st.lists(st.text(alphabet='<>;,="\\ arel\t\n', max_size=60), max_size=3))
def test_no_text_raises(values: list[str]) -> None:
    list(read_links(values))
