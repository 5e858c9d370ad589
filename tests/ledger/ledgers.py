# SPDX-License-Identifier: Apache-2.0
"""Small ledgers for tests: keys that are always the same, machines that log, and what a ledger must look like afterwards."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archiver.catalog.catalog import Catalog
from archiver.catalog.generations import Generations
from archiver.formats.signed_note import Ed25519Signer
from archiver.formats.tlog_tiles import tiles_of
from archiver.ledger import growth, heads, keys, places
from archiver.ledger.heads import Head
from archiver.ledger.keys import Keyring, Reason
from archiver.ledger.leaves import Leaves, read
from archiver.ledger.ledger import Ledger, Seen
from archiver.ledger.tree import EMPTY_ROOT, leaf_hash, root_over
from archiver.ports import Store
from archiver.services import ledger_check
from archiver.services.sequencer import Sequencer
from archiver.sql import Database, Tuning
from archiver.state.backlog import Backlog
from archiver.state.schema import tables
from archiver.store.memory import MemoryStore
from manifests.canonical import canonical_bytes
from manifests.digest import Digest
from manifests.fixity import Finding
from manifests.ledger import LedgerKey

ARCHIVE_ID = "00000000-0000-4000-8000-00000000abcd"
ORIGIN = keys.origin_of(ARCHIVE_ID)
AT = datetime(2026, 3, 3, 10, tzinfo=UTC)


def signer(number: int = 1) -> Ed25519Signer:
    """The private key of a number."""
    return Ed25519Signer(ORIGIN, bytes([number]) * 32)


def put(store: Store, key: str, content: bytes) -> None:
    store.put(key, content, sha256=Digest.of(content), size=len(content))


def key_record(number: int, before: LedgerKey | None, size: int, reason: Reason) -> LedgerKey:
    """The record of the key of a number, which follows `before` and is signed for by it unless that was lost."""
    old = signer(before.number) if before is not None and reason != "lost" else None
    return keys.record(signer(number), before, old, archive_id=ARCHIVE_ID, size=size, reason=reason, made_at=AT)


@functools.cache
def ring(*changes: tuple[int, Reason]) -> Keyring:
    """A first key, and one more for each change: how many leaves there were, and why."""
    records = [key_record(1, None, 0, "first")]
    for number, (size, reason) in enumerate(changes, start=2):
        records.append(key_record(number, records[-1], size, reason))
    return Keyring(tuple(records))


def store_keys(store: Store, keyring: Keyring) -> Keyring:
    for one in keyring.records:
        put(store, places.key_record(one.number), canonical_bytes(one))
    return keyring


def ledger_in(store: Store, keyring: Keyring | None = None) -> Ledger:
    """A ledger whose reader has seen nothing before."""
    return Ledger(store, ORIGIN, keyring or ring())


@dataclass
class Memory:
    """What a machine remembers of the newest head."""

    seen: Seen | None = None

    def ledger(self, store: Store, keyring: Keyring | None = None) -> Ledger:
        return Ledger(store, ORIGIN, keyring or ring(), seen=lambda: self.seen, remember=self._remember)

    def _remember(self, seen: Seen) -> None:
        self.seen = seen


def entry(number: int) -> bytes:
    return b'{"leaf":%d}' % number


def grow(ledger: Ledger, *batches: int, by: Ed25519Signer | None = None) -> Head:
    """Appends so many entries each time."""
    head = ledger.head()
    for count in batches:
        head = ledger.append(head, [entry(head.size + at) for at in range(count)], by or signer())
    return head


def objects(store: Store, prefix: str = "") -> dict[str, bytes]:
    return {key: store.get(key) for key in store.list(prefix)}


def copy_of(held: dict[str, bytes], **changed: bytes) -> MemoryStore:
    """A store that holds these objects."""
    store = MemoryStore()
    for key, content in (held | changed).items():
        if key == places.CHECKPOINT:
            store.replace(key, content)
        else:
            put(store, key, content)
    return store


def seal_key(number: int) -> str:
    return f"events/2026/03/03/{number:05d}.jsonl.gz"


def seal(store: Store, number: int) -> tuple[str, Digest]:
    """Something sealed."""
    content = b"sealed %d" % number
    put(store, seal_key(number), content)
    return seal_key(number), Digest.of(content)


@dataclass
class Clock:
    """A clock that goes on by a second with each look at it."""

    at: datetime = AT

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Machine:
    """A machine with a state folder. What is opened of it is opened anew, as by the next process."""

    folder: Path
    key: int | None = 1
    clock: Clock = field(default_factory=Clock)
    memory: Memory = field(default_factory=Memory)
    backlog: Backlog = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self._database = Database(self.folder / "backlog.sqlite", tuning=Tuning(scratch=True))
        with self._database.writing() as connection:
            tables.create_all(connection)
        self.backlog = Backlog(self._database)

    def queue(self, *sealed: tuple[str, Digest]) -> None:
        with self._database.writing() as connection:
            for key, digest in sealed:
                self.backlog.add_within(connection, key, digest, AT)

    def close(self) -> None:
        self._database.close()

    def sequencer(self, store: Store, keyring: Keyring | None = None, leaves: Leaves | None = None) -> Sequencer:
        ledger = self.memory.ledger(store, keyring)
        known = leaves or Leaves(self.folder / "ledger.sqlite")
        return Sequencer(ledger, known, self.backlog, signer(self.key) if self.key else None, self.clock)


@contextmanager
def no_segments(folder: Path) -> Iterator[Catalog]:
    """The catalog of a store that holds no segments."""
    generations = Generations(folder / "catalog.sqlite")
    try:
        generations.prepare()
        yield generations.current()
    finally:
        generations.close()


def check(store: Store, catalog: Catalog, keyring: Keyring | None = None) -> list[Finding]:
    """What `ledger check` finds."""
    return list(ledger_check.check(store, catalog, ledger_in(store, keyring)))


def assert_sound(store: Store, sealed: int, keyring: Keyring | None = None) -> None:
    """The ledger holds that many seals, each once; every head is of its first leaves; every tile is the one it must be."""
    ledger = ledger_in(store, keyring)
    newest = ledger.head()
    entries = list(ledger.entries(0, newest))
    assert sorted(read(one, at).k for at, one in enumerate(entries)) == [seal_key(number) for number in range(sealed)]
    assert store.get(places.CHECKPOINT) == newest.note
    size, expected = 0, {places.CHECKPOINT}
    whole = growth.grown(0, EMPTY_ROOT, entries, lambda path: b"").objects if entries else {}
    for sequence in range(1, newest.sequence + 1):
        head = heads.read(store, sequence, keyring or ring(), ORIGIN)
        assert head is not None
        assert head.size > size
        size = head.size
        assert head.root == root_over([leaf_hash(one) for one in entries[:size]])
        expected |= {places.head(sequence), *(places.LEDGER + tile.path for tile in tiles_of(size))}
    assert set(store.list(places.LEDGER)) - set(store.list(places.KEYS)) == expected
    assert {path: store.get(places.LEDGER + path) for path in whole} == whole
