# SPDX-License-Identifier: Apache-2.0
from typing import cast

import pytest

from archiver.errors import BadInput
from archiver.ledger.authorities import MOST, read
from archiver.ledger.notary import Authority
from tests.ledger.certificates import root, stamper

ROOT = root()
LEAF = stamper(ROOT)
FILES = {
    "root.pem": ROOT.pem,
    "leaf.pem": LEAF.pem,
    "both.pem": LEAF.pem + ROOT.pem,
    "text.pem": b"hi",
}
ONE = "- {name: one, url: 'https://tsa.example.org/tsr', roots: root.pem}\n"


def files(name: str) -> bytes:
    if name not in FILES:
        raise BadInput(f"there is no file {name}", "check its name")
    return FILES[name]


def mistakes(text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(text, "authorities.yaml", files)
    lines = caught.value.what.split("\n")
    assert len(lines) == len(cast("list[str]", caught.value.fields["mistakes"]))
    return lines


def test_a_list_is_read_in_its_order() -> None:
    text = """\
# ours first
authorities:
  - name: first
    url: https://TSA.example.org/tsr
    roots: root.pem
    policy: "1.2.3"
  - name: second-one
    url: http://10.0.0.7:3180
    roots: both.pem
"""
    assert read(text, "authorities.yaml", files) == (
        Authority("first", "https://tsa.example.org/tsr", (FILES["root.pem"],), "1.2.3"),
        Authority("second-one", "http://10.0.0.7:3180/", (FILES["both.pem"],), None),
    )


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    text = """\
authorities:
  - name: First One
    url: ftp://tsa.example.org/
    roots: missing.pem
    police: "1.2.3"
  - name: one
    url: https://user:hidden@tsa.example.org/
    roots: leaf.pem
    policy: 1.2
  - name: one
    roots: text.pem
    policy: "1.2.x"
"""
    found = mistakes(text)
    expected = [
        (2, "write first-one"),
        (3, "only http and https"),
        (4, "there is no file missing.pem; check its name"),
        (5, "did you mean policy?"),
        (7, "holds a user or password"),
        (8, "holds no root: another one signed the certificate of CN=Example Time Stamping"),
        (9, "put it in quotes"),
        (10, "`url` is missing"),
        (10, "stands twice"),
        (11, "no PEM certificate"),
        (12, "no object identifier"),
    ]
    assert [int(line.split(":")[1]) for line in found] == [line for line, _ in expected]
    assert [words for line, (_, words) in zip(found, expected, strict=True) if words not in line] == []
    assert "hidden" not in "".join(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ":1:1: the file is empty"),
        ("# nothing yet\n", "write `authorities:`"),
        ("- name: one\n", "this is no list of authorities"),
        ("authorities:\n", "`authorities`"),
        ("authorities: []\n", "1 to 20 authorities"),
        ("authorities: [one]\n", "mapping"),
        ("authorities: {name: one}\n", "list"),
        ("authorities:\n" + ONE + ONE, "the name 'one' stands twice"),
        ("authorities:\n" + "".join(ONE.replace("one", f"n{at}") for at in range(MOST + 1)), "1 to 20 authorities"),
        ("authorities: [\n", "not YAML"),
        ("authority:\n" + ONE, "did you mean authorities?"),
    ],
)
def test_what_is_no_list_is_refused(text: str, words: str) -> None:
    assert words in "\n".join(mistakes(text))
