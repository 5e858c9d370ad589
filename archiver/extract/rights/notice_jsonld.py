# SPDX-License-Identifier: Apache-2.0
"""Rights that a page states in JSON-LD: schema.org licences, holders, terms and conditions of access.

Those of pictures, and of anything below an `image`, are not the page's. Repeats are left to the caller.
"""

from collections.abc import Callable, Iterator

from archiver.extract.markup.evidence import collapse
from archiver.extract.markup.jsonld import Statements
from archiver.extract.markup.references import Base
from archiver.extract.rights.copyright_words import year
from archiver.extract.rights.findings import notice_of
from archiver.extract.rights.notice_signals import license_signal, rights_signal
from manifests.agents import Confidence, Evidence
from manifests.rights import Notice, NoticeKind


def read(said: Statements, tell: Callable[..., Evidence], base: Base) -> Iterator[Notice]:
    """Notices of the statements, in their order; `tell` makes evidence of a string of a script."""
    for thing in said.things[:400]:
        if thing.is_picture or "/image" in thing.pointer:
            continue
        for one in said.strings(thing, "license")[:3]:
            yield license_signal(one.text.strip(), tell(one.script, one.pointer, one.text), "JSON-LD license")
        years = next(
            (one.text for one in said.strings(thing, "copyrightYear") if year.fullmatch(one.text.strip())), None
        )
        for one in said.names(thing, "copyrightHolder")[:3]:
            evidence = tell(one.script, one.pointer, one.text)
            yield notice_of(
                kind=NoticeKind.COPYRIGHT.value,
                text=evidence.text,
                evidence=evidence,
                confidence=Confidence.HIGH,
                reason="JSON-LD copyrightHolder",
                holder=evidence.text,
                years=years,
            )
        for one in said.strings(thing, "copyrightNotice")[:3]:
            yield rights_signal(collapse(one.text), tell(one.script, one.pointer, one.text), "JSON-LD copyrightNotice")
        for key in ("usageInfo", "acquireLicensePage"):
            for one in said.strings(thing, key)[:2]:
                url = base.absolute(one.text)
                if url:
                    evidence = tell(one.script, one.pointer, one.text)
                    yield Notice(
                        kind=NoticeKind.TERMS_LINK,
                        text=evidence.text,
                        evidence=evidence,
                        confidence=Confidence.HIGH,
                        reason=f"JSON-LD {key}",
                        url=url,
                    )
        free = thing.properties.get("isAccessibleForFree")
        if (
            isinstance(free, (bool, str))
            and str(free).lower().rsplit("/", 1)[-1] == "false"
            and (thing.is_article or "webpage" in thing.types)
        ):
            written = free if isinstance(free, str) else "false"
            evidence = tell(thing.script, f"{thing.pointer}/isAccessibleForFree", written)
            yield Notice(
                kind=NoticeKind.ACCESS_CONDITION,
                text=evidence.text,
                evidence=evidence,
                confidence=Confidence.HIGH,
                reason="JSON-LD isAccessibleForFree",
                value="conditional",
                usage="isAccessibleForFree",
            )
        for one in said.strings(thing, "conditionsOfAccess")[:2]:
            evidence = tell(one.script, one.pointer, one.text)
            yield Notice(
                kind=NoticeKind.ACCESS_CONDITION,
                text=evidence.text,
                evidence=evidence,
                confidence=Confidence.HIGH,
                reason="JSON-LD conditionsOfAccess",
                value="conditional",
                usage="conditionsOfAccess",
            )
