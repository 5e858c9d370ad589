# SPDX-License-Identifier: Apache-2.0
"""Which charset an entity is in: labels are looked up in a closed table, never handed to Python's codec registry.

Guarantees: the name returned is one of `CODECS`, a text codec that decodes any bytes with replacement; Python-only codecs
(`rot13`, `idna`, `unicode_escape`) cannot be reached. Order of belief: byte order mark, bytes that are UTF-8 beyond chance,
Content-Type, the page's own declaration within its first 1,024 bytes, then UTF-8 or windows-1252 (WHATWG Encoding section
4.2 for the labels, HTML section 13.2.3 for the prescan). One departure: UTF-8 that proves itself outranks a declaration,
because pages transcoded on their way keep the old one.
"""

import codecs
import re

_TABLE = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    "ibm866": "866 cp866 csibm866 ibm866",
    "iso-8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso-8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso-8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso-8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso-8859-6": (
        "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
        "iso-8859-6-i "
        "iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987"
    ),
    "iso-8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
    "iso_8859-7:1987 sun_eu_greek",
    "iso-8859-8": (
        "csiso88598e csiso88598i csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-8859-8-i iso-ir-138 "
        "iso8859-8 "
        "iso88598 iso_8859-8 iso_8859-8:1988 logical visual"
    ),
    "iso-8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso-8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso-8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso-8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "iso-8859-16": "iso-8859-16",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8-u": "koi8-ru koi8-u",
    "mac-roman": "csmacintosh mac macintosh x-mac-roman",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "windows-1250": "cp1250 windows-1250 x-cp1250",
    "windows-1251": "cp1251 windows-1251 x-cp1251",
    "windows-1252": (
        "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
        "iso_8859-1 "
        "iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 x-user-defined"
    ),
    "windows-1253": "cp1253 windows-1253 x-cp1253",
    "windows-1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
    "windows-1254 x-cp1254",
    "windows-1255": "cp1255 windows-1255 x-cp1255",
    "windows-1256": "cp1256 windows-1256 x-cp1256",
    "windows-1257": "cp1257 windows-1257 x-cp1257",
    "windows-1258": "cp1258 windows-1258 x-cp1258",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc-jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso-2022-jp": "csiso2022jp iso-2022-jp",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "cp949": (
        "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949"
    ),
    "utf-16-be": "unicodefffe utf-16be",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
}
_LABELS = {label: codec for codec, labels in _TABLE.items() for label in labels.split()}

CODECS = frozenset(_TABLE)
"""Every charset this module can name, as Python knows it."""

STATEFUL = frozenset({"iso-2022-jp"})
"""Charsets whose slices cannot be decoded apart from what precedes them."""

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PARAMETER = re.compile(r"charset\s{0,20}=\s{0,20}[\"']?([^\s\"';,]{1,40})", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{1,400}?charset\s{0,20}=\s{0,20}[\"']?\s{0,20}([A-Za-z0-9_:.\-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s{0,20}<\?xml[^>]{1,200}?encoding\s{0,20}=\s{0,20}[\"']([A-Za-z0-9_:.\-]{1,40})[\"']")
_HIGH = re.compile(rb"[\x80-\xff]")
_ENOUGH_HIGH_BYTES = 24


def from_label(label: str) -> str | None:
    """The charset a WHATWG label names, or None."""
    return _LABELS.get(label.strip(" \t\r\n\f\"'").lower())


def from_content_type(content_type: str | None) -> str | None:
    """The charset that a Content-Type value names, or None."""
    found = _PARAMETER.search(content_type[:1000]) if content_type else None
    return from_label(found[1]) if found else None


def _declared(entity: bytes) -> str | None:
    head = entity[:1024]
    found = _META.search(head) or _XML.search(head) or _META.search(entity[1024:8192])
    named = from_label(found[1].decode("ascii")) if found else None
    # A declaration that could be read as ASCII cannot be UTF-16 (HTML section 13.2.3.2).
    return "utf-8" if named in {"utf-16-le", "utf-16-be"} else named


def _proves_utf8(entity: bytes) -> tuple[bool | None, str | None]:
    """Whether the bytes are UTF-8, and what they read as then: None when they are all ASCII and so prove nothing.

    A cut last character is no fault.
    """
    if entity.isascii():
        return None, None
    try:
        return True, entity.decode("utf-8")
    except UnicodeDecodeError as fault:
        cut = fault.reason == "unexpected end of data"
        return cut and _holds_utf8_letters(entity), None


def _has_enough_high_bytes(entity: bytes) -> bool:
    found = _HIGH.finditer(entity)
    return sum(1 for _ in zip(range(_ENOUGH_HIGH_BYTES), found, strict=False)) == _ENOUGH_HIGH_BYTES


def detect(entity: bytes, content_type: str | None) -> str:
    """The charset to decode `entity` with: a member of `CODECS`."""
    return _detected(entity, content_type)[0]


def _detected(entity: bytes, content_type: str | None) -> tuple[str, str | None]:
    for mark, codec in _BOMS:
        if entity.startswith(mark):
            return codec, None
    stated = from_content_type(content_type) or _declared(entity)
    if stated == "iso-2022-jp" or (stated or "").startswith("utf-16"):
        return stated or "utf-8", None
    utf8, markup = _proves_utf8(entity)
    if utf8 and (stated in {None, "utf-8"} or _has_enough_high_bytes(entity)):
        return "utf-8", markup
    if stated == "utf-8" and utf8 is False and not _holds_utf8_letters(entity):
        return "windows-1252", None
    return stated or ("windows-1252" if utf8 is False else "utf-8"), None


def _holds_utf8_letters(entity: bytes) -> bool:
    """Whether at least one multi-byte sequence is well formed, so that the faults are only damage."""
    return re.search(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xc2[\xa0-\xbf]", entity) is not None


def decode(entity: bytes, codec: str) -> str:
    """The entity's characters; undecodable bytes become U+FFFD. The byte order mark, if any, stays as U+FEFF."""
    return entity.decode(codec, "replace")


def read(entity: bytes, content_type: str | None) -> tuple[str, str]:
    """The charset, as `detect` finds it, and the entity's characters, as `decode` reads them."""
    codec, markup = _detected(entity, content_type)
    return codec, decode(entity, codec) if markup is None else markup
