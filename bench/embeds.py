# SPDX-License-Identifier: Apache-2.0
"""What the pages of the benchmark site embed: images of chance octets, style sheets, scripts.

Of a host's embeds 70 in 100 are images, 15 style sheets and 15 scripts; the last tenth of them are copies of earlier
ones of the same kind. A style sheet refers to images that stand in a page as well, and to nothing else.
"""

import random

from bench.words import Prose

_KINDS = ("jpg",) * 40 + ("png",) * 30 + ("css",) * 15 + ("js",) * 15
_FOLDERS = {"jpg": "images", "png": "images", "css": "styles", "js": "scripts"}
_BEGINNINGS = {"jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "png": b"\x89PNG\r\n\x1a\n"}


def paths(seed: int, host: int, count: int) -> list[str]:
    """The path of each embed of a host."""
    # The shares hold of the first hundred and each one after, in an order of chance.
    chance = random.Random(f"kinds {seed} {host}")
    kinds: list[str] = []
    while len(kinds) < count:
        kinds += chance.sample(_KINDS, len(_KINDS))
    return [f"/{_FOLDERS[kind]}/{number:04d}.{kind}" for number, kind in enumerate(kinds[:count])]


def contents(seed: int, host: int, count: int, prose: Prose, publisher: str) -> dict[str, bytes]:
    """The octets of each embed of a host by its path."""
    named = paths(seed, host, count)
    unique = count - count // 10
    made: dict[str, bytes] = {}
    for number, path in enumerate(named):
        chance = random.Random(f"embed {seed} {host} {number}")
        kind = path.rpartition(".")[2]
        alike = [one for one in named[:unique] if one.endswith(kind)]
        if number >= unique and alike:
            made[path] = made[chance.choice(alike)]
        elif kind in _BEGINNINGS:
            # median 20 KB
            made[path] = _BEGINNINGS[kind] + chance.randbytes(
                max(500, min(500_000, int(chance.lognormvariate(9.9, 0.7))))
            )
        else:
            octets = max(500, min(300_000, int(chance.lognormvariate(9.4, 0.9))))  # median 12 KB
            head = f"/*! {publisher}, {path}. Copyright 2024 {publisher}. Released under the MIT license. */\n"
            images = [one for one in named if one.startswith("/images/")]
            write = _style if kind == "css" else _script
            made[path] = (head + write(octets - len(head), images, prose, chance)).encode()
    return made


def _style(octets: int, images: list[str], prose: Prose, chance: random.Random) -> str:
    lines: list[str] = []
    while octets > 0:
        name = "-".join(chance.choices(prose.vocabulary, k=2))
        line = f".{name} {{\n  margin: {chance.randint(0, 48)}px {chance.randint(0, 48)}px;\n"
        line += f"  color: #{chance.randrange(1 << 24):06x};\n  font: {chance.randint(10, 40)}px/1.4 serif;\n"
        if images and chance.random() < 0.02:
            line += f'  background-image: url("{chance.choice(images)}");\n'
        lines.append(line + "}\n")
        octets -= len(lines[-1])
    return "".join(lines)


def _script(octets: int, _images: list[str], prose: Prose, chance: random.Random) -> str:
    lines: list[str] = []
    while octets > 0:
        first, second, third = chance.choices(prose.vocabulary, k=3)
        lines.append(
            f"// {chance.choice(prose.sentences)}\nexport function {first}{second.capitalize()}({third}, limit = "
            f"{chance.randint(1, 9999)}) {{\n  if (!{third}) {{ return null; }}\n  return {third}.{second}(limit);\n}}\n"
        )
        octets -= len(lines[-1])
    return "".join(lines)
