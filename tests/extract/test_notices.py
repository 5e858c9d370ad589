# SPDX-License-Identifier: Apache-2.0
"""Each kind of notice in the visible text, by table: what is recognised, and what only looks like it."""

import pytest

from tests.extract.pages import of_kind, reading_of

LINES = [
    ("© 2004-2019 Quarry Press", "Quarry Press", "2004-2019"),
    ("Copyright © 2018 by Quarry Press, Inc. All rights reserved.", "Quarry Press, Inc.", "2018"),
    ("Copyright 2017 Quarry Press | Todos los derechos reservados", "Quarry Press", "2017"),
    ("1999 – 2021 © Lomová, a.s.", "Lomová, a.s.", "1999-2021"),
    ("© Ida Marsh 2016-2020", "Ida Marsh", "2016-2020"),
    ("Quarry Press © 2022", "Quarry Press", "2022"),
    ("Quarry Daily © All rights reserved", "Quarry Daily", None),
    ("The Quarry Times LTD. All rights reserved.", "The Quarry Times LTD", None),
    ("Tous droits réservés - Les Carrières 2024", "Les Carrières", "2024"),
    ("© 2000-2026, Каменоломня. Все права защищены.", "Каменоломня", "2000-2026"),
    ("采石网版权所有", "采石网", None),
    ("版权所有：采石网", "采石网", None),
    ("采 石 网 版 权 所 有", "采石网", None),
    ('جميع الحقوق © محفوظة لـ "دار المحجر"', "دار المحجر", None),
    ("Copyright ⓒ Quarry.example. All right reserved.", "Quarry.example", None),
    ("© 2008-2020 Creative Commons BY", None, "2008-2020"),
    ("© 2016", None, "2016"),
    ("site design / logo © 2020 Quarry Exchange Inc", "Quarry Exchange Inc", "2020"),
]


@pytest.mark.parametrize(("line", "holder", "years"), LINES)
def test_a_copyright_line_is_read_whole_with_holder_and_years(line, holder, years):
    (notice,) = of_kind(reading_of(f"<p>Some words of the page.</p><footer><p>{line}</p></footer>"), "copyright")
    assert (notice.text, notice.holder, notice.years) == (line, holder, years)


@pytest.mark.parametrize(
    "body",
    [
        "<figure><img src=a><figcaption>© Mara Stone</figcaption></figure>",
        "<p>The view from the cliff. Photo: © Mara Stone</p>",
        "<span class=credit>© Getty Images</span>",
        "<div class=caption>© 2019 Shutterstock</div>",
    ],
)
def test_a_picture_credit_is_no_copyright_line(body):
    reading = reading_of(body)
    assert of_kind(reading, "copyright") == []
    assert len(of_kind(reading, "image-credit")) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "The copyright law of the island was changed last spring, and copyright holders were glad.",
        "They listed three points: (a) salt, (b) rope, (c) lamp oil.",
        "A Copyright Policy was adopted by the town.",
    ],
)
def test_prose_about_copyright_is_no_copyright_line(sentence):
    assert of_kind(reading_of(f"<article><p>{sentence}</p></article>"), "copyright") == []


GRANTS = [
    "We grant permission to republish these articles on community sites.",
    "This article may be reproduced in whole for non-commercial ends if its source is named.",
    "Der Nachdruck dieser Beiträge ist unter Angabe der Quelle gestattet.",
    "La reproduction de cet article est autorisée avec mention de la source.",
    "Se permite la reproducción de los artículos citando la fuente.",
    "Использование материалов сайта разрешено при наличии ссылки на источник.",
    "本站文章欢迎转载",
]


@pytest.mark.parametrize("sentence", GRANTS)
def test_a_permission_is_a_grant(sentence):
    reading = reading_of(f"<div class=footer><p>{sentence}</p></div>")
    assert [notice.text for notice in of_kind(reading, "reuse-grant")] == [sentence]
    assert reading.rights.statement == "reuse-grant"


RESTRICTIONS = [
    "No part of this site may be reproduced without our written permission.",
    "No reproduction or republication without written permission.",
    "The material on this site may not be copied or distributed.",
    "Nachdruck und Weiterverbreitung, auch auszugsweise, nur mit Genehmigung.",
    "Toute reproduction interdite sans l'autorisation de la rédaction.",
    "Prohibida la reproducción total o parcial de los contenidos.",
    "Копирование материалов сайта запрещено.",
    "記事の無断転載を禁じます。",
    "未经本网授权，不得转载。",
    "무단 전재 및 재배포 금지",
    "È vietata la riproduzione dei contenuti.",
    "Kopiering är förbjuden utan skriftligt tillstånd.",
    "Απαγορεύεται η αναδημοσίευση χωρίς άδεια.",
]


@pytest.mark.parametrize("sentence", RESTRICTIONS)
def test_a_prohibition_is_a_restriction_and_no_grant(sentence):
    reading = reading_of(f"<div class=footer><p>{sentence}</p></div>")
    assert [notice.text for notice in of_kind(reading, "reuse-restriction")] == [sentence]
    assert of_kind(reading, "reuse-grant") == []


MACHINES = [
    ("Use of this site for text and data mining is not permitted.", "disallow", "text-mining", None),
    ("Our articles may not be used for training AI models.", "disallow", "train-ai", None),
    ("Text and data mining of this site is permitted.", "allow", "text-mining", None),
    ("Die Nutzung unserer Inhalte für Text und Data Mining nach § 44b UrhG ist vorbehalten.", "disallow", "text-mining",
     "§ 44b UrhG"),
    ("L'entraînement de modèles d'intelligence artificielle sur nos contenus est interdit.", "disallow", "train-ai", None),
    ("AI 학습 및 활용 금지", "disallow", "train-ai", None),
    ("記事の生成AIへの学習利用を禁じます。", "disallow", "train-ai", None),
    ("Запрещается использование текстов сайта для обучения нейросетей.", "disallow", "train-ai", None),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "value", "usage", "statute"), MACHINES)
def test_a_sentence_about_machines_is_a_preference_with_its_value(sentence, value, usage, statute):
    (notice,) = reading_of(f"<div class=footer><p>{sentence}</p></div>").notices
    assert (notice.kind, notice.text) == ("ai-preference", sentence)
    assert (notice.value, notice.usage, notice.statute) == (value, usage, statute)


def test_the_page_of_a_story_about_models_states_no_preference():
    story = "The court said that training AI models on novels without permission is prohibited, and the maker appealed."
    assert reading_of(f"<article><p>{story}</p></article>").notices == ()


FAIR_USE = [
    (
        "This site holds copyrighted material whose owners did not always agree. We believe this is a fair use under "
        "section 107 of the US Copyright Law.",
        "fair-use",
        "17 U.S.C. § 107",
    ),
    (
        'Copyright Disclaimer: under Title 17 U.S.C. Section 107, allowance is made for "fair use" such as teaching.',
        "fair-use",
        "17 U.S.C. § 107",
    ),
    (
        "This page may contain copyrighted works. We believe that this constitutes fair dealing under section 29 of the "
        "Copyright Act, for private study.",
        "fair-dealing",
        "Copyright Act (Canada), s. 29",
    ),
    ("Diese Seite verwendet Ausschnitte im Rahmen des Zitatrechts, § 51 UrhG.", "quotation", "§ 51 UrhG"),
]


@pytest.mark.parametrize(("paragraph", "doctrine", "statute"), FAIR_USE)
def test_a_fair_use_paragraph_is_one_notice(paragraph, doctrine, statute):
    (notice,) = of_kind(reading_of(f"<div><p>{paragraph}</p></div>"), "fair-use")
    assert (notice.text, notice.doctrine, notice.statute) == (paragraph, doctrine, statute)


def test_a_bandwidth_policy_is_no_fair_use_notice():
    body = "<p>This plan is subject to our fair use policy: speed drops beyond 50 GB a month.</p>"
    assert of_kind(reading_of(body), "fair-use") == []


LICENSES = [
    ("This work is licensed under a Creative Commons Attribution 4.0 International License.", "CC-BY-4.0"),
    ("Text on this site is available under CC BY-SA 3.0 unless otherwise noted.", "CC-BY-SA-3.0"),
    ("Diese Arbeit ist unter der CC BY SA 4.0 Lizenz lizenziert.", "CC-BY-SA-4.0"),
    ("Community content is available under CC-BY-SA unless otherwise noted.", None),
]


@pytest.mark.parametrize(("sentence", "spdx"), LICENSES)
def test_a_licence_sentence_names_its_licence(sentence, spdx):
    reading = reading_of(f"<footer><p>{sentence}</p></footer>")
    (notice,) = of_kind(reading, "license")
    assert (notice.text, notice.license) == (sentence, spdx)
    assert (reading.rights.statement, reading.rights.license) == ("license", spdx)


def test_a_licence_link_gives_the_url_as_written():
    href = "http://creativecommons.org/licenses/by-nc/3.0/deed.en"
    reading = reading_of(f'<footer><a rel="license" href="{href}"><img src="badge.png"></a></footer>')
    (notice,) = of_kind(reading, "license")
    assert (notice.license_url, notice.license) == (href, "CC-BY-NC-3.0")


def test_the_licence_of_a_picture_is_not_the_pages():
    link = '<a href="https://creativecommons.org/licenses/by/2.0/">CC BY 2.0</a>'
    reading = reading_of(
        f"<article><figure><img src=a><figcaption>Photo by Mara Stone, {link}</figcaption></figure></article>"
    )
    assert of_kind(reading, "license") == []


def test_a_public_domain_statement_is_read():
    reading = reading_of("<footer><p>Unless marked, this content is in the public domain.</p></footer>")
    assert len(of_kind(reading, "public-domain")) == 1
    assert reading.rights.statement == "public-domain"


OTHERS = [
    ("trademark", "Quarry and its hammer are registered trademarks of Quarry Press."),
    ("takedown-contact", "Send a DMCA notice to our agent at agent@quarry.example."),
    ("disclaimer", "Disclaimer: we take what comes."),
    ("disclaimer", "The views expressed here are those of the author alone."),
    ("access-condition", "This story is for subscribers only."),
]


@pytest.mark.parametrize(("kind", "sentence"), OTHERS)
def test_other_kinds_are_recognised(kind, sentence):
    assert [n.text for n in of_kind(reading_of(f"<footer><p>{sentence}</p></footer>"), kind)] == [sentence]


def test_a_link_to_the_terms_is_a_notice_with_its_address():
    (notice,) = of_kind(reading_of('<footer><a href="/terms">Terms of Use</a></footer>'), "terms-link")
    assert (notice.text, notice.url) == ("Terms of Use", "https://www.harbourledger.example/terms")
