# SPDX-License-Identifier: Apache-2.0
"""URLs that can be requested, read as a browser reads them.

`parse` reads text as a browser would (WHATWG URL Standard, "URL parsing" and "Host parsing", schemes http and https
only) and gives an `HttpUrl` whose `url`, host, target and fragment are ASCII without spaces or control characters, so
none can break a request line or a header. A host that a browser reads as an IPv4 address comes out as a dotted quad:
whoever judges addresses need not know the spellings. Stricter than the standard in two places: a name that DNS cannot
hold (empty or overlong labels, RFC 1035 section 2.3.4) and a URL over 15 KiB are refused. `BadInput` never quotes
userinfo, a secret.

Left to others: the key a URL is found under (`url_keys`), which addresses and ports may be connected to (`dialer`), and
which URLs belong to a crawl (`scope`).
"""

import re
import unicodedata
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import unquote, unquote_to_bytes

import idna

from archiver.errors import BadInput

MAX_LENGTH = 15 * 1024
"""Characters of a URL, as given and as serialised: two fit into the 32 KiB of a record header that FastWARC reads."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADVICE = "Write it as http://host/path"

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PLAIN = re.compile(
    r"(https?)://((?:[a-z0-9_][a-z0-9_-]{0,62}\.)*[a-z][a-z0-9_-]{0,62}|"
    + r"\.".join([_OCTET] * 4)
    + r")(?::([0-9]{1,5}))?"
    r"(/[!$%&'()*+,\-./0-9:;=@A-Z\[\]_a-z|~]*)?(\?[!$%&()*+,\-./0-9:;=?@A-Z\[\\\]^_`a-z{|}~]*)?"
    r"(?:#([!#$%&'()*+,\-./0-9:;=?@A-Z\[\\\]^_a-z{|}~]*))?",
)
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_AUTHORITY = re.compile(r"[^/\\?#]*")
_DOT_SEGMENTS = {".": 1, "%2e": 1, "..": 2, ".%2e": 2, "%2e.": 2, "%2e%2e": 2}
_FORBIDDEN_IN_DOMAIN = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_IN_PATH = re.compile(r"[\x00-\x20\"#<>?^`{}\x7f-\U0010ffff]+")
_IN_QUERY = re.compile(r"[\x00-\x20\"#<>'\x7f-\U0010ffff]+")
_IN_FRAGMENT = re.compile(r"[\x00-\x20\"<>`\x7f-\U0010ffff]+")
_BEGINS_AS_URL = re.compile(r"\s*https?://", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class HttpUrl:
    """An http or https URL that can be requested, in normal form."""

    scheme: str
    """`http` or `https`."""
    host: str
    """Lower-case ASCII name (UTS #46, non-transitional), dotted quad, or IPv6 address without brackets (RFC 5952)."""
    port: int
    """The port to connect to, default filled in."""
    target: str
    """Path and query as sent in the request line; begins with a slash."""
    userinfo: str | None = field(default=None, repr=False)
    """`user` or `user:password`, percent-decoded: a secret, kept out of every other form and of the repr."""
    fragment: str | None = None
    """Percent-encoded, without the `#`; never sent."""

    @property
    def authority(self) -> str:
        """The value of the Host header (RFC 9110 section 7.2)."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _DEFAULT_PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port that is not the default (RFC 6454 section 6.1)."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The URL as an archive names it: no userinfo, no fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def is_ip_literal(self) -> bool:
        """Whether the host is an address, so that no name is looked up."""
        return ":" in self.host or _IPV4.fullmatch(self.host) is not None


def parse(text: str, base: HttpUrl | None = None) -> HttpUrl:
    """Reads `text` as a browser reads a link found at `base`.

    Raises `BadInput` with the field `reason`: `scheme-refused` for another scheme, `bad-url` for everything else.
    """
    if len(text) > MAX_LENGTH:
        raise _bad(f"the URL is longer than {MAX_LENGTH} characters", "Give a shorter URL")
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        scheme, host, digits, path, query, fragment = plain.groups()
        path = path or "/"
        if "/." not in path and "/%2" not in path and "xn--" not in host and len(host) <= 253:
            port = int(digits) if digits else _DEFAULT_PORTS[scheme]
            if port <= 65535:
                return HttpUrl(scheme, host, port, path + query if query else path, None, fragment)
    return _parse_any(text, base)


def same_site(a: HttpUrl, b: HttpUrl) -> bool:
    """Whether both name one host, a leading `www.` aside."""
    return a.host.removeprefix("www.") == b.host.removeprefix("www.")


def looks_like_url(text: str) -> bool:
    """Whether a person who typed `text` meant a URL: it begins with http:// or https://, in any case."""
    return _BEGINS_AS_URL.match(text) is not None


def _bad(what: str, advice: str = _ADVICE, reason: str = "bad-url") -> BadInput:
    return BadInput(what, advice, reason=reason)


def _parse_any(text: str, base: HttpUrl | None) -> HttpUrl:
    if not text.isascii():
        # Lone surrogates come from \u escapes in JSON and scripts; the standard works on scalar values.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = text.strip("".join(map(chr, range(0x21)))).replace("\t", "").replace("\n", "").replace("\r", "")
    text, hash_sign, fragment = text.partition("#")
    kept = _encode(_IN_FRAGMENT, fragment) if hash_sign else None

    found = _SCHEME.match(text)
    scheme = found[1].lower() if found else None
    if scheme is not None and scheme not in _DEFAULT_PORTS:
        raise _bad(f"the scheme {scheme[:40]!r} is not fetched", "Only http and https URLs can be", "scheme-refused")
    rest = text[found.end() :] if found else text
    if scheme is None and base is None:
        raise _bad("the URL does not begin with a scheme")
    doubled = len(rest) > 1 and rest[0] in "/\\" and rest[1] in "/\\"
    if base is not None and (scheme is None or scheme == base.scheme) and not doubled:
        target = _relative(rest, base.target)
        return _bounded(HttpUrl(base.scheme, base.host, base.port, target, base.userinfo, kept))

    # The standard ignores how many slashes follow the scheme, and which way they lean.
    rest = rest.lstrip("/\\")
    scheme = scheme or (base.scheme if base is not None else "http")
    authority = _AUTHORITY.match(rest)
    netloc = authority[0] if authority else ""
    userinfo, _, place = netloc.rpartition("@")
    host, port = _place(place, scheme)
    given = None if userinfo in ("", ":") else unquote(userinfo, errors="replace")
    return _bounded(HttpUrl(scheme, host, port, _target(rest[len(netloc) :], []), given, kept))


def _bounded(url: HttpUrl) -> HttpUrl:
    if len(url.target) + len(url.origin) > MAX_LENGTH:
        raise _bad(f"the URL is longer than {MAX_LENGTH} characters when encoded", "Give a shorter URL")
    return url


def _encode(unsafe: re.Pattern[str], text: str) -> str:
    return unsafe.sub(lambda run: "".join(f"%{octet:02X}" for octet in run[0].encode("utf-8")), text)


def _relative(rest: str, base_target: str) -> str:
    base_path, _, _ = base_target.partition("?")
    if not rest:
        return base_target
    if rest[0] == "?":
        return base_path + _query(rest)
    if rest[0] in "/\\":
        return _target(rest, [])
    return _target("/" + rest, base_path.split("/")[1:-1])


def _query(text: str) -> str:
    return "?" + _encode(_IN_QUERY, text[1:])


def _target(text: str, above: list[str]) -> str:
    """Path and query of `text`, the path resolved below the segments `above`."""
    path, question_mark, query = text.partition("?")
    kept = above
    segments = path.replace("\\", "/").split("/")[1:] or [""]
    last = len(segments) - 1
    for at, segment in enumerate(segments):
        dots = _DOT_SEGMENTS.get(segment.lower(), 0) if len(segment) <= 6 else 0
        if dots == 2 and kept:
            kept.pop()
        if dots == 0:
            kept.append(segment)
        elif at == last:
            kept.append("")
    return "/" + _encode(_IN_PATH, "/".join(kept)) + (_query("?" + query) if question_mark else "")


def _place(text: str, scheme: str) -> tuple[str, int]:
    """Host and effective port of an authority without userinfo."""
    if text.startswith("["):
        address, closed, after = text[1:].partition("]")
        if not closed or (after and after[0] != ":"):
            raise _bad("the host begins with '[' but is no IPv6 address in brackets", "Write it as http://[::1]/path")
        host, digits = _ipv6(address), after[1:]
    else:
        name, _, digits = text.partition(":")
        host = _host(name)
    if not digits:
        return host, _DEFAULT_PORTS[scheme]
    # Not quoted: a password with a slash in it ends up here. Bounded before int(): leading zeros are legal, and many.
    significant = digits.lstrip("0") or "0"
    if not (digits.isascii() and digits.isdigit()) or len(significant) > 5 or int(significant) > 65535:
        raise _bad("the port is not a number from 0 to 65535")
    return host, int(significant)


def _ipv6(text: str) -> str:
    if "%" in text:
        raise _bad("the IPv6 address carries a zone id", "Leave out '%' and what follows it")
    try:
        packed = IPv6Address(text).packed
    except AddressValueError as error:
        raise _bad(f"{text[:80]!r} is not an IPv6 address", "Write it as http://[::1]/path") from error
    # Not str(): Python 3.13 writes mapped addresses as dotted quads, the standard never does.
    groups = ":".join(f"{packed[at] << 8 | packed[at + 1]:x}" for at in range(0, 16, 2))
    runs = re.findall(r"\b0(?::0)+\b", groups)
    return re.sub(r":{3,}", "::", re.sub(rf"\b{max(runs, key=len)}\b", "::", groups, count=1)) if runs else groups


def _host(text: str) -> str:
    name = text
    if "%" in name:
        name = unquote_to_bytes(name).decode("utf-8", "replace")
    if not name:
        raise _bad("the URL names no host")
    if len(name) > 1024:
        raise _bad("the host is longer than a name in DNS can be")
    name = name.lower() if name.isascii() and "xn--" not in name.lower() else _domain_to_ascii(name)
    forbidden = _FORBIDDEN_IN_DOMAIN.search(name)
    if forbidden:
        raise _bad(f"the host contains {forbidden[0]!r}, which no host name may")
    labels = name.split(".")
    if labels[-1] == "" and len(labels) > 1:
        labels.pop()
    if labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        return _ipv4(labels)
    if len(name.removesuffix(".")) > 253 or any(not 0 < len(label) <= 63 for label in labels):
        raise _bad("the host has an empty part, or is longer than a name in DNS can be")
    return name


def _domain_to_ascii(name: str) -> str:
    """UTS #46 processing with CheckBidi and CheckJoiners, without STD3 rules or DNS lengths, as browsers do it.

    `idna.encode` would apply IDNA 2008 on top and refuse names that are registered and open in browsers (emoji).
    """
    try:
        labels = [_unicode_label(label) for label in idna.uts46_remap(name, std3_rules=False).split(".")]
        bidi = any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for label in labels for character in label)
        for label in labels:
            idna.check_initial_combiner(label)
            if any(char in "\u200c\u200d" and not idna.valid_contextj(label, at) for at, char in enumerate(label)):
                raise UnicodeError("joiner out of context")
            if bidi and label:
                idna.check_bidi(label, check_ltr=True)
        encoded = [label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels]
    except ValueError as error:
        raise _bad(f"the host {name[:80]!r} is not an internationalised domain name") from error
    return ".".join(encoded)


def _unicode_label(label: str) -> str:
    """The label in Unicode; raises a `ValueError` when it is Punycode for what nobody would encode so."""
    if len(label) > 63:
        raise UnicodeError("longer in ASCII than a label may be")
    if not label.startswith("xn--"):
        return label
    decoded = label[4:].encode("ascii").decode("punycode")
    again = decoded.encode("punycode").decode()
    if decoded.isascii() or again != label[4:] or idna.uts46_remap(decoded, std3_rules=False) != decoded:
        raise UnicodeError("invalid Punycode")
    return decoded


def _ipv4(labels: list[str]) -> str:
    """The IPv4 parser of the standard: one to four numbers in three radixes, the last fills what is left."""
    numbers: list[int] = []
    for label in labels:
        if re.fullmatch(r"0x[0-9a-f]*", label):
            digits, radix = label[2:] or "0", 16
        elif len(label) > 1 and label[0] == "0":
            digits, radix = label[1:], 8
        else:
            digits, radix = label, 10
        if not re.fullmatch(r"[0-7]+" if radix == 8 else r"[0-9a-f]+" if radix == 16 else r"[0-9]+", digits):
            raise _bad("the host ends in a number but is not an IPv4 address", "Write it as http://192.0.2.1/path")
        numbers.append(int(digits.lstrip("0")[:40] or "0", radix))
    *octets, last = numbers
    if len(numbers) > 4 or any(octet > 255 for octet in octets) or last >= 256 ** (5 - len(numbers)):
        raise _bad("the host is an IPv4 address out of range", "Write it as http://192.0.2.1/path")
    value = last + sum(octet << 8 * (3 - at) for at, octet in enumerate(octets))
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
