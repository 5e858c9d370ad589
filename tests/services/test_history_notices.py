# SPDX-License-Identifier: Apache-2.0
"""Which notices came, went and were reworded, and what a notice says."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.catalog.entries import KeptNotice, notices_digest
from archiver.services.history.notices import changed
from archiver.services.history.values import says, says_name

OLD = KeptNotice("copyright", "© 2025 The Gazette. All rights reserved.", holder="The Gazette", years="2025")
NEW = KeptNotice("copyright", "© 2026 The Gazette. All rights reserved.", holder="The Gazette", years="2026")
PHOTO = KeptNotice("image-credit", "Photo: Ada Quill")
BY = KeptNotice("license", "All content is CC BY 4.0", license="CC-BY-4.0")
LINK = "https://creativecommons.org/licenses/by/4.0/"


def _told(before: list[KeptNotice], after: list[KeptNotice]) -> list[tuple[str, str | None, str | None]]:
    return [
        (one.how, one.before.text if one.before else None, one.after.text if one.after else None)
        for one in changed(before, after)
    ]


def test_the_same_notices_in_another_order_and_number_are_no_change() -> None:
    assert changed([OLD, PHOTO], [PHOTO, OLD, OLD]) == []


def test_a_notice_that_came_went_or_was_reworded_is_told_with_its_words() -> None:
    assert _told([OLD], [NEW]) == [("reworded", OLD.text, NEW.text)]
    assert _told([OLD], []) == [("removed", OLD.text, None)]
    assert _told([], [NEW]) == [("added", None, NEW.text)]


def test_a_licence_behind_the_same_words_is_a_change() -> None:
    words = KeptNotice("license", "Some rights reserved", license="CC-BY-4.0", license_url=LINK)
    (change,) = changed([words], [KeptNotice("license", "Some rights reserved", license="CC-BY-NC-4.0")])
    assert (change.how, change.kind) == ("reworded", "license")


def test_the_likest_of_a_kind_are_paired_whatever_their_order() -> None:
    other = KeptNotice("image-credit", "Illustration by Ben Oar, 2019")
    better = KeptNotice("image-credit", "Photos: Ada Quill")
    assert _told([PHOTO, other], [better]) == [("reworded", PHOTO.text, better.text), ("removed", other.text, None)]
    assert _told([other, PHOTO], [better]) == [("removed", other.text, None), ("reworded", PHOTO.text, better.text)]


def test_notices_of_two_kinds_are_never_paired() -> None:
    grant = KeptNotice("reuse-grant", BY.text)
    assert [one[0] for one in _told([BY], [grant])] == ["removed", "added"]


def test_unlike_credits_are_not_paired_and_an_unlike_licence_takes_the_place_of_the_one_before() -> None:
    assert [one[0] for one in _told([PHOTO], [KeptNotice("image-credit", "NASA")])] == ["removed", "added"]
    closed = KeptNotice("license", "Nur mit Genehmigung")
    assert _told([BY], [closed]) == [("reworded", BY.text, closed.text)]
    both = [closed, KeptNotice("license", "Ohne jede Gewähr")]
    assert [one[0] for one in _told([BY], both)] == ["removed", "added", "added"]


def test_a_preference_is_paired_with_the_one_for_the_same_use_and_agents() -> None:
    def signal(text: str, agents: tuple[str, ...] = ()) -> KeptNotice:
        return KeptNotice("ai-preference", text, usage="train-ai", agents=agents)

    before, after = signal("tdm-reservation 0"), signal("Content-Signal: ai-train=no")
    assert _told([before, signal("x", ("one",))], [after]) == [
        ("reworded", before.text, after.text),
        ("removed", "x", None),
    ]


_NOTICES = st.lists(
    st.builds(
        KeptNotice,
        st.sampled_from(["license", "copyright", "image-credit"]),
        st.text("ab ©", max_size=6),
        voice=st.sampled_from([None, None, "comment"]),
        license=st.sampled_from([None, "CC-BY-4.0"]),
    ),
    max_size=8,
)


@given(_NOTICES, _NOTICES)
def test_every_notice_is_told_at_most_once_and_none_where_both_have_it(
    before: list[KeptNotice], after: list[KeptNotice]
) -> None:
    found = changed(before, after)
    old, new = ({one for one in notices if one.voice is None} for notices in (before, after))
    assert {one.before for one in found if one.before} == old - new
    assert {one.after for one in found if one.after} == new - old
    assert len([one for one in found if one.before]) == len(old - new)
    assert all(one.before is None or one.after is None or one.before.kind == one.after.kind for one in found)


@given(_NOTICES, _NOTICES)
def test_crawls_see_changed_notices_where_histories_do(before: list[KeptNotice], after: list[KeptNotice]) -> None:
    assert (notices_digest(before) != notices_digest(after)) == bool(changed(before, after))


def test_as_many_and_as_long_notices_as_a_page_can_have_are_compared_within_bounds() -> None:
    def many(end: str) -> list[KeptNotice]:
        return [KeptNotice("disclaimer", f"{n} " + "\ufdfa" * 5000 + end) for n in range(200)]

    began = time.process_time()
    found = changed(many("a"), many("b"))
    assert sum(one.before is not None for one in found) == 200
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("value", "notice"),
    [
        ("CC-BY", BY),
        ("cc-by-4.0", BY),
        ("CC BY", BY),
        ("CC-BY", KeptNotice("license", "Licensed under CC BY")),
        ("CC-BY", KeptNotice("license", "Inhalte: CC-BY 3.0 DE")),
        ("CC-BY-3.0", KeptNotice("license", "badge", license="CC-BY-3.0-DE")),
        (LINK, KeptNotice("license", "badge", license_url="http://creativecommons.org/licenses/by/4.0")),
        ("creativecommons.org/licenses/by", KeptNotice("license", "badge", license_url=LINK)),
        ("CC-BY", KeptNotice("license", "badge", license_url="https://creativecommons.org/licenses/by/3.0/fr/deed.fr")),
        ("cc-by-3.0-fr", KeptNotice("license", "x", license_url="//creativecommons.org/licenses/by/3.0/fr/")),
        ("https://gazette.example/terms", KeptNotice("terms-link", "Terms", url="https://www.gazette.example/terms/")),
        (LINK, BY),
        ("creativecommons.org/licenses/by", BY),
        ("all rights reserved", OLD),
        ("The gazette", OLD),
        ("版权所有", KeptNotice("copyright", "版权所有 © 2026")),
    ],
)
def test_a_notice_says(value: str, notice: KeptNotice) -> None:
    assert says(value)(notice)


@pytest.mark.parametrize(
    ("value", "notice"),
    [
        ("CC-BY", KeptNotice("license", "All content is CC BY-NC 4.0", license="CC-BY-NC-4.0")),
        ("CC-BY", KeptNotice("license", "CC BY-SA")),
        ("CC-BY", KeptNotice("license", "x", license_url="https://creativecommons.org/licenses/by-sa/3.0/")),
        ("CC-BY", KeptNotice("license", "badge", license="CC-BY-ND-4.0")),
        ("CC-BY-4.0", KeptNotice("license", "badge", license="CC-BY-3.0")),
        (
            "https://creativecommons.org/licenses/by",
            KeptNotice("license", "x", license_url=LINK.replace("by/", "by-nc/")),
        ),
        (LINK, KeptNotice("license", "x", license="CC-BY-3.0")),
        (LINK, KeptNotice("license", "x", license="CC-BY-NC-4.0")),
        ("MIT", KeptNotice("copyright", "Smith & Mitchell")),
        ("reserved rights", OLD),
        ("...", OLD),
        ("", OLD),
    ],
)
def test_a_notice_does_not_say(value: str, notice: KeptNotice) -> None:
    assert not says(value)(notice)


def test_a_name_says_whole_words_only() -> None:
    assert says_name("gazette")("The Gazette")
    assert not says_name("gaz")("The Gazette")


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_value_and_no_words_raise(value: str, text: str, url: str) -> None:
    says(value)(KeptNotice("license", text, license_url=url, license=text))
