# SPDX-License-Identifier: Apache-2.0
"""JSON-LD: which faults are forgiven, what a statement points to, and where reading ends."""

import json

import pytest

from archiver.extract.markup import charset
from archiver.extract.markup.document import Document
from archiver.extract.markup.jsonld import Statements
from tests.extract.pages import page_of, reading_of


def statements(*scripts: str) -> Statements:
    entity = page_of("", head="".join(f'<script type="application/ld+json">{text}</script>' for text in scripts))
    return Statements(Document(entity, "utf-8", charset.decode(entity, "utf-8")))


def authors(text: str) -> list[tuple[str, str, str | None]]:
    said = statements(text)
    return [(one.text, one.pointer, one.url) for one in said.names(said.articles[0], "author")]


PLAIN = '{"@type":"Article","author":"Ida Marsh"}'


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f" {PLAIN};\n",
        f"<!-- {PLAIN} -->",
        f"//<![CDATA[\n{PLAIN}\n//]]>",
        f"<![CDATA[{PLAIN}]]>",
        '{"@type":"Article","author":"Ida Marsh", }',
        '{"@type":["Thing","Article",],"author":"Ida Marsh"}',
        "{&quot;@type&quot;:&quot;Article&quot;,&quot;author&quot;:&quot;Ida Marsh&quot;}",
        '{"@type":"Article","author":"Ida Marsh","note":"a\nb"}',
        f"{PLAIN} and more",
        f"{PLAIN},\n{PLAIN}",
        '{"@type":"http://schema.org/Article","author":"Ida Marsh"}',
    ],
)
def test_faults_that_other_readers_forgive_are_forgiven(text):
    assert authors(text)[0] == ("Ida Marsh", "/author", None)


@pytest.mark.parametrize("text", ["", "{", "Article", "[" * 900, '"Article"', "7", "{'@type': 'Article'}"])
def test_what_is_no_statement_gives_none(text):
    assert statements(text).things == []


def test_lone_surrogates_become_replacement_characters():
    assert authors(r'{"@type":"Article","author":"Ida \ud800 Marsh \ud83d\ude00"}') == [
        ("Ida \ufffd Marsh \U0001f600", "/author", None)
    ]
    assert authors(r'{"@type":"Article","author":"Ida"} {"x":"\udc00"}') == [("Ida", "/author", None)]


def test_several_documents_in_one_script_are_read_up_to_twenty():
    assert len(statements(f"{PLAIN}\n" * 3).articles) == 3
    assert len(statements(f"{PLAIN}\n" * 25).articles) == 20


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Ida Marsh", [("Ida Marsh", "/author", None)]),
        (["Ida Marsh", "", "Ole Stone"], [("Ida Marsh", "/author/0", None), ("Ole Stone", "/author/2", None)]),
        ({"name": "Ida Marsh", "url": "/ida"}, [("Ida Marsh", "/author/name", "/ida")]),
        ({"name": "Ida Marsh", "sameAs": ["/a"], "@id": "#i"}, [("Ida Marsh", "/author/name", "#i")]),
        (
            [{"name": ["Ida Marsh", "", "Ole Stone"]}],
            [("Ida Marsh", "/author/0/name/0", None), ("Ole Stone", "/author/0/name/2", None)],
        ),
        ({"name": []}, []),
        ({"name": " "}, []),
        ({"name": 7}, []),
        ({"url": "/ida"}, []),
        (7, [("7", "/author", None)]),
        (None, []),
        (7.5, []),
    ],
)
def test_names_come_with_their_pointer_and_address(value, found):
    assert authors(json.dumps({"@type": "Article", "author": value})) == found


def test_a_name_is_looked_up_where_a_statement_only_refers_to_it():
    graph = [
        {"@type": "Article", "author": [{"@id": "#ida"}, {"@id": "#gone"}]},
        {"@type": "Person", "@id": "#ida", "name": "Ida Marsh", "url": "/ida"},
        {"@id": "#ida"},
    ]
    assert authors(json.dumps({"@graph": graph})) == [("Ida Marsh", "/@graph/1/name", "/ida")]


def test_a_property_that_holds_things_gives_their_addresses_before_their_names():
    said = statements(json.dumps({"@type": "Article", "isBasedOn": [{"name": "x", "@id": "/a"}, {"name": "y"}, {}]}))
    found = [(one.text, one.pointer) for one in said.strings(said.articles[0], "isBasedOn")]
    assert found == [("/a", "/isBasedOn/0/@id"), ("y", "/isBasedOn/1/name")]


def test_a_pointer_escapes_what_its_standard_says():
    (article,) = statements('{"a/b~c":[{"@type":"Article"}]}').articles
    assert article.pointer == "/a~1b~0c/0"


@pytest.mark.parametrize(
    ("kind", "is_article"),
    [
        ("NewsArticle", True),
        ("BlogPosting", True),
        ("Review", False),
        ("Comment", False),
        ("Person", False),
        (7, False),
    ],
)
def test_an_article_is_what_calls_itself_one(kind, is_article):
    assert bool(statements(json.dumps({"@type": kind})).articles) is is_article


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 210 + PLAIN + "}" * 210,
        "[" + ",".join([PLAIN] * 5_002) + "]",
        '{"@type":"Article","author":"Ida Marsh","note":"' + "x" * 2_000_001 + '"}',
    ],
)
def test_a_script_beyond_the_bounds_is_not_read_and_the_others_are(text):
    said = statements(PLAIN, text, PLAIN)
    assert len(said.articles) == 2


def test_the_fortieth_script_is_the_last_one_read():
    assert len(statements(*[PLAIN] * 45).articles) == 40


def test_a_page_without_the_type_has_no_statements():
    assert reading_of("", head=f"<script>{PLAIN}</script>").authors == ()


def test_a_string_whose_spaces_were_collapsed_is_not_looked_up_elsewhere():
    text = '{"@type":"Article","about":"Ida Marsh","author":"Ida  Marsh"}'
    (author,) = reading_of("", head=f'<script type="application/ld+json">{text}</script>').authors
    assert (author.evidence.text, author.evidence.place.ranges) == ("Ida Marsh", ())
