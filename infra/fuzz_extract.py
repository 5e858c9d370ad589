# SPDX-License-Identifier: Apache-2.0
"""Proves that no page breaks the extractor: none raises, takes more than a second, or fills the memory.

`make prove-fuzz` first reads the hostile pages of `infra.fuzz_pages`, each in a process of its own with its memory bounded,
then gives the extractor inputs that atheris grows by coverage from tests/extract/fuzz/ (mutations without coverage where
atheris is not installed). A piece takes `--minutes`; what it found is kept below build/, and the same command goes on.
When `--total` minutes are done, or something is wrong, one line of JSON is appended to docs/evidence/fuzz-extract.jsonl.
An input that fails is kept, told with its seed, and read again in a fresh process: instrumented code is slow.
"""

import argparse
import importlib.util
import json
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from infra.fuzz_pages import PAGES
from infra.fuzz_target import INPUT, MEGABYTES, SECONDS
from infra.prove_catalog import circumstances

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "tests" / "extract" / "fuzz"
EVIDENCE = ROOT / "docs" / "evidence" / "fuzz-extract.jsonl"
FOLDER = ROOT / "build" / "prove-fuzz"
_STATISTIC = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


def judged(files: Iterable[Path]) -> list[dict[str, Any]]:
    """What became of each file, read as a page in a process of its own: `seconds`, `megabytes`, and `fault` if any."""
    found = []
    for file in files:
        command = [sys.executable, "-m", "infra.fuzz_target", "judge", str(file)]
        try:
            ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
            line = ran.stdout.strip() or json.dumps({"fault": f"ended with {ran.returncode}: {ran.stderr[-300:]}"})
        except subprocess.TimeoutExpired:
            line = json.dumps({"fault": "still reading after two minutes"})
        found.append(json.loads(line))
    return found


def faults(told: dict[str, Any]) -> list[str]:
    """What is wrong with what was told of one page."""
    if "fault" in told:
        return [told["fault"]]
    wrong = [f"took {told['seconds']} s"] if told["seconds"] > SECONDS else []
    return wrong + ([f"took {told['megabytes']} MB"] if told["megabytes"] > MEGABYTES else [])


def hostile(names: Iterable[str] = PAGES) -> dict[str, dict[str, Any]]:
    """What became of each hostile page."""
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch, "page.html")
        for name in names:
            page.write_bytes(PAGES[name]())
            (found[name],) = judged([page])
    return found


def fuzzed(folder: Path, seed: int, seconds: float) -> tuple[int, Path | None]:
    """Grows inputs for so long: how many were read, and the one at which it ended early."""
    corpus, failed = folder / "corpus", folder / "failed"
    corpus.mkdir(parents=True, exist_ok=True)
    failed.mkdir(exist_ok=True)
    for seed_file in SEEDS.iterdir():
        kept = corpus / seed_file.name
        if not kept.exists():
            kept.write_bytes(seed_file.read_bytes())
    command = [sys.executable, "-m", "infra.fuzz_target"]
    if importlib.util.find_spec("atheris"):
        flags = [f"-max_total_time={int(seconds)}", f"-seed={seed}", "-max_len=6000", "-timeout=60", "-reload=0"]
        flags += [f"-rss_limit_mb={2 * MEGABYTES}", "-print_final_stats=1", f"-artifact_prefix={failed}/", str(corpus)]
        ran = subprocess.run([*command, "atheris", *flags], cwd=ROOT, capture_output=True, text=True, check=False)
        counted = _STATISTIC.search(ran.stderr)
        runs = int(counted[1]) if counted else 0
    else:
        last = failed / f"last-{seed}"
        options = ["mutate", str(corpus), str(seed), str(seconds), str(last)]
        ran = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
        runs = json.loads(ran.stdout)["runs"] if ran.returncode == 0 else 0
    left = sorted(failed.iterdir())
    if ran.returncode and not left:
        raise SystemExit(f"the fuzzer ended with {ran.returncode}:\n{ran.stderr[-2000:]}")
    return runs, left[0] if left else None


def wrong_with(data: bytes, scratch: Path) -> list[str]:
    """What is wrong with one input, in a fresh process."""
    kept = scratch / f"failed{INPUT}"
    kept.write_bytes(data)
    (told,) = judged([kept])
    return faults(told)


def main(arguments: list[str] | None = None) -> int:
    """One piece of the proof; 1 when something was found wrong."""
    parser = argparse.ArgumentParser(prog="prove-fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=18.0, help="when to stop for this time [18]")
    parser.add_argument("--total", type=float, default=60.0, help="minutes of fuzzing in all [60]")
    parser.add_argument("--seed", type=int, help="[random]")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where inputs and progress are kept")
    parser.add_argument("--out", type=Path, default=EVIDENCE, help="the file to append to")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "progress.json"
    fresh: dict[str, Any] = {
        "seed": given.seed or secrets.randbits(31),
        "pieces": 0,
        "runs": 0,
        "seconds": 0,
        "hostile": {},
        "slow": 0,
    }
    done: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.is_file() else fresh
    print(f"prove-fuzz: seed {done['seed']}, piece {done['pieces']}, {done['seconds']} s done", flush=True)
    ends = time.monotonic() + 60 * given.minutes
    wrong: list[str] = []
    if not done["hostile"]:
        done["hostile"] = hostile()
        wrong += [f"{name}: {fault}" for name, told in done["hostile"].items() for fault in faults(told)]
        print(
            f"hostile pages: {len(PAGES)}, slowest {_most(done, 'seconds')} s, {_most(done, 'megabytes')} MB",
            flush=True,
        )
    while not wrong and time.monotonic() < ends and done["seconds"] < 60 * given.total:
        began = time.monotonic()
        seconds = max(10.0, min(ends - began, 60 * given.total - done["seconds"], 600.0))
        runs, failed = fuzzed(given.folder, done["seed"] + done["pieces"], seconds)
        done["pieces"] += 1
        done["runs"] += runs
        done["seconds"] += round(time.monotonic() - began)
        if failed is not None:
            faulty = wrong_with(failed.read_bytes(), given.folder)
            done["slow"] += not faulty
            wrong += [f"{failed.name}: {fault} (input {failed.read_bytes()[:200]!r})" for fault in faulty]
            if not faulty:
                failed.unlink()
        kept.write_text(json.dumps(done), "utf-8")
        print(f"inputs: {done['runs']} in {done['seconds']} s, wrong: {wrong}", flush=True)
    kept.write_text(json.dumps(done), "utf-8")
    if not wrong and done["seconds"] < 60 * given.total:
        print("not done: the same command goes on from here")
        return 0
    told = {name: done[name] for name in ("seed", "pieces", "runs", "seconds", "slow")}
    line = {"proof": "fuzz-extract", "result": "fail" if wrong else "pass", **told, **_worst(done), "wrong": wrong}
    engine = "atheris" if importlib.util.find_spec("atheris") else "mutations"
    with given.out.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line | {"engine": engine} | circumstances()) + "\n")
    kept.unlink()
    print(json.dumps(line))
    return 1 if wrong else 0


def _most(done: dict[str, Any], what: str) -> float:
    return max((told.get(what, 0) for told in done["hostile"].values()), default=0)


def _worst(done: dict[str, Any]) -> dict[str, Any]:
    return {
        "hostile_pages": len(done["hostile"]),
        "slowest_s": _most(done, "seconds"),
        "peak_mb": _most(done, "megabytes"),
    }


if __name__ == "__main__":
    sys.exit(main())
