# SPDX-License-Identifier: Apache-2.0
"""A notification in words: as JSON for programs, as plain text, and as HTML.

`notification/0` is the JSON of `Message`, its fields as they are named here and in `Change`; times are RFC 3339 in UTC,
absent values null. Each form names both captures by id, URL and time. What comes from pages is untrusted: the text form
holds no control characters, the HTML form nothing of theirs but escaped text and links to http and https.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final, Literal

import msgspec

from archiver.services.notify.batch import Batch
from archiver.services.notify.change import Change, NoticeChange, Side

FORMAT: Final = "notification/0"
_KINDS = {
    "removal": "removed",
    "new": "new page",
    "phrase": "phrase",
    "main-text": "text changed",
    "notices": "notices changed",
    "publisher": "publisher changed",
}
_HTTP = re.compile(r"https?://[^\s]+", re.IGNORECASE)
_MAX_URL = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notification of a job."""

    format: Literal["notification/0"] = FORMAT
    message_id: str
    """A UUID; the same when it is sent again."""
    job: str
    archive_id: str
    crawl_ids: tuple[str, ...]
    """The crawls that saw the changes."""
    made_at: datetime
    changes: tuple[Change, ...]
    left_out: int = 0
    """Changes that are not listed."""
    test: bool = False
    """Whether it was sent to try the way, and tells of nothing."""

    @property
    def subject(self) -> str:
        """One line of what it is about."""
        if self.test:
            return f"{self.job}: test of notifications"
        count = len(self.changes) + self.left_out
        return f"{self.job}: {count} change{'' if count == 1 else 's'}"


def message(
    batch: Batch, *, message_id: str, job: str, archive_id: str, made_at: datetime, test: bool = False
) -> Message:
    """The message that tells a batch; an empty one with `test`, to try the way."""
    return Message(
        message_id=message_id,
        job=job,
        archive_id=archive_id,
        crawl_ids=batch.crawl_ids,
        made_at=made_at.astimezone(UTC),
        changes=batch.changes,
        left_out=batch.left_out,
        test=test,
    )


def to_json(told: Message) -> bytes:
    """The message as `notification/0`."""
    return msgspec.json.encode(told)


def from_json(content: bytes) -> Message:
    """What `to_json` gave. Raises `ValueError` when it is something else."""
    return msgspec.json.decode(content, type=Message)


def to_text(told: Message) -> str:
    """The message as plain text, lines of any length."""
    lines = [told.subject, f"Archive {told.archive_id}, {_time(told.made_at)}"]
    for change in told.changes:
        lines += ["", *_text_of(change)]
    if told.left_out:
        lines += ["", f"and {told.left_out} more"]
    return "\n".join(plain(line) for line in lines) + "\n"


def to_html(told: Message) -> str:
    """The message as a whole HTML document, without anything that is loaded from elsewhere."""
    parts = [
        f"<h1>{escape(plain(told.subject))}</h1>",
        f"<p>Archive {escape(told.archive_id)}, {_time(told.made_at)}</p>",
    ]
    parts += [change_html(change) for change in told.changes]
    if told.left_out:
        parts.append(f"<p>and {told.left_out} more</p>")
    title = escape(plain(told.subject))
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
        + "\n".join(parts)
        + "\n</html>\n"
    )


def change_html(change: Change) -> str:
    """One change as an HTML section."""
    rows = [f"<h2>{_link(change.url)}</h2>", f"<p>{_text(heading(change))}</p>"]
    rows += [f"<p>{name}: {_side_html(side)}</p>" for name, side in _sides(change)]
    if change.detail is not None:
        rows.append(f"<p>{_text(change.detail)}</p>")
    for one in change.words.stretches if change.words else ():
        rows.append(
            f"<p>… {_text(one.lead)} <del>{_text(one.before)}</del> <ins>{_text(one.after)}</ins> {_text(one.trail)} …</p>"
        )
    if change.words and change.words.more:
        rows.append(f"<p>and {change.words.more} more places</p>")
    rows += [f"<p>{_text(one.kind)} notice: {_pair_html(one.before, one.after)}</p>" for one in change.notices]
    if change.more_notices:
        rows.append(f"<p>and {change.more_notices} more notices</p>")
    if "publisher" in change.kinds:
        rows.append(f"<p>publisher: {_pair_html(change.publisher_before, change.publisher_after)}</p>")
    return "<section>" + "\n".join(rows) + "</section>"


def heading(change: Change) -> str:
    """What happened, in a few words."""
    said = [
        f"phrase {change.phrase}" if kind == "phrase" and change.phrase else _KINDS.get(kind, kind)
        for kind in change.kinds
    ]
    if change.words is not None:
        said.append(f"{change.words.share:g} % of the words")
    if change.suspected:
        said.append(f"but suspected: {', '.join(change.suspected)}")
    return ", ".join(said)


def _text_of(change: Change) -> Iterator[str]:
    yield change.url
    yield f"  {heading(change)}"
    for name, side in _sides(change):
        yield f"  {name}: {_side_text(side)}"
    if change.detail is not None:
        yield f"  {change.detail}"
    for one in change.words.stretches if change.words else ():
        yield f"  … {one.lead} [-{one.before}-] [+{one.after}+] {one.trail} …"
    if change.words and change.words.more:
        yield f"  and {change.words.more} more places"
    for notice in change.notices:
        yield f"  {notice.kind} notice: {_pair_text(notice)}"
    if change.more_notices:
        yield f"  and {change.more_notices} more notices"
    if "publisher" in change.kinds:
        yield f"  publisher: [-{change.publisher_before or ''}-] [+{change.publisher_after or ''}+]"


def _sides(change: Change) -> Iterator[tuple[str, Side]]:
    if change.before is not None:
        yield "before", change.before
    yield "after", change.after


def _side_text(side: Side) -> str:
    code = f", answered {side.code}" if side.code is not None else ""
    return f"capture {side.capture_id} of {side.url[:_MAX_URL]} at {_time(side.captured_at)}{code}"


def _side_html(side: Side) -> str:
    code = f", answered {side.code}" if side.code is not None else ""
    return f"capture {escape(side.capture_id)} of {_link(side.url)} at {_time(side.captured_at)}{code}"


def _pair_text(notice: NoticeChange) -> str:
    return f"[-{notice.before or ''}-] [+{notice.after or ''}+]"


def _pair_html(before: str | None, after: str | None) -> str:
    return f"<del>{_text(before or '')}</del> <ins>{_text(after or '')}</ins>"


def _link(url: str) -> str:
    shown = _text(url[:_MAX_URL])
    return f'<a href="{escape(url, quote=True)}" rel="noreferrer">{shown}</a>' if _HTTP.fullmatch(url) else shown


def _text(words: str) -> str:
    return escape(plain(words), quote=True)


def plain(words: str) -> str:
    """Without characters that command a terminal, a mail program or the direction of text."""
    return "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") else one for one in words)


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
