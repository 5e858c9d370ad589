# SPDX-License-Identifier: Apache-2.0
"""The rights statement: which notices decide it, what it says of uses, and where notices contradict each other."""

import pytest

from archiver.extract.rights.license_facts import statement_of_url, terms_of, uri_of
from archiver.extract.rights.notice_language import of_words
from manifests.canonical import canonical_bytes, from_canonical
from manifests.rights import Condition, RightsStatement, StatementKind, Use, UseValue
from tests.extract.pages import of_kind, reading_of

CC = "https://creativecommons.org/"


def stated(*lines: str, head: str = "") -> RightsStatement:
    return reading_of("<footer>" + "".join(f"<p>{line}</p>" for line in lines) + "</footer>", head=head).rights


@pytest.mark.parametrize(
    ("line", "statement"),
    [
        ("This text is licensed under CC BY 4.0.", "license"),
        ("Unless marked, this content is in the public domain.", "public-domain"),
        ("Our articles may be reproduced freely.", "reuse-grant"),
        ("© 2019 Quarry Press. All rights reserved.", "all-rights-reserved"),
        ("© 2019 Quarry Press", "copyright-claimed"),
        ("No part of this site may be reproduced.", "reuse-restricted"),
        ("This site makes fair use of copyrighted works under section 107.", "fair-use-claimed"),
        ("Our articles may not be used for training AI models.", "preference-stated"),
        ("Walk on the left.", "none-found"),
    ],
)
def test_one_notice_is_read_as_what_it_says(line, statement):
    assert stated(line).statement == statement


def test_every_reading_of_the_list_was_just_made():
    words = {mark.args[1][at][1] for mark in test_one_notice_is_read_as_what_it_says.pytestmark for at in range(9)}
    assert words == set(StatementKind)


def test_a_licence_outranks_the_reservation_beside_it():
    read = stated("© 2019 Quarry Press. All rights reserved.", "This text is licensed under CC BY 4.0.")
    assert (read.statement, read.license, read.holder, len(read.basis)) == ("license", "CC-BY-4.0", "Quarry Press", 2)


def test_two_licences_name_none_for_the_page():
    read = stated("This text is licensed under CC BY 4.0.", "This work is licensed under CC BY-SA 3.0.")
    assert (read.statement, read.license, read.uri) == ("license", None, None)


@pytest.mark.parametrize(
    ("lines", "uses", "conditions"),
    [
        (["Our articles may be reproduced freely."], {"reproduce": "permitted"}, ()),
        (["Our articles may be republished if the source is named."], {"redistribute": "conditional"}, ("attribute",)),
        (["No part of this site may be reproduced."], {"reproduce": "prohibited"}, ()),
        (["Reproduction without permission is prohibited."], {"reproduce": "conditional"}, ("ask-first",)),
        (
            ["Our articles may be reproduced freely.", "No part of this site may be reproduced."],
            {"reproduce": "contradicted"},
            (),
        ),
        (
            ["Our articles may be reproduced freely.", "Reproduction in print without permission is prohibited."],
            {"reproduce": "conditional"},
            ("ask-first",),
        ),
        (["Our articles may not be used for training AI models."], {"train-ai": "prohibited"}, ()),
        (["Text and data mining of this site is permitted."], {"text-mining": "permitted"}, ()),
        (["© 2019 Quarry Press. All rights reserved."], {}, ()),
    ],
)
def test_uses_are_those_that_the_words_speak_of(lines, uses, conditions):
    read = stated(*lines)
    assert (read.uses, read.conditions) == (uses, conditions)


def test_a_reservation_with_a_policy_can_be_opened_by_asking():
    reserved = '<meta name="tdm-reservation" content="1">'
    policy = '<meta name="tdm-policy" content="/policy.json">'
    assert stated(head=reserved).uses == {"text-mining": "prohibited"}
    assert stated(head=reserved + policy).uses == {"text-mining": "conditional"}
    assert stated(head=reserved + policy).conditions == ("ask-first",)


def test_a_preference_for_one_agent_says_nothing_of_a_use():
    read = stated(head='<meta name="gptbot" content="noai">')
    assert (read.statement, read.uses) == ("preference-stated", {})


def test_the_statement_of_another_voice_is_none():
    body = "<div class=comments><p>© 2019 Mara Stone</p></div><template><p>This text is licensed under CC BY 4.0.</p></template>"
    reading = reading_of(body)
    assert len(reading.notices) == 2
    assert reading.rights == RightsStatement(statement="none-found")


def test_a_statement_survives_its_canonical_bytes():
    read = stated("This text is licensed under CC BY-NC-SA 4.0.")
    assert from_canonical(RightsStatement, canonical_bytes(read)) == read


URIS = [
    ("CC-BY-SA-3.0-DE", None, f"{CC}licenses/by-sa/3.0/de/"),
    (None, "http://creativecommons.org/licenses/by/2.1/jp/deed.en", f"{CC}licenses/by/2.1/jp/"),
    (None, "//creativecommons.org/licenses/by/3.0/deed.fr", f"{CC}licenses/by/3.0/"),
    (None, f"{CC}publicdomain/mark/1.0/deed.de", f"{CC}publicdomain/mark/1.0/"),
    ("CC0-1.0", None, f"{CC}publicdomain/zero/1.0/"),
    (
        None,
        "https://rightsstatements.org/page/NoC-US/1.0/?language=de",
        "http://rightsstatements.org/vocab/NoC-US/1.0/",
    ),
    (None, "/license.xml", None),
    ("GPL-3.0-only", None, None),
]


@pytest.mark.parametrize(("spdx", "url", "uri"), URIS)
def test_a_licence_has_one_address_in_its_normal_form(spdx, url, uri):
    assert uri_of(spdx, url) == uri


@pytest.mark.parametrize(
    ("spdx", "forbidden", "conditions"),
    [
        ("CC-BY-4.0", set(), {"attribute"}),
        ("CC-BY-NC-ND-3.0", {"commercial-use", "adapt"}, {"attribute", "non-commercial", "no-derivatives"}),
        ("CC-BY-SA-2.0-UK", set(), {"attribute", "share-alike"}),
        ("CC0-1.0", set(), set()),
        ("OGL-UK-3.0", set(), {"attribute"}),
    ],
)
def test_the_terms_of_a_known_licence_are_those_of_its_deed(spdx, forbidden, conditions):
    terms = terms_of(spdx, None)
    assert {use for use, value in terms.uses.items() if value == UseValue.PROHIBITED} == forbidden
    assert set(terms.conditions) == conditions


def test_of_an_unknown_licence_nothing_is_said():
    assert terms_of("Zlib", None) is None
    assert terms_of(None, "https://rights.example/terms") is None
    assert statement_of_url("https://rights.example/vocab/InC/1.0/") is None


def test_the_words_of_the_closed_lists_are_told_apart():
    assert len({*Use, *UseValue, *Condition}) == len(Use) + len(UseValue) + len(Condition)


@pytest.mark.parametrize(
    ("words", "declared", "language"),
    [
        ("All rights reserved.", "de", "en"),
        ("Todos os direitos reservados", "pt-BR", "pt-BR"),
        ("Alle Rechte vorbehalten", None, "de"),
        ("© 2019 Quarry", "pt_PT", "pt-PT"),
        ("© 2019 Quarry", None, None),
        ("© 2019 Quarry", "x" * 50, None),
        ("記事の転載を禁じます", "en", "ja"),
    ],
)
def test_the_language_is_that_of_the_words_else_the_declared_one(words, declared, language):
    assert of_words(words, declared) == language


def test_a_language_declared_nearer_to_the_words_wins():
    body = "<div lang=sv><p lang=fi>© 2019 Muste</p></div>"
    (notice,) = of_kind(reading_of(f"<footer>{body}</footer>"), "copyright")
    assert notice.language == "fi"
