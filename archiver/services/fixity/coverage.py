# SPDX-License-Identifier: Apache-2.0
"""When each part of an archive in one store was last audited, on this machine; and the seed of the next sample.

A cache: without it the archive counts as never audited, and samples begin with the first part again.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from archiver.errors import StoreUnavailable


def file_name(place: str) -> str:
    """What the file of a store is called: each copy of an archive is audited by itself."""
    return f"audit-coverage-{hashlib.sha256(place.encode('utf-8')).hexdigest()[:16]}.json"


@dataclass
class Coverage:
    """When what was audited, by level (`quick`, `deep`) and the key of the unit, in seconds since 1970."""

    seen: dict[str, dict[str, int]] = field(default_factory=lambda: {"quick": {}, "deep": {}})
    next_seed: int = 0

    @classmethod
    def read(cls, folder: Path, place: str) -> "Coverage":
        """What is known; nothing when the file is missing or not readable."""
        try:
            held = json.loads((folder / file_name(place)).read_bytes())
            seen = {level: {str(key): int(at) for key, at in held[level].items()} for level in ("quick", "deep")}
            return cls(seen, int(held["next_seed"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def note(self, keys: Iterable[str], at: int, *, deep: bool) -> None:
        """These were audited at this time; a deep audit is a quick one too."""
        for key in keys:
            self.seen["quick"][key] = at
            if deep:
                self.seen["deep"][key] = at

    def keep(self, folder: Path, place: str, every: Iterable[str]) -> None:
        """Writes it, without what is not there any more."""
        there = set(every)
        held = {level: {key: at for key, at in seen.items() if key in there} for level, seen in self.seen.items()}
        path = folder / file_name(place)
        fresh = folder / f".{path.name}.{os.getpid()}.new"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps({**held, "next_seed": self.next_seed}), "utf-8")
            fresh.replace(path)
        except OSError as fault:
            raise StoreUnavailable(f"{path} cannot be written: {fault.strerror}", "Make room.") from fault

    def oldest(self, every: Iterable[str], *, deep: bool) -> int | None:
        """When the part that was audited longest ago was; None when one never was."""
        seen = self.seen["deep" if deep else "quick"]
        times = [seen.get(key) for key in every]
        known = [at for at in times if at is not None]
        return min(known) if known and len(known) == len(times) else None
