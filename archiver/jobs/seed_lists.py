# SPDX-License-Identifier: Apache-2.0
"""Lists of seeds beside a job file: a URL a line, or CSV or TSV with a header, for sites by the hundred or pages by the million.

In text, lines that begin with `#` and what follows a URL and ` #` are comments. In a table, the columns named here and in
the README override the job (`scope`, `depth`, `delay`, `limits.captures`...), every other column is a label, and an empty
cell says nothing. A bad line is reported with its number and its seed is left out; the others go on.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from archiver.errors import BadInput
from archiver.jobs.document import plain
from archiver.jobs.effective import Seed
from archiver.jobs.explaining import explained
from archiver.jobs.job import OwnSection
from archiver.jobs.mistakes import Mistake
from archiver.jobs.rules import schedule_faults
from archiver.jobs.seed_urls import unlisted
from archiver.urls import parse

_URL_NAMES = ("url", "link", "address", "uri", "seed", "source_url")
_NUMBERS = {
    "depth": ("scope", "depth"),
    "hops": ("scope", "hops"),
    "delay": ("politeness", "delay"),
    "scope.depth": ("scope", "depth"),
    "scope.hops": ("scope", "hops"),
    "scope.embeds": ("scope", "embeds"),
    "politeness.delay": ("politeness", "delay"),
    "politeness.max_delay": ("politeness", "max_delay"),
    "politeness.per_host": ("politeness", "per_host"),
} | {
    f"limits.{key}": ("limits", key)
    for key in ("captures", "bytes", "time", "captures_per_host", "bytes_per_host", "path_depth", "body")
}
"""Columns whose cells are read as the job file reads a value without quotes."""
_WORDS = {
    "scope": ("scope", "type"),
    "scope.type": ("scope", "type"),
    "engine": ("engine",),
    "collection": ("collection",),
    "schedule": ("schedule",),
    "schedule.zone": ("schedule", "zone"),
}
"""Columns whose cells are text."""
COLUMNS = tuple(_WORDS) + tuple(_NUMBERS)
"""Every column that is no label."""
_DELIMITERS = {".csv": ",;\t", ".tsv": "\t", ".tab": "\t"}
_MAX_CELL = 100_000
_NO_UTF_8 = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Source:
    """A list to be read, and what of the job matters for it."""

    where: str
    """Its name, for messages; its ending says what it is."""
    url_column: str | None = None
    allow_private: Sequence[str] = ()
    schedule_of_job: dict[str, Any] | None = None
    """The job's schedule as written."""


def decode(octets: bytes) -> str:
    """Text of a file: UTF-8, or UTF-16 by its byte order mark or its zeros. Octets that are not become lone surrogates."""
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return octets.decode("utf-16", "replace")
    if len(octets) > 3 and octets[1] == octets[3] == 0 != octets[0]:
        return octets.decode("utf-16-le", "replace")
    if len(octets) > 3 and octets[0] == octets[2] == 0 != octets[1]:
        return octets.decode("utf-16-be", "replace")
    return octets.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def read_seed_list(text: str, source: Source) -> tuple[list[Seed], list[Mistake]]:
    """The good seeds in order, and what is wrong with the other lines.

    Raises `BadInput` when it is no list at all: no URL column, or a column that means nothing.
    """
    text = text.removeprefix("\ufeff")
    ending = source.where[source.where.rfind(".") :].lower() if "." in source.where else ""
    read = _Reading(source)
    if ending in _DELIMITERS:
        read.table(text, _DELIMITERS[ending])
    else:
        read.lines(text)
    return read.seeds, read.mistakes


class _Reading:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.seeds: list[Seed] = []
        self.mistakes: list[Mistake] = []
        self.known: dict[tuple[str, ...], OwnSection | None] = {}

    def note(self, line: int, what: str, instead: str, path: str = "") -> None:
        self.mistakes.append(Mistake(self.source.where, line, 1, path, what, instead))

    def lines(self, text: str) -> None:
        for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
            words = line.split(None, 1)
            if not words or words[0].startswith("#"):
                continue
            if len(words) == 2 and not words[1].startswith("#"):
                self.note(
                    number, "the line holds more than a URL", "write one URL a line, or a .csv file with a header"
                )
            elif self.fetchable(words[0], number):
                self.seeds.append(Seed(words[0]))

    def fetchable(self, url: str, number: int) -> bool:
        if _NO_UTF_8.search(url):
            self.note(number, "the line is not UTF-8", "save the file as UTF-8")
            return False
        try:
            read = parse(url)
        except BadInput as fault:
            self.note(number, fault.what, fault.advice[:1].lower() + fault.advice[1:], "url")
            return False
        host = unlisted(read, self.source.allow_private)
        if host is not None:
            self.note(
                number, f"{host} is not a public address", "list it under network.allow_private if it is meant", "url"
            )
        elif read.userinfo is not None:
            self.note(number, "the URL holds a user or password", "use secret_headers of the job", "url")
        else:
            return True
        return False

    def table(self, text: str, delimiters: str) -> None:
        head = text.split("\n", 1)[0]
        delimiter = max(delimiters, key=head.count)
        rows = _rows(text, delimiter, self.note)
        _, names = next(rows, (1, []))
        names = [name.strip() for name in names]
        url_at, columns = self.header(names)
        for number, row in rows:
            if not any(row):
                continue
            cells = row + [""] * (len(names) - len(row))
            if len(cells) > len(names) and any(cells[len(names) :]):
                self.note(number, "the row has more cells than the header", "put cells that hold a comma in quotes")
                continue
            if any(map(_NO_UTF_8.search, cells)):
                self.note(number, "the line is not UTF-8", "save the file as UTF-8")
                continue
            url = cells[url_at].strip()
            good = self.fetchable(url, number)
            settings = tuple(cells[at].strip() for at, _ in columns)
            own_good, own = self.own(settings, [names[at] for at, _ in columns], number)
            if good and own_good:
                self.seeds.append(Seed(url, self.labels(names, cells, url_at), own))

    def header(self, names: list[str]) -> tuple[int, list[tuple[int, str]]]:
        wanted = self.source.url_column
        lowered = [name.lower() for name in names]
        at = next(
            (lowered.index(name) for name in ([wanted.lower()] if wanted else _URL_NAMES) if name in lowered), None
        )
        if at is None:
            missing = f"no column {wanted!r}" if wanted else "no column of URLs"
            shown = ", ".join(names)[:200]
            raise BadInput(f"{self.source.where} has {missing}", f"name one of its columns as `url_column`: {shown}")
        twice = next((name for name in names if name and names.count(name) > 1), None)
        if twice is not None:
            raise BadInput(f"{self.source.where} has two columns {twice[:60]!r}", "rename one of them")
        for name in names:
            section = name.partition(".")[0]
            if "." in name and section in ("scope", "limits", "politeness", "schedule") and name not in COLUMNS:
                raise BadInput(
                    f"{self.source.where} has the column {name[:60]!r}, which no list can set",
                    "write it under the seed in the job file, or rename the column",
                )
        return at, [(one, name) for one, name in enumerate(names) if name in COLUMNS and one != at]

    def labels(self, names: list[str], cells: list[str], url_at: int) -> dict[str, str]:
        return {
            name: cell
            for at, (name, cell) in enumerate(zip(names, cells, strict=False))
            if cell and name and at != url_at and name not in COLUMNS
        }

    def own(self, settings: tuple[str, ...], names: list[str], number: int) -> tuple[bool, OwnSection | None]:
        """What a row overrides; equal rows share it. False when it cannot be read: then it is told of each such row."""
        if settings in self.known:
            return True, self.known[settings]
        values: dict[str, Any] = {}
        for name, cell in zip(names, settings, strict=True):
            if cell:
                _put(values, name, cell)
        found: list[tuple[str, str, str]] = []
        own: OwnSection | None = None
        try:
            own = OwnSection.model_validate(values) if values else None
        except ValidationError as fault:
            found += [(_column(path, names), what, instead) for path, what, instead in explained(fault, OwnSection)]
        if "schedule" in values:
            above = self.source.schedule_of_job or {}
            wrong = schedule_faults(values["schedule"], ("schedule",), above)
            found += [(_column(path, names), what, instead) for path, what, instead in wrong]
        for column, what, instead in found:
            self.note(number, f"column {column}: {what}", instead, column)
        if not found:
            self.known[settings] = own
        return not found, own


def _rows(text: str, delimiter: str, note: Callable[[int, str, str], None]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            note(number, f"the row cannot be read: {fault}", "close the quotes of its cells")
            continue
        # The csv module's own limit is one for the whole process, and others may have raised it.
        if any(len(cell) > _MAX_CELL for cell in row):
            note(number, f"the row has a cell of more than {_MAX_CELL:,} characters", "close the quotes of its cells")
        else:
            yield number, row


def _put(values: dict[str, Any], name: str, cell: str) -> None:
    *above, key = _NUMBERS.get(name) or _WORDS[name]
    for one in above:
        values = values.setdefault(one, {})
    if name == "schedule":
        by_clock = " " in cell or cell.startswith("@")
        values.setdefault(key, {})["cron" if by_clock else "every"] = cell
    else:
        values[key] = plain(cell) if name in _NUMBERS else cell


def _column(path: tuple[str | int, ...], names: list[str]) -> str:
    """The column that a path in the overrides came from."""
    for name in names:
        at = _NUMBERS.get(name) or _WORDS[name]
        if at == path[: len(at)]:
            return name
    return str(path[-1])
