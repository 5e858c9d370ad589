# SPDX-License-Identifier: Apache-2.0
"""Ways of damaging an archive, each a function that does it once, at a place chosen by chance.

It returns the keys or catalog entries that an audit has to name. Those that forge leave every digest right that they can
reach, so that nothing but the check that is meant can see them.
"""

import gzip
import io
import json
import random
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from archiver.formats.warc_scan import Scanned, scan
from archiver.services import layout
from archiver.services.cataloguing import manifest_lines
from infra.damage.archive import Damaged
from manifests.canonical import canonical_bytes, canonical_json, from_canonical
from manifests.capture import Observation
from manifests.digest import Digest, canonical_digest
from manifests.segment import SegmentFile, SegmentManifest
from tests.services.forged import Segment


@dataclass(frozen=True, slots=True)
class Planted:
    """What was done."""

    named: tuple[str, ...]
    """What must be named: each by a key, or by how its keys begin, or as `capture <id>`."""
    also: frozenset[str] = field(default_factory=frozenset)
    """What may be found damaged besides, for it rests on the damaged thing."""


Plant = Callable[[Damaged, random.Random], Planted]
WARC, MANIFESTS, INDEX, SEAL = ".warc.gz", layout.MANIFESTS, layout.INDEX, layout.SEAL
CLAIMS, OTHER_SEAL = "claims.jsonl.gz", "seal.json"


def _planted(key: str) -> Planted:
    # A crawl and a claims set rest on the seals of segments.
    return Planted((key,), frozenset({"crawls/"}) if key.endswith(SEAL) else frozenset())


def _one(ending: str, beginning: str = "") -> Callable[[Damaged, random.Random], str]:
    return lambda archive, chance: chance.choice(archive.keys(beginning, ending))


def _any(archive: Damaged, chance: random.Random) -> str:
    return chance.choice(archive.keys())


def _not_empty(archive: Damaged, chance: random.Random) -> str:
    return chance.choice([key for key in archive.keys() if archive.sound.get(key)])  # noqa: SIM118 - no dictionary


def _index(archive: Damaged, chance: random.Random) -> str:
    return chance.choice([key for key in archive.keys(layout.SEGMENTS, INDEX) if archive.sound.get(key)])


def _crawl_file(archive: Damaged, chance: random.Random) -> str:
    # Without its seal an ended crawl is none; that one is missing the ledger tells.
    return chance.choice([key for key in archive.keys("crawls/") if not key.endswith(OTHER_SEAL)])


def changed(choose: Callable[[Damaged, random.Random], str], change: Callable[[bytes, random.Random], bytes]) -> Plant:
    """One object with other bytes."""

    def plant(archive: Damaged, chance: random.Random) -> Planted:
        key = choose(archive, chance)
        content = archive.sound.get(key)
        after = change(content, chance)
        assert after != content, key
        archive.write(key, after)
        return _planted(key)

    return plant


def gone(choose: Callable[[Damaged, random.Random], str]) -> Plant:
    """One object that is missing."""

    def plant(archive: Damaged, chance: random.Random) -> Planted:
        key = choose(archive, chance)
        archive.write(key, None)
        return _planted(key)

    return plant


def _flip(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def _octet_less(content: bytes, _: random.Random) -> bytes:
    return content[:-1]


def _half(content: bytes, _: random.Random) -> bytes:
    return content[: len(content) // 2]


def _emptied(_: bytes, __: random.Random) -> bytes:
    return b""


def _grown(content: bytes, chance: random.Random) -> bytes:
    return content + chance.randbytes(chance.randrange(1, 30))


def _zeros(content: bytes, chance: random.Random) -> bytes:
    """A block of the disk that came back empty."""
    size = min(len(content), 512)
    at = chance.randrange(len(content) - size + 1)
    after = content[:at] + bytes(size) + content[at + size :]
    return after if after != content else content[:-1] + bytes([content[-1] ^ 1])


def _members(content: bytes) -> list[Scanned]:
    return [one for one in scan(io.BytesIO(content)) if isinstance(one, Scanned)]


def _empty_member(content: bytes, _: random.Random) -> bytes:
    return content + gzip.compress(b"", mtime=0)


def _record_again(content: bytes, chance: random.Random) -> bytes:
    one = chance.choice(_members(content))
    return content + content[one.offset : one.offset + one.length]


def _header_bit(content: bytes, chance: random.Random) -> bytes:
    """In the time, the extra flags or the system of a gzip header: nothing that inflates depends on them."""
    at = chance.choice(_members(content)).offset + chance.randrange(4, 10)
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def _padding_bit(content: bytes, chance: random.Random) -> bytes:
    """The bits after the end of a deflate stream, up to the next octet."""
    members = _members(content)
    chance.shuffle(members)
    for one in members:
        at = one.offset + one.length - 9
        after = content[:at] + bytes([content[at] ^ 0x80]) + content[at + 1 :]
        member = after[one.offset : one.offset + one.length]
        try:
            if zlib.decompress(member, 31) == zlib.decompress(content[one.offset : one.offset + one.length], 31):
                return after
        except zlib.error:
            continue
    return _header_bit(content, chance)


def _packed_again(content: bytes, chance: random.Random) -> bytes:
    """A member compressed by another program: the same record in other octets."""
    one = chance.choice(_members(content))
    raw = gzip.decompress(content[one.offset : one.offset + one.length])
    member = gzip.compress(raw, compresslevel=9, mtime=1)
    return content[: one.offset] + member + content[one.offset + one.length :]


def _two_members_exchanged(content: bytes, chance: random.Random) -> bytes:
    first, second = sorted(chance.sample(_members(content), 2), key=lambda one: one.offset)
    a, b = (content[one.offset : one.offset + one.length] for one in (first, second))
    between = content[first.offset + first.length : second.offset]
    return content[: first.offset] + b + between + a + content[second.offset + second.length :]


def _line_changed(content: bytes, chance: random.Random) -> bytes:
    lines = gzip.decompress(content).splitlines(keepends=True)
    at = chance.randrange(len(lines))
    lines[at] = lines[at].replace(b"e", b"o", 1)
    return gzip.compress(b"".join(lines), mtime=0)


def _line_dropped(content: bytes, chance: random.Random) -> bytes:
    lines = gzip.decompress(content).splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return gzip.compress(b"".join(lines), mtime=0)


def _not_canonical(content: bytes, chance: random.Random) -> bytes:
    spaced = json.dumps(json.loads(content), sort_keys=True, ensure_ascii=False).encode()
    return chance.choice([spaced, content + b"\n", content.replace(b",", b", ", 1)])


def _other_fact(content: bytes, chance: random.Random) -> bytes:
    """A seal that says otherwise, in canonical form."""
    facts = json.loads(content)
    name = chance.choice(["captures", "sealed_at", "archive_id", "warc", "captures_root", "first_fetched_at"])
    other: dict[str, Any] = {
        "captures": facts["captures"] + 1,
        "sealed_at": "2020-01-01T00:00:00.000000Z",
        "archive_id": "00000000-0000-4000-8000-000000000bad",
        "warc": {**facts["warc"], "size": facts["warc"]["size"] + 1},
        "captures_root": "sha256:" + "0" * 64,
        "first_fetched_at": "2020-01-01T00:00:00.000000Z",
    }
    return canonical_json({**facts, name: other[name]})


def _report_changed(content: bytes, chance: random.Random) -> bytes:
    facts = json.loads(content)
    facts["totals"]["urls"] += chance.randrange(1, 9)
    return canonical_json(facts)


def swapped(archive: Damaged, chance: random.Random) -> Planted:
    """An object with the bytes of another."""
    key, other = chance.sample(archive.keys(), 2)
    while archive.sound.get(key) == archive.sound.get(other):
        key, other = chance.sample(archive.keys(), 2)
    archive.write(key, archive.sound.get(other))
    return _planted(key)


def exchanged(archive: Damaged, chance: random.Random) -> Planted:
    """Two objects of one kind in each other's place."""
    ending = chance.choice([WARC, MANIFESTS, INDEX, SEAL])
    first, second = chance.sample(archive.keys(layout.SEGMENTS, ending), 2)
    archive.write(first, archive.sound.get(second))
    archive.write(second, archive.sound.get(first))
    return Planted((first, second), frozenset({"crawls/"}))


def _resealed(archive: Damaged, folder: str, files: dict[str, bytes], **facts: Any) -> None:
    """Writes files of a segment and a seal with their digests, and nothing else of it changed but `facts`."""
    seal = from_canonical(SegmentManifest, archive.sound.get(folder + SEAL))
    named = {"warc": seal.warc.name, "manifests": MANIFESTS, "index": INDEX}
    for part, name in named.items():
        if name in files:
            archive.write(folder + name, files[name])
            facts[part] = SegmentFile(name=name, sha256=Digest.of(files[name]), size=len(files[name]))
    archive.write(folder + SEAL, canonical_bytes(seal.model_copy(update=facts)))


def _forged(manifest: bytes, chance: random.Random) -> bytes:
    """A manifest that says otherwise and is right in itself."""
    document = json.loads(manifest)
    seen = document["observation"]
    change = chance.choice(["url", "time", "purpose"])
    if change == "url":
        seen["url"] = seen["url"] + "x"
    elif change == "time":
        seen["requested_at"] = "2019-05-05T05:05:05.000000Z"
    else:
        seen["purpose"] = "another"
    if "claims" in document:
        observed = from_canonical(Observation, json.dumps(seen))
        document["claims"]["observation_digest"] = str(canonical_digest(observed))
    return canonical_json(document)


def forged_line(archive: Damaged, chance: random.Random) -> Planted:
    """A manifest changed in the manifests file, which its seal is made to fit; the WARC file has the old one."""
    folder = chance.choice(archive.folders())
    lines = manifest_lines(archive.sound.get(folder + MANIFESTS))
    at = chance.randrange(len(lines))
    lines[at] = _forged(lines[at], chance)
    packed = gzip.compress(b"".join(one + b"\n" for one in lines), mtime=0)
    _resealed(archive, folder, {MANIFESTS: packed})
    return Planted((folder + MANIFESTS, folder + SEAL), frozenset({"crawls/"}))


def forged_everywhere(archive: Damaged, chance: random.Random) -> Planted:
    """A manifest changed in the WARC file and in the manifests file, index and digests made to fit; the root is the old one."""
    folder = chance.choice(archive.folders())
    segment = Segment(archive.sound, folder)
    records = [one for one in segment.records if one.is_manifest]
    chosen = chance.choice(records)
    chosen.set_block(_forged(chosen.block, chance))
    segment.facts["captures_root"] = segment.seal.captures_root
    forged = segment.sealed()
    for key in forged.list(folder):
        if forged.get(key) != archive.sound.get(key):
            archive.write(key, forged.get(key))
    return Planted((folder + MANIFESTS, folder + SEAL), frozenset({"crawls/"}))


def forged_with_root(archive: Damaged, chance: random.Random) -> Planted:
    """The same with the root made to fit too: only the catalog, and the ledger, know another seal."""
    folder = chance.choice(archive.folders())
    segment = Segment(archive.sound, folder)
    chosen = chance.choice([one for one in segment.records if one.is_manifest])
    chosen.set_block(_forged(chosen.block, chance))
    forged = segment.sealed()
    for key in forged.list(folder):
        if forged.get(key) != archive.sound.get(key):
            archive.write(key, forged.get(key))
    return Planted((folder + SEAL,), frozenset({"crawls/"}))


def other_payload(archive: Damaged, chance: random.Random) -> Planted:
    """The bytes of a response changed, and every digest of the record and the seal made right; its manifest has the old ones."""
    folder = chance.choice([one for one in archive.folders() if Segment(archive.sound, one).lines])
    segment = Segment(archive.sound, folder)
    responses = [one for one in segment.records if one.kind == "response" and len(one.block) > 80]
    chosen = chance.choice(responses) if responses else None
    if chosen is None:
        return other_payload(archive, chance)
    block = bytearray(chosen.block)
    block[-1 - chance.randrange(10)] ^= 1
    chosen.set_block(bytes(block))
    forged = segment.sealed()
    for key in forged.list(folder):
        if forged.get(key) != archive.sound.get(key):
            archive.write(key, forged.get(key))
    return Planted(
        (f"capture {chosen.record_id.removeprefix('<urn:uuid:').removesuffix('>')}",), frozenset({"crawls/"})
    )


def index_elsewhere(archive: Damaged, chance: random.Random) -> Planted:
    """A line of the index leads elsewhere, and the seal is made to fit."""
    key = _index(archive, chance)
    lines = archive.sound.get(key).splitlines(keepends=True)
    at = chance.randrange(len(lines))
    name = chance.choice([b"offset", b"length", b"manifestOffset", b"url"])
    if name == b"url":
        lines[at] = lines[at].replace(b'"url":"http', b'"url":"https', 1)
    else:
        lines[at] = lines[at].replace(b'"%b":"' % name, b'"%b":"1' % name, 1)
    _resealed(archive, key.removesuffix(INDEX), {INDEX: b"".join(lines)})
    return Planted((key, key.removesuffix(INDEX) + SEAL), frozenset({"crawls/"}))


def index_line_gone(archive: Damaged, chance: random.Random) -> Planted:
    """A line of the index is missing, and the seal is made to fit."""
    key = _index(archive, chance)
    lines = archive.sound.get(key).splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    _resealed(archive, key.removesuffix(INDEX), {INDEX: b"".join(lines)})
    return Planted((key, key.removesuffix(INDEX) + SEAL), frozenset({"crawls/"}))


def whole_segment_gone(archive: Damaged, chance: random.Random) -> Planted:
    """All four files of a segment are missing."""
    folder = chance.choice(archive.folders())
    for key in archive.keys(folder):
        archive.write(key, None)
    return Planted((folder + SEAL,), frozenset({"crawls/"}))


def _capture(connection: sqlite3.Connection, chance: random.Random) -> tuple[int, str]:
    rows = connection.execute("SELECT id, hex(capture_id) FROM capture ORDER BY id").fetchall()
    key, digits = chance.choice(rows)
    digits = digits.lower()
    return key, "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def row_changed(archive: Damaged, chance: random.Random) -> Planted:
    """A row of the catalog says otherwise."""
    changes = (
        "url = url || 'x'", "url_key = 'x' || url_key", "fetched_at = fetched_at + 1000000", "outcome = outcome + 1",
        "response_code = coalesce(response_code, 0) + 1", "payload = zeroblob(32)", "payload_sha1 = zeroblob(20)",
        "etag = 'other'", "record_offset = coalesce(record_offset, 0) + 1", "manifest_length = 7", "title = 'Another'",
        "ordinal = ordinal + 99", "publisher = NULL, title = 'None'", "text = zeroblob(32)", "language = 'xx'",
    )  # fmt: skip
    with closing(sqlite3.connect(archive.change_catalog())) as connection, connection:
        key, capture_id = _capture(connection, chance)
        connection.execute(f"UPDATE capture SET {chance.choice(changes)} WHERE id = ?", (key,))
    return Planted((f"capture {capture_id}",))


def row_missing(archive: Damaged, chance: random.Random) -> Planted:
    """A row of the catalog is missing."""
    with closing(sqlite3.connect(archive.change_catalog())) as connection, connection:
        key, capture_id = _capture(connection, chance)
        connection.execute("DELETE FROM capture WHERE id = ?", (key,))
    return Planted((f"capture {capture_id}",))


def notice_missing(archive: Damaged, chance: random.Random) -> Planted:
    """A notice of a capture is missing from the catalog."""
    with closing(sqlite3.connect(archive.change_catalog())) as connection, connection:
        rows = connection.execute(
            "SELECT capture, notice, hex(capture_id) FROM capture_notice JOIN capture ON id = capture ORDER BY 1, 2"
        ).fetchall()
        key, notice, digits = chance.choice(rows)
        connection.execute("DELETE FROM capture_notice WHERE capture = ? AND notice = ?", (key, notice))
    digits = digits.lower()
    return Planted(("capture " + "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])),))


def other_seal_known(archive: Damaged, chance: random.Random) -> Planted:
    """The catalog was filled from another seal."""
    folder = chance.choice(archive.folders())
    with closing(sqlite3.connect(archive.change_catalog())) as connection, connection:
        other = "sha256:" + "0" * 64
        connection.execute("UPDATE segment SET seal_digest = ? WHERE folder = ?", (other, folder))
    return Planted((folder + SEAL,))


KINDS: dict[str, Plant] = {
    "a flipped bit anywhere": changed(_any, _flip),
    "a flipped bit of a WARC file": changed(_one(WARC), _flip),
    "a flipped bit of a manifests file": changed(_one(MANIFESTS, "segments/"), _flip),
    "a flipped bit of an index": changed(_index, _flip),
    "a flipped bit of a seal": changed(_one(SEAL), _flip),
    "a flipped bit of a claims set": changed(_one("", "claims/"), _flip),
    "a flipped bit of a crawl": changed(_one("", "crawls/"), _flip),
    "cut by an octet": changed(_not_empty, _octet_less),
    "cut by half": changed(_not_empty, _half),
    "emptied": changed(_not_empty, _emptied),
    "grown": changed(_any, _grown),
    "a zeroed block": changed(_not_empty, _zeros),
    "with another's bytes": swapped,
    "two exchanged": exchanged,
    "a WARC file gone": gone(_one(WARC)),
    "a manifests file gone": gone(_one(MANIFESTS, "segments/")),
    "an index gone": gone(_one(INDEX)),
    "a seal gone": gone(_one(SEAL)),
    "a claims set's file or seal gone": gone(_one("", "claims/")),
    "a crawl's file gone": gone(_crawl_file),
    "a whole segment gone": whole_segment_gone,
    "archive.json gone": gone(_one("", "archive.json")),
    "a manifest forged, not in the WARC file": forged_line,
    "a manifest forged, and the WARC file, not the root": forged_everywhere,
    "a manifest forged, and all of its segment": forged_with_root,
    "a response forged, and all of its segment but its manifest": other_payload,
    "an index line elsewhere, sealed": index_elsewhere,
    "an index line gone, sealed": index_line_gone,
    "a seal with another fact": changed(_one(SEAL), _other_fact),
    "a seal not canonical": changed(_one(SEAL), _not_canonical),
    "a line of a claims set changed": changed(_one(CLAIMS, "claims/"), _line_changed),
    "a line of a claims set gone": changed(_one(CLAIMS, "claims/"), _line_dropped),
    "a crawl's report changed": changed(_one("report.json", "crawls/"), _report_changed),
    "a line of a crawl's outcomes gone": changed(_one("outcomes.jsonl.gz", "crawls/"), _line_dropped),
    "an empty member appended": changed(_one(WARC), _empty_member),
    "a record appended again": changed(_one(WARC), _record_again),
    "a bit of a gzip header": changed(_one(WARC), _header_bit),
    "a padding bit of deflate": changed(_one(WARC), _padding_bit),
    "a member packed again": changed(_one(WARC), _packed_again),
    "two members exchanged": changed(_one(WARC), _two_members_exchanged),
    "a catalog row changed": row_changed,
    "a catalog row missing": row_missing,
    "a catalog notice missing": notice_missing,
    "another seal in the catalog": other_seal_known,
}  # fmt: skip
"""Every kind, by its name."""
