# SPDX-License-Identifier: Apache-2.0
"""Reading manifests quickly: what is taken without the models is exactly what they would take, in canonical form."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.services.stated import _plainly, stated
from manifests import CaptureManifest, canonical_bytes, canonical_digest, from_canonical
from manifests.canonical import canonical_json
from tests.services.exchanges import Archive
from tests.services.reread import many_kinds
from tests.strategies import documents, with_unknown_fields

SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    from archiver.services.cataloguing import manifest_lines
    from archiver.services.layout import MANIFESTS

    archive = Archive(tmp_path_factory.mktemp("written"))
    many_kinds(archive)
    lines = [line for folder in archive.folders() for line in manifest_lines(archive.store.get(folder + MANIFESTS))]
    archive.close()
    return lines


def test_what_this_program_writes_is_read_without_the_models(written: list[bytes]) -> None:
    assert len(written) > 10
    assert all(_plainly(one) is not None for one in written)


def test_both_ways_read_the_same(written: list[bytes]) -> None:
    for one in written:
        manifest, read = from_canonical(CaptureManifest, one), stated(one)
        assert read.observation_digest == canonical_digest(manifest.observation)
        assert read.faults == ()
        assert read.requested_at == json.loads(one)["observation"]["requested_at"]
        assert read.observation.capture_id == manifest.observation.capture_id
        assert (read.claims is None) == (manifest.claims is None)


@SLOW
@given(documents(CaptureManifest))
def test_every_valid_manifest_is_read_without_a_fault(manifest: CaptureManifest) -> None:
    content = canonical_bytes(manifest)
    read = stated(content)
    assert read.faults == ()
    assert read.observation_digest == canonical_digest(manifest.observation)


@SLOW
@given(documents(CaptureManifest), st.data())
def test_fields_of_later_versions_are_no_fault(manifest: CaptureManifest, data: st.DataObject) -> None:
    document = with_unknown_fields(json.loads(canonical_bytes(manifest)), "later")
    assert stated(canonical_json(document)).faults == ()


def spaced(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


def unsorted(document: Any) -> bytes:
    return json.dumps(dict(reversed(document.items())), ensure_ascii=False, separators=(",", ":")).encode()


def with_null(document: Any) -> bytes:
    return canonical_json({**document, "observation": {**document["observation"], "purpose": None}})


def with_empty_part(document: Any) -> bytes:
    return canonical_json({**document, "observation": {**document["observation"], "labels": {}}})


def with_empty_list(document: Any) -> bytes:
    return canonical_json({**document, "observation": {**document["observation"], "links": []}})


def with_escapes(document: Any) -> bytes:
    return canonical_json(document).replace(b"gazette", b"\\u0067azette", 1)


def twice(document: Any) -> bytes:
    return canonical_json(document).replace(b'{"capture_id"', b'{"capture_id":"x","capture_id"', 1)


@pytest.mark.parametrize("spoil", [spaced, unsorted, with_null, with_empty_part, with_empty_list, with_escapes, twice])
def test_every_other_spelling_of_a_manifest_is_told(written: list[bytes], spoil: Any) -> None:
    for one in written:
        document = json.loads(one)
        document["observation"].pop("links", None)
        document["observation"].pop("labels", None)
        document["observation"].pop("purpose", None)
        content = spoil(document)
        read = stated(content)
        assert read.faults == ("its bytes are not the canonical form",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("capture_id", "00000000-0000-4000-8000-00000000000g"),
        ("capture_id", "00000000-0000-4000-8000-000000000000\n"),
        ("requested_at", "2026-02-30T10:00:00.000000Z"),
        ("requested_at", "2026-03-03T24:00:00.000000Z"),
        ("requested_at", "yesterday"),
        ("outcome", "captured"),
        ("origin_date_offset", 1.5),
        ("origin_date_offset", "1"),
        ("origin_date_offset", True),
        ("records", {}),
        ("digests", {"block": ["sha256:00"]}),
        ("robots", {"decision": "maybe", "obeyed": False}),
        ("url", None),
    ],
)
def test_what_the_models_refuse_is_refused(written: list[bytes], name: str, value: object) -> None:
    document = json.loads(written[0])
    document["observation"][name] = value
    with pytest.raises(ValueError, match=name):
        stated(json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


@pytest.mark.parametrize(
    "moment", ["2024-02-29T10:00:00.000000Z", "2026-12-31T23:59:59.999999Z", "0001-01-01T00:00:00.000000Z"]
)
def test_every_instant_there_is_is_taken(written: list[bytes], moment: str) -> None:
    document = json.loads(written[0])
    document["observation"]["requested_at"] = moment
    read = stated(canonical_json(document))
    assert (read.faults, read.requested_at) == ((), moment)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        stated(content)
