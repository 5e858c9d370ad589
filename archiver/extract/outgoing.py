# SPDX-License-Identifier: Apache-2.0
"""Where a page leads and what it embeds, and nothing else of it: for a page whose claims were read before.

Guarantees: what is told is what `read` tells of the same bytes; nothing raises; the work is linear in the entity's size.
"""

from collections.abc import Sequence

from archiver.extract.markup import charset, directives, links, media
from archiver.extract.markup.css import read_css
from archiver.extract.markup.document import Document
from archiver.extract.markup.metas import Metas
from archiver.extract.reading import Reading


def read_outgoing(
    entity: bytes, *, url: str, content_type: str | None, headers: Sequence[tuple[str, str]] = ()
) -> Reading:
    """A reading that has the media type, requisites, links, `nofollow` and robots tokens alone."""
    kind = media.detect(entity, content_type)
    if media.reads_as_page(kind, content_type):
        document = Document(entity, *charset.read(entity, content_type))
        base = links.base_of(document, url)
        return Reading(
            mime_detected=kind,
            requisites=links.requisites(document, base),
            links=links.links(document, base),
            nofollow=links.nofollow(document, base),
            robots=directives.robots(headers, Metas(document)),
        )
    loads = media.essence(content_type) == "text/css"
    loaded = read_css(entity, url=url, content_type=content_type) if loads else ()
    return Reading(mime_detected=kind, requisites=loaded, robots=directives.robots(headers))
