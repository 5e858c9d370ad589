# SPDX-License-Identifier: Apache-2.0
"""What a proof pack does not show, in plain words: as long as the list of what it does."""

from collections.abc import Iterable

from archiver.services.proof_facts import ProofFacts


def limits(facts: ProofFacts) -> Iterable[str]:
    """A sentence or two each, by what the pack holds."""
    seen = [one.manifest.observation for one in facts.captures]
    yield (
        "That what the pages say is true. Titles, names, dates, licences and notices are their own words, found by "
        "rules that can miss some and take others for what they are not."
    )
    yield (
        "That the server was who it says it was, beyond the certificate that is recorded. The encryption convinced "
        "this archive at that moment; it convinces nobody else afterwards, because both ends of a connection could "
        "have written its bytes."
    )
    if any(one.connection is None or one.connection.tls is None for one in seen):
        yield ("That nobody between changed the answers which were fetched without encryption; the tables name them.")
    yield (
        "That other visitors saw the same. Servers answer by address, language, time, cookies and chance; the tables "
        "say how each page was asked for."
    )
    if any(one.engine == "http" for one in seen):
        yield "What scripts would have added or taken away: the pages were fetched without running any."
    yield _clock(facts)
    yield (
        "That a capture was not made earlier than it says. Time stamps bound the time from above alone: nothing in "
        "the pack shows that something did not exist before."
    )
    if not facts.signed:
        yield (
            "That the archive itself did not put other bytes in their place before this pack was made: nothing in it is signed."
        )
    else:
        yield (
            "That the archive recorded honestly what it received. From the checkpoint on it cannot change or drop an entry "
            "unseen by those who hold the checkpoint, as this pack does; what it did before that rests on its word."
        )
        yield (
            "Whose key it is. The pack names the operator, and a stranger could have written that name: the key's "
            "fingerprint has to be compared with one from elsewhere."
        )
    yield (
        "That nothing else was there. Whoever made the pack chose the captures in it, and a page that was never "
        "captured leaves no trace."
    )
    yield "Secrets that were sent: where the tables list values as replaced, they were taken out before anything was stored."
    yield "That the events are complete: they are what the archive recorded of itself."


def _clock(facts: ProofFacts) -> str:
    if facts.stamps:
        return (
            "That the clock of the archive was right. The time of each capture is that clock's; independent is only "
            "the time of the stamps, by which the captures were in the archive."
        )
    return (
        "That the clock of the archive was right. Every time here is that clock's own, and no independent authority "
        "has confirmed any of them."
    )
