# SPDX-License-Identifier: Apache-2.0
"""Copyright lines one by one: where a line begins and ends, whom it names, and what makes it a picture's credit."""

import pytest

from archiver.extract.origin.names import is_person_like, is_role, is_written_name, line_names, people, trimmed
from tests.extract.pages import of_kind, reading_of

SITE = '<meta property="og:site_name" content="Harbour Ledger">'
WALK = "The walkers went along the quay at noon and came back at dusk with nets and lamps. "


def copyrights(body, **page):
    """Text, holder and years of each copyright notice."""
    return [(n.text, n.holder, n.years) for n in of_kind(reading_of(body, **page), "copyright")]


WHOLE = [
    ("© 2019 Quarry Press and © 2020 Slate Works. All rights reserved.", "Quarry Press", "2019"),
    ("© 2019 Quarry Press & © Slate Works Inc. All rights reserved", "Quarry Press", "2019"),
    ("© 2019 Quarry Press and © 2020 Slate Works", "Quarry Press", "2019"),
    ("© 2019 Quarry Press powered by Slate Works", "Quarry Press", "2019"),
    ("© 2019 Quarry Press powered by Slate Works. All rights reserved.", "Quarry Press", "2019"),
    ("© 2019 Quarry Press. All trademarks belong to their owners. All rights reserved.", "Quarry Press", "2019"),
    ("© 2019 Quarry Press All rights reserved. 采石网 版权所有", "Quarry Press", "2019"),
    ("Copyright 2019. All rights reserved by Quarry Press.", "Quarry Press", "2019"),
    ('© 2019 All rights reserved to "Quarry Press"', "Quarry Press", "2019"),
    ("© 2019 Alle Rechte vorbehalten für Steinbruch", "Steinbruch", "2019"),
    ("© 2019 | Quarry Press", "Quarry Press", "2019"),
    ("© 2019 QP | Quarry Press", "QP | Quarry Press", "2019"),
    ("© 2019 Q. R. Marsh", "Q. R. Marsh", "2019"),
    ("© 2019 Quarry St. Press", "Quarry St. Press", "2019"),
    ("© 2019 “Quarry Press”", "Quarry Press", "2019"),
    ('© 2019 "Quarry" and "Slate"', '"Quarry" and "Slate"', "2019"),
    ("© 2019 Quarry Press (https://quarry.example/)", "Quarry Press", "2019"),
    ("© Thu Feb 12 10:22:31 CET 2019 Quarry", "Quarry", "2019"),
    ("© 2004-19 Quarry Press", "Quarry Press", "2004-2019"),
    ("© MIT Quarry", "MIT Quarry", None),
    ("© 2019 Stein Co. KG", "Stein Co. KG", "2019"),
    ("Site content © Quarry Press", "Quarry Press", None),
    ("Quarry Press. All rights reserved © 2019", "Quarry Press", "2019"),
    ("저작권자 (c) 돌신문 2019", "돌신문", "2019"),
]


@pytest.mark.parametrize(("line", "holder", "years"), WHOLE)
def test_a_line_in_the_footer_is_one_notice_from_its_first_to_its_last_word(line, holder, years):
    body = f"<p>Some words.</p><footer><p>{line.replace('&', '&amp;')}</p></footer>"
    assert copyrights(body) == [(line, holder, years)]


CUT = [
    ("© 2019 Quarry Press powered by WordPress", "© 2019 Quarry Press", "Quarry Press", "2019"),
    ("© 2019 Quarry Press. Trademarks are theirs.", "© 2019 Quarry Press.", "Quarry Press", "2019"),
    ("© 2019 Quarry Press Inc. Visit us", "© 2019 Quarry Press Inc.", "Quarry Press Inc.", "2019"),
    ("© 2019 QP | slate and lime", "© 2019 QP", "QP", "2019"),
    ("© 2019 Theme by Rock", "© 2019", None, "2019"),
    ("© 2019 Q | Slate", "© 2019", None, "2019"),
    ("© 2019 Slate Inc | Read on", "© 2019 Slate Inc", "Slate Inc", "2019"),
    ("© 2019 Marsh Co. Stone News Daily", "© 2019 Marsh Co.", "Marsh Co.", "2019"),
    ("© 2019 Rock. All rights reserved to Slate", "© 2019 Rock. All rights reserved", "Rock", "2019"),
    ("Stones fall. Texts are copyright Rock Works. Read on", "Texts are copyright Rock Works.", "Rock Works", None),
    ("© 2019 !!!", "© 2019", None, "2019"),
    ("© 2019 " + "Quarry " * 60, "© 2019", None, "2019"),
    ("the stones of yesterday © 2019", "© 2019", None, "2019"),
    ("© 2019 Alle Rechte vorbehalten an dieser Stelle", "© 2019 Alle Rechte vorbehalten", None, "2019"),
    ("Stone news, all day: Quarry Press © 2019", "Quarry Press © 2019", "Quarry Press", "2019"),
    ("All rights reserved. Quarry Press © 2019", "Quarry Press © 2019", "Quarry Press", "2019"),
]


@pytest.mark.parametrize(("line", "text", "holder", "years"), CUT)
def test_words_beside_a_line_are_left_out_of_it(line, text, holder, years):
    assert copyrights(f"<p>Some words.</p><footer><p>{line}</p></footer>") == [(text, holder, years)]


@pytest.mark.parametrize("gap", ["", " "])
def test_a_name_in_a_footer_ends_where_the_next_element_begins(gap):
    body = f"<footer><p>© 2019 Sons of the Northern Quay{gap}<span>Home</span> <span>News</span></p></footer>"
    assert copyrights(body) == [("© 2019 Sons of the Northern Quay", "Sons of the Northern Quay", "2019")]


UNSIGNED = [
    ("采石网版权所有：2019", "采石网", "2019"),
    ("版权所有采石网", "采石网", None),
    ("版权所有 2018-2019", None, "2018-2019"),
    ("版权所有", None, None),
    ("版 权 所 有", None, None),
    ("采 石 網 版 權 所 有", "采石網", None),
    ("本站内容的版权归采石网所有。", "采石网", None),
    ("版权均属采石网独家所有", "采石网", None),
    ('ถือสิทธิโดย "เหมืองหิน"', "เหมืองหิน", None),
    ("The texts are copyright Quarry Press.", "Quarry Press", None),
    ("All texts copyrighted by Quarry Press", "Quarry Press", None),
    ('All rights reserved to "Quarry Press".', "Quarry Press", None),
    ("Todos los derechos reservados: Quarry Press 2019", "Quarry Press", "2019"),
    ("Quarry Press. All rights reserved", "Quarry Press", None),
    ("All rights reserved.", None, None),
    ("جميع الحقوق © محفوظة", None, None),
]


@pytest.mark.parametrize(("line", "holder", "years"), UNSIGNED)
def test_rights_claimed_in_words_alone_are_a_copyright_line(line, holder, years):
    assert copyrights(f"<p>Some words.</p><footer><p>{line}</p></footer>") == [(line, holder, years)]


@pytest.mark.parametrize(
    "words",
    [
        "These pages are copyrighted material.",
        "采 石 网 的 著 作 权",
        "这里有很多石头的故事，" * 8 + "版权所有",
        "No reproduction without written permission. All rights reserved.",
        "All rights reserved. " + "stone and lime and sand " * 8,
        "stone and lime " * 30 + "all rights reserved.",
        "©",
        "© the stone and the lime and the sand and the sea and all",
        "All © rights reserved",
    ],
)
def test_words_that_name_no_holder_in_running_text_are_no_copyright_line(words):
    assert copyrights(f"<footer><p>{words}</p></footer>") == []


LINES_APART = [
    (["©", "2019", "Quarry Press"], "© 2019 Quarry Press", "Quarry Press"),
    (["© 2019", "Quarry Press"], "© 2019 Quarry Press", "Quarry Press"),
    (["© 2019", WALK + WALK], "© 2019", None),
    (["© 2019 Quarry Press", "All rights reserved."], "© 2019 Quarry Press All rights reserved.", "Quarry Press"),
    (["© 2019 采石网", "版权所有"], "© 2019 采石网 版权所有", "采石网"),
    (
        ["© 2019 Quarry Press", "All trademarks belong to others. All rights reserved."],
        "© 2019 Quarry Press All trademarks belong to others. All rights reserved.",
        "Quarry Press",
    ),
    (["© 2019 Quarry Press", "Read on"], "© 2019 Quarry Press", "Quarry Press"),
    (["© 2019 Quarry Press", WALK + WALK], "© 2019 Quarry Press", "Quarry Press"),
]


@pytest.mark.parametrize(("lines", "text", "holder"), LINES_APART)
def test_a_line_broken_over_elements_is_joined_and_no_further(lines, text, holder):
    body = "<footer>" + "".join(f"<div>{line}</div>" for line in lines) + "</footer>"
    assert copyrights(body) == [(text, holder, "2019")]


def test_a_reservation_belongs_to_no_line_that_ended_before():
    body = "<footer><div>© 2019 Rock | Read on, walker</div><div>All rights reserved.</div></footer>"
    assert [text for text, _, _ in copyrights(body)] == ["© 2019 Rock", "All rights reserved."]


def test_only_the_first_twelve_lines_of_one_block_are_read():
    line = " | ".join(f"© {year} Quarry {chr(55 + year - 2000)}" for year in range(2010, 2026))
    assert [years for _, _, years in copyrights(f"<footer><p>{line}</p></footer>")] == [
        str(year) for year in range(2010, 2022)
    ]


JUDGED = [
    ("<p>© Harbour Ledger</p>", "copyright", "sign with the publisher's name"),
    ("<p>© Mara Stone</p>", "image-credit", "sign with another's name, no year, not in the footer"),
    ("<p>Copyright Mara Stone</p>", "copyright", "sign with a name"),
    (f"<article><p>© Mara Stone. {WALK * 4}</p></article>", "image-credit", "sign without year in running text"),
    (f"<article><p>© 2019 Mara Stone. {WALK * 4}</p></article>", "copyright", "sign with a year, in the article"),
    ("<footer><p>Foto: © 2019 Harbour Ledger</p></footer>", "copyright", "sign in the footer"),
    ("<footer><p>Foto: © 2019 Mara Stone</p></footer>", "image-credit", "sign after a credit word"),
    ("<footer><p>© 2019 Harbour Ledger / Getty Images</p></footer>", "copyright", "sign in the footer"),
    ("<figure><p>© Mara Stone. All rights reserved.</p></figure>", "copyright", "sign with a reservation of rights"),
    ("<div class=comments><footer><p>© 2019 Mara Stone</p></footer></div>", "copyright", "sign in the footer"),
    ("<p>as in section (c) 2019 Mara Stone</p>", "copyright", "sign with a year"),
    ("<p>2019 Copyright Mara Stone</p>", "copyright", "sign with a year"),
    ("<p>Stones 2019 copyright Mara Stone</p>", "copyright", "sign with a year"),
    ("<p>(c) Mara Stone</p>", "image-credit", "sign with another's name, no year, not in the footer"),
    ("<p>Words. Copyright: Mara Stone</p>", "copyright", "sign with a name"),
    ("<div class=caption>© 2019 Mara Stone</div>", "image-credit", "sign inside a picture's caption"),
    ("<section class=media><p>© 2019 Mara Stone</p></section>", "copyright", "sign with a year"),
    ("<footer><p>© 2019 Getty Images</p></footer>", "copyright", "sign in the footer"),
    ("<p>© Harbour</p>", "copyright", "sign with the publisher's name"),
    ("<p>© 2019 Getty Images</p>", "image-credit", "sign before a picture agency's name"),
    ("<footer><p>© Getty Images</p></footer>", "image-credit", "sign before a picture agency's name"),
    ("<p>© Harbour Ledger / Getty Images</p>", "copyright", "sign with the publisher's name"),
    ("<footer><p class=credits>© Mara Stone</p></footer>", "copyright", "sign in the footer"),
    ("<div class=entry><p>© 2019 Mara Stone</p></div>", "copyright", "sign with a year, in the article"),
]


@pytest.mark.parametrize(("body", "kind", "reason"), JUDGED)
def test_a_sign_is_judged_by_its_name_its_year_and_its_place(body, kind, reason):
    notices = [n for n in reading_of(body, head=SITE).notices if n.kind in {"copyright", "image-credit"}]
    assert [(n.kind, n.reason) for n in notices] == [(kind, reason)]


@pytest.mark.parametrize(
    "body",
    [
        "<p>as in section (c) Mara Stone told the court</p>",
        "<p>he sold his copyright Mara Stone says</p>",
    ],
)
def test_a_word_in_a_sentence_or_a_letter_in_brackets_is_no_line(body):
    assert copyrights(body) == []


def test_a_readers_sign_is_the_readers():
    found = of_kind(reading_of("<div class=comments><p>© 2019 Mara Stone</p></div>"), "copyright")
    assert [n.voice for n in found] == ["comment"]


def test_a_footer_too_far_above_a_sign_is_not_seen():
    deep = "<footer>" + "<span>" * 30 + "© Mara Stone" + "</span>" * 30 + "</footer>"
    assert copyrights(deep) == []
    assert copyrights(deep.replace("<span>", "", 12)) == [("© Mara Stone", "Mara Stone", None)]


def test_a_letter_that_grows_in_lower_case_moves_no_line():
    body = "<p>İİİ</p><footer><p>© 2019 Quarry Press</p></footer>"
    assert copyrights(body) == [("© 2019 Quarry Press", "Quarry Press", "2019")]


def test_of_a_word_in_very_many_blocks_the_first_and_the_last_are_read():
    blocks = "".join(f"<p>© 2019 Quarry Works {number}</p>" for number in range(150))
    holders = [holder for _, holder, _ in copyrights(f"<footer>{blocks}</footer>")]
    assert holders == [f"Quarry Works {number}" for number in (*range(60), *range(90, 150))]


BYLINES = [
    ("&lt;b&gt;By Ida Marsh&lt;/b&gt;", ["Ida Marsh"]),
    ("Von Ida Marsh und Tom Reed", ["Ida Marsh", "Tom Reed"]),
    ("Ida Marsh, PhD, Tom Reed", ["Ida Marsh, PhD", "Tom Reed"]),
    ("Ida Marsh, BBC", ["Ida Marsh"]),
    ("Ida Marsh Ida Marsh", ["Ida Marsh"]),
    ("Ida Marsh (Harbour Ledger)", ["Ida Marsh"]),
    ("Ida Marsh (with Tom Reed)", ["Ida Marsh", "Tom Reed"]),
    ("Ida Marsh; ; Tom Reed", ["Ida Marsh", "Tom Reed"]),
    ("Bo Bo", ["Bo Bo"]),
    ("BBC", ["BBC"]),
    ("作者：王石", ["王石"]),
    ("", []),
]


@pytest.mark.parametrize(("byline", "names"), BYLINES)
def test_a_byline_gives_its_names_one_by_one(byline, names):
    assert people(byline) == names


def test_a_date_ends_the_names_of_a_byline_in_running_words():
    assert line_names("By Ida Marsh and the sea | 3 May 2019") == ["Ida Marsh"]


NAMES = [
    ("Ida Marsh", True),
    ("Ida van der Marsh", True),
    ("Reuters", True),
    ("王石", True),
    ("박석", True),
    ("王" * 21, False),
    ("Ida M", True),
    ("Ida 石田", True),
    ("Ida 石", False),
    ("Ida", False),
    ("Åse", False),
    ("ida marsh", False),
    ("Ida marsh", False),
    ("Ida 1", False),
    ("One Two Three Four Five Six", False),
]


@pytest.mark.parametrize(("name", "written"), NAMES)
def test_a_name_in_running_text_has_two_capitals_or_is_known(name, written):
    assert is_written_name(name) is written


@pytest.mark.parametrize(
    "words", ["", "www.rock.example Ida", "ida@rock.example", "a\\b c", "Ida #1", "1 2 3", "x" * 71]
)
def test_addresses_and_signs_are_no_person(words):
    assert not is_person_like(words)


def test_a_job_is_no_name():
    assert is_role("Staff Reporter")
    assert not is_role("Ida Marsh")


@pytest.mark.parametrize(
    ("written", "name"),
    [("Quarry Press.", "Quarry Press"), ("Quarry Inc.", "Quarry Inc."), (" | Quarry – ", "Quarry"), ("J. K.", "J. K.")],
)
def test_a_full_stop_stays_after_an_abbreviation_only(written, name):
    assert trimmed(written) == name
