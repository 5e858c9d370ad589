# SPDX-License-Identifier: Apache-2.0
"""A citation says the same in six styles, and nothing that a page calls itself breaks out of its field or line."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.services.citation_styles import STYLES, Style, render
from archiver.services.citing import Citation, ascii_url, citation, one_line, read_date
from archiver.services.description import ArchiveDescription
from archiver.services.observations import SOFTWARE
from manifests.agents import Agent, Authority, Claim, Confidence, Evidence, Place
from manifests.capture import CaptureManifest, Outcome, Party
from manifests.digest import canonical_digest
from tests.services.chains import article
from tests.services.exchanges import ARCHIVE_ID, AT, URL, Archive, exchange, plain

DESCRIBED = ArchiveDescription(
    archive_id=ARCHIVE_ID, created_at=AT, operator=Agent(name="The Tide Archive"), software=SOFTWARE
)
EVIDENCE = Evidence(authority=Authority(kind="page"), place=Place(header="x"), text="x")
HOSTILE = [
    "a\nb\r\nER  - \r\nTY  - BOOK", "x}, url = {http://evil.example/", "}}|archive-url=http://evil.example/|x={{", "\\", "{" * 9,
    "\u202egnp.exe\u2066", "a\u2028b\u2029c\x85d\x0be\x0cf", "\x00\x1b[31mred\x07", "”. Captured by another. “", '", "URL": "x',
    "\u05e9\u05dc\u05d5\u05dd 12", "A and B", "* x", "~~~~ [[File:x]] <nowiki> ''b'' __TOC__ http://evil.example",
    "\ud800\ufdd0\U000e0001",
    "100 % of $5 & #1_a^b~", "", " ", "\u200b\u00ad\ufeff", "x" * 9000, "((a)); b, c", "-{x}-", "\\textbraceleft", "=x",
]  # fmt: skip
WIKI_NAMES = {"author", "author1", "author2", "date", "title", "url", "publisher", "language", "access-date", "id"}
WORDS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.sampled_from("{}|\\\"'\n\r\t\u2028\u202e\u05d0\x1b&%<[]~=-* AB”"), max_size=30),
    st.text(max_size=60),
)


def party(name: str) -> Party:
    return Party(name=name, evidence=EVIDENCE, confidence=Confidence.HIGH, reason="test")


def claim(value: str) -> Claim:
    return Claim(value=value, evidence=EVIDENCE, confidence=Confidence.HIGH, reason="test")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> CaptureManifest:
    archive = Archive(tmp_path_factory.mktemp("cited"))
    body = article("The Gazette", date="2026-03-01", title="High & low water")
    [captured] = archive.keep(exchange(plain(body)))
    archive.close()
    return captured.manifest


def cited(kept: CaptureManifest, **claimed: object) -> Citation:
    assert kept.claims is not None
    return citation(kept, kept.claims.model_copy(update=claimed), DESCRIBED)


def named(words: str) -> dict[str, object]:
    """Claims in which everything is called `words`."""
    return {
        "title": claim(words), "publisher": party(words), "authors": (party(words), party(words)), "published_at": claim(words),
        "language": claim(words), "modified_at": claim(words),
    }  # fmt: skip


def test_the_fields_are_those_of_the_manifest(kept: CaptureManifest) -> None:
    seen, one = kept.observation, cited(kept)
    assert (one.title, one.publisher, one.claimed_published_at) == ("High & low water", "The Gazette", "2026-03-01")
    assert (one.url, one.fetched_at, one.capture_id, one.archive_id) == (URL, AT, seen.capture_id, ARCHIVE_ID)
    assert (one.operator, one.response_code) == ("The Tide Archive", 200)
    assert one.payload_digest in seen.digests.payload
    assert one.record_digest in seen.digests.block
    assert one.manifest_digest == canonical_digest(kept)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_tells_url_time_archive_capture_and_digests(kept: CaptureManifest, style: Style) -> None:
    one = cited(kept)
    told = render(one, style)
    assert told.endswith("\n")
    assert one.payload_digest is not None
    assert one.record_digest is not None
    parts = [
        URL, "10:00:00", "The Tide Archive", ARCHIVE_ID, one.capture_id, one.payload_digest.hex, one.record_digest.hex,
        one.manifest_digest.hex, "low water",
    ]  # fmt: skip
    assert [part for part in parts if part not in told] == []
    assert not re.search(r"\b(verified|authentic|legal|proves?)", told, re.IGNORECASE)


def test_the_text_is_one_line_in_the_usual_order(kept: CaptureManifest) -> None:
    one = cited(kept, authors=(party("Jane Roe"),))
    assert render(one, "text").startswith(
        f"Jane Roe. “High & low water”. The Gazette, 2026-03-01. {URL}. Captured 2026-03-03 10:00:00 UTC by The Tide Archive. "
        f"Capture {one.capture_id} of archive {ARCHIVE_ID}. Payload sha256:"
    )


def test_a_court_reads_sentences_with_software_clock_and_algorithm(kept: CaptureManifest) -> None:
    told = render(cited(kept, authors=(party("A"), party("B"))), "court")
    for said in (
        f"The page that names itself “High & low water”, at {URL}, was asked for on 3 March 2026 at 10:00:00 UTC "
        "(2026-03-03T10:00:00Z) by The Tide Archive, with ",
        f"{SOFTWARE.name} version {SOFTWARE.version} (engine http).",
        "The time is that of the machine's clock (system, offset not measured).",
        "had the HTTP status 200 and came whole. It is kept as capture ",
        "The SHA-256 digest of the bytes of the page as they were sent, but for chunk framing, is ",
        "By its own words, which were not examined, the page has publisher “The Gazette”, date of publication “2026-03-01” "
        "and authors “A”, “B”.",
    ):
        assert said in told, said


def test_bibtex_is_one_entry_of_fields_in_braces(kept: CaptureManifest) -> None:
    told = render(cited(kept, authors=(party("Roe & Co., and Sons"), party("B"))), "bibtex")
    assert "  author = {{Roe \\& Co., and Sons} and {B}},\n" in told
    assert "  title = {{High \\& low water}},\n" in told
    assert "  year = {2026},\n  month = {3},\n" in told
    assert f"  url = {{{URL}}},\n  urldate = {{2026-03-03}},\n" in told


def test_csl_json_is_a_webpage_with_the_variables_of_the_schema(kept: CaptureManifest) -> None:
    [one] = json.loads(render(cited(kept), "csl-json"))
    assert set(one) <= {
        "id", "type", "title", "author", "publisher", "language", "issued", "accessed", "URL", "archive", "archive_collection",
        "archive_location", "note", "custom",
    }  # fmt: skip
    assert (one["type"], one["issued"], one["accessed"]) == (
        "webpage", {"date-parts": [[2026, 3, 1]]}, {"date-parts": [[2026, 3, 3]]},
    )  # fmt: skip
    [unread] = json.loads(render(cited(kept, published_at=claim("last spring")), "csl-json"))
    assert unread["issued"] == {"literal": "last spring"}


def test_ris_is_a_tag_and_a_value_a_line(kept: CaptureManifest) -> None:
    lines = render(cited(kept, authors=(party("Roe*"), party("B"))), "ris").split("\r\n")
    assert lines[:4] == ["TY  - ELEC", "AU  - Roe", "AU  - B", "TI  - High & low water"]
    assert {"PY  - 2026", "DA  - 2026/03/01/", "Y2  - 2026/03/03/10:00:00 UTC", f"UR  - {URL}"} <= set(lines)
    assert lines[-2:] == ["ER  - ", ""]


def test_wikipedia_gets_no_archive_address_that_is_not_known(kept: CaptureManifest) -> None:
    told = render(cited(kept, authors=(party("Roe, Jane"),)), "wikipedia")
    assert told.startswith("{{cite web |author=((Roe, Jane)) |date=2026-03-01 |title=High &#38; low water |url=" + URL)
    assert "|access-date=2026-03-03 |id=Captured 2026-03-03 10:00:00 UTC" in told
    assert "archive-url" not in told
    assert "archive-date" not in told
    assert "|date=" not in render(cited(kept, published_at=claim("2026-03")), "wikipedia")


def test_what_was_not_had_is_cited_as_an_attempt(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    none, gone = archive.keep(
        exchange(None, outcome=Outcome.FAILED, reason="connect-failed"), exchange(plain(b"Gone", code=b"410 Gone"), URL + "/2")
    )  # fmt: skip
    archive.close()
    failed = citation(none.manifest, None, DESCRIBED)
    assert f"The address {URL} was asked for on" in render(failed, "court")
    assert "No answer is kept (failed-recorded, connect-failed)" in render(failed, "court")
    assert "Tried 2026-03-03 10:00:00 UTC" in render(failed, "text")
    assert f"  title = {{{{{URL}}}}},\n" in render(failed, "bibtex")
    assert "(HTTP status 410, captured-complete)" in render(
        citation(gone.manifest, gone.manifest.claims, DESCRIBED), "text"
    )


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_no_words_break_out_of_a_line(kept: CaptureManifest, words: str) -> None:
    one = cited(kept, **named(words))
    for style, lines in (("text", 1), ("court", 1), ("wikipedia", 1)):
        told = render(one, style)  # type: ignore[arg-type]
        assert len(told.splitlines()) == lines
    for style in STYLES:
        told = render(one, style)
        told.encode("utf-8")
        assert {unicodedata.category(c) for c in told} & {"Cc", "Cs", "Zl", "Zp"} <= {"Cc"}
        assert {c for c in told if unicodedata.category(c) == "Cc"} <= {"\n", "\r"}
        assert not set(told) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u200e\u200f\u061c")
        assert told.count("\u2068") == told.count("\u2069")


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_no_words_break_out_of_a_field_of_bibtex(kept: CaptureManifest, words: str) -> None:
    told = render(cited(kept, **named(words)), "bibtex")
    depth, fields = 0, []
    for at, one in enumerate(told):
        depth += (one == "{") - (one == "}")
        assert depth >= 0
        if depth == 1 and one == "=":
            fields.append(told[:at].split()[-1])
        if depth == 2:
            assert one != "\n"
    assert depth == 0
    assert told.count("@misc{") == 1 or "@misc" in words
    assert len(fields) == len(set(fields))
    assert set(fields) <= {"author", "title", "organization", "year", "month", "language", "url", "urldate", "note"}
    assert not re.search(r"(?<!\\)[#$%&_^~]", re.sub(r"\n  url = .*", "", told))


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_no_words_break_out_of_a_field_of_the_others(kept: CaptureManifest, words: str) -> None:
    one = cited(kept, **named(words))
    [csl] = json.loads(render(one, "csl-json"))
    assert csl.get("title", "") == one_line(words)
    for line in render(one, "ris").split("\r\n")[:-1]:
        assert re.match(r"(TY|AU|TI|PB|PY|DA|Y2|UR|LA|DB|AN|ID|N1|ER)  - ", line), line
    assert render(one, "ris").count("\r\nER  - ") == 1
    wiki = render(one, "wikipedia")
    assert re.fullmatch(r"\{\{cite web( \|[a-z0-9-]+=[^{}|\[\]<>~\n]*)+\}\}\n", wiki), wiki
    assert wiki.count("://") == 1
    names = re.findall(r" \|([a-z0-9-]+)=", wiki)
    assert set(names) <= WIKI_NAMES
    text = render(one, "text")
    assert text.count("“") == text.count("”") == (1 if one_line(words) else 0)
    assert render(one, "court").count("“") == (5 if one_line(words) else 0)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_an_address_stays_one_word_of_ascii(text: str) -> None:
    made = ascii_url("http://host/" + text)
    assert re.fullmatch(r"[!-~]+", made)
    assert not set(made) & set('{}|\\^`<>" ')


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-03-01T10:00:00Z", (2026, 3, 1)), ("2026-03", (2026, 3)), ("2026", (2026,)), ("20260301", ()), ("2026-13-01", ()),
        ("2026-03-01x", (2026, 3, 1)), ("2026-02-30", ()), ("spring 2026", ()), ("", ()), ("0000-01-01", ()), ("٢٠٢٦-01-01", ()),
    ],
)  # fmt: skip
def test_a_date_is_read_as_far_as_it_goes(text: str, date: tuple[int, ...]) -> None:
    assert read_date(text) == date
