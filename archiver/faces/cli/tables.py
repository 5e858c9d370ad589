# SPDX-License-Identifier: Apache-2.0
"""Lists of URLs as people have them: text, CSV or TSV in; the same rows with what became of them out.

A bad row is reported with its number and never stops the rest. A report that already holds a finished row for a URL makes a
rerun skip it.
"""

import csv
import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from archiver.errors import BadInput, StoreUnavailable

ADDED = ("outcome", "reason", "capture_id", "fetched_at", "payload_sha256")
MAX_OCTETS = 512 << 20
_URL_NAMES = ("url", "link", "address", "uri", "seed", "source_url")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list."""

    number: int
    url: str
    columns: dict[str, str] = field(default_factory=dict)
    """Every column by name; empty for text lists."""
    url_column: str = "url"

    @property
    def labels(self) -> dict[str, str]:
        """The other columns."""
        return {
            name: value
            for name, value in self.columns.items()
            if name != self.url_column and value and name not in ADDED
        }


def read_rows(source: str, url_column: str | None) -> list[Row]:
    """Rows of a file, or of stdin for `-`. Raises `BadInput` when it is not a list of URLs."""
    text = _text(source)
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = "\t" if "\t" in first else "," if _is_table(first, url_column) else None
    if delimiter is None:
        if url_column is not None:
            raise BadInput(
                f"{source} has no column {url_column!r}", "It is read as one URL a line; leave out --url-column."
            )
        named = ((number, line.strip()) for number, line in enumerate(lines, start=1))
        return [Row(number, line) for number, line in named if line and not line.startswith("#")]
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, restkey="", restval="")
    names = [name for name in reader.fieldnames or [] if name]
    column = url_column or next((name for name in names if name.strip().lower() in _URL_NAMES), None)
    if column is None or column not in names:
        raise BadInput(f"{source} has no URL column: its columns are {', '.join(names)}", "Name it with --url-column.")
    return [
        Row(reader.line_num, (columns.get(column) or "").strip(), {k: v for k, v in columns.items() if k}, column)
        for columns in reader
    ]


def _is_table(first: str, url_column: str | None) -> bool:
    names = [name.strip().strip('"').lower() for name in first.split(",")]
    return (url_column or "").lower() in names or any(name in _URL_NAMES for name in names)


def _text(source: str) -> str:
    if source == "-":
        raw = sys.stdin.buffer.read(MAX_OCTETS + 1)
    else:
        try:
            with open(source, "rb") as stream:
                raw = stream.read(MAX_OCTETS + 1)
        except OSError as fault:
            raise BadInput(
                f"{source} cannot be read: {fault.strerror}", "Give a file of URLs, or - for stdin."
            ) from fault
    if len(raw) > MAX_OCTETS:
        raise BadInput(f"{source} is larger than {MAX_OCTETS >> 20} MiB", "Split it.")
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as fault:
        raise BadInput(f"{source} is not UTF-8 text: byte {fault.start}", "Save it as UTF-8.") from fault


class Report:
    """The rows back, with what became of each; appended row by row, so that a stopped run keeps what it has."""

    def __init__(self, path: Path, rows: list[Row]) -> None:
        self.path = path
        named = next((list(row.columns) for row in rows if row.columns), ["url"])
        self._names = [name for name in named if name not in ADDED] + list(ADDED)
        self._delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
        self.done = self._read_done(rows)
        try:
            fresh = not path.exists() or path.stat().st_size == 0
            self._stream: TextIO = open(path, "a", encoding="utf-8", newline="")  # noqa: SIM115 - closed by `close`
        except OSError as fault:
            raise StoreUnavailable(
                f"the report {path} cannot be written: {fault.strerror}", "Name another file."
            ) from fault
        self._writer = csv.DictWriter(self._stream, self._names, delimiter=self._delimiter, extrasaction="ignore")
        if fresh:
            self._writer.writeheader()

    def _read_done(self, rows: list[Row]) -> set[str]:
        """URLs that an earlier run finished: those with an outcome that another try would not better."""
        if not self.path.is_file():
            return set()
        column = next((row.url_column for row in rows), "url")
        with open(self.path, encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, delimiter=self._delimiter)
            if reader.fieldnames and (column not in reader.fieldnames or "outcome" not in reader.fieldnames):
                raise BadInput(f"{self.path} is not a report of this list", "Name another file, or move it away.")
            return {row[column] for row in reader if (row.get("outcome") or "").startswith("captured")}

    def add(self, row: Row, became: dict[str, str | None]) -> None:
        """One row, on disk when this returns."""
        columns = {name: _harmless(value) for name, value in (row.columns or {"url": row.url}).items()}
        self._writer.writerow({**columns, **{name: became.get(name) or "" for name in ADDED}})
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()


def _harmless(value: str | None) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    text = value or ""
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def chosen(rows: list[Row], done: set[str]) -> Iterator[Row]:
    """Rows still to do, each URL once."""
    seen = set(done)
    for row in rows:
        if row.url not in seen:
            seen.add(row.url)
            yield row
