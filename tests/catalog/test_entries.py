# SPDX-License-Identifier: Apache-2.0
"""Of a manifest the catalog reads what it keeps; what has another shape is told, never guessed at."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from archiver.catalog.entries import NOT_MODIFIED, entry_of, notice_content
from manifests import Digest, Outcome, canonical_bytes
from manifests.canonical import canonical_json
from tests.catalog.captures import AT, manifest, not_modified, uuid

NOTICE = {"kind": "license", "text": "CC BY \U0001f39b\u2028\x01", "license": "CC-BY-4.0", "agents": ["*"]}


def document(**given: Any) -> Any:
    return json.loads(canonical_bytes(manifest(1, notices=["\u00a9"], publisher="P", text=b"t", **given)))


def test_what_is_kept_is_read_and_the_rest_passed_over() -> None:
    one = document()
    one["later"] = {"claims": [1.5]}
    one["observation"]["later"] = one["claims"]["notices"][0]["later"] = None
    entry = entry_of(json.dumps(one).encode())
    seen = entry.observation
    assert (seen.capture_id, seen.requested_at, seen.outcome) == (uuid(1), AT, Outcome.CAPTURED_COMPLETE)
    assert entry.claims is not None
    assert entry.claims.publisher is not None
    assert (entry.claims.publisher.name, entry.claims.notices[0].text) == ("P", "\u00a9")
    roles_of, sha256, sha1 = entry.digests()
    assert (sha256, sha1) == (Digest.of(b"1").raw, Digest.of(b"1", "sha1").raw)
    assert len(roles_of) == 4


def put(path: str, value: Any) -> Callable[[Any], None]:
    def change(one: Any) -> None:
        *way, last = path.split(".")
        for name in way:
            one = one[name]
        if value is None:
            del one[last]
        else:
            one[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        put("format", "capture-manifest/9"),
        put("observation", None),
        put("observation.capture_id", None),
        put("observation.capture_id", "1"),
        put("observation.capture_id", uuid(1).upper().replace("0", "A")),
        put("observation.url", 7),
        put("observation.requested_at", "yesterday"),
        put("observation.requested_at", "2026-03-03T10:00:00"),
        put("observation.outcome", "captured"),
        put("observation.records", None),
        put("observation.response.headers", [["etag"]]),
        put("claims.notices", {"kind": "copyright"}),
        put("claims.extractor", "tests"),
    ],
)
def test_a_manifest_of_another_shape_is_no_entry(change: Callable[[Any], None]) -> None:
    one = document()
    change(one)
    with pytest.raises(ValueError, match=r"\S"):
        entry_of(json.dumps(one).encode())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"observation": {"url": "\xff"}}'])
def test_what_is_no_json_object_is_no_entry(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        entry_of(content)


@pytest.mark.parametrize(
    "digest", ["", "sha256", "sha256:", "sha256:00", "md6:" + "0" * 32, "sha1:" + "g" * 40, "sha1:" + "0 " * 20]
)
def test_what_should_be_a_digest_and_is_none_is_told(digest: str) -> None:
    one = document()
    one["observation"]["digests"]["payload"] = [digest]
    with pytest.raises(ValueError, match=r"\S"):
        entry_of(json.dumps(one).encode()).digests()


def test_digests_of_other_algorithms_are_not_kept() -> None:
    one = document()
    one["observation"]["digests"] = {"payload": ["md5:" + "0" * 32, "sha512:" + "0" * 128]}
    one["claims"]["text_digest"] = "md5:" + "1" * 32
    assert entry_of(json.dumps(one).encode()).digests() == ({}, None, None)


def test_any_offset_of_a_time_is_read() -> None:
    one = document()
    one["observation"]["requested_at"] = "2026-03-03T11:00:00.5+01:00"
    at = entry_of(json.dumps(one).encode()).observation.requested_at
    assert at == datetime(2026, 3, 3, 10, 0, 0, 500000, tzinfo=UTC) == at.astimezone(timezone(timedelta(hours=5)))


def test_a_notice_is_kept_as_canonical_json_without_its_place() -> None:
    one = document()
    one["claims"]["notices"] = [NOTICE | {"evidence": {"text": "x"}, "confidence": "high", "reason": "a rule"}]
    claims = entry_of(json.dumps(one).encode()).claims
    assert claims is not None
    digest, text = notice_content(claims.notices[0])
    assert text.encode() == canonical_json(NOTICE)
    assert Digest.from_raw("sha256", digest) == Digest.of(text.encode())


def test_a_visit_without_a_payload_has_the_digest_of_its_block_only() -> None:
    one = entry_of(canonical_bytes(not_modified(2, 1, AT)))
    assert one.not_modified
    assert one.observation.revisits is not None
    assert one.observation.revisits.relation == NOT_MODIFIED
    roles_of, sha256, sha1 = one.digests()
    assert (list(roles_of), sha256, sha1) == ([Digest.of(b"head").raw], None, None)
