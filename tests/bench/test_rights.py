# SPDX-License-Identifier: Apache-2.0
"""The bench of rights reads pages by nothing but their bytes and URL, and has them judged by the corpus's own scorer."""

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.extract import read
from bench import rights

PAGE = (
    '<title>Fog | Tide Watch</title><meta property="og:site_name" content="Tide Watch"><meta name=author content="Ida Marsh">'
    "<h1>Fog</h1><footer>© 2019 Tide Watch. All rights reserved. "
    '<a rel=license href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></footer>'
)
# Stands for a scorer: its figures are the publisher predicted for the first label, and how many pages are predicted.
SCORER = """
import json, sys
labels, predictions = ([json.loads(line) for line in open(name, encoding="utf-8") if line.strip()] for name in sys.argv[1:3])
names = "publisher byline copyright_text+holder copyright_page_has_notice licence_urls fair_use_notice_text " \\
    "reuse_grant_text original_source is_repost"
right = float(predictions[0]["publisher"] == labels[0]["publisher_name"])
print(json.dumps({name: {"f1": right} for name in names.split()}) if "--json" in sys.argv else f"{len(predictions)} pages judged")
"""


def corpus(folder: Path, *, baseline: str | None = None) -> Path:
    part = folder / "part"
    (part / "pages").mkdir(parents=True)
    (folder / "score.py").write_text(SCORER)
    label = {"id": "one", "url": None, "domain": "pierpress.example", "publisher_name": "Tide Watch"}
    (part / "labels.jsonl").write_text(json.dumps(label) + "\n\n")
    (part / "pages" / "one.html").write_text(PAGE)
    if baseline:
        (part / "baseline_predictions.jsonl").write_text(json.dumps({"id": "one", "publisher": baseline}) + "\n")
    return part


def figures(printed: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def test_both_tables_are_printed_and_the_last_line_has_every_figure_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rights.main([str(corpus(tmp_path, baseline="Pier Press"))]) == 0
    printed = capsys.readouterr().out
    assert printed.count("1 pages judged") == 2
    found = figures(printed)
    assert (found["publisher_f1"], found["baseline_publisher_f1"]) == (1.0, 0.0)
    ours = {*rights.FIELDS, "slowest_ms"}
    assert set(found) == ours | {f"baseline_{name}" for name in ours}
    assert 0 < found["slowest_ms"] < 1000


def test_a_corpus_without_a_baseline_is_judged_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rights.main([str(corpus(tmp_path))]) == 0
    found = figures(capsys.readouterr().out)
    assert (found["publisher_f1"], found["baseline_publisher_f1"]) == (1.0, None)


@pytest.mark.parametrize("missing", ["labels.jsonl", "pages/one.html", "../score.py"])
def test_a_corpus_that_is_not_whole_is_refused_with_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    part = corpus(tmp_path)
    (part / missing).unlink()
    assert rights.main([str(part)]) == 2
    assert Path(missing).name in capsys.readouterr().err


def test_a_scorer_that_breaks_ends_the_bench_with_its_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = corpus(tmp_path)
    (tmp_path / "score.py").write_text("raise SystemExit('no labels')")
    assert rights.main([str(part)]) == 2
    assert "no labels" in capsys.readouterr().err


def test_a_prediction_has_the_fields_of_the_scorer() -> None:
    found = rights.prediction(read(PAGE.encode(), url="", content_type="text/html"))
    assert found["publisher"] == "Tide Watch"
    assert found["byline"] == ["Ida Marsh"]
    assert [(one["holder"], one["years"]) for one in found["copyright_notices"]] == [("Tide Watch", "2019")]
    assert found["licence_urls"] == ["https://creativecommons.org/licenses/by/4.0/"]
    assert (found["original_source"], found["fair_use_notice_text"]) == (None, None)


def test_the_label_reaches_the_extractor_by_its_url_only(tmp_path: Path) -> None:
    (one,), _ = rights.predicted(rights.corpus_in(corpus(tmp_path)))
    assert "pierpress" not in json.dumps(one)
