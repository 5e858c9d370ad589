# SPDX-License-Identifier: Apache-2.0
"""Plain words that stand before patterns never change what the patterns find."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract import suspicion
from archiver.extract.markup.document import Document
from archiver.extract.markup.folding import Gates, folded
from archiver.extract.markup.remembered import remembered
from archiver.extract.markup.sentences import spans
from archiver.extract.markup.zones import zone_of
from archiver.extract.origin import attribution
from archiver.extract.rights import copyright_words, license_words, notice_reuse, notice_words
from archiver.extract.rights.copyright_words import RESERVATION, reservation

PHRASES = (
    "All rights reserved", "ALL RIGHT IS RESERVED WORLDWIDE", "alle Rechte vorbehalten", "Alle rechten voorbehouden",
    "©", "2020",
    "Tous droits réservés", "все права защищены", "усі права застережені", "Tüm hakları saklıdır", "TÜM HAKLARI SAKLIDIR",
    "版权所有", "保留所有权利", "כל הזכויות שמורות", "جميع الحقوق محفوظة",
    "saklıdır", "Alla rättigheter förbehålls", "rights", "İ", ".",
    "με επιφύλαξη παντός νόμιμου δικαιώματος", "Bảo lưu mọi quyền", "some rights reserved", "ſome rightſ reſerved",
)  # fmt: skip


@given(st.lists(st.sampled_from(PHRASES) | st.text(max_size=5), max_size=6).map(" ".join))
def test_a_reservation_is_found_where_the_pattern_of_all_languages_finds_it(text):
    expected = re.compile(RESERVATION, re.IGNORECASE).search(text)
    found = reservation.search(text)
    assert (expected and expected.span()) == (found and found.span())


GATED = (
    (notice_words.gates, ("disclaimer", 0), notice_words.disclaimer, (
        "Disclaimer: ink", "the sole responsibility of the author", "we are not held liable for it", "Opinions are my own",
        "does not necessarily reflect", "disclaims any warranty", "übernimmt keine Gewähr", "不承担 免责声明",
    )),
    (notice_words.gates, ("takedown", 0), notice_words.takedown, (
        "send a DMCA notice", "take-down: contact us", "Notices of claimed infringement: send an email",
        "If you believe that your copyright", "侵权请联系",
    )),
    (notice_words.gates, ("trademark", 0), notice_words.trademark, (
        "Ink is a registered trademark", "other trade marks", "are service marks", "marques déposées", "登録商標",
    )),
    (notice_words.gates, ("access", 0), notice_words.access, (
        "only for our subscribers", "Subscriber-only", "subscribe to continue", "réservé à nos abonnés", "to continue reading",
    )),
    (license_words._GATES, "license", license_words._STATEMENT, (
        "licensed under CC BY 4.0", "available under a Creative Commons licence", "published under CC0", "steht unter CC-BY",
    )),
)  # fmt: skip


@pytest.mark.parametrize(("gates", "key", "pattern", "sentences"), GATED, ids=lambda value: str(value)[:20])
def test_the_words_before_a_pattern_let_pass_what_it_matches(gates, key, pattern, sentences):
    for sentence in sentences:
        for written in (sentence, sentence.upper()):
            assert pattern.search(written) is None or key in gates.standing(written)
        assert pattern.search(sentence)


def test_every_pattern_of_attribution_and_every_sign_has_words():
    assert {at for owners in attribution._GATES._owners for at in owners} == {*range(len(attribution._PATTERNS)), -1}
    assert {sign for owners in suspicion._SAID._owners for sign in owners} == {sign for sign, _ in suspicion._SIGNS}


def test_families_are_told_by_their_words_in_any_case():
    gates = Gates({"one": ("ink", "blot"), "two": ("ink",), "three": ("quill",)})
    assert gates.standing("An INKWELL") == {"one", "two"}
    assert gates.standing("a blot \ud800") == {"one"}
    assert gates.standing("paper") == set()


@given(st.lists(st.text(alphabet="inkINKİıſblot ©\n", max_size=12), max_size=5))
def test_families_of_several_texts_are_those_of_each_by_itself(texts):
    gates = Gates({"one": ("ink", "blot"), "two": ("in", "©"), "three": ("lot i",)})
    assert gates.standing_in(texts) == [gates.standing(text) for text in texts]


PLAIN = Document(b"<p>x", "utf-8", "<p>x")
SENTENCES = (
    "No part of this site may be copied.", "Reproduction without permission is prohibited.", "We will reprint it.",
    "You are free to share this.", "Nachdruck nur mit Genehmigung.", "禁止转载。", "Use of the ferry is free!",
    "To report infringement of copyright, send a notice.", "Quill is a trademark of Ink.", "For subscribers only",
    "The train left without permission", "Do not copy?",
)  # fmt: skip


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5), st.sampled_from([" ", "  ", ""]))
def test_a_text_of_which_a_sentence_is_of_a_kind_is_never_passed_over(sentences, between):
    text = between.join(sentences)
    zone = zone_of(PLAIN, PLAIN.blocks[0])
    told = [text[start:end] for start, end in spans(text)]
    standing = notice_words.gates.standing_in(told)
    kinds = [notice_reuse._kind(one, zone, len(text), False, held) for one, held in zip(told, standing, strict=True)]
    assert not any(kinds) or notice_reuse._may_match(text, notice_words.gates.standing(text))


@given(st.text(max_size=30), st.sampled_from(["ink press", "signs", "kissing"]))
def test_what_a_pattern_finds_without_case_stands_in_the_folded_text(around, word):
    for text in (
        f"{around}{word.upper()}",
        f"{word.replace('s', 'ſ')}{around}",
        word.replace("i", "İ"),
        word.replace("i", "ı"),
    ):
        assert (re.search(word, text, re.IGNORECASE) is None) or word in folded(text)


def test_only_short_words_are_remembered():
    asked = []

    @remembered(2, longest=3)
    def size(words: str) -> int:
        asked.append(words)
        return len(words)

    assert [size("ink"), size("ink"), size("blot"), size("blot")] == [3, 3, 4, 4]
    assert asked == ["ink", "blot", "blot"]


def test_signs_and_reservations_in_a_long_text_are_found():
    text = "x" * 20_000 + " Alle Rechte vorbehalten"
    found = copyright_words.reservation.search(text)
    assert found is not None
    assert found[0] == "Alle Rechte vorbehalten"
