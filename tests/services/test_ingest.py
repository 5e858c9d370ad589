# SPDX-License-Identifier: Apache-2.0
"""What is written of an exchange: which records, which digests, when a revisit, and what the manifest says of it."""

import base64
import gzip
import hashlib
import io
from datetime import timedelta

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from archiver.errors import NotFound
from archiver.formats.cdxj import IndexLine
from archiver.services import read
from archiver.services.audit import verify_archive
from archiver.services.ingest import Captured, SealLimits, recover
from archiver.services.observations import TELLING_HEADERS
from manifests import Digest, Outcome, Role
from tests.services.exchanges import AT, URL, Archive, Clock, chunked, context, exchange, page, plain

PAGE = page()
OTHER = "http://gazette.example/other"


def stored_records(archive: Archive) -> list[tuple[ArcWarcRecord, bytes]]:
    """Every record of every stored WARC file but warcinfo, as another reader sees it, with its block."""
    found = []
    for key in archive.store.list("segments/"):
        if key.endswith(".warc.gz"):
            for record in ArchiveIterator(archive.store.open(key), no_record_parse=True):
                if record.rec_type != "warcinfo":
                    found.append((record, record.content_stream().read()))
    return found


def kinds(archive: Archive) -> list[str]:
    return [record.rec_type for record, _ in stored_records(archive)]


def own(archive: Archive, captured: Captured) -> tuple[ArcWarcRecord, bytes]:
    wanted = f"<urn:uuid:{captured.manifest.observation.capture_id}>"
    return next(one for one in stored_records(archive) if one[0].rec_headers["WARC-Record-ID"] == wanted)


def index(archive: Archive) -> list[IndexLine]:
    keys = [key for key in archive.store.list("segments/") if key.endswith("index.cdxj")]
    return [IndexLine.from_bytes(line) for key in keys for line in archive.store.get(key).splitlines()]


def assert_sound(archive: Archive) -> None:
    report = verify_archive(archive.store, archive.world.generations.current())
    assert report.findings == []


def test_a_page_is_a_request_a_response_and_its_manifest(archive: Archive) -> None:
    raw = plain(PAGE)
    (kept,) = archive.keep(exchange(raw))
    seen = kept.manifest.observation
    assert kinds(archive) == ["request", "response", "metadata"]
    (asked, _), (answer, block), (said, manifest) = stored_records(archive)
    assert block == raw
    assert Digest.of(manifest) == kept.manifest_digest
    assert answer.rec_headers["WARC-Target-URI"] == asked.rec_headers["WARC-Target-URI"] == URL
    assert said.rec_headers["WARC-Target-URI"] == f"urn:manifest:{URL}"
    assert said.rec_headers["WARC-Concurrent-To"] == answer.rec_headers["WARC-Record-ID"]
    assert (
        answer.rec_headers["WARC-Record-ID"] == f"<urn:uuid:{seen.capture_id}>" == f"<urn:uuid:{seen.records.response}>"
    )
    assert answer.rec_headers["WARC-IP-Address"] == "192.0.2.7"
    sha1 = base64.b32encode(hashlib.sha1(PAGE).digest()).decode()
    assert answer.rec_headers["WARC-Payload-Digest"] == f"sha1:{sha1}"
    assert answer.rec_headers["WARC-Block-Digest"] == Digest.of(raw)
    assert seen.digests.get(Role.BLOCK) == Digest.of(raw)
    for role in (Role.BODY, Role.PAYLOAD, Role.ENTITY):
        assert seen.digests.get(role) == Digest.of(PAGE)
    assert seen.digests.get(Role.PAYLOAD, "sha1") == Digest.of(PAGE, "sha1")
    assert (seen.lengths.block, seen.lengths.payload) == (len(raw), len(PAGE))
    assert_sound(archive)


def test_the_same_payload_again_is_a_revisit_of_the_first(archive: Archive) -> None:
    ingest = archive.ingest()
    first, second, third = (
        ingest.record(exchange(plain(PAGE, b"X-Visit: %d" % n), url, at=AT + timedelta(hours=n)), context(url))
        for n, url in enumerate([URL, OTHER, URL])
    )
    ingest.finish()
    for again in (second, third):
        record, block = own(archive, again)
        assert again.manifest.observation.records.response is None
        assert record.rec_type == "revisit"
        assert record.rec_headers["WARC-Refers-To"] == f"<urn:uuid:{first.manifest.observation.capture_id}>"
        assert record.rec_headers["WARC-Refers-To-Target-URI"] == URL
        assert record.rec_headers["WARC-Refers-To-Date"] == "2026-03-03T10:00:00.000000Z"
        assert record.rec_headers["WARC-Profile"].endswith("/revisit/identical-payload-digest")
        assert record.rec_headers["WARC-Payload-Digest"] == own(archive, first)[0].rec_headers["WARC-Payload-Digest"]
        assert b"X-Visit" in block
        assert block.endswith(b"\r\n\r\n")
        assert again.manifest.observation.digests.get(Role.PAYLOAD) == Digest.of(PAGE)
    assert sorted(line.mime or "" for line in index(archive)) == ["text/html", "warc/revisit", "warc/revisit"]
    catalog = archive.world.generations.current()
    for one in catalog.by_digest(Digest.of(PAGE)):
        assert read.entity(archive.store, catalog, one) == PAGE
    assert_sound(archive)


def test_a_revisit_may_refer_to_a_stored_segment(archive: Archive) -> None:
    (first,) = archive.keep(exchange(plain(PAGE)))
    (second,) = archive.keep(exchange(plain(PAGE), at=AT + timedelta(days=1)))
    (third,) = archive.keep(exchange(plain(PAGE), at=AT + timedelta(days=2)))
    for later in (second, third):
        revisited = later.manifest.observation.revisits
        assert revisited is not None
        assert revisited.capture_id == first.manifest.observation.capture_id
    assert_sound(archive)


def test_a_revisit_never_refers_to_an_unsealed_segment_of_another_writer(archive: Archive) -> None:
    one, other = archive.ingest(), archive.ingest("daily")
    one.record(exchange(plain(PAGE)), context())
    one.acknowledge()
    second = other.record(exchange(plain(PAGE)), context())
    assert second.manifest.observation.revisits is None
    other.finish()
    one.finish()
    assert kinds(archive).count("response") == 2
    assert_sound(archive)


@pytest.mark.parametrize("first_is_truncated", [True, False])
@pytest.mark.parametrize("sealed_between", [True, False])
def test_a_truncated_payload_neither_is_nor_has_a_revisit(
    archive: Archive, first_is_truncated: bool, sealed_between: bool
) -> None:
    ingest = archive.ingest()
    for n, truncated in enumerate([first_is_truncated, not first_is_truncated]):
        given = exchange(plain(PAGE), at=AT + timedelta(hours=n), truncated=truncated)
        assert ingest.record(given, context()).manifest.observation.revisits is None
        if sealed_between:
            ingest.finish()
    ingest.finish()
    truncations = [record.rec_headers["WARC-Truncated"] for record, _ in stored_records(archive)]
    assert [one for one in truncations if one] == ["disconnect"]
    assert_sound(archive)


def test_an_empty_payload_is_never_a_revisit(archive: Archive) -> None:
    archive.keep(exchange(plain(b"")), exchange(plain(b""), at=AT + timedelta(hours=1)))
    archive.keep(exchange(plain(b""), at=AT + timedelta(hours=2)))
    assert kinds(archive).count("response") == 3
    assert_sound(archive)


def test_a_changed_notice_gives_two_manifests_whose_notices_differ(archive: Archive) -> None:
    before, after = archive.keep(
        exchange(plain(page("<footer>&copy; 2024-2025 Ada Quill</footer>"))),
        exchange(plain(page("<footer>&copy; 2024-2026 The Harbour Gazette</footer>")), at=AT + timedelta(days=1)),
    )
    said = [[notice.text for notice in one.manifest.claims.notices] for one in (before, after) if one.manifest.claims]
    assert "Ada Quill" in said[0][0]
    assert "The Harbour Gazette" in said[1][0]
    found = archive.world.generations.current().by_url(URL, context().url_key)
    assert [one.notices[0]["text"] for one in found] == [said[0][0], said[1][0]]
    assert_sound(archive)


def test_a_chunked_response_has_no_payload_digest_field_and_its_revisit_has_one(archive: Archive) -> None:
    raw = chunked(PAGE)
    first, second = archive.keep(exchange(raw), exchange(raw, OTHER))
    record, block = own(archive, first)
    assert block == raw
    assert record.rec_headers["WARC-Payload-Digest"] is None
    seen = first.manifest.observation.digests
    assert seen.get(Role.BODY) == Digest.of(raw.partition(b"\r\n\r\n")[2])
    assert seen.get(Role.PAYLOAD) == seen.get(Role.ENTITY) == Digest.of(PAGE)
    sha1 = Digest.of(PAGE, "sha1")
    assert own(archive, second)[0].rec_headers["WARC-Payload-Digest"] == f"sha1:{sha1.base32}"
    assert [line.digest for line in index(archive) if line.mime != "warc/revisit"] == [None]
    assert_sound(archive)


def test_a_chunked_and_a_plain_response_of_one_payload_are_the_same_payload(archive: Archive) -> None:
    _, second = archive.keep(exchange(chunked(PAGE)), exchange(plain(PAGE), OTHER))
    assert second.manifest.observation.revisits is not None
    assert_sound(archive)


def test_surplus_bytes_are_kept_and_belong_to_no_payload(archive: Archive) -> None:
    raw = plain(PAGE) + b"HTTP/1.1 200 OK\r\n\r\nsmuggled"
    (kept,) = archive.keep(exchange(raw, reason="framing-fault"))
    record, block = own(archive, kept)
    seen = kept.manifest.observation
    assert block == raw
    assert seen.digests.get(Role.PAYLOAD) == Digest.of(PAGE)
    assert seen.response is not None
    assert "surplus-bytes" in seen.response.faults
    # Checkers of other makers hash all that follows the header.
    after = Digest.of(raw.partition(b"\r\n\r\n")[2], "sha1")
    assert record.rec_headers["WARC-Payload-Digest"] == f"sha1:{after.base32}"
    catalog = archive.world.generations.current()
    (found,) = catalog.by_digest(Digest.of(PAGE))
    assert read.entity(archive.store, catalog, found) == PAGE
    assert_sound(archive)


def test_interim_responses_stand_in_the_manifest_and_not_in_the_block(archive: Archive) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    (kept,) = archive.keep(exchange(hints + plain(PAGE)))
    seen = kept.manifest.observation.response
    assert seen is not None
    assert [(one.code, base64.b64decode(one.raw)) for one in seen.interim] == [(103, hints)]
    assert own(archive, kept)[1] == plain(PAGE)
    assert_sound(archive)


def test_a_failed_fetch_is_a_capture_with_what_arrived(archive: Archive) -> None:
    remains = b"SSH-2.0-harbour\r\n"
    failed = exchange(None, outcome=Outcome.FAILED, reason="not-http", remains=remains)
    (kept,) = archive.keep(failed)
    assert kinds(archive) == ["request", "metadata", "metadata"]
    records = kept.manifest.observation.records
    assert kept.manifest.observation.capture_id == records.metadata
    assert kept.manifest.claims is None
    came = next(
        block for record, block in stored_records(archive) if records.remains in record.rec_headers["WARC-Record-ID"]
    )
    assert came == remains
    assert index(archive) == []
    catalog = archive.world.generations.current()
    (found,) = catalog.by_url(URL, context().url_key)
    assert (found.outcome, found.record_offset, found.response_code) == (Outcome.FAILED, None, None)
    assert Digest.of(read.manifest_bytes(archive.store, found)) == kept.manifest_digest
    with pytest.raises(NotFound):
        read.record(archive.store, found)
    assert_sound(archive)


def test_a_fetch_that_never_began_is_its_manifest_alone(archive: Archive) -> None:
    archive.keep(exchange(None, outcome=Outcome.FAILED, reason="dns-failed", sent=False))
    assert kinds(archive) == ["metadata"]
    assert_sound(archive)


def test_a_coding_that_does_not_come_undone_is_named_and_its_bytes_are_kept(archive: Archive) -> None:
    packed = bytearray(gzip.compress(PAGE, mtime=0))
    packed[14] ^= 0xFF
    raw = plain(bytes(packed), b"Content-Encoding: gzip")
    (kept,) = archive.keep(exchange(raw))
    seen = kept.manifest.observation
    assert (seen.outcome, seen.reason) == (Outcome.CAPTURED_COMPLETE, "coding-invalid")
    assert seen.detail
    assert seen.digests.get(Role.ENTITY) is None
    assert own(archive, kept)[1] == raw
    assert_sound(archive)


def test_a_coded_page_has_the_digest_of_its_entity_too(archive: Archive) -> None:
    packed = gzip.compress(PAGE, mtime=0)
    (kept,) = archive.keep(exchange(plain(packed, b"Content-Encoding: gzip")))
    seen = kept.manifest.observation.digests
    assert (seen.get(Role.PAYLOAD), seen.get(Role.ENTITY)) == (Digest.of(packed), Digest.of(PAGE))
    catalog = archive.world.generations.current()
    (found,) = catalog.by_digest(Digest.of(PAGE))
    assert found.roles == (Role.ENTITY,)
    assert read.entity(archive.store, catalog, found) == PAGE
    assert_sound(archive)


def test_secrets_are_nowhere_on_disk_or_in_the_store(archive: Archive) -> None:
    secret = b"c2VjcmV0LXdvcmQ="
    given = exchange(
        plain(PAGE, b"Set-Cookie: visitor=of-the-lamp; Path=/"),
        request_fields=(b"Authorization: Basic " + secret, b"X-Key: " + secret, b"Cookie: visitor=old-lamp"),
        secret_headers=frozenset({"x-key"}),
        userinfo="ada:old-lamp",
    )
    ingest = archive.ingest()
    kept = ingest.record(given, context())
    ingest.acknowledge()
    on_disk = b"".join(path.read_bytes() for path in archive.folder.rglob("*") if path.is_file())
    ingest.finish()
    everything = on_disk + b"".join(
        block + str(record.rec_headers).encode() for record, block in stored_records(archive)
    )
    assert secret not in everything
    assert b"old-lamp" not in everything
    sent = kept.manifest.observation.request
    assert sent is not None
    assert sorted(one.name for one in sent.redacted) == ["authorization", "cookie", "userinfo", "x-key"]
    # What the server set is evidence: whole in the record block, by name alone in the manifest.
    assert b"visitor=of-the-lamp" in own(archive, kept)[1]
    assert kept.manifest.observation.response is not None
    assert ("set-cookie", "visitor=...") in kept.manifest.observation.response.headers
    assert_sound(archive)


def test_the_manifest_repeats_telling_headers_within_bounds(archive: Archive) -> None:
    fields = [b"X-Noise: 1", b"ETag: " + b"e" * 9000, *[b"Link: <%d>" % n for n in range(300)]]
    (kept,) = archive.keep(exchange(plain(PAGE, *fields)))
    seen = kept.manifest.observation.response
    assert seen is not None
    assert len(seen.headers) == 200
    assert {name for name, _ in seen.headers} <= TELLING_HEADERS
    assert len(dict(seen.headers)["etag"]) == 8192


@pytest.mark.parametrize(
    ("date", "offset"),
    [(b"Tue, 03 Mar 2026 10:00:05 GMT", 4), (b"Tue, 03 Mar 2026 09:00:00 GMT", -3600), (b"yesterday", None), (b"", None),
     (b"Tue, 03 Mar 2026 10:00:05", None), (b"Tue, 99 Mar 99999 10:00:05 GMT", None)],
)  # fmt: skip
def test_the_offset_of_the_servers_clock_is_noted(archive: Archive, date: bytes, offset: int | None) -> None:
    (kept,) = archive.keep(exchange(plain(PAGE, b"Date: " + date)))
    assert kept.manifest.observation.origin_date_offset == offset


def test_nothing_is_acknowledged_before_it_is_said(archive: Archive) -> None:
    ingest = archive.ingest()
    kept = ingest.record(exchange(plain(PAGE)), context())
    state = archive.world.state
    assert state.acknowledged(kept.segment_id) == []
    ingest.acknowledge()
    ingest.acknowledge()
    (one,) = state.acknowledged(kept.segment_id)
    assert one.capture_id == kept.manifest.observation.capture_id
    assert archive.world.generations.current().counts()["captures"] == 0
    ingest.finish()
    assert state.unfinished() == []
    assert archive.world.spool.folders() == []
    assert archive.world.generations.current().counts() == {"captures": 1, "segments": 1}
    assert ingest.finish() is None


def test_a_segment_is_due_by_size_or_by_age(archive: Archive) -> None:
    ingest = archive.ingest()
    assert not ingest.due()
    ingest.record(exchange(plain(PAGE)), context())
    assert not ingest.due()
    archive.clock.at += timedelta(minutes=10)
    assert ingest.due()
    ingest.finish()
    assert not ingest.due()
    small = type(ingest)(archive.world, "adhoc", SealLimits(octets=1000))
    small.record(exchange(plain(page("<p>Another.</p>"))), context())
    assert small.due()
    small.abandon()


def test_a_dense_archive_is_as_sound_as_a_fast_one(tmp_path: Archive) -> None:
    archive = Archive(tmp_path, density="dense")  # type: ignore[arg-type]
    raw = plain(page("<p>The water went out and the boats lay on the sand.</p>" * 50))
    (kept,) = archive.keep(exchange(raw))
    assert own(archive, kept)[1] == raw
    assert_sound(archive)
    archive.close()


def test_what_a_dying_writer_left_is_recovered_acknowledged_or_not(archive: Archive) -> None:
    ingest = archive.ingest()
    first = ingest.record(exchange(plain(PAGE)), context())
    ingest.acknowledge()
    second = ingest.record(exchange(plain(page("<p>Not yet acknowledged.</p>")), OTHER), context(OTHER))
    ingest.abandon()
    assert len(recover(archive.world)) == 2
    catalog = archive.world.generations.current()
    for kept in (first, second):
        found = catalog.by_id(kept.manifest.observation.capture_id)
        assert found is not None
        assert Digest.of(read.manifest_bytes(archive.store, found)) == kept.manifest_digest
    assert recover(archive.world) == []
    assert_sound(archive)


def test_a_payload_beyond_memory_is_kept_and_checked_whole(archive: Archive) -> None:
    body = b"".join(b"<p>%08d</p>" % n for n in range(90_000))
    raw = plain(body)
    (kept,) = archive.keep(exchange(raw))
    assert own(archive, kept)[1] == raw
    assert kept.manifest.observation.digests.get(Role.ENTITY) == Digest.of(body)
    assert_sound(archive)


def test_times_and_ids_are_arguments_so_two_runs_write_the_same_bytes(tmp_path_factory: pytest.TempPathFactory) -> None:
    written = []
    for _ in range(2):
        archive = Archive(tmp_path_factory.mktemp("archive"), clock=Clock())
        archive.keep(exchange(plain(PAGE)), exchange(plain(PAGE), OTHER))
        written.append({key: archive.store.get(key) for key in archive.store.list("")})
        archive.close()
    assert written[0] == written[1]


def test_a_stored_warc_is_one_member_a_record(archive: Archive) -> None:
    archive.keep(exchange(plain(PAGE)), exchange(plain(PAGE), OTHER))
    (key,) = [key for key in archive.store.list("segments/") if key.endswith(".warc.gz")]
    content = archive.store.get(key)
    with gzip.open(io.BytesIO(content)) as whole:
        assert whole.read().count(b"WARC/1.1\r\n") == 7
    lines = {line.offset: line for line in index(archive)}
    for line in lines.values():
        assert gzip.decompress(content[line.offset : line.offset + line.length]).startswith(b"WARC/1.1\r\n")
        at = line.manifest_offset
        assert b"urn:manifest:" in gzip.decompress(content[at : at + line.manifest_length])
