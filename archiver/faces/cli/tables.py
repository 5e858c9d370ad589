# SPDX-License-Identifier: Apache-2.0
"""Lists of URLs as people have them: text, CSV or TSV in; the same rows with what became of them out.

A bad row is reported with its number and never stops the rest. While a run goes on, the report grows row by row, each on
disk before the next, so that a stopped run keeps what it has; at the end it is put in the order of the list, one line a row.
A rerun with the same report skips what is done.
"""

import contextlib
import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from archiver.errors import BadInput, StoreUnavailable

ADDED = ("outcome", "reason", "capture_id", "fetched_at", "payload_sha256")
MAX_OCTETS = 512 << 20
_URL_NAMES = ("url", "link", "address", "uri", "seed", "source_url")
_DELIMITERS = ("\t", ",", ";")


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
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = _delimiter(first, url_column)
    if delimiter is None:
        if url_column is not None:
            raise BadInput(
                f"{source} has no column {url_column!r}", "It is read as one URL a line; leave out --url-column."
            )
        named = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
        return [Row(number, line) for number, line in named if line and not line.startswith("#")]
    reader = _reader(io.StringIO(text, newline=""), delimiter)
    names = [name for name in reader.fieldnames or [] if name]
    column = url_column or next((name for name in names if name.strip().lower() in _URL_NAMES), None)
    if column is None or column not in names:
        raise BadInput(
            f"{source} has no column {url_column!r}"
            if url_column
            else f"{source} does not say which column is the URL",
            f"Its columns are {', '.join(names)}; name one with --url-column.",
        )
    rows = ((reader.line_num, {k: v for k, v in columns.items() if k}) for columns in reader)
    return [Row(number, columns[column].strip(), columns, column) for number, columns in rows if any(columns.values())]


def _delimiter(first: str, url_column: str | None) -> str | None:
    """What parts the columns, when the first line names columns; None for one URL a line."""
    wanted = {url_column.lower()} if url_column else set(_URL_NAMES)
    for delimiter in _DELIMITERS:
        names = {name.strip().strip('"').lower() for name in first.split(delimiter)}
        if names & wanted:
            return delimiter
    return "\t" if "\t" in first else None


def _reader(stream: TextIO, delimiter: str) -> "csv.DictReader[str]":
    csv.field_size_limit(MAX_OCTETS)  # a long cell is no reason to refuse the list
    return csv.DictReader(stream, delimiter=delimiter, restkey="", restval="")


def _text(source: str) -> str:
    if source == "-":
        raw = sys.stdin.buffer.read(MAX_OCTETS + 1)
    else:
        try:
            with open(source, "rb") as stream:
                raw = stream.read(MAX_OCTETS + 1)
        except (OSError, ValueError) as fault:
            said = getattr(fault, "strerror", None) or str(fault)
            raise BadInput(f"{source!r} cannot be read: {said}", "Give a file of URLs, or - for stdin.") from fault
    if len(raw) > MAX_OCTETS:
        raise BadInput(f"{source} is larger than {MAX_OCTETS >> 20} MiB", "Split it.")
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as fault:
        raise BadInput(f"{source} is not UTF-8 text: byte {fault.start}", "Save it as UTF-8.") from fault


class Report:
    """The rows back, with what became of each."""

    def __init__(self, path: Path, rows: list[Row]) -> None:
        self.path = path
        self._rows = rows
        self._column = next((row.url_column for row in rows), "url")
        named = next((list(row.columns) for row in rows if row.columns), [self._column])
        self._names = [name for name in named if name not in ADDED] + list(ADDED)
        self._delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
        self._stream: TextIO | None = None
        if path.exists() and not path.is_file():
            raise BadInput(f"the report {path} is no file", "Name a file, existing or new.")
        with self._faults():
            self._kept = list(self._read())
            if path.exists() and not path.read_bytes().endswith(b"\n"):
                self._kept = self._kept[:-1]  # a kill cut the last row off
        self.done = {line[self._column] for line in self._kept if (line.get("outcome") or "").startswith("captured")}

    def open(self) -> None:
        """Begins to write; what an earlier run finished is kept. Raises `StoreUnavailable`."""
        with self._faults():
            self._write_all(self._kept)
            self._stream = open(self.path, "a", encoding="utf-8", newline="")  # noqa: SIM115 - closed by `close`

    def add(self, row: Row, became: dict[str, str | None]) -> None:
        """One row, on disk when this returns."""
        assert self._stream is not None
        with self._faults():
            self._writer_to(self._stream).writerow(self._line(row, became))
            self._stream.flush()
            os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Closes the file, its lines in the order of the list; of several about one row, the last."""
        if self._stream is None:
            return
        with self._faults():
            self._stream.close()
            lines = {self._key(line): line for line in self._read()}
            same_url = {line[self._column]: {name: line[name] for name in ADDED} for line in lines.values()}
            ordered = []
            for row in self._rows:
                plain = self._line(row, {})
                line = lines.get(self._key(plain))
                if line is None and plain[self._column] in same_url:  # new in the list, its URL done earlier
                    line = {**plain, **same_url[plain[self._column]]}
                ordered += [line] if line is not None else []
            known = {self._key(line) for line in ordered}
            self._write_all([*ordered, *(line for key, line in lines.items() if key not in known)])

    def _line(self, row: Row, became: dict[str, str | None]) -> dict[str, str]:
        columns = {name: harmless(value) for name, value in (row.columns or {row.url_column: row.url}).items()}
        return {**columns, **{name: became.get(name) or "" for name in ADDED}}

    def _key(self, line: dict[str, str]) -> tuple[str, ...]:
        return tuple(line.get(name) or "" for name in self._names if name not in ADDED)

    def _read(self) -> Iterator[dict[str, str]]:
        if not self.path.exists():
            return
        try:
            with open(self.path, encoding="utf-8", newline="") as stream:
                reader = _reader(stream, self._delimiter)
                if reader.fieldnames and {self._column, "outcome"} - set(reader.fieldnames):
                    raise BadInput(f"{self.path} is not a report of this list", "Name another file, or move it away.")
                yield from reader
        except UnicodeDecodeError as fault:
            raise BadInput(f"{self.path} is not a report of this list", "Name another file.") from fault

    def _write_all(self, lines: Iterable[dict[str, str]]) -> None:
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        lines = list(lines)
        try:
            with open(fresh, "w", encoding="utf-8", newline="") as stream:
                writer = self._writer_to(stream)
                writer.writeheader()
                writer.writerows(lines)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self.path)
        finally:
            fresh.unlink(missing_ok=True)

    def _writer_to(self, stream: TextIO) -> "csv.DictWriter[str]":
        return csv.DictWriter(stream, self._names, delimiter=self._delimiter, restval="", extrasaction="ignore")

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            raise StoreUnavailable(
                f"the report {self.path} cannot be written: {fault.strerror}", "Make room, or name another file."
            ) from fault


def harmless(value: str | None) -> str:
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
