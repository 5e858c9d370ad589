# SPDX-License-Identifier: Apache-2.0
"""Canonical bytes are those of another implementation of RFC 8785, and nothing is lost between bytes and model."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pydantic
import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.services.description import ArchiveDescription
from manifests import (
    Agent,
    CaptureManifest,
    Claims,
    DigestSet,
    Fetcher,
    Finding,
    Model,
    Notice,
    Observation,
    SegmentFile,
    SegmentManifest,
    canonical_bytes,
    canonical_digest,
    from_canonical,
)
from manifests.canonical import MAX_SAFE_INTEGER, Instant, canonical_json, canonical_object
from tests.strategies import documents, json_values, with_unknown_fields, words

MODEST = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
KINDS: tuple[type[Model], ...] = (CaptureManifest, SegmentManifest, ArchiveDescription, Finding, Notice, DigestSet)


class Dated(Model):
    at: Instant


class Kept(Model):
    shared = True

    name: str | None = None
    names: tuple[str, ...] = ()


def slowly(document: Model) -> bytes:
    """The canonical bytes by way of pydantic's own serializer and json: the long way round, as plain as it can be."""
    text = json.dumps(ordered(document.model_dump(mode="json")), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "strict")


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        }
    return [ordered(one) for one in value] if isinstance(value, (list, tuple)) else value


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_bytes_are_those_of_the_reference_implementation(value: Any) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


def test_keys_are_ordered_by_utf16_code_units() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\u00f6"]  # the example of RFC 8785 section 3.2.3
    written = json.loads(canonical_json(dict.fromkeys(keys, 0)), object_pairs_hook=list)
    assert [key for key, _ in written] == ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        MAX_SAFE_INTEGER + 1,
        -MAX_SAFE_INTEGER - 1,
        {1: "a"},
        b"bytes",
        {"a": [0.5]},
        "\ud800",
        {"\udfff": 1},
    ],
    ids=repr,
)
def test_what_the_standard_leaves_open_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"canonical form|surrogates"):
        canonical_json(value)


def test_the_largest_safe_integers_are_written_in_full() -> None:
    assert canonical_json([MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER, True]) == b"[9007199254740991,-9007199254740991,true]"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@MODEST
@given(st.data())
def test_a_document_survives_its_canonical_bytes(kind: type[Model], data: st.DataObject) -> None:
    document = data.draw(documents(kind))
    written = canonical_bytes(document)
    again = from_canonical(kind, written)
    assert again == document
    assert canonical_bytes(again) == written
    assert canonical_digest(again) == canonical_digest(document)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@MODEST
@given(st.data(), json_values)
def test_bytes_are_those_of_the_serializer_pydantic_makes(kind: type[Model], data: st.DataObject, planted: Any) -> None:
    document = data.draw(documents(kind))
    written = canonical_bytes(document)
    assert written == slowly(document) == canonical_bytes(document)
    later = from_canonical(kind, json.dumps(with_unknown_fields(json.loads(written), planted)))
    assert canonical_bytes(later) == slowly(later)


@given(st.dictionaries(words, json_values, max_size=5))
def test_an_object_of_canonical_parts_is_canonical(members: dict[str, Any]) -> None:
    assert canonical_object({name: canonical_json(value) for name, value in members.items()}) == canonical_json(members)


def test_every_character_is_written_as_the_standard_says() -> None:
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    assert canonical_json({every: every}) == rfc8785.dumps({every: every})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "\ud800"},
        {"name": 1.5},
        {"name": b"bytes"},
        {"names": ("a", 0.5)},
        {"names": ["\udfff"]},
        {"later": [{"a": 2**60}]},
        {"later": {"a": datetime(2026, 3, 3)}},  # noqa: DTZ001 - an instant without a zone
        {"later": datetime(2026, 3, 3, tzinfo=timezone(timedelta(hours=2)))},
        {"later": {1: 2}},
    ],
    ids=repr,
)
def test_a_value_that_escaped_validation_has_no_canonical_form(wrong: dict[str, Any]) -> None:
    unchecked = Kept.model_construct(**wrong)
    with pytest.raises(ValueError, match=r"canonical form|surrogates"):
        canonical_bytes(unchecked)


def test_what_is_kept_of_one_document_is_never_taken_for_another() -> None:
    for n in range(2000):
        name = None if n % 7 == 0 else f"{n}"
        expected = {"names": ["a", name]} if name else {}
        document = Kept(names=("a", name)) if name else Kept()
        assert json.loads(canonical_bytes(document)) == json.loads(canonical_bytes(document)) == expected


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@MODEST
@given(st.data(), json_values)
def test_unknown_fields_survive_at_every_level(kind: type[Model], data: st.DataObject, planted: Any) -> None:
    known = json.loads(canonical_bytes(data.draw(documents(kind))))
    later = canonical_json(with_unknown_fields(known, planted))
    read = from_canonical(kind, later)
    assert canonical_bytes(read) == later
    assert canonical_bytes(from_canonical(kind, canonical_bytes(read))) == later


def test_unknown_fields_that_are_empty_or_null_are_not_mistaken_for_absent_ones() -> None:
    content = b'{"contact":"mail@harbour.example","later":null,"latest":[],"name":"Ada"}'
    assert canonical_bytes(from_canonical(Agent, content)) == content


def test_absent_optional_fields_are_left_out() -> None:
    assert canonical_bytes(Agent(name="Ada", url=None)) == b'{"name":"Ada"}'


def test_a_required_list_is_written_although_it_is_empty() -> None:
    assert Claims.model_fields["notices"].is_required()
    claims = with_notices(())
    assert b'"notices":[]' in canonical_bytes(claims)
    assert b"authors" not in canonical_bytes(claims)


def with_notices(notices: tuple[Notice, ...]) -> Claims:
    return from_canonical(
        Claims,
        json.dumps(
            {
                "extractor": {"name": "e", "version": "1"},
                "observation_digest": "sha256:" + "0" * 64,
                "notices": [notice.model_dump(mode="json") for notice in notices],
                "rights": {"statement": "none-found"},
            }
        ),
    )


def test_a_reader_keeps_kinds_of_notice_it_does_not_know() -> None:
    notice = {
        "kind": "moral-rights",
        "text": "The author asserts her moral rights.",
        "evidence": {"authority": {"kind": "page"}, "place": {"css_path": "footer"}, "text": "asserts"},
        "confidence": "high",
        "reason": "a rule of a later version",
    }
    content = canonical_json(notice)
    read = from_canonical(Notice, content)
    assert read.kind == "moral-rights"
    assert canonical_bytes(read) == content


def test_instants_of_any_zone_are_written_in_utc_with_six_digits() -> None:
    local = datetime(2026, 3, 3, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert canonical_bytes(Dated(at=local)) == b'{"at":"2026-03-03T10:00:00.000000Z"}'
    assert canonical_bytes(Dated(at=datetime(33, 4, 3, tzinfo=UTC))) == b'{"at":"0033-04-03T00:00:00.000000Z"}'


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_an_instant_outside_the_calendar_is_a_validation_error(text: str) -> None:
    with pytest.raises(pydantic.ValidationError):
        from_canonical(Dated, json.dumps({"at": text}))


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(pydantic.ValidationError):
        from_canonical(Dated, '{"at":"2026-03-03T10:00:00"}')


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Agent, {"name": 7}),
        (Agent, {"name": None}),
        (Agent, {}),
        (SegmentFile, {"name": "a", "sha256": "sha256:" + "0" * 64, "size": "12"}),
        (SegmentFile, {"name": "a", "sha256": "sha256:" + "0" * 64, "size": 12.0}),
        (SegmentFile, {"name": "a", "sha256": "sha256:" + "0" * 64, "size": True}),
        (SegmentFile, {"name": "a", "sha256": "sha256:" + "0" * 63, "size": 12}),
        (SegmentFile, {"name": "a", "sha256": 0, "size": 12}),
        (DigestSet, {"payload": "sha256:" + "0" * 64}),
        (Dated, {"at": 1772532000}),
        (Dated, {"at": ""}),
        (Finding, {"code": "W01", "severity": "fatal", "where": "", "detail": ""}),
    ],
)
def test_a_value_of_a_wrong_type_is_refused(kind: type[Model], content: Any) -> None:
    with pytest.raises(pydantic.ValidationError):
        from_canonical(kind, json.dumps(content))


def test_another_format_is_refused() -> None:
    content = {"format": "capture-manifest/7", "observation": {}}
    with pytest.raises(pydantic.ValidationError, match="capture-manifest/0"):
        from_canonical(CaptureManifest, json.dumps(content))


@pytest.mark.parametrize("name", ["ABCDEF00-0000-4000-8000-000000000000", "0" * 32, "../../etc", "", "0" * 36])
def test_a_capture_id_is_a_bare_lower_case_uuid(name: str) -> None:
    field = {"relation": "embedded-by", "capture_id": name, "url": "http://a.example/"}
    with pytest.raises(pydantic.ValidationError):
        from_canonical(Observation.model_fields["links"].annotation.__args__[0], json.dumps(field))  # type: ignore[union-attr]


@MODEST
@given(documents(Fetcher))
def test_documents_are_frozen(fetcher: Fetcher) -> None:
    with pytest.raises(pydantic.ValidationError):
        fetcher.name = "another"  # type: ignore[misc]
    assert hash(fetcher) == hash(from_canonical(Fetcher, canonical_bytes(fetcher)))
