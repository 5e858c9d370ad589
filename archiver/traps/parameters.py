# SPDX-License-Identifier: Apache-2.0
"""Leaves out parameters of a URL that an operator names: `utm_*`, `fbclid`, `jsessionid`.

Guarantees: what is kept keeps its bytes and its order, for a server may give another page for the same parameters
written otherwise; a URL without such a parameter comes back as it is. Time is linear in the URL (RE2).
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import re2

from archiver.errors import BadInput
from archiver.scope.patterns import glob_expression
from archiver.urls import HttpUrl

MAX_NAMES = 1000
"""Names of one list."""
MAX_NAME = 200
"""Characters of one name."""


def drop_parameters(url: HttpUrl, names: tuple[str, ...]) -> HttpUrl:
    """`url` without the parameters that `names` name, in the query and after `;` in the path.

    A name is compared as it stands in the URL, percent-encoded, letters in their case; `*` in it stands for anything.
    A question mark with nothing left behind it goes too. Raises `BadInput` for names that cannot be used.
    """
    if not names:
        return url
    path, mark, query = url.target.partition("?")
    if not mark and ";" not in path:
        return url
    named = _named(names)
    if ";" in path:
        path = "/".join(_left(segment, ";", named, first=1) for segment in path.split("/"))
    left = _left(query, "&", named, first=0) if mark else ""
    target = f"{path}?{left}" if mark and (left or not query) else path
    return url if target == url.target else replace(url, target=target)


def _left(text: str, separator: str, named: Any, first: int) -> str:
    parts = text.split(separator)
    kept = [part for part in parts[first:] if not part or not named.fullmatch(part.partition("=")[0])]
    return separator.join(parts[:first] + kept)


@lru_cache(maxsize=256)
def _named(names: tuple[str, ...]) -> Any:
    if len(names) > MAX_NAMES or any(not 0 < len(name) <= MAX_NAME or not name.isascii() for name in names):
        raise BadInput(
            f"the parameter names are more than {MAX_NAMES}, or one is empty, not ASCII or over {MAX_NAME} characters",
            "Name the parameters as they stand in the URL, such as utm_*",
        )
    options = re2.Options()
    options.log_errors = False
    return re2.compile("|".join(glob_expression(name, within=".") for name in names), options)
