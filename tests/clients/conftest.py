# SPDX-License-Identifier: Apache-2.0
"""Other people's checkers, and a small archive for them to judge.

The checkers live in an environment of their own (`make judges`); `JUDGES_BIN` names another. Without it these tests are
skipped, but fail where `CI` is set: a gate that is not there must not pass.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.options import CaptureOptions
from archiver.settings import Settings
from tests.site.server import Site

ROOT = Path(__file__).parents[2]
PAGES = ("article", "chunked-page", "gzip-page", "moved", "no-such-page", "steady")
Judge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def judges() -> Path:
    """The folder that holds the checkers."""
    folder = Path(os.environ.get("JUDGES_BIN", ROOT / ".venv-judges" / "bin"))
    if not (folder / "wayback").is_file():
        said = f"no checkers of other makers in {folder}: run `make judges`"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    return folder.absolute()


@pytest.fixture(scope="session")
def judge(judges: Path) -> Judge:
    """Runs one checker to its end."""

    def run(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [judges / name, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The fixture site."""
    with Site() as one:
        yield one


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Archive]:
    """Every kind of page once, and one of them twice: plain, chunked, gzip, redirect, 404, revisit."""
    folder = tmp_path_factory.mktemp("judged") / "archive"
    settings = Settings(archive=None, state=None, state_home=folder, operator="The tests", contact=None, proxies={})
    with Archive.init(folder, settings=settings) as one:
        options = CaptureOptions(allow_private=(f"127.0.0.1:{site.port}",))
        assert len(list(one.capture([site.url(name) for name in PAGES], options))) == len(PAGES)
        assert len(list(one.capture([site.url("steady"), site.url("gzip-page")], options))) == 2
        assert one.verify().findings == []
        yield one


@pytest.fixture(scope="session")
def warcs(archive: Archive) -> list[Path]:
    """The stored WARC files, oldest first."""
    found = sorted(Path(archive.place.name).glob("segments/**/*.warc.gz"))
    assert len(found) == 2
    return found
