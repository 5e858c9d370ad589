# SPDX-License-Identifier: Apache-2.0
"""What became of every URL of a crawl, a JSON line each: `outcomes.jsonl.gz` of an ended crawl.

Lines stand in the order in which the URLs were found. Written once from the frontier, by `crawl_report.sealing`; what is read
back is compared with the seal.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from isal import igzip, isal_zlib

from archiver.errors import Damaged, NotFound
from archiver.ports import Store
from archiver.services.crawl_report.files import Hashed
from archiver.services.crawl_report.sealed import folder, sealed
from archiver.state.turn import OUTCOMES
from manifests.capture import Outcome

CHANGES = ("new", "unchanged", "changed")
"""Against what the archive held before, by the number the frontier keeps."""
ASKED = frozenset(
    OUTCOMES.index(one) for one in (Outcome.CAPTURED_COMPLETE, Outcome.CAPTURED_TRUNCATED, Outcome.FAILED)
)
"""Outcomes of URLs that were asked for, by the number the frontier keeps."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAILED = b'"outcome":"%b"' % Outcome.FAILED.value.encode()
_SUSPECTED = b'"suspected":['

encoded = msgspec.json.Encoder().encode
"""A line without its line feed."""
_decoded = msgspec.json.Decoder().decode


def described(row: dict[str, Any], seed_url: Callable[[int], str]) -> dict[str, Any]:
    """One URL of the frontier as its line says it; what is unknown is left out. `outcome` is None while it waits."""
    said: dict[str, Any] = {"url": row["url"], "outcome": None}
    outcome = row["outcome"]
    if outcome is not None:
        said["outcome"] = OUTCOMES[outcome].value
    for name in ("reason", "rule", "code", "capture_id"):
        if row[name] is not None:
            said[name] = row[name]
    if row["ended_at"] is not None:
        said["ended_at"] = instant(row["ended_at"])
    if row["octets"] is not None and row["capture_id"] is not None:
        said["octets"] = row["octets"]
    if row["change"] is not None:
        said["change"] = CHANGES[row["change"]]
    said["path"], said["depth"] = row["path"], row["depth"]
    if row["via_url"] is not None:
        said["via"] = row["via_url"]
    said["seed"] = seed_url(row["seed"])
    attempts = row["attempts"] + (outcome in ASKED)
    if attempts:
        said["attempts"] = attempts
    if row["facts"]:
        said |= {name: value for name, value in json.loads(row["facts"]).items() if name not in said}
    return said


def read(store: Store, crawl_id: str, holding: str | None = None) -> Iterator[dict[str, Any]]:
    """The outcomes of an ended crawl, or only those whose line holds a text.

    Raises `NotFound` when its outcomes are not stored, and, at the end, `Damaged` when they are not those of the seal.
    """
    wanted = encoded(holding)[1:-1] if holding is not None else b""
    return (_decoded(line) for line in _lines(store, crawl_id) if wanted in line)


def worth_another(
    store: Store, crawl_id: str, what: Literal["failed", "suspected", "both"] = "both"
) -> Iterator[dict[str, Any]]:
    """The outcomes that a retry takes again: failed ones, those with a sign of being another page, or both. As `read`."""
    for line in _lines(store, crawl_id):
        if (_FAILED in line and what != "suspected") or (_SUSPECTED in line and what != "failed"):
            one = _decoded(line)
            failed = one["outcome"] == Outcome.FAILED and what != "suspected"
            if failed or (one.get("suspected") and what != "failed"):
                yield one


def instant(seconds: float) -> str:
    """A time of the frontier as documents have it: RFC 3339, six digits of a second."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _lines(store: Store, crawl_id: str) -> Iterator[bytes]:
    seal = sealed(store, crawl_id)
    if seal is None:
        raise NotFound(f"the outcomes of crawl {crawl_id} are not stored", "They are when it has ended.")
    key = folder(crawl_id) + seal.outcomes.name
    try:
        packed = store.open(key)
    except KeyError:
        raise Damaged(f"{key}, which its seal names, is missing", "Restore it from a copy.") from None
    with packed, Hashed(packed) as hashed:
        try:
            with igzip.open(hashed, "rb") as lines:  # type: ignore[no-untyped-call]
                yield from lines
        except (OSError, EOFError, isal_zlib.IsalError) as fault:  # type: ignore[misc]  # the stubs have it as an instance
            raise Damaged(f"{key} does not inflate: {fault}", "Restore it from a copy.") from fault
        if hashed.rest() != (seal.outcomes.sha256, seal.outcomes.size):
            raise Damaged(f"{key} differs from its seal", "Restore it from a copy.")
