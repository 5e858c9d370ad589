# SPDX-License-Identifier: Apache-2.0
"""Whatever a server sends, the manifest written of it reads back, and is the same bytes when it is written again."""

import pytest

from archiver import extract
from archiver.exchange import Response, Tape
from archiver.formats import readers
from archiver.formats.coding import Decoded, decode
from archiver.services.observations import Context
from archiver.services.payloads import measure
from archiver.services.records import CaptureRecords, build
from archiver.services.redaction import Redactor
from archiver.url_keys import url_key
from manifests.canonical import canonical_bytes, from_canonical
from manifests.capture import CaptureManifest, FetchSettings, RobotsDecision
from manifests.digest import canonical_digest
from tests.capture.conftest import Asked, Run
from tests.site.cases import CASES

LIMIT = 8 << 20


def _read(asked: Asked, response: Response, decoded: Decoded) -> extract.Reading:
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.head.fields]
    kind, url = response.head.get("content-type"), asked.exchange.url
    return extract.read(decoded.content[:65536], url=url, content_type=kind, headers=fields, code=response.head.code)


def _built(asked: Asked) -> CaptureRecords:
    exchange, payload, reading = asked.exchange, None, None
    if exchange.response is not None and asked.block is not None:
        coding = ", ".join(exchange.response.head.get_all("content-encoding")) or None
        payload, decoded = measure(exchange.response, lambda pieces: decode(pieces, coding, limit=LIMIT))
        reading = _read(asked, exchange.response, decoded)
    ids = iter(f"00000000-0000-4000-8000-{n:012x}" for n in range(1, 9))
    context = Context(
        job="adhoc",
        crawl_id="crawl",
        seed=exchange.url,
        discovery_path="LE",
        url_key=url_key(exchange.url),
        settings=FetchSettings(user_agent="tests", robots="off"),
        robots=RobotsDecision(decision="not-asked", obeyed=False),
        labels={"\ufb33": "1", "\U0001f600": "2"},
    )
    return build(
        exchange,
        context,
        payload=payload,
        reading=reading,
        earlier=None,
        redactor=Redactor(b"key"),
        new_id=lambda: next(ids),
    )


@pytest.mark.parametrize("name", CASES)
def test_every_manifest_reads_back_and_is_written_alike(run: Run, name: str) -> None:
    records = _built(run.asked[name])
    again = from_canonical(CaptureManifest, records.manifest_bytes)
    assert again == records.manifest
    assert canonical_bytes(again) == canonical_bytes(records.manifest) == records.manifest_bytes
    assert records.manifest_digest == canonical_digest(again)
    if again.claims is not None:
        assert again.claims.observation_digest == canonical_digest(again.observation)


@pytest.mark.parametrize("name", CASES)
def test_the_short_way_to_the_index_finds_what_the_long_one_finds(run: Run, name: str) -> None:
    response, block = run.asked[name].exchange.response, run.asked[name].block
    if response is None or block is None or response.faults:
        return
    assert readers.head_as_indexed(response.head) == readers.as_indexed(block[: response.head.length])


@pytest.mark.parametrize("name", CASES)
def test_digests_do_not_depend_on_where_the_bytes_lie(run: Run, name: str) -> None:
    response, block = run.asked[name].exchange.response, run.asked[name].block
    if response is None or block is None:
        return
    on_disk = Tape(in_memory=0)
    on_disk.append(block)
    coding = ", ".join(response.head.get_all("content-encoding")) or None
    found = [
        measure(
            Response(response.head, tape, response.message_length, response.chunked),
            lambda pieces: decode(pieces, coding, limit=LIMIT),
        )
        for tape in (on_disk, response.tape)
    ]
    on_disk.close()
    assert found[0] == found[1]
