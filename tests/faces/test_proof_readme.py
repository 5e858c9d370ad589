# SPDX-License-Identifier: Apache-2.0
"""The README of a proof pack, run by a stranger: its commands as they stand, system tools only, nothing of ours in reach."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from archiver.faces.proof.readme import readme
from archiver.faces.proof.steps import TOOLS as TOOLS_STEP
from tests.faces.proof_pack import Pack, make, unsigned

TOOLS = (
    "bash", "base64", "csplit", "cut", "date", "gzip", "head", "jq", "mktemp", "openssl", "sed", "sha256sum", "tail", "tr", "xxd",
)  # fmt: skip
STEPS = ("tools", "records", "inner", "leaves", "signature", "fingerprint", "stamps", "witnesses", "python")
BROKEN = [
    {
        "captures/1/request.warc.gz": ["captures/1/request.warc.gz is whole"],
        "captures/2/response.warc.gz": ["captures/2/response.warc.gz is whole"],
        "captures/3/manifest.warc.gz": ["captures/3/manifest.warc.gz is whole"],
        "captures/4/revisit.warc.gz": ["captures/4/revisit.warc.gz is whole"],
        "captures/5/revisit.warc.gz": ["captures/5/revisit.warc.gz is whole"],
        "captures/1/inner-path.json": ["captures/1/manifest.json is under"],
        "segments/*/leaf.tlog-proof": ["leaf.json is in the ledger"],
        "key.vkey": ["key.pem is the key", "key.vkey has the id"],
        "timestamps/example.tsr": ["example.tsr is a stamp"],
        "checkpoint.witnessed": ["witness.example/w1 signed at"],
    },
    {
        "captures/2/manifest.json": ["captures/2/manifest.json is the sealed", "captures/2/manifest.json is under"],
        "segments/*/segment.json": ["leaf.json is of"],
        "key.pem": ["key.pem is the key", "checkpoint is signed"],
        "timestamps/example-chain.pem": ["example.tsr is a stamp"],
        "witnesses/1.vkey": ["witness.example/w1 signed at"],
    },
    {
        "segments/*/leaf.json": ["leaf.json is in the ledger"],
        "checkpoint": [
            "leaf.tlog-proof has this checkpoint", "leaf.json is in the ledger", "checkpoint is signed", "is a stamp",
            "has the text of checkpoint",
        ],
    },
]  # fmt: skip
"""Files of which a bit is flipped together, and the lines that must say FAILED for each."""


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    missing = [one for one in TOOLS if shutil.which(one, path="/usr/bin:/bin") is None]
    if missing:
        how = f"install {', '.join(missing)}: the README of a proof pack checks it with them"
        pytest.fail(how) if os.environ.get("CI") else pytest.skip(how)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return make(tmp_path_factory.mktemp("pack"), tmp_path_factory.mktemp("work"))


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(folder: Path, place: Path, wanted: Sequence[str] = STEPS) -> dict[str, str]:
    """What each step of the README says; `place` is for a PATH that holds system tools and a bare Python, and nothing else."""
    tools = place / "bin"
    if not tools.exists():
        tools.mkdir()
        (tools / "python3").symlink_to(os.path.realpath(sys.executable))
    commands = blocks((folder / "README.txt").read_text("utf-8"))
    script = "".join(
        f"echo '== {name}'\n{one}" for name, one in zip(STEPS, commands, strict=True) if name in ("tools", *wanted)
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": f"/usr/bin:/bin:{tools}", "TMPDIR": str(place), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1"},
    )  # fmt: skip
    parts = re.split(r"^== (\w+)\n", done.stdout, flags=re.MULTILINE)[1:]
    said = dict(zip(parts[::2], parts[1::2], strict=True))
    said["stderr"] = done.stderr
    return said


def test_every_step_says_ok(made: Pack, tmp_path: Path) -> None:
    said = run(shutil.copytree(made.folder, tmp_path / "pack"), tmp_path)
    assert said.pop("stderr") == ""
    assert said.pop("tools") == ""
    assert said.pop("fingerprint").split()[0] == made.facts.key_fingerprint
    lines = {name: text.splitlines() for name, text in said.items()}
    shown = [line for line in lines["stamps"] if not line.endswith(": OK")]
    assert [line.partition("=")[0] for line in shown] == ["subject", "sha256 Fingerprint"] * 2
    lines["stamps"] = [line for line in lines["stamps"] if line not in shown]
    assert [line for each in lines.values() for line in each if not line.endswith(": OK")] == []
    assert {name: len(each) for name, each in lines.items()} == {
        "records": 26, "inner": 5, "leaves": 3, "signature": 3, "stamps": 1, "witnesses": 2, "python": 13,
    }  # fmt: skip
    assert "witness.example/w1 signed at 2026-03-05 08:40:00 UTC" in said["witnesses"]


def test_the_python_step_writes_the_body_of_each_response(made: Pack, tmp_path: Path) -> None:
    folder = shutil.copytree(made.folder, tmp_path / "pack")
    run(folder, tmp_path, ["python"])
    assert b"<title>Second</title>" in (folder / "body-2").read_bytes()


@pytest.mark.parametrize("broken", BROKEN)
def test_a_flipped_bit_fails_the_lines_of_its_file(made: Pack, tmp_path: Path, broken: dict[str, list[str]]) -> None:
    folder = shutil.copytree(made.folder, tmp_path / "pack")
    for name in broken:
        [path] = folder.glob(name)
        content = path.read_bytes()
        places = {
            "checkpoint": content.find(b"\n5\n") + 10,  # within the root
            "segments/*/leaf.tlog-proof": content.find(b"\nindex") + 20,  # within the first hash
            "checkpoint.witnessed": len(content) - 40,  # within the signature of the witness
            "timestamps/example-chain.pem": content.find(b"BEGIN") + 370,  # within the key of the first certificate
        }
        path.write_bytes(flipped(content, places.get(name, len(content) // 2)))
    said = run(folder, tmp_path)
    lines = "".join(said.values()).splitlines()
    for name, wanted in broken.items():
        for one in wanted:
            assert any(one in line and line.endswith(": FAILED") for line in lines), (name, one, lines)
    assert "FAILED" in said["python"] or "Traceback" in said["stderr"]
    sound = {str(one) for one in range(1, 6)} - {name.split("/")[1] for name in broken if name.startswith("captures/")}
    assert not [line for line in lines for one in sound if f"captures/{one}/" in line and line.endswith("FAILED")]


def flipped(content: bytes, place: int) -> bytes:
    """The lowest bit of a letter changed: of the first at or after `place`."""
    while chr(content[place]) in '\n -"\\':
        place += 1
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_captures_of_one_pack_cannot_trade_places(made: Pack, tmp_path: Path) -> None:
    folder = shutil.copytree(made.folder, tmp_path / "pack")
    one, two = folder / "captures/1/inner-path.json", folder / "captures/2/inner-path.json"
    first = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(first)
    said = run(folder, tmp_path, ["inner", "python"])
    assert said["inner"].count("FAILED") == 2
    assert said["python"].count("FAILED") == 2


@pytest.mark.parametrize("name", ["captures/2/response.warc.gz", "captures/4/revisit.warc.gz"])
def test_an_answer_that_was_written_anew_is_not_the_one_of_the_manifest(made: Pack, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(made.folder, tmp_path / "pack")
    record = gzip.decompress((folder / name).read_bytes())
    named, _, block = record.partition(b"\r\n\r\n")
    forged = block[:-4].replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 200 KO")
    named = re.sub(rb"(?<=WARC-Block-Digest: sha256:)\w+", hashlib.sha256(forged).hexdigest().encode(), named)
    (folder / name).write_bytes(gzip.compress(named + b"\r\n\r\n" + forged + b"\r\n\r\n"))
    said = run(folder, tmp_path, ["records", "python"])
    assert f"{name} is whole: OK" in said["records"]
    assert said["records"].count("FAILED") == 1
    assert said["python"].count("FAILED") == 1


def test_another_key_of_the_same_name_is_no_signature(made: Pack, tmp_path: Path) -> None:
    folder = shutil.copytree(made.folder, tmp_path / "pack")
    note = (folder / "checkpoint").read_bytes().splitlines(keepends=True)
    (folder / "checkpoint").write_bytes(b"".join(note[:-1]))
    assert "signed with key.pem: FAILED" in run(folder, tmp_path, ["signature"])["signature"]


@pytest.mark.parametrize(
    ("name", "old", "new", "steps"),
    [
        ("captures/1/inner-path.json", b'"leaf_index": 0', b'"leaf_index": "x[$(touch pwned >&2)]"', ["inner"]),
        ("captures/1/inner-path.json", b'"leaf_index": 0', b'"leaf_index": -1', ["inner"]),
        ("captures/1/inner-path.json", b'"segment_id": "', b'"segment_id": "../../$(touch pwned)/', ["inner"]),
        ("segments/*/leaf.tlog-proof", b"index 2", b"index a[$(touch${IFS}pwned)]", ["leaves"]),
        ("segments/*/leaf.tlog-proof", b"index 2", b"index 02", ["leaves"]),
        ("checkpoint", b"\n5\n", b"\nb[$(touch pwned)]\n", ["leaves", "signature"]),
        ("key.vkey", b"+", b"+e;s//touch pwned/e;", ["signature"]),
        ("key.vkey", b"gazette", b"$(touch pwned)`touch pwned`", ["signature"]),
        ("witnesses/1.vkey", b"+", b"+e;s//touch pwned/e;", ["witnesses"]),
    ],
)
def test_commands_hidden_in_a_pack_are_not_run(
    made: Pack, tmp_path: Path, name: str, old: bytes, new: bytes, steps: list[str]
) -> None:
    folder = shutil.copytree(made.folder, tmp_path / "pack")
    [path] = folder.glob(name)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    said = run(folder, tmp_path, steps)
    assert all("FAILED" in said[step] for step in steps)
    assert not list(folder.rglob("pwned*"))
    assert not list(tmp_path.glob("pwned*"))


def test_names_in_a_pack_cannot_move_the_cursor(tmp_path: Path) -> None:
    script = TOOLS_STEP + "tell $'w1: OK\\x1b[2K\\r\\n\u202ex' a b"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "w1: OK?[2K?????x: FAILED\n"


@pytest.mark.parametrize("key", ["AQ+/aQ==", "+AAA", "AAA+", "++++", "AA=="])
def test_keys_are_read_whatever_letters_they_have(tmp_path: Path, key: str) -> None:
    (tmp_path / "one.vkey").write_text(f"gazette.example/w-1+0a1b2c3d+{key}\n")
    script = f'{TOOLS_STEP}vkey one.vkey\necho "$name $id $key"'
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == f"gazette.example/w-1 0a1b2c3d {key}\n"


@pytest.mark.parametrize("others", [(), (b"a",), tuple(b"%d" % n for n in range(130))])
def test_ledgers_of_any_size_are_climbed(tmp_path: Path, others: tuple[bytes, ...]) -> None:
    for name in ("work", "out"):
        (tmp_path / name).mkdir()
    pack = make(tmp_path / "out", tmp_path / "work", titles=["Alone"], others=others)
    said = run(pack.folder, tmp_path, ["inner", "leaves", "python"])
    assert "FAILED" not in "".join(said.values())
    assert "is in the ledger: OK" in said["leaves"]


def test_a_pack_without_a_checkpoint_has_no_step_for_one(made: Pack, tmp_path: Path) -> None:
    text = readme(unsigned(made.facts)).decode()
    folder = shutil.copytree(made.folder, tmp_path / "pack")
    for name in ("checkpoint", "key.pem", "key.vkey", "checkpoint.witnessed"):
        (folder / name).unlink()
    commands = blocks(text)
    assert len(commands) == 4
    assert "Digests only:" in text
    assert "Pending when this pack was made" in text
    assert "There is no checkpoint in this pack" in " ".join(text.split())
    assert not any("key.pem" in one for one in commands)
    done = subprocess.run(
        ["bash", "-c", "".join(commands)], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stderr, done.stdout.count(": OK"), done.stdout.count("FAILED")) == ("", 42, 0)


def test_the_readme_names_every_file_and_claims_nothing_of_the_pages(made: Pack) -> None:
    text = (made.folder / "README.txt").read_text("utf-8")
    for path in made.folder.rglob("*"):
        if path.is_file() and path.name != "README.txt":
            known = (path.name, "*.warc.gz" if path.name.endswith(".warc.gz") else path.name, path.parent.name + "/")
            assert any(one in text for one in known), path
    prose = re.sub(r"^```sh\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"\b(verified|authentic|legal|court)", prose, re.IGNORECASE)
    assert max(map(len, prose.splitlines())) <= 120
    assert f"it was {made.facts.key_fingerprint}." in " ".join(text.split())
    for one in made.facts.captures:
        assert one.capture_id in text
        assert one.url in text
