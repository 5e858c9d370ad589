# SPDX-License-Identifier: Apache-2.0
"""The committed schemas are those of the models, describe every field, and accept what is really written."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.schemas import DOCUMENTS, FOLDER, text, write
from manifests import canonical_bytes
from manifests.canonical import Model
from tests.strategies import documents, with_unknown_fields

EACH = pytest.mark.parametrize("name", sorted(DOCUMENTS))


def committed(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@EACH
def test_a_committed_schema_is_what_its_model_gives(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text("utf-8") == text(DOCUMENTS[name]), "run `make schemas`"


def test_the_folder_holds_these_schemas_and_no_other(tmp_path: Any) -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(path.name for path in write(tmp_path / "schemas"))


@EACH
def test_a_schema_is_one_of_its_dialect(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(committed(name))


@EACH
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_real_documents_and_later_ones_are_valid(name: str, data: st.DataObject) -> None:
    judge = jsonschema.Draft202012Validator(committed(name))
    written = json.loads(canonical_bytes(data.draw(documents(DOCUMENTS[name]))))
    judge.validate(written)
    judge.validate(with_unknown_fields(written, {"deep": [None]}))


@EACH
def test_a_document_without_its_required_fields_is_not_valid(name: str) -> None:
    kind: type[Model] = DOCUMENTS[name]
    version = "format" if "format" in kind.model_fields else "v"
    assert not jsonschema.Draft202012Validator(committed(name)).is_valid({version: kind.model_fields[version].default})


def test_a_digest_that_is_cut_is_not_valid() -> None:
    part = {"$ref": "#/$defs/SegmentFile", "$defs": committed("segment-manifest")["$defs"]}
    judge = jsonschema.Draft202012Validator(part)
    assert judge.is_valid({"name": "a", "sha256": "sha256:" + "0" * 64, "size": 1})
    assert not judge.is_valid({"name": "a", "sha256": "sha256:" + "0" * 63, "size": 1})
    assert not judge.is_valid({"name": "a", "sha256": "sha256:" + "0" * 64, "size": "1"})


def test_fields_carry_the_sentence_of_the_source() -> None:
    fields = committed("segment-manifest")["properties"]
    assert fields["captures"]["description"] == "How many captures it holds."
