# SPDX-License-Identifier: Apache-2.0
"""Licences, permissions and terms: which one is named, where the link to it stands, and whose it is."""

import pytest

from archiver.extract.rights.licenses import is_license_url, is_public_domain_url, spdx_of_url, spdx_of_words
from tests.extract.pages import of_kind, reading_of

CC = "https://creativecommons.org/licenses/by/4.0/"
WALK = "The walkers went along the quay at noon and came back at dusk with nets and lamps. "

URLS = [
    (CC, "CC-BY-4.0"),
    ("//creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
    ("https://creativecommons.org/licenses/by/3.0/deed.fr", "CC-BY-3.0"),
    ("https://creativecommons.org/licenses/by/3.0/de/deed.en", "CC-BY-3.0-DE"),
    ("https://creativecommons.org/licenses/by/3.0/fr/", None),
    ("https://creativecommons.org/licenses/by-sa/2.1/jp/", "CC-BY-SA-2.1-JP"),
    ("https://creativecommons.org/licenses/by-sa/2.1/", None),
    ("https://creativecommons.org/licenses/by/4.0/de/", "CC-BY-4.0"),
    ("https://creativecommons.org/licenses/by/", None),
    ("https://creativecommons.org/licenses/nc/1.0/", None),
    ("https://creativecommons.org/licenses/by/9.0/", None),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
    ("https://creativecommons.org/publicdomain/mark/1.0/", None),
    ("https://creativecommons.org/licenses/publicdomain/", None),
    ("https://web.archive.org/web/2019/https://creativecommons.org/licenses/by-sa/3.0/", "CC-BY-SA-3.0"),
    ("https://www.gnu.org/licenses/fdl-1.3.html", "GFDL-1.3-only"),
    ("http://www.gnu.org/copyleft/fdl.html", None),
    ("https://opensource.org/license/mit", "MIT"),
    ("https://opensource.org/license/mit-0", "MIT-0"),
]


@pytest.mark.parametrize(("url", "spdx"), URLS)
def test_the_address_of_a_licence_names_it_where_the_list_has_it(url, spdx):
    assert is_license_url(url)
    assert spdx_of_url(url) == spdx


@pytest.mark.parametrize(
    "url",
    [
        "https://rock.example/",
        "https://share.example/?u=https://opensource.org/licenses/MIT",
        "https://notunlicense.org/",
    ],
)
def test_an_address_that_only_holds_a_licences_name_is_no_licence(url):
    assert not is_license_url(url)
    assert spdx_of_url(url) is None


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://creativecommons.org/publicdomain/mark/1.0/", True),
        ("http://creativecommons.org/licenses/publicdomain/", True),
        (CC, False),
    ],
)
def test_the_addresses_of_the_public_domain_are_known(url, public):
    assert is_public_domain_url(url) is public


WORDS = [
    ("CC BY-SA 3.0", "CC-BY-SA-3.0"),
    ("cc by nc sa 4.0", "CC-BY-NC-SA-4.0"),
    ("CC–BY–ND 4.0", "CC-BY-ND-4.0"),
    ("CC BY-SA 3.0 DE", "CC-BY-SA-3.0-DE"),
    ("CC BY-SA 3.0 FR", None),
    ("textos bajo CC BY-SA 3.0 de la casa", "CC-BY-SA-3.0"),
    ("CC BY", None),
    ("CC BY 7.0", None),
    ("CC0", "CC0-1.0"),
    ("CC zero", "CC0-1.0"),
    ("CC BY 4.0 and CC BY-SA 4.0", None),
    ("CC BY 4.0, again CC BY 4.0", "CC-BY-4.0"),
    ("Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
    ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0", "CC-BY-NC-ND-4.0"),
    ("Creative Commons Attribution-ShareAlike 3.0 Germany License", "CC-BY-SA-3.0-DE"),
    ("Creative Commons Attribution 3.0 United States License", "CC-BY-3.0-US"),
    ("Creative Commons Attribution 3.0 France", None),
    ("Creative Commons Attribution", None),
    ("Creative Commons Namensnennung-Weitergabe unter gleichen Bedingungen 4.0", "CC-BY-SA-4.0"),
    ("Creative Commons Reconocimiento-NoComercial-CompartirIgual 3.0", "CC-BY-NC-SA-3.0"),
    ("Creative Commons Paternité - Pas d’Utilisation Commerciale 2.0", "CC-BY-NC-2.0"),
    ("Creative Commons", None),
    ("Attribution 4.0", None),
    ("the MIT Licence", "MIT"),
    ("the MIT Licence or the Apache License, Version 2.0", None),
    ("GNU Free Documentation License 1.2", "GFDL-1.2-only"),
]


@pytest.mark.parametrize(("words", "spdx"), WORDS)
def test_words_name_a_licence_only_when_they_name_one_and_its_version(words, spdx):
    assert spdx_of_words(words) == spdx


def licences(body, **page):
    """Words, identifier and address of each licence."""
    return [(n.text, n.license, n.license_url) for n in of_kind(reading_of(body, **page), "license")]


SENTENCES = [
    (
        "<p>© 2019 Quarry Press</p><p>This text is licensed under CC BY 4.0.</p>",
        ("This text is licensed under CC BY 4.0.", "CC-BY-4.0", None),
    ),
    (
        "<footer><p>Poems are licensed under CC BY 4.0, the tales of old in the public domain.</p></footer>",
        ("Poems are licensed under CC BY 4.0, the tales of old in the public domain.", "CC-BY-4.0", None),
    ),
    (
        "<footer><p>This text is licensed under CC BY 4.0. Lamps are lit at dusk.</p></footer>",
        ("This text is licensed under CC BY 4.0.", "CC-BY-4.0", None),
    ),
    (
        "<footer><p>Photos and text are licensed under CC BY 4.0.</p></footer>",
        ("Photos and text are licensed under CC BY 4.0.", "CC-BY-4.0", None),
    ),
    (
        "<footer><p>Code samples are apart. This text is licensed under CC BY 4.0. You may share it.</p></footer>",
        ("Code samples are apart. This text is licensed under CC BY 4.0. You may share it.", "CC-BY-4.0", None),
    ),
    (
        "<footer><p>© 2019 Quarry Press | This text is licensed under CC BY 4.0.</p></footer>",
        ("This text is licensed under CC BY 4.0.", "CC-BY-4.0", None),
    ),
    (
        "<footer><p>© 2019 Quarry Press – this text is licensed under a Creative Commons Attribution 4.0 licence</p></footer>",
        ("this text is licensed under a Creative Commons Attribution 4.0 licence", "CC-BY-4.0", None),
    ),
    (
        f"<article><p>{WALK * 8}This article is published under a Creative Commons BY 4.0 licence.</p></article>",
        ("This article is published under a Creative Commons BY 4.0 licence.", None, None),
    ),
    (
        "<footer><p>The software manual text is licensed under CC BY 4.0.</p></footer>",
        ("The software manual text is licensed under CC BY 4.0.", "CC-BY-4.0", None),
    ),
    (
        '<footer><p>These pages are <a href="/licensing">licensed under</a> the Quarry Licence.</p></footer>',
        ("These pages are licensed under the Quarry Licence.", None, "/licensing"),
    ),
    (
        '<footer><p>These pages are <a href="/imprint#license">licensed under</a> the Quarry Licence.</p></footer>',
        ("These pages are licensed under the Quarry Licence.", None, None),
    ),
    (
        f'<p><a href="{CC}">This text is licensed under CC BY</a></p>',
        ("This text is licensed under CC BY", "CC-BY-4.0", CC),
    ),
    (
        f'<p><span><b>This text is</b> <i>licensed under CC BY</i></span> <a href="{CC}"></a></p>',
        ("This text is licensed under CC BY", "CC-BY-4.0", CC),
    ),
    (
        '<p><a href="/licensing"><img src=x></a><b><i><u><s>This text is licensed under CC BY</s></u></i></b></p>',
        ("This text is licensed under CC BY", None, None),
    ),
]


@pytest.mark.parametrize(("body", "licence"), SENTENCES)
def test_a_licence_sentence_is_read_with_its_link(body, licence):
    assert licences(body) == [licence]


NOT_THE_PAGES = [
    f"<footer><p>This text is licensed under CC BY 4.0{', and stone, and lime' * 50}.</p></footer>",
    "<footer><p>The old song is in the public domain since long.</p></footer>",
    "<footer><p>The old tale is in the public domain since long.</p></footer>",
    f'<article><p>{WALK}It was licensed under <a href="{CC}">these rules</a>.</p></article>',
    f"<article><p>{WALK * 8}The content of that book was put into the public domain.</p></article>",
    f"<article><p>{WALK * 8}The rival paper is published under a Creative Commons licence.</p></article>",
    "<footer><p>Photos are licensed under CC BY 2.0</p></footer>",
    "<footer><p>The software is released under the GPL licence.</p></footer>",
    "<div><p>Our goods are offered under a licence of the town.</p></div>",
    "<footer><p>Our goods are offered under a licence of the town.</p></footer>",
    f'<aside><span>Photo by Mara <a href="{CC}">CC BY</a></span></aside>',
    f'<footer><span>Photo by Mara <a href="{CC}">CC BY</a></span></footer>',
    f'<article class=content><p><a href="{CC}"><img src=b.png></a></p></article>',
    f'<div>Read of <a href="{CC}">the rules</a></div>',
    f'<div>Photo by Mara, text by Ida <a rel=license href="{CC}">CC BY</a></div>',
    f'<div>Map <a rel=license href="{CC}">rules</a></div>',
    f'<div class=comments><a rel=license href="{CC}">rules</a></div>',
    '<a rel=license href="/impressum">Impressum</a>',
    '<a rel=license href="/stones">Stones</a>',
    '<a href="https://www.gnu.org/software/">GNU</a>',
    "<a rel=license>Words</a>",
    '<p>x</p><!-- <license rdf:resource="http://rock.example/licenses/by-nc/2.0/"/> -->',
]


@pytest.mark.parametrize(
    ("body", "voice"),
    [
        ("<div class=comments><p>This text is licensed under CC BY 4.0</p></div>", "comment"),
        ("<blockquote><p>This text is licensed under CC BY 4.0</p></blockquote>", "quoted"),
        ("<div class=comments><p>Our articles may be reproduced freely.</p></div>", "comment"),
        ("<div hidden><p>Our articles may be reproduced freely.</p></div>", "hidden"),
    ],
)
def test_what_another_voice_says_is_found_and_has_no_part_in_the_statement(body, voice):
    reading = reading_of(body)
    assert ([n.voice for n in reading.notices], reading.rights.statement) == ([voice], "none-found")


def test_the_pages_own_badge_is_read_beside_a_quotation_of_the_same_licence():
    quoted = f'<blockquote><p>This text is licensed under <a href="{CC}">CC BY 4.0</a></p></blockquote>'
    reading = reading_of(f'{quoted}<footer><a rel=license href="{CC}"><img src=b.png></a></footer>')
    assert [n.voice for n in of_kind(reading, "license")] == ["quoted", None]
    assert (reading.rights.license, reading.rights.basis) == ("CC-BY-4.0", (1,))


def test_a_page_with_many_comments_tells_of_a_few_of_their_notices():
    comments = "".join(f"<p>© {1980 + number} Mara Stone</p>" for number in range(40))
    assert len(reading_of(f"<div class=comments>{comments}</div>").notices) == 20


@pytest.mark.parametrize("body", NOT_THE_PAGES)
def test_the_licence_of_another_thing_is_not_the_pages(body):
    reading = reading_of(body)
    assert [n for n in reading.notices if n.kind in {"license", "public-domain"}] == []


LINKS = [
    (f'<footer><a rel=license href="{CC}">a</a> <a rel=license href="{CC}">b</a></footer>', "high", "CC-BY-4.0"),
    (f'<div><a href="{CC}"><img src=b.png></a></div>', "medium", "CC-BY-4.0"),
    (f'<aside><a href="{CC}">the rules</a></aside>', "medium", "CC-BY-4.0"),
    (f'<div>All our text, licensed under <b>the</b> <a href="{CC}">creative commons</a></div>', "high", "CC-BY-4.0"),
    ('<a rel=license href="/licensing">Words</a>', "high", None),
    ('<p>x</p><!-- <License rdf:about="http://creativecommons.org/licenses/by/2.5/au/"> -->', "medium", "CC-BY-2.5-AU"),
]


@pytest.mark.parametrize(("body", "confidence", "spdx"), LINKS)
def test_a_licence_link_is_one_notice_as_sure_as_its_place(body, confidence, spdx):
    assert [(n.confidence, n.license) for n in of_kind(reading_of(body), "license")] == [(confidence, spdx)]


@pytest.mark.parametrize(
    "body",
    [
        "<meta itemprop=license content='https://creativecommons.org/publicdomain/mark/1.0/'>",
        '<p>x</p><!-- <license rdf:resource="http://creativecommons.org/publicdomain/zero/1.0/"/> -->',
        '<a rel=license href="http://creativecommons.org/licenses/publicdomain/">free</a>',
        f"<article><p>{WALK * 3}This content is in the public domain.</p></article>",
    ],
)
def test_the_public_domain_is_told_apart_from_a_licence(body):
    reading = reading_of(body)
    assert [n.kind for n in reading.notices] == ["public-domain"]


PERMISSIONS = [
    (
        "<footer><p>For the publication of our pieces in print, please contact https://ledger.example/desk.</p></footer>",
        [("reuse-restriction", "https://ledger.example/desk")],
    ),
    (
        "<footer><p>Our articles may be reproduced; tell desk@ledger.example.</p></footer>",
        [("reuse-grant", "desk@ledger.example")],
    ),
    ("<footer><p>No picture on this site may be copied by hand.</p></footer>", []),
    ("<footer><p>If you believe that we broke your copyright, tell us.</p></footer>", [("takedown-contact", None)]),
    (f"<article><p>{WALK * 10}No stone may be reproduced by hand. Views expressed were mild.</p></article>", []),
    ("<article><p>The boats were not responsible for the wreck.</p></article>", []),
    ("<article><p>The hammer is a registered trademark of the town.</p></article>", []),
    (f"<p>{WALK * 6}To continue reading the sea, he sat down.</p>", []),
]


@pytest.mark.parametrize(("body", "kinds"), PERMISSIONS)
def test_a_sentence_counts_where_the_page_speaks_of_itself(body, kinds):
    assert [(n.kind, n.url) for n in reading_of(body).notices] == kinds


def test_sentences_between_two_disclaimers_belong_to_them():
    words = "Disclaimer: Read on. We are not liable for stones. Stones fall. We are not liable for sand."
    (notice,) = reading_of(f"<footer><p>{words}</p></footer>").notices
    assert (notice.kind, notice.text) == ("disclaimer", words)


def test_what_follows_a_disclaimer_is_not_part_of_it():
    words = "We are not liable for stones that fall on the quay."
    (notice,) = reading_of(f"<footer><p>{words} Lamps are lit at dusk.</p></footer>").notices
    assert (notice.kind, notice.text) == ("disclaimer", words)


def test_a_disclaimer_inside_an_article_is_less_sure():
    words = "Disclaimer: we take what comes."
    levels = [reading_of(f"<{place}><p>{words}</p></{place}>").notices[0].confidence for place in ("footer", "article")]
    assert levels == ["high", "medium"]


def test_a_fair_use_notice_ends_where_another_begins():
    parts = [
        ("disclaimer", "Disclaimer: we take what comes."),
        ("fair-use", "We believe this is fair use of copyrighted material on this page under section 107."),
        (
            "reuse-restriction",
            "For publication of these pieces in print or commercial form, contact desk@ledger.example.",
        ),
    ]
    body = " ".join(words for _, words in parts)
    assert [(n.kind, n.text) for n in reading_of(f"<div><p>{body}</p></div>").notices] == parts


def test_words_around_a_fair_use_sentence_are_part_of_its_notice():
    words = "Fair use notice. This page holds copyrighted material. We ask nobody. We believe this is fair use under section 107."
    words += " If you wish to use such works for purposes of your own, ask their owners."
    (notice,) = of_kind(reading_of(f"<div><p>{words}</p></div>"), "fair-use")
    assert notice.text == words


TERMS = [
    ('<a href="/terms">Terms</a> <a href="/terms#a">Terms of Use</a>', [("terms-link", "Terms")]),
    ('<a href="/dmca">DMCA</a>', [("takedown-contact", "DMCA")]),
    ('<a href="/terms"></a>', []),
    ('<a href="/terms">Stones</a>', []),
    (f'<a href="/terms">{"Terms of use " * 6}</a>', []),
    ('<a href="mailto:terms@rock.example">Terms of Use</a>', []),
]


@pytest.mark.parametrize(("body", "found"), TERMS)
def test_a_terms_link_is_known_by_its_words_and_its_address(body, found):
    assert [(n.kind, n.text) for n in reading_of(body).notices] == found


def test_no_more_than_twelve_terms_links_are_kept():
    body = "".join(f'<a href="/terms/{number}">Terms {number}</a> ' for number in range(20))
    assert [n.text for n in of_kind(reading_of(body), "terms-link")] == [f"Terms {number}" for number in range(12)]


def json_ld(thing):
    return f'<script type="application/ld+json">{thing}</script>'


MACHINES = [
    ('<link rel=copyright href="/legal">', ("terms-link", "/legal", None)),
    ('<meta name=rights content="CC BY 4.0">', ("license", "CC BY 4.0", None)),
    ('<meta name=rights content="https://rock.example/legal">', ("terms-link", "https://rock.example/legal", None)),
    ('<meta name=license content="MIT License">', ("license", "MIT License", None)),
    ('<meta name=copyright content="2001-2019 Rock, all rights reserved">', ("copyright", None, "Rock")),
    ('<meta name=copyright content="2019">', ("copyright", "2019", None)),
    ('<meta name=copyright content="12 34">', ("copyright", "12 34", None)),
    (
        '<meta name=rights content="http://creativecommons.org/publicdomain/mark/1.0/">',
        ("public-domain", "http://creativecommons.org/publicdomain/mark/1.0/", None),
    ),
    (
        '<meta name=copyright content="Rock Works"><meta name=rights content="Rock Works">',
        ("copyright", None, "Rock Works"),
    ),
    (json_ld('{"@type":"NewsArticle","copyrightNotice":"© 2019 Rock Works"}'), ("copyright", None, "Rock Works")),
    (json_ld('{"@type":"NewsArticle","copyrightHolder":"Rock","copyrightYear":"soon"}'), ("copyright", "Rock", "Rock")),
    (json_ld(f'{{"@type":"NewsArticle","copyrightNotice":"{CC}"}}'), ("license", CC, None)),
    (json_ld('{"@type":"NewsArticle","conditionsOfAccess":"Members"}'), ("access-condition", "Members", None)),
    (json_ld('{"@type":"WebPage","isAccessibleForFree":"False"}'), ("access-condition", "False", None)),
    (json_ld('{"@type":"WebPage","isAccessibleForFree":false}'), ("access-condition", "false", None)),
    (json_ld('{"@type":"NewsArticle","acquireLicensePage":"/buy"}'), ("terms-link", "/buy", None)),
    ('<meta name="content-usage" content="train-ai=maybe">', ("ai-preference", "train-ai=maybe", None)),
    ('<meta name="robots" content="archive">', ("archiving-preference", "archive", None)),
]


@pytest.mark.parametrize(("head", "found"), MACHINES)
def test_each_statement_made_for_machines_is_one_notice(head, found):
    kind, text, holder = found
    (notice,) = reading_of("<p>x</p>", head=head).notices
    assert (notice.kind, notice.holder) == (kind, holder)
    assert text is None or notice.text == text


def test_no_more_than_twenty_rights_metas_are_read():
    head = "".join(f'<meta name=rights content="Rock {chr(65 + number)}">' for number in range(25))
    assert len(reading_of("<p>x</p>", head=head).notices) == 20


@pytest.mark.parametrize(
    "head",
    [
        '<link rel=next href="/2">',
        '<link rel="terms-of-service" href="mailto:x@rock.example">',
        '<meta name=copyright content="">',
        '<meta name=tdm-reservation content="2">',
        '<meta name=tdm-policy content="mailto:x@rock.example">',
        json_ld('{"@type":"Thing","isAccessibleForFree":false}'),
        json_ld('{"@type":"NewsArticle","isAccessibleForFree":true}'),
        json_ld('{"@type":"NewsArticle","usageInfo":"mailto:x@rock.example"}'),
    ],
)
def test_a_statement_without_meaning_is_none(head):
    assert reading_of("<p>x</p>", head=head).notices == ()


FIELDS = [
    (("Link", '</t>; rel="terms-of-service"'), [("terms-link", "https://www.harbourledger.example/t", ())]),
    (("Link", '<mailto:x@rock.example>; rel="copyright"'), []),
    (("X-Robots-Tag", "otherbot: nosnippet, noarchive"), [("archiving-preference", None, ("otherbot",))]),
    (("X-Robots-Tag", "unavailable_after: 25 Jun 2010, noarchive"), [("archiving-preference", None, ())]),
    (("tdm-reservation", "yes"), []),
    (("tdm-policy", ""), []),
    (("Content-Signal", "nothing"), []),
    (("Server", "noai"), []),
]


@pytest.mark.parametrize(("field", "found"), FIELDS)
def test_a_header_field_says_what_its_grammar_allows(field, found):
    assert [(n.kind, n.url, n.agents) for n in reading_of("<p>x</p>", headers=[field]).notices] == found
