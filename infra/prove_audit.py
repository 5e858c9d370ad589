# SPDX-License-Identifier: Apache-2.0
"""Proves that a deep audit finds damage of every kind, names what is damaged, and says nothing of what is not.

An archive in a folder is damaged in one of some forty ways at a place chosen by chance, audited deeply as a whole, and
mended; a thousand times. The audit must fail the damaged thing and name it, by its key or as the capture it is; a finding
about anything that is sound is a false alarm. Each audit looks at every other object too, so the sound objects that were
looked at are counted: 100,000 of them without a false alarm. The ledger is the digests of the seals as they were made.

`make prove-audit` works for at most `--minutes`, keeps its progress below build/, and is run again to go on; a new commit
begins anew. When all is done, or something was found wrong, one line of JSON is appended to docs/evidence/audit.jsonl.
"""

import argparse
import json
import random
import secrets
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archiver.services.fixity.checking import Checked, Checker
from archiver.services.fixity.units import Unit, units
from infra.crash.scratch import scratch
from infra.damage.archive import Damaged, made
from infra.damage.kinds import KINDS, Planted
from infra.prove_catalog import circumstances

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence" / "audit.jsonl"
PROGRESS = ROOT / "build" / "prove-audit.json"
Counts = dict[str, Any]


@dataclass
class Tally:
    """What came of some audits."""

    planted: dict[str, int] = field(default_factory=dict)
    """By kind."""
    found: int = 0
    """Damage of which the damaged thing failed."""
    named: int = 0
    """Damage of which a finding names each damaged thing."""
    clean: int = 0
    """Objects that were sound and looked at."""
    false_alarms: int = 0
    """Sound things of which something was found."""
    codes: dict[str, int] = field(default_factory=dict)
    """Findings by code."""
    wrong: list[str] = field(default_factory=list)


def audited(archive: Damaged) -> list[tuple[Unit, Checked]]:
    """A deep audit of everything."""
    catalog = archive.catalog()
    try:
        checker = Checker(archive.store, catalog, deep=True, ledger=archive.ledger, sleep=lambda _: None)
        return [(one, checker.check(one)) for one in units(archive.store, catalog)]
    finally:
        catalog.close()


def judge(kind: str, planted: Planted, seen: list[tuple[Unit, Checked]], tally: Tally) -> None:
    """Counts what an audit said of planted damage."""
    tally.planted[kind] = tally.planted.get(kind, 0) + 1
    said = [finding for _, checked in seen for finding in checked.report.findings if finding.severity == "error"]
    for finding in said:
        tally.codes[finding.code] = tally.codes.get(finding.code, 0) + 1
    missing = [name for name in planted.named if not any(one.where.startswith(name) for one in said)]
    tally.found += bool(said)
    tally.named += not missing
    if missing:
        told = sorted({f"{one.code} {one.where}" for one in said})
        tally.wrong.append(f"{kind}: {missing[0]} was not named; said was {told[:4]}")
    for unit, checked in seen:
        about = {finding.where for finding in checked.report.findings}
        touched = any(name.startswith(unit.key) for name in planted.named)
        touched |= any(where.startswith(planted.named) for where in about)
        touched |= any(unit.key.startswith(one) for one in planted.also)
        # A claims set whose segment has gone is looked at by itself.
        touched |= any(unit.kind == "claims-set" and unit.name in name for name in planted.named)
        if touched:
            continue
        tally.clean += len(checked.report.objects)
        if about or not checked.answered:
            tally.false_alarms += 1
            tally.wrong.append(f"{kind}: false alarm about {unit.key}: {sorted(about)[:3]}")


def go_on(archive: Damaged, seed: int, done: int, wanted: int, ends: float, tally: Tally) -> int:
    """Plants and audits until so many are done or time is up; how many are done. Each has its own seed."""
    names = list(KINDS)
    while done < wanted and time.monotonic() < ends:
        kind = names[done % len(names)]
        try:
            planted = KINDS[kind](archive, random.Random(f"{seed} {done}"))
            judge(kind, planted, audited(archive), tally)
        finally:
            archive.mend()
        done += 1
    return done


def main(arguments: list[str] | None = None) -> int:
    """One piece of the proof; 1 when something was found wrong."""
    given = _options().parse_args(arguments)
    progress = _progress(given)
    print(f"prove-audit: seed {progress['seed']}, commit {progress['commit']}", flush=True)
    began = time.monotonic()
    tally = Tally(**progress["tally"])
    with scratch() as folder:
        archive = made(folder, progress["seed"])
        sound = audited(archive)
        if any(checked.report.findings for _, checked in sound):
            tally.wrong.append(f"the undamaged archive is not sound: {[c.report.findings for _, c in sound]}"[:500])
        ends = began + 60 * given.minutes
        progress["done"] = go_on(archive, progress["seed"], progress["done"], given.corruptions, ends, tally)
        while progress["done"] >= given.corruptions and tally.clean < given.clean and time.monotonic() < ends:
            for unit, checked in audited(archive):
                tally.clean += len(checked.report.objects)
                if checked.report.findings:
                    tally.false_alarms += 1
                    tally.wrong.append(f"false alarm about {unit.key}")
    progress["seconds"] += round(time.monotonic() - began)
    progress["tally"] = vars(tally)
    if (progress["done"] < given.corruptions or tally.clean < given.clean) and not tally.wrong:
        given.progress.parent.mkdir(parents=True, exist_ok=True)
        given.progress.write_text(json.dumps(progress), "utf-8")
        print(f"prove-audit: {progress['done']} done; time is up; the same command goes on from here")
        return 0
    given.progress.unlink(missing_ok=True)
    line = _evidence(progress, tally)
    given.evidence.parent.mkdir(parents=True, exist_ok=True)
    with given.evidence.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line, indent=1))
    for one in tally.wrong[:50]:
        print(f"WRONG {one}", file=sys.stderr)
    return 1 if tally.wrong else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prove-audit", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corruptions", type=int, default=1000, help="how often damage is planted [1000]")
    parser.add_argument("--clean", type=int, default=100_000, help="sound objects to be looked at [100000]")
    parser.add_argument("--minutes", type=float, default=18.0, help="when to stop for this time [18]")
    parser.add_argument("--seed", type=int, help="for the same choices again [random]")
    parser.add_argument("--progress", type=Path, default=PROGRESS, help="where progress is kept between pieces")
    parser.add_argument("--evidence", type=Path, default=EVIDENCE, help="the file the line is appended to")
    return parser


def _progress(given: argparse.Namespace) -> Counts:
    around = circumstances()
    if given.progress.is_file():
        held: Counts = json.loads(given.progress.read_text("utf-8"))
        if held["commit"] == around["commit"] and given.seed in (None, held["seed"]):
            return held
        print("prove-audit: another commit or seed; beginning anew")
    seed = secrets.randbits(32) if given.seed is None else given.seed
    return {"commit": around["commit"], "seed": seed, "seconds": 0, "done": 0, "tally": vars(Tally())}


def _evidence(progress: Counts, tally: Tally) -> Counts:
    return {
        "proof": "audit",
        "result": "fail" if tally.wrong else "pass",
        **circumstances(),
        "commit": progress["commit"],
        "seed": progress["seed"],
        "seconds": progress["seconds"],
        "corruptions": progress["done"],
        "kinds": len(tally.planted),
        "found": tally.found,
        "named": tally.named,
        "clean_objects": tally.clean,
        "false_alarms": tally.false_alarms,
        "planted": tally.planted,
        "findings": dict(sorted(tally.codes.items())),
        "wrong": tally.wrong[:20],
    }


if __name__ == "__main__":
    sys.exit(main())
