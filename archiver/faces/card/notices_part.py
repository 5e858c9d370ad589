# SPDX-License-Identifier: Apache-2.0
"""The notices on a card: each with its words, what was read from it, and where it stands."""

from archiver.faces.card.citing import way
from archiver.faces.card.page_text import PageText
from archiver.faces.card.quoting import class_of, inline, quoted, where
from archiver.services.markup import table, words
from archiver.services.provenance import wording
from archiver.services.provenance.chain import Held
from manifests.capture import Claims
from manifests.rights import Notice

MOST_OF_A_FILE = 40
"""Notices of one site file that are shown: a robots.txt may name a hundred programs."""


def notices_part(held: Held, text: PageText | None) -> str:
    """The section."""
    claims = held.claims
    head = '<section aria-labelledby="notices"><h2 id="notices">Notices found</h2>\n'
    if claims is None:
        return f"{head}<p>{words(wording.sentence(wording.NOTHING_READ))}.</p>\n</section>\n"
    if not claims.notices:
        return f"{head}<p>{words(wording.sentence(wording.NONE_FOUND))}.</p>\n{_site(held)}</section>\n"
    count = "One notice" if len(claims.notices) == 1 else f"{len(claims.notices)} notices"
    lead = f"<p>{count}, word for word, in the order they were read. Nothing here was assessed.</p>\n"
    listed = "".join(_notice(at, one, claims, text) for at, one in enumerate(claims.notices, start=1))
    return f'{head}{lead}<ol class="notices">{listed}</ol>\n{_site(held)}</section>\n'


def _site(held: Held) -> str:
    """What the site says for all its pages."""
    rows = []
    for file in held.site:
        for notice in (file.notices or ())[:MOST_OF_A_FILE]:
            words_of = f'<span class="quote">{inline(notice.text, 600)}</span>'
            rows.append((words(file.url), words(wording.kind(notice)), words_of, _read(notice), where(notice.evidence)))
        if file.notices is None or len(file.notices) > MOST_OF_A_FILE:
            said = "cannot be read" if file.notices is None else f"and {len(file.notices) - MOST_OF_A_FILE} more"
            rows.append((words(file.url), said, "", "", f"<code>{file.capture_id}</code>"))
    heads = ("file", "notice", "words", "read from it", "place")
    return table("What its site says for all its pages, in files captured with it", heads, rows)


def _notice(at: int, notice: Notice, claims: Claims, text: PageText | None) -> str:
    tag = notice.language or (claims.language.value if claims.language is not None else None)
    named = _read(notice)
    voice = f" <b>Not in the publisher's own voice: {words(notice.voice)}.</b>" if notice.voice is not None else ""
    basis = " Part of the rights statement." if at - 1 in claims.rights.basis else ""
    return (
        f'<li id="n{at}"><h3><span class="number {class_of(notice)}">{at}</span> '
        f"{words(wording.sentence(wording.kind(notice)))}</h3>\n"
        + quoted(notice.text, tag)
        + (f"<p>Read from it: {named}.</p>\n" if named else "")
        + f"<p>{where(notice.evidence)} of the {words(notice.evidence.authority.kind)}{way(f'n{at}', text)}</p>\n"
        + f'<p class="soft">Confidence {notice.confidence.value}: {words(notice.reason)}.{basis}{voice}</p></li>\n'
    )


def _read(notice: Notice) -> str:
    """What was read from the words of a notice."""
    read = {
        "holder": notice.holder, "years": notice.years, "licence": notice.license, "licence address": notice.license_url,
        "statute": notice.statute, "doctrine": notice.doctrine, "use": notice.usage, "says": notice.value,
        "for": ", ".join(notice.agents) or None, "address": notice.url,
    }  # fmt: skip
    return "; ".join(f"{name}: {inline(value)}" for name, value in read.items() if value)
