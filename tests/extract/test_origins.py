# SPDX-License-Identifier: Apache-2.0
"""Where a text is from, in the words of many languages; beside each way of saying it, sentences that say something else."""

import pytest

from manifests.ranges import read_ranges
from tests.extract.pages import URL, page_of, reading_of

OWN = '<meta property="og:site_name" content="Harbour Ledger">'
OTHER = "https://tidewatch.example/2019/tide"
WALK = "The walkers went along the quay at noon and came back at dusk with nets and lamps, as they did each night."
ORIGINS = [
    ("en", "Originally published by Tide Watch", "Tide Watch"),
    ("en", "This essay was first published at tidewatch.example and is used here with thanks.", "tidewatch.example"),
    ("en", "Republished with permission from Tide Watch.", "Tide Watch"),
    ("en", "(This story was originally published in The Tide Watch on 3 May 2019.)", "The Tide Watch"),
    ("en", "Reprinted from Tide Watch under a Creative Commons licence.", "Tide Watch"),
    ("en", "This article appears here with the kind permission of Tide Watch.", "Tide Watch"),
    ("en", "Editor’s note: This piece first ran in Tide Watch.", "Tide Watch"),
    ("en", "Cross-posted from Tide Watch", "Tide Watch"),
    ("en", "A version of this story originally appeared in Tide Watch.", "Tide Watch"),
    ("en", "Story provided by Tide Watch", "Tide Watch"),
    ("de", "Dieser Artikel erschien zuerst bei Gezeiten Blatt.", "Gezeiten Blatt"),
    ("de", "Der Beitrag ist ursprünglich im Magazin Gezeiten Blatt erschienen.", "Gezeiten Blatt"),
    ("de", "Mit freundlicher Genehmigung von Gezeiten Blatt", "Gezeiten Blatt"),
    ("de", "Quelle: Gezeiten Blatt", "Gezeiten Blatt"),
    ("fr", "Cet article a été publié initialement sur Le Quai.", "Le Quai"),
    ("fr", "Article republié à partir de Le Quai sous licence libre.", "Le Quai"),
    ("fr", "Avec l’aimable autorisation de Quai Nord", "Quai Nord"),
    ("es", "Este artículo fue publicado originalmente en El Muelle.", "El Muelle"),
    ("es", "Este texto se publicó por primera vez en El Muelle.", "El Muelle"),
    ("es", "Fuente: El Muelle", "El Muelle"),
    ("pt", "Este artigo foi publicado originalmente no Cais Novo.", "Cais Novo"),
    ("pt", "Texto publicado originalmente em Cais Novo", "Cais Novo"),
    ("pt", "Fonte: Cais Novo", "Cais Novo"),
    ("it", "Questo articolo è stato pubblicato originariamente su Molo Vecchio.", "Molo Vecchio"),
    ("it", "Per gentile concessione di Molo Vecchio", "Molo Vecchio"),
    ("nl", "Dit artikel verscheen eerder op Kade Nieuws.", "Kade Nieuws"),
    ("nl", "Dit stuk is oorspronkelijk gepubliceerd op Kade Nieuws.", "Kade Nieuws"),
    ("nl", "Bron: Kade Nieuws", "Kade Nieuws"),
    ("sv", "Artikeln publicerades ursprungligen i Kajbladet.", "Kajbladet"),
    ("da", "Artiklen er oprindeligt bragt i Kajbladet.", "Kajbladet"),
    ("pl", "Artykuł pierwotnie opublikowany w serwisie Nabrzeże.", "Nabrzeże"),
    ("pl", "Źródło: Nabrzeże", "Nabrzeże"),
    ("cs", "Článek původně vyšel na webu Nábřeží.", "Nábřeží"),
    ("ru", "Статья впервые опубликована в журнале Прилив.", "Прилив"),
    ("ru", "Источник: Портовый вестник", "Портовый вестник"),
    ("ru", "Перепечатано с сайта Прилив", "Прилив"),
    ("uk", "Матеріал вперше опубліковано на сайті Приплив.", "Приплив"),
    ("uk", "Джерело: Приплив", "Приплив"),
    ("el", "Πηγή: Παλίρροια", "Παλίρροια"),
    ("el", "Αναδημοσίευση από την Παλίρροια", "Παλίρροια"),
    ("tr", "Kaynak: Rıhtım Haber", "Rıhtım Haber"),
    ("tr", "Bu yazı ilk olarak Rıhtım Haber’de yayımlanmıştır.", "Rıhtım Haber"),
    ("id", "Sumber: Dermaga Pos", "Dermaga Pos"),
    ("id", "Artikel ini pertama kali diterbitkan di Dermaga Pos", "Dermaga Pos"),
    ("vi", "Nguồn: Bến Cảng", "Bến Cảng"),
    ("hu", "Forrás: Rakpart", "Rakpart"),
    ("ro", "Sursa: Cheiul Nou", "Cheiul Nou"),
    ("zh", "2019-05-03 09:12 来源：潮汐日报", "潮汐日报"),
    ("zh", "本文转载自微信公众号“潮汐观察”，作者周一。", "潮汐观察"),
    ("zh", "（原载《潮汐月刊》）", "潮汐月刊"),
    ("zh", "文章來源：潮汐日報", "潮汐日報"),
    ("ja", "転載元：潮新聞", "潮新聞"),
    ("ja", "この記事は「潮新聞」に掲載されたものです。", "潮新聞"),
    ("ja", "本記事は潮新聞からの転載です。", "潮新聞"),
    ("ko", "출처: 조수신문", "조수신문"),
    ("ar", "المصدر: صحيفة المد", "صحيفة المد"),
    ("ar", "نشر هذا المقال لأول مرة في موقع المد", "المد"),
    ("fa", "منبع: موج نیوز", "موج نیوز"),
    ("he", "מקור: עיתון הגאות", "עיתון הגאות"),
    ("hi", "साभार: ज्वार समाचार", "ज्वार समाचार"),
    ("th", "ที่มา: ข่าวท่าเรือ", "ข่าวท่าเรือ"),
]
TRAPS = [
    ("en", "Originally published on The Harbour Ledger."),
    ("en", "This story was originally published on harbourledger.example."),
    ("en", "First published on 3 May 2019 at 10:15"),
    ("en", "Her first poem was originally published in Tide Watch when she was nine."),
    ("en", "The novel, first published by Quay Press in 1931, is out again."),
    ("en", "This post was reprinted on Tide Watch and in two textbooks."),
    ("en", "Also published on Tide Watch."),
    ("en", "Cross-posted to Tide Watch and Quay Notes."),
    ("en", "This article was originally published in print in our summer issue."),
    ("en", "This article was originally published in German."),
    ("en", "Photo courtesy of Tide Watch, reprinted below."),
    ("en", "Source: Getty Images"),
    ("en", "Source: own calculations"),
    ("en", "Source: Tide Watch, Harbour Ledger"),
    ("en", "You may republish this story if you say that it originally appeared on Harbour Ledger."),
    ("en", "The report was first published in January."),
    ("de", "Das Buch erschien zuerst 1931 in Leipzig bei Kai Verlag und wurde oft gelesen."),
    ("de", "Dieser Artikel erschien zuerst am 3. Mai 2019."),
    ("de", "Ursprünglich veröffentlicht auf Harbour Ledger"),
    ("de", "Dieser Text erschien zuerst im Harbour Ledger."),
    ("fr", "Son premier roman, publié initialement chez Quai Nord, fut traduit en dix langues."),
    ("fr", "Cet article a été publié initialement le 3 mai 2019."),
    ("es", "Su primera novela fue publicada originalmente en Lima."),
    ("es", "Este artículo fue publicado originalmente en inglés."),
    ("es", "Fuente: agencias"),
    ("pt", "O romance foi publicado originalmente em 1931."),
    ("it", "Il libro, pubblicato originariamente in inglese, esce ora."),
    ("nl", "Het boek verscheen eerder in Leiden en werd goed verkocht."),
    ("ru", "Роман впервые опубликован в Париже."),
    ("ru", "Источник: редакция"),
    ("ru", "Статья впервые опубликована в 2019 году."),
    ("uk", "Вперше опубліковано у 2019 році"),
    ("pl", "Powieść pierwotnie opublikowana w Krakowie zdobyła nagrodę."),
    ("zh", "来源：本站原创"),
    ("zh", "图片来源：潮汐日报"),
    ("zh", "来源：网络"),
    ("zh", "数据来源：国家统计局"),
    ("ja", "画像出典：潮新聞"),
    ("ja", "無断転載を禁じます"),
    ("ja", "転載はご遠慮ください。潮新聞に掲載の写真は別です。"),
    ("ko", "무단 전재 및 재배포 금지"),
    ("ar", "جميع الحقوق محفوظة. المصدر مفتوح للجميع."),
    ("tr", "Kaynak göstermeden kullanılamaz."),
    ("id", "Dilarang mengutip tanpa menyebut sumber."),
    ("vi", "Ghi rõ nguồn khi phát hành lại thông tin."),
    ("sv", "Källa på begäran: ring redaktionen."),
]
SLUGS = [
    (f"<p>PARIS (AFP) - {WALK}</p>", "AFP"),
    (f"<p>WASHINGTON, May 3 (Reuters) – {WALK}</p>", "Reuters"),
    (f"<p>Berlin (dpa) - {WALK}</p>", "dpa"),
    (f"<p>Madrid, 3 may (EFE).- {WALK}</p>", "EFE"),
    (f"<p>ROMA (ITALPRESS) – {WALK}</p>", "ITALPRESS"),
    (f"<p>(ANSA) - ROMA, 12 MAR - {WALK}</p>", "ANSA"),
    (
        "<p>新华社北京5月3日电（记者周一）潮水每天夜里都会涨到码头，行人提着灯回家，渔网也晒干了，孩子们在岸边玩耍。</p>",
        "新华社",
    ),
    (
        "<p>[東京 12日 ロイター] - 港では夜になると人々がランプを持って帰ってくる。網は乾き、子どもたちは岸で遊ぶ。</p>",
        "ロイター",
    ),
    (
        "<p>(부산=연합뉴스) 김하나 기자 = 밤마다 사람들이 등불을 들고 부두로 돌아온다. 그물은 마르고 아이들은 논다.</p>",
        "연합뉴스",
    ),
    (
        "<p>МОСКВА, 5 марта. /ТАСС/. Каждую ночь вода поднимается до причала, и люди возвращаются домой с"
        " фонарями и сетями.</p>",
        "ТАСС",
    ),
    (
        "<p>Москва, 5 мар – РИА Новости. Каждую ночь вода поднимается до причала, и люди возвращаются дом"
        "ой с фонарями.</p>",
        "РИА Новости",
    ),
    (f"<p>LONDON, May 3, 2019 /PRNewswire/ -- {WALK}</p>", "PR Newswire"),
    (f"<p>AUSTIN, Texas--(BUSINESS WIRE)--{WALK}</p>", "Business Wire"),
    (f"<p>By Ida Marsh, Associated Press</p><p>{WALK}</p>", "Associated Press"),
    (f"<p>{WALK} (PAP)</p>", "PAP"),
    ("<p>港では夜になると人々がランプを持って帰ってくる。網は乾き、子どもたちは岸で遊ぶ。（共同）</p>", "共同通信"),
    (f"<p>LISBOA, 3 mai 2019 (Lusa) - {WALK}</p>", "Lusa"),
    (f"<p>NEW YORK (AP) — {WALK}</p>", "Associated Press"),
]

NO_SLUGS = [
    f"<p>The American Psychological Association (APA) said that {WALK}</p>",
    f"<p>Harbour Council (TT) met again. {WALK}</p>",
    f"<p>{WALK} They asked the Press Union of Porto (PUP)</p>",
    f"<p>{WALK} She wrote for the Quay Art Prize (QAP)</p>",
    "<p>A study by the Austrian Psychiatric Association (APA)</p>",
    f"<p>{WALK} It is the work of the Austrian Psychiatric Association (APA)</p>",
    f"<p>Photo by Ida Marsh, Associated Press</p><p>{WALK}</p>",
    f"<p>{WALK} (laughter)</p>",
    f"<figure><figcaption>{WALK} (Reuters)</figcaption></figure>",
    "<p>新华社是一个通讯社，本文讲述它的历史，潮水每天夜里都会涨到码头，行人提着灯回家。</p>",
    f"<p>By Ida Marsh, Harbour Ledger</p><p>{WALK}</p>",
    f"<p>As Reuters reported on Monday, {WALK}</p>",
    f"<p>He told ТАСС that {WALK}</p>",
]


def article(line):
    return f"<article><h1>Tide</h1><p>{WALK}</p><p>{line}</p></article>"


@pytest.mark.parametrize(("language", "line", "name"), ORIGINS)
def test_a_line_that_says_where_the_text_is_from_names_the_original(language, line, name):
    reprint = reading_of(article(line), head=OWN).reprint
    assert (reprint.original.name, reprint.basis in {"attribution-line", "source-link"}) == (name, True)
    ranges = reprint.evidence.place.ranges
    assert read_ranges(page_of(article(line), head=OWN), ranges, "utf-8") == reprint.evidence.text


@pytest.mark.parametrize(("language", "line"), TRAPS)
def test_a_line_about_another_text_or_the_page_s_own_site_makes_no_reprint(language, line):
    assert reading_of(article(line), head=OWN).reprint is None


@pytest.mark.parametrize(("body", "name"), SLUGS)
def test_the_slug_of_an_agency_is_read_in_its_many_shapes(body, name):
    reprint = reading_of(body, head=OWN).reprint
    assert (reprint.basis, reprint.original.name) == ("wire-byline", name)


@pytest.mark.parametrize("body", NO_SLUGS)
def test_letters_in_brackets_that_are_no_slug_make_no_reprint(body):
    assert reading_of(body, head=OWN).reprint is None


LOGOS = [
    (f'<p>Originally published by:</p><a href="{OTHER}"><img src="/l.png" alt="Tide Watch logo"></a>', OTHER),
    (f'<div><p>Republished from:</p> <a href="{OTHER}">Tide Watch</a></div>', OTHER),
    ('<div><span>This story was originally published by</span><img src="/l.png" alt="Tide Watch"></div>', None),
]


@pytest.mark.parametrize(("body", "url"), LOGOS)
def test_a_logo_or_link_after_an_open_line_names_the_original(body, url):
    reprint = reading_of(f"<p>{WALK}</p>{body}", head=OWN).reprint
    assert (reprint.original.name, reprint.original.url) == ("Tide Watch", url)


@pytest.mark.parametrize(
    "body",
    [
        '<p>Originally published by:</p><img src="/l.png" alt="Harbour Ledger logo">',
        '<p>Originally published by:</p><img src="/l.png" alt="">',
        '<p>This story was originally published on <a href="/">The Ledger</a>.</p>',
        f'<textarea>This story first appeared in <a href="{OTHER}">Tide Watch</a>.</textarea>',
        f'<template><p>Republished from <a href="{OTHER}">Tide Watch</a>.</p></template>',
        f'<section><h3><a href="/other">Nets</a></h3><p>{WALK}</p><span>Source: Tide Watch</span></section>',
        "".join(f"<p>Source: Tide Survey {number}</p>" for number in "ABCDE"),
    ],
)
def test_what_is_of_this_site_or_of_another_story_makes_no_reprint(body):
    assert reading_of(f"<h1>Tide</h1><p>{WALK}</p>{body}", head=OWN).reprint is None


def ld(words):
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Tide", {words}}}</script>'


POINTERS = [
    (ld('"sourceOrganization": {"@type": "Organization", "name": "Tide Watch"}'), "wire-byline", "Tide Watch", None),
    (f'<meta name="DC.source" content="{OTHER}">', "original-source", None, OTHER),
    ('<meta name="ContentSource" content="潮汐日报">', "original-source", "潮汐日报", None),
]


@pytest.mark.parametrize(("head", "basis", "name", "url"), POINTERS)
def test_what_machines_are_told_of_the_source_names_the_original(head, basis, name, url):
    reprint = reading_of(f"<p>{WALK}</p>", head=OWN + head).reprint
    assert (reprint.basis, reprint.original.name, reprint.original.url) == (basis, name, url)


@pytest.mark.parametrize(
    ("head", "url"),
    [
        (ld('"sourceOrganization": {"name": "Harbour Ledger"}'), URL),
        ('<meta name="DC.source" content="Tide Quarterly 3 (2019)">', URL),
        ('<meta name="ContentSource" content="本站原创">', URL),
        ('<link rel="canonical" href="https://www.harbourledger.test/tide">', URL),
        ('<link rel="canonical" href="https://theharbourledger.test/tide">', URL),
        (
            f'<link rel="canonical" href="{OTHER}">',
            "https://tidewatch-example.cdn.ampproject.org/c/s/tidewatch.example/2019/tide",
        ),
    ],
)
def test_a_pointer_to_the_same_outlet_makes_no_reprint(head, url):
    assert reading_of(f"<p>{WALK}</p>", head=OWN + head, url=url).reprint is None
