# SPDX-License-Identifier: Apache-2.0
import pytest

from archiver.errors import BadInput
from archiver.formats.signed_note import Cosigner, Ed25519Signer
from archiver.ledger.witnesses import MOST, Witness, read

KEY = Cosigner("witness.example/w1", bytes([7]) * 32).verifier
OTHER = Cosigner("witness.example/w2", bytes([8]) * 32).verifier


def mistakes(text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(text, "witnesses.yaml")
    return caught.value.what.split("\n")


def one(name: str = "one", url: str = "https://w.example.org", key: str = KEY.to_text()) -> str:
    return f"- {{name: {name}, url: '{url}', key: '{key}'}}\n"


def test_a_list_is_read_in_its_order_and_every_url_ends_with_a_slash() -> None:
    text = (
        "witnesses:\n"
        + one("first", "https://W.example.org/a/b")
        + one("second", "http://10.0.0.7:7380", OTHER.to_text())
    )
    assert read(text, "witnesses.yaml") == (
        Witness("first", "https://w.example.org/a/b/", KEY),
        Witness("second", "http://10.0.0.7:7380/", OTHER),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("- one\n", "no list of witnesses"),
        ("witnesses: []\n", "a list holds 1 to 20"),
        ("witnesses:\n" + one(name="First One"), "name"),
        ("witnesses:\n" + one(url="ftp://w.example.org/"), "http"),
        ("witnesses:\n" + one(url="https://user:hidden@w.example.org/"), "holds a user"),
        ("witnesses:\n" + one(url="https://w.example.org/?a=1"), "has a query"),
        ("witnesses:\n" + one(key="x"), "not a verifier key"),
        ("witnesses:\n" + one(key=Ed25519Signer("log", bytes(32)).verifier.to_text()), "not for cosignatures"),
        ("witnesses:\n" + one() + one(key=OTHER.to_text()), "'one' stands twice"),
        ("witnesses:\n" + one() + one(name="two"), "stands twice"),
        ("witnesses:\n- {name: one}\n", "url"),
        ("witnesses:\n" + "".join(one(f"w{at}") for at in range(MOST + 1)), "a list holds 1 to 20"),
        ("witness: 1\n", "witness"),
    ],
)
def test_a_mistake_is_told(text: str, words: str) -> None:
    told = mistakes(text)
    assert any(words in one for one in told)
    assert not any("hidden" in one for one in told)
