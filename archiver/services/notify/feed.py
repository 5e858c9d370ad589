# SPDX-License-Identifier: Apache-2.0
"""The Atom feed of a job (RFC 4287): an entry a change, made anew from the messages that the caller keeps.

Ids are derived from the archive, the job and the later capture, so a feed made again has the same ones and no reader shows
a change twice. Entries are in the order of the messages, newest first, at most `MAX_ENTRIES`.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from archiver.services.notify.change import Change
from archiver.services.notify.message import Message, change_html, heading, plain

ATOM = "http://www.w3.org/2005/Atom"
MAX_ENTRIES = 200
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold (XML 1.0 section 2.2)."""
_HTTP = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)


def feed(
    messages: Iterable[Message], *, archive_id: str, job: str, author: str, updated: datetime, url: str | None = None
) -> bytes:
    """The feed's document, UTF-8, of a job's messages, the newest first.

    `archive_id` is a UUID; `author` a name; `updated` is used while there are no messages; `url` is where the feed will be,
    if it is known.
    """
    entries = list(islice(_entries(messages, UUID(archive_id), job), MAX_ENTRIES))
    root = Element("feed", {"xmlns": ATOM})
    _add(root, "id", uuid5(UUID(archive_id), f"feed {job}").urn)
    _add(root, "title", f"Changes seen by {job}")
    _add(root, "updated", max((made_at for made_at, _ in entries), default=updated).astimezone(UTC).isoformat())
    _add(SubElement(root, "author"), "name", author)
    if url is not None:
        SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": _fit(url)})
    root.extend(entry for _, entry in entries)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _entries(messages: Iterable[Message], archive: UUID, job: str) -> Iterator[tuple[datetime, Element]]:
    for message in messages:
        made_at = message.made_at
        for change in message.changes:
            name = f"change {job} {change.after.capture_id} {' '.join(change.kinds)}"
            yield made_at, _entry(uuid5(archive, name), plain(f"{change.url}: {heading(change)}"), made_at, change)
        if message.left_out or message.test:
            told = message.subject if message.test else f"{message.left_out} more changes"
            yield made_at, _entry(uuid5(archive, f"message {message.message_id}"), told, made_at, None)


def _entry(name: UUID, title: str, made_at: datetime, change: Change | None) -> Element:
    entry = Element("entry")
    _add(entry, "id", name.urn)
    _add(entry, "title", title)
    _add(entry, "updated", made_at.astimezone(UTC).isoformat())
    if change is not None and _HTTP.fullmatch(change.url):
        SubElement(entry, "link", {"rel": "alternate", "href": change.url})
    content = SubElement(entry, "content", {"type": "html"})
    content.text = _fit(change_html(change)) if change is not None else _fit(title)
    return entry


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _fit(text)


def _fit(text: str) -> str:
    return _UNFIT.sub(" ", text)
