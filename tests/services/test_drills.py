# SPDX-License-Identifier: Apache-2.0
"""Disaster drills: a store alone is enough, and an older copy of what a machine keeps loses nothing and signs nothing twice."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from archiver.archive import Archive
from archiver.errors import Damaged
from archiver.faces.proof.pack import files_of as files_of_pack
from archiver.ledger import leaves
from archiver.services import pack_check
from archiver.services.ingest import Ingest
from archiver.settings import read
from archiver.store.s3_client import connect
from infra.crash.scratch import scratch
from tests.services.exchanges import context, exchange, page, plain
from tests.services.replicated import PLACE, differences, files_of, found_urls, keep, kept_files, made, opened, synced
from tests.store.conftest import set_aws


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory: what these tests write is synced a thousand times."""
    with scratch() as folder:
        yield folder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with made(tmp_path / "first") as one:
        yield one


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty place in a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    set_aws(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    name = f"drill-{secrets.token_hex(6)}"
    connect().create_bucket(Bucket=name)
    yield f"s3://{name}/news"
    server.stop()


def everything_works(archive: Archive, urls: list[str]) -> None:
    """Lookup, verify, prove, and the check of the proof."""
    assert found_urls(archive) == urls
    assert archive.verify().findings == []
    found = [match.found.capture_id for url in urls for match in archive.lookup(url)]
    assert len(found) == len(urls)
    steps = list(pack_check.check(files_of_pack(archive.prove(found))))
    assert steps
    assert [one for one in steps if one.verdict in ("bad", "missing")] == []


def copy_of_own(folder: Path, to: Path) -> None:
    """What a machine keeps, as a copy made while nothing goes on has it."""
    to.mkdir(exist_ok=True)
    for path in [*folder.glob("*.sqlite*"), folder / "spool"]:
        if path.is_dir():
            shutil.copytree(path, to / path.name)
        elif path.exists():
            shutil.copy2(path, to / path.name)


def restore_own(saved: Path, folder: Path) -> None:
    for path in [*folder.glob("*.sqlite*"), folder / "spool"]:
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
    shutil.copytree(saved, folder, dirs_exist_ok=True)


def leaf_keys(archive: Archive) -> list[str]:
    sequencer = archive.ledger.sequencer()
    assert sequencer is not None
    return [leaves.read(one, at).k for at, one in enumerate(sequencer.ledger.entries(0, sequencer.head()))]


class TestTheSecondReplicaAlone:
    def test_a_folder_of_objects_is_an_archive_by_itself(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        keep(archive, "a", "b")
        keep(archive, "c")
        archive.close()
        shutil.rmtree(tmp_path / "first")
        with opened(tmp_path / "second") as alone:
            everything_works(alone, [PLACE + one for one in "abc"])

    def test_the_objects_of_a_bucket_are_enough(self, archive: Archive, tmp_path: Path, bucket: str) -> None:
        keep(archive, "a")
        assert archive.replicas.add(bucket, "far").abilities is not None
        assert synced(archive.replicas, "far").things == 1
        keep(archive, "b")
        assert archive.replica_faults == []
        assert differences(archive.replicas, "far") == []
        archive.close()
        shutil.rmtree(tmp_path / "first")
        settings = read({"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "nothing-kept")})
        with Archive.open(bucket, settings=settings) as alone:
            everything_works(alone, [PLACE + "a", PLACE + "b"])

    def test_an_archive_moves_from_a_folder_to_a_bucket_and_on(
        self, archive: Archive, tmp_path: Path, bucket: str
    ) -> None:
        keep(archive, "a")
        archive.replicas.add(bucket, "far")
        archive.replicas.promote(archive.replicas.get("far"), former="former", deep=True)
        archive.close()
        environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "xdg")}
        settings = read({**environ, "ARCHIVER_STATE": str(tmp_path / "first")})
        with Archive.open(bucket, settings=settings) as moved:
            keep(moved, "b")
            assert moved.replica_faults == []
            everything_works(moved, [PLACE + "a", PLACE + "b"])
            assert differences(moved.replicas, "former") == []
            moved.replicas.promote(moved.replicas.get("former"), former="far", deep=True)
        with opened(tmp_path / "first") as back:
            keep(back, "c")
            assert back.replica_faults == []
            everything_works(back, [PLACE + one for one in "abc"])


class TestTheBucketAlone:
    def test_what_a_machine_kept_is_made_again_and_the_archive_goes_on(self, tmp_path: Path, bucket: str) -> None:
        environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "xdg")}
        with Archive.init(bucket, settings=read(environ)) as archive:
            keep(archive, "a")
            key = archive.ledger.key_file
        kept = key.read_bytes()
        shutil.rmtree(tmp_path / "xdg")
        with Archive.open(bucket, settings=read(environ)) as again:
            everything_works(again, [PLACE + "a"])
            key.parent.mkdir(parents=True)
            key.write_bytes(kept)
            key.chmod(0o600)
        with Archive.open(bucket, settings=read(environ)) as again:
            keep(again, "b")
            assert again.ledger.fault is None
            assert len(leaf_keys(again)) == len(set(leaf_keys(again))) == 2


class TestADamagedBucket:
    def test_it_is_repaired_once_a_person_has_freed_the_key(self, tmp_path: Path, bucket: str) -> None:
        environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "xdg")}
        with Archive.init(bucket, settings=read(environ)) as archive:
            archive.replicas.add(str(tmp_path / "second"))
            keep(archive, "a")
            (warc,) = files_of(tmp_path / "second", "*.warc.gz")
            key = str(warc.relative_to(tmp_path / "second"))
            name, _, prefix = bucket.removeprefix("s3://").partition("/")
            connect().put_object(Bucket=name, Key=f"{prefix}/{key}", Body=b"damaged")
            (done,) = (one for one in archive.repair(everything=True) if one.result != "sound")
            assert (done.key, done.result) == (key, "in-the-way")
            assert f"aws s3api delete-object --bucket {name} --key {prefix}/{key}" in done.detail
            connect().delete_object(Bucket=name, Key=f"{prefix}/{key}")
            (done,) = (one for one in archive.repair([key]) if one.result != "sound")
            assert (done.result, done.place) == ("repaired", str(tmp_path / "second"))
            everything_works(archive, [PLACE + "a"])
            assert differences(archive.replicas, "second") == []


class TestYesterdaysCopy:
    def test_an_older_state_and_catalog_lose_nothing_and_sign_nothing_twice(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        first = tmp_path / "first"
        archive.replicas.add(str(tmp_path / "second"))
        keep(archive, "a")
        archive.close()
        copy_of_own(first, tmp_path / "yesterday")
        with opened(first) as today:
            keep(today, "b")
            keep(today, "c")
            # Sealed and stored, and waiting for the ledger in the state that is lost.
            ingest = Ingest(today.world(), "adhoc")
            ingest.record(exchange(plain(page()), PLACE + "d"), context(PLACE + "d"))
            ingest.finish()
        before = kept_files(first)
        restore_own(tmp_path / "yesterday", first)
        with opened(first) as again:
            assert found_urls(again) == [PLACE + "a"]
            assert again.rebuild().findings == ()
            assert again.ledger.compare(again.catalog()) == 1
            keep(again, "e")
            synced(again.replicas, "second")
            everything_works(again, [PLACE + one for one in "abcde"])
            assert len(leaf_keys(again)) == len(set(leaf_keys(again))) == 5
        after = kept_files(first)
        assert {key: after[key] for key in before if key != "ledger/checkpoint"} == {
            key: content for key, content in before.items() if key != "ledger/checkpoint"
        }
        assert after == kept_files(tmp_path / "second")

    def test_a_segment_that_was_open_then_and_is_stored_now_is_told_once_and_stays(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        first = tmp_path / "first"
        ingest = Ingest(archive.world(), "adhoc")
        ingest.record(exchange(plain(page()), PLACE + "a"), context(PLACE + "a"))
        ingest.acknowledge()
        copy_of_own(first, tmp_path / "yesterday")
        shutil.rmtree(tmp_path / "yesterday" / "spool")
        ingest.finish()
        archive.after_sealing()
        archive.close()
        restore_own(tmp_path / "yesterday", first)
        with opened(first) as again:
            with pytest.raises(Damaged, match="was set aside"):
                again.world()
            assert again.rebuild().findings == ()
            keep(again, "b")
            everything_works(again, [PLACE + "a", PLACE + "b"])
            assert len(leaf_keys(again)) == len(set(leaf_keys(again))) == 2
        assert len(files_of(first, "segment.json")) == 2
