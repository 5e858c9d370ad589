# SPDX-License-Identifier: Apache-2.0
"""Measures what is read of rights and provenance on a folder of labelled pages: `make bench-rights CORPUS=DIR`.

DIR holds `labels.jsonl` (a line a page: `id`, and `url` or null), `pages/<id>.html`, and where there is a baseline its
`baseline_predictions.jsonl`; `score.py` beside DIR has the matching rules and is run as it is, for us and for the baseline.
Nothing of a label but its id and URL reaches the extractor; a page whose URL is unknown is read without one. The last line
is JSON: F1 by field, and the CPU time of the slowest page, each page timed as the best of several readings.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.extract import Reading, read
from bench.failed import Failed
from bench.figures import last_line
from manifests.rights import Notice

FIELDS = {
    "publisher_f1": "publisher",
    "byline_f1": "byline",
    "copyright_f1": "copyright_text+holder",
    "has_notice_f1": "copyright_page_has_notice",
    "license_f1": "licence_urls",
    "fair_use_f1": "fair_use_notice_text",
    "reuse_grant_f1": "reuse_grant_text",
    "original_f1": "original_source",
    "repost_f1": "is_repost",
}
"""Our figures, and the scorer's fields."""
_READINGS = 3
_GRANTING = ("reuse-grant", "license", "public-domain")


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of labelled pages and its scorer."""

    labels: Path
    pages: Path
    baseline: Path
    """Predictions of another program; it may not exist."""
    scorer: Path


def corpus_in(folder: Path) -> Corpus:
    """The parts of a corpus. Raises `Failed`, naming the part that is missing."""
    found = Corpus(
        folder / "labels.jsonl",
        folder / "pages",
        folder / "baseline_predictions.jsonl",
        folder.resolve().parent / "score.py",
    )
    for part in (found.labels, found.pages, found.scorer):
        if not part.exists():
            raise Failed(f"{part} is missing: give a folder of labelled pages with its scorer beside it, as CORPUS=DIR")
    return found


def prediction(reading: Reading) -> dict[str, Any]:
    """What was read, in the scorer's fields."""
    original = reading.reprint.original if reading.reprint else None
    return {
        "publisher": reading.publisher.name if reading.publisher else None,
        "byline": [author.name for author in reading.authors] or None,
        "copyright_notices": [
            {"text": notice.text, "holder": notice.holder, "years": notice.years}
            for notice in _shown(reading.notices, ("copyright",))
        ],
        "licence_urls": [one.license_url for one in reading.notices if one.license_url and one.voice is None],
        "fair_use_notice_text": _joined(_shown(reading.notices, ("fair-use",))),
        "reuse_grant_text": _joined(_shown(reading.notices, _GRANTING)),
        "original_source": {"name": original.name, "url": original.url} if original else None,
    }


def _shown(notices: Iterable[Notice], kinds: Sequence[str]) -> list[Notice]:
    """The publisher's own notices of these kinds that a visitor sees: in the page's text, not in an attribute or a script."""
    return [
        notice
        for notice in notices
        if notice.kind in kinds
        and notice.voice is None
        and notice.evidence.place.css_path
        and not notice.evidence.place.attribute
        and notice.evidence.place.json_pointer is None
    ]


def _joined(notices: Sequence[Notice]) -> str | None:
    return " ".join(notice.text for notice in notices) or None


def timed(page: bytes, url: str) -> tuple[Reading, float]:
    """What a page says, and the milliseconds of CPU time that the fastest of its readings took."""
    best = float("inf")
    for _ in range(_READINGS):
        began = time.process_time()
        reading = read(page, url=url, content_type="text/html")
        best = min(best, time.process_time() - began)
    return reading, 1000 * best


def predicted(corpus: Corpus) -> tuple[list[dict[str, Any]], float]:
    """Our predictions, and the milliseconds of the slowest page. Raises `Failed` when a page is missing."""
    predictions, slowest = [], 0.0
    for line in corpus.labels.read_text("utf-8").splitlines():
        if not line.strip():
            continue
        label = json.loads(line)
        page = corpus.pages / f"{label['id']}.html"
        if not page.is_file():
            raise Failed(f"{page} is missing, although it has a label")
        reading, taken = timed(page.read_bytes(), label.get("url") or "")
        predictions.append({"id": label["id"], **prediction(reading)})
        slowest = max(slowest, taken)
    return predictions, slowest


def scored(corpus: Corpus, predictions: Path) -> tuple[str, dict[str, Any]]:
    """The scorer's table and its figures for one file of predictions. Raises `Failed` when it does not run."""
    outputs = []
    for options in ([], ["--json"]):
        ran = subprocess.run(
            [sys.executable, str(corpus.scorer), str(corpus.labels), str(predictions), *options],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if ran.returncode:
            raise Failed(f"{corpus.scorer} ended with {ran.returncode}:\n{ran.stderr.strip()}")
        outputs.append(ran.stdout)
    return outputs[0].rstrip("\n"), json.loads(outputs[1])


def main(arguments: list[str]) -> int:
    """Measures and prints; 2 when the corpus is not whole."""
    parser = argparse.ArgumentParser(prog="python -m bench.rights", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="the folder of labelled pages")
    parser.add_argument("--predictions", type=Path, metavar="FILE", help="keep our predictions here")
    given = parser.parse_args(arguments)
    try:
        corpus = corpus_in(given.corpus)
        predictions, slowest = predicted(corpus)
        with tempfile.TemporaryDirectory() as scratch:
            kept = given.predictions or Path(scratch, "predictions.jsonl")
            kept.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in predictions), "utf-8")
            table, ours = scored(corpus, kept)
        baseline_table, baseline = scored(corpus, corpus.baseline) if corpus.baseline.exists() else ("none here", {})
    except Failed as failed:
        print(f"bench-rights: {failed}", file=sys.stderr)
        return 2
    print(f"ours\n{table}\n\nbaseline\n{baseline_table}\n")
    figures = {name: ours[field]["f1"] for name, field in FIELDS.items()}
    theirs = {f"baseline_{name}": baseline[field]["f1"] if baseline else None for name, field in FIELDS.items()}
    print(last_line({**figures, "slowest_ms": round(slowest, 1), **theirs, "baseline_slowest_ms": None}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
