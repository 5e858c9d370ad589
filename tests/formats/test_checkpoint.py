# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: one spelling, and every other one refused."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats.checkpoint import MAX_SIZE, Checkpoint, parse
from archiver.formats.signed_note import Malformed

ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
# The example of the specification.
EXAMPLE = f"example.com/behind-the-sofa\n20852163\n{ROOT}\n"
EMPTY = hashlib.sha256().digest()

lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
roots = st.binary(min_size=32, max_size=32)


def test_the_published_example_is_read_and_written() -> None:
    found = parse(EXAMPLE)
    assert found == Checkpoint("example.com/behind-the-sofa", 20_852_163, base64.b64decode(ROOT))
    assert found.to_text() == EXAMPLE


@given(lines, st.integers(1, MAX_SIZE), roots, st.lists(lines, max_size=3))
def test_a_checkpoint_is_read_as_it_was_written(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    one = Checkpoint(origin, size, root, tuple(extensions))
    assert parse(one.to_text()) == one


def test_an_origin_may_hold_spaces_for_some_logs_have_them() -> None:
    assert (
        parse(EXAMPLE.replace("example.com/behind-the-sofa", "go.sum database tree")).origin == "go.sum database tree"
    )


def test_an_empty_tree_has_one_root() -> None:
    text = Checkpoint("a.example", 0, EMPTY).to_text()
    assert parse(text).size == 0
    with pytest.raises(Malformed, match="empty tree"):
        parse(f"a.example\n0\n{ROOT}\n")


@pytest.mark.parametrize("size", ["", "00", "01", "020852163", "+1", "-1", "1.0", "1e3", "0x10", " 1", "1 ", "1_000", "１",
                                  "²", "10852163a", str(MAX_SIZE + 1), "9" * 19, "9" * 5000])  # fmt: skip
def test_a_size_has_one_spelling(size: str) -> None:
    with pytest.raises(Malformed):
        parse(EXAMPLE.replace("20852163", size))


@pytest.mark.parametrize(
    "root",
    [
        "",
        ROOT[:-1],
        ROOT + "=",
        ROOT[:-2] + "J=",
        ROOT.replace("/", "_"),
        " " + ROOT,
        ROOT + " ",
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(33)).decode(),
        base64.b64encode(bytes(64)).decode(),
        bytes(32).hex(),
    ],
)
def test_a_root_is_32_bytes_in_one_spelling(root: str) -> None:
    with pytest.raises(Malformed):
        parse(EXAMPLE.replace(ROOT, root))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        EXAMPLE[:-1],
        EXAMPLE + "\n",
        "\n" + EXAMPLE,
        EXAMPLE + "extension",
        EXAMPLE + "\nextension\n",
        EXAMPLE + "extension\n\n",
        EXAMPLE.replace("\n", "\r\n"),
        EXAMPLE.replace("\n", "\r"),
        EXAMPLE.replace("sofa", "sofa\0"),
        EXAMPLE.replace("sofa", "sofa\t"),
        EXAMPLE.partition("\n")[2],
        EXAMPLE.replace("example.com/behind-the-sofa", ""),
        EXAMPLE.replace("20852163\n", ""),
        EXAMPLE.replace(ROOT + "\n", ""),
    ],
)
def test_lines_that_are_not_those_of_a_checkpoint_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text)


@pytest.mark.parametrize(
    "one",
    [
        Checkpoint("", 1, EMPTY),
        Checkpoint("a\nb", 1, EMPTY),
        Checkpoint("a", -1, EMPTY),
        Checkpoint("a", MAX_SIZE + 1, EMPTY),
        Checkpoint("a", 1, EMPTY[1:]),
        Checkpoint("a", 0, bytes(32)),
        Checkpoint("a", 1, EMPTY, ("",)),
        Checkpoint("a", 1, EMPTY, ("x\ny",)),
        Checkpoint("a", 1, EMPTY, ("x\r",)),
    ],
)
def test_a_checkpoint_that_would_be_read_otherwise_is_not_written(one: Checkpoint) -> None:
    with pytest.raises(Malformed):
        one.to_text()
