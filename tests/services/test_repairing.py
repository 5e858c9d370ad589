# SPDX-License-Identifier: Apache-2.0
"""What is damaged is put back from a replica whose copy is proven, and from no other; what was there is kept aside."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.errors import BadInput, NotFound, StoreUnavailable
from archiver.services.fixity.run import Request
from archiver.services.ingest import Ingest
from archiver.services.repairing import Repair, eraser_advice
from archiver.store.memory import MemoryStore
from infra.crash.scratch import scratch
from manifests.canonical import from_canonical
from manifests.digest import Digest
from manifests.events import ArchiveEvent, EventRun, EventSummary, summary
from tests.services.exchanges import context, exchange, page, plain
from tests.services.replicated import PLACE, differences, files_of, flip, keep, kept_files, made


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory: what these tests write is synced a thousand times."""
    with scratch() as folder:
        yield folder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Two segments, in the primary and in a replica."""
    with made(tmp_path / "first") as one:
        one.replicas.add(str(tmp_path / "second"))
        keep(one, "a")
        keep(one, "b")
        yield one


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return tmp_path / "first"


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return tmp_path / "second"


def results(repairs: list[Repair]) -> dict[str, str]:
    """What came of each object that was not sound."""
    return {one.key: one.result for one in repairs if one.result != "sound"}


def key_of(path: Path, root: Path) -> str:
    return str(path.relative_to(root))


def newest_event(archive: Archive) -> tuple[EventRun, list[ArchiveEvent], EventSummary]:
    key = list(archive.place.store.list("events/"))[-1]
    lines = gzip.decompress(archive.place.store.get(key)).splitlines()
    events = [from_canonical(ArchiveEvent, line) for line in lines[1:-1]]
    return from_canonical(EventRun, lines[0]), events, from_canonical(EventSummary, lines[-1])


def test_a_flipped_bit_a_missing_file_and_a_damaged_seal_are_put_back(
    archive: Archive, first: Path, second: Path
) -> None:
    warc, index, seal = (
        files_of(first, "*.warc.gz")[0],
        files_of(first, "index.cdxj")[1],
        files_of(first, "segment.json")[1],
    )
    before = kept_files(first)
    flip(warc)
    damaged = warc.read_bytes()
    index.unlink()
    flip(seal)
    repairs = list(archive.repair(everything=True))
    assert results(repairs) == {key_of(one, first): "repaired" for one in (warc, index, seal)}
    after = kept_files(first)
    assert {key: after[key] for key in before if not key.startswith("ledger/")} == {
        key: content for key, content in before.items() if not key.startswith("ledger/")
    }
    assert archive.verify().findings == []
    aside = next(one.aside for one in repairs if one.key == key_of(warc, first))
    assert aside is not None
    assert Path(aside).read_bytes() == damaged
    assert aside.startswith(str(first / ".quarantine" / "segments"))
    assert differences(archive.replicas, "second") == []


def test_what_was_done_is_an_event_that_is_logged_and_copied(archive: Archive, first: Path, second: Path) -> None:
    warc = files_of(first, "*.warc.gz")[0]
    flip(warc)
    size = archive.ledger.standing().head.size
    list(archive.repair([key_of(warc, first)]))
    run, (event,), ended = newest_event(archive)
    assert (run.kind, run.asked, run.store) == ("repair", {"keys": key_of(warc, first)}, str(first))
    assert (event.kind, event.outcome, event.about) == ("repair", "success", key_of(warc, first))
    assert [(one.key, one.sha256) for one in event.objects] == [(event.about, Digest.of(warc.read_bytes()))]
    assert str(second) in (event.detail or "")
    assert ended == summary(run.run_id, ended.ended_at, [event])
    standing = archive.ledger.standing()
    assert (standing.head.size, standing.waiting) == (size + 1, 0)
    assert kept_files(first) == kept_files(second)


def test_what_was_repaired_is_on_record_though_nobody_looks_on_any_more(archive: Archive, first: Path) -> None:
    for warc in files_of(first, "*.warc.gz"):
        flip(warc)
    running = archive.repair(everything=True)
    one = next(one for one in running if one.result == "repaired")
    running.close()  # type: ignore[attr-defined]
    _, (event,), _ = newest_event(archive)
    assert [each.key for each in event.objects] == [one.key]
    assert archive.ledger.standing().waiting == 1


def test_when_all_is_sound_nothing_is_written(archive: Archive, first: Path) -> None:
    before = kept_files(first)
    assert results(list(archive.repair(everything=True))) == {}
    assert kept_files(first) == before


def test_a_copy_that_the_seal_does_not_name_is_never_taken(archive: Archive, first: Path, second: Path) -> None:
    warc = files_of(first, "*.warc.gz")[0]
    key = key_of(warc, first)
    flip(warc)
    (second / key).write_bytes(b"a forgery")
    before = kept_files(first)
    assert results(list(archive.repair([key]))) == {key: "no-good-copy"}
    assert {one: before[one] for one in before if one.startswith("segments/")} == {
        one: content for one, content in kept_files(first).items() if one.startswith("segments/")
    }
    _, (event,), _ = newest_event(archive)
    assert event.outcome == "failure"


def test_a_seal_that_the_ledger_does_not_name_is_never_taken(archive: Archive, first: Path, second: Path) -> None:
    seal = files_of(first, "segment.json")[0]
    key = key_of(seal, first)
    told = json.loads(seal.read_bytes())
    told["captures"] += 1
    forged = json.dumps(told, separators=(",", ":"), sort_keys=True).encode()
    for folder in (first, second):
        (folder / key).write_bytes(forged)
    assert results(list(archive.repair([key]))) == {key: "no-good-copy"}
    assert seal.read_bytes() == forged


def test_what_is_not_logged_is_held_against_the_catalog(archive: Archive, first: Path) -> None:
    ingest = Ingest(archive.world(), "adhoc")
    ingest.record(exchange(plain(page()), PLACE + "c"), context(PLACE + "c"))
    ingest.finish()
    archive.replicas.copy_after_sealing()
    index = files_of(first, "index.cdxj")[2]
    index.unlink()
    assert archive.ledger.standing().waiting == 1
    assert results(list(archive.repair([key_of(index, first)]))) == {key_of(index, first): "repaired"}


def test_what_neither_ledger_nor_catalog_knows_is_not_touched(archive: Archive, first: Path) -> None:
    for key in ("crawls/x/seal.json", "archive.json", "segments/adhoc/2026/01/01/x/index.cdxj", "nonsense"):
        assert results(list(archive.repair([key]))) == {key: "not-proven"}
    known = key_of(files_of(first, "index.cdxj")[0].with_name("stray"), first)
    assert results(list(archive.repair([known]))) == {known: "not-proven"}


def test_a_dry_run_changes_nothing(archive: Archive, first: Path) -> None:
    flip(files_of(first, "*.warc.gz")[0])
    before = kept_files(first)
    assert set(results(list(archive.repair(everything=True, dry_run=True))).values()) == {"repairable"}
    assert kept_files(first) == before
    assert not (first / ".quarantine").exists()


def test_by_default_what_the_last_audit_found_is_repaired(archive: Archive, first: Path) -> None:
    with pytest.raises(NotFound, match="nothing was audited"):
        list(archive.repair())
    warc = files_of(first, "*.warc.gz")[1]
    flip(warc)
    for _ in archive.audit(Request(deep=True)):
        pass
    assert results(list(archive.repair())) == {key_of(warc, first): "repaired"}
    # The repair is an event of its own; the audit before it is still the last one.
    assert results(list(archive.repair())) == {}


def test_without_a_replica_there_is_nothing_to_take_from(tmp_path: Path) -> None:
    with made(tmp_path / "alone") as archive, pytest.raises(BadInput, match="no replica"):
        list(archive.repair(everything=True))


def test_a_replica_that_is_away_is_passed_over(archive: Archive, first: Path, second: Path, tmp_path: Path) -> None:
    archive.replicas.add(str(tmp_path / "third"))
    for _ in archive.replicas.sync(archive.replicas.get("third")):
        pass
    second.rename(tmp_path / "unplugged")
    index = files_of(first, "index.cdxj")[0]
    index.unlink()
    (done,) = (one for one in archive.repair([key_of(index, first)]) if one.result != "sound")
    assert (done.result, done.place) == ("repaired", str(tmp_path / "third"))


def test_when_no_replica_answers_nothing_is_done(archive: Archive, first: Path, second: Path, tmp_path: Path) -> None:
    files_of(first, "index.cdxj")[0].unlink()
    second.rename(tmp_path / "unplugged")
    with pytest.raises(StoreUnavailable, match="does not hold archive"):
        list(archive.repair(everything=True))


def test_a_lost_list_of_leaves_is_read_again_before_anything_is_believed(
    archive: Archive, first: Path, second: Path
) -> None:
    seal = files_of(first, "segment.json")[0]
    key = key_of(seal, first)
    told = json.loads(seal.read_bytes())
    told["captures"] += 1
    forged = json.dumps(told, separators=(",", ":"), sort_keys=True).encode()
    for folder in (first, second):
        (folder / key).write_bytes(forged)
    archive.close()
    (first / "ledger.sqlite").unlink()
    archive.rebuild()
    assert results(list(archive.repair([key]))) == {key: "no-good-copy"}


class TestTheLedger:
    def test_heads_tiles_and_bundles_are_put_back(self, archive: Archive, first: Path) -> None:
        keys = [
            *("ledger/heads/0000000001", "ledger/tile/0/000.p/2", "ledger/tile/0/000.p/1"),
            *("ledger/tile/entries/000.p/1", "ledger/tile/entries/000.p/2", "ledger/keys/1.json"),
        ]
        before = kept_files(first)
        for number, key in enumerate(keys):
            flip(first / key) if number % 2 else (first / key).unlink()
        archive.close()
        assert results(list(archive.repair(keys))) == dict.fromkeys(keys, "repaired")
        after = kept_files(first)
        assert {key: after[key] for key in keys} == {key: before[key] for key in keys}
        assert archive.verify().findings == []

    def test_a_replica_whose_ledger_is_not_in_order_gives_nothing(
        self, archive: Archive, first: Path, second: Path
    ) -> None:
        key = "ledger/tile/0/000.p/1"
        (first / key).unlink()
        flip(second / "ledger" / "tile" / "0" / "000.p" / "2")
        assert results(list(archive.repair([key]))) == {key: "no-good-copy"}

    def test_an_older_tile_that_is_no_beginning_of_the_newer_one_is_not_taken(
        self, archive: Archive, first: Path, second: Path
    ) -> None:
        key = "ledger/tile/0/000.p/1"
        (first / key).unlink()
        flip(second / key)
        assert results(list(archive.repair([key]))) == {key: "not-proven"}


def test_a_bucket_never_overwrites_and_the_advice_is_a_command(archive: Archive, first: Path) -> None:
    assert "delete-object --bucket evidence --key news/segments/x" in eraser_advice("s3://evidence/news", "segments/x")
    assert "--bucket evidence --key segments/x;" in eraser_advice("s3://evidence", "segments/x")
    bucket = MemoryStore()
    for key, content in kept_files(first).items():
        bucket.put(key, content, sha256=Digest.of(content), size=len(content))
    warc = key_of(files_of(first, "*.warc.gz")[0], first)
    bucket._objects[warc] = b"damaged"
    archive.place = type(archive.place)(bucket, None)
    archive.replicas._place = archive.place
    (done,) = (one for one in archive.replicas.repair([warc], all_of_it=False) if one.result != "sound")
    assert (done.result, bucket.get(warc)) == ("in-the-way", b"damaged")
