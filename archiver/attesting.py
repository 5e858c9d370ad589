# SPDX-License-Identifier: Apache-2.0
"""Who else has seen the heads of an archive's ledger: time-stamping authorities and witnesses, as the operator names them.

What they sign is kept in the store. One that does not answer holds nothing up: the next head is tried, and covers this one.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from archiver import wiring
from archiver.errors import ArchiverError, BadInput, RemoteFault
from archiver.settings import Settings
from archiver.state.state import State

if TYPE_CHECKING:  # signing takes a twentieth of a second to load: only who asks for a signature pays for it
    from archiver.ledger.heads import Head
    from archiver.ledger.notary import Authority
    from archiver.ledger.witnesses import Witness
    from archiver.services.cosigning import HeldCosignature
    from archiver.services.sequencer import Sequencer
    from archiver.services.stamping import HeldStamp

_STAMPED = "ledger_stamped"
STAMP_EVERY = timedelta(days=1)
"""How old the last time stamp may be before what is logged next is stamped too."""
_WITNESSED, _WITNESSES_ASKED = "ledger_witnessed", "ledger_witnesses_asked"
WITNESS_EVERY = timedelta(hours=1)
"""How long ago the witnesses were asked last before they are asked again for what is logged next."""
_ANSWERS = 500
"""How many heads back the answer of a witness without a network may be of."""


class Attesting:
    """Stamps and cosignatures of one archive's heads. `sequencer` gives its ledger, or raises `NotFound`."""

    def __init__(
        self,
        place: wiring.Place,
        settings: Settings,
        state: Callable[[], State],
        sequencer: "Callable[[], Sequencer]",
    ) -> None:
        self._place = place
        self._settings = settings
        self._state = state
        self._sequencer = sequencer

    def authorities(self) -> "tuple[Authority, ...]":
        """The time-stamping authorities that `ARCHIVER_AUTHORITIES` names. Raises `BadInput`."""
        from archiver.ledger import authorities

        file = self._settings.authorities
        if file is None:
            return ()
        return authorities.read(
            _text(file).decode("utf-8", "replace"), str(file), lambda name: _text(file.parent / name)
        )

    def witnesses(self) -> "tuple[Witness, ...]":
        """The witnesses that `ARCHIVER_WITNESSES` names. Raises `BadInput`."""
        from archiver.ledger import witnesses

        file = self._settings.witnesses
        if file is None:
            return ()
        return witnesses.read(_text(file, "ARCHIVER_WITNESSES").decode("utf-8", "replace"), str(file))

    def stamp(self) -> "tuple[Head, list[HeldStamp], list[RemoteFault]]":
        """Has the newest head stamped by every authority that has not done it: the stamps over it, and what went wrong.

        Raises `BadInput` when no authority is named, or nothing is logged yet; `NotFound` when there is no ledger.
        """
        from archiver.services import stamping

        named = self.authorities()
        if not named:
            raise BadInput(
                "no time-stamping authority is named", "Name some in a file, and it in ARCHIVER_AUTHORITIES."
            )
        head = self._sequencer().head()
        if not head.size:
            raise BadInput("nothing is in the ledger yet", "Capture a page first.")
        made, faults = stamping.stamp(self._place.store, head, named, lambda: int.from_bytes(wiring.chance(8), "big"))
        if made:
            self._state().remember(_STAMPED, wiring.now().isoformat())
        return head, made, faults

    def witness(self) -> "tuple[Head, list[HeldCosignature], list[RemoteFault]]":
        """Has the newest head signed by every witness that has not done it: the cosignatures over it, and what went wrong.

        Raises `BadInput` when no witness is named, or nothing is logged yet; `NotFound` when there is no ledger.
        """
        from archiver.services import cosigning

        named = self.witnesses()
        if not named:
            raise BadInput("no witness is named", "Name some in a file, and it in ARCHIVER_WITNESSES.")
        sequencer = self._sequencer()
        head = sequencer.head()
        if not head.size:
            raise BadInput("nothing is in the ledger yet", "Capture a page first.")
        state = self._state()
        state.remember(_WITNESSES_ASKED, wiring.now().isoformat())
        seen = json.loads(state.fact(_WITNESSED) or "{}")
        made, faults = cosigning.cosign(
            self._place.store, head, named, seen, lambda size: sequencer.ledger.consistency(size, head)
        )
        state.remember(_WITNESSED, json.dumps(seen | {one.witness: one.size for one in made}))
        return head, made, faults

    def witness_request(self, name: str, old: int | None) -> bytes:
        """What a witness without a network is to sign: the newest head, with the proof from the size it signed last.

        That is `old`, or as the store has it. Raises `BadInput`, `NotFound` when there is no ledger.
        """
        from archiver.services import cosigning

        if name not in {one.name for one in self.witnesses()}:
            raise BadInput(f"no witness is named {name[:100]}", "Name it in the file of ARCHIVER_WITNESSES.")
        sequencer = self._sequencer()
        head = sequencer.head()
        if not head.size:
            raise BadInput("nothing is in the ledger yet", "Capture a page first.")
        seen = self.witnessed().get(name, 0) if old is None else old
        return cosigning.request(head, seen, lambda size: sequencer.ledger.consistency(size, head))

    def take_answer(self, answer: bytes) -> "HeldCosignature":
        """Keeps what a witness without a network answered. Raises `BadInput` when it is no cosignature of a recent head."""
        from archiver.services import cosigning

        sequencer = self._sequencer()
        newest = sequencer.head().sequence
        heads = (sequencer.ledger.earlier(one) for one in range(newest, max(0, newest - _ANSWERS), -1))
        return cosigning.take(self._place.store, heads, self.witnesses(), answer)

    def witnessed(self) -> dict[str, int]:
        """The size that each witness signed last, by its name, as the store has it."""
        from archiver.services import cosigning

        return cosigning.newest(self._place.store)

    def if_due(self) -> tuple[ArchiverError | None, str]:
        """Asks whoever it is time to ask for the newest head: the first thing that went wrong, and what the head lacks by it.

        A head that was just stamped is witnessed too, so that one head has both.
        """
        stamped, unstamped, unseen = False, list[ArchiverError](), list[ArchiverError]()
        try:
            if self._settings.authorities is not None and self._past(_STAMPED, STAMP_EVERY):
                _, made, faults = self.stamp()
                stamped, unstamped = bool(made), [*faults]
        except ArchiverError as fault:
            unstamped = [fault]
        try:
            if self._settings.witnesses is not None and (stamped or self._past(_WITNESSES_ASKED, WITNESS_EVERY)):
                unseen = [*self.witness()[2]]
        except ArchiverError as fault:
            unseen = [fault]
        if unstamped:
            return unstamped[0], _by("time-stamped", unstamped, "authority")
        return (unseen[0], _by("witnessed", unseen, "witness")) if unseen else (None, "")

    def _past(self, fact: str, every: timedelta) -> bool:
        """Whether what a fact of state dates was never done, or is so long ago."""
        last = self._state().fact(fact)
        return last is None or wiring.now() - datetime.fromisoformat(last) >= every


def _by(what: str, faults: Sequence[ArchiverError], field: str) -> str:
    name = faults[0].fields.get(field)
    return f"{what} by {name}" if name else what


def _text(path: Path, named_in: str = "ARCHIVER_AUTHORITIES") -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise BadInput(f"cannot read {path}: {fault.strerror}", f"Check {named_in} and what the file names.") from fault
