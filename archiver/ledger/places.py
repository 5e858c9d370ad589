# SPDX-License-Identifier: Apache-2.0
"""Where the ledger is in the store, as docs/format.md has it."""

LEDGER = "ledger/"
CHECKPOINT = "ledger/checkpoint"
"""A copy of the newest head: the one object that is written over."""
HEADS = "ledger/heads/"
KEYS = "ledger/keys/"
TIMESTAMPS = "ledger/timestamps/"
COSIGNATURES = "ledger/cosignatures/"
STAGING = "staging/ledger/"


def head(sequence: int) -> str:
    """The key of a signed head; sequences begin with 1 and have no gaps."""
    return f"{HEADS}{sequence:010d}"


def staged(size: int, root: bytes) -> str:
    """Where the new tiles of a tree are before its head is committed."""
    return f"{STAGING}{size}-{root.hex()}"


def key_record(number: int) -> str:
    """The key of the record of a public key."""
    return f"{KEYS}{number}.json"


def timestamp(size: int, authority: str) -> str:
    """The key of a time stamp over the head of a tree; `authority` is the name the operator gave it."""
    return f"{TIMESTAMPS}{size}/{authority}.tsr"


def cosignature(size: int, witness: str) -> str:
    """The key of a witness's signature over the head of a tree; `witness` is the name the operator gave it."""
    return f"{COSIGNATURES}{size}/{witness}"
