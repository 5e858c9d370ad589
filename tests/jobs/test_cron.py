# SPDX-License-Identifier: Apache-2.0
"""Cron lines that are refused, with the place in the line and what to write instead."""

import pytest

from archiver.errors import BadInput
from archiver.jobs.cron import read_cron


@pytest.mark.parametrize(
    ("line", "position", "words"),
    [
        ("61 * * * *", 0, "there is no minute 61"),
        ("0 24 * * *", 2, "there is no hour 24"),
        ("0 0 0 * *", 4, "there is no day of month 0"),
        ("0 0 1,32 * *", 6, "there is no day of month 32"),
        ("0 0 * 13 *", 6, "there is no month 13"),
        ("0 0 * * 8", 8, "there is no day of week 8"),
        ("* * * *", 0, "not 4"),
        ("", 0, "not 0"),
        ("0 0 0 1 1 *", 10, "not 6"),
        ("*/0 * * * *", 2, "the step 0"),
        ("*/60 * * * *", 2, "the step 60"),
        ("5/15 * * * *", 0, "a step but no range"),
        ("22-2 * * * *", 0, "runs backwards"),
        ("0 0 31 2 *", 4, "never fires"),
        ("0 0 30,31 FEB *", 4, "never fires"),
        ("0 0 31 4,6,9,11 *", 4, "never fires"),
        ("0 0 31 2 */2", 4, "never fires"),
        ("@reboot", 0, "'@reboot' is not read"),
        ("@yearly", 0, "'@yearly' is not read"),
        ("@noon", 0, "'@noon' is not read"),
        ("0 0 L * *", 4, "L in the day of month"),
        ("0 0 15W * *", 6, "W in the day of month"),
        ("0 0 * * 5#2", 9, "# in the day of week"),
        ("0 0 ? * *", 4, "? in the day of month"),
        ("0 0 * JANUARY *", 6, "there is no month "),
        ("0 0 * FOO *", 6, "there is no month 'FOO'"),
        ("0 0 * * JAN", 8, "there is no day of week 'JAN'"),
        ("JAN 0 * * *", 0, "there is no minute 'JAN'"),
        ("1,,2 * * * *", 2, "there is no minute "),
        ("-1 * * * *", 0, "there is no minute "),
        ("1.5 * * * *", 0, "there is no minute "),
        ("\u0661 * * * *", 0, "there is no minute "),
        ("1" * 5000 + " * * * *", 0, "there is no minute "),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused_at_its_place(line: str, position: int, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_cron(line)
    assert words in refused.value.what
    assert refused.value.fields["position"] == position
    assert refused.value.advice
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "line", ["0 0 29 2 *", "0 0 31 2 MON", "0 0 31 1,2 *", "  0   0 * * *  ", "0\t0 * * *", "*/59 * * * *"]
)
def test_a_line_that_fires_is_read(line: str) -> None:
    assert read_cron(line).minutes


def test_names_are_read_in_any_case() -> None:
    assert read_cron("0 0 * jan-Mar sun") == read_cron("0 0 * 1-3 0")
