# SPDX-License-Identifier: Apache-2.0
"""The documentation names everything there is: commands, options, variables, words of closed lists, fields, and pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from archiver.exchange import REASONS
from archiver.faces.cli.commands import app
from archiver.formats.coding import CODING_FAULTS
from archiver.formats.framing import FAULTS
from archiver.services.crawl_report.report import CrawlReport
from archiver.services.description import ArchiveDescription
from archiver.services.observations import TELLING_HEADERS
from manifests import FINDING_CODES, Condition, Model, NoticeKind, Outcome, Role, StatementKind, Use, UseValue, Voice
from manifests.capture import CaptureManifest
from manifests.claims_set import ClaimsSetManifest
from manifests.crawl import CrawlManifest
from manifests.events import EVENT_KINDS, EVENT_OUTCOMES, ArchiveEvent, EventRun, EventSummary
from manifests.ledger import Leaf, LedgerKey
from manifests.package import ProofPack
from manifests.segment import SegmentManifest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "decisions").glob("*.md")])
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
FORMAT = (ROOT / "docs" / "format.md").read_text("utf-8")


def options() -> Iterator[tuple[str, str]]:
    """Every option with the name of its command, in full."""
    todo = [("archiver", typer.main.get_command(app))]
    while todo:
        name, command = todo.pop()
        todo += [(f"{name} {sub}", one) for sub, one in getattr(command, "commands", {}).items()]
        for parameter in command.params:
            yield from ((name, option) for option in parameter.opts if option.startswith("-"))


def section(name: str) -> str:
    """What stands below the heading of a command, or before all of them."""
    if name in ("archiver", "archiver store", "archiver ledger", "archiver keys"):
        return COMMANDS.partition("\n## archiver")[0]
    return COMMANDS.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def fields(kind: type[Model]) -> Iterator[str]:
    """Every field of a document and of what is in it."""
    schema = kind.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {})


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize(("command", "option"), sorted(set(options())))
def test_every_option_stands_below_its_command(command: str, option: str) -> None:
    assert f"`{option}" in section(command)


@pytest.mark.parametrize(
    "word",
    [
        *(*FINDING_CODES, *REASONS, *FAULTS, *CODING_FAULTS, *Outcome, *Role, *sorted(TELLING_HEADERS)),
        *(*NoticeKind, *Voice, *StatementKind, *Use, *UseValue, *Condition, *EVENT_KINDS, *EVENT_OUTCOMES),
    ],
)
def test_every_word_of_a_closed_list_is_in_the_format(word: str) -> None:
    assert f"`{word}`" in FORMAT


@pytest.mark.parametrize(
    "meaning", [*FINDING_CODES.values(), *REASONS.values(), *FAULTS.values(), *CODING_FAULTS.values()]
)
def test_the_meanings_in_the_format_are_those_of_the_code(meaning: str) -> None:
    assert f"| {meaning} |" in FORMAT


@pytest.mark.parametrize(
    "kind",
    [
        *(ArchiveDescription, CaptureManifest, ClaimsSetManifest, CrawlManifest, CrawlReport, SegmentManifest),
        *(Leaf, LedgerKey, ProofPack, ArchiveEvent, EventRun, EventSummary),
    ],
)
def test_every_field_of_a_document_is_in_the_format(kind: type[Model]) -> None:
    assert [name for name in sorted(set(fields(kind))) if f"| `{name}` |" not in FORMAT] == []


def test_every_variable_that_is_read_is_documented() -> None:
    source = (ROOT / "archiver" / "settings.py").read_text("utf-8")
    read = set(re.findall(r"\"([A-Z][A-Z_]{4,})\"", source))
    assert read
    assert [name for name in sorted(read) if f"`{name}`" not in COMMANDS] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        if anchor:
            assert anchor in {slug(one) for one in re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)}, (
                target
            )


def test_documents_name_no_command_that_does_not_exist() -> None:
    known = set(getattr(typer.main.get_command(app), "commands", {}))
    blocks = [
        block for page in PAGES for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    ]
    # After `archiver` and its options before the command.
    used = re.findall(
        r"^(?:\$ |    )?archiver(?: --archive \S+| --state \S+)* ([a-z][a-z-]*)\b", "\n".join(blocks), re.MULTILINE
    )
    assert used
    assert set(used) <= known


def test_every_exit_code_is_documented() -> None:
    assert [code for code in range(5) if f"| {code} |" not in COMMANDS] == []
