# SPDX-License-Identifier: Apache-2.0
"""Nothing a server sent is left out for being odd, repeated or named in a style sheet only."""

from datetime import timedelta

from archiver.services.audit import verify_archive
from manifests import CaptureManifest, canonical_bytes, from_canonical
from tests.services.exchanges import AT, URL, Archive, exchange, page, plain


def test_a_response_without_a_status_line_has_a_manifest_that_reads_back(archive: Archive) -> None:
    (kept,) = archive.keep(exchange(b"<html><title>Old</title><p>Before HTTP/1.0.</p></html>"))
    assert kept.manifest.observation.response is not None
    assert kept.manifest.observation.response.code is None
    assert from_canonical(CaptureManifest, canonical_bytes(kept.manifest)) == kept.manifest
    assert verify_archive(archive.store, archive.world.generations.current()).findings == []


def test_a_repeated_payload_with_other_bytes_behind_it_is_kept_whole(archive: Archive) -> None:
    later = exchange(plain(page()) + b"surplus", at=AT + timedelta(hours=1))
    first, second = archive.keep(exchange(plain(page())), later)
    assert first.manifest.observation.digests.payload == second.manifest.observation.digests.payload
    assert second.manifest.observation.records.response is not None


def test_what_a_style_sheet_loads_is_a_requisite(archive: Archive) -> None:
    sheet = plain(b"@import '/type.css'; body{background:url(grain.png)}", kind=b"text/css")
    (kept,) = archive.keep(exchange(sheet, URL + "/main.css"))
    assert kept.manifest.claims is not None
    assert set(kept.manifest.claims.requisites) == {"http://gazette.example/type.css", URL + "/grain.png"}
