# SPDX-License-Identifier: Apache-2.0
"""The kinds of value a job file has, each with what to write instead when it is something else.

A refusal is a pydantic error of type `said` with `what` and `instead` in its context. No refusal quotes a value that may
be a secret: headers, proxies and names of variables are never repeated.
"""

import re
from datetime import date
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from archiver.errors import BadInput
from archiver.jobs.amounts import NotAnAmount, read_duration, read_size
from archiver.jobs.schedule import read_zone
from archiver.scope import check_pattern
from archiver.urls import parse

ENGINES_OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie"})
MOST_HEADER = 16 << 20
MOST_BODY = 900 << 20
"""What the engine takes of one response at most: its record must fit a segment."""
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 0.1, 86_400.0
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}")
_NAME = re.compile(r"[a-z0-9-]{1,64}")
_ENV = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,127}")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]")
_LANGUAGE = re.compile(
    r"[A-Za-z0-9*-]{1,20}( *; *q=[01](\.[0-9]{1,3})?)?( *, *[A-Za-z0-9*-]{1,20}( *; *q=[01](\.[0-9]{1,3})?)?)*"
)
_AT = re.compile(r"[^@\s]{1,64}@[^@\s]{1,253}")
_AMOUNT = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]}


def said(what: str, instead: str) -> PydanticCustomError:
    """A refusal."""
    return PydanticCustomError("said", "{what}", {"what": what, "instead": instead})


def _duration(given: Any) -> float:
    try:
        return read_duration(given)
    except NotAnAmount as fault:
        raise said(fault.what, fault.instead) from fault


def _size(given: Any) -> int:
    try:
        return read_size(given)
    except NotAnAmount as fault:
        raise said(fault.what, fault.instead) from fault


def _timeout(given: Any) -> float:
    """Seconds of one exchange: without an end it could hold up a crawl for ever."""
    seconds = _duration(given)
    if not SHORTEST_TIMEOUT <= seconds <= LONGEST_TIMEOUT:
        raise said("a time-out is 100 milliseconds to a day", "write 0.1s to 1d")
    return seconds


def _header_size(given: Any) -> int:
    octets = _size(given)
    if not 1 << 10 <= octets <= MOST_HEADER:
        raise said("the limit of a header is 1KiB to 16MiB", "write 1KiB to 16MiB")
    return octets


def _body_size(given: Any) -> int:
    octets = _size(given)
    if not 0 < octets <= MOST_BODY:
        raise said("the limit of a body is 1 byte to 900MiB", "write 900MiB or less")
    return octets


def _delay(given: Any) -> float | str:
    if given == "auto":
        return "auto"
    try:
        return read_duration(given)
    except NotAnAmount as fault:
        raise said(fault.what, f"{fault.instead}, or auto") from fault


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        near = re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")[:64]
        raise said("a name is 1 to 64 of a-z, 0-9 and hyphens", f"write {near}" if near else "write such a name")
    return text


def _line(text: str) -> str:
    if not text.strip() or len(text) > 2000 or _UNPRINTED.search(text):
        raise said("this is no line of text", "write one line of 1 to 2000 characters")
    return text


def _prose(text: str) -> str:
    if not text.strip() or len(text) > 20_000:
        raise said("this is no text", "write 1 to 20000 characters")
    return text


def _contact(text: str) -> str:
    if not _AT.fullmatch(text) and not text.startswith(("https://", "http://")):
        raise said("a contact is where a site's owner can write to", "write an e-mail address, or the URL of a page")
    return _line(text)


def _mail_address(text: str) -> str:
    if not _AT.fullmatch(text) or _UNPRINTED.search(text):
        raise said("this is no e-mail address", "write it as name@example.org")
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as fault:
        raise said("this is no date", "write it as 2026-12-31") from fault


def _url(text: str) -> str:
    try:
        return parse(text).url
    except BadInput as fault:
        raise said(fault.what, fault.advice[:1].lower() + fault.advice[1:]) from fault


def _seed_url(text: str) -> str:
    _url(text)
    if parse(text).userinfo is not None:
        raise said("the URL holds a user or password", "leave them out; secret_headers can hold an Authorization")
    return text


def _pattern(text: str) -> str:
    try:
        check_pattern(text)
    except BadInput as fault:
        raise said(f"{fault.what}{_at(text, fault.what)}", fault.advice[:1].lower() + fault.advice[1:]) from fault
    return text


def _at(pattern: str, what: str) -> str:
    """Where in the pattern: RE2 says which piece it stumbled over, not where that is."""
    _, colon, piece = what.rpartition(": ")
    at = pattern.find(piece) if colon and piece else -1
    return f" (at character {at + 1} of the pattern)" if at >= 0 else ""


def _variable(text: str) -> str:
    if not _ENV.fullmatch(text):
        # Never shown: it may be the secret itself.
        raise said("this is not the name of a variable", "write env:NAME, and set NAME where the archiver runs")
    return text


def _url_or_variable(text: str) -> str:
    return text if _ENV.fullmatch(text) else _seed_url(text)


def _proxy(text: str) -> str:
    if _ENV.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https", "socks5h") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable, parts = False, urlsplit("")
    if (
        not usable
        or _UNPRINTED.search(text)
        or " " in text
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
    ):
        raise said("this is no proxy", "write http://, https:// or socks5h:// with host and port, or env:NAME")
    if parts.username is not None or "@" in parts.netloc:
        raise said("the proxy's URL holds a user or password", "put the whole URL into a variable and write env:NAME")
    return text


def _private(text: str) -> str:
    host, colon, port = text.rpartition(":")
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        if "/" in text:
            ip_network(text)
            return text
        ip_address(bare)
    except ValueError as fault:
        known = bool(host) and not re.search(r"[\s/@]", host)
        if not colon or not known or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
            raise said(
                f"{text[:60]!r} is no address", "write HOST:PORT, an address, or a network as 10.0.0.0/8"
            ) from fault
    return text


def _header_name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise said("this cannot be the name of a request header", "write letters, digits and hyphens")
    if text.lower() in ENGINES_OWN:
        raise said(f"the header {text} is set by the engine", "leave it out")
    return text


def _header_value(text: str) -> str:
    if _UNPRINTED.search(text) or any(ord(character) > 255 for character in text):
        raise said("the value of the header cannot be sent", "write one line, percent-encoded where it is not Latin-1")
    return text


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise said("this is no list of languages", "write it as de, en;q=0.7")
    return text


def _parameter(text: str) -> str:
    if not re.fullmatch(r"[^\s=&?#]{1,200}", text) or text == "*":
        raise said("this is not the name of a query parameter", "write a name as sid, or a pattern as utm_*")
    return text


def _selector(text: str) -> str:
    try:
        LexborHTMLParser("<p>").css(text)
    except SelectolaxError as fault:
        raise said(f"{text[:60]!r} is not a CSS selector", "write it as main, #article or div.story p") from fault
    return text


def _zone(text: str) -> str:
    try:
        read_zone(text)
    except BadInput as fault:
        raise said(fault.what, fault.advice) from fault
    return text


Text = Annotated[str, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Days = Annotated[int, Field(strict=True, ge=1, le=36_500)]
Percent = Annotated[float, Field(ge=0, le=100, strict=True)]
Duration = Annotated[float, BeforeValidator(_duration), WithJsonSchema(_AMOUNT)]
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema(_AMOUNT)]
HeaderSize = Annotated[int, BeforeValidator(_header_size), WithJsonSchema(_AMOUNT)]
BodySize = Annotated[int, BeforeValidator(_body_size), WithJsonSchema(_AMOUNT)]
Timeout = Annotated[float, BeforeValidator(_timeout), WithJsonSchema(_AMOUNT)]
Delay = Annotated[float | Literal["auto"], BeforeValidator(_delay), WithJsonSchema(_AMOUNT)]
Name = Annotated[Text, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9-]{1,64}$"})]
Line = Annotated[Text, AfterValidator(_line)]
Prose = Annotated[Text, AfterValidator(_prose)]
Contact = Annotated[Text, AfterValidator(_contact)]
MailAddress = Annotated[Text, AfterValidator(_mail_address)]
Day = Annotated[Text, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Url = Annotated[Text, AfterValidator(_seed_url)]
Pattern = Annotated[Text, AfterValidator(_pattern)]
Variable = Annotated[
    Text, AfterValidator(_variable), WithJsonSchema({"type": "string", "pattern": f"^{_ENV.pattern}$"})
]
UrlOrVariable = Annotated[Text, AfterValidator(_url_or_variable)]
Proxy = Annotated[Text, AfterValidator(_proxy)]
Private = Annotated[Text, AfterValidator(_private)]
HeaderName = Annotated[Text, AfterValidator(_header_name)]
HeaderValue = Annotated[Text, AfterValidator(_header_value)]
UserAgent = Annotated[Text, AfterValidator(_header_value), AfterValidator(_line)]
Languages = Annotated[Text, AfterValidator(_language)]
Parameter = Annotated[Text, AfterValidator(_parameter)]
Selector = Annotated[Text, AfterValidator(_selector)]
Zone = Annotated[Text, AfterValidator(_zone)]
