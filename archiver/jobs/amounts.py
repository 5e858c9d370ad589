# SPDX-License-Identifier: Apache-2.0
"""Durations and sizes as a person writes them: `1h30m`, `10m`, `2s`, `256MiB`. A bare number is seconds or bytes.

`show_duration` and `show_size` write what `read_duration` and `read_size` read.
"""

import re
from decimal import Decimal

_DURATION = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9}(?:\.\d{1,6})?)s)?")
_SECONDS = (86_400, 3_600, 60, 1)
_CLOCK = re.compile(r"(\d{1,6}):(\d{2})")
_SIZE = re.compile(r"(\d{1,18}(?:\.\d{1,3})?) ?([kKMGT]?i?B)")
_UNITS = {"B": 1} | {
    f"{letter}{i}B": (1024 if i else 1000) ** power for power, letter in enumerate("KMGT", start=1) for i in ("", "i")
}
_UNITS["kB"] = 1000
MAX_DURATION = 36_500 * 86_400
"""A hundred years: what is added to a date still is one."""
MAX_SIZE = (1 << 63) - 1
"""What a database holds in an integer."""
_PLAIN = re.compile(r"[0-9][0-9_,]*")


class NotAnAmount(ValueError):
    """The text is no amount: what is wrong, and what to write instead."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead


def read_duration(given: object) -> float:
    """Seconds, at least 0. Raises `NotAnAmount`."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(_bounded(given, MAX_DURATION, "write 0 to 36500d"))
    found = _DURATION.fullmatch(given) if isinstance(given, str) else None
    if given and found:
        seconds = sum(float(part) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True) if part)
        return float(_bounded(seconds, MAX_DURATION, "write 0 to 36500d"))
    clock = _CLOCK.fullmatch(given) if isinstance(given, str) else None
    instead = (
        f"write {clock[1]}h{clock[2]}m, or {clock[1]}m{clock[2]}s" if clock else "write it as 90s, 10m, 1h30m or 14d"
    )
    raise NotAnAmount(f"{_shown(given)} is not a duration", _without_marks(given) or instead)


def read_size(given: object) -> int:
    """Octets, at least 0. Raises `NotAnAmount`."""
    if isinstance(given, int) and not isinstance(given, bool):
        return int(_bounded(given, MAX_SIZE, "write 0 to 8388607TiB"))
    found = _SIZE.fullmatch(given) if isinstance(given, str) else None
    if found and found[2] in _UNITS:
        return int(_bounded(int(Decimal(found[1]) * _UNITS[found[2]]), MAX_SIZE, "write 0 to 8388607TiB"))
    instead = _without_marks(given) or "write it as 500kB, 256MiB or 1GiB, or a number of bytes"
    raise NotAnAmount(f"{_shown(given)} is not a size", instead)


def show_duration(seconds: float) -> str:
    """The shortest text for a duration."""
    if seconds != int(seconds):
        return f"{seconds:.6f}".rstrip("0") + "s"
    left, text = int(seconds), ""
    for unit, letter in zip(_SECONDS, "dhms", strict=True):
        count, left = divmod(left, unit)
        text += f"{count}{letter}" if count else ""
    return text or "0s"


def show_size(octets: int) -> str:
    """A size in the largest binary unit that divides it."""
    for letter in "TGMK":
        unit = _UNITS[f"{letter}iB"]
        if octets and octets % unit == 0:
            return f"{octets // unit}{letter}iB"
    return f"{octets}B"


def _bounded(given: float, most: int, instead: str) -> float:
    if not 0 <= given <= most:
        raise NotAnAmount(f"{given} is out of range", instead)
    return given


def _shown(given: object) -> str:
    if isinstance(given, str):
        return repr(given[:40])
    if given is None or isinstance(given, bool):
        return {None: "nothing", True: "true", False: "false"}[given]
    return "a list" if isinstance(given, list) else "a mapping" if isinstance(given, dict) else "such a number"


def _without_marks(given: object) -> str:
    if isinstance(given, str) and _PLAIN.fullmatch(given):
        return f"write {int(re.sub('[_,]', '', given)[:18])}"
    return ""
