# SPDX-License-Identifier: Apache-2.0
"""Changes collected until it is time to tell them: at the end of a crawl, or when a day is over.

Pure: what waits is a value that the caller keeps (`to_json`, `from_json`), and the time is an argument. At most as many
changes wait as one message lists; of the rest only the number is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import msgspec

from archiver.errors import StateFault
from archiver.jobs.effective import Notification
from archiver.services.notify.change import Change


@dataclass(frozen=True, slots=True)
class Batch:
    """What one message tells."""

    changes: tuple[Change, ...] = ()
    left_out: int = 0
    """Changes beyond the rule's `at_most`."""
    crawl_ids: tuple[str, ...] = ()
    """The crawls that saw them."""
    day: date | None = None
    """The day, for a rule that tells by the day."""

    def with_more(self, changes: Sequence[Change], crawl_id: str, at_most: int) -> "Batch":
        """The batch with the changes of a crawl added."""
        return self.joined(Batch(tuple(changes), 0, (crawl_id,)), at_most)

    def joined(self, more: "Batch", at_most: int) -> "Batch":
        """This batch, on its own day, with what another one tells."""
        if not more.changes and not more.left_out:
            return self
        taken = more.changes[: max(at_most - len(self.changes), 0)]
        crawls = tuple(dict.fromkeys((*self.crawl_ids, *more.crawl_ids)))
        left_out = self.left_out + more.left_out + len(more.changes) - len(taken)
        return Batch((*self.changes, *taken), left_out, crawls, self.day)

    def to_json(self) -> bytes:
        """As the caller keeps it between crawls."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, content: bytes) -> "Batch":
        """What `to_json` gave. Raises `StateFault` when it is something else."""
        try:
            return msgspec.json.decode(content, type=cls)
        except msgspec.MsgspecError as fault:
            raise StateFault(
                f"waiting notifications cannot be read: {fault}", "Remove them; the next crawl goes on."
            ) from fault


def batches(
    changes: Sequence[Change], rule: Notification, waiting: Batch, *, crawl_id: str, now: datetime, zone: tzinfo
) -> tuple[tuple[Batch, ...], Batch]:
    """What is to be sent now, and what waits on, once a crawl found `changes`.

    For `every: crawl` nothing waits. For `every: day` a day in `zone` is sent by the first call after its end, so call it
    with no changes from time to time; `crawl_id` is not used then.
    """
    if rule.every == "crawl":
        one = waiting.with_more(changes, crawl_id, rule.at_most)
        return ((one,) if one.changes else ()), Batch()
    today = now.astimezone(zone).date()
    over = waiting.day is not None and waiting.day < today
    sent = (waiting,) if over and waiting.changes else ()
    kept = Batch(day=today) if over or waiting.day is None else waiting
    return sent, kept.with_more(changes, crawl_id, rule.at_most)
