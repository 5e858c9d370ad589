# SPDX-License-Identifier: Apache-2.0
"""An audit finds damage of claims sets by its own code, and a rebuild goes on with the claims that the manifests have."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from archiver.catalog.catalog import Catalog
from archiver.catalog.generations import Generations
from archiver.errors import Damaged
from archiver.services import claims_sets, layout
from archiver.services.audit import verify_archive, verify_capture, verify_segment
from archiver.services.cataloguing import each_manifest
from archiver.services.rebuild import rebuild_catalog
from archiver.store.memory import MemoryStore
from manifests import FINDING_CODES, Digest, captures_root
from manifests.canonical import canonical_json
from tests.services.exchanges import Archive
from tests.services.forged import copied
from tests.services.reread import HOST, keener, many_kinds, re_extracted, version

ZEROS = "sha256:" + "0" * 64
NOBODY = "00000000-0000-4000-8000-000000000000"
KEY = "example,gazette)/plain"
Plant = Callable[[Archive], MemoryStore]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = Archive(tmp_path_factory.mktemp("sound"))
    many_kinds(archive)
    re_extracted(archive, keener())
    return archive


def catalog_of(archive: Archive) -> Catalog:
    return archive.world.generations.current()


def set_of(archive: Archive, nth: int = 0) -> str:
    """The key prefix of the set of the nth segment."""
    return claims_sets.folder(version(1), claims_sets.segment_of(archive.folders()[nth]))


def changed_file(name: str, change: Callable[[bytes], bytes | None]) -> Plant:
    def plant(archive: Archive) -> MemoryStore:
        key = set_of(archive) + name
        return copied(archive.store, {key: change(archive.store.get(key))})

    return plant


def sealed_anew(
    edit: Callable[[list[Any]], None] = lambda lines: None,
    raw: Callable[[list[bytes]], list[bytes]] = lambda lines: lines,
    **facts: Any,
) -> Plant:
    """Lines changed, under a seal that fits, with `facts` of its own."""

    def plant(archive: Archive) -> MemoryStore:
        folder = set_of(archive)
        seal = json.loads(archive.store.get(folder + "seal.json"))
        documents = [json.loads(line) for line in each_manifest(archive.store.get(folder + seal["claims"]["name"]))]
        edit(documents)
        lines = raw([canonical_json(one) for one in documents])
        content = gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
        seal["claims"] |= {"sha256": str(Digest.of(content)), "size": len(content)}
        seal |= {"captures": len(lines), "claims_root": str(captures_root([Digest.of(line) for line in lines]))}
        changes = {folder + seal["claims"]["name"]: content, folder + "seal.json": canonical_json(seal | facts)}
        return copied(archive.store, changes)

    return plant


def other_words(lines: list[Any]) -> None:
    (line,) = [one for one in lines[:1] if one["claims"]["notices"]]
    found = next(one for one in line["claims"]["notices"] if one["evidence"]["place"].get("ranges"))
    found["evidence"]["text"] = "\u00a9 2027 Somebody Else"


def without_segment(archive: Archive) -> MemoryStore:
    folder = archive.folders()[0]
    return copied(archive.store, dict.fromkeys(archive.store.list(folder)))


def of(nth: int, **claims: Any) -> Callable[[list[Any]], None]:
    return lambda lines: lines[nth]["claims"].update(claims)


DAMAGES: dict[str, tuple[str, Plant]] = {
    "the file is gone": ("E01", changed_file("claims.jsonl.gz", lambda raw: None)),
    "the file is cut": ("E02", changed_file("claims.jsonl.gz", lambda raw: raw[:-1])),
    "the file is another": ("E03", changed_file("claims.jsonl.gz", lambda raw: raw[:9] + b"\x07" + raw[10:])),
    "the seal is no JSON": ("E04", changed_file("seal.json", lambda raw: raw[:-1])),
    "the seal is not canonical": ("E04", changed_file("seal.json", lambda raw: raw.replace(b":", b": ", 1))),
    "the seal is of a later format": ("E04", changed_file("seal.json", lambda raw: raw.replace(b"set/0", b"set/9"))),
    "the seal is of another version": (
        "E04", sealed_anew(extractor={"name": "colophon-extract", "version": "1000.2"})),
    "the seal is of a version that is none": ("E04", sealed_anew(extractor={"name": "colophon-extract", "version": "../x"})),
    "the seal is of another segment": ("E04", sealed_anew(segment_id="0" * 26)),
    "the seal names a file elsewhere": (
        "E04", sealed_anew(claims={"name": "../../archive.json", "sha256": ZEROS, "size": 1})),
    "the seal has another root": ("E05", sealed_anew(claims_root=ZEROS)),
    "the seal counts otherwise": ("E05", sealed_anew(captures=99)),
    "the segment is gone": ("E06", without_segment),
    "the segment has another seal": ("E06", sealed_anew(segment_seal=ZEROS)),
    "a line lacks a field": ("E07", sealed_anew(lambda lines: lines[0]["claims"].pop("rights"))),
    "a line is not canonical": ("E07", sealed_anew(raw=lambda lines: [lines[0].replace(b":", b": ", 1), *lines[1:]])),
    "a line is of another extractor": ("E07", sealed_anew(of(0, extractor={"name": "colophon-extract", "version": "3"}))),
    "a line is of no capture": ("E08", sealed_anew(lambda lines: lines[0].update(capture_id=NOBODY))),
    "a line stands twice": ("E08", sealed_anew(lambda lines: lines.insert(1, lines[0]))),
    "the lines stand in another order": ("E08", sealed_anew(lambda lines: lines.reverse())),
    "a line was read from another observation": ("E08", sealed_anew(of(1, observation_digest=ZEROS))),
    "evidence says what the page does not": ("M04", sealed_anew(other_words)),
}  # fmt: skip


def codes(found: Any) -> set[str]:
    assert {one.code for one in found.findings} <= set(FINDING_CODES)
    return {one.code for one in found.findings}


def test_a_seal_of_a_later_format_says_so_in_words(sound: Archive) -> None:
    _, plant = DAMAGES["the seal is of a later format"]
    with pytest.raises(Damaged, match=r"format: Input should be 'claims-set/0'"):
        claims_sets.sealed(plant(sound), set_of(sound))


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_of_a_claims_set_is_found_by_its_code(sound: Archive, name: str) -> None:
    code, plant = DAMAGES[name]
    store = plant(sound)
    assert code in codes(verify_archive(store, catalog_of(sound)))
    if name != "the segment is gone":
        assert code in codes(verify_segment(store, sound.folders()[0]))
        for folder in sound.folders()[1:]:
            assert verify_segment(store, folder).findings == []


def test_damage_under_a_fitting_seal_is_found_for_what_it_is(sound: Archive) -> None:
    for name, (code, plant) in DAMAGES.items():
        found = codes(verify_segment(plant(sound), sound.folders()[0]))
        if name.startswith(("a line", "evidence")):
            # A line that cannot be read, or stands in another's place, has no place to be compared.
            assert found <= {code, "E08"}, name


def test_every_code_of_claims_sets_is_given_for_some_damage() -> None:
    assert {code for code, _ in DAMAGES.values()} - {"M04"} == {code for code in FINDING_CODES if code[0] == "E"}


def test_a_flip_of_any_byte_of_a_seal_is_found(sound: Archive) -> None:
    key = set_of(sound) + "seal.json"
    content = sound.store.get(key)
    known = catalog_of(sound).by_id(catalog_of(sound).by_url(HOST + "plain", KEY)[0].capture_id)
    assert known is not None
    assert verify_capture(sound.store, known).findings == []
    for at in range(0, len(content), 3):
        flipped = content[:at] + bytes([content[at] ^ 1 << at % 6]) + content[at + 1 :]
        assert not verify_capture(copied(sound.store, {key: flipped}), known).sound, at


@pytest.mark.parametrize("name", DAMAGES)
def test_a_rebuild_tells_of_the_damage_and_the_manifests_claims_stand(sound: Archive, name: str, tmp_path: Any) -> None:
    code, plant = DAMAGES[name]
    generations = Generations(tmp_path / "again.sqlite")
    done = rebuild_catalog(plant(sound), generations)
    found = generations.current().by_url(HOST + "plain", KEY)
    first = [one for one in found if one.segment.folder == sound.folders()[0]]
    generations.close()
    told = {one.code for one in done.findings}
    if code in {"M04", "E02", "E05"} or name in AUDITED:
        # A rebuild reads what it keeps, once the sha256 is right; the rest is for an audit.
        assert told <= {"E03"}
        return
    assert code in told
    assert done.claims_sets == 2
    assert [one.claims_set for one in first] == ([] if name == "the segment is gone" else [None])


AUDITED = {
    "a line is not canonical", "a line lacks a field", "a line is of another extractor", "the lines stand in another order",
    "a line was read from another observation",
}  # fmt: skip


def test_a_catalog_that_lacks_a_set_or_has_one_too_many_is_told_to_be_rebuilt(sound: Archive, tmp_path: Any) -> None:
    without = copied(sound.store, dict.fromkeys(sound.store.list(set_of(sound))))
    report = verify_archive(without, catalog_of(sound))
    assert [(one.code, one.where) for one in report.findings] == [("C03", set_of(sound))]
    generations = Generations(tmp_path / "again.sqlite")
    rebuild_catalog(without, generations)
    report = verify_archive(sound.store, generations.current())
    generations.close()
    assert [(one.code, one.where) for one in report.findings] == [("C03", set_of(sound))]


@pytest.mark.parametrize(
    "name", ["the file is gone", "the file is another", "the seal is no JSON", "the lines stand in another order"]
)
def test_damaged_claims_are_never_given(sound: Archive, name: str) -> None:
    found = catalog_of(sound).by_url(HOST + "plain", KEY)[0]
    with pytest.raises(Damaged):
        claims_sets.newest(DAMAGES[name][1](sound), found)


def test_a_seal_of_which_the_catalog_does_not_know_is_not_believed(sound: Archive) -> None:
    found = catalog_of(sound).by_url(HOST + "plain", KEY)[0]
    store = sealed_anew(created_at="2027-01-01T00:00:00.000000Z")(sound)
    with pytest.raises(Damaged, match="not the seal that the catalog was filled from"):
        claims_sets.newest(store, found)


def test_files_of_an_attempt_that_was_cut_off_count_for_nothing(sound: Archive) -> None:
    store = copied(sound.store, {set_of(sound) + "seal.json": None})
    report = verify_archive(store, catalog_of(sound))
    assert [one.code for one in report.findings] == ["C03"]
    assert layout.SEAL not in set_of(sound)
