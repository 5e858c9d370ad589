# SPDX-License-Identifier: Apache-2.0
"""Charts as inline SVG, without scripts: colours come from the page's style, numbers from the caller.

Every bar has its number as a tooltip, and a table near it has them all.
"""

from collections.abc import Sequence

from archiver.services.markup import number, words

_WIDTH = 960
_HEIGHT = 170
_FOOT = 22
_LINE = 22
_NAMES = 330
_NUMBERS = 90


def over_time(label: str, bars: Sequence[tuple[int, int, str]], first: str, last: str) -> str:
    """Bars side by side: how much in all, how much of it failed, and the words that tell it."""
    most = max((count for count, _, _ in bars), default=0)
    if not most:
        return ""
    step, room = _WIDTH / len(bars), _HEIGHT - _FOOT - 14
    drawn = []
    for place, (count, failed, told) in enumerate(bars):
        tall, bad = room * count / most, room * failed / most
        left, wide = step * place, max(step - 1, 0.6)
        drawn.append(
            f"<g><title>{words(told)}</title>"
            f'<rect class="bar" x="{left:.1f}" y="{_HEIGHT - _FOOT - tall:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>'
            + (
                f'<rect class="bad" x="{left:.1f}" y="{_HEIGHT - _FOOT - bad:.1f}" width="{wide:.1f}" height="{bad:.1f}"/>'
                if failed
                else ""
            )
            + "</g>"
        )
    ground = _HEIGHT - _FOOT
    return (
        _opened(label, _HEIGHT)
        + f'<text class="soft" x="0" y="11">{number(most)}</text>'
        + "".join(drawn)
        + f'<line class="axis" x1="0" y1="{ground}" x2="{_WIDTH}" y2="{ground}"/>'
        + f'<text class="soft" x="0" y="{_HEIGHT - 6}">{words(first)}</text>'
        + f'<text class="soft" x="{_WIDTH}" y="{_HEIGHT - 6}" text-anchor="end">{words(last)}</text></svg>\n'
    )


def side_by_side(label: str, bars: Sequence[tuple[str, int, str]]) -> str:
    """A bar below the other: name, number, and class of colour (`bar`, `bad`, `good` or `grey`)."""
    most = max((count for _, count, _ in bars), default=0)
    if not most:
        return ""
    room = _WIDTH - _NAMES - _NUMBERS
    drawn = []
    for place, (name, count, colour) in enumerate(bars):
        top, wide = _LINE * place, max(room * count / most, 1 if count else 0)
        drawn.append(
            f'<g><title>{words(name)}: {number(count)}</title><text x="0" y="{top + 15}">{words(name, 46)}</text>'
            f'<rect class="{colour}" x="{_NAMES}" y="{top + 3}" width="{wide:.1f}" height="{_LINE - 7}"/>'
            f'<text class="soft" x="{_NAMES + wide + 6:.1f}" y="{top + 15}">{number(count)}</text></g>'
        )
    return _opened(label, _LINE * len(bars)) + "".join(drawn) + "</svg>\n"


def _opened(label: str, height: int) -> str:
    return f'<svg role="img" aria-label="{words(label)}" viewBox="0 0 {_WIDTH} {height}">'
