# SPDX-License-Identifier: Apache-2.0
"""One page of the benchmark site as HTML: what a publisher says about itself, and notices of several shapes.

Every page has what an archive of evidence looks for: JSON-LD, author, site name and rights in its head; a byline, image
credits, and a footer with a copyright line and a link to a licence. What differs from page to page is how they say it.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.words import Prose

_LICENSES = (
    ("https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0"),
    ("https://creativecommons.org/licenses/by-sa/4.0/", "Creative Commons Attribution-ShareAlike 4.0"),
    ("https://creativecommons.org/licenses/by-nc-nd/4.0/deed.en", "CC BY-NC-ND 4.0"),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
)
_FOOTERS = (
    "&copy; {year} {publisher}. All rights reserved. Texts are under {licence}.",
    "Copyright &copy; 2009&ndash;{year} {publisher}. Except where noted, this page is licensed under {licence}.",
    "All content &#169; {publisher} {year}. No part may be reproduced without permission; the texts: {licence}.",
    "Copyright (c) {year} by {publisher}. Some rights reserved. Republish this story freely under {licence}.",
)
_CREDITS = ("Photo: {name} / {publisher}", "Image courtesy of {name}", "&copy; {name}", "{name} for {publisher}")
_SECTION_LINK = 'class="section-link" '
_RIGHTS_METAS = ("dcterms.rights", "copyright", "rights")
_FIRST = ("Ada", "Bram", "Cleo", "Dario", "Edda", "Femi", "Gita", "Hugo", "Imke", "Jonas", "Kaya", "Lior")
_LAST = ("Abara", "Brandt", "Castel", "Dorsey", "Ekholm", "Farouk", "Grieg", "Halloran", "Ito", "Jansen", "Kovacs")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page is to hold."""

    url: str
    publisher: str
    octets: int
    """How long it should become; a page of few octets becomes as long as its links need."""
    section: Sequence[str]
    """Links of its navigation."""
    inline: Sequence[str]
    """Links in its text."""
    embeds: Sequence[str]
    """Paths of images, style sheets and scripts."""


def render(page: Page, prose: Prose, chance: random.Random) -> bytes:
    """The page in UTF-8."""
    title, author, year = prose.title(chance), _name(chance), chance.randint(2012, 2024)
    published = f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    head = _head(page, title, author, published, chance)
    licence_url, licence_name = chance.choice(_LICENSES)
    licence = f'<a rel="license" href="{licence_url}">{licence_name}</a>'
    line = chance.choice(_FOOTERS).format(year=year, publisher=page.publisher, licence=licence)
    foot = (
        f'</article>\n</main>\n<footer class="page-footer">\n<p class="legal">{line}</p>\n'
        f'<p class="imprint">{page.publisher} is published weekly. {prose.paragraph(chance)}</p>\n</footer>\n'
        "</body>\n</html>\n"
    )
    room = page.octets - len(head) - len(foot)
    return (head + _text(page, room, prose, chance) + foot).encode()


def _head(page: Page, title: str, author: str, published: str, chance: random.Random) -> str:
    year = published[:4]
    described = {
        "@context": "https://schema.org",
        "@type": chance.choice(("Article", "NewsArticle", "BlogPosting")),
        "headline": title,
        "datePublished": published,
        "author": {"@type": "Person", "name": author},
        "publisher": {"@type": "Organization", "name": page.publisher},
        "copyrightYear": int(year),
        "copyrightHolder": {"@type": "Organization", "name": page.publisher},
    }
    lines = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title} - {page.publisher}</title>",
        f'<link rel="canonical" href="{page.url}">',
        f'<meta name="author" content="{author}">',
        f'<meta property="og:site_name" content="{page.publisher}">\n<meta property="og:title" content="{title}">',
        f'<meta name="{chance.choice(_RIGHTS_METAS)}" content="Copyright {year} {page.publisher}">',
        f'<script type="application/ld+json">{json.dumps(described)}</script>',
    ]
    lines += [f'<link rel="stylesheet" href="{path}">' for path in page.embeds if path.endswith(".css")]
    lines += [f'<script src="{path}" defer></script>' for path in page.embeds if path.endswith(".js")]
    lines.append('</head>\n<body class="story">\n<header class="page-header">\n<nav class="section-links">\n<ul>')
    lines += [f'<li class="section-entry">{_link(to, _SECTION_LINK)}</li>' for to in page.section]
    lines.append('</ul>\n</nav>\n</header>\n<main id="content">\n<article class="story-text">')
    lines.append(f'<h1 class="headline">{title}</h1>')
    lines.append(
        f'<p class="byline">By <span class="author">{author}</span>, <time datetime="{published}">{published}</time></p>'
    )
    for path in page.embeds:
        if path.endswith((".jpg", ".png")):
            credit = chance.choice(_CREDITS).format(name=_name(chance), publisher=page.publisher)
            lines.append(
                f'<figure><img src="{path}" alt="" width="960" height="540"><figcaption>{credit}</figcaption></figure>'
            )
    return "\n".join(lines) + "\n"


def _text(page: Page, room: int, prose: Prose, chance: random.Random) -> str:
    """Paragraphs for about `room` characters, the links spread over the first of them."""
    links = list(page.inline)
    parts: list[str] = []
    while room > 0:
        more = f" More on this: {_link(links.pop())}." if links else ""
        heading = f'<h2 class="story-heading">{prose.title(chance)}</h2>\n' if len(parts) % 8 == 7 else ""
        parts.append(f'{heading}<p class="story-paragraph">{prose.paragraph(chance)}{more}</p>\n')
        room -= len(parts[-1])
    parts += [f'<p class="related">{_link(to)}</p>\n' for to in links]  # what a short page has no text for
    return "".join(parts)


def _link(to: str, attributes: str = "") -> str:
    """An anchor whose text is the words of the last path segment."""
    words = to.rpartition("/")[2].removesuffix(".html").replace("-", " ") or "Front page"
    return f'<a {attributes}href="{to}">{words}</a>'


def _name(chance: random.Random) -> str:
    return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
