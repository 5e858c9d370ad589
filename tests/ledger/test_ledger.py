# SPDX-License-Identifier: Apache-2.0
"""The ledger in a store: however it was filled it is the same, and a store that shows another is found out."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import BadInput, Damaged, StoreUnavailable
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import Ed25519Signer, Malformed, Note
from archiver.formats.tlog_tiles import entries_path, pack_entries, tile_path, tiles_of
from archiver.ledger import heads, places, tree
from archiver.ledger.ledger import Ledger, Overtaken, Seen
from archiver.ports import Store
from archiver.store.local import LocalStore
from archiver.store.memory import MemoryStore
from tests.ledger.ledgers import (
    ORIGIN,
    Memory,
    copy_of,
    entry,
    grow,
    ledger_in,
    objects,
    put,
    ring,
    signer,
    store_keys,
)
from tests.ledger.stores import Died, Faulty

Held = dict[str, bytes]


@pytest.fixture(scope="module")
def small() -> Held:
    """A ledger of 300 leaves under five heads."""
    store = MemoryStore()
    grow(ledger_in(store), 1, 2, 250, 7, 40)
    return objects(store)


def damage(ask: Callable[[], object]) -> str:
    """The code of the damage that is found."""
    with pytest.raises(Damaged) as told:
        ask()
    return str(told.value.fields["code"])


def found_in(ask: Callable[[], object]) -> str | None:
    """The code of the damage that is found, if any."""
    try:
        ask()
    except Damaged as told:
        return str(told.fields["code"])
    return None


class TestGrowing:
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(1, 260), min_size=1, max_size=5))
    def test_however_leaves_are_batched_the_tree_is_the_same(self, batches: list[int]) -> None:
        store, at_once = MemoryStore(), MemoryStore()
        head, other = grow(ledger_in(store), *batches), grow(ledger_in(at_once), sum(batches))
        assert head.root == other.root
        needed = [places.LEDGER + tile.path for tile in tiles_of(head.size)]
        assert [store.get(key) for key in needed] == [at_once.get(key) for key in needed]
        assert [*ledger_in(store).entries(0, head)] == [entry(at) for at in range(head.size)]

    @pytest.mark.parametrize("folder", [True, False])
    def test_a_folder_and_memory_hold_the_same(self, tmp_path: Path, small: Held, folder: bool) -> None:
        store: Store = LocalStore(tmp_path) if folder else MemoryStore()
        grow(ledger_in(store), 1, 2, 250, 7, 40)
        assert objects(store) == small

    def test_nothing_stays_staged(self, small: Held) -> None:
        assert not any(key.startswith(places.STAGING) for key in small)

    def test_every_leaf_has_a_proof_under_every_head_that_covers_it(self, small: Held) -> None:
        store = copy_of(small)
        ledger = ledger_in(store)
        ledger.head()
        for sequence in range(1, 6):
            head = heads.read(store, sequence, ring(), ORIGIN)
            assert head is not None
            for index in {0, head.size // 2, head.size - 1}:
                proof = ledger.proof(index, head)
                leaf = tree.leaf_hash(entry(index))
                assert tree.verify_inclusion(index, head.size, leaf, proof.hashes, head.root)
                assert proof.checkpoint == head.note

    @pytest.mark.parametrize("index", [-1, 300, 10**12])
    def test_a_leaf_that_is_not_there_has_no_proof(self, small: Held, index: int) -> None:
        ledger = ledger_in(copy_of(small))
        with pytest.raises(ValueError, match="has no entry"):
            ledger.proof(index, ledger.head())

    def test_leaves_are_given_from_any_place_on(self, small: Held) -> None:
        ledger = ledger_in(copy_of(small))
        head = ledger.head()
        for start in (0, 1, 255, 256, 257, 299, 300):
            assert [*ledger.entries(start, head)] == [entry(at) for at in range(start, 300)]

    def test_who_was_overtaken_leaves_no_tile_behind(self) -> None:
        store = MemoryStore()
        first, second = ledger_in(store), ledger_in(store)
        head = first.head()
        second.append(head, [b"one", b"two"], signer())
        before = objects(store, places.LEDGER)
        with pytest.raises(Overtaken):
            first.append(head, [b"another"], signer())
        assert objects(store, places.LEDGER) == before

    def test_what_is_too_long_for_a_leaf_is_refused_before_anything_is_written(self) -> None:
        store = MemoryStore()
        with pytest.raises(Malformed):
            ledger_in(store).append(heads.none_yet(ORIGIN), [bytes(65_536)], signer())
        assert objects(store) == {}


class TestKeys:
    def test_only_the_key_in_use_signs(self) -> None:
        store, changed = MemoryStore(), ring((0, "scheduled"))
        for by in (signer(1), signer(3), Ed25519Signer("urn:uuid:another", bytes([2]) * 32)):
            with pytest.raises(BadInput):
                grow(ledger_in(store, changed), 1, by=by)
        assert objects(store) == {}
        assert grow(ledger_in(store, changed), 1, by=signer(2)).size == 1

    def test_a_process_that_does_not_know_the_new_key_signs_nothing_any_more(self) -> None:
        store = MemoryStore()
        ledger = ledger_in(store, store_keys(store, ring()))
        head = grow(ledger, 3)
        store_keys(store, ring((3, "scheduled")))
        with pytest.raises(BadInput, match="not the newest"):
            ledger.append(head, [b"more"], signer())

    def test_proofs_under_an_old_key_stay_good(self) -> None:
        store, changed = MemoryStore(), ring((300, "stolen"))
        grow(ledger_in(store), 300)
        newest = grow(ledger_in(store, changed), 10, by=signer(2))
        before = heads.of_size(store, 300, newest, changed)
        assert before is not None
        ledger = ledger_in(store, changed)
        assert ledger.proof(7, before).checkpoint == before.note
        assert ledger.head() == newest

    def test_a_head_that_a_stolen_key_signs_after_it_was_changed_is_refused(self) -> None:
        store = MemoryStore()
        grow(ledger_in(store), 3, 4)  # the thief does not know, or does not care, that the key was changed
        memory = Memory()
        assert damage(lambda: ledger_in(store, ring((3, "stolen"))).head()) == "L02"
        assert damage(lambda: memory.ledger(store, ring((3, "stolen"))).head()) == "L02"


class TestRolledBack:
    """LG-03: whoever remembers a head, or sees one half of what was rolled back, refuses."""

    def seen(self, small: Held) -> Memory:
        memory = Memory()
        assert memory.ledger(copy_of(small)).head().size == 300
        return memory

    def test_what_was_seen_is_remembered(self, small: Held) -> None:
        memory = self.seen(small)
        assert memory.seen == Seen(5, small[places.head(5)])
        assert memory.seen is not None
        assert Seen.of_text(memory.seen.to_text()) == memory.seen
        assert Seen.of_text(None) is None

    def test_a_later_head_that_another_process_saw_is_not_forgotten(self, small: Held) -> None:
        memory = self.seen(small)
        later = Seen(9, b"")
        store = copy_of(small)
        ledger = Ledger(store, ORIGIN, ring(), seen=lambda: later, remember=memory._remember)
        ledger._remembered(heads.none_yet(ORIGIN))
        assert memory.seen == Seen(5, small[places.head(5)])

    @pytest.mark.parametrize("last", range(5))
    def test_heads_that_were_removed_are_missed_by_who_saw_them(self, small: Held, last: int) -> None:
        memory = self.seen(small)
        shorter = {key: one for key, one in small.items() if key <= places.head(last) or key > places.head(9)}
        if last:
            shorter[places.CHECKPOINT] = small[places.head(last)]
        else:
            del shorter[places.CHECKPOINT]
        assert damage(memory.ledger(copy_of(shorter)).head) == "L03"
        # who saw none cannot know: that is what witnesses are for
        assert ledger_in(copy_of(shorter)).head().sequence == last

    @pytest.mark.parametrize("last", range(5))
    def test_the_checkpoint_tells_who_saw_none(self, small: Held, last: int) -> None:
        shorter = {key: one for key, one in small.items() if key <= places.head(last) or key > places.head(9)}
        assert damage(ledger_in(copy_of(shorter)).head) == "L03"

    @pytest.mark.parametrize("gap", range(1, 5))
    def test_a_head_missing_in_the_middle_hides_nothing(self, small: Held, gap: int) -> None:
        """Who looks for the end of the row may stop at the gap, or not: he never takes the ledger for shorter."""
        store = copy_of({key: one for key, one in small.items() if key != places.head(gap)})
        assert self.seen(small).ledger(store).head().size == 300
        ledger = ledger_in(store)
        assert found_in(ledger.head) == "L03" or ledger.head().size == 300

    def test_another_head_in_the_place_of_the_one_seen_is_a_fork(self, small: Held) -> None:
        fork = MemoryStore()
        grow(ledger_in(fork), 1, 2, 250, 7, 41)
        assert damage(self.seen(small).ledger(fork).head) == "L03"

    def test_a_ledger_that_grew_out_of_other_leaves_is_a_fork(self, small: Held) -> None:
        store = MemoryStore()
        ledger = ledger_in(store)
        head = ledger.append(ledger.head(), [b"other"], signer())
        for count in (2, 250, 7, 40, 5):
            head = ledger.append(head, [entry(head.size + at) for at in range(count)], signer())
        forked = objects(store) | {places.head(5): small[places.head(5)]}
        assert damage(self.seen(small).ledger(copy_of(forked)).head) == "L03"

    @pytest.mark.parametrize("copied", range(1, 6))
    def test_an_old_head_under_a_new_number_is_refused(self, small: Held, copied: int) -> None:
        """Nobody needs a key for that."""
        store = copy_of(small | {places.head(6): small[places.head(copied)]})
        assert damage(self.seen(small).ledger(store).head) == "L03"
        if copied < 5:
            assert damage(ledger_in(store).head) == "L03"

    @pytest.mark.parametrize("copied", range(1, 5))
    def test_nobody_builds_upon_an_old_head_under_a_new_number(self, small: Held, copied: int) -> None:
        """Not even who saw nothing, in a store without a checkpoint."""
        held = {key: one for key, one in small.items() if key != places.CHECKPOINT}
        store = copy_of(held | {places.head(6): small[places.head(copied)]})
        ledger = ledger_in(store)
        assert damage(lambda: ledger.append(ledger.head(), [b"more"], signer())) == "L04"
        assert store.head(places.head(7)) is None

    def test_a_checkpoint_with_another_root_is_a_fork(self, small: Held) -> None:
        text = Checkpoint(ORIGIN, 300, bytes(32)).to_text()
        forked = Note(text, (signer().sign(text.encode()),)).to_bytes()
        assert damage(ledger_in(copy_of(small | {places.CHECKPOINT: forked})).head) == "L03"

    @pytest.mark.parametrize("content", [b"", b"rubbish", None])
    def test_a_checkpoint_of_nobody_counts_as_none_and_is_put_right(self, small: Held, content: bytes | None) -> None:
        held = {key: one for key, one in small.items() if key != places.CHECKPOINT}
        store = copy_of(held if content is None else held | {places.CHECKPOINT: content})
        ledger = ledger_in(store)
        head = ledger.head()
        assert head.size == 300
        ledger.settle(head)
        assert objects(store) == small


class TestStaged:
    """What a killed sequencer left is finished by the next, and what others did to it meanwhile is found out."""

    def killed(self, after: str, batch: int = 40) -> tuple[MemoryStore, Held]:
        """A store whose sequencer died after its head, or the first tile, was written; and how it must become."""
        store, whole = MemoryStore(), MemoryStore()
        grow(ledger_in(store), 250)
        grow(ledger_in(whole), 250, batch)
        head = ledger_in(store).head()
        calls = Faulty(copy_of(objects(store)))
        ledger_in(calls).append(head, [entry(250 + at) for at in range(batch)], signer())
        puts = [number for number, name in enumerate(calls.calls) if name == "put"]
        at = puts[{"staging": 0, "head": 1, "first tile": 2}[after]]
        with pytest.raises(Died):
            ledger_in(Faulty(store, at, "dies after")).append(
                head, [entry(250 + one) for one in range(batch)], signer()
            )
        return store, objects(whole)

    def test_before_the_head_nothing_has_happened(self) -> None:
        store, _ = self.killed("staging")
        assert ledger_in(store).head().size == 250
        assert not any(key.startswith(places.LEDGER + tile_path(0, 0)) and "/250" not in key for key in store.list(""))

    @pytest.mark.parametrize("after", ["head", "first tile"])
    def test_a_reader_reads_it_and_writes_nothing(self, after: str) -> None:
        store, _ = self.killed(after)
        before = objects(store)
        ledger = ledger_in(store)
        head = ledger.head()
        assert [*ledger.entries(0, head)] == [entry(at) for at in range(290)]
        assert ledger.proof(289, head).index == 289
        assert objects(store) == before

    @pytest.mark.parametrize("after", ["head", "first tile"])
    def test_the_next_to_append_finishes_it(self, after: str) -> None:
        store, whole = self.killed(after)
        ledger = ledger_in(store)
        ledger.settle(ledger.head())
        assert objects(store) == whole

    def test_no_tile_is_written_that_the_head_does_not_stand_for(self) -> None:
        """Bytes of what is staged are changed in turn: nothing wrong gets a final name, which could not be taken back."""
        store, whole = self.killed("head", 2)
        held = objects(store)
        [key] = [one for one in held if one.startswith(places.STAGING)]
        found = 0
        for at in range(0, len(held[key]), 41):
            changed = held[key][:at] + bytes([held[key][at] ^ 1]) + held[key][at + 1 :]
            other = copy_of(held | {key: changed})
            ledger = ledger_in(other)
            code = found_in(lambda ledger=ledger: ledger.settle(ledger.head()))  # type: ignore[misc]
            found += code is not None
            assert code in {None, "L01", "L04"}
            assert objects(other, places.LEDGER + "tile/").items() <= whole.items()
            assert other.get(places.CHECKPOINT) == (whole if code is None else held)[places.CHECKPOINT]
        assert found

    @pytest.mark.parametrize("staged", [b"", b"[]", b"3", b'{"tile/0/000.p/2":3}', b'{"../heads/0000000009":"AAAA"}'])
    def test_what_is_no_staging_at_all_is_told(self, staged: bytes) -> None:
        store, _ = self.killed("head")
        held = objects(store)
        [key] = [one for one in held if one.startswith(places.STAGING)]
        ledger = ledger_in(copy_of(held | {key: staged}))
        assert damage(lambda: ledger.settle(ledger.head())) == "L01"

    def test_the_checkpoint_never_runs_ahead_of_the_tiles(self) -> None:
        """LG-04: the staged tiles are gone, as after a long time, and were not in place: nothing is published."""
        store, _ = self.killed("head")
        held = {key: one for key, one in objects(store).items() if not key.startswith(places.STAGING)}
        lost = copy_of(held)
        ledger = ledger_in(lost)
        assert damage(lambda: ledger.settle(ledger.head())) == "L01"
        assert objects(lost) == held

    def test_tiles_in_place_are_enough_to_finish(self) -> None:
        """Only the checkpoint is behind: the process died before it was replaced, and what was staged has expired."""
        _, whole = self.killed("head")
        rescued = copy_of(whole | {places.CHECKPOINT: whole[places.head(1)]})
        ledger = ledger_in(rescued)
        ledger.settle(ledger.head())
        assert objects(rescued) == whole

    def test_what_is_staged_by_a_loser_does_not_stop_the_next(self) -> None:
        store = MemoryStore()
        ledger = ledger_in(store)
        head = grow(ledger, 3)
        loser = Faulty(store, 3, "dies before")
        with pytest.raises(Died):
            ledger_in(loser).append(head, [b"a"], signer())
        assert ledger.append(head, [b"a"], signer()).size == 4

    def test_a_tile_put_in_place_while_it_is_looked_for_is_found(self) -> None:
        """It was neither in place at the first look, nor staged any more at the second."""
        store, whole = self.killed("head")

        class Finishing(Faulty):
            def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
                if key.startswith(places.STAGING):
                    other = ledger_in(store)
                    other.settle(other.head())
                return super().get(key, start, end)

        ledger = ledger_in(Finishing(store))
        assert [*ledger.entries(0, ledger.head())] == [entry(at) for at in range(290)]
        assert objects(store) == whole

    def test_a_store_that_does_not_answer_is_no_damage(self) -> None:
        store, _ = self.killed("head")
        with pytest.raises(StoreUnavailable):
            ledger_in(Faulty(store, 0, "not done")).head()


class TestEveryByte:
    """LG-01, LG-02, LG-04: whatever is changed, no reader is told anything else than before."""

    def told(self, store: Store, memory: Memory) -> tuple[object, ...]:
        """All that a reader is told: the head, the leaves, a proof of some under the newest and an older head."""
        ledger = memory.ledger(store)
        head = ledger.head()
        older = heads.of_size(store, 3, head, ring())
        assert older is not None
        proofs = [ledger.proof(index, head) for index in (0, 2, 4, 5)]
        return head, tuple(ledger.entries(0, head)), proofs, ledger.proof(1, older)

    def differs(self, held: Held, before: object) -> str | None:
        """The code of the damage; None when a reader is told the same as before."""

        def ask() -> None:
            assert self.told(copy_of(held), Memory()) == before

        return found_in(ask)

    def held(self) -> Held:
        store = MemoryStore()
        grow(ledger_in(store), 1, 2, 3)
        return objects(store)

    @pytest.mark.parametrize("mask", [0x01, 0x80])
    def test_a_changed_byte_is_found_or_changes_nothing(self, mask: int) -> None:
        held = self.held()
        before = self.told(copy_of(held), Memory())
        found = dict.fromkeys(held, 0)
        for key, content in held.items():
            for at in range(len(content)):
                changed = content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]
                code = self.differs(held | {key: changed}, before)
                assert code in {None, "L01", "L02", "L03", "L04"}
                found[key] += code is not None
        needed = {places.LEDGER + tile.path for tile in tiles_of(6)} | {places.head(2), places.head(3)}
        assert {key for key in needed if found[key] < len(held[key])} == set()

    def test_a_file_cut_short_or_missing_is_found_or_changes_nothing(self) -> None:
        held = self.held()
        before = self.told(copy_of(held), Memory())
        for key, content in held.items():
            for at in (None, 0, 1, len(content) - 1):
                rest = {name: one for name, one in held.items() if name != key}
                code = self.differs(rest if at is None else rest | {key: content[:at]}, before)
                assert code in {None, "L01", "L02", "L03", "L04"}

    def test_files_exchanged_for_each_other_are_found(self, small: Held) -> None:
        one, other = places.LEDGER + tile_path(0, 0), places.LEDGER + tile_path(0, 1, 44)
        ledger = ledger_in(copy_of(small | {one: small[other], other: small[one]}))
        head = ledger.head()
        assert damage(lambda: ledger.proof(3, head)) == "L04"
        assert damage(lambda: [*ledger.entries(0, head)]) == "L04"

    def test_a_leaf_more_or_less_in_a_bundle_is_found(self, small: Held) -> None:
        key = places.LEDGER + entries_path(1, 44)
        leaves = [entry(256 + at) for at in range(44)]
        for changed in (leaves[:-1], [*leaves, b"more"], leaves[::-1]):
            ledger = ledger_in(copy_of(small | {key: pack_entries(changed)}))
            head = ledger.head()
            assert damage(lambda ledger=ledger, head=head: [*ledger.entries(0, head)]) == "L04"  # type: ignore[misc]

    def test_what_else_lies_there_is_passed_over(self, small: Held) -> None:
        store = copy_of(small)
        for key in (
            "ledger/notes",
            "ledger/heads/readme",
            "ledger/tile/0/001.p/45",
            "ledger/tile/7/000",
            "staging/ledger/x",
        ):
            put(store, key, b"anything")
        ledger = ledger_in(store)
        head = ledger.head()
        assert [*ledger.entries(0, head)] == [entry(at) for at in range(300)]
        assert ledger.append(head, [entry(300)] * 2, signer()).size == 302
