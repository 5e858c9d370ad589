# SPDX-License-Identifier: Apache-2.0
r"""Text without lone surrogates: JSON can write them (`\ud800`), UTF-8 and RFC 8785 (section 3.2.2.2) have no form for them."""

import json
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")


def scalars(text: str) -> str:
    """`text` with U+FFFD in place of each lone surrogate."""
    return _SURROGATE.sub("\ufffd", text)


def scalar_json(value: Any, written: str) -> Any:
    """A value that was read from the JSON `written`, with U+FFFD in place of each lone surrogate in its strings and keys.

    Raises `RecursionError` where `json` does.
    """
    if _ESCAPED.search(written) is None:
        return value
    return json.loads(scalars(json.dumps(value, ensure_ascii=False)), strict=False)
