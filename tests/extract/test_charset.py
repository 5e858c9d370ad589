# SPDX-License-Identifier: Apache-2.0
"""Charsets are found by label from a closed table, kinds of bytes by their first bytes."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract.markup import charset, media


def test_every_charset_it_can_name_is_a_text_codec_of_python():
    for name in charset.CODECS:
        assert codecs.lookup(name)
        assert isinstance(b"\x80\xff\x00a".decode(name, "replace"), str)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("latin1", "windows-1252"),
        ("GB2312", "gb18030"),
        (" Shift_JIS ", "cp932"),
        ("euc-kr", "cp949"),
        ("iso-8859-9", "windows-1254"),
    ],
)
def test_labels_mean_what_the_encoding_standard_says(label, name):
    assert charset.from_label(label) == name


@pytest.mark.parametrize(
    "label", ["rot13", "idna", "unicode_escape", "utf-7", "zlib", "punycode", "undefined", "base64", "x\0y", ""]
)
def test_codecs_of_python_alone_are_never_used(label):
    assert charset.from_label(label) is None
    assert charset.detect(b"<p>ab", f"text/html; charset={label}") == "utf-8"


@pytest.mark.parametrize(
    ("entity", "content_type", "name"),
    [
        (b"\xff\xfea\x00", "text/html; charset=utf-8", "utf-16-le"),
        (b"<meta charset=koi8-r>\xf0", None, "koi8-r"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=euc-jp">\xa4\xa2', None, "euc-jp"),
        (b"<meta charset=koi8-r>\xf0", 'text/html; charset="windows-1251"', "windows-1251"),
        (b"<meta charset=utf-16><p>a", None, "utf-8"),
        (b"<p>caf\xe9", None, "windows-1252"),
        (b"<meta charset=utf-8><p>caf\xe9", None, "windows-1252"),
        (b"<meta charset=windows-1251>" + "Тихая гавань у северного моря".encode(), None, "utf-8"),
        ("<p>гавань".encode()[:-1], None, "utf-8"),
        (b"", None, "utf-8"),
    ],
)
def test_the_charset_is_what_the_bytes_prove_or_the_page_declares(entity, content_type, name):
    assert charset.detect(entity, content_type) == name


@pytest.mark.parametrize(
    ("entity", "content_type", "kind"),
    [
        (b"<!DOCTYPE html><p>", "text/plain", "text/html"),
        (b"  <html>", None, "text/html"),
        (
            b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">',
            "application/xhtml+xml",
            "application/xhtml+xml",
        ),
        (b"%PDF-1.4", "text/html", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", None, "image/png"),
        (b"RIFF0000WEBP", None, "image/webp"),
        (b"words", None, "text/plain"),
        (b"words", "text/html", "text/html"),
        (b"a\x00\x01b", "text/plain", "application/octet-stream"),
        (b'{"a":1}', None, "application/json"),
        (b"body{}", "text/css", "text/css"),
        (b"RIFF0000WAVE", None, "audio/wave"),
        (b"RIFF0000none", None, "text/plain"),
        (b"\0\0\0\x20ftypavif", None, "image/avif"),
        (b"\0\0\0\x20ftypisom", None, "video/mp4"),
        (b"\xff\xfe<\0h\0t\0m\0l\0>\0", None, "text/html"),
        (b"\xef\xbb\xbf<html>", "application/xhtml+xml; charset=utf-8", "application/xhtml+xml"),
        (b" <svg>", None, "image/svg+xml"),
        (b"<?xml?><svg>", None, "image/svg+xml"),
        (b"<?xml?><rss>", "text/html", "text/html"),
        (b"<?xml?><rss>", "application/rss+xml", "application/rss+xml"),
        (b"<?xml?><rss>", "text/plain", "application/xml"),
        (b"<?xml?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN'>", None, "application/xhtml+xml"),
        (b"<?xml?><x xmlns='http://www.w3.org/1999/xhtml'>", "text/html", "text/html"),
        (b"<section>", "text/html", "text/html"),
        (b"<section>", "html", "text/plain"),
        (b"a\x00<b", "text/html", "text/html"),
        (b" [1]", None, "application/json"),
        (b"x=1", "application/javascript", "application/javascript"),
        (b"x=1", "image/png", "text/plain"),
        (b"", "text/html", None),
    ],
)
def test_the_kind_is_read_from_the_bytes(entity, content_type, kind):
    assert media.detect(entity, content_type) == kind


@given(
    st.lists(
        st.sampled_from(
            [b"a", b"\xc3\xa9", b"\xff", b"\xe3\x81", b"\xf0\x9f", b"<meta charset=koi8-r>", b"\xef\xbb\xbf"]
        )
    )
)
def test_characters_are_read_with_the_charset_that_is_found(bits):
    entity = b"".join(bits)
    codec = charset.detect(entity, None)
    assert charset.read(entity, None) == (codec, charset.decode(entity, codec))
