# SPDX-License-Identifier: Apache-2.0
"""The jobs that come with the project are read, their schema is that of the models, and the README names every key."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from archiver.jobs.document import read_document
from archiver.jobs.effective import Job
from archiver.jobs.reading import read_job
from archiver.jobs.seed_lists import COLUMNS, decode
from infra.schemas import JOB, job_text

SEEDS = Path(__file__).parents[2] / "seeds"
JOBS = sorted(SEEDS.glob("*.yaml"))
EACH = pytest.mark.parametrize("path", JOBS, ids=lambda path: path.stem)
SCHEMA: dict[str, Any] = json.loads(JOB.read_text("utf-8"))
JUDGE = jsonschema.Draft202012Validator(SCHEMA)
README = (SEEDS / "README.md").read_text("utf-8")


def job(path: Path) -> Job:
    text = path.read_text("utf-8")
    return read_job(text, where=path.name, seed_files=lambda name: decode((SEEDS / name).read_bytes()))


def keys(schema: dict[str, Any], above: str = "") -> set[str]:
    """Every key of a section as a path, without those of sections that a seed shares with the job."""
    found = set()
    for name, described in schema["properties"].items():
        path = f"{above}{name}"
        inner = [one for one in _sections(described) if "properties" in one]
        shared = above == "seeds." and inner
        found |= {path} if not inner or shared or path == "seeds" else set()
        for one in [] if shared else inner:
            found |= keys(one, f"{path}.")
    return found


def _sections(described: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in described:
        return [SCHEMA["$defs"][described["$ref"].rpartition("/")[2]]]
    parts = described.get("anyOf", []) + ([described["items"]] if "items" in described else [])
    return [section for part in parts for section in _sections(part)]


@EACH
def test_a_job_of_the_project_is_read_without_mistakes(path: Path) -> None:
    found = job(path)
    assert found.mistakes == ()
    assert found.settings.schedule is not None
    assert found.operator is not None
    assert found.basis.purpose


@EACH
def test_a_job_of_the_project_names_its_schema_and_fits_it(path: Path) -> None:
    assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=./job.schema.json\n")
    JUDGE.validate(read_document(path.read_text("utf-8"), path.name).value)


def test_there_are_three_jobs_of_different_kinds() -> None:
    reprints, watch, pages = (job(SEEDS / f"{name}.yaml") for name in ("reprints", "news-watch", "single-pages"))
    assert reprints.settings.scope.kind == "prefix"
    assert reprints.settings.politeness.robots == "obey"
    assert "globalresearch.ca" in reprints.seeds[0].url
    assert watch.sources
    assert "notices" in watch.notify[0].when
    assert len(pages.seeds) > 1
    assert all(seed.labels for seed in pages.seeds)


def test_the_committed_schema_is_what_the_models_give() -> None:
    assert JOB.read_text("utf-8") == job_text(), "run `make schemas`"


def test_the_schema_is_one_of_its_dialect_and_describes_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for section in [SCHEMA, *SCHEMA["$defs"].values()]:
        for name, described in section["properties"].items():
            assert described.get("description"), name


@pytest.mark.parametrize(
    "text",
    ["seeds: [https://a.example/]", "name: x\nsedes: []", "name: x\nscope: prefix", "name: x\nlimits: {captures: 0}"],
)
def test_the_schema_marks_mistakes(text: str) -> None:
    assert not JUDGE.is_valid(yaml.safe_load(text))


def test_the_readme_names_every_key_and_column() -> None:
    assert {"name", "scope.type", "seeds.url", "seeds.scope", "schedule.from", "notify.to"} <= keys(SCHEMA)
    wanted = keys(SCHEMA) | set(COLUMNS)
    assert [key for key in sorted(wanted) if f"`{key}`" not in README] == []


def test_the_readme_names_every_job() -> None:
    assert [path.name for path in JOBS if f"]({path.name})" not in README] == []


def test_the_smallest_job_of_the_readme_is_read() -> None:
    text = README.split("```yaml\n")[1].split("```")[0]
    assert read_job(text, where="README.md", seed_files=lambda name: name).settings.schedule is not None


def test_the_readme_states_the_defaults_that_hold() -> None:
    properties = {name: section["properties"] for name, section in SCHEMA["$defs"].items()}
    assert properties["PolitenessSection"]["per_host"]["default"] == 1
    assert "| `politeness.per_host` | requests at once to one host | 1 |" in README
    assert properties["LimitsSection"]["body"]["default"] == 512 << 20
    assert "says so | `512MiB` |" in README
