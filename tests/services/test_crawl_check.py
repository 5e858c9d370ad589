# SPDX-License-Identifier: Apache-2.0
"""An audit finds damage of what is stored of an ended crawl by its own code, and a sound crawl without a finding."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver import Archive
from archiver.errors import Ambiguous, NotFound
from archiver.services.audit import verify_archive, verify_crawl
from archiver.services.crawl_check import ended_crawl, sealed_crawls
from archiver.settings import read as settings
from archiver.store.memory import MemoryStore
from manifests import FINDING_CODES, Digest
from manifests.canonical import canonical_json
from tests.crawler.workplace import Workplace
from tests.end_to_end.crawl_pages import Answer, Shape
from tests.end_to_end.crawl_site import CrawlSite
from tests.services.crawled import ID as BY_HAND
from tests.services.crawled import Crawled
from tests.services.exchanges import Archive as MadeArchive
from tests.services.forged import copied
from tests.services.test_crawl_report import conclude, filled

ZEROS = "sha256:" + "0" * 64
NO_SEGMENT = "0" * 26
LOGIN = b"<title>Log in</title><form><input type=password name=p></form>"


class Sealed:
    """An archive with one crawl that was really made, with something of most kinds, and a copy of its store."""

    def __init__(self, folder: Path) -> None:
        with CrawlSite(Shape(hosts=2, pages=6, embeds=1, redirects=1, copies=1)) as site:
            site.says(site.url(0, "/page/1"), Answer(LOGIN))
            self.place = Workplace(folder, site)
            assert self.place.crawl(scope={"type": "host", "exclude": ["/page/2"]}) == "over"
            site.changes(site.url(0, "/page/3"))
            assert self.place.crawl(scope={"type": "host", "exclude": ["/page/2"]}) == "over"
        self.crawl_id = self.place.crawl_id
        self.store = copied(self.place.archive.place.store)  # type: ignore[arg-type]  # it lists and gets, as any store
        self.folder = f"crawls/{self.crawl_id}/"

    @property
    def seal(self) -> Any:
        return json.loads(self.store.get(self.folder + "seal.json"))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    sealed = Sealed(tmp_path_factory.mktemp("sound"))
    yield sealed
    sealed.place.close()


Plant = Callable[[Sealed], MemoryStore]


def changed_file(name: str, change: Callable[[bytes], bytes | None]) -> Plant:
    def plant(one: Sealed) -> MemoryStore:
        return copied(one.store, {one.folder + name: change(one.store.get(one.folder + name))})

    return plant


def sealed_with(edit: Callable[[Any], object]) -> Plant:
    """Another seal, in canonical bytes."""

    def plant(one: Sealed) -> MemoryStore:
        seal = one.seal
        edit(seal)
        return copied(one.store, {one.folder + "seal.json": canonical_json(seal)})

    return plant


def sealed_file(part: str, change: Callable[[bytes], bytes]) -> Plant:
    """A file changed, under a seal that fits."""

    def plant(one: Sealed) -> MemoryStore:
        seal = one.seal
        key = one.folder + seal[part]["name"]
        content = change(one.store.get(key))
        seal[part] |= {"sha256": str(Digest.of(content)), "size": len(content)}
        return copied(one.store, {key: content, one.folder + "seal.json": canonical_json(seal)})

    return plant


def outcomes(edit: Callable[[list[bytes]], object]) -> Plant:
    """Other lines, under a seal that fits."""

    def change(packed: bytes) -> bytes:
        lines = gzip.decompress(packed).splitlines()
        edit(lines)
        return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)

    return sealed_file("outcomes", change)


def report(edit: Callable[[Any], object]) -> Plant:
    def change(content: bytes) -> bytes:
        said = json.loads(content)
        edit(said)
        return canonical_json(said)

    return sealed_file("report", change)


def total(name: str) -> Plant:
    return sealed_with(lambda seal: seal["totals"].update({name: seal["totals"][name] + 1}))


def without_segment(one: Sealed) -> MemoryStore:
    (folder,) = [key for key in one.store.list("segments/") if key.endswith(f"{one.seal['segments'][0]}/segment.json")]
    return copied(one.store, {folder: None})


def first_crawls_segment(one: Sealed) -> MemoryStore:
    """The seal names a segment of the crawl before."""
    (other,) = set(sealed_crawls(one.store)) - {one.crawl_id}
    segments = json.loads(one.store.get(f"crawls/{other}/seal.json"))["segments"]
    return sealed_with(lambda seal: seal.update(segments=segments + seal["segments"]))(one)


def flipped(raw: bytes) -> bytes:
    at = len(raw) // 2
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def line_with(**changes: Any) -> Callable[[list[bytes]], None]:
    def edit(lines: list[bytes]) -> None:
        at = next(n for n, line in enumerate(lines) if b'"code":200' in line)
        lines[at] = json.dumps(json.loads(lines[at]) | changes).encode()

    return edit


DAMAGES: dict[str, tuple[str, Plant]] = {
    "a file is gone": ("K01", changed_file("report.html", lambda raw: None)),
    "the outcomes are gone": ("K01", changed_file("outcomes.jsonl.gz", lambda raw: None)),
    "a file is cut": ("K02", changed_file("crawl.log.gz", lambda raw: raw[:-1])),
    "a file has something behind it": ("K02", changed_file("job.yaml", lambda raw: raw + b"#")),
    "a file is another": ("K03", changed_file("report.json", flipped)),
    "the outcomes are others": ("K03", changed_file("outcomes.jsonl.gz", flipped)),
    "the seal is no JSON": ("K04", changed_file("seal.json", lambda raw: raw[:-1])),
    "the seal is not canonical": ("K04", changed_file("seal.json", lambda raw: raw.replace(b":", b": ", 1))),
    "the seal is of a later format": ("K04", sealed_with(lambda seal: seal.update(format="crawl-manifest/9"))),
    "the seal is of another crawl": ("K04", sealed_with(lambda seal: seal.update(crawl_id=NO_SEGMENT))),
    "the seal is of no job": ("K04", sealed_with(lambda seal: seal.update(job="../job"))),
    "the seal names a file elsewhere": ("K04", sealed_with(lambda seal: seal["page"].update(name="../../archive.json"))),
    "the outcomes do not inflate": ("K05", sealed_file("outcomes", lambda raw: raw[: len(raw) // 2])),
    "a line is no JSON": ("K05", outcomes(lambda lines: lines.__setitem__(1, b"{"))),
    "a line has no outcome": ("K05", outcomes(lambda lines: lines.__setitem__(1, b'{"url":"http://a.example/"}'))),
    "a line is not UTF-8": ("K05", outcomes(lambda lines: lines.__setitem__(1, b'{"url":"\xff"}'))),
    "a line is longer than any": ("K05", outcomes(lambda lines: lines.append(b'{"url":"' + b"a" * 2_000_000 + b'"}'))),
    "a number is a text": ("K05", outcomes(line_with(octets="many"))),
    "a URL was taken out": ("K06", outcomes(lambda lines: lines.pop())),
    "a URL was added": ("K06", outcomes(lambda lines: lines.append(lines[-1]))),
    "an outcome is another": ("K06", outcomes(line_with(outcome="failed-recorded"))),
    "a capture brought more": ("K06", outcomes(line_with(octets=10**9))),
    "a segment is gone": ("K07", without_segment),
    "a segment is named that was never there": ("K07", sealed_with(lambda seal: seal["segments"].insert(0, NO_SEGMENT))),
    "a segment has the name of a file": ("K07", sealed_with(lambda seal: seal["segments"].append("../../archive.json"))),
    "a segment is of another crawl": ("K07", first_crawls_segment),
    "a segment is named twice": ("K07", sealed_with(lambda seal: seal["segments"].append(seal["segments"][0]))),
    "the segments are fewer": ("K07", sealed_with(lambda seal: seal.update(segments=[]))),
    "the job is another": ("K07", sealed_with(lambda seal: seal.update(job="other"))),
    "the report counts otherwise": ("K08", report(lambda said: said["totals"].update(urls=1))),
    "the report is of another crawl": ("K08", report(lambda said: said.update(crawl_id=NO_SEGMENT))),
    "the report lacks a field": ("K08", report(lambda said: said.pop("robots"))),
}  # fmt: skip
TOTALS = (
    "urls", "captures", "prerequisites", "truncated", "failed", "refused", "skipped", "octets", "revisits",
    "revisits_per_mille", "warc_octets", "new", "changed", "unchanged", "notices_changed", "suspected", "hosts", "seconds",
)  # fmt: skip


def codes(found: Any) -> list[str]:
    assert {one.code for one in found.findings} <= set(FINDING_CODES)
    return [one.code for one in found.findings]


def test_a_sound_crawl_has_no_finding_and_is_counted(sound: Sealed) -> None:
    alone = verify_crawl(sound.store, sound.crawl_id)
    assert (alone.findings, alone.crawls) == ([], 1)
    assert alone.octets == sum(len(sound.store.get(key)) for key in sound.store.list(sound.folder))
    whole = verify_archive(sound.store, sound.place.archive.catalog())
    assert (whole.findings, whole.crawls) == ([], 2)
    assert ", 2 crawls, " in whole.verdict()
    totals = sound.seal["totals"]
    assert min(totals[name] for name in ("skipped", "revisits", "changed", "unchanged", "prerequisites")) > 0, totals


def test_every_kind_of_outcome_is_counted_as_the_seal_counts_it(tmp_path: Path) -> None:
    made = MadeArchive(tmp_path)
    one = Crawled(made)
    conclude(filled(one))
    # Its captures are made up, so that no segment holds them; nothing else is wrong.
    assert codes(verify_crawl(made.store, BY_HAND)) == ["K07"]


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_of_a_crawl_is_found_by_its_code(sound: Sealed, name: str) -> None:
    code, plant = DAMAGES[name]
    store = plant(sound)
    assert code in codes(verify_crawl(store, sound.crawl_id))
    assert code in codes(verify_archive(store, sound.place.archive.catalog()))
    (other,) = set(sealed_crawls(store)) - {sound.crawl_id}
    assert verify_crawl(store, other).findings == []


@pytest.mark.parametrize("name", TOTALS)
def test_each_total_is_counted_again(sound: Sealed, name: str) -> None:
    store = total(name)(sound)
    found = verify_crawl(store, sound.crawl_id)
    # The report says otherwise too, for it was not changed.
    assert set(codes(found)) - {"K07"} == {"K06", "K08"}
    assert any(one.detail.startswith(f"{name}: ") for one in found.findings)


def test_every_total_and_every_code_of_crawls_is_tried(sound: Sealed) -> None:
    assert set(TOTALS) == set(sound.seal["totals"])
    assert {code for code, _ in DAMAGES.values()} == {code for code in FINDING_CODES if code[0] == "K"}


def test_a_flip_of_any_byte_of_a_sealed_file_is_found(sound: Sealed) -> None:
    for name in ("job_file", "outcomes", "log", "report", "page"):
        key = sound.folder + sound.seal[name]["name"]
        content = sound.store.get(key)
        for at in range(0, len(content), max(1, len(content) // 20)):
            changed = content[:at] + bytes([content[at] ^ 1 << at % 7]) + content[at + 1 :]
            assert codes(verify_crawl(copied(sound.store, {key: changed}), sound.crawl_id)) == ["K03"]


def test_many_unreadable_lines_are_told_by_the_first_and_their_number(sound: Sealed) -> None:
    store = outcomes(lambda lines: lines.extend([b"["] * 50))(sound)
    found = [one for one in verify_crawl(store, sound.crawl_id).findings if one.code == "K05"]
    assert len(found) == 6
    assert found[-1].detail == "and 45 more lines"


def test_totals_that_an_older_version_did_not_count_are_let_be(sound: Sealed) -> None:
    def older(seal: Any) -> None:
        del seal["totals"]["prerequisites"]

    assert codes(verify_crawl(sealed_with(older)(sound), sound.crawl_id)) == ["K08"]


def test_files_that_a_seal_does_not_name_count_for_nothing(sound: Sealed) -> None:
    store = copied(sound.store)
    unsealed = "0" * 26
    for key in (sound.folder + "outcomes-2.jsonl.gz", f"crawls/{unsealed}/outcomes.jsonl.gz", "crawls/odd/a/seal.json"):
        store.put(key, b"?", sha256=Digest.of(b"?"), size=1)
    assert verify_archive(store, sound.place.archive.catalog()).findings == []
    assert unsealed not in sealed_crawls(store)


def test_a_file_under_its_second_name_is_what_the_seal_says(sound: Sealed) -> None:
    def second(seal: Any) -> None:
        seal["outcomes"]["name"] = "outcomes-2.jsonl.gz"

    packed = sound.store.get(sound.folder + "outcomes.jsonl.gz")
    store = sealed_with(second)(sound)
    store = copied(store, {sound.folder + "outcomes.jsonl.gz": b"cut off"})
    store.put(sound.folder + "outcomes-2.jsonl.gz", packed, sha256=Digest.of(packed), size=len(packed))
    assert verify_crawl(store, sound.crawl_id).findings == []


def test_one_crawl_is_named_by_its_id_or_enough_of_it(sound: Sealed) -> None:
    archive = sound.place.archive
    for given in (sound.crawl_id, sound.crawl_id.upper(), sound.crawl_id[:16]):
        checked = archive.verify(given)
        assert (checked.subject, checked.crawls, checked.sound) == (f"crawl {sound.crawl_id}", 1, True)
    with pytest.raises(NotFound, match="no segment and no ended crawl"):
        archive.verify("0" * 25 + "z")
    store = copied(sound.store)
    for crawl_id in ("01aaaaaaaa" + "0" * 16, "01aaaaaaaa" + "1" * 16):
        store.put(f"crawls/{crawl_id}/seal.json", b"{}", sha256=Digest.of(b"{}"), size=2)
    with pytest.raises(Ambiguous):
        ended_crawl(store, "01aaaaaaaa")
    assert ended_crawl(store, "01") is None


def test_an_archive_without_a_catalog_of_its_own_checks_the_same(sound: Sealed, tmp_path: Path) -> None:
    with Archive.open(sound.place.folder / "archive", settings=settings({"HOME": str(tmp_path)})) as other:
        assert other.verify().crawls == 2
