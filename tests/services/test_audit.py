# SPDX-License-Identifier: Apache-2.0
"""An audit finds every planted damage by its own code, and nothing where there is none."""

import gzip
import io
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.catalog.catalog import Catalog, StoredSegment
from archiver.catalog.entries import entry_of
from archiver.catalog.generations import Generations
from archiver.formats.warc import HTTP_RESPONSE, RecordHeader, whole_member
from archiver.formats.warc_scan import Scanned, scan
from archiver.services import layout
from archiver.services.audit import verify_archive, verify_capture, verify_segment
from archiver.services.cataloguing import index_places, manifest_lines, place
from archiver.services.rebuild import rebuild_catalog
from archiver.services.report import Report
from archiver.services.warc_check import verify_warc
from archiver.store.memory import MemoryStore
from manifests import (
    FINDING_CODES,
    Digest,
    Outcome,
    SegmentManifest,
    canonical_bytes,
    canonical_digest,
    from_canonical,
)
from manifests.capture import Observation
from tests.services.exchanges import AT, Archive, chunked, exchange, page, plain
from tests.services.forged import Segment, copied
from tests.services.reread import keener, re_extracted

BODY = page("<p>By <a rel=author href=/ada>Ada Quill</a></p><footer>&copy; 2026 The Harbour Gazette</footer>")
HOST = "http://gazette.example/"


def filled(archive: Archive) -> Archive:
    """One segment with one capture of each kind, and a second segment."""
    archive.keep(
        exchange(plain(BODY), HOST + "plain"),
        exchange(chunked(page("<p>In pieces.</p>")), HOST + "chunked", at=AT + timedelta(hours=1)),
        exchange(
            plain(gzip.compress(page("<p>Packed.</p>")), b"Content-Encoding: gzip"),
            HOST + "gzip",
            at=AT + timedelta(hours=2),
        ),
        exchange(plain(BODY), HOST + "again", at=AT + timedelta(hours=3)),
        exchange(plain(b"cut"), HOST + "cut", at=AT + timedelta(hours=4), truncated=True),
        exchange(
            None, HOST + "odd", at=AT + timedelta(hours=5), outcome=Outcome.FAILED, reason="not-http", remains=b"SSH"
        ),
        exchange(
            None, HOST + "none", at=AT + timedelta(hours=6), outcome=Outcome.FAILED, reason="dns-failed", sent=False
        ),
        exchange(plain(page("<p>More</p>")) + b"surplus", HOST + "surplus", at=AT + timedelta(hours=7)),
    )
    archive.keep(exchange(plain(page("<p>Another day.</p>")), HOST + "later", at=AT + timedelta(days=1)))
    return archive


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return filled(Archive(tmp_path_factory.mktemp("sound")))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = Archive(tmp_path_factory.mktemp("small"))
    archive.keep(exchange(plain(b"<p>Hi</p>")), exchange(plain(b"<p>Hi</p>"), at=AT + timedelta(hours=1)))
    return archive


def catalog_of(archive: Archive) -> Catalog:
    return archive.world.generations.current()


def codes(report: Report) -> set[str]:
    assert {one.code for one in report.findings} <= set(FINDING_CODES)
    assert report.sound == (not [one for one in report.findings if one.severity == "error"])
    return {one.code for one in report.findings}


def test_nothing_is_found_in_a_sound_archive(sound: Archive) -> None:
    report = verify_archive(sound.store, catalog_of(sound))
    assert report.findings == []
    assert (report.segments, report.captures, report.sound) == (2, 9, True)
    assert report.octets == sum(len(sound.store.get(key)) for key in sound.store.list("segments/"))
    assert "is sound" in report.verdict()
    for folder in sound.folders():
        assert verify_segment(sound.store, folder).findings == []
        for found in catalog_of(sound).captures_in(folder.split("/")[-2]):
            assert verify_capture(sound.store, found).findings == []


def test_a_segment_sealed_anew_without_a_change_is_sound(sound: Archive) -> None:
    for folder in sound.folders():
        assert verify_segment(Segment(sound.store, folder).sealed(), folder).findings == []


def changed_file(ending: str, change: Callable[[bytes], bytes | None]) -> Callable[[Archive], MemoryStore]:
    def plant(archive: Archive) -> MemoryStore:
        key = next(key for key in archive.store.list(archive.folders()[0]) if key.endswith(ending))
        return copied(archive.store, {key: change(archive.store.get(key))})

    return plant


def changed_record(kind: str, change: Callable[[Any], None], nth: int = 0) -> Callable[[Archive], MemoryStore]:
    def plant(archive: Archive) -> MemoryStore:
        segment = Segment(archive.store, archive.folders()[0])
        change(segment.of(kind, nth))
        return segment.sealed()

    return plant


def changed_segment(change: Callable[[Segment], None]) -> Callable[[Archive], MemoryStore]:
    def plant(archive: Archive) -> MemoryStore:
        segment = Segment(archive.store, archive.folders()[0])
        change(segment)
        return segment.sealed()

    return plant


def beside(edit: Callable[[Any], None]) -> Callable[[Any], None]:
    """The edit, after which the claims name the observation as it now is."""

    def whole(document: Any) -> None:
        edit(document)
        observed = from_canonical(Observation, json.dumps(document["observation"]))
        document["claims"]["observation_digest"] = str(canonical_digest(observed))

    return whole


def manifest(edit: Callable[[Any], None]) -> Callable[[Archive], MemoryStore]:
    """The first manifest changed and nothing else."""
    return manifest_alone(beside(edit))


def manifest_alone(edit: Callable[[Any], None]) -> Callable[[Archive], MemoryStore]:
    """The first manifest changed, without its claims being led after it."""
    return changed_record("manifest", lambda raw: raw.edit_manifest(edit))


def flip(content: bytes, at: int = 20) -> bytes:
    return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]


def other_evidence(document: Any) -> None:
    (notice,) = document["claims"]["notices"]
    assert notice["evidence"]["place"]["ranges"]
    notice["evidence"]["text"] = "© 2027 Somebody Else"


def out_of_bounds(document: Any) -> None:
    document["claims"]["notices"][0]["evidence"]["place"]["ranges"] = [[10**6, 10**6 + 5]]


def unknown_charset(document: Any) -> None:
    document["claims"]["charset"] = "x-none"


def same_id_twice(segment: Segment) -> None:
    segment.of("request", 1).replace(
        segment.of("request", 1).record_id.encode(), segment.of("request").record_id.encode()
    )


def without(kind: str) -> Callable[[Segment], None]:
    return lambda segment: segment.records.remove(segment.of(kind))


def set_fact(**facts: Any) -> Callable[[Segment], None]:
    return lambda segment: segment.facts.update(facts)


def reversed_lines(content: bytes) -> bytes:
    return b"".join(reversed(content.splitlines(keepends=True)))


def one_line_less(content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[1:])


def other_offset(content: bytes) -> bytes:
    return content.replace(b'"manifestOffset":"', b'"manifestOffset":"1', 1)


def edited_index(edit: Callable[[bytes], bytes]) -> Callable[[Segment], None]:
    return lambda segment: setattr(segment, "edit_index", edit)


def edited_manifests(edit: Callable[[list[bytes]], list[bytes]]) -> Callable[[Segment], None]:
    return lambda segment: setattr(segment, "edit_manifests", edit)


def other_observation(document: Any) -> None:
    document["claims"]["observation_digest"] = "sha256:" + "0" * 64


def set_seal(**facts: Any) -> Callable[[Archive], MemoryStore]:
    """The seal alone changed, in canonical bytes."""

    def plant(archive: Archive) -> MemoryStore:
        segment = Segment(archive.store, archive.folders()[0])
        seal = segment.seal.model_copy(update=facts)
        return copied(archive.store, {segment.folder + layout.SEAL: canonical_bytes(seal)})

    return plant


ZEROS = Digest("sha256:" + "0" * 64)
DAMAGES: dict[str, tuple[str, Callable[[Archive], MemoryStore]]] = {
    "the WARC file is cut": ("W01", changed_file(".warc.gz", lambda raw: raw[:-9])),
    "the WARC file is cut to half a header": ("W01", changed_file(".warc.gz", lambda raw: raw[:5])),
    "a deflated octet of the WARC file is flipped": ("W02", changed_file(".warc.gz", lambda raw: flip(raw, 40))),
    "junk follows the WARC file": ("W02", changed_file(".warc.gz", lambda raw: raw + b"junk" * 9)),
    "a version line is of no WARC": ("W03", changed_record("request", lambda raw: raw.replace(b"WARC/1.1", b"WARC/9.9"))),
    "a record is shorter than it says": (
        "W03", changed_record("request", lambda raw: raw.replace(b"Content-Length: ", b"Content-Length: 9"))),
    "a block was changed under its digest": ("W04", changed_record("request", lambda raw: raw.replace(b"GET", b"PUT"))),
    "a response was changed under its digest": (
        "W04", changed_record("response", lambda raw: raw.replace(b"Harbour", b"Parlour"))),
    "a payload was changed and its block digest made right": (
        "W05", changed_record("response", lambda raw: raw.set_block(raw.block.replace(b"2026", b"2027")))),
    "a member holds two records": (
        "W06", changed_segment(lambda s: setattr(s.of("request"), "content", s.of("request").content + s.records[0].content))),
    "a record has no date": ("W07", changed_record("request", lambda raw: raw.replace(b"WARC-Date:", b"X-Date:"))),
    "two records have one id": ("W08", changed_segment(same_id_twice)),
    "the WARC file is gone": ("S01", changed_file(".warc.gz", lambda _: None)),
    "the manifests are gone": ("S01", changed_file(layout.MANIFESTS, lambda _: None)),
    "the index is gone": ("S01", changed_file(layout.INDEX, lambda _: None)),
    "the seal is gone": ("S01", changed_file(layout.SEAL, lambda _: None)),
    "the index has grown": ("S02", changed_file(layout.INDEX, lambda raw: raw + b"\n")),
    "a member was added to the WARC file": ("S02", changed_file(".warc.gz", lambda raw: raw + gzip.compress(b"x"))),
    "the manifests are cut": ("S02", changed_file(layout.MANIFESTS, lambda raw: raw[:-1])),
    "a flag of a gzip header is flipped": ("S03", changed_file(".warc.gz", lambda raw: flip(raw, 4))),
    "a letter of the index is flipped": ("S03", changed_file(layout.INDEX, lambda raw: flip(raw, 2))),
    "the seal is no JSON": ("S04", changed_file(layout.SEAL, lambda raw: raw[:-1])),
    "the seal names a file outside": ("S04", changed_file(layout.SEAL, lambda raw: raw.replace(b'"index.cdxj"', b'"../../x"'))),
    "the seal is not canonical": ("S04", changed_file(layout.SEAL, lambda raw: raw + b"\n")),
    "the seal is of a later format": ("S04", changed_file(layout.SEAL, lambda raw: raw.replace(b"manifest/0", b"manifest/1"))),
    "the seal names another job": ("S04", set_seal(job="daily")),
    "the seal names another segment": ("S04", set_seal(segment_id="0" * 26)),
    "the seal names another first capture": ("S04", set_seal(first_fetched_at=AT - timedelta(days=9))),
    "the seal names another last capture": ("S04", set_seal(last_fetched_at=AT + timedelta(days=9))),
    "the seal is of another time": ("S04", set_seal(sealed_at=AT + timedelta(days=900))),
    "the seal has another root": ("S05", changed_segment(set_fact(captures_root=ZEROS))),
    "the manifests do not inflate": ("S06", changed_file(layout.MANIFESTS, lambda raw: raw[:-1])),
    "the manifests lack one": ("S06", changed_segment(edited_manifests(lambda lines: lines[1:]))),
    "the manifests stand in another order": ("S06", changed_segment(edited_manifests(lambda lines: lines[::-1]))),
    "the seal counts otherwise": ("S06", changed_segment(set_fact(captures=7))),
    "the index is not sorted": ("S07", changed_segment(edited_index(reversed_lines))),
    "the index lacks a line": ("S07", changed_segment(edited_index(one_line_less))),
    "the index points elsewhere": ("S07", changed_segment(edited_index(other_offset))),
    "the index holds a line that is none": ("S07", changed_segment(edited_index(lambda raw: raw + b"~\n"))),
    "a manifest lacks a field": ("M01", manifest_alone(lambda document: document["observation"].pop("job"))),
    "a manifest is not canonical": (
        "M01", changed_record("manifest", lambda raw: raw.set_block(raw.block.replace(b'":"', b'": "', 1)))),
    "an observation has another digest": ("M02", manifest(lambda d: d["observation"]["digests"].update(entity=[str(ZEROS)]))),
    "an observation has another body": ("M02", manifest(lambda d: d["observation"]["digests"].update(body=[str(ZEROS)]))),
    "a response is no HTTP": ("M02", changed_record("response", lambda raw: raw.set_block(b"no HTTP at all"))),
    "claims were read from another observation": ("M03", manifest_alone(other_observation)),
    "evidence says what the page does not": ("M04", manifest(other_evidence)),
    "evidence lies outside the page": ("M04", manifest(out_of_bounds)),
    "evidence has a charset that is none": ("M04", manifest(unknown_charset)),
    "a request is gone": ("M05", changed_segment(without("request"))),
    "a revisit is gone": ("M05", changed_segment(without("revisit"))),
    "a manifest is gone": ("M06", changed_segment(without("manifest"))),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_planted_damage_is_found_by_its_code(sound: Archive, name: str) -> None:
    code, plant = DAMAGES[name]
    report = verify_archive(plant(sound), catalog_of(sound))
    assert code in codes(report)
    assert not report.sound
    assert "is damaged" in report.verdict()


@pytest.mark.parametrize("code", ["W03", "W05", "W07", "W08", "S07", "M01", "M02", "M03", "M04"])
def test_damage_under_a_fitting_seal_is_found_for_what_it_is(sound: Archive, code: str) -> None:
    for own, plant in DAMAGES.values():
        if own == code:
            found = codes(verify_segment(plant(sound), sound.folders()[0]))
            # A changed payload contradicts the manifest too; a record that cannot be read is missed by its manifest.
            assert found <= {code, "W04", "W05", "M02", "M04", "M05", "M06", "S06", "S07"}, found
            assert not found & {"S02", "S03", "S05"}


@pytest.mark.parametrize(
    "name",
    [name for name, (code, _) in DAMAGES.items() if code == "S04" and name != "the seal is of another time"],
)
def test_a_seal_is_judged_by_itself_where_no_catalog_knows_it(sound: Archive, name: str) -> None:
    assert "S04" in codes(verify_segment(DAMAGES[name][1](sound), sound.folders()[0]))


def test_every_code_that_an_audit_can_give_is_given_for_some_damage() -> None:
    # Those are tested below and apart.
    elsewhere = {code for code in FINDING_CODES if code[0] in "ACEKL"}
    assert {code for code, _ in DAMAGES.values()} == set(FINDING_CODES) - elsewhere


def test_a_catalog_that_lacks_a_segment_is_told_to_be_rebuilt(sound: Archive, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.sqlite")
    catalog.prepare()
    report = verify_archive(sound.store, catalog)
    catalog.close()
    assert [one.code for one in report.findings] == ["C01", "C01"]


def test_what_others_add_while_an_archive_is_checked_is_no_damage(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.keep(exchange(plain(page("<p>One.</p>"))))
    added: list[object] = []

    def meanwhile(_: str) -> None:
        if not added:
            added.append(archive.keep(exchange(plain(page("<p>Two.</p>")), HOST + "two", at=AT + timedelta(days=1))))
            re_extracted(archive, keener())

    report = verify_archive(archive.store, catalog_of(archive), meanwhile)
    assert (len(added), report.findings, report.captures) == (1, [], 1)
    report = verify_archive(archive.store, catalog_of(archive))
    assert (report.findings, report.captures, report.claims_sets) == ([], 2, 2)


def test_a_catalog_that_lacks_one_capture_is_told_to_be_rebuilt(sound: Archive, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.sqlite")
    catalog.prepare()
    for folder in sound.folders():
        seal, manifests, index = (
            sound.store.get(folder + name) for name in (layout.SEAL, layout.MANIFESTS, layout.INDEX)
        )
        sealed = from_canonical(SegmentManifest, seal)
        placed = list(place(map(entry_of, manifest_lines(manifests)), index_places(index)))
        stored = StoredSegment(sealed.segment_id, folder, sealed.warc.name, Digest.of(seal), sealed.sealed_at)
        catalog.add(stored, placed[:7])
    report = verify_archive(sound.store, catalog)
    catalog.close()
    assert [one.code for one in report.findings] == ["C01"]


@pytest.mark.parametrize(
    "change",
    ["url = 'http://elsewhere.example/'", "record_offset = record_offset + 1", "manifest_length = 7", "ordinal = 5"],
)
def test_a_catalog_that_leads_elsewhere_is_told_to_be_rebuilt(sound: Archive, tmp_path: Path, change: str) -> None:
    path = tmp_path / "catalog.sqlite"
    generations = Generations(path)
    rebuild_catalog(sound.store, generations)
    assert verify_archive(sound.store, generations.current()).findings == []
    generations.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE capture SET {change} WHERE url LIKE '%/plain'")
    report = verify_archive(sound.store, generations.current())
    generations.close()
    assert [one.code for one in report.findings] == ["C02"]


def test_a_catalog_that_holds_more_than_the_store_is_told_to_be_rebuilt(sound: Archive, tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    generations = Generations(path)
    rebuild_catalog(sound.store, generations)
    generations.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(capture)")][2:]
        connection.execute(
            f"INSERT INTO capture SELECT 999, x'{'ab' * 16}', {', '.join(columns)} FROM capture WHERE url LIKE '%/plain'"
        )
    report = verify_archive(sound.store, generations.current())
    generations.close()
    assert [one.code for one in report.findings] == ["C02"]


def test_a_segment_that_the_store_lost_is_missed(sound: Archive) -> None:
    gone = dict.fromkeys(sound.store.list(sound.folders()[0]))
    report = verify_archive(copied(sound.store, gone), catalog_of(sound))
    assert "S01" in codes(report)


def test_a_flip_of_any_byte_of_seal_and_index_is_found(small: Archive) -> None:
    catalog = catalog_of(small)
    for name in (layout.SEAL, layout.INDEX):
        key = small.folders()[0] + name
        content = small.store.get(key)
        for at in range(len(content)):
            bit = 1 << at % 6
            flipped = content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]
            assert not verify_archive(copied(small.store, {key: flipped}), catalog).sound, (name, at, bit)


def test_a_flip_of_bytes_of_the_other_files_is_found(small: Archive) -> None:
    for key in small.store.list(small.folders()[0]):
        if key.endswith(".gz"):
            content = small.store.get(key)
            for at in [*range(0, len(content), 23), len(content) - 1]:
                flipped = copied(small.store, {key: flip(content, at)})
                assert not verify_archive(flipped, catalog_of(small)).sound, (key, at)


@pytest.mark.parametrize(
    "name",
    ["the WARC file is gone", "the manifests are gone", "the seal is gone", "the manifests are cut",
     "a payload was changed and its block digest made right", "evidence says what the page does not",
     "the manifests do not inflate", "a response was changed under its digest",
     "the seal is no JSON",
     "the seal has another root", "an observation has another digest", "the seal names another job"],
)  # fmt: skip
def test_damage_is_found_by_checking_the_one_capture_it_hit(sound: Archive, name: str) -> None:
    code, plant = DAMAGES[name]
    store = plant(sound)
    assert code in codes(verify_capture(store, found_in(store, sound)))


def found_in(store: MemoryStore, archive: Archive) -> Any:
    """The first capture, as a catalog that was filled before the damage, but knows where its records are now."""
    folder = archive.folders()[0]
    (found,) = catalog_of(archive).by_url(HOST + "plain", "example,gazette)/plain")
    key = folder + found.segment.warc
    if store.head(key) is None or store.get(key) == archive.store.get(key):
        return found
    generations = Generations(archive.folder / "again.sqlite")
    rebuild_catalog(store, generations)
    (moved,) = generations.current().by_url(HOST + "plain", "example,gazette)/plain")
    generations.close()
    return moved


def test_a_capture_whose_record_and_manifest_were_both_exchanged_is_found_under_a_true_root(sound: Archive) -> None:
    folder = sound.folders()[0]
    segment = Segment(sound.store, folder)
    segment.of("manifest").edit_manifest(beside(lambda document: document["observation"].update(purpose="another")))
    forged = segment.sealed()
    true = {key: sound.store.get(key) for key in (folder + layout.MANIFESTS, folder + layout.SEAL)}
    found = found_in(forged, sound)
    known = replace(found.segment, seal_digest=Digest.of(sound.store.get(folder + layout.SEAL)))
    assert codes(verify_capture(copied(forged, true), replace(found, segment=known))) == {"S06"}


def test_a_capture_that_stands_elsewhere_than_the_catalog_says_is_found(sound: Archive) -> None:
    first, second, *_ = catalog_of(sound).captures_in(sound.folders()[0].split("/")[-2])
    assert "S06" in codes(verify_capture(sound.store, replace(first, ordinal=second.ordinal)))
    assert "S06" in codes(verify_capture(sound.store, replace(first, ordinal=99)))
    swapped = replace(first, manifest_offset=second.manifest_offset, manifest_length=second.manifest_length)
    assert "S06" in codes(verify_capture(sound.store, swapped))


def test_a_flip_in_the_record_of_a_capture_is_found_by_checking_it(sound: Archive) -> None:
    (found,) = catalog_of(sound).by_url(HOST + "plain", "example,gazette)/plain")
    key = found.segment.folder + found.segment.warc
    for offset in (found.record_offset, found.manifest_offset):
        assert offset is not None
        flipped = copied(sound.store, {key: flip(sound.store.get(key), offset + 60)})
        assert "W02" in codes(verify_capture(flipped, found))


def test_a_file_on_its_own_is_checked_without_its_segment(sound: Archive) -> None:
    folder = sound.folders()[0]
    (key,) = [key for key in sound.store.list(folder) if key.endswith(".warc.gz")]
    content = sound.store.get(key)
    report = verify_warc(io.BytesIO(content), "one.warc.gz")
    assert (report.findings, report.captures) == ([], 8)
    assert codes(verify_warc(io.BytesIO(content[:-1]), "one.warc.gz")) >= {"W01"}
    assert codes(verify_warc(io.BytesIO(b""), "one.warc.gz")) == {"W03"}
    assert codes(verify_warc(io.BytesIO(b"WARC/1.1\r\n"), "one.warc")) == {"W02"}


def test_a_file_is_checked_against_the_seal_beside_it(sound: Archive) -> None:
    folder = sound.folders()[0]
    (key,) = [key for key in sound.store.list(folder) if key.endswith(".warc.gz")]
    content, name = sound.store.get(key), key.removeprefix(folder)
    seal = sound.store.get(folder + layout.SEAL)
    assert verify_warc(io.BytesIO(content), name, seal).findings == []
    assert codes(verify_warc(io.BytesIO(flip(content, 4)), name, seal)) == {"S03"}
    assert codes(verify_warc(io.BytesIO(content), name, seal[:-1])) == {"S04"}
    assert verify_warc(io.BytesIO(flip(content, 4)), "renamed.warc.gz", seal).findings == []


def test_a_file_of_ours_without_a_capture_is_found(sound: Archive) -> None:
    (key,) = [key for key in sound.store.list(sound.folders()[0]) if key.endswith(".warc.gz")]
    first = next(scan(io.BytesIO(sound.store.get(key))))
    assert isinstance(first, Scanned)
    assert first.kind == "warcinfo"
    report = verify_warc(io.BytesIO(sound.store.get(key, 0, first.length)), "begun.warc.gz")
    assert codes(report) == {"M06"}


def test_a_file_of_another_program_needs_no_manifests() -> None:
    block = b"HTTP/1.1 200 OK\r\n\r\nwords"
    header = RecordHeader("response", "00000000-0000-4000-8000-000000000001", AT, HTTP_RESPONSE, len(block))
    report = verify_warc(io.BytesIO(whole_member(header.to_bytes(), block)), "theirs.warc.gz")
    assert (report.findings, report.records, report.captures) == ([], 1, 0)


def test_a_check_that_found_nothing_to_check_says_so(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    assert "nothing to check" in verify_archive(archive.store, catalog_of(archive)).verdict()
    archive.close()


def test_the_records_of_another_program_do_not_pile_up() -> None:
    def members() -> bytes:
        found = []
        for n in range(40):
            block = b"HTTP/1.1 200 OK\r\n\r\n" + bytes([n]) * (2 << 20)  # large enough for a file of its own
            header = RecordHeader(
                "response", f"00000000-0000-4000-8000-{n:012d}", AT, HTTP_RESPONSE, len(block),
                [("WARC-Target-URI", f"http://quay.example/{n}")],
            )  # fmt: skip
            found.append(whole_member(header.to_bytes(), block))
        return b"".join(found)

    class Watched(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1, /) -> bytes:
            Watched.most = max(Watched.most, len(os.listdir("/proc/self/fd")))
            return super().read(size)

    before = len(os.listdir("/proc/self/fd"))
    report = verify_warc(Watched(members()), "other.warc.gz")
    assert (report.records, report.findings) == (40, [])
    assert Watched.most <= before + 12
