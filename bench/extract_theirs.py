# SPDX-License-Identifier: Apache-2.0
"""What trafilatura and extruct read of pages, and the CPU time it takes: the other side of `bench.extract`.

Runs in an environment that has them and nothing of ours. Each line of standard input is JSON, `reader`, `path` and `url`; for
each one line of JSON is written: milliseconds of CPU time.
"""

import contextlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import extruct  # type: ignore[import-not-found]
import trafilatura  # type: ignore[import-not-found]


def _trafilatura(page: bytes, url: str | None) -> Any:
    return trafilatura.extract_metadata(page, default_url=url)


def _extruct(page: bytes, url: str | None) -> Any:
    return extruct.extract(page.decode("utf-8", "replace"), base_url=url, errors="ignore")


_READERS: dict[str, Callable[[bytes, str | None], Any]] = {"trafilatura": _trafilatura, "extruct": _extruct}


def _timed(read: Callable[[bytes, str | None], Any], page: bytes, url: str | None) -> float:
    """Milliseconds of CPU time."""
    began = time.process_time_ns()
    with contextlib.suppress(Exception):  # any page may break a contender, and its time counts all the same
        read(page, url)
    return (time.process_time_ns() - began) / 1e6


def main() -> None:
    """Reads pages until standard input ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        page = Path(asked["path"]).read_bytes()
        sys.stdout.write(json.dumps(_timed(_READERS[asked["reader"]], page, asked["url"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
