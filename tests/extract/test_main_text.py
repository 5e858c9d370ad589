# SPDX-License-Identifier: Apache-2.0
"""The main text of a page: its article, in any language, and nothing of what stands around it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract.main_text import main_text
from archiver.extract.markup.document import Document

ENGLISH = (
    "The old harbour crane was lifted off its foundation on Tuesday, after ninety years of loading timber and grain.",
    "It will be painted and put up again beside the museum, where children may turn its wheel on Sundays in summer.",
    "Nobody has said what that costs.",
    "The council votes on the money in May, and two of its members have announced that they will not agree to it.",
)
GERMAN = (
    "Der alte Hafenkran ist am Dienstag von seinem Sockel gehoben worden, nachdem er neunzig Jahre lang Holz verladen hat.",
    "Er wird gestrichen und neben dem Museum wieder aufgestellt, wo Kinder im Sommer sonntags sein Rad drehen dürfen.",
    "Über das Geld stimmt der Rat im Mai ab, und zwei seiner Mitglieder haben schon angekündigt, dagegen zu sein.",
)
RUSSIAN = (
    "Старый портовый кран сняли во вторник с фундамента, после того как он девяносто лет грузил лес и зерно на суда.",
    "Его покрасят и поставят рядом с музеем, где летом по воскресеньям дети смогут вращать его большое колесо.",
    "Совет проголосует о деньгах в мае, и двое из его членов уже объявили, что не согласятся с этим решением.",
)
JAPANESE = (
    "港の古いクレーンは、木材と穀物を九十年にわたって積み込んだのち、火曜日に土台から取り外された。",
    "塗り直して博物館の隣に据え付けられ、夏の日曜日には子どもたちが輪を回せるようになる。",
    "費用については五月に議会で採決が行われるが、二人の議員はすでに反対すると表明している。",
)
CHINESE = (
    "港口的旧起重机在装卸木材和粮食九十年之后，于星期二从基座上被吊起移走了。",
    "它将被重新粉刷，安放在博物馆旁边，夏天的星期日孩子们可以转动它的轮子。",
    "市议会将在五月就这笔经费进行表决，已有两名议员宣布他们不会同意这项提案。",
)
THAI = (
    "ปั้นจั่นเก่าของท่าเรือถูกยกออกจากฐานเมื่อวันอังคารหลังจากที่ใช้ขนไม้และข้าวมาเป็นเวลาเก้าสิบปี",
    "มันจะถูกทาสีใหม่และตั้งไว้ข้างพิพิธภัณฑ์ซึ่งเด็กเด็กจะหมุนล้อของมันได้ในวันอาทิตย์ช่วงฤดูร้อน",
    "สภาจะลงคะแนนเรื่องเงินในเดือนพฤษภาคมและสมาชิกสองคนประกาศแล้วว่าจะไม่เห็นด้วย",
)
ARABIC = (
    "رُفعت رافعة الميناء القديمة عن قاعدتها يوم الثلاثاء بعد تسعين عاماً من تحميل الأخشاب والحبوب على السفن الكبيرة.",
    "وسوف تُطلى من جديد وتوضع بجانب المتحف حيث يستطيع الأطفال أن يديروا عجلتها في أيام الأحد من فصل الصيف.",
    "ويصوّت المجلس على المال في شهر مايو وقد أعلن اثنان من أعضائه أنهما لن يوافقا على ذلك القرار أبداً.",
)
AROUND = (
    '<nav><ul><li><a href="/">Home</a></li><li><a href="/news">A long link to the news of the region and of the whole '
    "country, which changes every day and is no part of this page.</a></li></ul></nav>",
    "<div class='comments'><p>I have always said that this crane was far too large for such a small harbour as ours is.</p>"
    "<p>And I have always said that you would be the first to complain when it was gone, did I not say so?</p></div>"
    "<footer><p>Copyright 2026 The Quay. All rights reserved. No part of this may be reproduced without our permission.</p>"
    "</footer>",
)


def document(markup: str) -> Document:
    return Document(markup.encode(), "utf-8", markup)


def page(paragraphs: tuple[str, ...], *, holder: str = "article") -> str:
    name = holder.split(maxsplit=1)[0]
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    return f"<html><body>{AROUND[0]}<{holder}><h1>The crane</h1>{body}</{name}>{AROUND[1]}</body></html>"


@pytest.mark.parametrize(
    "paragraphs",
    [ENGLISH, GERMAN, RUSSIAN, JAPANESE, CHINESE, THAI, ARABIC],
    ids=["en", "de", "ru", "ja", "zh", "th", "ar"],
)
@pytest.mark.parametrize("holder", ["article", "div", "div class='entry-content'", "td"])
def test_the_article_is_the_main_text_in_any_language(paragraphs: tuple[str, ...], holder: str) -> None:
    markup = page(paragraphs, holder=holder)
    if holder == "td":
        markup = markup.replace("<td>", "<table><tr><td>").replace("</td>", "</td></tr></table>")
    assert main_text(document(markup)) == "\n".join(paragraphs)


def test_a_short_line_between_paragraphs_belongs_to_the_text() -> None:
    assert "Nobody has said what that costs." in main_text(document(page(ENGLISH)))


def test_an_aside_and_a_list_of_other_articles_within_the_article_are_left_out() -> None:
    aside = (
        "<aside><p>More cranes of the region, with pictures and a map of the places where they can be seen.</p></aside>"
    )
    related = (
        "<div class='related'><p>Read next: how the ropewalk was saved, and why it cost three times as much.</p></div>"
    )
    markup = page(ENGLISH).replace(f"<p>{ENGLISH[1]}</p>", f"{aside}<p>{ENGLISH[1]}</p>{related}")
    assert main_text(document(markup)) == "\n".join(ENGLISH)


def test_links_within_a_paragraph_belong_to_it_and_lines_of_links_do_not() -> None:
    linked = ENGLISH[0].replace("harbour crane", "<a href='/crane'>harbour crane</a>")
    line = "<p><a href='/other'>Another crane that was lifted off its foundation in another harbour, some years ago.</a></p>"
    markup = page(ENGLISH).replace(f"<p>{ENGLISH[0]}</p>", f"<p>{linked}</p>{line}")
    assert main_text(document(markup)) == "\n".join(ENGLISH)


def test_a_list_that_ends_the_article_belongs_to_it_and_what_follows_the_article_does_not() -> None:
    ending = "<ul><li>Ropewalk</li><li>Museum</li></ul>"
    markup = page(ENGLISH).replace("</article>", f"{ending}</article><div><p>Weather</p><p>Tides</p></div>")
    assert main_text(document(markup)).splitlines() == [*ENGLISH, "Ropewalk", "Museum"]


def test_a_class_on_the_whole_page_hides_nothing() -> None:
    markup = page(ENGLISH, holder="div").replace("<body>", "<body><div class='page with-sidebar'>")
    assert main_text(document(markup)) == "\n".join(ENGLISH)


def test_comments_longer_than_the_article_are_not_the_article() -> None:
    many = "".join(
        f"<p>Comment {n}: I do not agree at all with what was said above by number {n - 1} of you.</p>"
        for n in range(60)
    )
    markup = page(ENGLISH).replace("<div class='comments'>", f"<div class='comments'>{many}")
    assert main_text(document(markup)) == "\n".join(ENGLISH)


def test_a_text_in_two_columns_is_whole() -> None:
    columns = f"<div><p>{ENGLISH[0]}</p><p>{ENGLISH[1]}</p></div><div><p>{ENGLISH[3]}</p></div>"
    markup = f"<html><body>{AROUND[0]}<div>{columns}</div></body></html>"
    assert main_text(document(markup)).splitlines() == [ENGLISH[0], ENGLISH[1], ENGLISH[3]]


@pytest.mark.parametrize("markup", ["", "<p>", "<html><body></body></html>", "<nav>Home</nav>", "<a href=x>y</a>"])
def test_a_page_without_prose_has_no_more_than_its_short_lines(markup: str) -> None:
    assert main_text(document(markup)) == ""


def test_short_lines_alone_are_the_main_text_of_a_page_that_has_nothing_else() -> None:
    assert main_text(document("<nav>Home</nav><h1>Gone</h1><p>It was here.</p>")) == "Gone\nIt was here."


@given(st.text(alphabet="<>/ap divnavsection=\"' \nxyzé漢。.", max_size=400))
def test_any_markup_has_lines_of_its_own_as_main_text(markup: str) -> None:
    read = document(markup)
    lines = iter(read.lines)
    assert all(line in lines for line in main_text(read).splitlines())  # in order: `in` consumes


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 3000 + f"<p>{ENGLISH[0]}</p>" * 2000,
        "".join(f"<div><p>{ENGLISH[0]}" for _ in range(4000)),
        f"<p>{'<a>x</a>y ' * 50_000}</p>",
        f"<p>{ENGLISH[0]}</p>" * 20_000,
        f"<p>{ENGLISH[0]}</p>" * 5 + "<div>" * 3000 + "<p>short</p>" * 20_000,
    ],
    ids=["deep", "deeper and deeper", "links", "many", "a deep end"],
)
def test_hostile_pages_take_no_longer_than_their_size_says(markup: str) -> None:
    read = document(markup)
    began = time.process_time()
    main_text(read)
    assert time.process_time() - began < 1.0
