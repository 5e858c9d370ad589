# SPDX-License-Identifier: Apache-2.0
"""Checking what is stored of an ended crawl: its seal, the five files it names, its numbers, and the segments it names.

The numbers are counted again from the outcomes and not asked of the code that wrote them. Files beside the seal that it does
not name count for nothing, and what has no seal is no crawl. Memory is bounded by the number of hosts, whatever is stored.
Every finding goes to a report, and the check goes on.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import msgspec
import pydantic
from isal import igzip, isal_zlib

from archiver.errors import Ambiguous
from archiver.ports import Store
from archiver.services import layout
from archiver.services.crawl_report.files import Hashed
from archiver.services.crawl_report.report import CrawlReport
from archiver.services.crawl_report.sealed import SEAL, folder
from archiver.services.report import Report
from manifests.canonical import canonical_bytes, first_fault, from_canonical
from manifests.capture import Outcome
from manifests.crawl import CrawlManifest
from manifests.digest import Digest
from manifests.segment import SegmentFile, SegmentManifest

CRAWLS = "crawls/"
FILES = {
    "job_file": r"job(-[2-9])?\.yaml",
    "outcomes": r"outcomes(-[2-9])?\.jsonl\.gz",
    "log": r"crawl(-[2-9])?\.log\.gz",
    "report": r"report(-[2-9])?\.json",
    "page": r"report(-[2-9])?\.html",
}
_SOME_ID = re.compile(r"[0-9a-z]{10,26}")
_JOB = re.compile(r"[a-z0-9-]{1,64}")
_LONGEST_LINE = 1 << 20
_PIECE = 1 << 20
_SHOWN = 5
"""Lines of the outcomes that are told one by one."""
_SAID_TWICE = (
    "archive_id", "crawl_id", "job", "due", "created_at", "ended_at", "how", "first_crawl_id", "totals", "segments",
)  # fmt: skip
"""What the report says as its seal does."""


class _Line(msgspec.Struct):
    """What is counted of one line of the outcomes."""

    url: str
    outcome: str
    path: str
    rule: str | None = None
    capture_id: str | None = None
    octets: int = 0
    change: str | None = None
    revisit: bool = False
    notices_changed: bool = False
    suspected: tuple[str, ...] = ()


def sealed_crawls(store: Store, prefix: str = "") -> list[str]:
    """The ids of the crawls that have a seal and an id that starts with `prefix`, in byte order."""
    found = [key.removeprefix(CRAWLS).split("/") for key in store.list(CRAWLS + prefix)]
    return [parts[0] for parts in found if parts[1:] == [SEAL]]


def ended_crawl(store: Store, prefix: str) -> str | None:
    """The crawl with a seal whose id starts with `prefix`, of ten letters or more. Raises `Ambiguous` when several do."""
    if not _SOME_ID.fullmatch(prefix):
        return None
    found = sealed_crawls(store, prefix)
    if len(found) > 1:
        raise Ambiguous(f"several crawls have ids that start with {prefix}", "Give more letters of the id.")
    return found[0] if found else None


def check_crawl(store: Store, crawl_id: str, report: Report) -> None:
    """Checks one crawl that has a seal."""
    report.crawls += 1
    key = folder(crawl_id) + SEAL
    seal = read_seal(store, crawl_id, key, report)
    if seal is None:
        return
    _check_files(store, seal, key, report)
    _check_segments(store, seal, key, report)
    seconds = max(0, round(seal.ended_at.timestamp() - seal.created_at.timestamp()))
    if seal.totals.seconds != seconds:
        report.add(
            "K06", key, f"seconds: {seal.totals.seconds} were sealed, from its beginning to its end are {seconds}"
        )


def read_seal(store: Store, crawl_id: str, key: str, report: Report) -> CrawlManifest | None:
    """The seal of a crawl; None when there is nothing to go on with. What is wrong with it goes to the report."""
    try:
        content = store.get(key)
        seal = from_canonical(CrawlManifest, content)
    except KeyError:
        report.add("K04", key, "the seal is missing")
        return None
    except pydantic.ValidationError as fault:
        report.add("K04", key, first_fault(fault))
        return None
    report.saw(key, len(content), Digest.of(content))
    if canonical_bytes(seal) != content:
        report.add("K04", key, "its bytes are not the canonical form")
    if seal.crawl_id != crawl_id:
        report.add("K04", key, f"it is the seal of crawl {seal.crawl_id[:40]}")
    if not _JOB.fullmatch(seal.job):
        report.add("K04", key, "its job has no name that a job can have")
        return None
    for name, pattern in FILES.items():
        if not re.fullmatch(pattern, getattr(seal, name).name):
            # Names are read from the store like everything else: they are not followed anywhere.
            report.add("K04", key, f"what it names as {name} has no name that the file can have")
            return None
    return seal


def _check_files(store: Store, seal: CrawlManifest, key: str, report: Report) -> None:
    """The five files, each read once; what two of them say counts only when they are what was sealed."""
    where = folder(seal.crawl_id)
    counted, seen, said = Counter[str](), Report(""), bytearray()

    def count(stream: BinaryIO) -> None:
        counted.update(_count(stream, where + seal.outcomes.name, seen))

    def keep(stream: BinaryIO) -> None:
        while piece := stream.read(_PIECE):
            said.extend(piece)

    looks = {"outcomes": count, "report": keep}
    whole = {name: _check_file(store, where, getattr(seal, name), report, looks.get(name)) for name in FILES}
    if whole["outcomes"]:
        report.findings += seen.findings
        _check_totals(seal, counted, key, report)
    if whole["report"]:
        _check_report(bytes(said), seal, report)


def _check_file(
    store: Store, where: str, part: SegmentFile, report: Report, look: Callable[[BinaryIO], None] | None
) -> bool:
    """Whether a file is what was sealed; `look` is given its beginning, or all of it."""
    key = where + part.name
    try:
        stream = store.open(key)
    except KeyError:
        report.add("K01", key, "the seal names it, the store does not have it")
        return False
    with stream, Hashed(stream) as hashed:
        if look is not None:
            look(cast(BinaryIO, hashed))
        digest, size = hashed.rest()
    report.saw(key, size, digest)
    if size != part.size:
        report.add("K02", key, f"{part.size} octets were sealed, {size} are stored")
    if digest != part.sha256:
        report.add("K03", key, f"{part.sha256} was sealed, {digest} is stored")
    return (digest, size) == (part.sha256, part.size)


def _lines(packed: BinaryIO, key: str, report: Report) -> Iterator[bytes]:
    """The lines of a file; less when it does not inflate."""
    with igzip.open(packed, "rb") as lines:  # type: ignore[no-untyped-call]
        try:
            while line := lines.readline(_LONGEST_LINE):
                yield line
        except (OSError, EOFError, isal_zlib.IsalError) as fault:  # type: ignore[misc]  # the stubs have it as an instance
            report.add("K05", key, f"it does not inflate: {fault}")


def _count(packed: BinaryIO, key: str, report: Report) -> Counter[str]:
    """The totals of a crawl that follow from its outcomes, by name."""
    counted: Counter[str] = Counter()
    hosts: set[str] = set()
    decode = msgspec.json.Decoder(_Line).decode
    wrong = 0
    for number, line in enumerate(_lines(packed, key, report), 1):
        counted["urls"] += 1
        try:
            if not line.endswith(b"\n"):
                raise msgspec.DecodeError(f"it has no end within {_LONGEST_LINE} octets")
            one = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            wrong += 1
            if wrong <= _SHOWN:
                report.add("K05", key, f"line {number}: {fault}")
            continue
        counted["ended " + one.outcome] += 1
        if one.capture_id is not None:
            hosts.add("/".join(one.url.split("/", 3)[:3]))
            _count_capture(one, counted)
    if wrong > _SHOWN:
        report.add("K05", key, f"and {wrong - _SHOWN} more lines")
    counted["hosts"] = len(hosts)
    return counted


def _count_capture(one: _Line, counted: Counter[str]) -> None:
    robots = one.rule == "site-file" or one.url.split("/", 3)[3:] == ["robots.txt"]
    counted["captures"] += 1
    counted["octets"] += one.octets
    counted["prerequisites"] += one.outcome != Outcome.FAILED and one.path.startswith("P") and robots
    counted["revisits"] += one.revisit
    counted["notices_changed"] += one.notices_changed
    counted["suspected"] += bool(one.suspected)
    if one.change is not None:
        counted["was " + one.change] += 1


def _check_totals(seal: CrawlManifest, counted: Counter[str], key: str, report: Report) -> None:
    named = {
        "truncated": counted["ended " + Outcome.CAPTURED_TRUNCATED],
        "failed": counted["ended " + Outcome.FAILED],
        "refused": counted["ended " + Outcome.REFUSED],
        "skipped": counted["ended " + Outcome.SKIPPED],
        "new": counted["was new"],
        "changed": counted["was changed"],
        "unchanged": counted["was unchanged"],
        "revisits_per_mille": round(1000 * counted["revisits"] / counted["captures"]) if counted["captures"] else 0,
    }
    plain = (
        "urls", "captures", "prerequisites", "octets", "revisits", "notices_changed", "suspected", "hosts",
    )  # fmt: skip
    for name, seen in (*((one, counted[one]) for one in plain), *named.items()):
        stated = getattr(seal.totals, name)
        if stated is not None and stated != seen:
            report.add("K06", key, f"{name}: {stated} were sealed, the outcomes give {seen}")


def _check_report(content: bytes, seal: CrawlManifest, report: Report) -> None:
    key = folder(seal.crawl_id) + seal.report.name
    try:
        said = from_canonical(CrawlReport, content)
    except pydantic.ValidationError as fault:
        report.add("K08", key, first_fault(fault))
        return
    differing = [name for name in _SAID_TWICE if getattr(said, name) != getattr(seal, name)]
    if differing:
        report.add("K08", key, f"it says otherwise than the seal: {', '.join(differing)}")


def _check_segments(store: Store, seal: CrawlManifest, key: str, report: Report) -> None:
    """The segments that a crawl names are stored, of its job and its time, and hold as much as it says."""
    octets = captures = 0
    found_all = True
    last = layout.segment_id(seal.ended_at, bytes(10))[:10]
    if list(seal.segments) != sorted(set(seal.segments)):
        report.add("K07", key, "its segments are not in order, or named twice")
    for segment_id in dict.fromkeys(seal.segments):
        stored = _segment(store, seal.job, segment_id)
        if stored is None:
            found_all = False
            report.add(
                "K07", key, f"segment {segment_id[:40]!r} of job {seal.job} is not stored, or its seal is not valid"
            )
            continue
        octets += stored.warc.size
        captures += stored.captures
        if not seal.crawl_id[:10] <= segment_id[:10] <= last:
            report.add("K07", key, f"segment {segment_id} was opened before the crawl began or after it ended")
        if stored.archive_id != seal.archive_id:
            report.add("K07", key, f"segment {segment_id} is of another archive than the crawl")
    if found_all and octets != seal.totals.warc_octets:
        report.add("K06", key, f"warc_octets: {seal.totals.warc_octets} were sealed, its segments have {octets}")
    if found_all and captures < seal.totals.captures:
        detail = f"its segments hold {captures} captures, {seal.totals.captures} were sealed"
        report.add("K07", key, detail)


def _segment(store: Store, job: str, segment_id: str) -> SegmentManifest | None:
    opened_at = layout.opened_at(segment_id)
    if opened_at is None:
        return None
    try:
        seal = from_canonical(
            SegmentManifest, store.get(layout.segment_folder(job, opened_at, segment_id) + layout.SEAL)
        )
    except (KeyError, pydantic.ValidationError):
        return None
    return seal if (seal.segment_id, seal.job) == (segment_id, job) else None
