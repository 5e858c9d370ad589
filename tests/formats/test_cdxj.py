# SPDX-License-Identifier: Apache-2.0
"""An index line reads back as it was written, sorts by bytes, and has the fields of other indexers in their order."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats.cdxj import IndexLine, media_type, sorted_index, timestamp

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
keys = st.from_regex(r"[a-z]{2,4}(,[a-z0-9-]{1,8})*\)/[!-~]{0,20}", fullmatch=True)
sizes = st.integers(0, 2**40)
lines = st.builds(
    IndexLine,
    url_key=keys,
    fetched_at=st.integers(-30_000_000_000, 250_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    url=words,
    mime=words | st.none(),
    response_code=st.integers(100, 599).map(str) | st.none(),
    digest=words | st.none(),
    length=sizes,
    offset=sizes,
    filename=words,
    manifest_offset=sizes,
    manifest_length=sizes,
)
LINE = IndexLine(
    "example,a)/",
    datetime(2026, 3, 3, 10, tzinfo=UTC),
    "http://a.example/",
    "text/html",
    "200",
    "sha1:X",
    5,
    7,
    "a.warc.gz",
    12,
    3,
)


@given(lines)
def test_a_line_reads_back(line: IndexLine) -> None:
    written = line.to_bytes()
    assert IndexLine.from_bytes(written) == line
    assert written.isascii()
    assert written.count(b"\n") == 1
    assert written.endswith(b"}\n")
    text = written.split(b" ", 2)[2]
    assert text == json.dumps(json.loads(text), separators=(",", ":")).encode() + b"\n"


def test_fields_stand_in_the_order_of_other_indexers_and_ours_follow() -> None:
    key, time, text = LINE.to_bytes().decode().split(" ", 2)
    assert (key, time) == ("example,a)/", "20260303100000")
    named = json.loads(text)
    assert list(named) == [
        "url", "mime", "status", "digest", "length", "offset", "filename", "manifestOffset", "manifestLength",
    ]  # fmt: skip
    assert all(isinstance(value, str) for value in named.values())


@given(st.lists(lines, max_size=6))
def test_an_index_is_sorted_by_bytes(given_lines: list[IndexLine]) -> None:
    raw = sorted_index(line.to_bytes() for line in given_lines).splitlines(keepends=True)
    assert raw == sorted(raw)
    assert sorted(raw) == sorted(line.to_bytes() for line in given_lines)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"key 20260303100000\n", b"key 2026 {}\n", b"key 20260303100000 {}\n", b"key 20260303100000 []\n",
        b"key 20260303100000 7\n", b"key 20260303100000 {\n", b"\xff 20260303100000 {}\n",
        LINE.to_bytes().replace(b'"5"', b'"five"'), LINE.to_bytes().replace(b'"5"', b"null"),
        LINE.to_bytes().replace(b'"5"', b"[]"), LINE.to_bytes().replace(b"20260303100000", b"20261303100000"),
    ],
    ids=repr,
)  # fmt: skip
def test_anything_else_is_no_line(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every way a line can be wrong has words of its own
        IndexLine.from_bytes(line)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html; charset=utf-8", "text/html"), ("text/html;charset=x", "text/html"), (" image/png ", "image/png"),
        ("text/html charset=utf-8", "text/html"), ("text/html\tx", "text/html"), ("", None), (None, None), (" ", None),
        (";", None),
    ],
)  # fmt: skip
def test_the_media_type_is_cut_at_the_first_semicolon_or_space(content_type: str | None, expected: str | None) -> None:
    assert media_type(content_type) == expected


def test_times_are_utc() -> None:
    assert timestamp(datetime.fromisoformat("2026-03-03T01:00:00+02:00")) == "20260302230000"
