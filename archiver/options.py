# SPDX-License-Identifier: Apache-2.0
"""How a capture is made: what a caller may choose, with the defaults everything else uses."""

import ssl
from dataclasses import dataclass, field

from archiver.capture.http import ACCEPT, ACCEPT_ENCODING, Limits
from archiver.dialer import Allowed, Dialer, Proxy
from archiver.errors import BadInput
from archiver.services.crawl import Plan
from archiver.version import VERSION
from manifests.agents import Agent
from manifests.capture import FetchSettings

USER_AGENT = f"Mozilla/5.0 (compatible; colophon/{VERSION})"
ROBOTS = ("record", "obey", "off")
_OURS = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})
_FLAGS = {"User-Agent": " (--user-agent)", "Accept-Language": " (--accept-language)"}


def _fits_latin_1(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """Everything that changes what is fetched, and what is said of it."""

    page_only: bool = False
    """Leave out what the page embeds."""
    robots: str = "record"
    """`record` (fetch and keep robots.txt, do not obey it), `obey`, or `off`."""
    site_files: bool = True
    """Capture the files in which the page's site speaks for all its pages too: tdmrep.json, trust.txt, ai.txt, security.txt, RSL
    licences. They are left out with robots `off`."""
    with_original: bool = False
    """Capture too what a page says it republishes, when it gives its address: one step, under the same options."""
    allow_private: tuple[str, ...] = ()
    """`HOST:PORT` or `NETWORK` that may be reached although not public."""
    headers: tuple[str, ...] = ()
    """Further request headers, `Name: value`; Authorization and Cookie are redacted in what is written."""
    secret_headers: frozenset[str] = frozenset()
    """Names of further headers whose values are secrets."""
    user_agent: str = USER_AGENT
    accept_language: str | None = None
    proxy: str | None = None
    """`http://`, `https://` or `socks5h://` URL; its credentials are never written."""
    accept_bad_certificate: bool = False
    dense: bool = False
    """Compress the WARC file about as small as zlib does at its default level, for about three times the time."""
    limits: Limits = field(default_factory=Limits)
    purpose: str | None = None
    trust: ssl.SSLContext | None = None
    """Another trust store than the system's."""

    def dialer(self) -> Dialer:
        """The guarded way out. Raises `BadInput` for addresses and proxies that cannot be read."""
        return Dialer(
            allowed=[Allowed.parse(text) for text in self.allow_private],
            proxy=Proxy.parse(self.proxy) if self.proxy else None,
            connect_timeout=self.limits.connect,
        )

    def request_headers(self) -> tuple[tuple[str, str], ...]:
        """The request headers in the order they are sent. Raises `BadInput` for headers that cannot be sent."""
        named = [("User-Agent", self.user_agent), ("Accept", ACCEPT)]
        if self.accept_language:
            named.append(("Accept-Language", self.accept_language))
        named.append(("Accept-Encoding", ACCEPT_ENCODING))
        for number, line in enumerate(self.headers, start=1):
            name, colon, value = line.partition(":")
            name, value = name.strip(), value.strip()
            if not colon or not name or not name.isascii() or " " in name:
                # Never shown: what is no header may be a bare token.
                raise BadInput(f"request header {number} cannot be sent", "Write it as: --header 'Name: value'.")
            if name.lower() in _OURS:
                raise BadInput(f"the header {name} is set by the engine", "Leave it out.")
            named = [one for one in named if one[0].lower() != name.lower()] + [(name, value)]
        for name, value in named:
            if any(c in name + value for c in "\r\n\0") or not _fits_latin_1(value):
                raise BadInput(
                    f"the request header {name.split()[0][:40]} cannot be sent: it holds a line break or is not Latin-1",
                    f"Write it in one line, percent-encoded where it is not Latin-1{_FLAGS.get(name, '')}.",
                )
        return tuple(named)

    def plan(self, job: str, crawl_id: str, operator: Agent | None) -> Plan:
        """What the crawl needs of these options."""
        if self.robots not in ROBOTS:
            raise BadInput(f"--robots {self.robots} is unknown", f"Use one of: {', '.join(ROBOTS)}.")
        return Plan(
            job=job,
            crawl_id=crawl_id,
            headers=self.request_headers(),
            settings=FetchSettings(
                user_agent=self.user_agent,
                accept_language=self.accept_language,
                robots=self.robots,
                proxy=Proxy.parse(self.proxy).shown if self.proxy else None,
                accept_bad_certificate=self.accept_bad_certificate,
            ),
            secret_headers=self.secret_headers,
            requisites=not self.page_only,
            site_files=self.site_files,
            with_original=self.with_original,
            operator=operator,
            purpose=self.purpose,
        )
