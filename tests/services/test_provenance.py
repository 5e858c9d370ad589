# SPDX-License-Identifier: Apache-2.0
"""A chain leads from what was asked for to the originals that pages name, and back, by statement, text, bytes and redirect."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.errors import Damaged, NotFound
from archiver.services.provenance.assembling import MOST_ALIKE, MOST_NODES
from archiver.services.provenance.chain import By, instant
from archiver.services.provenance.document import document
from archiver.services.provenance.holdings import capture_id_in
from archiver.url_keys import url_key
from manifests.digest import Digest
from tests.services.chains import ORIGINAL, OTHER, REPRINT, article, chain_of, keep, keep_with_site_file, told
from tests.services.exchanges import AT, URL, Archive, exchange, plain
from tests.services.forged import copied


def test_a_statement_leads_to_the_original_and_says_where_it_stands(archive: Archive) -> None:
    keep(archive, {REPRINT: article("Commons", source=ORIGINAL)})
    keep(archive, {ORIGINAL: article("Harbour Light", date="2026-02-27")}, days=3)
    chain = chain_of(archive, REPRINT)
    assert told(chain) == {(REPRINT, "statement", ORIGINAL)}
    (link,) = chain.links
    assert link.statement is not None
    assert (link.statement.basis, link.statement.evidence.text) == ("syndication-source", ORIGINAL)
    assert link.statement.evidence.place.ranges
    assert [(node.url, node.steps, node.asked) for node in chain.nodes] == [(REPRINT, 0, "url"), (ORIGINAL, 1, None)]


def test_the_earliest_by_its_own_date_and_the_earliest_by_capture_are_told_apart(archive: Archive) -> None:
    keep(archive, {REPRINT: article("Commons", source=ORIGINAL, date="2026-03-01")})
    keep(archive, {ORIGINAL: article("Harbour Light", date="2026-02-27T09:00:00+09:00")}, days=3)
    chain = chain_of(archive, REPRINT)
    assert chain.earliest_claimed is not None
    assert chain.earliest_captured is not None
    assert (chain.earliest_claimed.url, chain.earliest_captured.url) == (ORIGINAL, REPRINT)
    assert chain.earliest_captured.first_at == AT


def test_an_original_that_is_not_in_the_archive_is_a_name(archive: Archive) -> None:
    keep(archive, {REPRINT: article("Commons", source=ORIGINAL)})
    chain = chain_of(archive, REPRINT)
    node = chain.nodes[1]
    assert (node.held, node.url, node.captures) == (None, ORIGINAL, 0)
    assert chain.earliest_captured is chain.nodes[0]


def test_the_original_knows_its_reprints_and_a_reprint_its_siblings(archive: Archive) -> None:
    keep(archive, {ORIGINAL: article("Harbour Light"), REPRINT: article("Commons", source=ORIGINAL)})
    keep(archive, {OTHER: article("Mirror", source=ORIGINAL)}, days=1)
    both = {(REPRINT, "statement", ORIGINAL), (OTHER, "statement", ORIGINAL)}
    assert told(chain_of(archive, ORIGINAL)) == both
    assert told(chain_of(archive, REPRINT)) == both
    assert told(chain_of(archive, REPRINT, depth=1)) == {(REPRINT, "statement", ORIGINAL)}
    assert chain_of(archive, REPRINT, depth=0).links == ()


def test_reprints_of_reprints_are_followed_to_the_end(archive: Archive) -> None:
    keep(archive, {OTHER: article("Mirror", source=REPRINT), REPRINT: article("Commons", source=ORIGINAL)})
    keep(archive, {ORIGINAL: article("Harbour Light")}, days=1)
    assert told(chain_of(archive, OTHER)) == {(OTHER, "statement", REPRINT), (REPRINT, "statement", ORIGINAL)}


def test_pages_that_name_each_other_make_no_endless_chain(archive: Archive) -> None:
    keep(archive, {ORIGINAL: article("A", source=REPRINT), REPRINT: article("B", source=OTHER)})
    keep(archive, {OTHER: article("C", source=ORIGINAL)}, days=1)
    chain = chain_of(archive, ORIGINAL, depth=10)
    assert len(chain.nodes) == 3
    assert told(chain) == {
        (ORIGINAL, "statement", REPRINT), (REPRINT, "statement", OTHER), (OTHER, "statement", ORIGINAL),
    }  # fmt: skip


def test_what_only_some_captures_of_a_page_say_is_found_with_the_capture_that_says_it(archive: Archive) -> None:
    keep(archive, {REPRINT: article("Commons")})
    keep(archive, {REPRINT: article("Commons", source=ORIGINAL)}, days=5)
    chain = chain_of(archive, REPRINT)
    (link,) = chain.links
    assert link.statement is not None
    assert link.statement.captured_at == AT + timedelta(days=5)
    assert (chain.nodes[0].captures, chain.nodes[0].first_at, chain.nodes[0].last_at) == (2, AT, AT + timedelta(days=5))


def test_similar_texts_are_linked_without_a_direction_and_not_followed_twice(archive: Archive) -> None:
    third = "http://third.example/x"
    keep(
        archive,
        {ORIGINAL: article("A"), REPRINT: article("B", body="<p>Two.</p>"), third: article("C", body="<p>3</p>")},
    )
    alike = {REPRINT: [(ORIGINAL, 0.97)], ORIGINAL: [(REPRINT, 0.97), (third, 0.9)]}
    chain = chain_of(archive, REPRINT, alike=alike)
    assert told(chain) == {(REPRINT, "text", ORIGINAL)}
    (link,) = chain.links
    assert (link.overlap, link.directed) == (970, False)


def test_statement_and_text_are_one_link(archive: Archive) -> None:
    keep(archive, {ORIGINAL: article("A"), REPRINT: article("B", source=ORIGINAL, body="<p>Two.</p>")})
    alike = {REPRINT: [(ORIGINAL, 0.97)], ORIGINAL: [(REPRINT, 0.97)]}
    for asked in (REPRINT, ORIGINAL):
        chain = chain_of(archive, asked, alike=alike)
        assert told(chain) == {(REPRINT, "statement+text", ORIGINAL)}
        assert [(link.overlap, link.outlet, link.directed) for link in chain.links] == [(970, False, True)]


def test_a_page_that_names_only_an_outlet_names_the_page_of_it_with_its_text(archive: Archive) -> None:
    site = "http://harbour.example/"
    other = "http://harbour.example/another"
    keep(archive, {site: article("Harbour Light", body="<p>News</p>"), ORIGINAL: article("Harbour Light")})
    keep(
        archive,
        {
            REPRINT: article("Commons", source=site, body="<p>Two.</p>"),
            other: article("Harbour Light", body="<p>4</p>"),
        },
    )
    alike = {REPRINT: [(ORIGINAL, 0.97), (other, 0.4)], ORIGINAL: [(REPRINT, 0.97)]}
    chain = chain_of(archive, REPRINT, alike=alike)
    assert told(chain) == {(REPRINT, "statement+text", ORIGINAL), (REPRINT, "text", other)}
    assert [link.outlet for link in chain.links] == [True, False]
    assert told(chain_of(archive, ORIGINAL, alike=alike)) >= {(REPRINT, "statement+text", ORIGINAL)}


def test_an_article_that_is_named_is_not_exchanged_for_another_of_its_outlet(archive: Archive) -> None:
    named = "http://harbour.example/lost"
    keep(archive, {ORIGINAL: article("Harbour Light"), REPRINT: article("Commons", source=named, body="<p>Two.</p>")})
    chain = chain_of(archive, REPRINT, alike={REPRINT: [(ORIGINAL, 0.97)]})
    assert told(chain) == {(REPRINT, "statement", named), (REPRINT, "text", ORIGINAL)}


def test_the_same_bytes_elsewhere_are_linked_but_not_those_of_errors_or_of_nothing(archive: Archive) -> None:
    body, gone = article("A"), "http://gone.example/"
    keep(archive, {ORIGINAL: body, OTHER: body, URL: b"", REPRINT: b""})
    archive.keep(exchange(plain(body, code=b"404 Not Found"), gone))
    chain = chain_of(archive, ORIGINAL)
    assert told(chain) == {(ORIGINAL, "bytes", OTHER)}
    assert chain.links[0].digest == Digest.of(body)
    assert chain_of(archive, URL).links == ()


def test_a_redirect_is_followed_to_the_page(archive: Archive) -> None:
    short = "http://commons.example/s/1"
    archive.keep(exchange(plain(b"", b"Location: /articles/17", code=b"301 Moved Permanently"), short))
    keep(archive, {REPRINT: article("Commons", source=ORIGINAL)})
    chain = chain_of(archive, short)
    assert told(chain) == {(short, "redirect", REPRINT), (REPRINT, "statement", ORIGINAL)}
    assert chain.earliest_captured is not None
    assert chain.earliest_captured.url == REPRINT


@pytest.mark.parametrize("location", [b"http://[bad/", b"javascript:alert(1)", b"", b"\xff\xfe", b"#top"])
def test_a_redirect_to_nowhere_ends_the_chain(archive: Archive, location: bytes) -> None:
    archive.keep(exchange(plain(b"", b"Location: " + location, code=b"302 Found"), URL))
    assert chain_of(archive, URL).links == ()


def test_a_linked_capture_that_cannot_be_read_is_counted_and_hides_nothing_else(archive: Archive) -> None:
    keep(archive, {OTHER: article("Mirror", source=ORIGINAL)})
    (lost,) = archive.folders()
    keep(archive, {REPRINT: article("Commons", source=ORIGINAL), ORIGINAL: article("Harbour Light")}, days=1)
    for key in list(archive.store.list(lost)):
        archive.store = copied(archive.store, {key: None})
    chain = chain_of(archive, ORIGINAL)
    assert told(chain) == {(REPRINT, "statement", ORIGINAL)}
    assert len(chain.unreadable) == 1
    with pytest.raises((Damaged, NotFound)):
        chain_of(archive, OTHER)


def test_what_a_site_says_for_all_its_pages_stands_by_the_page(archive: Archive) -> None:
    capture_id = keep_with_site_file(archive, ORIGINAL, article("Harbour Light"))
    (node,) = document(chain_of(archive, ORIGINAL))["nodes"]
    (file,) = node["site_files"]
    assert (file["capture_id"], file["url"]) == (capture_id, "http://harbour.example/robots.txt")
    assert [(one["kind"], one["value"]) for one in file["notices"]] == [("ai-preference", "disallow")]


def test_a_page_is_shown_by_its_first_capture_that_is_the_page(archive: Archive) -> None:
    archive.keep(exchange(plain(b"<title>Busy</title>Later.", code=b"503 Busy"), REPRINT))
    keep(archive, {REPRINT: article("Commons")}, days=1)
    keep(archive, {REPRINT: article("Commons Two")}, days=2)
    (node,) = chain_of(archive, REPRINT).nodes
    assert node.held is not None
    assert node.held.found.fetched_at == AT + timedelta(days=1)
    assert (node.first_at, node.captures) == (AT + timedelta(days=1), 3)


def test_too_many_pages_are_left_out_and_counted(archive: Archive) -> None:
    keep(archive, {ORIGINAL: article("Harbour Light")})
    keep(
        archive,
        {f"http://h{n}.example/": article(f"P{n}", source=ORIGINAL, body=f"<p>{n}</p>") for n in range(MOST_ALIKE + 7)},
    )
    chain = chain_of(archive, ORIGINAL)
    assert (len(chain.nodes), chain.left_out) == (MOST_ALIKE + 1, 7)
    row = {f"http://r{n}.example/": article(f"R{n}", source=f"http://r{n + 1}.example/") for n in range(MOST_NODES + 4)}
    keep(archive, row, days=1)
    long = chain_of(archive, "http://r0.example/", depth=MOST_NODES + 10)
    assert (len(long.nodes), long.left_out) == (MOST_NODES, 1)


def test_nothing_asked_for_is_an_empty_chain(archive: Archive) -> None:
    chain = chain_of(archive, URL)
    assert (chain.nodes, chain.links, chain.earliest_claimed, chain.earliest_captured) == ((), (), None, None)


UUID = "3f2a9c1e000040008000000000000000"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3f2a9c", "3f2a9c"), ("3F2A9C1E", "3f2a9c1e"), ("urn:uuid:3f2a9c1e-0000-4000-8000-000000000000", UUID),
        ("3f2a9", None), ("a" * 40, None), ("face.example", None), ("http://face/", None), ("", None), ("a" * 33, None),
    ],
)  # fmt: skip
def test_a_capture_id_is_told_from_other_questions(text: str, expected: str | None) -> None:
    assert capture_id_in(text) == expected


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-03-01", "2026-03-02"),
        ("2026-03-01T10:00:00+09:00", "2026-03-01T02:00:00Z"),
        ("2026", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_claimed_dates_are_compared_as_times_and_what_cannot_be_is_none(earlier: str, later: str) -> None:
    first, second = instant(earlier), instant(later)
    assert (first is None and second is None) or (first is not None and second is not None and first < second)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=9), st.integers(0, 4), st.data())
def test_any_net_of_pages_gives_a_chain_that_holds_together(
    tmp_path_factory: pytest.TempPathFactory, names: list[tuple[int, int]], depth: int, data: st.DataObject
) -> None:
    archive = Archive(tmp_path_factory.mktemp("net"))
    try:
        urls = [f"http://p{n}.example/a" for n in range(6)]
        sources = dict(names)
        keep(archive, {
            urls[n]: article(f"P{n}", source=urls[sources[n]] if n in sources else None, body=f"<p>{n % 4}</p>") for n in range(5)
        })  # fmt: skip
        pairs = data.draw(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=5))
        alike = {urls[a]: [(urls[b], 0.9)] for a, b in pairs if a != b}
        chain = chain_of(archive, urls[0], alike=alike, depth=depth)
        assert len({url_key(node.url or "") for node in chain.nodes}) == len(chain.nodes)
        assert all(node.steps <= depth for node in chain.nodes)
        assert {end for link in chain.links for end in (link.source, link.target)} <= {
            node.name for node in chain.nodes
        }
        assert all(
            (By.STATEMENT in link.by) == (link.statement is not None) and link.source != link.target
            for link in chain.links
        )
        again = chain_of(archive, urls[0], alike=alike, depth=depth)
        assert document(again) == document(chain)
    finally:
        archive.close()
