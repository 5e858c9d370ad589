# SPDX-License-Identifier: Apache-2.0
"""Which words were taken out and put in: in scripts without spaces, and in texts longer than any that is compared whole."""

import time

import pytest

from archiver.services.history.words import MAX_WORDS, difference


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("満潮は正午、干潮は午後六時です。港は静かでした。", "正午", "午前"),
        ("น้ำขึ้นตอนเที่ยงวันและน้ำลงตอนเย็น", "เที่ยง", "กลาง"),
        ("高潮在中午 Gazette 低潮在晚上", "晚上", "早晨"),
    ],
)
def test_a_small_change_of_a_long_line_without_spaces_is_a_small_change(text: str, old: str, new: str) -> None:
    found = difference(text * 40, (text * 39) + text.replace(old, new))
    assert 0 < found.share < 2
    (one,) = found.stretches
    assert set(one.before) <= set(old)
    assert set(one.after) <= set(new)
    assert one.lead in (text * 40).replace(" ", "") + text
    assert not difference(text, f" {text}\n").share


def test_words_of_two_scripts_are_shown_with_the_spaces_that_they_need() -> None:
    (one,) = difference("in 2025 版权所有 © The Gazette", "in 2026 版权所有 © The Gazette").stretches
    assert (one.before, one.after, one.lead, one.trail) == ("2025", "2026", "in", "版权所有© The")


def test_a_change_behind_as_many_words_as_are_compared_is_found() -> None:
    words = [f"w{n}" for n in range(3 * MAX_WORDS)]
    other = [*words[:-9], "changed", *words[-8:]]
    found = difference(" ".join(words), " ".join(other))
    assert [(one.before, one.after) for one in found.stretches] == [(words[-9], "changed")]


def test_texts_too_long_to_be_compared_are_never_said_to_differ_too_little() -> None:
    old = [f"a{n}" for n in range(3 * MAX_WORDS)]
    new = [*(f"b{n}" for n in range(5)), *old[5:-5], *(f"c{n}" for n in range(5))]
    began = time.process_time()
    found = difference(" ".join(old), " ".join(new))
    assert found.share >= 100 * 20 / (len(old) + len(new))
    assert time.process_time() - began < 5
