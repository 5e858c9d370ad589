# SPDX-License-Identifier: Apache-2.0
"""A page that holds every kind of claim at once, and what must come out of it."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from archiver.extract import EXTRACTOR, read
from manifests.ranges import read_ranges
from tests.extract.pages import NEWSROOM, URL, evidence_of, of_kind, reading_of


@pytest.fixture(scope="module")
def newsroom():
    return read(NEWSROOM.encode(), url=URL, content_type="text/html; charset=utf-8")


def test_the_extractor_says_its_name_and_version():
    assert (EXTRACTOR.name, EXTRACTOR.version) == ("colophon-extract", "0.2")


def test_title_language_publisher_and_canonical_url_are_read(newsroom):
    assert newsroom.title.value == "Lamps along the northern quay | Harbour Ledger"
    assert newsroom.language.value == "en-GB"
    assert newsroom.publisher.name == "Harbour Ledger"
    assert newsroom.canonical_url.value == URL
    assert (newsroom.charset, newsroom.mime_detected) == ("utf-8", "text/html")


def test_one_paragraph_yields_a_disclaimer_a_grant_and_a_restriction(newsroom):
    (disclaimer,), (grant,), (restriction,) = (
        of_kind(newsroom, kind) for kind in ("disclaimer", "reuse-grant", "reuse-restriction")
    )
    assert disclaimer.text.startswith("Disclaimer: What is said")
    assert disclaimer.text.endswith("error in this piece.")
    assert grant.text.startswith("The Harbour Society grants permission")
    assert grant.text.endswith("source is named.")
    assert restriction.text.startswith("For publication of Ledger pieces")
    assert restriction.url == "desk@ledger.example"


def test_the_fair_use_notice_is_one_notice_with_doctrine_and_statute(newsroom):
    (notice,) = of_kind(newsroom, "fair-use")
    assert notice.text.startswith("www.harbourledger.example contains copyrighted material")
    assert notice.text.endswith("you must ask the copyright owner.")
    assert (notice.doctrine, notice.statute) == ("fair-use", "17 U.S.C. § 107")


def test_the_copyright_line_names_holder_and_years(newsroom):
    (notice,) = of_kind(newsroom, "copyright")
    assert notice.text == "© 2015–2019 Harbour Society Ltd. All rights reserved."
    assert (notice.holder, notice.years) == ("Harbour Society Ltd.", "2015-2019")


def test_a_byline_that_names_a_linked_outlet_makes_a_reprint(newsroom):
    assert [author.name for author in newsroom.authors] == ["Tide Watch"]
    assert newsroom.reprint.original.name == "Tide Watch"
    assert newsroom.reprint.original.url == "https://tidewatch.example/"
    assert newsroom.reprint.basis == "attribution-line"


def test_the_grant_outranks_the_reservation_in_the_statement(newsroom):
    assert newsroom.rights.statement == "reuse-grant"
    assert newsroom.rights.holder == "Harbour Society Ltd."
    assert {newsroom.notices[i].kind for i in newsroom.rights.basis} == {
        "reuse-grant",
        "reuse-restriction",
        "copyright",
    }


def test_every_piece_of_evidence_of_the_page_has_ranges_that_read_back(newsroom):
    for evidence in evidence_of(newsroom):
        assert evidence.place.ranges, evidence
        assert read_ranges(NEWSROOM.encode(), evidence.place.ranges, "utf-8") == evidence.text


def test_every_css_path_selects_an_element_that_holds_the_words(newsroom):
    tree = LexborHTMLParser(NEWSROOM)
    for notice in newsroom.notices:
        found = tree.css(notice.evidence.place.css_path)
        assert len(found) == 1
        assert notice.text in " ".join(found[0].text().split())


def test_an_ordinary_article_raises_no_suspicion(newsroom):
    assert newsroom.suspected == ()


def test_the_text_is_a_line_a_block_without_scripts_and_form_fields():
    reading = reading_of("<p>One  <b>two</b></p><script>no</script><textarea>no</textarea><div>three<br>four</div>")
    assert reading.text == "One two\nthree\nfour"


def test_repeated_words_get_the_range_of_their_own_element():
    line = "&copy; 2011 Pier Co"
    body = f"<p>Night ferry, by the pier.</p><footer>{line}</footer><p>x</p><div class=footer>{line}</div>"
    page = f"<html><body><script>'&copy; 2011 Pier Co'</script>{body}</body></html>".encode()
    (notice,) = of_kind(read(page, url=URL, content_type="text/html"), "copyright")
    assert notice.evidence.place.ranges[0][0] == page.index(b"<footer>") + len(b"<footer>")


def test_words_across_a_break_without_white_space_get_two_ranges():
    page = "<html><body><footer>© 2011 Pier Co<br>All rights reserved</footer></body></html>".encode()
    (notice,) = of_kind(read(page, url=URL, content_type="text/html"), "copyright")
    assert notice.text == "© 2011 Pier Co All rights reserved"
    assert len(notice.evidence.place.ranges) == 2


def test_attributes_and_json_strings_get_ranges():
    head = (
        '<meta name=author content="Ida Marsh"><script type="application/ld+json">'
        '{"@type":"NewsArticle","datePublished":"2020-02-01T10:00:00Z","license":"https://creativecommons.org/licenses/by/4.0/"}'
        "</script>"
    )
    reading = reading_of("<p>x</p>", head=head)
    assert reading.authors[0].evidence.place.attribute == "content"
    assert reading.authors[0].evidence.place.ranges
    assert reading.published_at.evidence.place.json_pointer == "/datePublished"
    assert reading.published_at.evidence.place.ranges
    (licence,) = of_kind(reading, "license")
    assert licence.license == "CC-BY-4.0"
    assert licence.evidence.place.ranges


def test_plain_text_gives_text_and_notices_and_is_never_sniffed_into_a_page():
    words = "Release notes\n\nCopyright (c) 2014 Quarry Tools Ltd. All rights reserved.\n<b>not bold</b>\n"
    reading = read(words.encode(), url=URL, content_type="text/plain")
    (notice,) = of_kind(reading, "copyright")
    assert notice.holder == "Quarry Tools Ltd."
    assert notice.evidence.place.ranges
    assert "<b>not bold</b>" in reading.text


def test_other_types_give_header_signals_only():
    reading = read(b"%PDF-1.7 \xa9 2020 X", url=URL, content_type="text/html", headers=[("X-Robots-Tag", "noarchive")])
    assert (reading.mime_detected, reading.charset, reading.text) == ("application/pdf", None, "")
    assert [notice.kind for notice in reading.notices] == ["archiving-preference"]


def test_nothing_is_read_from_no_bytes():
    reading = read(b"", url=URL, content_type="text/html")
    assert (reading.mime_detected, reading.notices, reading.rights.statement) == (None, (), "none-found")


def test_a_style_sheet_gives_what_it_loads() -> None:
    content = b"@import url(/type.css); header { background: url('grain.png') }"
    found = read(content, url="https://paper.example/css/main.css", content_type="text/css; charset=utf-8")
    assert found.requisites == ("https://paper.example/type.css", "https://paper.example/css/grain.png")
