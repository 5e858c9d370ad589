# SPDX-License-Identifier: Apache-2.0
"""Lists and reports, whatever their cells hold: rows come back as they were, each with what became of it."""

import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.faces.cli.tables import ADDED, Report, Row, chosen, read_rows

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
URLS = st.integers(0, 4).map(lambda number: f"http://h/{number}")


def _plain(cell: str) -> str:
    """A cell as it stands in a report."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@") else cell


def _became(row: Row, outcome: str = "captured-complete") -> dict[str, str | None]:
    return {"outcome": outcome, "capture_id": f"id of {row.url}", "fetched_at": "t", "payload_sha256": "sha256:0"}


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(URLS, CELLS, CELLS), min_size=1, max_size=6),
    suffix=st.sampled_from([".csv", ".tsv"]),
    stopped_after=st.integers(0, 6),
)
def test_a_list_and_its_report_hold_the_same_rows_also_after_a_stop(
    rows: list[tuple[str, str, str]], suffix: str, stopped_after: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, path = Path(folder, f"list{suffix}"), Path(folder, f"report{suffix}")
        delimiter = "\t" if suffix == ".tsv" else ","
        with open(source, "w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=delimiter).writerows([("url", "a", "b"), *rows])
        read = read_rows(str(source), None)
        assert [(row.url, row.columns["a"], row.columns["b"]) for row in read] == rows

        first = Report(path, read)
        first.open()
        for row in read[:stopped_after]:
            first.add(row, _became(row))
        assert first._stream is not None
        first._stream.close()  # as a kill does: `close` never comes to put the rows in order
        again = Report(path, read)
        assert again.done == {row.url for row in read[:stopped_after]}
        again.open()
        todo = {row.url for row in chosen(read, again.done)}
        for row in read:
            if row.url in todo:
                again.add(row, _became(row))
        again.close()

        with open(path, encoding="utf-8", newline="") as stream:
            written = list(csv.DictReader(stream, delimiter=delimiter))
        told = {(line["url"], line["a"], line["b"]): line for line in written}
        listed = [(url, _plain(a), _plain(b)) for url, a, b in rows]
        assert [(line["url"], line["a"], line["b"]) for line in written] == listed
        assert all(told[key]["capture_id"] == f"id of {key[0]}" for key in told)


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20), max_size=6))
def test_any_text_is_a_list_or_a_mistake_with_advice(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "list")
        source.write_text("\n".join(lines), encoding="utf-8", newline="")
        try:
            advice = ""
            rows = read_rows(str(source), None)
        except BadInput as fault:
            advice, rows = fault.advice, []
        assert advice or all(row.number >= 1 for row in rows)


def test_every_url_is_asked_for_once() -> None:
    rows = [Row(number, url) for number, url in enumerate(["a", "b", "a", "c", "b"], start=1)]
    assert [row.url for row in chosen(rows, {"c"})] == ["a", "b"]


def test_the_columns_of_a_report_given_as_a_list_are_not_labels(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(f"url,case,{','.join(ADDED)}\nhttp://h/,7,failed-recorded,dns-failed,,,\n")
    [row] = read_rows(str(tmp_path / "r.csv"), None)
    assert row.labels == {"case": "7"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_of_spreadsheets_are_read_in_their_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "l.csv").write_bytes("url,größe\r\nhttp://h/ä,7\r\n".encode(encoding))
    [row] = read_rows(str(tmp_path / "l.csv"), None)
    assert (row.url, row.labels) == ("http://h/ä", {"größe": "7"})


def test_a_comma_in_a_url_makes_no_table_of_a_plain_list(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("http://h/a,,b\nhttp://h/c,d;e\n")
    assert [row.url for row in read_rows(str(tmp_path / "l.txt"), None)] == ["http://h/a,,b", "http://h/c,d;e"]
