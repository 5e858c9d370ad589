# SPDX-License-Identifier: Apache-2.0
"""What the page about time stamps shows is what the program does."""

import re
import subprocess
from pathlib import Path

from archiver.formats.timestamp import KINDS
from archiver.ledger.authorities import AuthoritySection, read
from archiver.ledger.notary import Notary
from tests.ledger.authority import LocalAuthority
from tests.ledger.certificates import right_now, root

PAGE = (Path(__file__).parents[2] / "docs" / "timestamps.md").read_text("utf-8")


def test_every_kind_is_on_the_page_and_no_other() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE.partition("## When a stamp")[2], re.MULTILINE) == list(KINDS)


def test_every_key_of_the_file_is_on_the_page() -> None:
    table = PAGE.partition("| key | meaning |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(AuthoritySection.model_fields)


def test_the_example_is_a_list_of_authorities() -> None:
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]
    assert [one.name for one in read(example, "example.yaml", lambda _: root().pem)] == ["example", "second"]


def test_the_commands_accept_a_stamp(tmp_path: Path) -> None:
    blocks = [part.partition("```")[0] for part in PAGE.split("```sh\n")[1:]]
    commands = "set -e\n" + "".join(blocks).replace("2026-03-05 12:00:00", f"{right_now():%Y-%m-%d %H:%M:%S}")
    with LocalAuthority(tmp_path) as local:
        authority = read(
            f"authorities: [{{name: local, url: '{local.url}', roots: ca.pem}}]", "a.yaml", lambda _: local.roots_pem
        )[0]
        (tmp_path / "checkpoint").write_bytes(b"a checkpoint\n")
        (tmp_path / "checkpoint.tsr").write_bytes(Notary(authority).stamp(b"a checkpoint\n", 42))
    (tmp_path / "roots.pem").write_bytes(local.roots_pem)
    done = subprocess.run(["sh", "-c", commands], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Verification: OK") == 2
