# SPDX-License-Identifier: Apache-2.0
"""The chain on a card: drawn as nested lists, and once more as a table with everything it rests on."""

from datetime import datetime

from archiver.faces.card.citing import way
from archiver.faces.card.page_text import PageText
from archiver.faces.card.quoting import inline, terms, where
from archiver.services.markup import moment, table, words
from archiver.services.provenance import wording
from archiver.services.provenance.chain import Chain, Link, Node
from manifests.capture import Claims

_ALONE = "This archive holds no page that it names, that names it, or that has its text or its bytes."


def chain_part(chain: Chain, claims: Claims | None, text: PageText | None) -> str:
    """The section; `chain` must hold a page that was asked for, and `claims` are those of the card's own."""
    asked = [node for node in chain.nodes if node.asked is not None]
    shown, told = {node.name for node in asked}, set[tuple[str, str]]()
    drawn = "".join(f"<li>{_page(node)}{_linked(chain, node, shown, told)}</li>" for node in asked)
    alone = (
        ""
        if chain.links
        else "<p>This archive holds no page that it names, that names it, or that has its text or bytes.</p>\n"
    )
    more = f"<p>{chain.left_out} more pages were found and are not shown.</p>\n" if chain.left_out else ""
    more += "".join(f"<p>Capture <code>{one}</code> could not be read.</p>\n" for one in chain.unreadable)
    return (
        '<section aria-labelledby="chain"><h2 id="chain">Where it comes from</h2>\n'
        + _earliest(chain)
        + _original(claims, text)
        + alone
        + (f'<ul class="chain">{drawn}</ul>\n' if chain.links else "")
        + more
        + _table(chain)
        + "</section>\n"
    )


def _original(claims: Claims | None, text: PageText | None) -> str:
    """What the card's own page names as its original."""
    if claims is None or claims.reprint is None:
        return ""
    said = claims.reprint
    named = " ".join(one for one in (said.original.name, said.original.url) if one)
    return (
        f'<p id="from">The page names as its original: <b>{inline(named)}</b>, confidence {said.confidence.value}: '
        f"{words(said.reason)}.{way('from', text)}</p>\n"
    )


def _earliest(chain: Chain) -> str:
    claimed, captured = chain.earliest_claimed, chain.earliest_captured
    parts = []
    if claimed is not None:
        parts.append(f"by its own date {_own_date(claimed)}: {_named(claimed)}")
    if captured is not None and captured.first_at is not None:
        parts.append(f"by capture {moment(captured.first_at)}: {_named(captured)}")
    if not parts:
        return ""
    listed = "".join(f"<li>{part}</li>" for part in parts)
    return f"<p><b>{words(wording.sentence(wording.EARLIEST))}</b> of these pages:</p><ul>{listed}</ul>\n"


def _named(node: Node) -> str:
    who = wording.who(node)
    return (f"{inline(who)}, " if who else "") + f'<span class="url">{words(node.url or "no address")}</span>'


def _own_date(node: Node) -> str:
    claims = node.held.claims if node.held is not None else None
    return inline(claims.published_at.value) if claims is not None and claims.published_at is not None else "none found"


def _page(node: Node) -> str:
    who = wording.who(node)
    name = f"<b>{inline(who)}</b> " if who else ""
    url = f'<span class="url">{words(node.url or "")}</span>'
    if node.held is None:
        return f'{name}{url} <span class="how">not in this archive</span>'
    facts = f"its own date: {_own_date(node)}; captured {moment(node.held.found.fetched_at)}"
    facts += f", {node.captures} captures" if node.captures > 1 else ""
    return f'{name}{url}<br><span class="how">{facts}<br>terms: {terms(node.held.claims)}</span>'


def _linked(chain: Chain, node: Node, shown: set[str], told: set[tuple[str, str]]) -> str:
    """What is linked to a page: each link once, each page with all of it where it comes first."""
    parts = []
    for link in chain.links:
        if node.name not in (link.source, link.target) or (link.source, link.target) in told:
            continue
        told.add((link.source, link.target))
        other = chain.node(link.target if link.source == node.name else link.source)
        how = f'<span class="how"><b>{words(wording.says(link, of=node.name))}</b> {words(wording.by(link))}</span>'
        said = f"<br>{_statement(link)}" if link.statement is not None else ""
        if other.name in shown:
            page = f'{_named(other)} <span class="how">(above)</span>'
        else:
            shown.add(other.name)
            page = _page(other) + _linked(chain, other, shown, told)
        parts.append(f"<li>{how}{said}<br>{page}</li>")
    return f"<ul>{''.join(parts)}</ul>" if parts else ""


def _statement(link: Link) -> str:
    assert link.statement is not None
    return f'<q class="quote">{inline(link.statement.evidence.text)}</q>'


def _table(chain: Chain) -> str:
    rows = [
        (
            _named(node),
            _own_date(node) if node.held is not None else "",
            _moment(node.held.found.fetched_at) if node.held is not None else "not in this archive",
            terms(node.held.claims) if node.held is not None else "",
            "<br>".join(
                _rests_on(chain, link, node) for link in chain.links if node.name in (link.source, link.target)
            ),
            words(f"{claims.extractor.name} {claims.extractor.version}")
            if node.held is not None and (claims := node.held.claims) is not None
            else "",
        )
        for node in chain.nodes
    ]
    heads = ("who and where", "its own date", "captured", "terms", "linked how, on what evidence", "read by")
    return table("Every page of the chain", heads, rows)


def _moment(at: datetime) -> str:
    """A time that is broken between its day and its hour, if at all."""
    day, _, time = moment(at).partition(" ")
    return f'<span class="unbroken">{day}</span> <span class="unbroken">{time}</span>'


def _rests_on(chain: Chain, link: Link, node: Node) -> str:
    other = chain.node(link.target if link.source == node.name else link.source)
    told = f"{words(wording.says(link, of=node.name))} {_named(other)} ({words(wording.by(link))})"
    said = link.statement
    if said is not None and link.source == node.name:
        told += (
            f": {_statement(link)} {where(said.evidence)}; {words(said.basis)}, confidence {said.confidence.value}: "
            f"{words(said.reason)}; read in capture <code>{said.capture_id}</code>"
        )
    return told
