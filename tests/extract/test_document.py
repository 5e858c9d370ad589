# SPDX-License-Identifier: Apache-2.0
"""Where words stand in a page: their element, its path, and their bytes, up to the bounds that keep the work small."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.extract import read
from archiver.extract.markup import charset
from archiver.extract.markup.document import Block, Document, ancestors
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.source import Source
from archiver.extract.markup.taming import tame
from archiver.extract.markup.tokens import MAX_TAGS, scan
from archiver.extract.markup.walk import collapsed
from manifests.ranges import read_ranges
from tests.extract.pages import URL, of_kind, reading_of


def document_of(markup: str, codec: str = "utf-8") -> Document:
    entity = markup.encode(codec)
    return Document(entity, codec, charset.decode(entity, codec))


def source_of(markup: str, codec: str = "utf-8") -> Source:
    entity = markup.encode(codec)
    return Source(entity, codec, markup, scan(markup))


def test_a_page_of_more_tags_than_are_read_is_read_up_to_there_in_time():
    line = "<footer>© 2019 Ink Press</footer>"
    many = "<br>x" * (MAX_TAGS - 10)
    page = f"<html><body>{line}<p>lamp {many}<p>quay</p>{'<br>y' * 20}<footer>© 2020 Tide Watch</footer>".encode()
    before = time.process_time()
    reading = read(page, url=URL, content_type="text/html")
    assert time.process_time() - before < 5
    rows = reading.text.split("\n")
    assert (rows.count("x"), rows.count("y")) == (MAX_TAGS - 10, 2)
    (notice,) = of_kind(reading, "copyright")
    assert notice.text == "© 2019 Ink Press"
    assert read_ranges(page, notice.evidence.place.ranges, "utf-8") == notice.text


def test_the_last_words_before_the_bound_have_their_bytes():
    page = ("<html><body>" + "<br>" * (MAX_TAGS - 4) + "<footer>© 2019 Ink Press</footer><p>after").encode()
    reading = read(page, url=URL, content_type="text/html")
    (notice,) = of_kind(reading, "copyright")
    assert read_ranges(page, notice.evidence.place.ranges, "utf-8") == "© 2019 Ink Press"
    assert "after" not in reading.text


@pytest.mark.parametrize(
    ("markup", "words", "path"),
    [
        ("<p>one</p><p>two</p>", "two", "body > p:nth-of-type(2)"),
        ("<div id=a1><p>two</p></div>", "two", "div#a1 > p"),
        ("<p id=a1>two</p>", "two", "p#a1"),
        ("<i id=a1>x</i><p id=a1>two</p>", "two", "body > p"),
        ("<p id='a 1'>two</p>", "two", "body > p"),
        ("<p>two</p><p>three</p>", "two", "body > p:nth-of-type(1)"),
        ("<p>two</p><i>x</i>", "two", "body > p"),
        ("<o:p>two</o:p>", "two", "body > *:nth-child(1)"),
        ("<!-- --><p>x</p>y<o:p>two</o:p><o:p>z</o:p>", "two", "body > *:nth-child(2)"),
        ("<x-y>two</x-y>", "two", "body > x-y"),
        ("two", "two", "html > body"),
    ],
)
def test_a_path_leads_from_the_nearest_unique_id_or_from_the_root(markup, words, path):
    document = document_of(markup)
    at = document.text.index(words)
    holder = document.holder_of(at, at + len(words))
    assert document.css_path(holder) == path
    assert [found.mem_id for found in document.tree.css(path)] == [holder.mem_id]


def test_elements_of_one_place_have_one_path():
    document = document_of("<div id=a1><p>one</p><p>two</p></div><div id=a2>three</div><div id=a2>four</div>")
    paths = [document.css_path(node) for node in (*document.tree.css("p"), *document.tree.css("div"))]
    assert paths == [
        "div#a1 > p:nth-of-type(1)",
        "div#a1 > p:nth-of-type(2)",
        "div#a1",
        "body > div:nth-of-type(2)",
        "body > div:nth-of-type(3)",
    ]


def test_a_path_selects_its_element_among_thousands():
    document = document_of(
        "<p>x</p>" * 2500 + "<p>one</p>" + "<br>" * 500 + "<p>two</p>" + "<i>x</i>" * 2500 + "<o:p>six</o:p>"
    )
    for words in ("one", "two", "six"):
        at = document.text.index(words)
        holder = document.holder_of(at, at + len(words))
        assert [found.mem_id for found in document.tree.css(document.css_path(holder))] == [holder.mem_id]


@pytest.mark.parametrize("doctype", ["", "<!DOCTYPE html>"])
def test_an_id_that_differs_in_case_alone_is_taken_for_another_only_where_the_parser_does(doctype):
    document = document_of(f"{doctype}<p id=A1>one</p><p id=a1>two</p>")
    for node in document.tree.css("p"):
        path = document.css_path(node)
        assert [found.mem_id for found in document.tree.css(path)] == [node.mem_id]
        assert ("#" in (path or "")) is bool(doctype)


def test_a_page_is_climbed_up_to_a_bound():
    document = document_of("<ul><li>" * 390 + "lamp <b>quay</b>")
    (block,) = document.blocks
    assert len(list(ancestors(block.node_at(0)))) == 600
    path = document.css_path(document.holder_of(0, len(block.text)))
    assert (path.count(">"), path.split(" > ")[-1]) == (59, "li")


def test_the_holder_of_words_in_two_elements_is_the_one_around_both():
    document = document_of("<body><div><p>one <b>two</b></p><p>three</p></div>")
    found = [document.holder_of(*span).tag for span in ((0, 3), (4, 7), (0, 7), (4, 13))]
    assert found == ["p", "b", "p", "div"]


def test_no_element_has_no_path_and_its_words_have_no_place():
    document, other = document_of("<p>one</p>"), document_of("<p></p><b></b>")
    assert document.css_path(None) is None
    assert document.ranges_of(other.tree.css_first("p"), "one") == ()
    assert document.ordinal_of(other.tree.css_first("b")) == -1


def test_an_element_with_an_odd_name_has_evidence_without_bytes():
    document = document_of('<o:p title="lamp">x</o:p>')
    evidence = Witness(document, URL).attribute(document.tree.body.first_child, "title")
    assert (evidence.text, evidence.place.ranges) == ("lamp", ())


def test_a_page_without_body_has_no_blocks():
    assert list(document_of("<frameset><frame src=/a></frameset>").blocks) == []


def test_the_edges_of_a_block_are_where_the_words_of_other_nodes_begin():
    (block,) = document_of("<p>one <b>two</b>three <i> </i>four</p>").blocks
    assert [block.text[at:] for at in block.edges] == ["twothree four", "three four", "four"]


def test_edges_are_counted_for_the_first_two_hundred_nodes():
    markup = "".join(f"<b>w{n}</b> " for n in range(250))
    (block,) = document_of(f"<p>{markup}</p>").blocks
    assert len(block.edges) == 200
    assert block.text[block.edges[0] :].startswith("w1 w2")
    assert Block("", 0, []).edges == []


WORDS = [
    ("<p>one two</p>", "one two"),
    ("<p>one\n  two</p>", "one two"),
    ("<p>one <b>t</b>wo</p>", "one two"),
    ("<p>o&#110;e &lt; t&wo;</p>", "one < t&wo;"),
    ("<p>&nbsp;one &notit; two</p>", "one ¬it; two"),
    ("<p>lamp</p><ul><li>one</li><li>two</li></ul>", "one two"),
    ("<p>one<br> <br><img>two</p>", "one two"),
    ("<p>one<script>two</script></p><p>two</p>", "one two"),
    ("<p>漢字 é one</p>", "字 é one"),
    ("漢字 one", "漢字 one"),
    ("<p>" + "x" * 5000 + " one two</p>", "one two"),
    ("<p>" + "é " * 3000 + "one &amp; two</p>", "one & two"),
]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "gb18030"])
@pytest.mark.parametrize(("markup", "words"), WORDS)
def test_words_are_found_in_the_bytes(markup, words, codec):
    entity = markup.encode(codec)
    ranges = source_of(markup, codec).of_text(words, 0)
    assert ranges
    assert read_ranges(entity, ranges, codec) == words


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>one</p>", "two"),
        ("<p>one</p>", " "),
        ("<p>one", ""),
        ("<p>" + "x" * 20_001, "x" * 20_001),
        ("<p>&#0000000111;ne</p>", "one"),
        ("<p>one" + "<b></b>" * 500 + " two", "one two"),
        ("".join(f"<p>w{n}</p>" for n in range(70)), " ".join(f"w{n}" for n in range(70))),
    ],
)
def test_words_that_do_not_read_back_or_cost_too_much_have_no_bytes(markup, words):
    assert source_of(markup).of_text(words, 0) == ()


def test_words_that_occur_twice_are_those_nearest_to_their_place():
    markup = "<p>lamp</p>" + "<p>abcdefghij</p>" * 9 + "<p>lamp</p>"
    found = [source_of(markup).of_text("lamp", hint) for hint in (0, 20, 80, 94)]
    first, last = markup.index("lamp"), markup.rindex("lamp")
    assert [ranges[0][0] for ranges in found] == [first, first, last, last]


def test_the_work_spent_on_looking_words_up_is_bounded():
    source = source_of("<p>lamp</p><p>" + "abcdefghi " * 300_000)
    assert source.of_text("lamp", 0)
    assert [source.of_text("absent", 0) for _ in range(20)] == [()] * 20
    assert source.of_text("lamp", 0) == ()
    assert source.of_script(0, "lamp") == ()


@pytest.mark.parametrize(
    ("markup", "asked", "words"),
    [
        ('<p title="one two">', ("p", 0, "title", "one two"), "one two"),
        ("<p title='a &amp; b'>", ("p", 0, "title", "a & b"), "a & b"),
        ("<P TITLE=one>", ("p", 0, "title", "one"), "one"),
        ("<p><p lang=x title = one>", ("p", 1, "title", "one"), "one"),
        ("<p lang=one>", ("p", 0, "title", "one"), None),
        ("<p title=one>", ("p", 1, "title", "one"), None),
        ("<p title=one>", ("b", 0, "title", "one"), None),
        ("<p title=one>", ("p", -1, "title", "one"), None),
        ("<p title=two title=one>", ("p", 0, "title", "one"), None),
        (f'<p title="{"x" * 21_000}" lang=one>', ("p", 0, "lang", "one"), None),
    ],
)
def test_an_attributes_value_is_found_in_its_own_tag(markup, asked, words):
    ranges = source_of(markup).of_attribute(*asked)
    assert (read_ranges(markup.encode(), ranges, "utf-8") if ranges else None) == words


@pytest.mark.parametrize(
    ("markup", "asked", "words"),
    [
        ('<script>{"a":"one"}</script>', (0, "one"), "one"),
        ('<script></script><script>["one"]', (1, "one"), "one"),
        ('<script>["one"]</script>', (1, "one"), None),
        ('<script>["o\\u006ee"]</script>', (0, "one"), None),
        ('<script>[1]</script><p>"one"</p>', (0, "one"), None),
    ],
)
def test_a_string_of_a_script_is_found_where_it_stands_unescaped(markup, asked, words):
    ranges = source_of(markup).of_script(*asked)
    assert (read_ranges(markup.encode(), ranges, "utf-8") if ranges else None) == words


@pytest.mark.parametrize(
    ("markup", "words", "found"),
    [
        ("<title> one &amp; two\n</title>", "one & two", True),
        ("<title>one", "one", True),
        ("<p>one</p>", "one", False),
        ("<title>two</title>", "one", False),
        ("<title></title>", "one", False),
    ],
)
def test_the_words_of_a_title_are_found_in_the_first_one(markup, words, found):
    assert bool(source_of(markup).of_element("title", words)) is found


def test_words_of_a_comment_are_found_in_the_markup_as_written():
    markup = "<!-- one two --><p>x"
    assert source_of(markup).of_markup("one two") == ((5, 12),)
    assert source_of(markup).of_markup("one  two") == ()
    evidence = Witness(document_of(markup), URL).comment("one\n two")
    assert (evidence.text, evidence.place.ranges) == ("one two", ((5, 12),))


@pytest.mark.parametrize("codec", ["shift_jis", "gb18030"])
def test_words_at_the_end_of_bytes_that_break_off_are_given_without_wrong_bytes(codec):
    entity = "<p>灯台 lamp".encode(codec) + b"\x81"
    markup = charset.decode(entity, codec)
    source = Source(entity, codec, markup, scan(markup))
    for words in ("lamp", "lamp\ufffd", "\ufffd"):
        ranges = source.of_text(words, 0)
        assert not ranges or read_ranges(entity, ranges, codec) == words
    assert source.of_text("灯台", 0) == ((3, 7),)


def test_faulty_utf8_shifts_no_range():
    entity = b"<p>\xff\xfe lamp \xe6\xbc one</p>"
    markup = charset.decode(entity, "utf-8")
    ranges = Source(entity, "utf-8", markup, scan(markup)).of_text("one", 0)
    start, end = ranges[0]
    assert entity[start:end] == b"one"


BITS = [
    "<p>", "</p>", "<b>", "</b>", "one", " two", "three&amp;", "&nbsp;", "\r\n", "  ", "<br>", "<!-- x -->", "é",
    "<noscript>no</noscript>", "<object>no<p>no</object>", "<table>", "<td>", "</div>", "<select><option>", "a a a ",
    "......", "<script>'<p>'</script>", "<svg><title>no</title>", "<pre>\n", "&#0;", "<title>no</title>", "<div>", "<li>",
    "four five",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=30), st.data())
def test_words_have_the_bytes_that_a_search_through_the_whole_page_gives_them(bits, data):
    document = document_of("".join(bits))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(document.text))] * 2)))
    if document.blocks and start < end:
        before = len("".join(document.text[:start].split()))
        searched = document.source.of_text(" ".join(document.text[start:end].split()), before)
        assert document.ranges(start, end) == searched


@given(st.text(alphabet="ab \t\n\x1c\xa0\u2003é", max_size=120))
def test_white_space_is_collapsed_however_long_a_text_is(text):
    written = [text, "lamp" * 20 + text, text + "lamp" * 20, "lamp " * 20, f"lamp {text} lamp" * 20]
    for words in (written, written[:2], written[3:], written[3:4]):
        assert collapsed(words) == [" ".join(one.split()) for one in words]


@pytest.mark.parametrize("gap", [" ", "  ", " \n", "\x1f"])
def test_white_space_of_a_very_long_text_is_collapsed(gap):
    assert collapsed([f"{'lamp ' * 60_000}quay{gap}fog"]) == [f"{'lamp ' * 60_000}quay fog"]


def test_blocks_are_a_sequence_and_each_is_made_once():
    document = document_of("<p>one</p><p>two <b>three</b></p><p>four</p>")
    assert [block.text for block in document.blocks] == document.lines == ["one", "two three", "four"]
    assert [block.start for block in document.blocks] == document.starts == [0, 4, 14]
    assert document.blocks[-1] is document.blocks[2] is document.blocks[1:][1]
    assert [raw for raw, _ in document.blocks[1].pieces] == ["two ", "three"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one<template>no</template><noscript>no</noscript></p>", "one"),
        ("<video>no</video>one<canvas><b>no</b></canvas>", "one"),
        ("<head><title>no</title></head>one", "one"),
        ("<body><noscript><style></noscript></style>no</noscript>one", "one"),
        ("<select><option>one<option>two</select>", "one\ntwo"),
        ("<b>one<div>two</div>three</b>", "one\ntwo\nthree"),
        ("<table><tr><td>one<td>two</table>", "one\ntwo"),
        ("<x-y>one</x-y><x-z>two</x-z>", "onetwo"),
    ],
)
def test_the_text_is_the_words_that_a_reader_may_see(markup, text):
    assert document_of(markup).text == text


@pytest.mark.parametrize(
    "markup",
    [
        "<b>" * 60_010 + "lamp" + "</b>" * 10,
        "<div>" * 1000 + "lamp" + "</div>" * 1000 + "<p>quay",
        "<p " + " ".join(f"a{n}=1" for n in range(500)) + ">lamp</p>",
        "<b>" * 30 + "<b " + " ".join(f"a{n}=1" for n in range(500)) + ">lamp",
        "</b></i></div><p>lamp",
    ],
)
def test_markup_beyond_any_honest_page_loses_tags_and_no_words(markup):
    reading = reading_of(f"<p>fog</p>{markup}<footer>© 2019 Ink Press</footer>")
    assert "lamp" in reading.text
    (notice,) = of_kind(reading, "copyright")
    assert notice.text == "© 2019 Ink Press"
    assert notice.evidence.place.ranges


CROWD = " ".join(f"a{n}=1" for n in range(500))


@pytest.mark.parametrize(
    ("markup", "tamed"),
    [
        ("<div>" * 400 + "x", "<div>" * 400 + "x"),
        ("<div>" * 410 + "x", "<div>" * 400 + "x"),
        ("</div>" * 1000 + "<div>" * 410, "</div>" * 1000 + "<div>" * 400),
        ("<div></div>" * 410, "<div></div>" * 410),
        ("<li>" * 410, "<li>" * 410),
        ("<b>" * 24 + "x", "<b>" * 24 + "x"),
        ("<b>" * 30 + "x", "<b>" * 24 + "x"),
        ("</b>" * 30 + "<b>" * 30, "</b>" * 30 + "<b>" * 24),
        ("<b>x</b>" * 30_010, "x" * 30_010),
        (f"<p {CROWD}>x", "<p>x"),
        ("<b>" * 24 + f"<b {CROWD}>x", "<b>" * 24 + "x"),
        (f'<p title="{CROWD}">x', f'<p title="{CROWD}">x'),
    ],
    ids=range(12),
)
def test_only_tags_beyond_the_bounds_are_dropped(markup, tamed):
    assert tame(markup, scan(markup)) == tamed


def test_a_tag_of_five_hundred_attributes_keeps_its_name_and_a_long_one_keeps_its_value():
    crowded = document_of("<a href=/x " + " ".join(f"a{n}=1" for n in range(500)) + ">lamp</a>").tree.css_first("a")
    long = document_of(f'<a href="/{"x" * 3000}">lamp</a>').tree.css_first("a")
    assert (dict(crowded.attributes), len(long.attributes["href"])) == ({}, 3001)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<noscript><style></noscript></style>no</noscript>one", ["one"]),
        ("<video><p>no</p></video>one<b>two</b>", ["one", "two"]),
        ("<script>'</p>'</script>one", ["one"]),
        ("<style>no", []),
    ],
)
def test_words_of_hidden_elements_are_no_runs(markup, words):
    assert [markup[start:end] for start, end, _ in scan(markup).runs] == words
