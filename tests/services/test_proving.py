# SPDX-License-Identifier: Apache-2.0
"""Proof packs of real archives: whatever was captured can be proved, and a pack shows nothing of its neighbours."""

import gzip
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.catalog.catalog import Found
from archiver.errors import Damaged, NotFound
from archiver.formats.signed_note import VerifierKey
from archiver.services import proof_facts
from archiver.services.proving import PACK
from manifests.canonical import from_canonical
from manifests.capture import CaptureManifest
from manifests.package import ProofPack
from tests.faces.outlet import Outlet
from tests.services.packs import SITE, WORDS, capture, failed, pages, proof, settings, steps
from tests.site.server import Site

ODD = (
    "close-before-any-byte", "close-in-header", "cl-surplus", "partial-unasked", "keep-alive-desync", "redirect-chain-short",
)  # fmt: skip
"""Answers that are cut, empty, followed by what does not belong to them, or repeat one that was."""


@dataclass
class Made:
    archive: Archive
    folder: Path
    first: dict[str, Found]
    """One segment: all of the site."""
    second: dict[str, Found]
    """A later segment: /anchor again, and /moved."""
    odd: dict[str, Found]
    """A segment of the fixture site."""

    @property
    def all(self) -> list[Found]:
        return [*self.first.values(), *self.second.values(), *self.odd.values()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("proving")
    with Outlet(SITE) as outlet, Archive.init(folder / "archive", settings=settings(folder)) as archive:
        first = pages(archive, outlet, *(f"/{word}" for word in WORDS), "/moved", "/gone", "/empty", "/nowhere")
        second = pages(archive, outlet, "/anchor")
        with Site() as site:
            odd = capture(archive, *(site.url(name) for name in ODD))
        yield Made(archive, folder, first, second, odd)


def test_every_capture_of_every_segment_is_proved(made: Made) -> None:
    assert failed(proof(made.archive, *made.all)) == {}
    assert made.first.keys() == {
        "/robots.txt",
        "/moved",
        "/haven",
        "/gone",
        "/empty",
        "/nowhere",
        *(f"/{word}" for word in WORDS),
    }


@pytest.mark.parametrize("path", ["/robots.txt", "/anchor", "/moved", "/gone", "/empty", "/nowhere"])
def test_each_is_proved_alone(made: Made, path: str) -> None:
    files = proof(made.archive, made.first[path])
    assert failed(files) == {}
    assert [one.capture_id for one in from_canonical(ProofPack, files[PACK]).captures] == [made.first[path].capture_id]


def test_a_fetch_that_failed_is_proved_with_what_arrived(made: Made) -> None:
    files = proof(made.archive, made.odd["/close-in-header"])
    assert failed(files) == {}
    assert b"Content-Type: text/h" in gzip.decompress(files["captures/1/remains.warc.gz"])
    assert "captures/1/response.warc.gz" not in files
    silent = proof(made.archive, made.odd["/close-before-any-byte"])
    assert failed(silent) == {}
    assert {name for name in silent if name.endswith(".warc.gz")} == {
        "captures/1/request.warc.gz",
        "captures/1/manifest.warc.gz",
    }


def test_a_revisit_brings_the_capture_along_that_it_repeats_from_its_own_segment(made: Made) -> None:
    again = made.second["/anchor"]
    assert again.revisit
    files = proof(made.archive, again)
    pack = from_canonical(ProofPack, files[PACK])
    assert [one.capture_id for one in pack.captures] == [again.capture_id, made.first["/anchor"].capture_id]
    assert len({one.segment_id for one in pack.captures}) == 2
    assert failed(files) == {}
    assert "captures/1/revisit.warc.gz" in files
    assert any("payload of the earlier capture" in one.said for one in steps(files))


def test_no_byte_of_a_neighbour_is_in_a_pack(made: Made) -> None:
    for word in WORDS:
        files = proof(made.archive, made.first[f"/{word}"])
        opened = {name: gzip.decompress(one) if name.endswith(".gz") else one for name, one in files.items()}
        assert any(f"On the {word}".encode() in one for one in opened.values())
        for path, other in made.first.items():
            if path == f"/{word}":
                continue
            strange = [f"/{other_word}".encode() for other_word in WORDS if other_word != word]
            if path != "/robots.txt":  # a manifest names the robots.txt that it was fetched under
                strange.append(other.capture_id.encode())
            assert not [name for name, one in opened.items() if any(mark in one for mark in strange)], (word, path)


def test_equal_archives_and_times_give_equal_packs(made: Made) -> None:
    one, two = (proof(made.archive, made.first["/anchor"]) for _ in range(2))
    assert {name for name in one if one[name] != two[name]} <= {PACK}


def test_captures_keep_the_order_that_was_asked_for_and_stand_once(made: Made) -> None:
    wanted = [made.first["/gone"], made.first["/anchor"], made.first["/gone"], made.second["/anchor"]]
    pack = from_canonical(ProofPack, proof(made.archive, *wanted)[PACK])
    assert [one.capture_id for one in pack.captures] == [
        wanted[0].capture_id,
        wanted[1].capture_id,
        wanted[3].capture_id,
    ]
    with pytest.raises(NotFound):
        made.archive.prove(["00000000-0000-4000-8000-000000000000"])


def test_a_pack_of_an_archive_without_a_ledger_holds_and_says_that_nobody_signed(made: Made, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    shutil.copy(made.folder / "archive" / "archive.json", tmp_path / "bare")
    with Outlet(SITE) as outlet, Archive.open(tmp_path / "bare", settings=settings(tmp_path)) as archive:
        found = pages(archive, outlet, "/anchor", "/beacon")
        files = proof(archive, found["/anchor"], found["/beacon"])
        key = made.archive.ledger.keyring()
    assert failed(files) == {}
    assert proof_facts.CHECKPOINT not in files
    notes = [one.said for one in steps(files) if one.verdict == "note"]
    assert [one.partition(":")[0] for one in notes] == ["Digests only", "This archive has no ledger"]
    assert key is not None
    assert set(failed(files, key.newest.vkey)) == {"keys/1.json", "checkpoint", "leaf.json", "leaf.tlog-proof"}


def test_a_segment_that_waits_for_the_ledger_is_told_apart_from_one_that_is_in_it(made: Made, tmp_path: Path) -> None:
    shutil.copytree(made.folder / "archive", tmp_path / "archive")
    keyless = settings(tmp_path, key=tmp_path / "no-such-key.pem")
    with Outlet(SITE) as outlet, Archive.open(tmp_path / "archive", settings=keyless) as archive:
        found = pages(archive, outlet, "/estuary")["/estuary"]
        assert archive.ledger.fault is not None
        files = proof(archive, found, made.first["/anchor"])
    pack = from_canonical(ProofPack, files[PACK])
    assert pack.unlogged == (found.segment.segment_id,)
    assert failed(files) == {}
    said = [one.said for one in steps(files) if one.verdict == "note"]
    assert any(one.startswith("Digests only") for one in said)
    assert any(f"{found.segment.segment_id} is not in the ledger yet" in one for one in said)
    text = files[proof_facts.VKEY].decode().strip()
    assert set(failed(files, text)) == {"leaf.json", "leaf.tlog-proof"}


def test_packs_hold_under_the_old_key_and_under_the_new_one(tmp_path: Path) -> None:
    new_key = tmp_path / "new.pem"
    with Outlet(SITE) as outlet:
        with Archive.init(tmp_path / "archive", settings=settings(tmp_path)) as archive:
            before = pages(archive, outlet, "/anchor")["/anchor"]
            old = proof(archive, before)
            archive.ledger.rotate("scheduled", new_key)
        with Archive.open(tmp_path / "archive", settings=settings(tmp_path, key=new_key)) as archive:
            assert proof(archive, before)["checkpoint"] == old["checkpoint"]
            after = pages(archive, outlet, "/beacon")["/beacon"]
            new = proof(archive, before, after)
            ring = archive.ledger.keyring()
    assert ring is not None
    first, second = (one.vkey for one in ring.records)
    assert VerifierKey.parse(first) != VerifierKey.parse(second)
    assert (failed(old, first), failed(new, second), failed(new, first, second)) == ({}, {}, {})
    assert failed(new, first) == {}, "the key that is known signed for the one that followed"
    said = next(one.said for one in steps(new, first) if one.where == "checkpoint")
    assert "key 2, for which the key you gave signed" in said
    assert set(failed(old, second)) == {"checkpoint", "leaf.tlog-proof"}, "a later key vouches for no earlier one"
    without = {name: content for name, content in new.items() if name != "keys/2.json"}
    assert "key 1 signs for" in failed(without)["checkpoint"]


def test_nobody_signed_for_the_key_after_a_lost_one(tmp_path: Path) -> None:
    new_key = tmp_path / "new.pem"
    with Outlet(SITE) as outlet:
        with Archive.init(tmp_path / "archive", settings=settings(tmp_path)) as archive:
            pages(archive, outlet, "/anchor")
            archive.ledger.rotate("lost", new_key)
        with Archive.open(tmp_path / "archive", settings=settings(tmp_path, key=new_key)) as archive:
            files = proof(archive, pages(archive, outlet, "/beacon")["/beacon"])
            ring = archive.ledger.keyring()
    assert ring is not None
    assert failed(files, ring.newest.vkey) == {}
    assert "none of those signed for it" in failed(files, ring.records[0].vkey)["checkpoint"]
    assert any("which was lost" in one.said for one in steps(files))


def test_what_is_damaged_in_the_store_is_not_handed_out(made: Made, tmp_path: Path) -> None:
    captures = (made.first["/anchor"], made.first["/gone"])
    with Archive.open(made.folder / "archive", settings=settings(made.folder)) as archive:
        manifest = from_canonical(CaptureManifest, archive.manifest_bytes(captures[0].capture_id))
    assert manifest.observation.url.endswith("/anchor")
    for name in ("*.warc.gz", "manifests.jsonl.gz", "segment.json"):
        copy = tmp_path / name.strip("*.")
        shutil.copytree(made.folder / "archive", copy)
        [path] = (copy / captures[0].segment.folder).glob(name)
        path.chmod(0o644)
        content = bytearray(path.read_bytes())
        at = captures[0].manifest_offset if name == "*.warc.gz" else len(content) // 2
        assert at is not None
        content[at + 30] ^= 1
        path.write_bytes(content)
        with Archive.open(copy, settings=settings(made.folder)) as archive, pytest.raises(Damaged):
            proof(archive, *captures)
