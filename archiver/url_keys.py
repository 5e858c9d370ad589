# SPDX-License-Identifier: Apache-2.0
"""SURT keys: under which form of a URL its captures are found.

`url_key` gives the sort-friendly key (SURT) that the indexes of the field hold: `com,example)/path?a=1&b=2`. It is
total, lossy on purpose, reproduces quirks of existing indexes (jsessionid stays in a path, a stripped session id
leaves its `&` behind), and holds no white space or control character, since those frame a CDXJ line. Schemes other
than http and https keep their own text as key.
"""

import re

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_KEYABLE = re.compile(
    rf"https?://(?:www[0-9]*\.)?((?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*|(?:{_BYTE}\.){{3}}{_BYTE})(?::([0-9]{{1,4}}))?"
    r"(/[^\x00-\x20#%?(\x7f]*)?(?:\?([^\x00-\x20#%\x7f]*))?(?:#[^\x00-\x20]*)?",
)
_KEY_PARTS = re.compile(rb"(https?):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)
_REPEATED_SCHEME = re.compile(rb"(?:https?://)+(?=https?://)")
_ESCAPE = re.compile(rb"%[0-9a-fA-F]{2}")
_ESCAPED_IN_KEY = re.compile(rb"[\x00-\x20#%\x7f-\xff]")
_WWW = re.compile(rb"www[0-9]*\.")
_OLD_IPV4 = re.compile(rb"0[0-7]*(?:\.[0-7]+){1,3}|[1-9][0-9]*(?:\.[0-9]+){1,3}")
_ASPX_SESSION = (
    re.compile(rb"(?<=/)\((?:[a-z]\([0-9a-z]{24}\))+\)/"),
    re.compile(rb"(?<=/)\([0-9a-z]{24}\)/"),
)
_SESSION_MARK = re.compile(r"sessionid|sid=|cftoken=")
_QUERY_SESSION = tuple(
    re.compile(rb"(.*)" + pair + rb"(?:&|\Z)", re.DOTALL)
    for pair in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
    )
)
_BREAKS_A_LINE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")


def url_key(url: str) -> str:
    """The SURT key of `url`; never raises. Text without a scheme is read as http, so a bare host can be looked up."""
    if url.isascii():
        plain = _KEYABLE.fullmatch(url.lower())
        if plain is not None:
            host, port, path, query = plain.groups()
            if not path:
                path = "/"
            elif len(path) > 1:
                if "//" in path or "/." in path:
                    return _key_of_any(url)
                path = path.removesuffix("/")
            if query:
                if _SESSION_MARK.search(query):
                    return _key_of_any(url)
                path += "?" + (_sorted_query(query) if "&" in query else query)
            shown = f":{int(port)}" if port and int(port) not in (0, 443 if url[4] in "sS" else 80) else ""
            return ",".join(reversed(host.split("."))) + shown + ")" + path
    return _key_of_any(url)


def _verbatim_key(url: str) -> str:
    return _BREAKS_A_LINE.sub(
        lambda found: "".join(f"%{octet:02x}" for octet in found[0].encode("utf-8", "surrogatepass")),
        url.strip(" \t\r\n\v\f"),
    )


def _key_of_any(url: str) -> str:
    try:
        raw = url.encode("utf-8").strip().translate(None, b"\t\r\n")
    except UnicodeEncodeError:
        return _verbatim_key(url)
    if not raw:
        return "-"
    if not _SCHEME.match(raw.decode("utf-8")):
        raw = b"http://" + raw
    repeated = _REPEATED_SCHEME.match(raw)
    parts = _KEY_PARTS.match(raw, repeated.end() if repeated else 0)
    if parts is None:
        return _verbatim_key(url)
    scheme, netloc, path, query = parts.groups()
    host, bracket, bracketed = (netloc or b"").rstrip(b":").rpartition(b"@")[2].partition(b"[")
    if bracket:
        host, _, digits = bracketed.partition(b"]")
        digits = digits.partition(b":")[2]
    else:
        host, _, digits = host.partition(b":")
    significant = digits.lstrip(b"0") or b"0"
    if digits and (not digits.isdigit() or len(significant) > 5 or int(significant) > 65535):
        return _verbatim_key(url)
    port = int(significant)
    if not host and scheme.islower():
        # With slashes too many or too few, indexes hold the first part of the path as host, its port unread.
        hidden, _, below = path.lstrip(b"/").partition(b"/")
        host, path = (hidden, b"/" + below) if hidden else (b"", path[:1])

    host = _key_host(host)
    path = _unescape(path)
    if host:
        path = _key_path(path)
    elif not path and query:
        path = b"/"
    path = _without_aspx_session(_escape(path).lower())
    if len(path) > 1:
        path = path.removesuffix(b"/")
    tail = path.decode("ascii")
    if query:
        pairs = _sorted_query(_without_session(_escape(_unescape(query)).lower()).decode("ascii"))
        tail += "?" + pairs if pairs else ""
    if not host:
        return f"{scheme.decode()}:{tail}"
    shown = f":{port}" if port not in (0, 443 if scheme.lower() == b"https" else 80) else ""
    return ",".join(reversed(host.split("."))) + shown + ")" + tail


def _sorted_query(query: str) -> str:
    return "&".join("".join(pair) for pair in sorted(part.partition("=") for part in query.split("&")))


def _key_path(path: bytes) -> bytes:
    """Dot segments and empty segments removed; `..` above the root stays, and is itself removed by the next `..`."""
    kept: list[bytes] = []
    for segment in path.split(b"/")[1:]:
        if segment == b".." and kept:
            kept.pop()
        elif segment != b".":
            kept.append(segment)
    if not kept:
        return b"/"
    return b"/" + b"".join(segment + b"/" for segment in kept[:-1] if segment) + kept[-1]


def _key_host(raw: bytes) -> str:
    host = _unescape(raw)
    if not host.isascii() and len(host) <= 1024:
        try:
            # IDNA 2003, because the keys in existing indexes were made with it (sharp s becomes ss).
            host = host.decode("utf-8", "ignore").encode("idna")
        except UnicodeError:
            host = _unescape(raw)
    host = host.strip(b".").replace(b"..", b".")
    host = _key_ipv4(host) or _escape(host).lower()
    www = _WWW.match(host)
    return (host[www.end() :] if www else host).decode("ascii")


def _key_ipv4(host: bytes) -> bytes | None:
    """The dotted quad that inet_aton reads from decimal and octal numbers; a lone number is decimal, modulo 2**32."""
    if host.isdigit() and len(host) <= 1024:
        value = int(host) % (1 << 32)
    elif _OLD_IPV4.fullmatch(host):
        parts = host.split(b".")
        radixes = [8 if len(part) > 1 and part.startswith(b"0") else 10 for part in parts]
        if any(radix == 8 and re.search(rb"[89]", part) for part, radix in zip(parts, radixes, strict=True)):
            return None
        *octets, last = (int(part.lstrip(b"0")[:40] or b"0", radix) for part, radix in zip(parts, radixes, strict=True))
        if any(octet > 255 for octet in octets) or last >= 256 ** (4 - len(octets)):
            return None
        value = last + sum(octet << 8 * (3 - at) for at, octet in enumerate(octets))
    else:
        return None
    return b".".join(b"%d" % (value >> shift & 255) for shift in (24, 16, 8, 0))


def _unescape(text: bytes) -> bytes:
    """Every percent escape decoded, until none is left, in one pass: nested escapes cost no more than plain ones."""
    if not _ESCAPE.search(text):
        return text
    once = _ESCAPE.sub(lambda found: bytes((int(found[0][1:], 16),)), text)
    if not _ESCAPE.search(once):
        return once
    left = bytearray()
    for octet in once:
        left.append(octet)
        while len(left) > 2 and left[-3] == 0x25 and _ESCAPE.fullmatch(left, len(left) - 3):
            left[-3:] = (int(left[-2:], 16),)
    return bytes(left)


def _escape(text: bytes) -> bytes:
    return _ESCAPED_IN_KEY.sub(lambda found: b"%%%02x" % found[0][0], text)


def _without_session(query: bytes) -> bytes:
    for session in _QUERY_SESSION:
        found = session.match(query)
        if found:
            query = found[1] + query[found.end() :]
    # Cold Fusion's pair by hand: as an expression it is quadratic on "cfid=" repeated.
    end = len(query)
    while (token := query.rfind(b"&cftoken=", 0, end)) >= 0:
        after = token + len(b"&cftoken=")
        at = query.rfind(b"cfid=", query.rfind(b"&", 0, token) + 1, max(token - 1, 0))
        if at >= 0 and query[after : after + 1] not in (b"", b"&"):
            rest = query.find(b"&", after)
            return query[:at] + (query[rest + 1 :] if rest >= 0 else b"")
        end = token
    return query


def _without_aspx_session(path: bytes) -> bytes:
    if b".aspx" not in path or b"(" not in path:
        return path
    for session in _ASPX_SESSION:
        for found in reversed(list(session.finditer(path))):
            question_mark = path.find(b"?", found.end())
            if path.find(b".aspx", found.end() + 1, question_mark if question_mark >= 0 else len(path)) >= 0:
                path = path[: found.start()] + path[found.end() :]
                break
    return path
