# SPDX-License-Identifier: Apache-2.0
"""Durations and sizes are read as people write them, and written as they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.jobs.amounts import NotAnAmount, read_duration, read_size, show_duration, show_size


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("2s", 2), ("10m", 600), ("1h30m", 5400), ("14d", 1209600), ("1d2h3m4s", 93784), ("0.5s", 0.5), (7, 7), (0, 0)],
)
def test_a_duration_is_seconds(written: object, seconds: float) -> None:
    assert read_duration(written) == seconds


@pytest.mark.parametrize(
    ("written", "octets"),
    [
        ("256MiB", 256 << 20),
        ("1 GiB", 1 << 30),
        ("500kB", 500_000),
        ("500KB", 500_000),
        ("1.5KiB", 1536),
        ("7B", 7),
        (7, 7),
    ],
)
def test_a_size_is_octets(written: object, octets: int) -> None:
    assert read_size(written) == octets


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("12:30", "write 12h30m, or 12m30s"),
        ("1_000", "write 1000"),
        ("012", "write 12"),
        ("10 minutes", "write it as 90s"),
        ("30m1h", "write it as 90s"),
        ("", "write it as 90s"),
        ("-1s", "write it as 90s"),
        (-1, "write 0 to 36500d"),
        ("36501d", "write 0 to 36500d"),
        (1e17, "write 0 to 36500d"),
        (float("nan"), "write 0 to 36500d"),
        (True, "write it as 90s"),
        (None, "write it as 90s"),
        ([1], "write it as 90s"),
        ("9" * 5000, "write 9"),
    ],
)
def test_what_is_no_duration_is_told_what_to_write(written: object, instead: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        read_duration(written)
    assert refused.value.instead.startswith(instead)


@pytest.mark.parametrize("written", ["1 MB!", "MiB", "1mib", "1MiBs", 1.5, True, None, -1, "1e6", "8388608TiB", 2**63])
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(NotAnAmount):
        read_size(written)


@given(st.integers(0, 10**9) | st.integers(0, 10**9).map(lambda micro: micro / 1e6))
def test_a_duration_shown_is_read_again(seconds: float) -> None:
    assert read_duration(show_duration(seconds)) == pytest.approx(seconds, abs=1e-6)


@given(st.integers(0, 2**50) | st.integers(0, 1000).map(lambda n: n << 20))
def test_a_size_shown_is_read_again(octets: int) -> None:
    assert read_size(show_size(octets)) == octets
