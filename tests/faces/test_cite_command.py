# SPDX-License-Identifier: Apache-2.0
"""`archiver cite`: on stdout alone, in every style, by the newest claims."""

import json
from pathlib import Path

import pytest

from archiver.services.citation_styles import STYLES
from tests.faces.command import Here
from tests.faces.outlet import Outlet


@pytest.fixture
def capture_id(here: Here, outlet: Outlet) -> str:
    """The id of a page in the archive."""
    assert here("capture", outlet.url("/a"), "--page-only", "--allow-private", outlet.place).code == 0
    [found] = here("lookup", outlet.url("/a"), "--json").lines
    return str(found["capture_id"])


@pytest.mark.parametrize("style", STYLES)
def test_a_style_is_printed_and_nothing_else(here: Here, capture_id: str, outlet: Outlet, style: str) -> None:
    ran = here("cite", capture_id[:8], "--style", style)
    assert (ran.code, ran.err) == (0, "")
    assert capture_id in ran.out
    assert outlet.url("/a") in ran.out


def test_json_has_all_fields_and_the_text(here: Here, capture_id: str, outlet: Outlet) -> None:
    [told] = here("cite", capture_id, "--json", "--style", "ris").lines
    [manifest] = here("manifest", capture_id, "--json").lines
    assert (told["capture_id"], told["url"], told["style"]) == (capture_id, outlet.url("/a"), "ris")
    assert told["payload_digest"] in manifest["observation"]["digests"]["payload"]
    assert told["record_digest"] in manifest["observation"]["digests"]["block"]
    assert told["fetched_at"] == manifest["observation"]["requested_at"]
    assert told["citation"].startswith("TY  - ELEC\r\n")
    assert told["title"] == manifest["claims"]["title"]["value"]
    [webpage] = json.loads(here("cite", capture_id, "--style", "csl-json").out)
    assert webpage["title"] == told["title"]


def test_the_manifest_digest_is_that_of_the_sealed_bytes(here: Here, capture_id: str, tmp_path: Path) -> None:
    [told] = here("cite", capture_id, "--json").lines
    shown = here("show", capture_id, "--json").lines[0]
    assert told["manifest_digest"] == shown["manifest_digest"]


@pytest.mark.parametrize(
    ("arguments", "code"), [(("abcdef01",), 3), (("nothing",), 2), (("abcdef01", "--style", "mla"), 2)]
)
def test_what_cannot_be_cited_has_its_exit_code(
    here: Here, capture_id: str, arguments: tuple[str, ...], code: int
) -> None:
    ran = here("cite", *arguments)
    assert (ran.code, ran.out) == (code, "")
