# SPDX-License-Identifier: Apache-2.0
"""Measures the catalog: octets a capture with every index, captures added a second, and how long a lookup takes.

Fills a catalog with synthetic captures through `Catalog.add`, as publishing does, and appends one JSON line to
docs/evidence/catalog.jsonl. The mix is that of a news site: distinct URLs of some 70 characters, about four distinct
digests a capture, a title of some 60 characters and a date, notices and publishers that repeat, one page in twenty a reprint
that names its original. Fails when a capture costs more than 1,024 octets.
"""

import argparse
import hashlib
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archiver.catalog.catalog import Catalog, Placed, StoredSegment
from archiver.catalog.entries import (
    Entry,
    KeptClaims,
    KeptDigests,
    KeptNotice,
    KeptObservation,
    KeptOriginal,
    KeptRecords,
    KeptReprint,
    KeptResponse,
    Named,
    Program,
    Said,
)
from archiver.services import layout
from archiver.url_keys import url_key
from manifests.capture import Outcome
from manifests.digest import Digest

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence" / "catalog.jsonl"
MOST_BYTES = 1024
CAPTURES_A_SEGMENT = 2000
LOOKUPS = 2000
START = datetime(2026, 1, 1, tzinfo=UTC)
_EXTRACTOR = Program("prove-catalog", "0")
_WORDS = (
    "harbour",
    "lighthouse",
    "keeper",
    "tide-table",
    "north-mole",
    "winter",
    "council",
    "ferry",
    "ropes",
    "letters",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a catalog was seen to cost."""

    rows: int
    octets: int
    seconds: float
    """Spent in `Catalog.add`, by the wall clock."""
    cpu_seconds: float
    """Spent there by this process; less than `seconds` where disk and other work on the machine were waited for."""
    url_micros: list[float]
    digest_micros: list[float]

    def line(self) -> dict[str, Any]:
        """The measurement as a line of evidence."""
        return {
            "rows": self.rows,
            "bytes": self.octets,
            "bytes_per_capture": round(self.octets / self.rows, 1),
            "seconds": round(self.seconds, 1),
            "captures_per_second": round(self.rows / self.seconds),
            "captures_per_cpu_second": round(self.rows / self.cpu_seconds),
            "url_p50_us": _percentile(self.url_micros, 50),
            "url_p99_us": _percentile(self.url_micros, 99),
            "digest_p50_us": _percentile(self.digest_micros, 50),
            "digest_p99_us": _percentile(self.digest_micros, 99),
        }


def synthetic(number: int) -> Entry:
    """What the catalog reads of the manifest of the nth capture."""
    chosen = random.Random(number)
    site, words = number % 500, "-".join(chosen.choices(_WORDS, k=3))
    url = f"https://www.gazette-{site:03d}.example/2026/{words}-{number:07d}"
    raw = [hashlib.sha256(b"%d %d" % (number, n)).digest() for n in range(5)]
    block, payload, entity, text = (Digest.from_raw("sha256", one) for one in raw[:4])
    sha1 = Digest.from_raw("sha1", raw[4][:20])
    coded, image = number % 4 == 0, number % 4 == 1
    entities = () if number % 50 == 0 else ((entity,) if coded else (payload,))
    modified_at = START - timedelta(seconds=number)
    headers = (
        ("etag", f'"{number:x}-5f3759df"'),
        ("last-modified", modified_at.strftime("%a, %d %b %Y %H:%M:%S GMT")),
    )
    observation = KeptObservation(
        capture_id=_uuid(chosen),
        url=url,
        url_key=url_key(url),
        requested_at=START + timedelta(seconds=number),
        outcome=Outcome.CAPTURED_COMPLETE,
        response=KeptResponse(200 if number % 20 else 404, headers),
        digests=KeptDigests(block=(block,), body=(payload,), payload=(sha1, payload), entity=entities),
        records=KeptRecords(response="its id"),
    )
    publisher = Named(f"The Gazette of Harbour {site}")
    reprint = None
    if number % 20 == 0:
        elsewhere = number * 7 % 500
        original = KeptOriginal(
            f"The Gazette of Harbour {elsewhere}", url.replace(f"-{site:03d}.", f"-{elsewhere:03d}.")
        )
        reprint = KeptReprint(original, "attribution-line")
    claims = KeptClaims(
        _EXTRACTOR,
        tuple(_notices(site, number)),
        publisher,
        text,
        Said(f"{words.replace('-', ' ').capitalize()}: what the harbour master said on day {number}"),
        Said((START + timedelta(seconds=number)).isoformat()),
        Said("en"),
        reprint,
    )
    return Entry(observation, None if image else claims)


def fill(catalog: Catalog, rows: int) -> tuple[float, float]:
    """Adds `rows` captures; returns the seconds that `Catalog.add` took, by the wall clock and of this process."""
    spent, worked = 0.0, 0.0
    for first in range(0, rows, CAPTURES_A_SEGMENT):
        placed = [
            Placed(synthetic(number), at * 20_000, 9_000, at * 20_000 + 9_000, 2_000)
            for at, number in enumerate(range(first, min(first + CAPTURES_A_SEGMENT, rows)))
        ]
        opened_at = START + timedelta(seconds=first)
        segment_id = layout.segment_id(opened_at, hashlib.sha256(b"%d" % first).digest())
        segment = StoredSegment(
            segment_id,
            layout.segment_folder("adhoc", opened_at, segment_id),
            layout.warc_name("adhoc", opened_at, segment_id),
            Digest.of(segment_id.encode()),
            opened_at,
        )
        began, had_worked = time.perf_counter(), time.process_time()
        catalog.add(segment, placed)
        spent, worked = spent + time.perf_counter() - began, worked + time.process_time() - had_worked
    return spent, worked


def measure(folder: Path, rows: int, lookups: int = LOOKUPS) -> Measured:
    """Fills a new catalog in `folder` and asks it for captures all over it."""
    path = folder / "catalog.sqlite"
    catalog = Catalog(path)
    catalog.prepare()
    seconds, cpu_seconds = fill(catalog, rows)
    catalog.close()
    octets = sum(one.stat().st_size for one in folder.iterdir() if one.name.startswith(path.name))
    chosen = random.Random(7)
    wanted = [synthetic(chosen.randrange(rows)).observation for _ in range(lookups)]
    reader = Catalog(path, read_only=True)
    try:
        url_micros = _times(wanted, lambda one: reader.by_url(one.url, one.url_key))
        digest_micros = _times(wanted, lambda one: reader.by_digest(Digest(one.digests.payload[1])))
    finally:
        reader.close()
    return Measured(rows, octets, seconds, cpu_seconds, url_micros, digest_micros)


def main(arguments: list[str]) -> int:
    """Measures, prints and keeps one line; 1 when a capture costs too much."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[2])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, default=EVIDENCE, help="the file to append to")
    given = parser.parse_args(arguments)
    around = circumstances()  # before the work: the code that runs is the code of now
    with tempfile.TemporaryDirectory(prefix="prove-catalog-") as folder:
        line = measure(Path(folder), given.rows).line() | around
    text = json.dumps(line)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with given.out.open("a", encoding="utf-8") as kept:
        kept.write(text + "\n")
    sys.stdout.write(text + "\n")
    return int(line["bytes_per_capture"] > MOST_BYTES)


def circumstances() -> dict[str, str]:
    """Where, when and with what code a measurement was made."""
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {load}"
    return {"commit": commit or "unknown", "machine": machine, "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _times(wanted: list[KeptObservation], ask: Callable[[KeptObservation], list[Any]]) -> list[float]:
    spent = []
    for one in wanted:
        began = time.perf_counter()
        found = ask(one)
        spent.append((time.perf_counter() - began) * 1e6)
        assert [capture.url for capture in found] == [one.url]
    return spent


def _percentile(values: list[float], part: int) -> int:
    return round(statistics.quantiles(values, n=100)[part - 1])


def _uuid(chosen: random.Random) -> str:
    digits = f"{chosen.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def _notices(site: int, number: int) -> Iterator[KeptNotice]:
    """Two notices of the site and, on one page in twenty, one of its own."""
    yield KeptNotice("copyright", f"\u00a9 2026 The Gazette of Harbour {site}")
    yield KeptNotice("reuse-restriction", "All rights reserved.")
    if number % 20 == 0:
        yield KeptNotice("image-credit", f"Photo {number}: Ada Quill")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
