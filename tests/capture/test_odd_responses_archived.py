# SPDX-License-Identifier: Apache-2.0
"""What the site sent lies in the WARC file byte for byte, and readers of other makers survive it and agree.

Judges: warcio for digests and for what an indexer sees, FastWARC with its default settings, our own strict verifier.
"""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator
from warcio.indexer import Indexer

from archiver import wiring
from archiver.exchange import Exchange, Tape
from archiver.formats import readers
from archiver.formats.cdxj import IndexLine
from archiver.formats.warc_scan import Scanned, scan
from archiver.services import layout
from archiver.services.description import ArchiveDescription
from archiver.services.ingest import Captured, Ingest, World, recover
from archiver.services.observations import SOFTWARE, Context
from archiver.services.payloads import Payload
from archiver.services.warc_check import verify_warc
from archiver.store.local import LocalStore
from archiver.url_keys import url_key
from archiver.urls import MAX_LENGTH, parse
from manifests.capture import FetchSettings, Observation, Revisited, RobotsDecision
from tests.capture.conftest import Asked, Run
from tests.site.case import Case
from tests.site.cases import CASES


class Forgetful(Ingest):
    """Takes every payload for new, so that every case has a response record of its own."""

    def _held_already(self, exchange: Exchange, payload: Payload) -> Revisited | None:
        return None


@dataclass(frozen=True)
class Sealed:
    """One stored segment of odd responses."""

    kept: dict[str, Captured]
    warc: bytes
    index: list[IndexLine]

    def lines(self) -> dict[str, tuple[str | None, ...]]:
        """What the index says of each record, apart from where it is."""
        return {line.url: (line.url_key, line.mime, line.response_code, line.digest) for line in self.index}


def _world(folder: Path) -> World:
    described = ArchiveDescription(
        archive_id="00000000-0000-4000-8000-00000000abcd",
        created_at=datetime(2026, 3, 3, tzinfo=UTC),
        software=SOFTWARE,
    )
    world = wiring.world(wiring.Place(LocalStore(folder), folder), described, folder)
    return replace(world, chance=random.Random(7).randbytes)


def _closed(world: World) -> None:
    world.state.close()
    world.generations.close()


def _exchange(asked: Asked) -> Exchange:
    """The case's exchange with a tape of its own, for ingest closes what it has recorded."""
    response = asked.exchange.response
    if response is None or asked.block is None:
        return asked.exchange
    tape = Tape()
    tape.append(asked.block)
    return replace(asked.exchange, response=replace(response, tape=tape))


def _context(url: str) -> Context:
    return Context(
        job="adhoc",
        crawl_id="crawl",
        seed=url,
        discovery_path="",
        url_key=url_key(url),
        settings=FetchSettings(user_agent="tests", robots="off"),
        robots=RobotsDecision(decision="not-asked", obeyed=False),
    )


def _record(ingest: Ingest, cases: list[Asked]) -> dict[str, Captured]:
    exchanges = {one.case.name: _exchange(one) for one in cases}
    return {name: ingest.record(one, _context(one.url)) for name, one in exchanges.items()}


def _stored(world: World, kept: dict[str, Captured]) -> Sealed:
    keys = list(world.store.list(layout.SEGMENTS))
    (warc,) = [key for key in keys if key.endswith(".warc.gz")]
    (index,) = [key for key in keys if key.endswith(layout.INDEX)]
    lines = [IndexLine.from_bytes(line) for line in world.store.get(index).splitlines()]
    return Sealed(kept, world.store.get(warc), lines)


def _sealed(folder: Path, make: type[Ingest], cases: list[Asked]) -> Sealed:
    world = _world(folder)
    try:
        ingest = make(world, "adhoc")
        kept = _record(ingest, cases)
        ingest.finish()
        return _stored(world, kept)
    finally:
        _closed(world)


@pytest.fixture(scope="module")
def sealed(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """Every case, each with a response record where it had a response."""
    return _sealed(tmp_path_factory.mktemp("all"), Forgetful, list(run.asked.values()))


@pytest.fixture(scope="module")
def repeated(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """The framing cases as they would be archived: most have one page as payload and become revisits."""
    framing = [one for one in run.asked.values() if one.case.family in ("http-framing", "http-headers")]
    return _sealed(tmp_path_factory.mktemp("repeated"), Ingest, framing)


@pytest.fixture(scope="module")
def blocks(sealed: Sealed) -> dict[str, bytes]:
    """Every block by record id, read strictly."""
    found = {}
    for record in scan(io.BytesIO(sealed.warc)):
        assert isinstance(record, Scanned)
        assert record.wrong == ()
        found[record.record_id] = record.block.read()
        record.block.close()
    return found


def _fast(warc: bytes, *, only_payloads: bool = False) -> Iterator[Any]:
    for record in FastIterator(io.BytesIO(warc)):
        if not only_payloads or "WARC-Payload-Digest" in record.headers:
            yield record


each_case = pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)


@each_case
def test_what_the_server_sent_is_the_block_of_the_record(
    case: Case, run: Run, sealed: Sealed, blocks: dict[str, bytes]
) -> None:
    asked = run.asked[case.name]
    seen = sealed.kept[case.name].manifest.observation
    if seen.records.response is None:
        assert asked.block is None
        assert (blocks[seen.records.remains] if seen.records.remains else b"") == asked.exchange.remains
        return
    block = blocks[seen.records.response]
    assert block == asked.block
    assert asked.block_sent.startswith(block)
    if (seen.outcome.value, seen.reason) == (case.outcome, case.reason):
        assert case.accepts_block(asked.sent[-1], block)


@each_case
def test_the_manifest_says_what_became_of_it(case: Case, run: Run, sealed: Sealed) -> None:
    seen = sealed.kept[case.name].manifest.observation
    assert case.accepts(seen.outcome.value, seen.reason), (seen.outcome, seen.reason, seen.detail)
    if (seen.outcome.value, seen.reason) == (case.outcome, case.reason):
        assert case.accepts_code(seen.response.code if seen.response else None)
        assert (seen.truncation.warc_reason if seen.truncation else None) == case.truncated
    assert seen.request is not None
    assert seen.request.method == "GET"


def test_our_verifier_finds_nothing(sealed: Sealed, repeated: Sealed) -> None:
    for one in (sealed, repeated):
        report = verify_warc(io.BytesIO(one.warc), "odd.warc.gz")
        assert report.findings == []
        assert report.captures == len(one.kept)


def test_warcio_reads_every_record_and_finds_every_digest_right(sealed: Sealed, repeated: Sealed) -> None:
    for one in (sealed, repeated):
        counted = 0
        for record in ArchiveIterator(io.BytesIO(one.warc), check_digests="raise"):
            record.raw_stream.read()
            counted += 1
        assert counted == verify_warc(io.BytesIO(one.warc), "odd.warc.gz").records


def test_warcio_reads_what_was_truncated_as_such(sealed: Sealed) -> None:
    words = {
        record.rec_headers["WARC-Target-URI"].rsplit("/", 1)[1]: record.rec_headers["WARC-Truncated"]
        for record in ArchiveIterator(io.BytesIO(sealed.warc), no_record_parse=True)
        if record.rec_type == "response"
    }
    for name, captured in sealed.kept.items():
        truncation = captured.manifest.observation.truncation
        assert words.get(name) == (truncation.warc_reason if truncation else None)


def test_fastwarc_reads_the_whole_file_with_its_default_settings(sealed: Sealed, repeated: Sealed) -> None:
    for one in (sealed, repeated):
        records = list(ArchiveIterator(io.BytesIO(one.warc), no_record_parse=True))
        assert sum(1 for _ in _fast(one.warc)) == len(records)


def test_fastwarc_finds_every_block_digest_right(sealed: Sealed, repeated: Sealed) -> None:
    for one in (sealed, repeated):
        for record in FastIterator(io.BytesIO(one.warc), parse_http=False):
            assert record.verify_block_digest()


def test_fastwarc_finds_every_payload_digest_right_but_those_of_revisits(sealed: Sealed, repeated: Sealed) -> None:
    wrong = [
        record.record_type
        for one in (sealed, repeated)
        for record in _fast(one.warc, only_payloads=True)
        if not record.verify_payload_digest()
    ]
    assert wrong
    assert all(kind == WarcRecordType.revisit for kind in wrong)


class _Seen(Indexer):  # type: ignore[misc]
    """What the class that cdxj-indexer is built on finds in each record, by offset."""

    def __init__(self) -> None:
        super().__init__("offset,length,http:status,http:content-type,warc-payload-digest", [], None)
        self.found: dict[int, dict[str, str]] = {}

    def _write_line(self, out: object, index: dict[str, str], record: Any, filename: str) -> None:
        if record.rec_type in ("response", "revisit"):
            self.found[int(index.pop("offset"))] = index


def test_the_index_says_what_the_indexer_of_the_field_sees(sealed: Sealed, repeated: Sealed) -> None:
    for one in (sealed, repeated):
        seen = _Seen()
        seen.process_one(io.BytesIO(one.warc), None, "odd.warc.gz")
        assert {line.offset for line in one.index} == seen.found.keys()
        for line in one.index:
            theirs = seen.found[line.offset]
            assert line.length == int(theirs["length"])
            assert line.response_code == theirs.get("http:status"), line.url
            assert line.digest == theirs.get("warc-payload-digest")
            kind = theirs.get("http:content-type")
            if line.mime != "warc/revisit":
                assert line.mime == (kind.replace(";", " ").split(" ")[0] if kind is not None else None), line.url


def test_the_index_of_a_recovered_segment_says_the_same(run: Run, sealed: Sealed, tmp_path: Path) -> None:
    odd = [
        one
        for one in run.asked.values()
        if one.exchange.response is not None
        and one.block is not None
        and (one.exchange.response.faults or len(one.block) > readers.HEAD_LIMIT)
        and one.case.family in ("http-framing", "http-headers")
    ]
    world = _world(tmp_path)
    try:
        ingest = Forgetful(world, "adhoc")
        _record(ingest, odd)
        ingest.abandon()
        recover(world)
        recovered = _stored(world, {}).lines()
    finally:
        _closed(world)
    assert len(recovered) == len(odd)
    assert recovered == {url: line for url, line in sealed.lines().items() if url in recovered}


def test_the_longest_url_leaves_every_record_readable(run: Run, tmp_path: Path) -> None:
    url = "http://gazette.example/".ljust(MAX_LENGTH, "a")
    assert parse(url).url == url
    world = _world(tmp_path)
    try:
        ingest = Ingest(world, "adhoc")
        for _ in range(2):
            asked = replace(
                _exchange(run.asked["cl-exact"]), url=url, request=f"GET {url[22:]} HTTP/1.1\r\n\r\n".encode()
            )
            ingest.record(asked, _context(url))
        ingest.finish()
        warc = _stored(world, {}).warc
    finally:
        _closed(world)
    assert "revisit" in [record.rec_type for record in ArchiveIterator(io.BytesIO(warc))]
    assert sum(1 for _ in _fast(warc)) == sum(1 for _ in ArchiveIterator(io.BytesIO(warc))) == 7


def _seen(sealed: Sealed, name: str) -> Observation:
    return sealed.kept[name].manifest.observation


def test_every_status_that_is_no_code_is_kept_as_it_stands(sealed: Sealed) -> None:
    codes = {line.url.rsplit("/", 1)[1]: line.response_code for line in sealed.index}
    assert codes["code-absent"] == "OK"
    assert (codes["code-two-digits"], codes["code-four-digits"], codes["code-zeros"]) == ("20", "2000", "000")
    assert codes["crlf-first"] is None
    assert codes["cl-exact"] == "200"
    assert _seen(sealed, "code-absent").response is not None


def test_a_digest_is_stated_only_where_every_reader_takes_the_same_payload(sealed: Sealed) -> None:
    digests = {line.url.rsplit("/", 1)[1]: line.digest for line in sealed.index}
    without = {name for name, digest in digests.items() if digest is None}
    chunked = {
        name
        for name, one in sealed.kept.items()
        if (said := one.manifest.observation.response)
        and any(key == "transfer-encoding" and "chunked" in value.lower() for key, value in said.headers)
        and name not in ("te-xchunked", "te-vertical-tab", "te-quoted")
    }
    heads = {"http09-page", "crlf-first", "lf-only-everywhere"}
    long_heads = {"reason-64kb", "redirect-100kb-location"} | {
        f"header-{rest}"
        for rest in (
            "70kb-value",
            "10000-fields",
            "just-below-limit",
            "40-large-cookies",
            "60kb-etag",
            "3000-link-targets",
        )
    }
    assert without == chunked | heads | long_heads
