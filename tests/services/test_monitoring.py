# SPDX-License-Identifier: Apache-2.0
"""A monitor says what was logged since, and finds every ledger that did anything but grow."""

import random
from pathlib import Path

import pytest

from archiver.disk import OsDisk
from archiver.errors import BadInput, Damaged, NotFound
from archiver.formats.signed_note import Ed25519Signer
from archiver.formats.tlog_tiles import tile_path
from archiver.ledger import keys, places
from archiver.ledger.keys import Keyring
from archiver.ports import Store, Stored
from archiver.services import monitoring
from archiver.services.monitoring import Kept, Look, look
from archiver.store.memory import MemoryStore
from manifests.canonical import canonical_bytes
from manifests.digest import Digest
from manifests.ledger import Leaf, LedgerKey
from tests.ledger.ledgers import (
    ARCHIVE_ID,
    AT,
    Memory,
    copy_of,
    key_record,
    objects,
    put,
    ring,
    seal_key,
    signer,
    store_keys,
)


def leaf(number: int, said: bytes = b"") -> bytes:
    return canonical_bytes(Leaf(d=Digest.of(b"%d" % number + said), k=seal_key(number), t=AT))


def log(store: MemoryStore, count: int, keyring: Keyring | None = None, by: int = 1, said: bytes = b"") -> None:
    """Appends so many leaves in one head."""
    ledger = Memory().ledger(store, keyring)
    head = ledger.head()
    ledger.append(head, [leaf(head.size + at, said) for at in range(count)], signer(by))


def archive(*counts: int, said: bytes = b"") -> MemoryStore:
    store = MemoryStore()
    store_keys(store, ring())
    for count in counts:
        log(store, count, said=said)
    return store


def watched(store: Store, kept: Kept | None = None, given: str | None = None) -> tuple[list[int], Kept | None]:
    """The indexes of new entries, and what is kept; as a file would give it back."""
    one = look(store, kept, given)
    found = [entry.index for entry in one.entries()]
    new = one.kept(AT)
    return found, Kept.of_text(new.to_text(), "state") if new else None


def code(store: Store, kept: Kept | None, given: str | None = None) -> str:
    """The code of the alarm."""
    with pytest.raises(Damaged) as caught:
        watched(store, kept, given)
    return str(caught.value.fields["code"])


VKEY = signer().verifier.to_text()


def test_each_look_gives_what_was_logged_since() -> None:
    store, kept = archive(3), None
    found, kept = watched(store, kept)
    assert found == [0, 1, 2]
    assert watched(store, kept)[0] == []
    for count in (1, 260, 40):
        log(store, count)
    found, kept = watched(store, kept)
    assert found == list(range(3, 304))
    assert watched(store, kept) == ([], kept)


def test_an_entry_is_told_as_it_was_logged() -> None:
    [one] = Look(archive(1), None).entries()
    assert one.leaf == Leaf(d=Digest.of(b"0"), k=seal_key(0), t=AT)


def test_a_key_that_is_given_is_what_the_first_look_rests_on() -> None:
    store = archive(3)
    assert watched(store, None, VKEY)[0] == [0, 1, 2]
    assert code(store, None, signer(2).verifier.to_text()) == "L02"
    for wrong in ("x", "other+00000000+AAAA"):
        with pytest.raises(BadInput):
            look(store, None, wrong)
    _, kept = watched(store)
    with pytest.raises(BadInput, match="was watched"):
        look(store, kept, key_of("urn:uuid:other"))


def key_of(origin: str) -> str:
    return Ed25519Signer(origin, bytes(32)).verifier.to_text()


def test_a_place_without_a_ledger_is_no_alarm_at_first_and_one_later() -> None:
    with pytest.raises(NotFound):
        look(MemoryStore(), None)
    _, kept = watched(archive(3))
    assert code(MemoryStore(), kept) == "L02"


def test_a_rollback_is_found() -> None:
    store = archive(3)
    earlier = objects(store)
    log(store, 4)
    _, kept = watched(store)
    assert code(copy_of(earlier), kept) == "L03"
    assert watched(copy_of(earlier), None)[0] == [0, 1, 2]  # who never looked cannot know


def test_a_fork_is_found_whatever_its_size() -> None:
    _, kept = watched(archive(3, 4))
    for counts in ((3, 4), (3, 9), (7,), (3, 4, 5), (3, 1, 1, 1, 9), (7, 1)):
        assert code(archive(*counts, said=b"!"), kept) == "L03", counts
    # The heads that were seen stand, and what comes after them is of another tree.
    true, other = archive(3, 4), archive(3, 4, 5, said=b"!")
    mixed = {**objects(other), **{key: one for key, one in objects(true).items() if key.startswith(places.HEADS)}}
    assert code(copy_of(mixed), kept) == "L03"


def test_a_checkpoint_of_another_history_is_found_though_the_heads_stand() -> None:
    store, other = archive(3, 4), archive(3, said=b"!")
    _, kept = watched(store)
    for mine in (kept, None):
        assert code(copy_of({**objects(store), places.CHECKPOINT: other.get(places.CHECKPOINT)}), mine) == "L03"
    older = archive(3).get(places.CHECKPOINT)
    assert watched(copy_of({**objects(store), places.CHECKPOINT: older}), kept)[0] == []


def test_a_missing_or_changed_tile_is_found() -> None:
    store = archive(3)
    _, kept = watched(store)
    log(store, 300)
    held = objects(store)
    for path in ("tile/entries/000", "tile/entries/001.p/47", tile_path(0, 0), tile_path(0, 1, 47), tile_path(1, 0, 1)):
        key = places.LEDGER + path
        assert code(copy_of({one: held[one] for one in held if one != key}), kept) == "L01", path
        changed = held[key][:-1] + bytes([held[key][-1] ^ 1])
        assert code(copy_of({**held, key: changed}), kept) in ("L01", "L04"), path


def test_a_bad_signature_is_found() -> None:
    store = archive(3)
    _, kept = watched(store)
    log(store, 1)
    held = objects(store)
    unsigned = held[places.CHECKPOINT][:-10] + b"AAAAAAAA=\n"
    for key in (places.CHECKPOINT, places.head(2)):
        assert code(copy_of({**held, key: unsigned}), kept) == "L02"
        assert code(copy_of({one: held[one] for one in held if one != key} | {key: b"no note"}), kept) == "L02"
    assert code(copy_of({one: held[one] for one in held if one != places.CHECKPOINT}), kept) == "L01"


def test_a_new_key_that_the_old_one_signed_for_is_followed() -> None:
    store = archive(3)
    _, kept = watched(store)
    both = store_keys(store, ring((3, "scheduled")))
    log(store, 2, both, by=2)
    one = look(store, kept)
    assert one.key_changed
    assert [entry.index for entry in one.entries()] == [3, 4]
    new = one.kept(AT)
    assert new is not None
    assert new.vkey == signer(2).verifier.to_text()
    assert not look(store, new).key_changed
    # Taken away again: the key that was seen is gone.
    before = {key: one for key, one in objects(store).items() if key != places.key_record(2)}
    assert code(copy_of(before), new) == "L02"


def test_a_new_key_without_a_word_of_the_old_is_an_alarm_until_it_is_given() -> None:
    store = archive(3)
    _, kept = watched(store)
    both = store_keys(store, ring((3, "lost")))
    log(store, 2, both, by=2)
    assert code(store, kept) == "L02"
    found, new = watched(store, kept, signer(2).verifier.to_text())
    assert found == [3, 4]
    assert watched(store, new)[0] == []


def test_a_key_record_that_was_exchanged_is_an_alarm_also_with_a_key_given() -> None:
    store = archive(3)
    _, kept = watched(store)
    changed = key_record(1, None, 0, "first").model_copy(update={"vkey": signer(5).verifier.to_text()})
    held = {**objects(store), places.key_record(1): canonical_bytes(changed)}
    assert code(copy_of(held), kept) == "L02"
    alone = MemoryStore()
    theirs = store_keys(alone, Keyring((_first_of(5),)))
    log(alone, 5, theirs, by=5)
    assert code(alone, kept) == "L02"
    assert code(alone, kept, signer(5).verifier.to_text()) == "L02"


def _first_of(number: int) -> LedgerKey:
    return keys.record(signer(number), None, None, archive_id=ARCHIVE_ID, size=0, reason="first", made_at=AT)


class Hostile(MemoryStore):
    """Answers whatever it is asked for, with one thing or another."""

    def __init__(self, true: MemoryStore, seed: int) -> None:
        super().__init__()
        self._true, self._chance = true, random.Random(seed)

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        held = list(self._true.list(""))
        nested = b"[" * 200_000
        kind = self._chance.choices(range(4), [12, 1, 1, 1])[0]
        return nested if kind == 2 else b"" if kind == 3 else self._true.get(self._chance.choice(held) if kind else key)

    def head(self, key: str) -> Stored | None:
        return Stored(key, 1, None) if self._chance.random() < 0.3 else self._true.head(key)


def test_a_place_that_answers_with_anything_gets_an_alarm_or_nothing_new() -> None:
    true = archive(3, 4)
    _, kept = watched(true)
    log(true, 300)
    for seed in range(300):
        try:
            watched(Hostile(true, seed), kept if seed % 2 else None)
        except (Damaged, NotFound):
            continue


def fill(store: MemoryStore, true: MemoryStore) -> None:
    for key, content in objects(true).items():
        if key == places.CHECKPOINT:
            store.replace(key, content)
        else:
            put(store, key, content)


def test_a_place_that_has_everything_is_not_asked_for_ever() -> None:
    class Everything(MemoryStore):
        def head(self, key: str) -> Stored:
            return Stored(key, 1, None)

    store = Everything()
    fill(store, archive(3))
    assert code(store, None) == "L03"


def test_a_checkpoint_that_no_head_stands_for_is_found_though_it_was_shown_once_only() -> None:
    class Turning(MemoryStore):
        """The first look at the checkpoint shows a later one."""

        shown = 0

        def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
            if key == places.CHECKPOINT:
                self.shown += 1
                if self.shown % 3 == 2:  # 1: its name; 2: what is compared; 3: the ledger's own look
                    return archive(3, 9).get(key)
            return super().get(key, start, end)

    store = Turning()
    fill(store, archive(3))
    assert code(store, None) == "L03"


def test_a_state_file_is_kept_whole_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    _, kept = watched(archive(3))
    assert kept is not None
    path = tmp_path / "deep" / "state.json"
    with monitoring.held(path, OsDisk()) as none:
        assert none is None
        monitoring.keep(path, kept, OsDisk())
    (path.parent / "state.json.new").write_text("of one that was killed")
    with monitoring.held(path, OsDisk()) as found:
        assert found == kept
        monitoring.keep(path, kept, OsDisk())
    assert sorted(one.name for one in path.parent.iterdir()) == ["state.json", "state.json.lock"]
    for wrong in ("", "{}", "[]", "null", path.read_text().replace("ledger-monitor/0", "ledger-monitor/9"), "\udcff"):
        path.write_bytes(wrong.encode("utf-8", "surrogateescape"))
        with pytest.raises(BadInput, match="no state of a monitor"), monitoring.held(path, OsDisk()):
            pass
