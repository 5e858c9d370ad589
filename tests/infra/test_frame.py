# SPDX-License-Identifier: Apache-2.0
"""The Makefile explains itself, and the layer contracts leave no module of the pure core out."""

import configparser
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def make(*arguments: str) -> str:
    """What make prints when run in the project's root; quick for help, which asks for no environment."""
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True).stdout


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return parser


def test_help_lists_each_target_with_a_line() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    assert phony
    checks = re.search(r"^CHECKS := (.+)$", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    assert checks
    targets = phony[1].replace("$(CHECKS)", checks[1]).split()
    shown = dict(line.split(maxsplit=1) for line in make("help").splitlines())
    assert sorted(shown) == sorted(targets)


def test_help_is_what_a_bare_make_does() -> None:
    assert make() == make("help")


def test_the_pure_contract_covers_every_module_up_to_the_ports() -> None:
    layers = [re.findall(r"[a-z_]+", row) for row in contracts()["importlinter:contract:layers"]["layers"].split("\n")]
    pure = {name for row in layers[layers.index(["ports"]) :] for name in row}
    there = {
        f"archiver.{path.stem}"
        for path in (ROOT / "archiver").iterdir()
        if path.stem in pure and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }
    assert there == set(contracts()["importlinter:contract:pure"]["source_modules"].split())


def test_every_script_is_executable_and_stops_at_its_first_error() -> None:
    for script in (ROOT / ".ci/run", ROOT / "infra/ci-services.sh"):
        assert script.stat().st_mode & 0o111, script
        assert "\nset -euo pipefail\n" in script.read_text("utf-8"), script
