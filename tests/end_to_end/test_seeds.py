# SPDX-License-Identifier: Apache-2.0
"""The lists that come with the project can be read."""

from pathlib import Path

from archiver.faces.cli.tables import read_rows
from archiver.urls import parse

SEEDS = Path(__file__).parents[2] / "seeds"


def test_every_list_that_comes_with_the_project_names_urls_and_labels() -> None:
    lists = sorted(SEEDS.glob("*.csv"))
    assert lists
    for one in lists:
        rows = read_rows(str(one), None)
        assert rows
        for row in rows:
            assert parse(row.url).host
            assert row.labels
