# SPDX-License-Identifier: Apache-2.0
"""What a citation of one capture says: the page by its own words, when and by whom it was captured, and its digests.

Pure: a manifest, the newest claims and the archive's description in, one value out. Words of pages come out on one line, without
characters that cannot be seen or that turn the direction of what follows. URLs come out in ASCII, with everything percent-encoded
that RFC 3986 does not allow in one. What more a style must escape is for `citation_styles` to know.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from archiver.services.description import ArchiveDescription
from manifests.agents import Fetcher
from manifests.capture import CaptureManifest, Claims, Outcome
from manifests.digest import Digest, Role, canonical_digest

MOST_LETTERS = 500
"""Characters of a title or a name that are repeated."""
MOST_AUTHORS = 50
_JOINING = frozenset("\u200c\u200d")
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_NO_TEXT = frozenset({"Cn", "Co", "Cs"})
_IN_A_URL = "!#$%&'()*+,/:;=?@[]-._~"
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,5}\Z")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?![0-9]))?)?(?![0-9])")


@dataclass(frozen=True, slots=True)
class Citation:
    """The fields that every style draws from."""

    capture_id: str
    url: str
    """The URL that was asked for."""
    title: str | None
    """As the page names it, like authors, publisher, language and dates."""
    authors: tuple[str, ...]
    publisher: str | None
    language: str | None
    """A BCP 47 tag."""
    claimed_published_at: str | None
    claimed_modified_at: str | None
    fetched_at: datetime
    """When it was asked for, by the clock of the machine, UTC."""
    clock: str
    """What is known of that clock."""
    outcome: Outcome
    reason: str | None
    response_code: int | None
    archive_id: str
    operator: str | None
    """Who runs the archive."""
    contact: str | None
    software: Fetcher
    """The program that fetched it."""
    engine: str
    payload_digest: Digest | None
    """sha256 of what was sent, without chunk framing; None when nothing came, or only the word that nothing changed."""
    record_digest: Digest | None
    """sha256 of the whole answer as it came, header and body; None when none came."""
    manifest_digest: Digest
    """sha256 of the capture manifest, which names the other two."""

    @property
    def published_on(self) -> tuple[int, ...]:
        """The claimed date of publication as year, month and day, as far as it is given; empty when it cannot be read."""
        return read_date(self.claimed_published_at or "")


def citation(manifest: CaptureManifest, claims: Claims | None, archive: ArchiveDescription) -> Citation:
    """The citation of a capture; `claims` are the newest that were read from it."""
    seen = manifest.observation
    named = claims.title.value if claims is not None and claims.title is not None else ""
    operator = archive.operator or seen.operator
    tag = claims.language.value if claims is not None and claims.language is not None else ""
    return Citation(
        capture_id=seen.capture_id,
        url=ascii_url(seen.url),
        title=one_line(named) or None,
        authors=tuple(filter(None, (one_line(one.name) for one in claims.authors[:MOST_AUTHORS]))) if claims else (),
        publisher=(one_line(claims.publisher.name) or None) if claims and claims.publisher else None,
        language=tag if _LANGUAGE.match(tag) else None,
        claimed_published_at=(one_line(claims.published_at.value) or None) if claims and claims.published_at else None,
        claimed_modified_at=(one_line(claims.modified_at.value) or None) if claims and claims.modified_at else None,
        fetched_at=seen.requested_at,
        clock=one_line(f"{seen.clock.source}, offset {seen.clock.offset}"),
        outcome=seen.outcome,
        reason=seen.reason,
        response_code=seen.response.code if seen.response is not None else None,
        archive_id=archive.archive_id,
        operator=(one_line(operator.name) or None) if operator is not None else None,
        contact=(one_line(operator.contact) or None) if operator is not None and operator.contact else None,
        software=seen.software,
        engine=seen.engine,
        payload_digest=seen.digests.get(Role.PAYLOAD),
        record_digest=seen.digests.get(Role.BLOCK),
        manifest_digest=canonical_digest(manifest),
    )


def one_line(text: str) -> str:
    """Anybody's words on one line: white space collapsed, unseen characters gone, at most `MOST_LETTERS` characters.

    Letters that no font has become U+FFFD; the joiners that scripts need are kept.
    """
    kept = []
    for one in text:
        kind = unicodedata.category(one)
        if one.isspace() or kind in ("Zs", "Zl", "Zp"):
            kept.append(" ")
        elif kind in _NO_TEXT:
            kept.append("\ufffd")
        elif kind not in _UNSEEN or one in _JOINING:
            kept.append(one)
    line = " ".join("".join(kept).split())
    return line if len(line) <= MOST_LETTERS else line[: MOST_LETTERS - 1] + "…"


def ascii_url(url: str) -> str:
    """A URL with everything percent-encoded that may not stand in one."""
    return quote(url.encode("utf-8", "replace"), safe=_IN_A_URL)


def read_date(text: str) -> tuple[int, ...]:
    """Year, month and day at the beginning of a normalised date, as far as they are given; empty when it begins otherwise."""
    found = _DATE.match(text)
    parts = tuple(int(one) for one in found.groups() if one is not None) if found is not None and text.isascii() else ()
    try:
        date(*(parts + (1, 1, 1)[len(parts) :]))
    except ValueError:
        return ()
    return parts
