# SPDX-License-Identifier: Apache-2.0
"""Writes the published JSON Schemas (draft 2020-12): the archive's documents, `manifests/schemas/*.json`, and job files,
`seeds/job.schema.json`.

They are generated from the models and committed, so that a reader without Python has them; a test fails when they differ.
Each field carries the sentence that stands below it in the source. A schema says what a reader accepts: in documents unknown
fields are allowed everywhere, as the models keep them; in job files, which people write, nowhere.
"""

import ast
import inspect
import json
import sys
import textwrap
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from archiver.jobs.job import JobFile
from archiver.jobs.sections import Section
from archiver.services.crawl_report.report import CrawlReport
from archiver.services.description import ArchiveDescription
from manifests.canonical import Model
from manifests.capture import CaptureManifest
from manifests.claims_set import ClaimsSetManifest
from manifests.crawl import CrawlManifest
from manifests.events import ArchiveEvent, EventRun, EventSummary
from manifests.ledger import Leaf, LedgerKey
from manifests.package import ProofPack
from manifests.segment import SegmentManifest

FOLDER = Path(__file__).parents[1] / "manifests" / "schemas"
JOB = Path(__file__).parents[1] / "seeds" / "job.schema.json"
DOCUMENTS: dict[str, type[Model]] = {
    "archive": ArchiveDescription,
    "capture-manifest": CaptureManifest,
    "claims-set": ClaimsSetManifest,
    "crawl-manifest": CrawlManifest,
    "crawl-report": CrawlReport,
    "event": ArchiveEvent,
    "event-run": EventRun,
    "event-summary": EventSummary,
    "ledger-key": LedgerKey,
    "ledger-leaf": Leaf,
    "proof-pack": ProofPack,
    "segment-manifest": SegmentManifest,
}
M = TypeVar("M", bound=BaseModel)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: type[Model]) -> dict[str, Any]:
    """The JSON Schema of one document."""
    made = kind.model_json_schema(mode="validation")
    _describe(made, _models_below(kind), kind.__name__)
    return {"$schema": DIALECT} | made


def job_schema() -> dict[str, Any]:
    """The JSON Schema of a job file."""
    made = JobFile.model_json_schema(mode="validation")
    _describe(made, {one.__name__: one for one in _below(Section)}, JobFile.__name__)
    made["title"] = "Job file"
    return {"$schema": DIALECT} | made


def text(kind: type[Model]) -> str:
    """The schema as its file holds it."""
    return _text(schema(kind))


def job_text() -> str:
    """The schema of job files as its file holds it."""
    return _text(job_schema())


def _text(made: dict[str, Any]) -> str:
    return json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write(folder: Path = FOLDER) -> list[Path]:
    """Writes every schema; returns the files."""
    folder.mkdir(exist_ok=True)
    written = []
    for name, kind in DOCUMENTS.items():
        path = folder / f"{name}.json"
        path.write_text(text(kind), "utf-8")
        written.append(path)
    return written


def write_job(path: Path = JOB) -> Path:
    """Writes the schema of job files; returns the file."""
    path.write_text(job_text(), "utf-8")
    return path


def _describe(made: dict[str, Any], models: dict[str, Any], top: str) -> None:
    parts: dict[str, Any] = made.get("$defs", {})
    for name, model in models.items():
        described = made if name == top else parts.get(name, {"properties": {}})
        for owner in reversed(model.__mro__[: model.__mro__.index(BaseModel)]):
            for field, sentence in _sentences(owner).items():
                written = model.model_fields[field].alias or field if field in model.model_fields else field
                if written in described["properties"]:
                    described["properties"][written].setdefault("description", sentence)


def _models_below(kind: type[Model]) -> dict[str, type[Model]]:
    names = {kind.__name__, *kind.model_json_schema().get("$defs", {})}
    return {one.__name__: one for one in _below(Model) if one.__name__ in names and one.__module__.startswith(_HOMES)}


def _below(top: type[M]) -> list[type[M]]:
    every = [top]
    for one in every:
        every += one.__subclasses__()
    return every


_HOMES = ("manifests.", ArchiveDescription.__module__, CrawlReport.__module__)


def _sentences(kind: type[BaseModel]) -> dict[str, str]:
    """The string that stands below each field in the source of a model."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            said = ast.literal_eval(below.value)
            found[field.target.id] = " ".join(said.split())
    return found


if __name__ == "__main__":
    sys.stdout.writelines(f"{path.relative_to(FOLDER.parents[1])}\n" for path in [*write(), write_job()])
