# SPDX-License-Identifier: Apache-2.0
"""How the pages of a proof pack look: as evidence cards do, and on A4 paper with room for a hand to write."""

from archiver.faces.card.style import STYLE as CARD_STYLE

STYLE = (
    CARD_STYLE
    + """
.strengths { padding: 0; list-style: none; } .strengths li { border-inline-start: 5px solid var(--bar); padding: .2rem .9rem;
  margin: .5rem 0; }
.strengths li.lacking { border-inline-start-style: dotted; border-color: var(--edge); }
.capture { margin-top: 2.5rem; }
.files { columns: 2; font-size: .9rem; }
.wide + h3 { margin-top: 1.4rem; } .statement td:first-child { min-width: 2rem; } .limits li { margin: .35rem 0; }
.declaration { border: 2px solid var(--edge); border-radius: 6px; padding: 1rem 1.25rem 1.5rem; margin-top: 1rem; }
.blank { display: grid; grid-template-columns: 11rem 1fr; gap: 1.4rem 1rem; margin: 1.4rem 0 0; }
.blank dt { align-self: end; } .blank dd { border-bottom: 1px solid var(--ink); min-height: 1.6rem; }
@page { size: A4; margin: 18mm 16mm 20mm; }
@media print { .capture { break-before: page; } .declaration { break-inside: avoid; }
  .strengths li, .limits li { break-inside: avoid; } .files { columns: 1; } }
@media (max-width: 34rem) { .files { columns: 1; } .blank { grid-template-columns: 1fr; gap: .3rem; } }
"""
)
