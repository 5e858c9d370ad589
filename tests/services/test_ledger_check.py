# SPDX-License-Identifier: Apache-2.0
"""`ledger check` finds every change of the ledger and of what is sealed, says where, and finds nothing where there is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.catalog.catalog import Catalog
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import Note
from archiver.formats.tlog_tiles import entries_path, pack_entries, pack_hashes, tile_path, tiles_of, unpack_entries
from archiver.ledger import heads, places
from archiver.ledger.tree import leaf_hash
from archiver.ports import Store
from archiver.store.memory import MemoryStore
from manifests.fixity import Finding
from tests.ledger.ledgers import (
    ORIGIN,
    Machine,
    check,
    copy_of,
    no_segments,
    objects,
    put,
    ring,
    seal,
    seal_key,
    signer,
)
from tests.ledger.stores import Faulty

Held = dict[str, bytes]


def logged(folder: Path, *batches: int) -> Held:
    """Everything of a store in which so many things were sealed and logged each time."""
    machine, store, number = Machine(folder), MemoryStore(), 0
    sequencer = machine.sequencer(store)
    for count in batches:
        machine.queue(*[seal(store, number + at) for at in range(count)])
        number += count
        sequencer.catch_up()
    sequencer.leaves.close()
    machine.close()
    return objects(store)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Three heads over five leaves."""
    return logged(tmp_path_factory.mktemp("machine"), 1, 2, 2)


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Three heads over 600 leaves: full tiles, a partial one, and a level above them."""
    return logged(tmp_path_factory.mktemp("larger"), 100, 256, 244)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    with no_segments(tmp_path_factory.mktemp("catalog")) as one:
        yield one


def codes(findings: list[Finding]) -> set[str]:
    return {one.code for one in findings}


def test_a_whole_ledger_has_no_findings(held: Held, larger: Held, catalog: Catalog) -> None:
    assert check(copy_of(held), catalog) == []
    assert check(copy_of(larger), catalog) == []
    assert check(MemoryStore(), catalog) == []


def test_what_belongs_to_nobody_is_passed_over(held: Held, catalog: Catalog) -> None:
    store = copy_of(held)
    for key in ("ledger/notes", "ledger/heads/0000000009x", "ledger/tile/0/000.p/77", "staging/ledger/5-00"):
        put(store, key, b"anything")
    assert check(store, catalog) == []


def test_every_changed_byte_of_what_counts_is_found_and_its_file_named(held: Held, catalog: Catalog) -> None:
    """Partial tiles of earlier heads do not count: everything in them is in the wider ones too."""
    counts = {places.LEDGER + tile.path for tile in tiles_of(5)}
    counts |= {key for key in held if key.startswith((places.HEADS, "events/")) or key == places.CHECKPOINT}
    assert len(counts) == 2 + 3 + 5 + 1
    for key in sorted(counts):
        for at in range(len(held[key])):
            changed = held[key][:at] + bytes([held[key][at] ^ 1]) + held[key][at + 1 :]
            found = check(copy_of(held | {key: changed}), catalog)
            assert found, (key, at)
            assert key in {one.where for one in found} or places.HEADS in {one.where for one in found}
            assert codes(found) <= ({"L06"} if key.startswith("events/") else {"L01", "L02", "L03", "L04"})


def test_everything_that_is_missing_is_found(held: Held, catalog: Catalog) -> None:
    wanted = {places.head(2): "L03", places.CHECKPOINT: "L02", seal_key(3): "L07"}
    wanted |= {places.LEDGER + tile.path: "L01" for tile in tiles_of(5)}
    for key, code in wanted.items():
        found = check(copy_of({name: one for name, one in held.items() if name != key}), catalog)
        assert (key, code) in {(one.where, one.code) for one in found}
    # Without its first or last head the row seems shorter than the checkpoint says.
    for number in (1, 3):
        shorter = copy_of({name: one for name, one in held.items() if name != places.head(number)})
        assert codes(check(shorter, catalog)) == {"L03"}


def test_every_file_of_a_larger_tree_that_is_changed_is_the_one_that_is_named(larger: Held, catalog: Catalog) -> None:
    for tile in tiles_of(600):
        key = places.LEDGER + tile.path
        for at in (0, len(larger[key]) // 2, len(larger[key]) - 1):
            changed = larger[key][:at] + bytes([larger[key][at] ^ 4]) + larger[key][at + 1 :]
            found = check(copy_of(larger | {key: changed}), catalog)
            assert key in {one.where for one in found}
            assert not any(one.where.startswith((places.HEADS, "events/")) for one in found)


def test_a_leaf_changed_together_with_its_hash_is_found(larger: Held, catalog: Catalog) -> None:
    """LG-02: bundle and tile agree, and even the tile above; only the signed root tells."""
    bundle, tile = places.LEDGER + entries_path(0), places.LEDGER + tile_path(0, 0)
    entries = unpack_entries(larger[bundle])
    entries[9] = entries[9].replace(b"2026-03-03", b"2025-03-03")
    changed = {bundle: pack_entries(entries), tile: pack_hashes([leaf_hash(one) for one in entries])}
    found = check(copy_of(larger | changed), catalog)
    assert "L04" in codes(found)


def test_an_older_head_that_says_something_else_is_found_though_it_is_signed(held: Held, catalog: Catalog) -> None:
    text = Checkpoint(ORIGIN, 3, bytes(32)).to_text()
    forked = Note(text, (signer().sign(text.encode()),)).to_bytes()
    [found] = check(copy_of(held | {places.head(2): forked}), catalog)
    assert (found.code, found.where) == ("L03", places.head(2))


def test_heads_in_another_order_are_found(held: Held, catalog: Catalog) -> None:
    exchanged = held | {places.head(1): held[places.head(2)], places.head(2): held[places.head(1)]}
    assert codes(check(copy_of(exchanged), catalog)) == {"L03"}


@pytest.mark.parametrize("last", [1, 2])
def test_a_checkpoint_that_was_rolled_back_is_told_and_harms_nobody(held: Held, catalog: Catalog, last: int) -> None:
    [found] = check(copy_of(held | {places.CHECKPOINT: held[places.head(last)]}), catalog)
    assert (found.code, found.severity, found.where) == ("L02", "warning", places.CHECKPOINT)


def test_heads_that_were_rolled_back_are_told_by_the_checkpoint(held: Held, catalog: Catalog) -> None:
    rolled = {key: one for key, one in held.items() if key not in (places.head(2), places.head(3))}
    [found] = check(copy_of(rolled), catalog)
    assert (found.code, found.severity) == ("L03", "error")


def test_a_head_of_a_stolen_key_is_told(held: Held, catalog: Catalog) -> None:
    """Heads 2 and 3 were signed by the old key when the ledger had one leaf and another key already."""
    found = check(copy_of(held), catalog, ring((1, "stolen")))
    assert codes(found) == {"L02"}


def test_what_is_sealed_and_not_logged_is_a_warning(held: Held, catalog: Catalog) -> None:
    store = copy_of(held)
    seal(store, 5)
    [found] = check(store, catalog)
    assert (found.code, found.severity, found.where) == ("L05", "warning", seal_key(5))


def test_nothing_is_called_unlogged_because_the_ledger_cannot_be_read(held: Held, catalog: Catalog) -> None:
    key = places.LEDGER + entries_path(0, 5)
    assert "L05" not in codes(check(copy_of(held | {key: b"\x00"}), catalog))


def test_it_writes_nothing(held: Held, catalog: Catalog) -> None:
    store = copy_of({key: one for key, one in held.items() if key != places.CHECKPOINT})
    before = objects(store)
    calls = Faulty(store)
    check(calls, catalog)
    assert objects(store) == before
    assert not {"put", "replace", "sweep"} & set(calls.calls)


def test_the_row_of_heads_is_the_one_that_was_made(held: Held) -> None:
    store: Store = copy_of(held)
    sizes = [one.size for number in (1, 2, 3) if (one := heads.read(store, number, ring(), ORIGIN)) is not None]
    assert sizes == [1, 3, 5]
