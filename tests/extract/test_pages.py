# SPDX-License-Identifier: Apache-2.0
"""The fixture pages: every notice that is there is found, in whose voice it speaks, and nothing else is."""

import pytest

from manifests.rights import NoticeKind, Voice
from tests.extract.fixture_pages import fixture_pages

PAGES = fixture_pages()


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def page(request):
    """One of the pages."""
    return request.param


def test_the_notices_of_a_page_are_those_a_librarian_finds(page):
    found = page.reading().notices
    told = [(str(n.kind), str(n.voice) if n.voice else None, n.text) for n in found]
    assert sorted(told, key=str) == sorted(((n["kind"], n.get("voice"), n["text"]) for n in page.notices), key=str)


def test_a_notice_names_what_its_words_name(page):
    left = list(page.reading().notices)
    for expected in page.notices:
        fields = {"holder": None, "years": None} | expected if expected["kind"] == "copyright" else expected
        found = [{name: getattr(n, name) for name in fields} for n in left]
        assert fields in found
        del left[found.index(fields)]


def test_the_rights_statement_says_what_the_pages_own_notices_say(page):
    reading = page.reading()
    fields = {"uses": {}, "conditions": []} | page.rights
    said = {name: getattr(reading.rights, name) for name in fields}
    assert said | {"conditions": sorted(said["conditions"])} == fields | {"conditions": sorted(fields["conditions"])}
    assert [reading.notices[at].voice for at in reading.rights.basis] == [None] * len(reading.rights.basis)
    assert bool(reading.rights.basis) is (reading.rights.statement != "none-found")


def test_every_kind_of_notice_stands_on_pages_of_two_languages():
    of_kind: dict[str, set[str]] = {}
    for page in PAGES:
        for notice in page.notices:
            of_kind.setdefault(notice["kind"], set()).add(page.language[:2])
    assert {kind for kind in NoticeKind if len(of_kind.get(kind, ())) < 2} == set()


def test_every_voice_but_the_publishers_is_on_a_page():
    assert {n["voice"] for page in PAGES for n in page.notices if "voice" in n} == set(Voice)


def test_half_of_the_pages_are_traps_in_many_languages_and_charsets():
    assert len(PAGES) >= 60
    assert 2 * sum(page.trap is not None for page in PAGES) >= len(PAGES)
    assert len({page.language[:2] for page in PAGES}) >= 12
    assert len({page.charset for page in PAGES}) >= 6
