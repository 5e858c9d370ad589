# SPDX-License-Identifier: Apache-2.0
"""What the ledger says: its leaves, and the public keys that its heads are signed with.

A leaf is the canonical JSON of `Leaf`, one for each thing that was sealed; its hash is an RFC 6962 leaf hash. A key record is
stored once for every key the archive ever had, so that old heads can be checked after the key was changed.
"""

from typing import Literal

from pydantic import Field

from manifests.canonical import Instant, Model
from manifests.digest import Digest

LEDGER_KEY_FORMAT = "ledger-key/0"


class Leaf(Model):
    """One entry of the ledger: a seal, by its digest."""

    d: Digest
    """sha256 of the sealed object's bytes."""
    k: str
    """Its key in the store."""
    t: Instant
    """When it was logged, by the clock of the machine that signs."""
    v: Literal[0] = 0
    """The version of this form."""


class LedgerKey(Model):
    """One public key of an archive's ledger."""

    format: Literal["ledger-key/0"] = Field(default=LEDGER_KEY_FORMAT, validate_default=True)
    archive_id: str
    """The archive it belongs to."""
    number: int = Field(ge=1)
    """Its number, from 1."""
    origin: str
    """The ledger's name, the first line of every checkpoint."""
    vkey: str
    """The key as c2sp.org/signed-note writes verifier keys: name, key id and public key."""
    public_key: str
    """The same key as PEM (SubjectPublicKeyInfo), as openssl reads it."""
    made_at: Instant
    """When it was made."""
    first_size: int = Field(ge=0)
    """How many leaves the ledger had then: heads of more leaves are signed with this key, until the next one takes over."""
    reason: Literal["first", "scheduled", "lost", "stolen"]
    """Why it was made. A head of a stolen key counts only up to the `first_size` of the key after it."""
    statement: str
    """A signed note in which the key names itself and the key before it; signed by this key, and by that one unless lost."""
