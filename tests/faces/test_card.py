# SPDX-License-Identifier: Apache-2.0
"""A card is one page that needs nothing else; it quotes everything, marks the very words, and takes no markup from anybody."""

import base64
import hashlib
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver import extract
from archiver.faces.card.page import Card, card
from archiver.faces.card.page_text import Spot, page_text
from archiver.faces.card.style import KINDS, STYLE
from archiver.services.provenance.chain import Chain
from manifests.canonical import Model
from manifests.ranges import read_ranges
from tests.services.chains import ORIGINAL, REPRINT, article, chain_of, keep, keep_with_site_file
from tests.services.exchanges import Archive

NOTICES = (
    "<p>\u00a9 2020-2026 Harbour Light. All rights reserved.</p>"
    "<p>This page makes fair use of quotations under 17 U.S.C. &sect; 107.</p>"
    "<p>No part of this may be reproduced without permission of Harbour Light.</p>"
)
HOSTILE = [
    "</style><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'onload='x", "</blockquote></main>", "--><b>",
    "\u202etxt.exe", "\x00\x1b[31m", "&lt;script&gt;", "javascript:alert(1)", "x" * 60_000, "</svg></title><a href=//evil>",
]  # fmt: skip
TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "p", "h1", "h2", "h3", "nav", "ul", "ol", "li", "main", "dl",
    "div", "dt", "dd", "span", "b", "bdi", "br", "q", "section", "blockquote", "code", "pre", "mark", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "footer",
}  # fmt: skip
CAN_HOLD_A_PAGE = ["utf-8", "windows-1252", "utf-16", "shift_jis"]


def drawn(archive: Archive, url: str, entity: bytes | None, **more: Any) -> tuple[bytes, Chain]:
    """The card of the one capture of a URL."""
    chain = chain_of(archive, url, **more)
    held = chain.nodes[0].held
    assert held is not None
    return card(Card(held, chain, entity)), chain


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    kept = Archive(tmp_path)
    yield kept
    kept.close()


@pytest.fixture
def made(archive: Archive) -> LexborHTMLParser:
    body = article(
        "Commons", source=ORIGINAL, date="2026-03-01", notice=NOTICES, body="<p>The ferry &amp; the quay.</p>"
    )
    keep(archive, {REPRINT: body, ORIGINAL: article("Harbour Light", date="2026-02-27")})
    content, _ = drawn(archive, REPRINT, body, alike={REPRINT: [(ORIGINAL, 0.93)]})
    return LexborHTMLParser(content.decode("utf-8"))


def one(tree: LexborHTMLParser, selector: str) -> LexborNode:
    """The only element that fits."""
    (found,) = tree.css(selector)
    return found


def test_the_page_holds_everything_in_itself(made: LexborHTMLParser) -> None:
    assert {node.tag for node in made.css("*")} <= TAGS
    attributes = [(name, value) for node in made.css("*") for name, value in node.attributes.items()]
    assert not [
        name for name, _ in attributes if name.startswith("on") or name in ("src", "style", "srcset", "background")
    ]
    assert all((value or "").startswith("#") for name, value in attributes if name == "href")
    style = one(made, "style").text()
    assert not re.search(r"url\(|@import|expression", style)
    policy = one(made, 'meta[http-equiv="Content-Security-Policy"]').attributes["content"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_page_is_sound_for_keyboard_and_screen_reader(made: LexborHTMLParser) -> None:
    levels = [int((node.tag or "h0")[1]) for node in made.css("h1, h2, h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = [node.attributes["id"] for node in made.css("[id]")]
    assert len(ids) == len(set(ids))
    assert {(node.attributes["href"] or "")[1:] for node in made.css("a")} <= set(ids)
    for section in made.css("section"):
        assert section.attributes["aria-labelledby"] in ids
    for table in made.css("table"):
        assert table.css_first("caption") is not None
        assert all(head.attributes.get("scope") in ("col", "row") for head in table.css("th"))
    assert all(node.text(strip=True) or node.attributes.get("aria-label") for node in made.css("a"))
    assert [node.tag for node in made.css("body > *")] == ["a", "header", "main", "footer"]
    assert one(made, "html").attributes["lang"] == "en"


def test_each_notice_leads_to_its_very_words_and_back(made: LexborHTMLParser) -> None:
    notices = made.css(".notices > li")
    assert len(notices) >= 3
    for notice in notices:
        key, words = notice.attributes["id"], one(LexborHTMLParser(notice.html or ""), "blockquote").text()
        marks = [mark for mark in made.css("mark") if f'id="at-{key}"' in (mark.html or "")]
        assert len(marks) == 1
        assert " ".join(marks[0].text().split()) == words
        assert made.css(f'a.ref[href="#{key}"]')
        assert notice.css_first(f'a[href="#at-{key}"]') is not None


def test_the_page_tells_who_when_terms_chain_and_how_far_the_proofs_go(made: LexborHTMLParser) -> None:
    text = " ".join((made.body.text() if made.body else "").split())
    for said in (
        "Commons", "2026-03-01", "2026-03-03 10:00:00 UTC", "Earliest in this archive", "Harbour Light", "names as its original",
        "by statement and by text, 93 % in common", "17 U.S.C. § 107", "The ferry & the quay.",
        "proofs on this card are digests only", "archiver prove",
        "none: the bytes travelled in the clear", "archiver verify", "192.0.2.7", "captured-complete, HTTP status 200",
    ):  # fmt: skip
        assert said in text, said
    assert "first published" not in text.lower()


def test_every_link_of_a_ring_is_drawn(archive: Archive) -> None:
    third = "http://third.example/x"
    pages = {
        REPRINT: article("A", source=ORIGINAL),
        ORIGINAL: article("B", source=third),
        third: article("C", source=REPRINT),
    }
    keep(archive, pages)
    tree = LexborHTMLParser(drawn(archive, REPRINT, pages[REPRINT])[0].decode("utf-8"))
    drawing = one(tree, "ul.chain")
    assert len(drawing.css("li li")) == 3
    assert drawing.text().count("(above)") == 1
    assert drawing.text().count("names as its original") + drawing.text().count("is named as original by") == 3


def test_what_the_site_says_for_all_its_pages_is_on_the_card(archive: Archive) -> None:
    body = article("Harbour Light")
    keep_with_site_file(archive, ORIGINAL, body)
    text = " ".join(LexborHTMLParser(drawn(archive, ORIGINAL, body)[0].decode("utf-8")).text().split())
    assert "its site, for all its pages, in http://harbour.example/robots.txt: preference on AI" in text
    assert "Content-Signal: ai-train=no" in text


def with_words(model: Any, words: str) -> Any:
    """A document with these words as every text somebody else may have given."""
    if isinstance(model, Model):
        fields = {name: with_words(getattr(model, name), words) for name in type(model).model_fields}
        texts = {
            "text", "name", "reason", "purpose", "detail", "holder", "statute", "contact", "doctrine", "usage", "url", "css_path",
            "voice", "kind", "language", "value", "user_agent", "cipher", "statement", "license", "license_url", "years", "basis",
        }  # fmt: skip
        keep = {"url"} if type(model).__name__ == "Observation" else set()
        return model.model_copy(
            update={n: words if n in texts - keep and isinstance(v, str) else v for n, v in fields.items()}
        )
    return tuple(with_words(one, words) for one in model) if isinstance(model, tuple) else model


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(archive: Archive, words: str) -> None:
    body = article("Commons", source=ORIGINAL, notice=NOTICES, body="<p>" + words.replace("<", "&lt;") + "</p>")
    keep(archive, {REPRINT: body, ORIGINAL: article("Harbour Light")})
    chain = chain_of(archive, REPRINT)
    for node in chain.nodes:
        if node.held is not None:
            claims = with_words(node.held.claims, words)
            object.__setattr__(node.held, "claims", claims.model_copy(update={"charset": "utf-8"}))
            object.__setattr__(node.held, "manifest", with_words(node.held.manifest, words))
    held = chain.nodes[0].held
    assert held is not None
    content = card(Card(held, chain, body)).decode("utf-8")
    tree = LexborHTMLParser(content)
    assert {node.tag for node in tree.css("*")} <= TAGS
    assert [node.tag for node in tree.css("body > *")] == ["a", "header", "main", "footer"]
    assert not [name for node in tree.css("*") for name in node.attributes if name.startswith("on")]
    assert all((node.attributes["href"] or "").startswith("#") for node in tree.css("[href]"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", content)
    assert len(content) < 400_000


def luminance(colour: str) -> float:
    """WCAG 2.2: relative luminance."""
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("way", ["light", "dark", "print"])
def test_every_ink_can_be_read_on_every_ground(made: LexborHTMLParser, way: str) -> None:
    style = one(made, "style").text()
    colours: dict[str, str] = {}
    for media, block in re.findall(r"(@media [^{]+\{ )?:root \{([^}]*)\}", style):
        if not media or ("dark" in media and way == "dark") or ("print" in media and way == "print"):
            colours.update(re.findall(r"--([a-z]+): (#[0-9a-f]{3,6})", block))
    assert set(KINDS) < set(colours)
    for ink in ("ink", "soft", "link"):
        for ground in ("paper", "tile"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for kind in KINDS:
        assert contrast(colours["ink"], colours[kind]) >= 4.5, kind
    assert contrast(colours["edge"], colours["paper"]) >= 3, "marks have an edge that can be seen without colour"
    assert "prefers-color-scheme: dark" in STYLE


def test_a_capture_of_which_nothing_was_read_has_a_card_too(archive: Archive) -> None:
    keep(archive, {ORIGINAL: b""})
    content, chain = drawn(archive, ORIGINAL, None)
    held = chain.nodes[0].held
    assert held is not None
    object.__setattr__(held, "claims", None)
    for made in (content, card(Card(held, chain, None))):
        text = made.decode("utf-8")
        assert "There is no text to show" in text
        assert ORIGINAL in text


def test_equal_captures_have_equal_cards(archive: Archive) -> None:
    body = article("Commons", source=ORIGINAL, notice=NOTICES)
    keep(archive, {REPRINT: body})
    assert drawn(archive, REPRINT, body)[0] == drawn(archive, REPRINT, body)[0]


def test_a_long_page_is_cut_around_its_marks_and_says_so(archive: Archive) -> None:
    body = article("Commons", body="".join(f"<p>{n} {'water ' * 40}</p>" for n in range(3000)), notice=NOTICES)
    keep(archive, {REPRINT: body})
    content = drawn(archive, REPRINT, body)[0]
    assert len(content) < 450_000
    text = content.decode("utf-8")
    assert "lines without marks are left out" in text
    assert "\u00a9 2020-2026 Harbour Light" in text.partition('class="pagetext')[2]


def test_joiners_of_scripts_are_kept_and_overrides_are_not(archive: Archive) -> None:
    body = article(
        "Commons", body="<p>\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 Zei\u00adtung \u202egnp.exe</p>"
    )
    keep(archive, {REPRINT: body})
    text = drawn(archive, REPRINT, body)[0].decode("utf-8")
    assert "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 Zei\u00adtung \ufffdgnp.exe" in text
    assert '<p dir="auto">' in text


PIECES = [
    "<p>\u00a9 2026 <b>Harbour</b> Light</p>",
    "<p>a<!-- c -->b <script>var x='\u00a9';</script>c</p>",
    "<i>x</i>&nbsp;&copy;y",
    "text",
    "<textarea>\u00a9 none</textarea>",
    "<p>\u6e2f\u5831\u3000\u8a18\u4e8b</p>",
    "<br>",
    "<template><p>no</p></template>",
    "<p>5 &lt; 7 &amp",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=6), st.sampled_from(CAN_HOLD_A_PAGE), st.data())
def test_a_mark_covers_exactly_the_words_of_its_range(pieces: list[str], charset: str, data: st.DataObject) -> None:
    markup = f"<!doctype html><html><head><title>t</title></head><body>{''.join(pieces)}</body></html>"
    entity = markup.encode(charset, "replace")
    read = extract.read(entity, url=REPRINT, content_type=f"text/html; charset={charset}")
    assert read.charset is not None
    spots = [
        Spot(f"n{at}", notice.evidence.place.ranges)
        for at, notice in enumerate(read.notices)
        if notice.evidence.place.ranges
    ]
    shown = page_text(entity, read.charset, spots, mime=read.mime_detected, content_type="text/html")
    assert "\n".join("".join(piece.text for piece in line) for line in shown.lines) == read.text
    for spot in spots:
        if spot.key in shown.marked:
            marked = " ".join("".join(p.text for p in line if spot.key in p.keys).strip() for line in shown.lines)
            assert " ".join(marked.split()) == read_ranges(entity, spot.ranges, read.charset)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=5))
def test_any_bytes_and_ranges_give_a_text(entity: bytes, ranges: list[tuple[int, int]]) -> None:
    spots = [Spot(f"n{at}", (one,)) for at, one in enumerate(ranges)]
    for charset in ("utf-8", "utf-16-le", "iso-2022-jp"):
        shown = page_text(entity, charset, spots, mime="text/html")
        assert all(piece.text for line in shown.lines for piece in line)


def test_a_plain_text_is_shown_line_by_line(tmp_path: Path) -> None:
    entity = b"User-agent: *\nDisallow: /a <b>\n\nSitemap: x\n"
    shown = page_text(entity, "utf-8", [Spot("n1", ((14, 25),))], mime="text/plain", content_type="text/plain")
    assert ["".join(piece.text for piece in line) for line in shown.lines] == [
        "User-agent: *",
        "Disallow: /a <b>",
        "Sitemap: x",
    ]
    assert [piece.text for line in shown.lines for piece in line if piece.keys] == ["Disallow: /"]


def test_a_browser_draws_it_and_has_nothing_to_refuse(archive: Archive, tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        how = "Chromium is not installed: infra/ci-services.sh start, or apt-get install chromium"
        pytest.fail(how) if os.environ.get("CI") else pytest.skip(how)
    body = article("Commons", source=ORIGINAL, notice=NOTICES)
    keep(archive, {REPRINT: body})
    path = tmp_path / "card.html"
    path.write_bytes(drawn(archive, REPRINT, body)[0])
    command = [
        "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "Content Security Policy" not in ran.stderr
    seen = LexborHTMLParser(ran.stdout)
    assert {node.tag for node in seen.css("*")} <= TAGS
    assert len(seen.css("mark")) == len(LexborHTMLParser(path.read_text("utf-8")).css("mark"))
