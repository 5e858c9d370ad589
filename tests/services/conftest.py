# SPDX-License-Identifier: Apache-2.0
"""An archive for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.exchanges import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    one = Archive(tmp_path)
    yield one
    one.close()
