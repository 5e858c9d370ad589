# SPDX-License-Identifier: Apache-2.0
"""Redaction and layout: no secret is written, and names sort by time and hold nothing of a URL."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.services import layout
from archiver.services.redaction import ALWAYS_SECRET, Redactor
from archiver.store.keys import is_key

AT = datetime(2026, 3, 3, 10, 4, 5, 678000, tzinfo=UTC)
REDACTOR = Redactor(b"key")
values = st.from_regex(rb"[!-~][ -~]{0,20}[!-~]", fullmatch=True)


@given(values, st.sampled_from(sorted(ALWAYS_SECRET | {b"x-key"})), st.booleans())
def test_a_secret_value_is_replaced_wherever_its_header_stands(secret: bytes, name: bytes, upper: bool) -> None:
    name = name.upper() if upper else name
    head = b"GET / HTTP/1.1\r\nHost: a.example\r\n%b: %b\r\nAccept: */*\r\n\r\n" % (name, secret)
    written, done = REDACTOR.request(head, {"X-Key"})
    lines = written.split(b"\r\n")
    assert lines[:2] == [b"GET / HTTP/1.1", b"Host: a.example"]
    assert lines[3:] == [b"Accept: */*", b"", b""]
    (one,) = done
    assert lines[2] == name + b": redacted " + one.keyed_digest.encode()
    assert (one.where, one.name) == ("header", name.decode().lower())
    assert one.keyed_digest == REDACTOR.keyed_digest(secret)


def test_equal_secrets_are_seen_to_be_equal_under_one_key_only() -> None:
    assert REDACTOR.keyed_digest(b"lamp") == REDACTOR.keyed_digest(b"lamp")
    assert REDACTOR.keyed_digest(b"lamp") != REDACTOR.keyed_digest(b"mole")
    assert REDACTOR.keyed_digest(b"lamp") != Redactor(b"other").keyed_digest(b"lamp")
    assert "ada" not in REDACTOR.userinfo("ada:lamp").keyed_digest


def test_other_headers_are_left_as_they_were() -> None:
    head = b"GET /cookie: HTTP/1.1\r\nX-Cookie: a\r\nCookies: b\r\n\r\n"
    assert REDACTOR.request(head, ()) == (head, [])
    assert REDACTOR.request(b"", ()) == (b"", [])


def test_every_one_of_several_secret_headers_is_replaced() -> None:
    _, done = REDACTOR.request(b"GET / HTTP/1.1\r\nCookie: a\r\nAuthorization: b\r\nCookie: c\r\n\r\n", ())
    assert [one.name for one in done] == ["cookie", "authorization", "cookie"]


@given(
    st.integers(0, 10**12),
    st.integers(1, 10**9),
    st.binary(min_size=10, max_size=10),
    st.binary(min_size=10, max_size=10),
)
def test_segment_ids_sort_by_time(milliseconds: int, later: int, one: bytes, other: bytes) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    first = layout.segment_id(epoch + timedelta(milliseconds=milliseconds), one)
    second = layout.segment_id(epoch + timedelta(milliseconds=milliseconds + later), other)
    assert len(first) == len(second) == 26
    assert first < second


def test_a_segment_id_has_the_layout_of_a_ulid() -> None:
    assert layout.segment_id(datetime(1970, 1, 1, tzinfo=UTC), b"\0" * 10) == "0" * 26
    assert layout.segment_id(datetime(1970, 1, 1, tzinfo=UTC), b"\xff" * 10) == "0" * 10 + "z" * 16
    assert layout.segment_id(AT, b"\0" * 9 + b"\x1f")[-1] == "z"


@pytest.mark.parametrize("job", ["adhoc", "daily-news"])
def test_names_are_keys_of_a_store(job: str) -> None:
    segment = layout.segment_id(AT, b"0123456789")
    folder = layout.segment_folder(job, AT, segment)
    assert folder == f"segments/{job}/2026/03/03/{segment}/"
    name = layout.warc_name(job, AT, segment)
    assert name == f"{job}-20260303100405-{segment}.warc.gz"
    for file in (name, layout.SEAL, layout.INDEX, layout.MANIFESTS):
        assert is_key(folder + file)
