# SPDX-License-Identifier: Apache-2.0
"""The two pages of a proof pack need nothing else, say what the pack shows and what it does not, and take markup from nobody."""

import base64
import hashlib
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from archiver.faces.proof.index import index
from archiver.faces.proof.limits import limits
from archiver.faces.proof.readme import readme
from archiver.faces.proof.statement import statement
from archiver.services.proof_facts import Handling, ProofFacts, record_file
from manifests.agents import Agent, Fetcher
from manifests.capture import Certificate, Connection, Outcome, Redaction, Tls
from manifests.digest import Digest
from tests.faces.proof_pack import MADE_AT, Pack, make, unsigned
from tests.faces.test_card import HOSTILE, TAGS
from tests.services.chains import ORIGINAL, REPRINT, article, chain_of, keep
from tests.services.exchanges import Archive

PAGES: list[Callable[[ProofFacts], bytes]] = [index, statement]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return make(tmp_path_factory.mktemp("pack"), tmp_path_factory.mktemp("work"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    kept = Archive(tmp_path)
    yield kept
    kept.close()


def parsed(content: bytes) -> LexborHTMLParser:
    return LexborHTMLParser(content.decode("utf-8"))


def words_of(content: bytes) -> str:
    body = parsed(content).body
    return " ".join((body.text(separator=" ") if body is not None else "").split())


def hostile(facts: ProofFacts, said: str) -> ProofFacts:
    """Facts in which pages, servers and operators call everything `said`."""
    captures = []
    certificate = Certificate(sha256=Digest.of(b""), der="")
    for one in facts.captures:
        assert one.claims is not None
        assert one.claims.title is not None
        assert one.claims.publisher is not None
        named = {
            "title": one.claims.title.model_copy(update={"value": said}),
            "publisher": one.claims.publisher.model_copy(update={"name": said}),
            "notices": tuple(each.model_copy(update={"text": said, "voice": said}) for each in one.claims.notices),
            "language": one.claims.title.model_copy(update={"value": said}),
        }
        seen = one.manifest.observation
        assert seen.request is not None
        assert seen.response is not None
        observed = {
            "url": f"http://gazette.example/{said}", "purpose": said, "labels": {said: said},
            "operator": Agent(name=said, contact=said),
            "software": Fetcher(name=said, version=said), "detail": said,
            "connection": Connection(
                ip=said, port=443, resolver=said, addresses=(said,),
                tls=Tls(version=said, cipher=said, verified=False, fault=said, chain=(certificate,)),
            ),
            "request": seen.request.model_copy(update={"redacted": (Redaction(where="header", name=said, keyed_digest=said),)}),
            "response": seen.response.model_copy(update={"reason": said}),
        }  # fmt: skip
        manifest = one.manifest.model_copy(update={"observation": seen.model_copy(update=observed)})
        event = Handling(MADE_AT, said, said, said)
        captures.append(replace(one, manifest=manifest, claims=one.claims.model_copy(update=named), events=(event,)))
    return replace(
        facts, operator=said, contact=said, captures=tuple(captures), pending=(said,), origin=said,
        stamps=tuple(replace(one, authority=said) for one in facts.stamps),
        witnesses=tuple(replace(one, name=said) for one in facts.witnesses),
    )  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_a_page_holds_everything_in_itself(made: Pack, page: Callable[[ProofFacts], bytes]) -> None:
    tree = parsed(page(made.facts))
    assert {node.tag for node in tree.css("*")} <= TAGS
    attributes = [(name, value) for node in tree.css("*") for name, value in node.attributes.items()]
    assert not [
        name for name, _ in attributes if name.startswith("on") or name in ("src", "style", "srcset", "background")
    ]
    leads_to = {value or "" for name, value in attributes if name == "href" and not (value or "").startswith("#")}
    assert all((made.folder / one).is_file() for one in leads_to)
    [style] = [one.text() for one in tree.css("style")]
    assert not re.search(r"url\(|@import|expression", style)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = tree.css('meta[http-equiv="Content-Security-Policy"]')
    expected = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert policy.attributes["content"] == expected


class Balance(HTMLParser):
    """Elements that are open; fails where one is closed that was not opened last."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"p", "h1", "h2", "h3"} & set(self.open) or tag not in (
            "p",
            "ul",
            "ol",
            "dl",
            "div",
            "table",
            "section",
        ), tag
        assert len({name for name, _ in attrs}) == len(attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("page", PAGES)
def test_every_element_is_closed_where_it_was_opened(made: Pack, page: Callable[[ProofFacts], bytes]) -> None:
    for facts in (made.facts, unsigned(made.facts), *(hostile(made.facts, said) for said in HOSTILE)):
        balance = Balance()
        balance.feed(page(facts).decode("utf-8"))
        balance.close()
        assert balance.open == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sound_for_keyboard_and_screen_reader(made: Pack, page: Callable[[ProofFacts], bytes]) -> None:
    tree = parsed(page(made.facts))
    levels = [int((node.tag or "h0")[1]) for node in tree.css("h1, h2, h3")]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))
    assert {(node.attributes["href"] or "")[1:] for node in tree.css('a[href^="#"]')} <= set(ids)
    assert all(section.attributes["aria-labelledby"] in ids for section in tree.css("section"))
    for table in tree.css("table"):
        assert table.css_first("caption") is not None
        assert all(head.attributes.get("scope") in ("col", "row") for head in table.css("th"))


@pytest.mark.parametrize("said", HOSTILE)
@pytest.mark.parametrize("page", PAGES)
def test_words_of_others_are_inert(made: Pack, page: Callable[[ProofFacts], bytes], said: str) -> None:
    plain, tree = parsed(page(made.facts)), parsed(page(hostile(made.facts, said)))
    assert {node.tag for node in tree.css("*")} <= TAGS
    assert not tree.css("script, img, svg, iframe, object, form, link, [onerror], [onload], [onclick]")
    assert len(tree.css("section")) == len(plain.css("section"))
    assert len(tree.css("h2")) == len(plain.css("h2"))
    assert {one.attributes["href"] for one in tree.css("a")} == {one.attributes["href"] for one in plain.css("a")}
    assert not set(page(hostile(made.facts, said)).decode("utf-8")) & set("\u202e\x00\x1b")


@pytest.mark.parametrize("said", [*HOSTILE, "x\n```sh\ntouch pwned\n```\n", "a\u2028b"])
def test_words_of_others_add_no_command_to_the_readme(made: Pack, said: str) -> None:
    def commands(facts: ProofFacts) -> list[str]:
        return re.findall(r"^```sh\n(.*?)^```$", readme(facts).decode("utf-8"), re.MULTILINE | re.DOTALL)

    assert commands(hostile(made.facts, said)) == commands(made.facts)


@pytest.mark.parametrize("page", [*PAGES, readme])
def test_each_strength_stands_in_its_sentence(made: Pack, page: Callable[[ProofFacts], bytes]) -> None:
    facts = made.facts
    alone = replace(facts, stamps=(), witnesses=())
    told = {kind: " ".join(words_of(page(one)).split()) for kind, one in
            (("all", facts), ("signed", alone), ("none", unsigned(facts)))}  # fmt: skip
    assert len({sentence.sentence for one in (facts, alone, unsigned(facts)) for sentence in one.strengths}) == 5
    for kind, one in (("all", facts), ("signed", alone), ("none", unsigned(facts))):
        for strength in one.strengths:
            assert strength.sentence in told[kind]
    assert "No independent time" not in told["all"]
    assert "Signed by this archive" not in told["none"]
    assert "A checkpoint over the seal." in told["none"]


@pytest.mark.parametrize("page", [*PAGES, readme])
def test_no_page_says_more_of_a_capture_than_is_shown(made: Pack, page: Callable[[ProofFacts], bytes]) -> None:
    text = re.sub(r"```sh.*?```", "", page(made.facts).decode("utf-8"), flags=re.DOTALL)
    assert not re.search(
        r"\b(verified|authentic\w*|legal\w*|tamper-proof|immutable|compliant|court)\b", text, re.IGNORECASE
    )


def test_the_index_quotes_notices_and_names_who_when_and_terms(made: Pack) -> None:
    text = words_of(index(made.facts))
    for said in (
        "5 captures of archive", "First", "http://gazette.example/0", "Harbour Light", "2026-02-27", "2026-03-03 10:00:00 UTC",
        "an answer with HTTP status 200 that came whole", "whose content was that of an earlier capture",
        "\u00a9 2026 Harbour Light. All rights reserved.",
        "17 U.S.C. \u00a7 107", "192.0.2.7", "none: the bytes travelled in the clear", "fixity check", "entry 2 of 5",
        "It is not itself under any digest",
    ):  # fmt: skip
        assert said in text, said
    for one in made.facts.captures:
        assert one.manifest_digest in text


def test_the_chain_is_drawn_where_there_is_one(made: Pack, archive: Archive) -> None:
    body = article("Commons", source=ORIGINAL)
    keep(archive, {REPRINT: body, ORIGINAL: article("Harbour Light")})
    tree = parsed(index(replace(made.facts, chain=chain_of(archive, REPRINT))))
    assert len(tree.css("ul.chain")) == 1
    assert "names as its original" in words_of(index(replace(made.facts, chain=chain_of(archive, REPRINT))))
    assert not parsed(index(made.facts)).css("ul.chain")


def test_a_capture_that_the_ledger_lacks_is_told_apart(made: Pack) -> None:
    late = replace(
        made.facts.segments[0],
        seal=made.facts.segments[0].seal.model_copy(update={"segment_id": "late"}),
        ledger_index=None,
    )
    captures = (*made.facts.captures[:2], replace(made.facts.captures[2], segment_id="late"))
    facts = replace(made.facts, captures=captures, segments=(*made.facts.segments, late))
    assert [one.label for one in facts.strengths] == ["digests only", "no independent time"]
    tree = parsed(index(facts))
    told = {at: one.text() for at, one in enumerate(tree.css("section.capture"), start=1)}
    assert "Signed by this archive" in told[1]
    assert "Signed by this archive" not in told[3]
    assert "Of capture 1:" in words_of(statement(facts))


def test_the_statement_tells_what_whom_why_whence_how_and_leaves_the_declaration_empty(made: Pack) -> None:
    one = made.facts.captures[0]
    observed = one.manifest.observation.model_copy(update={"purpose": "Case 12", "labels": {"case": "12/2026"}})
    manifest = one.manifest.model_copy(update={"observation": observed})
    facts = replace(made.facts, captures=(replace(one, manifest=manifest), *made.facts.captures[1:]))
    text = words_of(statement(facts))
    for said in (
        "5 requests were made", "ISO 28500:2017", "The tests", "tests@gazette.example", "Case 12", "case : 12/2026", "192.0.2.7",
        "system, offset not measured", "SHA-256 (FIPS 180-4)", "colophon-extract", "2026-03-05 12:00:00 UTC", "no finding",
        "A program cannot answer for anything", "Name Role or office Organisation Place and date Signature",
    ):  # fmt: skip
        assert said in text, said
    tree = parsed(statement(facts))
    assert [node.text(strip=True) for node in tree.css(".blank dd")] == [""] * 9
    assert [node.text()[:2] for node in tree.css("h2")] == [f"{n}." for n in range(1, 10)]
    assert len(tree.css(".limits li")) == len(list(limits(facts)))


def test_what_is_not_shown_follows_from_what_is_there(made: Pack) -> None:
    stamped, bare = " ".join(limits(made.facts)), " ".join(limits(unsigned(made.facts)))
    for always in (
        "what the pages say is true",
        "beyond the certificate",
        "other visitors saw the same",
        "scripts",
        "without encryption",
    ):
        assert always in stamped
        assert always in bare
    assert "independent is only the time of the stamps" in stamped
    assert "no independent authority has confirmed" in bare
    assert "nothing in it is signed" in bare
    assert "fingerprint has to be compared" in stamped
    for one in [*limits(made.facts), *limits(unsigned(made.facts))]:
        assert one.endswith(".")


@pytest.mark.parametrize("page", PAGES)
def test_no_events_and_nobody_looked_are_two_things(made: Pack, page: Callable[[ProofFacts], bytes]) -> None:
    def with_events(*events: tuple[Handling, ...] | None) -> str:
        captures = [replace(one, events=each) for one, each in zip(made.facts.captures, events, strict=False)]
        return words_of(page(replace(made.facts, captures=tuple(captures))))

    done = (Handling(MADE_AT, "fixity check", None, "no finding"),)
    assert "No event is recorded after sealing" in with_events((), ())
    assert "without looking for events of any capture." in with_events(None, None)
    assert "without looking for events of capture 2." in with_events(done, None)
    assert "fixity check not recorded no finding" in with_events(done, ())
    assert "without looking" not in with_events(done, ())


def test_an_attempt_without_an_answer_is_told_as_one(made: Pack) -> None:
    one = made.facts.captures[0]
    observed = one.manifest.observation.model_copy(
        update={
            "response": None,
            "outcome": Outcome.FAILED,
            "reason": "connect-failed",
            "connection": None,
            "request": None,
        }
    )
    manifest = one.manifest.model_copy(update={"observation": observed})
    failed = replace(one, manifest=manifest, claims=None, records=(record_file("manifest"),))
    facts = replace(made.facts, captures=(failed,))
    for page in PAGES:
        assert "no answer (connect-failed)" in words_of(page(facts))
    assert "One request was made" in words_of(statement(facts))
    assert "Nothing was read from it" in words_of(index(facts))


def test_equal_facts_give_equal_bytes(made: Pack) -> None:
    for page in (*PAGES, readme):
        assert page(made.facts) == page(replace(made.facts))


@pytest.mark.parametrize("name", ["index.html", "statement.html"])
def test_a_browser_draws_it_and_has_nothing_to_refuse(made: Pack, tmp_path: Path, name: str) -> None:
    if shutil.which("chromium") is None:
        how = "Chromium is not installed: infra/ci-services.sh start, or apt-get install chromium"
        pytest.fail(how) if os.environ.get("CI") else pytest.skip(how)
    paper = tmp_path / "paper.pdf"
    command = [
        "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}",
    ]  # fmt: skip
    uri = (made.folder / name).as_uri()
    ran = subprocess.run([*command, "--dump-dom", uri], capture_output=True, text=True, timeout=60, check=True)
    assert "Content Security Policy" not in ran.stderr
    drawn, written = LexborHTMLParser(ran.stdout), parsed((made.folder / name).read_bytes())
    assert [node.tag for node in drawn.css("*")] == [node.tag for node in written.css("*")]
    subprocess.run(
        [*command, "--no-pdf-header-footer", f"--print-to-pdf={paper}", uri], capture_output=True, timeout=60, check=True
    )  # fmt: skip
    # A4 in points, as Chromium rounds it.
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper.read_bytes())
    assert {(round(float(width)), round(float(height))) for width, height in sizes} <= {
        (595, 842),
        (596, 842),
        (595, 841),
    }
