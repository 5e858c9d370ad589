# SPDX-License-Identifier: Apache-2.0
"""The pages of `tests/extract/pages/`: each with what a librarian finds on it, written before any code was asked."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from archiver.extract import Reading, read

FOLDER = Path(__file__).parent / "pages"
URL = "https://page.example/page"


@dataclass(frozen=True, slots=True)
class FixturePage:
    """One page: its bytes, how it is served, and what is expected of it."""

    name: str
    entity: bytes
    url: str
    headers: tuple[tuple[str, str], ...]
    content_type: str
    charset: str
    language: str
    trap: str | None
    notices: list[dict[str, Any]]
    rights: dict[str, Any]

    def reading(self) -> Reading:
        """What the extractor reads from it."""
        return read(self.entity, url=self.url, content_type=self.content_type, headers=self.headers)


def page_in(path: Path) -> FixturePage:
    """The page in a file: YAML between two lines of three hyphens, then the markup, in UTF-8 whatever the page's charset."""
    _, said, markup = path.read_text("utf-8").split("---\n", 2)
    told = yaml.safe_load(said)
    charset = told.pop("charset", "utf-8")
    page = FixturePage(
        name=path.stem,
        entity=markup.encode(charset),
        url=told.pop("url", URL),
        headers=tuple(told.pop("headers", {}).items()),
        content_type=told.pop("content_type", "text/html"),
        charset=charset,
        language=told.pop("language"),
        trap=told.pop("trap", None),
        notices=told.pop("notices"),
        rights=told.pop("rights"),
    )
    if told:
        raise ValueError(f"{path.name}: unknown {', '.join(told)}")
    return page


@cache
def fixture_pages() -> tuple[FixturePage, ...]:
    """All pages, by name."""
    return tuple(page_in(path) for path in sorted(FOLDER.glob("*.html")))
