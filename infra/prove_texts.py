# SPDX-License-Identifier: Apache-2.0
"""Measures the texts database with up to a million distinct texts: its size, and how long candidates for a question take.

Texts are synthetic, of the lengths that articles have and with words as unequal as in a language; each holds three sentences
that many others hold too, and one in fifty is the text before it with two words changed. They are fingerprinted and added as
`archiver texts` does. At each mark are asked for: texts alike to one of which a word was changed, by SimHash alone
(`simhash`) and as `lookup` and `provenance` ask (`near`, by shared passages too); and texts with a passage of forty words of
which one was changed (`trace`). Making the fingerprint of what is asked is part of it; reading candidates from the store is not.

`make prove-texts` works for at most `--minutes` and is run again to go on from there. At the end one line of JSON is
appended to docs/evidence/texts.jsonl, and the file that was filled is removed. Fails when one in a hundred is not found.
"""

import argparse
import itertools
import json
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archiver.services.near import candidates
from archiver.services.texts import fingerprinted
from archiver.texts.fingerprint import codes, short_hashes, simhash
from archiver.texts.texts import Read, Texts
from infra.prove_catalog import circumstances

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence" / "texts.jsonl"
FOLDER = ROOT / "build" / "prove-texts"
MARKS = (100_000, 1_000_000)
TEXTS_A_SEGMENT, QUESTIONS, PASSAGE = 2000, 1000, 40
_START = datetime(2026, 1, 1, tzinfo=UTC)
_ENDS = ("", "n", "ra", "stel", "morn", "de", "ling", "sk", "tor", "vane", "r", "lo", "mish", "ge")
_WORDS = [
    "".join(parts) for parts in itertools.product("bdfgklmnprstvz", ("a", "ei", "o", "u"), _ENDS, ("", "l", "ten"))
]
_SHARES = list(itertools.accumulate(1 / (number + 3) for number in range(len(_WORDS))))
_STOCK = [random.Random(-1 - number).choices(_WORDS, cum_weights=_SHARES, k=20) for number in range(2000)]


def words_of(number: int) -> list[str]:
    """The nth text."""
    if number % 50 == 49:
        words = words_of(number - 1)
        for place in (len(words) // 3, 2 * len(words) // 3):
            words[place] = f"changed{number}"
        return words
    chosen = random.Random(number)
    size = min(4000, max(60, round(chosen.lognormvariate(6.1, 0.7))))
    words = chosen.choices(_WORDS, cum_weights=_SHARES, k=size)
    for _ in range(3):
        place = chosen.randrange(size)
        words[place:place] = _STOCK[int(len(_STOCK) * chosen.random() ** 3)]
    return words


class Filled:
    """A texts database that grows."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "texts.sqlite"
        fresh = not self.path.exists()
        self.texts = Texts(self.path)
        if fresh:
            self.texts.prepare()
        self.size = self.texts.counts()["pages"]
        self.added, self.spent, self.worked = 0, 0.0, 0.0
        """By this piece of the work."""

    def add(self, count: int) -> None:
        """Adds the next so many texts, as one segment."""
        read = []
        for number in range(self.size, self.size + count):
            text = fingerprinted(" ".join(words_of(number)))
            read.append(Read(f"{number:032x}", _START + timedelta(seconds=number), text))
        began, had_worked = time.perf_counter(), time.process_time()
        self.texts.add(f"{self.size:026d}", read)
        self.spent += time.perf_counter() - began
        self.worked += time.process_time() - had_worked
        self.size += count
        self.added += count

    def measured(self, questions: int) -> dict[str, Any]:
        """What one mark shows."""
        counts = self.texts.counts()
        self.texts.close()  # what the write-ahead log holds goes into the file
        octets = sum(one.stat().st_size for one in self.path.parent.glob(self.path.name + "*"))
        chosen = random.Random(7)
        asked = [chosen.randrange(self.size) for _ in range(questions)]
        reader = Texts(self.path, read_only=True)
        try:
            seen = {
                name: [_timed(ask, reader, number) for number in asked]
                for name, ask in (("simhash", self._alike), ("near", self._near), ("trace", self._traced))
            }
        finally:
            reader.close()
        self.texts = Texts(self.path)
        line: dict[str, Any] = {
            "texts": counts["texts"],
            "words_per_text": round(statistics.mean(len(words_of(number)) for number in asked)),
            "file_mb": octets >> 20,
            "bytes_per_text": round(octets / counts["texts"]),
            "added_per_s": round(self.added / self.spent) if self.added else None,
            "added_per_cpu_s": round(self.added / self.worked) if self.added else None,
        }
        for name, told in seen.items():
            parts = statistics.quantiles([spent for spent, _ in told], n=100)
            line |= {f"{name}_p{part}_ms": round(parts[part - 1], 2) for part in (50, 99)}
            line[f"{name}_found"] = round(sum(found for _, found in told) / len(told), 4)
        return line

    def _near(self, reader: Texts, number: int) -> bool:
        return number + 1 in candidates(reader, codes(" ".join(_changed(number))))

    def _alike(self, reader: Texts, number: int) -> bool:
        return any(key == number + 1 for key, _ in reader.near(simhash(codes(" ".join(_changed(number))))))

    def _traced(self, reader: Texts, number: int) -> bool:
        words = words_of(number)
        first = random.Random(-number).randrange(len(words) - PASSAGE)
        passage = words[first : first + PASSAGE]
        passage[PASSAGE // 2] = "another"
        return number + 1 in reader.with_passages(short_hashes(codes(" ".join(passage))))


def main(arguments: list[str]) -> int:
    """Measures what time allows; 0 also when there is more to do."""
    parser = argparse.ArgumentParser(prog="prove-texts", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=18.0, help="when to stop for this time [18]")
    parser.add_argument("--marks", type=int, nargs="+", default=MARKS, help="how many texts [100,000 and a million]")
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the file grows; 1.5 GB at a million")
    parser.add_argument("--out", type=Path, default=EVIDENCE, help="the file to append to")
    given = parser.parse_args(arguments)
    ends = time.monotonic() + 60 * given.minutes
    around = circumstances()
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "marks.json"
    marks: list[dict[str, Any]] = json.loads(kept.read_text("utf-8")) if kept.is_file() else []
    filled = Filled(given.folder)
    try:
        for mark in given.marks[len(marks) :]:
            while filled.size < mark:
                if time.monotonic() > ends:
                    sys.stdout.write(f"{filled.size:,} texts so far; the same command goes on from here\n")
                    return 0
                filled.add(min(TEXTS_A_SEGMENT, mark - filled.size))
            marks.append(filled.measured(given.questions))
            kept.write_text(json.dumps(marks), "utf-8")
            sys.stdout.write(json.dumps(marks[-1]) + "\n")
            sys.stdout.flush()
    finally:
        filled.texts.close()
    line = {"questions": given.questions, "marks": marks} | around
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with given.out.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")
    shutil.rmtree(given.folder)
    return int(any(min(mark["near_found"], mark["trace_found"]) < 0.99 for mark in marks))


def _changed(number: int) -> list[str]:
    words = words_of(number)
    words[len(words) // 2] = "another"
    return words


def _timed(ask: Callable[[Texts, int], bool], reader: Texts, number: int) -> tuple[float, bool]:
    began = time.perf_counter()
    found = ask(reader, number)
    return 1e3 * (time.perf_counter() - began), found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
