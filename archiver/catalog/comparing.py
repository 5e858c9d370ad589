# SPDX-License-Identifier: Apache-2.0
"""What the catalog holds of one segment, beside what its manifests and newest claims give.

The catalog is a function of the store, so each row can be made again and compared, without a second catalog. Compared are
the row of each capture, what was read of it, and its notices and original; keys that count rows differ from one catalog to
the next and are not.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from archiver.catalog.claimed import reprint_row
from archiver.catalog.entries import (
    LONGEST_CLAIMED_DATE,
    LONGEST_LANGUAGE,
    LONGEST_NAME,
    LONGEST_SIGNS,
    KeptClaims,
    Placed,
    notice_content,
    raw,
)
from archiver.catalog.schema import (
    EPOCH,
    MICROSECOND,
    OUTCOMES,
    capture_notices,
    captures,
    claims_sets,
    extractors,
    notices,
    publishers,
    reprints,
    segments,
)
from archiver.sql import Row

OWN = (
    "capture_id", "ordinal", "url", "url_key", "fetched_at", "outcome", "response_code", "revisits", "payload",
    "payload_sha1", "text", "etag", "last_modified", "record_offset", "record_length", "manifest_offset",
    "manifest_length",
)  # fmt: skip
READ = ("title", "claimed_published_at", "language", "suspected")
NAMES = (
    *OWN, *READ, "publisher", "extractor", "original_key", "original_url", "original_name", "name_key", "basis", "notices",
)  # fmt: skip
"""What is compared, in order."""
_OUTCOME = {outcome: number for number, outcome in enumerate(OUTCOMES)}
_REPRINT = ("original_key", "original_url", "original_name", "name_key", "basis")


@dataclass(frozen=True, slots=True)
class HeldRow:
    """What the catalog holds of one capture."""

    values: Row
    """By `NAMES`."""
    claims_set: str | None
    """The claims set that what was read is from, by its folder; None when it is the manifest."""


def statement() -> sa.Select[tuple[object, ...]]:
    """All that is compared of the captures of one segment, a row for each notice, one at least."""
    own = segments.alias("own")
    of_segment = own.c.segment_id == sa.bindparam("segment")
    first = sa.select(own.c.first_capture).where(of_segment).scalar_subquery()
    last = sa.select(own.c.first_capture + own.c.captures - 1).where(of_segment).scalar_subquery()
    return (
        sa.select(
            *(captures.c[name] for name in (*OWN, *READ)),
            publishers.c.name,
            extractors.c.name,
            *(reprints.c[name] for name in _REPRINT),
            claims_sets.c.folder,
            notices.c.digest,
        )
        .select_from(captures)
        .outerjoin(publishers, publishers.c.id == captures.c.publisher)
        .outerjoin(extractors, extractors.c.id == captures.c.extractor)
        .outerjoin(claims_sets, claims_sets.c.id == captures.c.claims_set)
        .outerjoin(reprints, reprints.c.capture == captures.c.id)
        .outerjoin(capture_notices, capture_notices.c.capture == captures.c.id)
        .outerjoin(notices, notices.c.id == capture_notices.c.notice)
        .join(segments, segments.c.id == captures.c.segment)
        .where(segments.c.segment_id == sa.bindparam("segment"), captures.c.id.between(first, last))
        .order_by(captures.c.ordinal, captures.c.id)
    )


def held_rows(rows: Iterable[Row]) -> dict[bytes, HeldRow]:
    """What the rows of that statement say, by capture."""
    found: dict[bytes, HeldRow] = {}
    for *values, folder, notice in rows:
        held = found.get(values[0])
        each = (held.values[-1] if held is not None else frozenset()) | ({notice} if notice is not None else set())
        found[values[0]] = HeldRow((*values, each), folder)
    return found


def differing(
    held: dict[bytes, HeldRow], placed: Iterable[Placed], newer: Mapping[str, Mapping[str, KeptClaims]]
) -> Iterator[tuple[str, str, str]]:
    """Of each capture that differs: its id, the code of a finding, and what differs.

    `placed` are the captures of a segment in file order. `newer` has what claims sets say of them, by the folder of the set
    and the capture's id. Raises `ValueError` for what should be a digest and is none.
    """
    left = dict(held)
    for ordinal, one in enumerate(placed):
        capture_id = one.entry.observation.capture_id
        row = left.pop(bytes.fromhex(capture_id.replace("-", "")), None)
        if row is None:
            yield capture_id, "C01", "the catalog does not know it"
            continue
        read = one.entry.claims if row.claims_set is None else newer.get(row.claims_set, {}).get(capture_id)
        wanted = _wanted(ordinal, one, read)
        wrong = [name for name, is_, should in zip(NAMES, row.values, wanted, strict=True) if is_ != should]
        if wrong:
            yield capture_id, "C04", f"the catalog says otherwise of {', '.join(wrong)}"
    for row in left.values():
        digits = row.values[0].hex()
        capture_id = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        yield capture_id, "C02", "the catalog holds it, its segment does not"


def _wanted(ordinal: int, one: Placed, read: KeptClaims | None) -> Row:
    entry = one.entry
    seen = entry.observation
    _, sha256, sha1 = entry.digests()
    republished: Row = (None,) * len(_REPRINT)
    if read is not None and read.reprint is not None:
        republished = reprint_row(0, read.reprint)[1:]
    return (
        bytes.fromhex(seen.capture_id.replace("-", "")),
        ordinal,
        seen.url,
        seen.url_key,
        (seen.requested_at - EPOCH) // MICROSECOND,
        _OUTCOME[seen.outcome],
        seen.response.code if seen.response is not None else None,
        bytes.fromhex(seen.revisits.capture_id.replace("-", "")) if seen.revisits is not None else None,
        sha256,
        sha1,
        raw(read.text_digest) if read is not None and read.text_digest is not None else None,
        *entry.validators(),
        one.record_offset,
        one.record_length,
        one.manifest_offset,
        one.manifest_length,
        read.title.value[:LONGEST_NAME] if read is not None and read.title is not None else None,
        read.published_at.value[:LONGEST_CLAIMED_DATE] if read is not None and read.published_at is not None else None,
        read.language.value[:LONGEST_LANGUAGE] if read is not None and read.language is not None else None,
        " ".join([sign.sign for sign in read.suspected])[:LONGEST_SIGNS]
        if read is not None and read.suspected
        else None,
        read.publisher.name if read is not None and read.publisher is not None else None,
        f"{read.extractor.name}/{read.extractor.version}" if read is not None else None,
        *republished,
        frozenset(notice_content(notice)[0] for notice in read.notices) if read is not None else frozenset(),
    )
