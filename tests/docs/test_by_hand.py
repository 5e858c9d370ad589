# SPDX-License-Identifier: Apache-2.0
"""The commands of "checking by hand" in docs/format.md do what the page says, on an archive of the demonstration."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.faces.demo_site.server import DemoSite
from archiver.options import CaptureOptions
from archiver.settings import read

PAGE = (Path(__file__).parents[2] / "docs" / "format.md").read_text("utf-8").partition("## Checking by hand")[2]
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PROGRAM = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
TOOLS = ("bash", "jq", "sha256sum", "gzip", "zcat", "dd", "python3")

MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]


@pytest.fixture(autouse=True, scope="module")
def tools() -> None:
    """What the page asks a reader to have."""
    if MISSING:
        how = f"install {', '.join(MISSING)}: the page on the format checks an archive with them"
        pytest.fail(how) if os.environ.get("CI") else pytest.skip(how)


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the one segment that the demonstration makes."""
    folder = tmp_path_factory.mktemp("by-hand") / "archive"
    with DemoSite() as site, Archive.init(folder, settings=read({"HOME": str(folder.parent)})) as archive:
        assert list(archive.capture(site.pages, CaptureOptions(allow_private=site.allowed)))
    return next(folder.glob("segments/**/segment.json")).parent


def run(script: str, folder: Path) -> str:
    # Without pipefail: `head` ends `tail` by closing the pipe, as it does at a prompt.
    done = subprocess.run(
        ["bash", "-eu", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_holds_shell_commands_and_one_program() -> None:
    assert len(SHELL) >= 6
    assert len(PROGRAM.splitlines()) <= 15


def test_the_program_gives_the_root_that_was_sealed(segment: Path, tmp_path: Path) -> None:
    program = tmp_path / "root.py"
    program.write_text(PROGRAM, "utf-8")
    assert run(f"python3 '{program}'", segment).startswith("sha256:")


def test_the_commands_run_in_order_and_find_what_the_page_says(segment: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(segment, folder)
    said = run("\n".join(SHELL), folder)
    assert said.count(": OK\n") == 3
    for words in ("whole", "canonical", "the same manifest", "WARC-Type: response", "FAIR USE NOTICE:</strong>"):
        assert words in said
    digests = set(re.findall(r"\b[0-9a-f]{64}\b", said))
    for name in ("block", "body", "payload"):
        taken = run(f"sha256sum < {name}", folder).split()[0]
        assert taken in digests
        assert f'"sha256:{taken}"' in said


def test_a_changed_file_is_seen_by_the_first_command(segment: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(segment, folder)
    with open(folder / "index.cdxj", "ab") as index:
        index.write(b"\n")
    with pytest.raises(AssertionError):
        run(SHELL[0], folder)
