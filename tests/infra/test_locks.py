# SPDX-License-Identifier: Apache-2.0
"""The locks name every dependency that pyproject.toml asks for, each file by digest, and no place to fetch it from."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "infra" / "locks").glob("*.txt"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CORE: list[str] = PROJECT["project"]["dependencies"]
EXTRAS = [r for group in PROJECT["project"]["optional-dependencies"].values() for r in group]
DEVELOPMENT: list[str] = PROJECT["dependency-groups"]["dev"]


def name_of(requirement: str) -> str:
    """The normalised name (PEP 503) at the start of a requirement."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def pinned(lock: Path) -> dict[str, int]:
    """Name to number of hashes, of each requirement in a lock."""
    count: dict[str, int] = {}
    name = ""
    for line in lock.read_text("utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            assert "==" in line, f"{lock.name}: not pinned: {line}"
            name = name_of(line)
            count.setdefault(name, 0)
        elif re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line):
            count[name] += 1
    return count


def inputs(name: str) -> list[str]:
    """The requirements of a hand-written .in file."""
    lines = (ROOT / "infra" / "locks" / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_there_is_a_lock_for_each_environment() -> None:
    names = ["build", "core", "dev", "extractors", "fuzz", "judges-ledger", "judges", "services"]
    assert [lock.stem for lock in LOCKS] == names


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_pin_has_a_hash(lock: Path) -> None:
    hashes = pinned(lock)
    assert hashes
    assert [name for name, count in hashes.items() if count == 0] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_says_nowhere_where_to_fetch(lock: Path) -> None:
    text = re.sub(r"--hash=sha256:[0-9a-f]{64}", "", lock.read_text("utf-8"))
    assert re.findall(r"\S*://\S*|--[a-z-]+|\S+ @ \S+|^/.*", text, flags=re.MULTILINE) == []


def test_the_core_lock_names_the_core_dependencies_and_no_development_tool() -> None:
    core = pinned(ROOT / "infra/locks/core.txt").keys()
    assert {name_of(r) for r in CORE} <= core
    assert not core & {"pytest", "mypy", "ruff", "hatchling", "uvloop"}


def test_the_development_lock_names_core_extras_tools_and_the_build_backend() -> None:
    asked = [*CORE, *EXTRAS, *DEVELOPMENT, *PROJECT["build-system"]["requires"]]
    assert {name_of(r) for r in asked} <= pinned(ROOT / "infra/locks/dev.txt").keys()


def test_the_core_pins_are_the_same_in_the_development_lock() -> None:
    core, dev = (
        set(re.findall(r"^[a-z0-9]\S*==\S+", (ROOT / "infra/locks" / lock).read_text("utf-8"), flags=re.MULTILINE))
        for lock in ("core.txt", "dev.txt")
    )
    assert core - dev == set()


def test_the_build_lock_starts_from_the_build_backend_that_the_project_declares() -> None:
    assert set(PROJECT["build-system"]["requires"]) <= set(inputs("build.in"))


@pytest.mark.parametrize("name", ["build", "judges", "judges-ledger", "services"])
def test_a_lock_names_what_its_input_asks_for(name: str) -> None:
    assert {name_of(r) for r in inputs(f"{name}.in")} <= pinned(ROOT / f"infra/locks/{name}.txt").keys()
