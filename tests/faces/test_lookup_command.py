# SPDX-License-Identifier: Apache-2.0
"""`archiver lookup`, `manifest` and `extract`: questions in every usual form, answers with exactly these keys."""

import hashlib
import json
from base64 import b32encode, b64encode
from pathlib import Path

import pytest

from archiver.extract import EXTRACTOR
from manifests.canonical import canonical_json
from tests.faces.command import Here, cli
from tests.faces.outlet import PAGE, Answer, Outlet

KEYS = ["capture_id", "url", "fetched_at", "outcome", "response_code", "matched", "digest", "score", "publisher", "notices",
        "claims_from", "extractor"]  # fmt: skip
SHA256 = hashlib.sha256(PAGE)
SHA1 = hashlib.sha1(PAGE, usedforsecurity=False)


@pytest.fixture
def found(here: Here, outlet: Outlet) -> str:
    """Captures the page once, and gives its URL."""
    assert here("capture", outlet.url("/a"), "--page-only", "--allow-private", outlet.place).code == 0
    return outlet.url("/a")


def test_a_url_is_answered_with_exactly_these_keys(here: Here, found: str) -> None:
    ran = here("lookup", found, "--json")
    assert ran.code == 0
    assert ran.err == ""
    [line] = ran.lines
    assert list(line) == KEYS
    assert (line["url"], line["outcome"], line["response_code"]) == (found, "captured-complete", 200)
    assert (line["matched"], line["digest"]) == ("url", f"sha256:{SHA256.hexdigest()}")
    assert line["publisher"] == {"name": "The Quay"}
    assert (line["claims_from"], line["extractor"]) == ("manifest", f"{EXTRACTOR.name}/{EXTRACTOR.version}")
    assert [one["kind"] for one in line["notices"]] == ["copyright"]
    assert line["notices"][0]["text"] == "Copyright 2026 The Quay. All rights reserved."


@pytest.mark.parametrize(
    ("query", "digest"),
    [
        (f"sha256:{SHA256.hexdigest()}", f"sha256:{SHA256.hexdigest()}"),
        (SHA256.hexdigest().upper(), f"sha256:{SHA256.hexdigest()}"),
        (f"sha256-{b64encode(SHA256.digest()).decode()}", f"sha256:{SHA256.hexdigest()}"),
        (f"sha1:{b32encode(SHA1.digest()).decode()}", f"sha1:{SHA1.hexdigest()}"),
        (b32encode(SHA1.digest()).decode(), f"sha1:{SHA1.hexdigest()}"),
        (SHA1.hexdigest(), f"sha1:{SHA1.hexdigest()}"),
        ("saved.html", f"sha256:{SHA256.hexdigest()}"),
    ],
    ids=["labelled", "bare", "sri", "sha1-base32", "bare-base32", "sha1-hex", "file"],
)
def test_a_hash_or_a_saved_file_says_where_it_comes_from(
    here: Here, found: str, tmp_path: Path, query: str, digest: str
) -> None:
    (tmp_path / "saved.html").write_bytes(PAGE)
    [line] = here("lookup", query, "--json").lines
    assert (line["url"], line["matched"], line["digest"]) == (found, "payload", digest)


def test_other_spellings_of_a_url_are_found_unless_exact_is_asked_for(here: Here, found: str) -> None:
    other = found.replace("http://", "HTTP://") + "#part"
    assert len(here("lookup", other, "--json").lines) == 1
    respelled = found + "?"
    assert len(here("lookup", respelled, "--json").lines) == 1
    assert here("lookup", respelled, "--exact", "--json").code == 3


def test_at_gives_the_one_capture_nearest_in_time(here: Here, found: str, outlet: Outlet) -> None:
    outlet.answers["/a"] = Answer(PAGE.replace(b"noon", b"one"))
    here("capture", found, "--page-only", "--allow-private", outlet.place)
    both = here("lookup", found, "--json").lines
    assert [line["fetched_at"] for line in both] == sorted(line["fetched_at"] for line in both)
    assert len(both) == 2
    assert here("lookup", found, "--at", both[0]["fetched_at"], "--json").lines == both[:1]
    assert here("lookup", found, "--at", "2001", "--json").lines == both[:1]
    assert here("lookup", found, "--at", "2999-01-01", "--json").lines == both[1:]


def test_nothing_found_is_exit_code_3_with_a_sentence(here: Here, found: str) -> None:
    ran = here("lookup", "http://other.example/", "--json")
    assert (ran.code, ran.out) == (3, "")
    assert "nothing found for http://other.example/" in ran.err


def test_a_shortened_id_shows_the_manifest_and_raw_shows_its_very_bytes(tmp_path: Path) -> None:
    with Outlet({"/a": Answer(PAGE)}) as site:
        made = cli("capture", site.url("/a"), "--json", "--allow-private", site.place, cwd=tmp_path).lines[0]
    shown = cli("manifest", made["capture_id"][:6], cwd=tmp_path)
    assert shown.code == 0
    [manifest] = shown.lines
    assert manifest["observation"]["capture_id"] == made["capture_id"]
    raw = cli("manifest", made["capture_id"], "--raw", cwd=tmp_path)
    assert f"sha256:{hashlib.sha256(raw.out.encode()).hexdigest()}" == made["manifest_digest"]
    assert raw.out.encode() == canonical_json(manifest)


def test_an_id_that_fits_nothing_is_3_and_one_that_fits_several_is_2(here: Here, outlet: Outlet) -> None:
    ids: list[str] = []
    outlet.answers |= {f"/{n}": Answer(b"page %d" % n) for n in range(17)}
    ran = here("capture", *(outlet.url(f"/{n}") for n in range(17)), "--json", "--allow-private", outlet.place)
    ids = [line["capture_id"] for line in ran.lines]
    shared = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    ambiguous = here("manifest", shared)
    assert ambiguous.code == 2
    assert "Give more digits" in ambiguous.err
    missing = here("manifest", "0" * 31 + "1")
    assert (missing.code, missing.out) == (3, "")


def test_extract_reads_a_saved_page_without_archive_and_network(here: Here, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(PAGE)
    ran = here("extract", "page.html", "--url", "https://quay.example/a")
    assert (ran.code, ran.err) == (0, "")
    [read] = ran.lines
    assert read["title"] == "Harbour notes"
    assert read["publisher"]["name"] == "The Quay"
    assert [one["kind"] for one in read["notices"]] == ["copyright"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["page.html"]


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 3000, b"<" * 50_000, bytes(range(256)) * 40], ids=["empty", "nul", "open", "all"]
)
def test_extract_takes_any_bytes(here: Here, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "page.html").write_bytes(content)
    ran = here("extract", "page.html", "--url", "https://quay.example/a")
    assert ran.code == 0
    assert json.loads(ran.out)["notices"] == []
