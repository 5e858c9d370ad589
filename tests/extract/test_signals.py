# SPDX-License-Identifier: Apache-2.0
"""What responses say to machines: every carrier, in the header and in the page."""

import pytest

from tests.extract.pages import of_kind, reading_of

HEADERS = [
    (("X-Robots-Tag", "noarchive"), "archiving-preference", "disallow", "noarchive", ()),
    (("X-Robots-Tag", "noai, noimageai"), "ai-preference", "disallow", "noai", ()),
    (("X-Robots-Tag", "otherbot: noarchive"), "archiving-preference", "disallow", "noarchive", ("otherbot",)),
    (("TDM-Reservation", "1"), "ai-preference", "disallow", "tdm-reservation", ()),
    (("tdm-reservation", "0"), "ai-preference", "allow", "tdm-reservation", ()),
    (("tdm-policy", "https://quarry.example/policy.json"), "ai-preference", "conditional", "tdm-policy", ()),
    (("Content-Usage", "train-ai=n"), "ai-preference", "disallow", "train-ai", ()),
    (("Content-Signal", "search=yes, ai-train=no"), "ai-preference", "allow", "search", ()),
]


@pytest.mark.parametrize(("field", "kind", "value", "usage", "agents"), HEADERS)
def test_a_header_signal_is_a_preference_of_the_server(field, kind, value, usage, agents):
    notice = of_kind(reading_of("<p>x</p>", headers=[field]), kind)[0]
    assert (notice.value, notice.usage, notice.agents) == (value, usage, agents)
    assert (notice.evidence.authority.kind, notice.evidence.place.header) == ("server", field[0].lower())


METAS = [
    ('<meta name="robots" content="index, noarchive">', "archiving-preference", "disallow", "noarchive"),
    ('<meta name="robots" content="noai">', "ai-preference", "disallow", "noai"),
    ('<meta name="tdm-reservation" content="1">', "ai-preference", "disallow", "tdm-reservation"),
    ('<meta name="tdm-policy" content="/tdm.json">', "ai-preference", "conditional", "tdm-policy"),
]


@pytest.mark.parametrize(("head", "kind", "value", "usage"), METAS)
def test_a_meta_signal_is_a_preference_of_the_page(head, kind, value, usage):
    (notice,) = of_kind(reading_of("<p>x</p>", head=head), kind)
    assert (notice.value, notice.usage, notice.evidence.authority.kind) == (value, usage, "page")
    assert notice.evidence.place.attribute == "content"
    assert notice.evidence.place.ranges


def test_a_directive_for_one_crawler_names_it():
    (notice,) = of_kind(reading_of("", head='<meta name="googlebot" content="noarchive">'), "archiving-preference")
    assert notice.agents == ("googlebot",)


def test_a_page_without_directives_has_no_preferences():
    reading = reading_of("<p>x</p>", head='<meta name="robots" content="index, follow, max-snippet:-1">')
    assert reading.notices == ()


def test_meta_and_dublin_core_rights_are_copyright_notices():
    head = (
        '<meta name="copyright" content="2015 Quarry Press"><meta name="dcterms.rightsHolder" content="Quarry Trust">'
    )
    notices = of_kind(reading_of("", head=head), "copyright")
    assert [(n.holder, n.years) for n in notices] == [("Quarry Press", "2015"), ("Quarry Trust", None)]


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="dcterms.license" content="https://creativecommons.org/licenses/by/4.0/">',
        '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">',
        '<script type="application/ld+json">{"@type":"Article","license":"https://creativecommons.org/licenses/by/4.0/"}</script>',
    ],
)
def test_a_machine_readable_licence_decides_the_statement(head):
    reading = reading_of("<p>x</p>", head=head)
    assert (reading.rights.statement, reading.rights.license) == ("license", "CC-BY-4.0")


def test_a_licence_in_the_link_header_is_read():
    headers = [("Link", '</a>; rel="next", <https://creativecommons.org/licenses/by-sa/4.0/>; rel="license"')]
    assert reading_of("", headers=headers).rights.license == "CC-BY-SA-4.0"


def test_an_rsl_licence_link_is_read():
    reading = reading_of("", head='<link rel="license" type="application/rsl+xml" href="/license.xml">')
    assert "RSL licence link" in [n.reason for n in of_kind(reading, "license")]


def test_schema_org_rights_are_read_with_their_pointers():
    head = (
        '<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","copyrightHolder":{"name":"Quarry Press"},'
        '"copyrightYear":2019,"usageInfo":"/usage","isAccessibleForFree":false}]}</script>'
    )
    reading = reading_of("<p>x</p>", head=head)
    (notice,) = of_kind(reading, "copyright")
    assert (notice.holder, notice.years) == ("Quarry Press", "2019")
    assert notice.evidence.place.json_pointer == "/@graph/0/copyrightHolder/name"
    assert of_kind(reading, "terms-link")[0].url.endswith("/usage")
    assert of_kind(reading, "access-condition")[0].usage == "isAccessibleForFree"


def test_the_rights_of_an_image_object_are_not_the_pages():
    head = '<script type="application/ld+json">{"@type":"ImageObject","license":"https://creativecommons.org/licenses/by/4.0/"}</script>'
    assert reading_of("<p>x</p>", head=head).notices == ()


@pytest.mark.parametrize(
    "content", ["{", '{"a":1}{"license":', "[" * 5000, '{"@type":"Article",,}', "<!-- {} -->", "null", '"x"', "1e999"]
)
def test_malformed_json_is_tolerated(content):
    reading_of("<p>x</p>", head=f'<script type="application/ld+json">{content}</script>')


def test_json_with_a_trailing_comma_is_still_read():
    head = '<script type="application/ld+json">{"@type":"NewsArticle","author":{"name":"Ida Marsh"},}</script>'
    assert [a.name for a in reading_of("<p>x</p>", head=head).authors] == ["Ida Marsh"]
