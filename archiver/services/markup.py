# SPDX-License-Identifier: Apache-2.0
"""The pieces a page of ours is made of: escaped words, tables, numbers, and the frame around them.

What pages, servers and operators say reaches the page through `words` alone: markup is escaped, and characters that cannot
be seen or that turn the direction of the text are shown as a box. The page loads nothing and runs nothing: its policy
allows one style, by its digest. Pages that quote others show their words with `prose`, which keeps what languages need.
"""

import base64
import hashlib
import html
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

MOST_LETTERS = 500

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d6dbe1; --tile: #f5f7f9;
  --bar: #2f6fb3; --bad: #b3462f; --good: #3f8f5b; --grey: #9aa4af; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e4e8ec; --soft: #9aa5b1; --line: #333b45;
  --tile: #1d232a; --bar: #6ea8e6; --bad: #e58a74; --good: #72c491; --grey: #66717d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 64rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
p { margin: .4rem 0; } .soft, caption { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.tiles div { background: var(--tile); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; }
.tiles b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
caption { text-align: left; padding: .25rem 0; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
summary { cursor: pointer; color: var(--soft); }
svg { display: block; width: 100%; height: auto; margin: .5rem 0; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .soft { fill: var(--soft); }
svg .bar { fill: var(--bar); } svg .bad { fill: var(--bad); } svg .good { fill: var(--good); } svg .grey { fill: var(--grey); }
svg .axis { stroke: var(--line); }
"""
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_NEEDED = frozenset("\n\t\u00ad\u200b\u200c\u200d\u200e\u200f\u061c\u2060\ufeff")
"""Unseen characters that part words, or part, join or place letters; what they do ends with their paragraph."""


def words(text: str, most: int = MOST_LETTERS) -> str:
    """Anybody's words as text of the page, or as the value of a quoted attribute."""
    if len(text) > most:
        text = text[: most - 1] + "…"
    if not text.isascii() or not text.isprintable():
        text = "".join("\ufffd" if unicodedata.category(one) in _UNSEEN else one for one in text)
    return html.escape(text)


def prose(text: str, most: int) -> str:
    """As `words`, but line breaks, soft hyphens, joiners and direction marks are kept."""
    if len(text) > most:
        text = text[: most - 1] + "…"
    if not text.isascii() or not text.isprintable():
        text = "".join("\ufffd" if unicodedata.category(one) in _UNSEEN and one not in _NEEDED else one for one in text)
    return html.escape(text)


def number(count: int) -> str:
    """A number as people read it."""
    return f"{count:,}"


def octets(count: int) -> str:
    """A number of octets as people read it."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{count:,} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def duration(seconds: int) -> str:
    """Seconds as people read them."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {left} s" if minutes else f"{left} s"


def moment(at: datetime) -> str:
    """A time, UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def per_mille(count: int) -> str:
    """Thousandths as a percentage."""
    return f"{count / 10:.1f} %"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str | int]], *, row_heads: bool = False) -> str:
    """A table; cells that are numbers stand to the right, texts must be markup already. Empty without rows.

    With `row_heads` the first cell of a row is the head of that row.
    """
    given = [list(row) for row in rows]
    if not given:
        return ""
    right = [any(isinstance(cell, int) for cell in column) for column in zip(*given, strict=True)]
    lines = [f'<div class="wide"><table><caption>{words(caption)}</caption><thead><tr>']
    lines += [f'<th scope="col"{_NUMBER if n else ""}>{words(one)}</th>' for one, n in zip(heads, right, strict=True)]
    lines.append("</tr></thead><tbody>")
    for row in given:
        first = [f'<th scope="row">{row.pop(0)}</th>'] if row_heads else []
        lines.append("<tr>" + "".join([*first, *map(_cell, row)]) + "</tr>")
    return "".join(lines) + "</tbody></table></div>\n"


def tiles(named: Iterable[tuple[str, str]]) -> str:
    """Numbers with their names, as markup."""
    return '<div class="tiles">' + "".join(f"<div><b>{value}</b>{name}</div>" for name, value in named) + "</div>\n"


def folded(summary: str, content: str) -> str:
    """Content that is shown when asked for."""
    return f"<details><summary>{words(summary)}</summary>{content}</details>\n" if content else ""


def framed(title: str, body: str, more_style: str = "") -> bytes:
    """The whole page; `body` is markup, `more_style` follows the style that all pages have."""
    style = _STYLE + more_style
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>{words(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    ).encode("utf-8", "replace")


_NUMBER = ' class="n"'


def _cell(cell: str | int) -> str:
    return f'<td class="n">{number(cell)}</td>' if isinstance(cell, int) else f"<td>{cell}</td>"
