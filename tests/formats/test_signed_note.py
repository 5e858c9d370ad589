# SPDX-License-Identifier: Apache-2.0
"""Signed notes: published examples, our own keys, and every way in which a note may be wrong."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats.signed_note import (
    COSIGNATURE,
    ED25519,
    MAX_SIGNATURES,
    MAX_TIME,
    Cosigner,
    Ed25519Signer,
    Malformed,
    Note,
    Signature,
    Verified,
    VerifierKey,
    parse,
    verified,
)

# The example that Go's package golang.org/x/mod/sumdb/note documents.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=
""".encode()

TEXT = "archive.example/log\n1\nbjQLnP+zepicpUTmu3gKLHiXHT+zNzh2hRGjBhevoB0=\n"
SIGNER = Ed25519Signer("archive.example/log", bytes(range(32)))
WITNESS = Cosigner("witness.example/w1", bytes(range(32, 64)))
OTHER = Ed25519Signer("other.example", bytes(range(64, 96)))
NOTE = Note(TEXT, (SIGNER.sign(TEXT.encode()), WITNESS.cosign(TEXT, 1_679_315_147)))

names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1, max_size=20)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=80)


def line(name: str = "a.example", content: bytes = b"idid" + b"s" * 64) -> str:
    return f"— {name} {base64.b64encode(content).decode()}\n"


def test_the_published_note_is_read_verified_and_written_as_it_was() -> None:
    note = parse(GO_NOTE)
    assert [one.name for one in note.signatures] == ["PeterNeumann", "EnochRoot"]
    keys = [VerifierKey.parse(NEUMANN), VerifierKey.parse(ENOCH)]
    assert verified(note, keys) == (Verified(keys[0], None), Verified(keys[1], None))
    assert note.to_bytes() == GO_NOTE


def test_the_published_seed_gives_the_published_key_and_signature() -> None:
    signer = Ed25519Signer("PeterNeumann", SEED)
    assert signer.verifier.to_text() == NEUMANN
    note = parse(GO_NOTE)
    assert signer.sign(note.text.encode()) == note.signatures[0]


def test_a_signer_takes_a_private_key_as_well_as_its_seed() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(SEED)
    assert Ed25519Signer("PeterNeumann", key).verifier.to_text() == NEUMANN
    assert Cosigner("w", key).verifier == Cosigner("w", SEED).verifier


def test_a_cosignature_states_its_time_over_the_lines_of_the_specification() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signature = WITNESS.cosign(TEXT, 1_679_315_147)
    assert signature.value[:8] == (1_679_315_147).to_bytes(8, "big")
    key = Ed25519PublicKey.from_public_bytes(WITNESS.verifier.public)
    key.verify(signature.value[8:], b"cosignature/v1\ntime 1679315147\n" + TEXT.encode())
    assert verified(NOTE, [WITNESS.verifier]) == (Verified(WITNESS.verifier, 1_679_315_147),)


def test_one_key_has_another_id_for_each_kind() -> None:
    signer, witness = (kind("same.example", SEED).verifier for kind in (Ed25519Signer, Cosigner))
    assert (signer.kind, witness.kind) == (ED25519, COSIGNATURE)
    assert signer.public == witness.public
    assert signer.key_id != witness.key_id


@given(texts, st.lists(names, min_size=1, max_size=4, unique=True))
def test_what_was_signed_is_verified(text: str, signers: list[str]) -> None:
    signed = [Ed25519Signer(name, SEED) for name in signers]
    note = Note(text + "\n", tuple([one.sign((text + "\n").encode()) for one in signed]))
    read = parse(note.to_bytes())
    assert read == note
    assert [one.key for one in verified(read, [one.verifier for one in signed])] == [one.verifier for one in signed]


def test_unknown_keys_are_ignored_even_with_the_name_or_the_id_of_a_known_one() -> None:
    key = SIGNER.verifier
    unknown = (
        Signature(key.name, b"\0\0\0\0", b"x" * 64),
        Signature("elsewhere.example", key.key_id, b"x" * 64),
        OTHER.sign(b"anything else"),
    )
    note = parse(Note(TEXT, unknown + NOTE.signatures).to_bytes())
    assert verified(note, [key]) == (Verified(key, None),)
    assert verified(note, []) == ()
    assert verified(Note(TEXT, unknown), [key, WITNESS.verifier]) == ()


@pytest.mark.parametrize(
    "bad",
    [
        SIGNER.sign(b"another text\n"),
        Signature(SIGNER.verifier.name, SIGNER.verifier.key_id, b"x"),
        Signature(SIGNER.verifier.name, SIGNER.verifier.key_id, NOTE.signatures[0].value + b"x"),
        WITNESS.cosign("another text\n", 5),
        Signature(WITNESS.verifier.name, WITNESS.verifier.key_id, b"x" * 7),
        Signature(
            WITNESS.verifier.name, WITNESS.verifier.key_id, (9).to_bytes(8, "big") + NOTE.signatures[1].value[8:]
        ),
    ],
)
def test_a_bad_signature_of_a_known_key_rejects_the_note_whatever_others_say(bad: Signature) -> None:
    known = [SIGNER.verifier, WITNESS.verifier]
    for signatures in ((bad,), (*NOTE.signatures, bad), (bad, *NOTE.signatures)):
        with pytest.raises(Malformed, match=r"of the known key .* does not hold"):
            verified(Note(TEXT, signatures), known)


def test_a_key_that_signed_twice_counts_once_and_its_first_time_stands() -> None:
    twice = Note(TEXT, (WITNESS.cosign(TEXT, 7), WITNESS.cosign(TEXT, 5), *[NOTE.signatures[0]] * 2))
    keys = [SIGNER.verifier, WITNESS.verifier, WITNESS.verifier]
    assert verified(parse(twice.to_bytes()), keys) == (Verified(WITNESS.verifier, 7), Verified(SIGNER.verifier, None))


def test_a_time_beyond_the_specification_is_neither_stated_nor_believed() -> None:
    assert verified(Note(TEXT, (WITNESS.cosign(TEXT, MAX_TIME),)), [WITNESS.verifier])[0].time == MAX_TIME
    for time in (-1, MAX_TIME + 1):
        with pytest.raises(ValueError, match="cannot state the time"):
            WITNESS.cosign(TEXT, time)
    late = Ed25519Signer("late.example", SEED).sign(f"cosignature/v1\ntime {MAX_TIME + 1}\n{TEXT}".encode())
    key = Cosigner("late.example", SEED).verifier
    forged = Signature("late.example", key.key_id, (MAX_TIME + 1).to_bytes(8, "big") + late.value)
    with pytest.raises(Malformed, match="does not hold"):
        verified(Note(TEXT, (forged,)), [key])


def test_no_bit_of_a_note_may_change() -> None:
    """A changed name or id makes a key unknown; every other change makes the note malformed, or its signature bad."""
    content = Note(TEXT, NOTE.signatures[:1]).to_bytes()
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            found = verified(parse(bytes(changed)), [SIGNER.verifier])
        except Malformed:
            continue
        assert found == ()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n" + line(),
        "text\n\n\n",
        "text\n\n" + line()[:-1],
        "text\n\n" + line() + "\n",
        "text\n\n" + line() + "rest\n",
        "text\r\n\r\n" + line(),
        "te\rxt\n\n" + line(),
        "te\txt\n\n" + line(),
        "te\0xt\n\n" + line(),
        "text\n\n" + line().replace("—", "-"),
        "text\n\n" + line().replace("— ", "—"),
        "text\n\n" + line().replace("— ", "—  "),
        "text\n\n" + line(name=""),
        "text\n\n" + line(name="a+b"),
        "text\n\n" + line(name="a\u00a0b"),
        "text\n\n" + line(name="a\u2003b"),
        "text\n\n" + line(content=b"idid"),
        "text\n\n" + line(content=b""),
        "text\n\n— a.example\n",
        "text\n\n— a.example aWRpZHM\n",
        "text\n\n— a.example aWRpZHM=\n".replace("M=", "N="),
        "text\n\n— a.example aWRp ZHM=\n",
        "text\n\n— a.example aWRpZHM= \n",
        "text\n\n— a.example aWRp_-M=\n",
        "text\n\n— a.example aWRpZHM=é\n",
        "text\n\n" + line() * (MAX_SIGNATURES + 1),
    ],
)
def test_a_malformed_note_is_refused(content: str) -> None:
    with pytest.raises(Malformed):
        parse(content.encode())


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(Malformed, match="UTF-8"):
        parse(b"te\xffxt\n\n" + line().encode())


def test_a_text_may_hold_empty_lines_and_signature_lines() -> None:
    text = "\n\n" + line() + "\n\nend\n\n"
    assert parse((text + "\n" + line()).encode()) == Note(text, (Signature("a.example", b"idid", b"s" * 64),))


def test_sixteen_signatures_and_more_are_read() -> None:
    for count in (1, 16, 17, MAX_SIGNATURES):
        assert len(parse(("text\n\n" + line() * count).encode()).signatures) == count


@pytest.mark.parametrize(
    "note",
    [
        Note("text\n", ()),
        Note("text", NOTE.signatures),
        Note("te\rxt\n", NOTE.signatures),
        Note("text\n", (Signature("a b", b"idid", b"s"),)),
        Note("text\n", (Signature("a", b"id", b"s"),)),
        Note("text\n", (Signature("a", b"ididi", b"s"),)),
        Note("text\n", (Signature("a", b"idid", b""),)),
    ],
)
def test_a_note_that_would_be_read_otherwise_is_not_written(note: Note) -> None:
    with pytest.raises(Malformed):
        note.to_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "",
        NEUMANN[:-4],
        NEUMANN + "\n",
        NEUMANN.replace("PeterNeumann", ""),
        NEUMANN.replace("PeterNeumann", "Peter Neumann"),
        NEUMANN.replace("PeterNeumann", "Peter\0Neumann"),
        NEUMANN.replace("PeterNeumann", "Paul"),
        NEUMANN.replace("c74f20a3", "C74F20A3"),
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("c74f20a3", "0c74f20a3"),
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a3+",
        "PeterNeumann+c74f20a3+====",
        "witness.example+6e8f7f6c+BgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.parse(text)


@pytest.mark.parametrize("key", [SIGNER.verifier, WITNESS.verifier, VerifierKey.parse(ENOCH)])
def test_a_verifier_key_is_read_as_it_was_written(key: VerifierKey) -> None:
    assert VerifierKey.parse(key.to_text()) == key


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\0b", "a\u3000b"])
def test_no_key_has_a_name_that_a_note_could_not_hold(name: str) -> None:
    with pytest.raises(Malformed, match="key name"):
        Ed25519Signer(name, SEED)
    with pytest.raises(Malformed, match="key name"):
        Cosigner(name, SEED)


@pytest.mark.parametrize(("kind", "public"), [(ED25519, bytes(31)), (COSIGNATURE, bytes(33)), (6, bytes(32)), (0, b"")])
def test_a_key_of_another_kind_or_length_is_not_supported(kind: int, public: bytes) -> None:
    with pytest.raises(Malformed, match="not supported"):
        VerifierKey("a.example", kind, public)
