# SPDX-License-Identifier: Apache-2.0
"""A witness for others: it signs a checkpoint only if the tree grew out of the one it signed last (c2sp.org/tlog-witness).

Guarantees: of one ledger no two trees are signed of which neither is the beginning of the other, whatever is asked at once,
and whenever the process is killed: the old size is compared and the new one written in one transaction, which is on disk
before an answer leaves. That rests on the record: whoever puts back an older one can have two histories signed.

Leaves to others: the transport, and whom to know. A ledger is known by its name and the keys it was added with.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from archiver import key_file
from archiver.disk import OsDisk
from archiver.errors import BadInput, NotFound
from archiver.formats import checkpoint as checkpoints
from archiver.formats import signed_note, tlog_witness
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import ED25519, Cosigner, Malformed, Note, VerifierKey
from archiver.formats.tlog_witness import AddCheckpoint
from archiver.ledger import keys
from archiver.ledger.tree import EMPTY_ROOT, verify_consistency
from archiver.sql import Database

_KEY, _RECORD = "witness.pem", "witness.sqlite"
_TEXT = "text/plain; charset=utf-8"

_tables = sa.MetaData()
_self = sa.Table("witness", _tables, sa.Column("vkey", sa.String, primary_key=True))
_keys = sa.Table(
    "log_key",
    _tables,
    sa.Column("origin", sa.String, primary_key=True),
    sa.Column("vkey", sa.String, primary_key=True),
)
_seen = sa.Table(
    "seen",
    _tables,
    sa.Column("origin", sa.String, primary_key=True),
    sa.Column("size", sa.String, nullable=False),  # as text: sizes go up to 2**63 - 1
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered with."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A ledger that is witnessed."""

    origin: str
    vkeys: tuple[str, ...]
    """The keys of which one must have signed."""
    size: int
    """Leaves of the tree that was signed last; 0 when none was."""
    signed_at: datetime | None
    """When that was."""


def make_key(folder: Path, name: str) -> VerifierKey:
    """Makes a witness: its key and its empty record, in a folder of its own. Raises `BadInput` when there is one already."""
    if (folder / _KEY).exists():
        raise BadInput(f"there is a witness in {folder} already", "Name another folder; a key is never written over.")
    pem = keys.made()
    try:
        made = Cosigner(name, keys.private(pem, _KEY)).verifier
    except Malformed as fault:
        raise BadInput(
            str(fault), "Give a name such as witness.example.org, by custom a URL without its scheme."
        ) from fault
    OsDisk().make_folder(folder)
    database = Database(folder / _RECORD)
    try:
        with database.writing() as connection:
            _tables.create_all(connection)
            connection.execute(sa.delete(_self))
            connection.execute(sa.insert(_self), {"vkey": made.to_text()})
            # Inside: of two that make a witness here at once, the one that writes the key is the one in the record.
            key_file.write(folder / _KEY, pem, OsDisk())
    finally:
        database.close()
    return made


class Witness:
    """The witness in a folder. May be used by several threads and processes at once."""

    def __init__(self, folder: Path) -> None:
        """Raises `NotFound` when there is none, `BadInput` when its record or its key is missing or of another."""
        pem = key_file.read(folder / _KEY)
        if pem is None:
            raise NotFound(f"there is no witness in {folder}", "Make one: archiver witness make-key NAME")
        if not (folder / _RECORD).is_file():
            raise BadInput(
                f"{folder / _RECORD}, the record of what this witness signed, is missing",
                "Without it this key could sign two histories. Make a new witness in another folder, and publish its key.",
            )
        self._database = Database(folder / _RECORD)
        with self._database.reading() as connection:
            vkey = connection.execute(sa.select(_self.c.vkey)).scalar_one_or_none()
        name = vkey.partition("+")[0] if vkey else "none"
        self._cosigner = Cosigner(name, keys.private(pem, str(folder / _KEY)))
        self.verifier = self._cosigner.verifier
        if self.verifier.to_text() != vkey:
            self.close()
            raise BadInput(
                f"{folder / _KEY} is not the key that the record beside it belongs to",
                "Restore it from your copy; if making it was interrupted, make a witness in another folder.",
            )

    def add(self, origin: str, vkeys: tuple[str, ...]) -> KnownLog:
        """Knows a ledger from now on, by exactly these keys; what was signed of it stays. Raises `BadInput`."""
        try:
            for one in vkeys:
                if VerifierKey.parse(one).kind != ED25519:
                    raise Malformed("a key for cosignatures, not for checkpoints")
            Checkpoint(origin, 0, EMPTY_ROOT).to_text()
        except Malformed as fault:
            raise BadInput(f"this cannot be witnessed: {fault}", "Ask for: archiver keys export-public") from fault
        with self._database.writing() as connection:
            connection.execute(sa.delete(_keys).where(_keys.c.origin == origin))
            connection.execute(sa.insert(_keys), [{"origin": origin, "vkey": one} for one in dict.fromkeys(vkeys)])
        return next(one for one in self.known() if one.origin == origin)

    def known(self) -> list[KnownLog]:
        """Every ledger that is witnessed, by name."""
        with self._database.reading() as connection:
            seen = {row.origin: row for row in connection.execute(sa.select(_seen))}
            rows = connection.execute(sa.select(_keys).order_by(_keys.c.origin, _keys.c.vkey)).all()
        by_origin: dict[str, list[str]] = {}
        for row in rows:
            by_origin.setdefault(row.origin, []).append(row.vkey)
        return [
            KnownLog(
                origin,
                tuple(vkeys),
                int(seen[origin].size) if origin in seen else 0,
                datetime.fromtimestamp(seen[origin].at, UTC) if origin in seen else None,
            )
            for origin, vkeys in by_origin.items()
        ]

    def add_checkpoint(self, body: bytes, now: datetime) -> Reply:
        """The answer to a request: 200 with the cosignature, or why there is none. Durable when it returns."""
        try:
            request = tlog_witness.parse(body)
            note = signed_note.parse(request.note)
            checkpoint = checkpoints.parse(note.text)
        except Malformed as fault:
            return _said(400, str(fault))
        # Before the one transaction that writes: a stranger's request must not make others wait for it.
        with self._database.reading() as connection:
            rows = (
                connection.execute(sa.select(_keys.c.vkey).where(_keys.c.origin == checkpoint.origin)).scalars().all()
            )
        refused = _unknown(note, [VerifierKey.parse(one) for one in rows])
        if refused is not None:
            return refused
        with self._database.writing() as connection:
            row = connection.execute(sa.select(_seen).where(_seen.c.origin == checkpoint.origin)).one_or_none()
            refused = _not_grown(request, checkpoint, (int(row.size), row.root) if row else (0, EMPTY_ROOT))
            if refused is not None:
                return refused
            at = int(now.timestamp())
            signature = self._cosigner.cosign(note.text, at)
            connection.execute(sa.delete(_seen).where(_seen.c.origin == checkpoint.origin))
            values = {"size": str(checkpoint.size), "root": checkpoint.root, "note": request.note, "at": at}
            connection.execute(sa.insert(_seen), {"origin": checkpoint.origin, **values})
        return Reply(200, _TEXT, f"{signature.to_line()}\n".encode())

    def close(self) -> None:
        """Closes the record."""
        self._database.close()


def _unknown(note: Note, known: list[VerifierKey]) -> Reply | None:
    if not known:
        return _said(404, "this ledger is not witnessed here")
    try:
        signed = signed_note.verified(note, known)
    except Malformed as fault:
        return _said(403, str(fault))
    return None if signed else _said(403, "no key that is known for this ledger signed the checkpoint")


def _not_grown(request: AddCheckpoint, new: Checkpoint, seen: tuple[int, bytes]) -> Reply | None:
    """Why a signed checkpoint did not grow out of what was seen: its size and root."""
    size, root = seen
    if request.old > new.size:
        return _said(400, f"the old size {request.old} is more than the {new.size} of the checkpoint")
    if request.old != size or (new.size == size and new.root != root):
        return Reply(409, tlog_witness.SIZE_TYPE, f"{size}\n".encode())
    if not verify_consistency(size, root, new.size, new.root, request.proof):
        return _said(422, f"the proof does not lead from the {size} entries seen last to this checkpoint")
    return None


def _said(status: int, why: str) -> Reply:
    return Reply(status, _TEXT, f"{why}\n".encode())
