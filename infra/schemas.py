# SPDX-License-Identifier: Apache-2.0
"""Writes the published JSON Schemas (draft 2020-12) of the archive's documents: `manifests/schemas/*.json`.

They are generated from the models and committed, so that a reader without Python has them; a test fails when they differ.
Each field carries the sentence that stands below it in the source. A schema says what a reader accepts: unknown fields are
allowed everywhere, as the models keep them.
"""

import ast
import inspect
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

from archiver.services.description import ArchiveDescription
from manifests.canonical import Model
from manifests.capture import CaptureManifest
from manifests.segment import SegmentManifest

FOLDER = Path(__file__).parents[1] / "manifests" / "schemas"
DOCUMENTS: dict[str, type[Model]] = {
    "archive": ArchiveDescription,
    "capture-manifest": CaptureManifest,
    "segment-manifest": SegmentManifest,
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: type[Model]) -> dict[str, Any]:
    """The JSON Schema of one document."""
    made = kind.model_json_schema(mode="validation")
    parts: dict[str, Any] = made.get("$defs", {})
    for name, model in _models_below(kind).items():
        described = made if model is kind else parts[name]
        for field, sentence in _sentences(model).items():
            if field in described["properties"]:
                described["properties"][field].setdefault("description", sentence)
    return {"$schema": DIALECT} | made


def text(kind: type[Model]) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(kind), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write(folder: Path = FOLDER) -> list[Path]:
    """Writes every schema; returns the files."""
    folder.mkdir(exist_ok=True)
    written = []
    for name, kind in DOCUMENTS.items():
        path = folder / f"{name}.json"
        path.write_text(text(kind), "utf-8")
        written.append(path)
    return written


def _models_below(kind: type[Model]) -> dict[str, type[Model]]:
    names = {kind.__name__, *kind.model_json_schema().get("$defs", {})}
    every: list[type[Model]] = [Model]
    for one in every:
        every += one.__subclasses__()
    return {one.__name__: one for one in every if one.__name__ in names and one.__module__.startswith(_HOMES)}


_HOMES = ("manifests.", ArchiveDescription.__module__)


def _sentences(kind: type[Model]) -> dict[str, str]:
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
    sys.stdout.writelines(f"{path.relative_to(FOLDER.parents[1])}\n" for path in write())
