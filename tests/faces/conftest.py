# SPDX-License-Identifier: Apache-2.0
"""A site and a command line for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faces.command import Here
from tests.faces.outlet import PAGE, Answer, Outlet


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with Outlet({"/a": Answer(PAGE), "/gone": Answer(b"<title>Gone</title>It was here.", code=410)}) as one:
        yield one


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(tmp_path, monkeypatch, capsys)
