# SPDX-License-Identifier: Apache-2.0
"""Lines that say where a text comes from: the words, the name, the link on it, and the places where they say nothing."""

import pytest

from archiver.extract.rights.triggers import FAMILIES
from tests.extract.pages import of_kind, reading_of

TIDE = "https://tidewatch.example/a"
WALK = "The walkers went along the quay at noon and came back at dusk with nets and lamps. "
PAGE = "https://www.harbourledger.example"


def attributions(body):
    """Words, rule and link of each attribution line."""
    return [(n.text, n.reason, n.url) for n in of_kind(reading_of(body), "attribution")]


LINES = [
    ("Source: Tide Watch", "source", "Tide Watch"),
    ("Quelle: Die Gezeiten", "source", "Die Gezeiten"),
    ("This story first appeared in Tide Watch.", "origin", "Tide Watch"),
    ("This piece is reprinted by permission of Tide Watch.", "origin", "Tide Watch"),
    ("The post Lamps appeared first on Tide Watch.", "origin", "Tide Watch"),
    ("Dieser Text erschien zuerst auf Gezeiten Blatt.", "origin", "Gezeiten Blatt"),
    ("Article publié à l'origine dans Le Quai.", "origin", "Le Quai"),
    ("Publicado originalmente en El Muelle.", "origin", "El Muelle"),
    ("来源：潮汐网", "origin", "潮汐网"),
    ("出典：潮新聞", "origin", "潮新聞"),
    ("This was the original post on Tide Watch", "original-link", "Tide Watch"),
]


@pytest.mark.parametrize(("line", "rule", "name"), LINES)
def test_a_line_of_origin_is_a_notice_and_names_the_original(line, rule, name):
    reading = reading_of(f"<p>{line}</p>")
    (notice,) = of_kind(reading, "attribution")
    assert (notice.text, notice.reason) == (line, f"attribution line ({rule})")
    assert reading.reprint.original.name == name


@pytest.mark.parametrize("line", ["Articles by: Tide Watch", "This article was written by Ida Marsh"])
def test_a_line_that_names_a_writer_makes_no_reprint(line):
    reading = reading_of(f"<p>{line}</p>")
    assert [n.reason for n in of_kind(reading, "attribution")] == ["attribution line (by)"]
    assert reading.reprint is None


LINKED = [
    (f'<p>This story first appeared in <a href="{TIDE}">Tide Watch</a>, see <a href="/b">b</a>.</p>', TIDE),
    (f'<p>This story first appeared in Tide Watch. <a href="{TIDE}">Read it</a>.</p>', TIDE),
    (f'<p>{WALK}This story first appeared in Tide Watch. <a href="{TIDE}">Read</a>.</p>', None),
    (f'<p>{WALK * 3}This story first appeared in <a href="{TIDE}">Tide Watch</a>.</p>', TIDE),
    (f'<p><a href="{TIDE}">This story first appeared in Tide Watch</a></p>', TIDE),
    (f'<p><a href="{TIDE}">Read the original article</a></p>', TIDE),
    (f'<p>Read the original article <a href="{TIDE}">here</a></p>', TIDE),
    (f'<p><span><b>First published on</b> <i>Tide Watch</i></span> <a href="{TIDE}">*</a></p>', TIDE),
    (f'<p>First published on Tide Watch <a href="/x">x</a> <a href="{TIDE}">y</a></p>', None),
    (f'<p><a href="{TIDE}"></a><s><b><i><u>First published on Tide Watch</u></i></b></s></p>', None),
]


@pytest.mark.parametrize(("body", "url"), LINKED)
def test_the_link_is_the_one_on_the_name_or_the_only_one_of_the_line(body, url):
    assert [found for _, _, found in attributions(body)] == [url]


@pytest.mark.parametrize(
    "body",
    [
        "<div class=comments><p>Source: Tide Watch</p></div>",
        "<figure><figcaption>Source: Tide Watch</figcaption></figure>",
        "<aside><div>Source: Tide Watch</div></aside>",
        f"<p>{'这里有很多石头的故事' * 20}来源：潮汐网</p>",
        f"<p>{WALK * 6}Read the original article here</p>",
        "<p>The original idea was a lamp; the article was read aloud.</p>",
    ],
)
def test_the_source_of_something_else_is_no_attribution(body):
    reading = reading_of(body)
    assert of_kind(reading, "attribution") == []
    assert reading.reprint is None


def test_a_line_in_a_paragraph_of_a_sidebar_still_counts():
    assert attributions("<aside><p>Source: Tide Watch</p></aside>") == [
        ("Source: Tide Watch", "attribution line (source)", None)
    ]


def test_of_very_many_lines_the_first_forty_are_kept():
    body = "".join(f"<p>Source: Tide Watch {number}</p>" for number in range(45))
    assert [text for text, _, _ in attributions(body)] == [f"Source: Tide Watch {number}" for number in range(40)]


FILLER = "".join(f"<p>{WALK}{number}</p>" for number in range(61))
SLUGS = [
    (f"<p>Quay, 3 May (Reuters) - {WALK}</p>", "Reuters"),
    (f"<p>{WALK} (dpa/lno)</p>", "dpa"),
    (f"<p>{WALK} (so they say)</p>", None),
    (f"<p class=caption>Quay, 3 May (Reuters) - {WALK}</p>", None),
    ("<p>Quay (Reuters)</p>", None),
    (FILLER[: FILLER.index("20</p>")] + f"20</p><p>Quay (AFP) {WALK}</p>", None),
    (FILLER[: FILLER.index("20</p>")] + f"20</p><p>{WALK} (dpa)</p>", "dpa"),
    (FILLER + f"<p>{WALK} (dpa)</p>", None),
]


@pytest.mark.parametrize(("body", "agency"), SLUGS)
def test_a_wire_slug_is_read_at_the_head_or_the_end_of_the_first_paragraphs(body, agency):
    reprint = reading_of(body).reprint
    assert (reprint.original.name if reprint else None) == agency


def test_the_words_that_wake_a_family_are_lower_case_and_stand_once():
    for words in FAMILIES.values():
        assert all(word == word.lower() for word in words)
        assert len(set(words)) == len(words)
