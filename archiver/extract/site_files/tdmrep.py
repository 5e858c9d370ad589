# SPDX-License-Identifier: Apache-2.0
"""What `/.well-known/tdmrep.json` says (TDM Reservation Protocol, section 6.1): an array of rules, each for a pattern of paths.

A rule is `location`, `tdm-reservation` (0 or 1) and, if it likes, `tdm-policy`. The words of a notice are the whole rule, so the
pattern is among them. Guarantees: a file that breaks off still gives the rules before.
"""

import json
from collections.abc import Iterator
from typing import Any

from archiver.extract.markup.scalars import scalars
from archiver.extract.site_files.file import SiteFile
from manifests.agents import Confidence, Evidence
from manifests.rights import Notice, NoticeKind

_MOST_RULES = 500
_BETWEEN = " \t\r\n,"


def read(file: SiteFile) -> Iterator[Notice]:
    """Notices of a tdmrep.json, in order."""
    text = file.entity.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    before = len(file.entity) - len(text.encode("utf-8", "surrogateescape"))
    array = len(text) - len(text.lstrip())
    if text[array : array + 1] not in ("[", "{"):
        return
    single = text[array] == "{"  # one rule without its array
    decoder, at, octets = json.JSONDecoder(), array if single else array + 1, before
    counted = 0
    for number in range(_MOST_RULES):
        while at < len(text) and text[at] in _BETWEEN:
            at += 1
        try:
            rule, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return  # the end of the array, or of what can be read
        start = octets + len(text[counted:at].encode("utf-8", "surrogateescape"))
        octets = start + len(text[at:end].encode("utf-8", "surrogateescape"))
        counted = end
        if isinstance(rule, dict):
            pointer = "" if single else f"/{number}"
            yield from _of_rule(file, rule, (start, octets, text[at:end]), pointer)
        at = end
        if single:
            return


def _of_rule(file: SiteFile, rule: dict[str, Any], words: tuple[int, int, str], pointer: str) -> Iterator[Notice]:
    def told(name: str) -> Evidence:
        written = words[2].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return file.said(words[0], words[1], written, json_pointer=f"{pointer}/{name}")

    reserved = rule.get("tdm-reservation")
    reserved = reserved.strip() if isinstance(reserved, str) else reserved
    value = "disallow" if reserved in (1, "1") else "allow" if reserved in (0, "0") else None
    if value is not None:
        evidence = told("tdm-reservation")
        yield Notice(
            kind=NoticeKind.AI_PREFERENCE,
            text=evidence.text,
            evidence=evidence,
            confidence=Confidence.HIGH,
            reason="tdmrep.json tdm-reservation",
            value=value,
            usage="tdm-reservation",
        )
    policy = rule.get("tdm-policy")
    if isinstance(policy, str) and policy.startswith(("http://", "https://", "/")):
        evidence = told("tdm-policy")
        yield Notice(
            kind=NoticeKind.AI_PREFERENCE,
            text=evidence.text,
            evidence=evidence,
            confidence=Confidence.HIGH,
            reason="tdmrep.json tdm-policy",
            value="conditional",
            usage="tdm-policy",
            url=scalars(policy)[:4000],
        )
