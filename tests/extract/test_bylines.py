# SPDX-License-Identifier: Apache-2.0
"""Bylines as pages write them: in many languages and scripts, beside the headline and away from it, and what is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract.origin.names import is_written_name, names_nobody, one_person, people
from manifests.ranges import read_ranges
from tests.extract.pages import page_of, reading_of

HEADLINE = "Lamps along the northern quay"
TITLE = f"<title>{HEADLINE} | Harbour Ledger</title>"
STORY = "<p>The keeper climbed the stairs at dusk, as he had done for thirty years, before the fog came in from the sea.</p>"
LISTED = "<h2><a href=/other>Another harbour, another tale of the sea</a></h2>"


def names(body: str, head: str = TITLE) -> list[str]:
    return [author.name for author in reading_of(body, head=head).authors]


def told(headline: str, *after: str) -> str:
    return f"<h1>{headline}</h1>{''.join(after)}{STORY}"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("By Ida Marsh", ["Ida Marsh"]),
        ("by Ida Marsh and Ole Stone", ["Ida Marsh", "Ole Stone"]),
        ("BY IDA MARSH, STAFF WRITER", ["IDA MARSH"]),
        ("By Ida Marsh, Ole Stone & Una Vale", ["Ida Marsh", "Ole Stone", "Una Vale"]),
        ("Words by Ida Marsh", ["Ida Marsh"]),
        ("Von Jörg Mühlbach und Änne Österle", ["Jörg Mühlbach", "Änne Österle"]),
        ("Ein Gastbeitrag von Änne Österle", ["Änne Österle"]),
        ("Text: Änne Österle", ["Änne Österle"]),
        ("Par Éloïse Marchand et Noël Hébert", ["Éloïse Marchand", "Noël Hébert"]),
        ("Propos recueillis par Éloïse Marchand", ["Éloïse Marchand"]),
        ("Por Inés Ibáñez y Raúl Ordóñez", ["Inés Ibáñez", "Raúl Ordóñez"]),
        ("Escrito por Inês Conceição", ["Inês Conceição"]),
        ("A cura di Nicolò Bardi", ["Nicolò Bardi"]),
        ("Door Sjoerd van der Meulen en Fenna de Wit", ["Sjoerd van der Meulen", "Fenna de Wit"]),
        ("Av Åse Øverland og Bjørn Dahl", ["Åse Øverland", "Bjørn Dahl"]),
        ("Af Søren Kærgaard", ["Søren Kærgaard"]),
        ("Napisała Żaneta Łukasik", ["Żaneta Łukasik"]),
        ("Autor: Řehoř Čapek", ["Řehoř Čapek"]),
        ("Írta: Ördög Ágnes", ["Ördög Ágnes"]),
        ("Yazan: Çağla Özgür", ["Çağla Özgür"]),
        ("Oleh Sari Wulandari", ["Sari Wulandari"]),
        ("Tác giả: Nguyễn Thị Hạnh", ["Nguyễn Thị Hạnh"]),
        ("Автор: Зоя Ветрова", ["Зоя Ветрова"]),
        ("Текст: Зоя Ветрова, Лев Туманов", ["Зоя Ветрова", "Лев Туманов"]),
        ("Автор: Ганна Їжакевич та Юрій Єрмак", ["Ганна Їжакевич", "Юрій Єрмак"]),
        ("Γράφει η Ελένη Θαλασσινού", ["Ελένη Θαλασσινού"]),
        ("بقلم: ليلى البحري", ["ليلى البحري"]),
        ("מאת נועה ימית", ["נועה ימית"]),
        ("โดย สายชล ทะเลงาม", ["สายชล ทะเลงาม"]),
        ("作者：海明月", ["海明月"]),
        ("来源：港口报 作者：海明月", ["海明月"]),
        ("（编译/海明月）", ["海明月"]),
        ("本报记者 海明月 江上帆", ["海明月", "江上帆"]),
        ("新华社北京1月2日电（记者海明月、江上帆）灯塔的灯亮了", ["海明月", "江上帆"]),
        ("Submitted by Ida Marsh on Mon, 01/02/2020 - 10:00", ["Ida Marsh"]),
        ("By Ida Marsh in Paris", ["Ida Marsh"]),
        ("By Ida Marsh for The Tidewatch", ["Ida Marsh"]),
        ("By IDA MARSH Associated Press", ["IDA MARSH"]),
        ("Words by Ida Marsh. Photographs by Ole Stone", ["Ida Marsh"]),
        ("By June Marchand", ["June Marchand"]),
        ("By Ida Marsh, May 5, 2019", ["Ida Marsh"]),
        ("文｜海明月", ["海明月"]),
        ("文：灯台守子", ["灯台守子"]),
        ("取材・文＝灯台守子", ["灯台守子"]),
        ("[항구신문=바다솔 기자]", ["바다솔"]),
        ("(부산=항구뉴스) 바다솔 기자 = 등대에 불이 켜졌다", ["바다솔"]),
    ],
)
def test_a_line_beside_the_headline_that_says_who_wrote_it_names_the_author(line, found):
    assert names(told(HEADLINE, f"<p>{line}</p>")) == found


@pytest.mark.parametrize(
    "line",
    [
        "By the sea, in the rain",
        "By Staff",
        "By Harbour Ledger Staff",
        "By Harbour Ledger",
        "By The Editors",
        "Von der Redaktion",
        "Par la rédaction",
        "Por Redacción",
        "Door de redactie",
        "Автор: редакция",
        "作者：佚名",
        "责任编辑：海明月",
        "记者了解到灯塔的灯亮了",
        "文：編集部",
        "Article 12",
        "Text size: Small",
        "Interview: the keeper who lit every lamp of the northern quay for thirty years",
        "โดยไม่มีใครรู้ว่าประภาคารทางเหนือของท่าเรือถูกจุดไฟเมื่อใดและโดยใคร",
    ],
)
def test_a_line_that_names_nobody_makes_no_author(line):
    assert names(told(HEADLINE, f"<p>{line}</p>")) == []


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Dr. Ida Marsh", ["Ida Marsh"]),
        ("Prof. Dr. Änne Österle", ["Änne Österle"]),
        ("Ida Marsh, Political Editor", ["Ida Marsh"]),
        ("Ida Marsh, Harbour Correspondent, and Ole Stone", ["Ida Marsh", "Ole Stone"]),
        ("Ida Marsh Senior Reporter", ["Ida Marsh"]),
        ("Ida Marsh (avec Éloïse Marchand et Noël Hébert)", ["Ida Marsh", "Éloïse Marchand", "Noël Hébert"]),
        ("Ida Marsh (Tide Watch)", ["Ida Marsh"]),
        ("Ida Marsh, The Tidewatch", ["Ida Marsh"]),
        ("Ida M.", ["Ida M."]),
        ("von Humboldt", ["von Humboldt"]),
        ("Di Maio", ["Di Maio"]),
        ("灯台守子／ASCII編集部", ["灯台守子", "ASCII編集部"]),
        ("Ida Marsh Ida Marsh", ["Ida Marsh"]),
    ],
)
def test_names_are_cleaned_of_jobs_titles_and_outlets(written, found):
    assert people(written) == found


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Marsh, Ida", "Ida Marsh"),
        ("van der Meulen, Sjoerd", "Sjoerd van der Meulen"),
        ("Marsh, Ida Jane", "Ida Jane Marsh"),
        ("Ida Marsh, Ole Stone", "Ida Marsh, Ole Stone"),
        ("Marsh, Editor", "Marsh, Editor"),
        ("Ida Marsh", "Ida Marsh"),
    ],
)
def test_a_field_for_one_person_may_give_the_family_name_first(written, read):
    assert one_person(written) == read


@pytest.mark.parametrize(
    "name", ["Sjoerd van der Meulen", "Charles d'Orbigny", "ليلى البحري", "海明月", "바다솔", "Reuters"]
)
def test_words_of_a_page_that_can_be_a_name(name):
    assert is_written_name(name)


@pytest.mark.parametrize(
    "name", ["Read the Rest", "Five things to Know", "Ida", "Route 66", "Ida van", "ida marsh", ""]
)
def test_words_of_a_page_that_are_no_name(name):
    assert not is_written_name(name)


@pytest.mark.parametrize(
    "name", ["Newsroom", "Harbour Staff", "Political Editor", "Redakcja", "편집부", "Super User", "guest writer"]
)
def test_jobs_and_newsrooms_are_nobody(name):
    assert names_nobody(name)


@pytest.mark.parametrize("name", ["Staffan Holm", "Edgar Guest", "Ida Senior", "Ole Chief"])
def test_persons_whose_names_look_like_jobs_are_somebody(name):
    assert not names_nobody(name)


def test_the_byline_beside_the_headline_wins_over_one_of_another_story():
    card = f"{LISTED}<p class=byline>By Ole Stone</p>"
    assert names(f"{card}<h1>{HEADLINE}</h1><p class=byline>By Ida Marsh</p>{STORY}{card}") == ["Ida Marsh"]


def test_a_byline_below_the_heading_of_another_story_is_not_the_pages():
    assert names(f"{told(HEADLINE)}{LISTED}<p class=byline>By Ole Stone</p>") == []
    assert names(f"{told(HEADLINE)}{LISTED}<p>By Ole Stone</p>") == []


def test_a_heading_without_a_link_belongs_to_the_story():
    assert names(told(HEADLINE, "<h2>What the keeper saw</h2><p class=byline>By Ida Marsh</p>")) == ["Ida Marsh"]


def test_a_page_of_many_stories_has_no_byline_of_its_own():
    stories = [("Ida Marsh", "fog"), ("Ole Stone", "rain"), ("Una Vale", "hail"), ("Pia Reed", "snow")]
    cards = "".join(f"<div><p>All about {w}</p><p class=byline>By {n}</p></div>" for n, w in stories)
    assert names(cards, head="") == []
    assert names("".join(f"<p>By {n}</p>" for n, _ in stories), head="") == []


@pytest.mark.parametrize(
    "around",
    [
        "<blockquote>{}</blockquote>",
        "<div class=pull-quote>{}</div>",
        "<div class=comments>{}</div>",
        "<ol class=commentlist>{}</ol>",
        "<div class=related>{}</div>",
        "<aside>{}</aside>",
        "<figure>{}</figure>",
        "<nav>{}</nav>",
    ],
)
def test_a_name_in_a_quotation_a_comment_or_a_picture_is_no_author(around):
    assert names(told(HEADLINE, around.format("<p class=author>Ole Stone</p>"))) == []


def test_what_holds_the_headline_is_not_aside_whatever_it_is_called():
    body = f'<div class="page with-sidebar related-tags">{told(HEADLINE, "<p class=author>Ida Marsh</p>")}</div>'
    assert names(body) == ["Ida Marsh"]


def test_the_author_of_a_picture_or_of_a_licence_is_not_the_storys():
    body = told(
        HEADLINE,
        '<p class="image-author">Ole Stone</p><a class="license-author">Una Vale</a><p class=author>Ida Marsh</p>',
    )
    assert names(body) == ["Ida Marsh"]


@pytest.mark.parametrize("card", ["author vcard", "p-author h-card", "vcard author"])
def test_an_authors_card_names_one_whatever_the_name_looks_like(card):
    assert names(told(HEADLINE, f'<p class="{card}">by <span class=fn>nightowl</span></p>')) == ["nightowl"]


def test_authors_beside_the_linked_one_are_named_too():
    body = told(HEADLINE, "<p class=byline>Par <a href=/e>Éloïse Marchand</a> (avec Noël Hébert)</p>")
    assert names(body) == ["Éloïse Marchand", "Noël Hébert"]


def ld(**properties: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **properties})}</script>'


@pytest.mark.parametrize(
    ("head", "line", "found"),
    [
        # The account that uploaded a text, where readers are shown who wrote it.
        ('<meta name=author content="Ole Stone">', "By Ida Marsh", ["Ida Marsh"]),
        (ld(author="ole"), "By Ida Marsh", ["Ida Marsh"]),
        (ld(author={"@type": "Organization", "name": "Tide Watch"}), "By Ida Marsh", ["Ida Marsh"]),
        ('<meta name=author content="Harbour Foundation">', "By Ida Marsh", ["Ida Marsh"]),
        # What is stated is shown somewhere.
        ('<meta name=author content="Ole Stone">', "By Ida Marsh</p><p>Ole Stone wrote this", ["Ole Stone"]),
        ('<meta name=author content="admin">', "By Ida Marsh", ["Ida Marsh"]),
    ],
)
def test_what_readers_see_wins_where_what_is_stated_for_machines_is_less(head, line, found):
    assert names(told(HEADLINE, f"<p class=byline>{line}</p>"), head=TITLE + head) == found


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (
            '<meta name="citation_author" content="Marsh, Ida"><meta name="citation_author" content="Stone, Ole">',
            ["Ida Marsh", "Ole Stone"],
        ),
        ('<meta name="DC.creator" content="Marsh, Ida">', ["Ida Marsh"]),
        ('<meta property="schema:author" content="Ida Marsh">', ["Ida Marsh"]),
        ('<meta name="parsely-author" content="Ida Marsh">', ["Ida Marsh"]),
        ('<meta name=author content="Harbour Ledger"><meta name="sailthru.author" content="Ida Marsh">', ["Ida Marsh"]),
        (ld(author="dusk") + '<meta property="article:author" content="Ida Marsh">', ["Ida Marsh"]),
        (ld(author=[{"@id": "#i"}, {"@id": "#o"}]) + ld(author=None), []),
        (
            ld(author={"@type": "Person", "name": ["<a href='/i'>Ida Marsh</a>", "<a>Ole Stone</a>"]}),
            ["Ida Marsh", "Ole Stone"],
        ),
        (ld(headline="Fog", author="Ole Stone") + ld(headline=HEADLINE, author="Ida Marsh"), ["Ida Marsh"]),
        (
            ld(headline="A", author="Ole Stone")
            + ld(headline="B", author="Una Vale")
            + ld(headline="C", author="Pia Reed"),
            [],
        ),
    ],
)
def test_authors_stated_for_machines(head, found):
    assert names("", head=TITLE + head) == found


def test_authors_of_a_graph_are_looked_up():
    graph = {
        "@graph": [
            {"@type": "Article", "headline": HEADLINE, "author": [{"@id": "#ida"}, {"@id": "#ole"}]},
            {"@type": "Person", "@id": "#ida", "name": "Ida Marsh"},
            {"@type": "Person", "@id": "#ole", "name": "Ole Stone"},
        ]
    }
    head = f'{TITLE}<script type="application/ld+json">{json.dumps(graph)}</script>'
    found = reading_of("", head=head).authors
    assert [(one.name, one.type) for one in found] == [("Ida Marsh", "person"), ("Ole Stone", "person")]


def test_rdfa_names_the_author():
    body = told(HEADLINE, '<div typeof="sioc:Item"><span property="schema:author">Ida Marsh</span></div>')
    assert names(body) == ["Ida Marsh"]


def test_an_editor_whom_the_metas_call_the_author_is_none():
    body = told(HEADLINE, "<p>责任编辑：海明月</p>")
    assert names(body, head='<meta name=author content="港口校园海明月">') == []


@pytest.mark.parametrize(
    ("own", "name", "found"),
    [
        ("Ida Marsh", "Ida Marsh", ["Ida Marsh"]),
        ("Harbour Trust", "Harbour Trust", []),
        ("Le Phare", "Le Phare", []),
        ("HRS", "Harbour Rescue Society", []),
        ("Harbour Ledger", "Casa Editorial Harbour Ledger", []),
    ],
)
def test_only_a_person_is_author_of_their_own_site(own, name, found):
    head = (
        f'<title>Fog | {own}</title><meta name="application-name" content="{own}"><meta name=author content="{name}">'
    )
    assert [author.name for author in reading_of("", head=head, url="https://tidewatch.example/fog").authors] == found


def test_a_site_that_calls_itself_by_a_name_is_an_outlet_and_no_author():
    head = '<meta property="og:site_name" content="Ida Marsh"><meta name=author content="Ida Marsh">'
    assert names("", head=head) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("<p>（编译/海明月）</p>", "海明月"),
        ("<p>Von Änne Österle | 12. Mai</p>", "Änne Österle"),
        ("<p>바다솔 기자 desk@h.example</p>", "바다솔"),
    ],
)
def test_the_words_of_a_byline_read_back_from_the_page(line, words):
    body = told(HEADLINE, line)
    (author,) = reading_of(body, head=TITLE).authors
    assert author.evidence.text == words
    assert read_ranges(page_of(body, head=TITLE), author.evidence.place.ranges, "utf-8") == words


@given(st.text(max_size=300))
def test_no_byline_breaks_the_reading(line):
    assert isinstance(people(line), list)
    reading_of(told(HEADLINE, f"<p class=byline>{line}</p>", f"<p>By {line}</p><p>作者：{line}</p>"), head=TITLE)


def test_a_page_made_of_labels_is_read_in_bounded_time():
    for label in ("作者：", "记者 ", "By ", "기자 ", "(가=나", "责任编辑："):
        reading_of(f"<h1>{HEADLINE}</h1>" + f"<p>{label * 40}</p>" * 2000, head=TITLE)
