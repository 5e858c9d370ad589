# SPDX-License-Identifier: Apache-2.0
"""Reading what is stored of an ended crawl: its seal and the files it names, compared with their digests."""

import pydantic

from archiver.errors import Damaged, NewerFormat
from archiver.ports import Store
from archiver.services.crawl_report.report import CrawlReport
from manifests.canonical import first_fault, from_canonical
from manifests.crawl import CRAWL_FORMAT, CrawlManifest
from manifests.digest import Digest
from manifests.segment import SegmentFile

SEAL = "seal.json"
_ADVICE = "Restore it from a copy."


def folder(crawl_id: str) -> str:
    """The key prefix of what is stored of a crawl, with its closing slash."""
    return f"crawls/{crawl_id}/"


def sealed(store: Store, crawl_id: str) -> CrawlManifest | None:
    """The seal of a crawl; None when there is none, for it has not ended. Raises `Damaged`, `NewerFormat`."""
    key = folder(crawl_id) + SEAL
    try:
        content = store.get(key)
    except KeyError:
        return None
    try:
        named = pydantic.TypeAdapter(dict[str, object]).validate_json(content)
        stated = str(named.get("format"))
        if stated.startswith("crawl-manifest/") and stated != CRAWL_FORMAT:
            raise NewerFormat(
                f"{key} has format {stated}; this program knows {CRAWL_FORMAT}",
                "Use the version of the program that wrote it, or a later one.",
            )
        seal = from_canonical(CrawlManifest, content)
    except pydantic.ValidationError as fault:
        raise Damaged(f"{key} cannot be read: {first_fault(fault)}", _ADVICE) from fault
    if seal.crawl_id != crawl_id:
        raise Damaged(f"{key} is the seal of another crawl, {seal.crawl_id[:40]}", _ADVICE)
    return seal


def content(store: Store, seal: CrawlManifest, part: SegmentFile) -> bytes:
    """One of the small files that a seal names: the job, the report, its page. Raises `Damaged`."""
    key = folder(seal.crawl_id) + part.name
    try:
        held = store.get(key, 0, part.size)
    except KeyError:
        raise Damaged(f"{key}, which its seal names, is missing", _ADVICE) from None
    if Digest.of(held) != part.sha256:
        raise Damaged(f"{key} differs from its seal", _ADVICE)
    return held


def report_of(store: Store, seal: CrawlManifest) -> CrawlReport:
    """The report of an ended crawl. Raises `Damaged`."""
    try:
        return from_canonical(CrawlReport, content(store, seal, seal.report))
    except pydantic.ValidationError as fault:
        raise Damaged(f"the report of crawl {seal.crawl_id} cannot be read: {fault.title}", _ADVICE) from fault
