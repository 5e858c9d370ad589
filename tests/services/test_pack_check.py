# SPDX-License-Identifier: Apache-2.0
"""Wrong proof packs: each is told as wrong in the step that is about it, whoever made it and however; nothing crashes."""

import base64
import gzip
import json
import random
import re
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive
from archiver.errors import BadInput
from archiver.formats import signed_note
from archiver.formats.signed_note import Ed25519Signer, Note
from archiver.formats.tlog_proof import TlogProof
from archiver.ledger import keys as ledger_keys
from archiver.ledger import tree
from archiver.services.proving import PACK
from manifests.canonical import canonical_bytes, canonical_json
from manifests.digest import Digest
from tests.faces.outlet import Outlet
from tests.ledger.authority import LocalAuthority
from tests.services.packs import SITE, authorities_file, failed, pages, proof, settings, short, steps

Files = dict[str, bytes]
STEPS = {
    "request.warc.gz": "*.warc.gz", "response.warc.gz": "*.warc.gz", "revisit.warc.gz": "*.warc.gz",
    "manifest.warc.gz": "*.warc.gz", "manifest.json": "manifest.json", "inner-path.json": "inner-path.json",
    "segment.json": "leaf.json", "leaf.json": "leaf.json", "leaf.tlog-proof": "leaf.tlog-proof", "checkpoint": "checkpoint",
    "key.pem": "checkpoint", "key.vkey": "checkpoint", "timestamps/local.tsr": "timestamps/local.tsr",
    "timestamps/local-chain.pem": "timestamps/local.tsr",
}  # fmt: skip
"""The step that is about a file."""


@dataclass
class Made:
    page: Files
    """Of /anchor, time-stamped; in one segment with the next."""
    neighbour: Files
    """Of /beacon."""
    again: Files
    """Of the revisit of /anchor, in a second segment, with the first capture."""
    grown: Files
    """Of /anchor under a later head of the same ledger."""
    strange: Files
    """Of /anchor in another archive, stamped by another authority."""
    vkey: str
    roots: bytes


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("packs")
    (folder / "other").mkdir()
    with Outlet(SITE) as outlet, LocalAuthority(folder) as authority, LocalAuthority(folder / "other") as stranger:
        given = settings(folder, authorities=authorities_file(folder, ("local", authority)))
        with Archive.init(folder / "archive", settings=given) as archive:
            first = pages(archive, outlet, "/anchor", "/beacon")
            page, neighbour = proof(archive, first["/anchor"]), proof(archive, first["/beacon"])
            second = pages(archive, outlet, "/anchor", "/compass")
            archive.ledger.attesting.stamp()
            again = proof(archive, second["/anchor"])
            grown = proof(archive, first["/anchor"])
        given = settings(folder, authorities=authorities_file(folder / "other", ("local", stranger)))
        with Archive.init(folder / "strange", settings=given) as archive:
            strange = proof(archive, pages(archive, outlet, "/anchor", "/beacon")["/anchor"])
        yield Made(page, neighbour, again, grown, strange, page["key.vkey"].decode().strip(), authority.roots_pem)


def put(files: Mapping[str, bytes], name: str, content: bytes) -> Files:
    """The same pack with another content of one file, by its short name."""
    [found] = [one for one in files if short(one) == name]
    return {**files, found: content}


def get(files: Mapping[str, bytes], name: str) -> bytes:
    [found] = [content for one, content in files.items() if short(one) == name]
    return found


def told(files: Files, **changes: Any) -> Files:
    """The same pack with another pack.json, in the canonical form; an empty list is left out."""
    fields = {**json.loads(files[PACK]), **changes}
    return {
        **files,
        PACK: canonical_json({name: one for name, one in fields.items() if one != [] or name == "captures"}),
    }


def caught(wrong: Mapping[str, str], name: str) -> bool:
    """Whether the step of a file failed, or the one after it, which goes on from there."""
    return STEPS[name] in wrong or (name in ("leaf.json", "checkpoint") and "leaf.tlog-proof" in wrong)


def of_capture(files: Files, **changes: Any) -> Files:
    [one] = json.loads(files[PACK])["captures"]
    return told(files, captures=[{**one, **changes}])


def test_the_packs_hold_as_they_are(made: Made) -> None:
    for files in (made.page, made.neighbour, made.again, made.grown):
        assert failed(files, made.vkey, roots=(made.roots,)) == {}
    assert failed(made.strange) == {}
    assert made.page["checkpoint"] != made.grown["checkpoint"]
    stamps = [one.said for one in steps(made.page) if one.where.endswith(".tsr")]
    assert len(stamps) == 1
    assert "compare it with what the authority publishes" in stamps[0]


@pytest.mark.parametrize("name", sorted(STEPS.keys() - {"revisit.warc.gz"}))
def test_a_flipped_bit_anywhere_fails_the_step_of_its_file(made: Made, name: str) -> None:
    content = get(made.page, name)
    chance = random.Random(name)
    places = {0, len(content) - 1, *(chance.randrange(len(content)) for _ in range(24))}
    for at in sorted(places):
        changed = bytearray(content)
        changed[at] ^= 1 << chance.randrange(8)
        wrong = failed(put(made.page, name, bytes(changed)))
        # A chain of certificates has octets that say nothing, and so has the header of a gzip member; hex has two cases.
        if wrong or name.endswith("-chain.pem"):
            assert not wrong or caught(wrong, name), (name, at, wrong)
        elif name.endswith(".gz"):
            assert gzip.decompress(changed) == gzip.decompress(content), at
        else:
            same = bytes(changed).lower() if name == "inner-path.json" else bytes(changed)
            assert same.split() == content.split(), (name, at)


@pytest.mark.parametrize("name", sorted(STEPS.keys() - {"revisit.warc.gz"}))
def test_a_file_that_is_empty_cut_or_removed_fails_the_step_of_its_file(made: Made, name: str) -> None:
    content = get(made.page, name)
    for cut in (b"", content[:1], content[: len(content) // 2], content[:-1]):
        wrong = failed(put(made.page, name, cut))
        assert caught(wrong, name) or cut == content.rstrip(), (name, cut)
    removed = {one: content for one, content in made.page.items() if short(one) != name}
    wrong = failed(removed)
    assert wrong[STEPS[name]].startswith("missing: "), wrong
    assert f"{name} is not in the pack." in wrong[STEPS[name]]


@pytest.mark.parametrize("other", ["neighbour", "strange", "grown"])
@pytest.mark.parametrize("name", sorted(STEPS.keys() - {"revisit.warc.gz"}))
def test_a_file_of_another_pack_fails_the_step_of_its_file(made: Made, name: str, other: str) -> None:
    content = get(getattr(made, other), name)
    wrong = failed(put(made.page, name, content), made.vkey, roots=(made.roots,))
    if content == get(made.page, name) or (name.endswith("-chain.pem") and other == "strange"):
        assert wrong == {}  # roots that are known are taken, whatever the pack says
    else:
        assert caught(wrong, name), (name, other, wrong)


def test_the_sentences_say_which_kind_it_is(made: Made) -> None:
    page, strange, grown = made.page, made.strange, made.grown
    for files, step, words in (
        (put(page, "leaf.tlog-proof", get(grown, "leaf.tlog-proof")), "leaf.tlog-proof", "another checkpoint"),
        (put(page, "leaf.json", get(strange, "leaf.json")), "leaf.json", "another digest than segment.json"),
        (put(page, "segment.json", get(strange, "segment.json")), "inner-path.json", "another segment or archive"),
        (
            put(page, "timestamps/local.tsr", get(grown, "timestamps/local.tsr")),
            "timestamps/local.tsr",
            "the stamp is of",
        ),
        (
            put(page, "timestamps/local-chain.pem", get(strange, "timestamps/local-chain.pem")),
            "timestamps/local.tsr",
            "root",
        ),
        (put(page, "checkpoint", get(strange, "checkpoint")), "checkpoint", "of another ledger"),
        (put(page, "key.pem", get(strange, "key.pem")), "checkpoint", "different keys"),
        (put(page, "inner-path.json", get(made.neighbour, "inner-path.json")), "inner-path.json", "does not lead to"),
        (put(page, "manifest.json", get(made.neighbour, "manifest.json")), "manifest.json", "another capture"),
        (put(page, "response.warc.gz", get(made.neighbour, "response.warc.gz")), "*.warc.gz", "M05"),
    ):
        assert words in failed(files)[step], (step, failed(files))


def forged(files: Files, *, tear: bool = False) -> Files:
    """The same checkpoint signed with a key of the attacker's under the archive's name; `tear` leaves key.pem as it was."""
    note = signed_note.parse(files["checkpoint"])
    name = note.text.split("\n")[0]
    signer = Ed25519Signer(name, b"7" * 32)
    signed = Note(note.text, (signer.sign(note.text.encode()),)).to_bytes()
    path = TlogProof(*_path(get(files, "leaf.tlog-proof")), signed).to_bytes()
    changed = put({**files, "checkpoint": signed}, "leaf.tlog-proof", path)
    archive_id, made_at = name.removeprefix("urn:uuid:"), datetime(2026, 3, 1, tzinfo=UTC)
    record = ledger_keys.record(signer, None, None, archive_id=archive_id, size=0, reason="first", made_at=made_at)
    keys = {} if tear else {"key.pem": ledger_keys.public_pem(signer.verifier).encode()}
    keys["keys/1.json"] = canonical_bytes(record)
    return told({**changed, **keys, "key.vkey": signer.verifier.to_text().encode() + b"\n"}, stamps=[])


def _path(content: bytes) -> tuple[int, tuple[bytes, ...]]:
    _, index, *hashes = content.partition(b"\n\n")[0].decode().split("\n")
    return int(index.removeprefix("index ")), tuple(base64.b64decode(one) for one in hashes)


def test_a_checkpoint_signed_by_another_key_is_told_by_the_key_that_one_knows_and_by_nothing_else(made: Made) -> None:
    assert "key.pem and key.vkey are different keys" in failed(forged(made.page, tear=True))["checkpoint"]
    assert failed(forged(made.page)) == {}
    said = [one.said for one in steps(forged(made.page)) if one.where == "checkpoint"]
    assert "compare it with the one the archive published" in said[0]
    wrong = failed(forged(made.page), made.vkey)
    assert "not one of those given, and none of those signed for it" in wrong["checkpoint"]
    assert "checkpoint it is under does not hold" in wrong["leaf.tlog-proof"]
    own = {**forged(made.page), **{name: made.page[name] for name in ("key.pem", "key.vkey", "keys/1.json")}}
    assert "not signed by the key" in failed(own)["checkpoint"]
    mixed = {**forged(made.page), "keys/1.json": made.page["keys/1.json"]}
    assert "key 1 signs for" in failed(mixed)["checkpoint"]


def test_an_attackers_roots_are_told_by_the_roots_that_one_knows_and_by_nothing_else(
    made: Made, tmp_path: Path
) -> None:
    attacker = LocalAuthority(tmp_path)
    from archiver.formats.timestamp import read, request

    response = attacker.reply(request(made.page["checkpoint"], 1))
    stamps = [{"authority": "local", "time": read(response).time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}]
    files = {**made.page, "timestamps/local.tsr": response, "timestamps/local-chain.pem": attacker.roots_pem}
    assert failed(told(files, stamps=stamps)) == {}
    wrong = failed(told(files, stamps=stamps), roots=(made.roots,))
    assert list(wrong) == ["timestamps/local.tsr"]
    assert "the stamp of local does not hold" in wrong["timestamps/local.tsr"]
    assert list(failed(told(made.page, stamps=[]), roots=(made.roots,))) == ["checkpoint"]


def rewritten(member: bytes, old: bytes, new: bytes) -> bytes:
    """A record with other bytes, whose length and digest are made to fit."""
    head, _, block = gzip.decompress(member).partition(b"\r\n\r\n")
    whole = head + b"\r\n\r\n" + block[:-4]
    assert old in whole
    head, _, block = whole.replace(old, new, 1).partition(b"\r\n\r\n")
    head = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(block), head)
    head = re.sub(rb"WARC-Block-Digest: \S+", b"WARC-Block-Digest: " + str(Digest.of(block)).encode(), head)
    return gzip.compress(head + b"\r\n\r\n" + block + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("response.warc.gz", b"The ferry left", b"The ferry sank", "M02"),
        ("response.warc.gz", b"Content-Type: text/html", b"Content-Type: text/plain", "M02"),
        ("response.warc.gz", b"/anchor\r\n", b"/beacon\r\n", "of another URL"),
        ("response.warc.gz", b"WARC-Date: 20", b"WARC-Date: 19", "another time"),
        ("request.warc.gz", b"WARC-Date: 20", b"WARC-Date: 19", "another time"),
        ("request.warc.gz", b"GET /anchor", b"PUT /anchor", "the request in request.warc.gz"),
        ("request.warc.gz", b"Accept: ", b"X-Accept: ", "the request in request.warc.gz"),
        ("manifest.warc.gz", b"/anchor\r\n", b"/beacon\r\n", "of another URL"),
        ("manifest.warc.gz", b'"captured-complete"', b'"failed-recorded"', "M0"),
    ],
)
def test_a_record_whose_own_digests_were_made_to_fit_is_told_by_the_manifest(
    made: Made, name: str, old: bytes, new: bytes, words: str
) -> None:
    wrong = failed(put(made.page, name, rewritten(get(made.page, name), old, new)))
    assert words in wrong.get("*.warc.gz", "") or "manifest.json is not what" in wrong.get("manifest.json", ""), wrong


def test_a_manifest_record_that_is_a_bomb_is_not_unpacked(made: Made) -> None:
    member = get(made.page, "manifest.warc.gz")
    bomb = put(made.page, "manifest.warc.gz", rewritten(member, b'{"claims"', b" " * (64 << 20) + b'{"claims"'))
    assert len(get(bomb, "manifest.warc.gz")) < 1 << 20
    tracemalloc.start()
    assert "holds more than manifest.json" in failed(bomb)["*.warc.gz"]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 << 20


def test_the_header_in_a_revisit_is_told_by_the_digest_of_the_whole_answer(made: Made) -> None:
    member = get(made.again, "revisit.warc.gz")
    changed = put(made.again, "revisit.warc.gz", rewritten(member, b"Server: ", b"server: "))
    assert "are not the answer that the manifest names" in failed(changed)["*.warc.gz"]
    first, second = json.loads(made.again[PACK])["captures"]
    alone = told(made.again, captures=[first])
    assert f"{second['capture_id']}, is not in the pack" in failed(alone)["*.warc.gz"]


def test_a_manifest_that_was_changed_with_its_record_is_told_by_the_path_to_the_seal(made: Made) -> None:
    old, new = b'"purpose"', b'"purpose"'
    manifest = get(made.page, "manifest.json")
    old, new = b'"discovery_path":""', b'"discovery_path":"L"'
    files = put(made.page, "manifest.json", manifest.replace(old, new))
    files = put(files, "manifest.warc.gz", rewritten(get(made.page, "manifest.warc.gz"), old, new))
    wrong = failed(files)
    assert "does not lead to captures_root" in wrong["inner-path.json"]


@pytest.mark.parametrize(
    ("changes", "step", "words"),
    [
        ({"url": "https://other.example/"}, "manifest.json", "another capture than pack.json says"),
        ({"fetched_at": "2020-01-01T00:00:00.000000Z"}, "manifest.json", "another capture than pack.json says"),
        (
            {"capture_id": "00000000-0000-4000-8000-000000000000"},
            "manifest.json",
            "another capture than pack.json says",
        ),
        ({"segment_id": "0" * 26}, "inner-path.json", "is not in the pack"),
        ({"segment_id": "../../../etc"}, "leaf.json", "is not in the pack"),
        ({"number": 2}, PACK, "does not number its captures"),
        ({"records": ["request", "manifest"]}, "*.warc.gz", "M05"),
        ({"records": []}, "*.warc.gz", "W03"),
        ({"records": ["request", "response", "response", "manifest"]}, "*.warc.gz", "twice"),
        ({"records": ["request", "response", "manifest", "../../../etc/passwd"]}, "*.warc.gz", "is not in the pack"),
        ({"records": ["/etc/passwd"]}, "*.warc.gz", "is not in the pack"),
        ({"records": ["request", "manifest", "response"]}, "*.warc.gz", ""),
    ],
)
def test_a_pack_json_that_lies_about_its_capture_is_told(
    made: Made, changes: dict[str, Any], step: str, words: str
) -> None:
    wrong = failed(of_capture(made.page, **changes))
    assert words in wrong[step if step == PACK else short(step)], wrong


def test_a_pack_json_that_lies_about_the_rest_is_told(made: Made) -> None:
    page = made.page
    [stamp] = json.loads(page[PACK])["stamps"]
    [capture] = json.loads(page[PACK])["captures"]
    early = {**stamp, "time": "2001-01-01T00:00:00.000000Z"}
    assert "and pack.json says 2001" in failed(told(page, stamps=[early]))["timestamps/local.tsr"]
    assert "names an authority twice" in failed(told(page, stamps=[stamp, stamp]))[PACK]
    strange = failed(told(page, stamps=[{**stamp, "authority": "../../etc/passwd"}]))
    assert list(strange) == ["timestamps/../../etc/passwd.tsr"]
    assert (
        "is of another ledger" in failed(told(page, archive_id="0" * 8 + "-0000-4000-8000-000000000000"))["checkpoint"]
    )
    assert "names no capture" in failed(told(page, captures=[]))[PACK]
    many = [{**capture, "number": number} for number in range(1, 20_001)]
    assert [one.said for one in steps(told(page, captures=many))] == [
        f"pack.json names 20000 captures, and there are {len(page)} files."
    ]
    assert failed(told(page, unlogged=[capture["segment_id"]]), made.vkey) == {}
    notes = [one.said for one in steps(told(page, unlogged=[capture["segment_id"]])) if one.verdict == "note"]
    assert "not in the ledger" in notes[0]


def test_a_pack_without_its_signature_is_no_signed_pack(made: Made) -> None:
    signed = ("checkpoint", "key.pem", "key.vkey", "leaf.json", "leaf.tlog-proof")
    bare = {name: one for name, one in made.page.items() if short(name) not in signed}
    assert set(failed(bare)) == {"checkpoint", "leaf.json", "leaf.tlog-proof", "timestamps/local.tsr"}
    [capture] = json.loads(bare[PACK])["captures"]
    fields = {name: one for name, one in json.loads(bare[PACK]).items() if name not in ("key", "stamps")}
    lied = {**bare, PACK: canonical_json({**fields, "unlogged": [capture["segment_id"]]})}
    assert failed(lied) == {}
    assert any(one.said.startswith("Digests only") for one in steps(lied) if one.verdict == "note")
    assert set(failed(lied, made.vkey)) == {"checkpoint", "leaf.json", "leaf.tlog-proof"}
    assert set(failed(lied, roots=(made.roots,))) == {"checkpoint", "leaf.json", "leaf.tlog-proof"}


def test_what_no_step_looks_at_is_named(made: Made) -> None:
    more = {**made.page, "README.txt": b"lies", "index.html": b"lies", "captures/2/response.warc.gz": b"", "x": b""}
    assert failed(more) == {}
    notes = {one.where: one.said for one in steps(more) if one.verdict == "note"}
    assert "proves nothing" in notes["README.txt, index.html"]
    assert "not looked at" in notes["captures/2/response.warc.gz, x"]
    assert not [one for one in steps(made.page) if one.verdict == "note"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format":"proof-pack/9"}',
        b'{"a":' * 50_000,
        b"1" * 5000,
    ],
)
def test_strange_documents_are_told_and_never_crash(made: Made, content: bytes) -> None:
    with pytest.raises(BadInput, match=r"pack\.json"):
        steps({**made.page, PACK: content})
    for name in STEPS.keys() - {"revisit.warc.gz"}:
        assert STEPS[name] in failed(put(made.page, name, content)), name


@pytest.mark.parametrize("planted", ["1.5", '"\\ud800"', "1e999", "99999999999999999999", "NaN"])
def test_a_document_with_what_has_no_canonical_form_is_told(made: Made, planted: str) -> None:
    for name in ("manifest.json", "segment.json", "leaf.json"):
        changed = b'{"a":' + planted.encode() + b"," + get(made.page, name)[1:]
        assert caught(failed(put(made.page, name, changed)), name), name
    with pytest.raises(BadInput):
        steps({**made.page, PACK: b'{"a":' + planted.encode() + b"," + made.page[PACK][1:]})


@pytest.mark.parametrize(
    "fields",
    [
        {"leaf_index": -1}, {"leaf_index": "0"}, {"leaf_index": None}, {"leaf_index": 10**30}, {"tree_size": 10**30},
        {"tree_size": 1, "leaf_index": 0, "hashes": []}, {"hashes": "ab"}, {"hashes": ["zz"]}, {"hashes": ["ab"]},
        {"hashes": [None]}, {"hashes": ["00" * 32] * 70}, {"segment_id": "0" * 26}, {"segment_id": ["x"]}, {"hashes": {}},
    ],
)  # fmt: skip
def test_a_path_that_is_none_is_told(made: Made, fields: dict[str, Any]) -> None:
    path = {**json.loads(get(made.page, "inner-path.json")), **fields}
    assert list(failed(put(made.page, "inner-path.json", json.dumps(path).encode()))) == ["inner-path.json"]


def test_a_key_that_is_none_is_the_callers_mistake(made: Made) -> None:
    for key in ("", "x", made.vkey + "x", made.vkey[:-4]):
        with pytest.raises(BadInput, match="verifier key"):
            steps(made.page, key)
    with pytest.raises(BadInput, match="there is no"):
        steps({"checkpoint": made.page["checkpoint"]})


def test_paths_are_those_of_the_tree_and_no_shorter(made: Made) -> None:
    index, hashes = _path(get(made.grown, "leaf.tlog-proof"))
    note = made.grown["checkpoint"]
    assert tree.leaf_hash(get(made.grown, "leaf.json")) not in hashes
    for wrong in (TlogProof(index + 1, hashes, note), TlogProof(index, (*hashes, bytes(32)), note)):
        assert list(failed(put(made.grown, "leaf.tlog-proof", wrong.to_bytes()))) == ["leaf.tlog-proof"]
