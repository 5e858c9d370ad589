# SPDX-License-Identifier: Apache-2.0
"""A proof pack made by hand: a segment of three captures in a ledger of five entries, signed, stamped and witnessed.

Trees, notes and proofs are computed here by the words of the standards, with nothing of the program's ledger in it.
"""

import base64
import hashlib
import json
import subprocess
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archiver.faces.proof.index import index
from archiver.faces.proof.readme import readme
from archiver.faces.proof.statement import statement
from archiver.services import proof_facts as names
from archiver.services.observations import SOFTWARE
from archiver.services.proof_facts import Handling, ProofFacts, ProvenCapture, SealedSegment, Stamped, Witnessed
from archiver.services.proof_facts import record_file as record
from manifests.canonical import from_canonical
from manifests.capture import CaptureManifest
from manifests.digest import Digest
from manifests.segment import SegmentManifest
from tests.ledger.authority import LocalAuthority
from tests.ledger.certificates import root as root_certificate
from tests.services.chains import OPERATOR, article
from tests.services.exchanges import ARCHIVE_ID, AT, Archive, chunked, exchange, plain

ORIGIN = "gazette.example/ledger"
MADE_AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
OTHER_LEAVES = (b"a", b"b", b"c", b"d")
PLACE = 2
"""Of our leaf among the others."""
NOTICES = (
    "<p>\u00a9 2026 Harbour Light. All rights reserved.</p>"
    "<p>This page makes fair use of quotations under 17 U.S.C. &sect; 107.</p>"
)


def sha(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return sha(b"\0" + leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1" + root(leaves[:split]) + root(leaves[split:]))


def path(place: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if place < split:
        return [*path(place, leaves[:split]), root(leaves[split:])]
    return [*path(place - split, leaves[split:]), root(leaves[:split])]


def members(content: bytes) -> list[bytes]:
    """The gzip members of a file."""
    found = []
    while content:
        inflating = zlib.decompressobj(31)
        inflating.decompress(content)
        found.append(content[: len(content) - len(inflating.unused_data)])
        content = inflating.unused_data
    return found


class Key:
    """An Ed25519 key with a name; `kind` is 1 for the archive's own, 4 for a witness."""

    def __init__(self, name: str, kind: int) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.public = self.private.public_key()
        raw = bytes([kind]) + self.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.name, self.id = name, sha(name.encode() + b"\n" + raw)[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(raw).decode()}"

    @property
    def pem(self) -> bytes:
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        return sha(self.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hex()

    def line(self, content: bytes) -> bytes:
        """A signature line of a note."""
        return f"— {self.name} ".encode() + base64.b64encode(self.id + content) + b"\n"


@dataclass(frozen=True)
class Pack:
    """A pack on disk and the facts it was made of."""

    folder: Path
    facts: ProofFacts


def make(
    folder: Path, work: Path, *, titles: Sequence[str] = ("First", "Second", "Third"), others: Sequence[bytes] = OTHER_LEAVES
) -> Pack:  # fmt: skip
    """Writes a pack into `folder`; `work` is for what it is made of. Several titles: the first page comes twice again.

    The first time as it came before but for a header, the second time in chunks. Both are revisits.
    """
    pages = [article("Harbour Light", title=title, date="2026-02-27", notice=NOTICES) for title in titles]
    answers = [plain(one) for one in pages]
    if len(pages) > 1:
        answers += [plain(pages[0], b"X-Cache: HIT"), chunked(pages[0])]
    archive = Archive(work)
    archive.keep(
        *(
            exchange(answer, f"http://gazette.example/{at}", at=AT + timedelta(minutes=at))
            for at, answer in enumerate(answers)
        )
    )
    [where] = archive.folders()
    seal_bytes = archive.store.get(where + "segment.json")
    seal = from_canonical(SegmentManifest, seal_bytes)
    held = members(archive.store.get(where + seal.warc.name))[1:]
    found = sorted(archive.world.generations.current().captures_in(seal.segment_id), key=lambda one: one.ordinal)
    assert len(held) == 3 * len(found)
    archive.close()

    def write(name: str, content: bytes) -> None:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    manifests = [zlib.decompress(one, 31).partition(b"\r\n\r\n")[2][:-4] for one in held[2::3]]
    captures = []
    for at, manifest in enumerate(manifests):
        roles = ("request", "response" if at < len(titles) else "revisit", "manifest")
        place = names.capture_folder(at + 1)
        for role, member in zip(roles, held[3 * at : 3 * at + 3], strict=True):
            write(place + record(role), member)
        inner = path(at, [sha(one) for one in manifests])
        told = {
            "segment_id": seal.segment_id,
            "leaf_index": at,
            "tree_size": len(manifests),
            "hashes": [one.hex() for one in inner],
        }
        write(place + names.MANIFEST, manifest)
        write(place + names.INNER_PATH, json.dumps(told).encode())
        read = from_canonical(CaptureManifest, manifest)
        events = (Handling(MADE_AT, "fixity check", "archiver audit", "no finding"),)
        captures.append(
            ProvenCapture(
                at + 1, read, Digest.of(manifest), read.claims, seal.segment_id, at, tuple(map(record, roles)), events
            )
        )

    key, witness = Key(ORIGIN, 1), Key("witness.example/w1", 4)
    leaf = canonical_bytes_of(
        {"d": str(Digest.of(seal_bytes)), "k": where + "segment.json", "t": "2026-03-04T00:00:00.000000Z", "v": 0}
    )
    leaves = [*others[:PLACE], leaf, *others[PLACE:]]
    index_of_leaf = min(PLACE, len(others))
    text = f"{ORIGIN}\n{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n".encode()
    stray = Key(ORIGIN, 1)  # an older key of the same name, which readers must pass over
    note = text + b"\n" + stray.line(stray.private.sign(text)) + key.line(key.private.sign(text))
    proof = [
        "c2sp.org/tlog-proof@v1",
        f"index {index_of_leaf}",
        *(base64.b64encode(one).decode() for one in path(index_of_leaf, leaves)),
    ]
    entry = names.segment_folder(seal.segment_id)
    write(entry + names.SEAL, seal_bytes)
    write(entry + names.LEAF, leaf)
    write(entry + names.LEAF_PROOF, "\n".join(proof).encode() + b"\n\n" + note)
    write(names.CHECKPOINT, note)
    write(names.PUBLIC_KEY, key.pem)
    write(names.VKEY, key.vkey.encode() + b"\n")
    seen = 1772700000
    cosigned = b"cosignature/v1\ntime %d\n" % seen + text
    write(names.WITNESSED, note + witness.line(seen.to_bytes(8, "big") + witness.private.sign(cosigned)))
    write(names.witness_file(1), witness.vkey.encode())
    stamp_file, chain_file = names.stamp_files("example")
    authority = LocalAuthority(work)
    query = [
        "openssl",
        "ts",
        "-query",
        "-data",
        str(folder / names.CHECKPOINT),
        "-sha256",
        "-cert",
        "-out",
        str(work / "query"),
    ]
    subprocess.run(query, check=True, capture_output=True)
    write(stamp_file, authority.reply((work / "query").read_bytes()))
    write(chain_file, b"another root\n" + authority.roots_pem + root_certificate("Another Root").pem)
    write(names.EVENTS, b"{}\n")
    facts = ProofFacts(
        archive_id=ARCHIVE_ID, operator=OPERATOR.name, contact=OPERATOR.contact, software=SOFTWARE, made_at=MADE_AT,
        captures=tuple(captures), segments=(SealedSegment(seal, Digest.of(seal_bytes), index_of_leaf, MADE_AT),), origin=ORIGIN,
        checkpoint_size=len(leaves), vkey=key.vkey, key_fingerprint=key.fingerprint,
        stamps=(Stamped("example", MADE_AT, stamp_file, chain_file),),
        witnesses=(Witnessed(witness.name, datetime.fromtimestamp(seen, UTC), names.witness_file(1)),),
    )  # fmt: skip
    write(names.README, readme(facts))
    write(names.INDEX, index(facts))
    write(names.STATEMENT, statement(facts))
    return Pack(folder, facts)


def canonical_bytes_of(document: dict[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def unsigned(facts: ProofFacts) -> ProofFacts:
    """The same before the ledger has it."""
    return replace(
        facts, segments=tuple(replace(one, ledger_index=None, logged_at=None) for one in facts.segments), origin=None,
        checkpoint_size=None, vkey=None, key_fingerprint=None, stamps=(), witnesses=(), pending=("A checkpoint over the seal.",),
    )  # fmt: skip
