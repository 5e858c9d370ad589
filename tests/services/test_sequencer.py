# SPDX-License-Identifier: Apache-2.0
"""Whatever goes wrong and whoever works beside it, each sealed thing is in the ledger once, and the ledger stays one ledger."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from archiver.catalog.catalog import Catalog
from archiver.errors import ArchiveFault, BadInput, Damaged
from archiver.formats.tlog_tiles import entries_path, pack_entries, pack_hashes, tile_path, unpack_entries
from archiver.ledger import heads, places
from archiver.ledger.heads import Head
from archiver.ledger.leaves import Leaves
from archiver.ledger.ledger import Ledger
from archiver.ledger.tree import leaf_hash
from archiver.services.sequencer import Sequencer
from archiver.store.memory import MemoryStore
from manifests.digest import Digest
from tests.ledger.ledgers import (
    AT,
    ORIGIN,
    Clock,
    Machine,
    Memory,
    assert_sound,
    check,
    copy_of,
    no_segments,
    objects,
    ring,
    seal,
    seal_key,
    store_keys,
)
from tests.ledger.stores import Died, Fault, Faulty, TurnByTurn, Turns

HELD, ROUNDS = 254, (1, 3, 1)
"""How much is logged before, and how much is sealed before each run: the second fills a tile and begins another."""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    one = Machine(tmp_path / "machine")
    yield one
    one.close()


def caught_up(machine: Machine, store: MemoryStore) -> Sequencer:
    sequencer = machine.sequencer(store)
    sequencer.catch_up()
    sequencer.leaves.close()
    return sequencer


class TestOneSequencer:
    def test_what_waits_is_logged_and_waits_no_more(self, machine: Machine) -> None:
        store = MemoryStore()
        machine.queue(*[seal(store, number) for number in range(3)])
        standing = machine.sequencer(store).catch_up()
        assert (standing.added, standing.waiting, standing.waiting_since, standing.head.size) == (3, 0, None, 3)
        assert_sound(store, 3)

    def test_a_checkpoint_that_is_behind_is_put_right_though_nothing_waits(self, machine: Machine) -> None:
        store = MemoryStore()
        for number in range(2):
            machine.queue(seal(store, number))
            caught_up(machine, store)
        store.replace(places.CHECKPOINT, store.get(places.head(1)))
        caught_up(machine, store)
        assert_sound(store, 2)

    def test_nothing_that_waits_makes_no_head(self, machine: Machine) -> None:
        store = MemoryStore()
        assert machine.sequencer(store).catch_up().head.sequence == 0
        assert objects(store) == {}

    def test_without_a_key_the_ledger_lags_and_says_since_when(self, tmp_path: Path) -> None:
        store, keyless = MemoryStore(), Machine(tmp_path / "keyless", key=None)
        keyless.queue(seal(store, 0), seal(store, 1))
        standing = keyless.sequencer(store).catch_up()
        assert (standing.added, standing.waiting, standing.waiting_since) == (0, 2, AT)
        assert not any(store.list(places.LEDGER))

    def test_more_than_one_head_adds_at_most_is_logged_in_several(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("archiver.services.sequencer.A_HEAD", 10)
        store = MemoryStore()
        machine.queue(*[seal(store, number) for number in range(25)])
        standing = machine.sequencer(store).catch_up()
        assert (standing.added, standing.head.sequence) == (25, 3)
        assert_sound(store, 25)

    def test_a_seal_that_is_queued_again_after_it_was_logged_is_not_logged_twice(self, machine: Machine) -> None:
        store = MemoryStore()
        sealed = seal(store, 0)
        machine.queue(sealed)
        caught_up(machine, store)
        machine.queue(sealed)
        assert machine.sequencer(store).catch_up().added == 0
        assert_sound(store, 1)

    def test_a_seal_with_another_digest_than_was_logged_is_an_alarm(self, machine: Machine) -> None:
        store = MemoryStore()
        machine.queue(seal(store, 0))
        caught_up(machine, store)
        machine.queue((seal_key(0), Digest.of(b"something else")))
        with pytest.raises(Damaged) as told:
            machine.sequencer(store).catch_up()
        assert told.value.fields["code"] == "L06"

    def test_what_it_knows_of_leaves_may_be_lost(self, machine: Machine) -> None:
        store = MemoryStore()
        machine.queue(*[seal(store, number) for number in range(300)])
        caught_up(machine, store)
        for one in machine.folder.glob("ledger.sqlite*"):
            one.unlink()
        sequencer = machine.sequencer(store)
        sequencer.head()
        found = sequencer.leaves.find(seal_key(299))
        assert found is not None
        assert found.position == 299

    def test_leaves_of_another_ledger_are_forgotten(self, machine: Machine, tmp_path: Path) -> None:
        other = Machine(tmp_path / "other")
        longer, store = MemoryStore(), MemoryStore()
        other.queue(*[seal(longer, number) for number in range(5)])
        caught_up(other, longer)
        machine.queue(seal(store, 7))
        caught_up(machine, store)
        sequencer = machine.sequencer(store, leaves=Leaves(other.folder / "ledger.sqlite"))
        sequencer.head()
        assert (sequencer.leaves.size(), sequencer.leaves.find(seal_key(0))) == (1, None)

    def test_leaves_that_another_process_logged_a_moment_ago_are_not_forgotten(self, machine: Machine) -> None:
        """Its head was asked for before they were logged, and the database after; what it forgot would be logged twice."""
        store = MemoryStore()
        machine.queue(*[seal(store, number) for number in range(5)])
        caught_up(machine, store)

        class Late(Ledger):
            asked = 0

            def head(self) -> Head:
                self.asked += 1
                return heads.none_yet(ORIGIN) if self.asked == 1 else super().head()

        sequencer = Sequencer(
            Late(store, ORIGIN, ring()), Leaves(machine.folder / "ledger.sqlite"), machine.backlog, None, machine.clock
        )
        assert sequencer.head().size == 5
        assert sequencer.leaves.find(seal_key(4)) is not None
        sequencer.leaves.close()

    def test_a_key_that_was_changed_meanwhile_signs_nothing_any_more(self, machine: Machine) -> None:
        store = MemoryStore()
        machine.queue(seal(store, 0))
        sequencer = machine.sequencer(store)
        sequencer.catch_up()
        store_keys(store, ring((1, "stolen")))
        machine.queue(seal(store, 1))
        with pytest.raises(BadInput):
            sequencer.catch_up()
        assert [*store.list(places.HEADS)] == [places.head(1)]

    def test_a_changed_leaf_is_never_taken_for_what_was_logged(self, machine: Machine, tmp_path: Path) -> None:
        """Bundle and tile agree with each other, and not with the root: a reader must look as far as the root."""
        store = MemoryStore()
        machine.queue(*[seal(store, number) for number in range(300)])
        caught_up(machine, store)
        entries = unpack_entries(store.get(places.LEDGER + entries_path(0)))
        entries[0] = entries[0].replace(b"00000.jsonl", b"99999.jsonl")
        changed = {
            places.LEDGER + entries_path(0): pack_entries(entries),
            places.LEDGER + tile_path(0, 0): pack_hashes([leaf_hash(one) for one in entries]),
        }
        fresh = Machine(tmp_path / "fresh")
        sequencer = fresh.sequencer(copy_of(objects(store) | changed))
        with pytest.raises(Damaged) as told:
            sequencer.head()
        assert told.value.fields["code"] == "L04"
        assert sequencer.leaves.find(seal_key(99999)) is None


@dataclass(frozen=True)
class Held:
    """A machine that has logged `HELD` things."""

    folder: Path
    objects: dict[str, bytes]
    memory: Memory

    def again(self, folder: Path) -> tuple[Machine, MemoryStore]:
        """The same machine and store in another life."""
        folder.mkdir()
        shutil.copy(self.folder / "ledger.sqlite", folder)
        machine = Machine(folder, memory=replace(self.memory))
        machine.clock.at += timedelta(hours=1)
        return machine, copy_of(self.objects)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    machine, store = Machine(tmp_path_factory.mktemp("held")), MemoryStore()
    machine.queue(*[seal(store, number) for number in range(HELD)])
    caught_up(machine, store)
    machine.close()
    return Held(machine.folder, objects(store), machine.memory)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    with no_segments(tmp_path_factory.mktemp("catalog")) as one:
        yield one


def rounds(machine: Machine, store: MemoryStore, faulty: Faulty) -> None:
    """Seals and logs round by round; a fault that is told does not end the process."""
    sealed = HELD
    sequencer = machine.sequencer(faulty)
    try:
        for count in ROUNDS:
            machine.queue(*[seal(store, sealed + at) for at in range(count)])
            sealed += count
            with suppress(ArchiveFault):
                sequencer.catch_up()
    finally:
        sequencer.leaves.close()


@pytest.mark.parametrize("fault", get_args(Fault))
def test_any_fault_at_any_call_loses_nothing_and_doubles_nothing(
    held: Held, catalog: Catalog, tmp_path: Path, fault: Fault
) -> None:
    machine, store = held.again(tmp_path / "undisturbed")
    undisturbed = Faulty(store)
    rounds(machine, store, undisturbed)
    assert {"get", "head", "put", "replace", "sweep"} == set(undisturbed.calls)
    machine.close()
    for at in [number for number, name in enumerate(undisturbed.calls) if fault != "conflict" or name == "put"]:
        machine, store = held.again(tmp_path / f"{at}")
        with suppress(Died):
            rounds(machine, store, Faulty(store, at, fault))
        sealed = sum(1 for _ in store.list("events/"))
        machine.queue(seal(store, sealed))
        caught_up(machine, store)
        assert machine.backlog.lag() == (0, None)
        assert_sound(store, sealed + 1)
        assert check(store, catalog) == []
        machine.close()


def side_by_side(machines: list[Machine], store: MemoryStore, seed: int, dies: float = 0.0) -> list[BaseException]:
    """All of them catch up at once, in an order that the seed fixes; what they were ended by."""
    turns = Turns(seed, len(machines))
    ended: list[BaseException] = []

    def work(party: int) -> None:
        sequencer = machines[party].sequencer(TurnByTurn(store, turns, party, dies))
        try:
            sequencer.catch_up()
        except BaseException as fault:  # noqa: BLE001 - told to the test
            ended.append(fault)
        finally:
            turns.leave(party)
            sequencer.leaves.close()

    threads = [threading.Thread(target=work, args=(party,)) for party in range(len(machines))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return ended


class TestSideBySide:
    @pytest.mark.parametrize("seed", range(5))
    def test_machines_with_backlogs_of_their_own_log_everything_once(self, tmp_path: Path, seed: int) -> None:
        store = MemoryStore()
        machines = [Machine(tmp_path / f"{number}") for number in range(3)]
        for number in range(9):
            machines[number % 3].queue(seal(store, number))
        assert side_by_side(machines, store, seed) == []
        caught_up(machines[0], store)  # who was overtaken may have put an older checkpoint in place last
        assert_sound(store, 9)
        for one in machines:
            one.close()

    @pytest.mark.parametrize("seed", range(5))
    def test_machines_that_queued_the_same_log_it_once(self, tmp_path: Path, seed: int) -> None:
        """Each of them compared the store with the ledger, and found the same."""
        store = MemoryStore()
        sealed = [seal(store, number) for number in range(6)]
        machines = [Machine(tmp_path / f"{number}", clock=Clock()) for number in range(2)]
        for one in machines:
            one.queue(*sealed)
        assert side_by_side(machines, store, seed) == []
        caught_up(machines[0], store)
        assert_sound(store, 6)
        assert all(one.backlog.lag() == (0, None) for one in machines)
        for one in machines:
            one.close()

    @pytest.mark.parametrize("seed", range(5))
    def test_processes_of_one_machine_share_what_they_know(self, tmp_path: Path, seed: int) -> None:
        """One backlog, one memory, one database of leaves: as of two commands at once, or of one that only looks."""
        store = MemoryStore()
        machine = Machine(tmp_path / "machine")
        looks = Machine(tmp_path / "machine", key=None, memory=machine.memory)
        again = Machine(tmp_path / "machine", memory=machine.memory)
        machine.queue(*[seal(store, number) for number in range(4)])
        assert side_by_side([machine, looks, again], store, seed) == []
        machine.queue(*[seal(store, number) for number in range(4, 8)])
        assert side_by_side([machine, looks, again], store, seed) == []
        caught_up(machine, store)
        assert_sound(store, 8)
        for one in (machine, looks, again):
            one.close()

    @pytest.mark.parametrize("seed", range(12))
    def test_machines_that_die_at_any_moment_leave_what_the_next_finishes(self, tmp_path: Path, seed: int) -> None:
        store, sealed = MemoryStore(), 0
        machines = [Machine(tmp_path / f"{number}") for number in range(2)]
        for turn in range(4):
            for one in machines:
                one.queue(seal(store, sealed), seal(store, sealed + 1))
                sealed += 2
            ended = side_by_side(machines, store, seed * 10 + turn, dies=0.08)
            assert all(isinstance(one, Died) for one in ended), ended
        for one in machines:
            caught_up(one, store)
        assert_sound(store, sealed)
        for one in machines:
            one.close()
