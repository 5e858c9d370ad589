# SPDX-License-Identifier: Apache-2.0
"""An audit looks at everything it was asked for, says what it saw of each, and goes on where it was cut off."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from archiver.catalog.catalog import Catalog
from archiver.errors import Ambiguous, BadInput, NotFound, StoreUnavailable
from archiver.ports import Store, Stored
from archiver.services import layout
from archiver.services.description import ArchiveDescription
from archiver.services.fixity.checking import ATTEMPTS, Checker
from archiver.services.fixity.coverage import Coverage, file_name
from archiver.services.fixity.journal import events_in
from archiver.services.fixity.metrics import metrics
from archiver.services.fixity.pace import Pace, paced
from archiver.services.fixity.run import Audited, Circumstances, Progress, Request, audit
from archiver.services.fixity.units import Sample, Unit, units, within
from archiver.services.observations import SOFTWARE
from archiver.store.memory import MemoryStore
from manifests import Digest, Model, canonical_bytes, from_canonical
from manifests.events import EVENT_KINDS, EVENT_OUTCOMES, ArchiveEvent, EventRun, EventSummary, summary
from tests.services.exchanges import ARCHIVE_ID, AT, Archive, Clock
from tests.services.forged import copied
from tests.services.reread import keener, many_kinds, re_extracted

WARC = ".warc.gz"


class Silent(MemoryStore):
    """A store that gives no answer for some keys, so many times."""

    def __init__(self, of: Store, ending: str, times: int = 10**6) -> None:
        super().__init__()
        for key in of.list(""):
            content = of.get(key)
            self.put(key, content, sha256=Digest.of(content), size=len(content))
        self._ending = ending
        self.left = times

    def _ask(self, key: str) -> None:
        if key.endswith(self._ending) and self.left:
            self.left -= 1
            raise StoreUnavailable(f"no answer for {key}", "Try again.")

    def open(self, key: str) -> BinaryIO:
        self._ask(key)
        return super().open(key)

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        self._ask(key)
        return super().get(key, start, end)

    def head(self, key: str) -> Stored | None:
        self._ask(key)
        return super().head(key)


class Plain(MemoryStore):
    """A store that returns no digests."""

    def head(self, key: str) -> Stored | None:
        found = super().head(key)
        return None if found is None else Stored(found.key, found.size, None)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    one = Archive(tmp_path_factory.mktemp("audited"))
    many_kinds(one)
    re_extracted(one, keener())
    described = canonical_bytes(ArchiveDescription(archive_id=ARCHIVE_ID, created_at=AT, software=SOFTWARE))
    one.store.put(layout.ARCHIVE, described, sha256=Digest.of(described), size=len(described))
    yield one
    one.close()


def catalog_of(archive: Archive) -> Catalog:
    return archive.world.generations.current()


def around(folder: Path) -> Circumstances:
    return Circumstances(ARCHIVE_ID, None, folder, Clock(AT + timedelta(days=9)), bytes, lambda: 0.0)


def audited(
    archive: Archive,
    folder: Path,
    request: Request,
    store: MemoryStore | None = None,
    *,
    steps: int | None = None,
    ledger: Callable[[str], str | None] | None = None,
    waits: list[float] | None = None,
) -> Audited:
    """What an audit saw; after so many `steps` it is cut off."""
    store = store if store is not None else copied(archive.store)
    catalog = catalog_of(archive)

    def begin() -> Checker:
        waited = (waits if waits is not None else []).append
        return Checker(store, catalog, deep=request.deep, ledger=ledger, sleep=waited)

    running = audit(store, units(store, catalog), begin, request, around(folder))
    for _ in range(steps if steps is not None else 10**9):
        try:
            next(running)
        except StopIteration as ended:
            found: Audited = ended.value
            KEPT[id(found)] = (found, events_in(store.get(found.key)))
            return found
    running.close()
    raise KeyboardInterrupt


KEPT: dict[int, tuple[Audited, list[ArchiveEvent]]] = {}
"""What each audit stored, held as long as the tests run so that no other has its id."""


def events_of(seen: Audited) -> list[ArchiveEvent]:
    return KEPT[id(seen)][1]


def lines(store: Store, key: str) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(store.get(key)).splitlines()]


@pytest.mark.parametrize("deep", [False, True])
def test_a_sound_archive_has_a_line_for_everything_and_counts_that_add_up(
    archive: Archive, tmp_path: Path, deep: bool
) -> None:
    store = copied(archive.store)
    seen = audited(archive, tmp_path, Request(deep=deep), store)
    first, *events, last = lines(store, seen.key)
    assert from_canonical(EventRun, json.dumps(first)) == seen.run
    assert [one["about"] for one in events] == ["archive.json", *archive.folders()]
    assert {one["outcome"] for one in events} == {"success"}
    assert first["of"] == first["chosen"] == last["events"] == last["success"] == len(events) == 5
    assert (last["captures"], last["unchecked"], last["outcome"]) == (14, 0, "success")
    assert sorted(part["key"] for one in events for part in one["objects"]) == list(archive.store.list(""))
    assert last["objects"] == len(list(archive.store.list("")))
    for one in events:
        for part in one["objects"]:
            content = archive.store.get(part["key"])
            assert (part["size"], part["sha256"]) == (len(content), Digest.of(content))
    if deep:
        assert last["octets"] == sum(len(archive.store.get(key)) for key in archive.store.list(""))
    assert list(tmp_path.iterdir()) == [tmp_path / file_name("memory")]


def test_the_events_object_is_canonical_and_of_equal_bytes_each_time(archive: Archive, tmp_path: Path) -> None:
    stores = [copied(archive.store), copied(archive.store)]
    keys = [audited(archive, tmp_path / str(n), Request(deep=True), store).key for n, store in enumerate(stores)]
    assert stores[0].get(keys[0]) == stores[1].get(keys[1])
    raw = gzip.decompress(stores[0].get(keys[0])).splitlines()
    kinds: list[type[Model]] = [EventRun, *[ArchiveEvent] * (len(raw) - 2), EventSummary]
    assert [canonical_bytes(from_canonical(kind, line)) for kind, line in zip(kinds, raw, strict=True)] == raw
    assert keys[0].startswith("events/2026/03/12/")


def test_damage_fails_its_unit_alone(archive: Archive, tmp_path: Path) -> None:
    key = next(key for key in archive.store.list(archive.folders()[1]) if key.endswith(WARC))
    content = archive.store.get(key)
    store = copied(archive.store, {key: content[:-1] + bytes([content[-1] ^ 1])})
    seen = audited(archive, tmp_path, Request(deep=True), store)
    assert [one.about for one in events_of(seen) if one.outcome == "failure"] == [archive.folders()[1]]
    assert (seen.summary.outcome, seen.summary.failure, seen.summary.success) == ("failure", 1, 4)
    assert seen.summary.findings["S03"] == 1


def test_a_quick_audit_sees_what_the_store_says(archive: Archive, tmp_path: Path) -> None:
    warcs = [key for key in archive.store.list("segments/") if key.endswith(WARC)]
    _, second, third, _ = (archive.store.get(key) for key in warcs)
    store = copied(
        archive.store, {warcs[0]: None, warcs[1]: second + b"x", warcs[2]: bytes([third[0] ^ 1]) + third[1:]}
    )
    seen = audited(archive, tmp_path, Request(), store)
    codes = [{one.code for one in event.findings} for event in events_of(seen)]
    assert codes == [set(), {"S01"}, {"S02", "S03"}, {"S03"}, set()]


def test_what_a_store_returns_no_digest_of_is_counted_and_is_no_finding(archive: Archive, tmp_path: Path) -> None:
    store = Plain()
    for key in archive.store.list(""):
        content = archive.store.get(key)
        store.put(key, content, sha256=Digest.of(content), size=len(content))
    seen = audited(archive, tmp_path, Request(), store)
    assert seen.summary.outcome == "success"
    sets = [key for key in archive.store.list("claims/") if key.endswith("claims.jsonl.gz")]
    assert seen.summary.unchecked == 4 * 3 + len(sets)  # WARC, manifests and index of each segment
    assert seen.summary.findings == {}


def test_a_store_without_an_answer_is_neither_sound_nor_damaged(archive: Archive, tmp_path: Path) -> None:
    waits: list[float] = []
    key = next(key for key in archive.store.list("segments/") if key.endswith(WARC))
    store = Silent(archive.store, key)
    seen = audited(archive, tmp_path, Request(deep=True), store, waits=waits)
    assert (seen.summary.outcome, seen.summary.could_not_check) == ("could-not-check", 1)
    (event,) = [one for one in events_of(seen) if one.outcome == "could-not-check"]
    assert [one.code for one in event.findings] == ["A02"]
    assert 10**6 - store.left == ATTEMPTS
    assert waits == [0.5, 2.0]
    assert Coverage.read(tmp_path, "memory").oldest([event.about], deep=True) is None


def test_an_answer_at_the_second_asking_is_an_answer(archive: Archive, tmp_path: Path) -> None:
    seen = audited(archive, tmp_path, Request(deep=True), Silent(archive.store, WARC, times=1))
    assert seen.summary.outcome == "success"


def test_damage_is_told_although_something_else_gave_no_answer(archive: Archive, tmp_path: Path) -> None:
    store = Silent(copied(archive.store, {archive.folders()[0] + layout.INDEX: b"~"}), "archive.json")
    seen = audited(archive, tmp_path, Request(deep=True), store)
    assert (seen.summary.outcome, seen.summary.failure, seen.summary.could_not_check) == ("failure", 1, 1)


@pytest.mark.parametrize("steps", range(1, 6))
def test_an_audit_that_was_cut_off_goes_on_and_ends_the_same(archive: Archive, tmp_path: Path, steps: int) -> None:
    store = copied(archive.store)
    request = Request(deep=True)
    with suppress(KeyboardInterrupt):
        audited(archive, tmp_path, request, store, steps=steps)
    assert not list(store.list("events/"))
    seen = audited(archive, tmp_path, request, store)
    assert seen.resumed
    assert [one.about for one in events_of(seen)] == ["archive.json", *archive.folders()]
    assert (seen.summary.events, seen.summary.captures) == (5, 14)
    assert len(list(store.list("events/"))) == 1


def test_a_line_that_a_kill_cut_is_made_again(archive: Archive, tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt):
        audited(archive, tmp_path, Request(), steps=3)
    (journal,) = tmp_path.glob("audit-*.jsonl")
    journal.write_bytes(journal.read_bytes()[:-5])
    seen = audited(archive, tmp_path, Request())
    assert (seen.summary.events, seen.summary.success) == (5, 5)


def test_a_kill_between_summary_and_object_makes_no_second_object(archive: Archive, tmp_path: Path) -> None:
    store = copied(archive.store)
    seen = audited(archive, tmp_path, Request(), store)
    journal = tmp_path / "audit.jsonl"
    with suppress(KeyboardInterrupt):
        audited(archive, tmp_path, Request(), copied(archive.store), steps=2)
    (journal,) = tmp_path.glob("audit-*.jsonl")
    journal.write_bytes(gzip.decompress(store.get(seen.key)))
    again = audited(archive, tmp_path, Request(), store)
    assert again.key == seen.key
    assert len(list(store.list("events/"))) == 1


def test_another_request_does_not_go_on_from_the_journal(archive: Archive, tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt):
        audited(archive, tmp_path, Request(), steps=2)
    assert not audited(archive, tmp_path, Request(deep=True)).resumed
    assert not audited(archive, tmp_path, Request(unfinished="restart")).resumed
    with pytest.raises(BadInput, match="cut off"):
        audited(archive, tmp_path, Request(unfinished="resume"))


def test_one_segment_or_a_time_may_be_asked_for(archive: Archive, tmp_path: Path) -> None:
    every = units(archive.store, catalog_of(archive))
    (first, *_) = [one for one in every if one.kind == "segment"]
    assert within(every, segment=first.name[:26].upper()) == [first]
    begun = layout.opened_at(first.name)
    assert begun is not None
    assert within(every, since=begun, until=begun + timedelta(milliseconds=1)) == [first]
    with pytest.raises(NotFound):
        within(every, since=begun + timedelta(days=900))
    with pytest.raises(NotFound):
        within(every, segment="0" * 26)
    with pytest.raises(Ambiguous):
        within(every, segment="01")
    seen = audited(archive, tmp_path, Request(segment=first.name))
    assert [one.about for one in events_of(seen)] == [first.key]


def test_samples_with_one_seed_after_the_other_cover_everything() -> None:
    every = [Unit("segment", f"segments/{n}/") for n in range(103)]
    for text, size in (("5%", 6), ("20", 20), ("100%", 103), ("1", 1), ("500", 103)):
        sample = Sample.of_text(text)
        parts = sample.parts(len(every))
        chosen = [sample.chosen(every, seed) for seed in range(parts)]
        assert sorted(one.key for part in chosen for one in part) == sorted(one.key for one in every)
        assert max(map(len, chosen)) <= size
        assert sample.chosen(every, parts + 1) == sample.chosen(every, 1)
    assert len(Sample.of_text("5%").chosen(every[:3], 0)) == 1


@pytest.mark.parametrize("text", ["", "0", "0%", "101%", "5 %%", "-1", "half", "1e3"])
def test_what_is_no_sample_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="sample"):
        Sample.of_text(text)


def test_the_next_sample_is_the_next_part_and_the_seed_is_recorded(archive: Archive, tmp_path: Path) -> None:
    seen = [audited(archive, tmp_path, Request(sample="1")) for _ in range(5)]
    assert [one.run.seed for one in seen] == [0, 1, 2, 3, 4]
    assert len({events_of(one)[0].about for one in seen}) == 5
    assert [one.coverage_age is None for one in seen] == [True, True, True, True, False]
    given = audited(archive, tmp_path, Request(sample="1", seed=2))
    assert (given.run.seed, events_of(given)[0].about) == (2, events_of(seen[2])[0].about)
    assert audited(archive, tmp_path, Request(sample="1")).run.seed == 5


def test_the_ledger_is_asked_for_every_seal(archive: Archive, tmp_path: Path) -> None:
    def knows(key: str) -> str | None:
        if "claims/" in key:
            return None
        return "sha256:" + "0" * 64 if key.startswith(archive.folders()[0]) else Digest.of(archive.store.get(key))

    for deep in (False, True):
        seen = audited(archive, tmp_path, Request(deep=deep), ledger=knows)
        codes = [{one.code for one in event.findings} for event in events_of(seen)]
        assert (codes[0], "L06" in codes[1]) == (set(), True)
        assert set().union(*codes[2:]) == {"L05"}
        assert [event.outcome for event in events_of(seen)] == ["success", "failure", "success", "success", "success"]


def test_a_claims_set_with_another_seal_than_the_catalogs_is_found(archive: Archive, tmp_path: Path) -> None:
    key = next(key for key in archive.store.list("claims/") if key.endswith("seal.json"))
    other = archive.store.get(key).replace(ARCHIVE_ID.encode(), ARCHIVE_ID.replace("abcd", "abce").encode())
    seen = audited(archive, tmp_path, Request(), copied(archive.store, {key: other}))
    assert [(one.code, one.where) for event in events_of(seen) for one in event.findings] == [("E04", key)]


def test_a_segment_that_the_catalog_does_not_know_is_told(archive: Archive, tmp_path: Path) -> None:
    empty = Catalog(tmp_path / "empty.sqlite")
    empty.prepare()
    store = copied(archive.store)
    checker = Checker(store, empty, deep=True, ledger=None, sleep=lambda _: None)
    found = [checker.check(one).report for one in units(store, empty)]
    empty.close()
    assert [sorted({one.code for one in report.findings}) for report in found] == [
        [],
        ["C01"],
        ["C01"],
        ["C01"],
        ["C01"],
    ]


def test_a_run_that_looked_at_nothing_is_a_failure() -> None:
    assert summary("run", AT, []).outcome == "failure"
    nothing = ArchiveEvent(event_id="1", kind="fixity-check", about="x", at=AT, outcome="success")
    assert summary("run", AT, [nothing]).outcome == "failure"


def test_a_rate_is_held() -> None:
    at, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        at[0] += seconds

    store = MemoryStore()
    store.put("a", b"x" * 3000, sha256=Digest.of(b"x" * 3000), size=3000)
    slow = paced(store, Pace(1000, lambda: at[0], sleep))
    assert slow.get("a", 0, 500) == b"x" * 500
    with slow.open("a") as stream:
        assert stream.read(2000) == b"x" * 2000
        at[0] += 10  # what was not used in time is not saved up
        assert stream.read() == b"x" * 1000
    assert slow.head("a") == store.head("a")
    assert slept == [0.5, 2.0, 1.0]
    quick = paced(store, Pace(None, lambda: 0.0, sleep))
    assert quick.get("a") == b"x" * 3000
    assert len(slept) == 3


def test_progress_is_told_with_each_unit(archive: Archive, tmp_path: Path) -> None:
    store = copied(archive.store)
    ticks = iter(range(100))
    catalog = catalog_of(archive)
    here = around(tmp_path)
    timed = Circumstances(here.archive_id, None, tmp_path, here.now, here.chance, lambda: float(next(ticks)))
    checker = Checker(store, catalog, deep=False, ledger=None, sleep=lambda _: None)
    come: list[Progress] = list(audit(store, units(store, catalog), lambda: checker, Request(), timed))
    assert [(one.done, one.of) for one in come] == [(n, 5) for n in range(6)]
    assert [one.left for one in come] == [None, 4.0, 3.0, 2.0, 1.0, 0.0]


def test_metrics_are_in_the_text_format_of_prometheus(archive: Archive, tmp_path: Path) -> None:
    seen = audited(archive, tmp_path, Request(deep=True))
    text = metrics("deep", seen.summary, seen.coverage_age)
    assert 'archiver_audit_captures{level="deep"} 14\n' in text
    assert 'archiver_audit_events{level="deep",outcome="success"} 5\n' in text
    assert 'archiver_audit_coverage_age_seconds{level="deep"} ' in text
    assert 'archiver_audit_coverage_age_seconds{level="quick"} +Inf\n' in metrics("quick", seen.summary, None)
    named = [line.split("{")[0] for line in text.splitlines() if not line.startswith("#")]
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} >= set(named)


def test_a_coverage_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    for content in ("", "[]", '{"quick": []}', '{"quick": {}, "deep": {"a": "x"}, "next_seed": 1}'):
        (tmp_path / file_name("memory")).write_text(content)
        assert Coverage.read(tmp_path, "memory").next_seed == 0


def test_kinds_and_outcomes_are_the_closed_lists() -> None:
    kinds = ArchiveEvent.model_json_schema()["properties"]
    assert set(kinds["kind"]["enum"]) == set(EVENT_KINDS)
    assert set(kinds["outcome"]["enum"]) == set(EVENT_OUTCOMES)
