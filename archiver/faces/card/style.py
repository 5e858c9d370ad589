# SPDX-License-Identifier: Apache-2.0
"""How a card looks, beyond what all pages share: light and dark by the reader's choice, on paper, and on a telephone.

Colour never says anything alone: each mark has its number. Every pair of ink and ground has a contrast of 4.5 or more.
"""

KINDS = ("claim", "grant", "limit", "source", "machine", "other")
"""The classes of marks: claims of rights, permissions, limits and defences, sources, preferences for machines, the rest."""

_LIGHT = """--claim: #ffe7a3; --grant: #cdebcf; --limit: #fad4dc; --source: #cde2fb; --machine: #c9e9ea; --other: #e2e6eb;
  --edge: #7a8592; --link: #1b5ea8;"""
STYLE = """
:root { LIGHT }
@media (prefers-color-scheme: dark) { :root { --claim: #574400; --grant: #1f4a2b; --limit: #5f2634; --source: #1d4069;
  --machine: #12494b; --other: #3a424c; --edge: #7d8996; --link: #8fc0f5; } }
body { max-width: 60rem; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible, .wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.75rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { border-top: 1px solid var(--line); padding-top: 1.1rem; font-size: 1.25rem; }
h3 { font-size: 1rem; margin: 0 0 .35rem; }
.eyebrow { text-transform: uppercase; letter-spacing: .09em; font-size: .78rem; color: var(--soft); margin: 0 0 .35rem; }
.skip { position: absolute; left: -100vw; } .skip:focus { position: static; }
.url, code { font: .88em/1.45 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
nav ul { list-style: none; padding: 0; margin: 1rem 0 0; display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.facts > div { border: 1px solid var(--line); border-top: 4px solid var(--bar); border-radius: 6px; background: var(--tile);
  padding: .7rem .9rem .8rem; }
.facts > div:last-child { grid-column: 1 / -1; }
.facts dt { color: var(--soft); font-size: .85rem; } .facts dd { margin: .15rem 0 0; overflow-wrap: anywhere; }
.facts dd.main { font-size: 1.12rem; font-weight: 600; }
.quote { font: 1.02rem/1.6 ui-serif, Georgia, "Times New Roman", serif; }
blockquote.quote { margin: .4rem 0 .6rem; padding: .55rem .9rem; border-inline-start: 5px solid var(--edge);
  background: var(--tile); overflow-wrap: anywhere; }
.notices { list-style: none; padding: 0; margin: 0; } .notices > li { margin: 0 0 1.6rem; }
.number { display: inline-block; min-width: 1.6em; padding: 0 .35em; border-radius: 1em; text-align: center;
  font-variant-numeric: tabular-nums; border: 1px solid var(--edge); }
.claim { background: var(--claim); } .grant { background: var(--grant); } .limit { background: var(--limit); }
.source { background: var(--source); } .machine { background: var(--machine); } .other { background: var(--other); }
.chain, .chain ul { list-style: none; margin: 0; padding: 0; }
.chain ul { margin-inline-start: .55rem; border-inline-start: 2px solid var(--edge); padding-inline-start: 1.2rem; }
.chain li { position: relative; padding: .5rem 0 .3rem; }
.chain ul > li::before { content: ""; position: absolute; inset-inline-start: -1.62rem; top: 1rem; width: .7rem; height: .7rem;
  border-radius: 50%; background: var(--paper); border: 2px solid var(--edge); }
.how { color: var(--soft); } .how b { color: var(--ink); }
.pagetext { border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1.1rem; }
.pagetext p { margin: .45rem 0; overflow-wrap: anywhere; }
mark { color: var(--ink); padding: .08em .12em; border-radius: 3px; -webkit-box-decoration-break: clone;
  box-decoration-break: clone; border-bottom: 2px solid var(--edge); }
mark:target, mark:has(> .spot:target), li:target { outline: 3px solid var(--link); outline-offset: 2px; }
.spot { scroll-margin-top: 30vh; }
.ref { font: 600 .72rem/1 system-ui, sans-serif; vertical-align: super; margin-inline: .15em .1em; user-select: none; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--tile); border: 1px solid var(--line);
  border-radius: 6px; padding: .5rem .75rem; margin: .4rem 0 .9rem; font-size: .85rem; }
.gap { color: var(--soft); text-align: center; }
tbody th { font-weight: 600; width: 13rem; } td { overflow-wrap: break-word; } .unbroken { white-space: nowrap; }
td:first-child { min-width: 10rem; }
h3 + p { margin-top: 0; } .pagetext + h3 { margin-top: 1.4rem; } dd { margin-inline-start: 0; }
footer { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1rem; color: var(--soft); }
@media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #444; --tile: #fff; LIGHT }
  body { max-width: none; padding: 0; font-size: 10.5pt; } nav, .skip, .way { display: none; }
  mark, .number { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  h2, h3 { break-after: avoid; } .facts > div, .notices > li, tr { break-inside: avoid; } details > summary { display: none; }
  .wide { overflow: visible; } a { text-decoration: none; } }
@media (max-width: 34rem) { body { padding: 1rem; } h1 { font-size: 1.4rem; } tbody th { width: auto; } }
""".replace("LIGHT", _LIGHT)
