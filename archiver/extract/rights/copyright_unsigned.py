# SPDX-License-Identifier: Apache-2.0
"""Copyright lines without a sign: reservations in words, ownership said in a sentence, Han, Thai and letter-spaced forms."""

import re

from archiver.extract.markup.document import Block
from archiver.extract.markup.sentences import spans
from archiver.extract.rights import copyright_words as words
from archiver.extract.rights.copyright_line import clean_holder, prefix_start, reserved_to, split_years, years_of
from archiver.extract.rights.findings import Finding
from archiver.extract.rights.reuse_words import is_restriction
from manifests.agents import Confidence
from manifests.rights import NoticeKind

_SPACED = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_HAN_AFTER = re.compile(r"\s{0,2}[:：©]?\s{0,2}(?:归|歸|属于)?([^\s，。；|：、（(]{2,30})")
_HAN_BEFORE = re.compile(r"([^\s，。；|:：、)）]{2,30})\s{0,2}$")
_HAN_BELONGS = re.compile(
    r"(?:版权|版權|著作权|著作權)(?:均|皆|全部)?(?:属于|属|归|歸|為|为)([^，。；]{2,60}?)(?:独家|獨家)?所有(?:使用)?[。]?"
)
han_reserved = re.compile(r"(?:版权|版權|著作权|著作權)所有")
_BELONGS = re.compile(
    r"著作権は、?\s?(?P<ja>[^。、は]{2,40}?)に(?:帰属|属|あ[りる])|저작권은?\s?(?P<ko>[^.]{2,30}?)에(?:게)? ?(?:있|귀속)"
    r"|авторские права (?:на .{2,60}? )?принадлежат (?P<ru>[^.;|]{2,60})",
    re.IGNORECASE,
)
_OWNED = re.compile(
    r"\b(?:is|are) copyright(?:ed)?(?: (?:by|of|to|©))? (?P<holder>[^.;|]{2,80})|\bcopyrighted by "
    r"(?P<other>[^.;|]{2,80})"
)
_SENTENCE = re.compile(r"(?:^|[.!?|•]\s+)([^.!?|•]{2,80}?(?:Inc|Ltd|Co|Corp)?)[.,|\s–—-]{0,4}$")
_LONGEST_BEFORE = 200
"""Characters before a reservation in which the sentence that ends there begins."""
_LONGEST_LOOKED_AT = 2000
"""Characters before a reservation in which words of a restriction count."""
_THAI = re.compile(r"ถือสิทธิโดย\s*[\"“]?([^\"”\s]{2,60})[\"”]?")


def without_sign(block: Block) -> list[Finding]:
    """Lines that claim rights in words alone."""
    text = block.text
    spaced = _SPACED.sub("", text) if re.search(r"[版著] [权權作]", text) else text
    apart = han_reserved.search(spaced) if spaced != text and len(spaced) < 200 else None
    if apart:
        before = _HAN_BEFORE.search(spaced[: apart.start()])
        return [
            Finding(
                NoticeKind.COPYRIGHT,
                block.start,
                block.end,
                Confidence.HIGH,
                "rights reserved, letter-spaced",
                holder=before[1] if before else None,
            )
        ]
    belongs = _HAN_BELONGS.search(text)
    if belongs:
        return _belonging(block, belongs, belongs[1])
    said = _BELONGS.search(text) if len(text) < 300 else None
    if said:
        return _belonging(block, said, clean_holder(next(name for name in said.groups() if name)))
    han = han_reserved.search(text)
    if han:
        return _han_line(block, han)
    thai = _THAI.search(text)
    if thai:
        return [
            Finding(
                NoticeKind.COPYRIGHT,
                block.start,
                block.start + thai.end(),
                Confidence.HIGH,
                "rights held by",
                holder=thai[1],
            )
        ]
    reserved = words.reservation.search(text, 0, 400)
    if reserved and (len(text) < 400 or reserved.start() < 100):
        return reserved_line(block, reserved)
    owned = _OWNED.search(text) if len(text) < 400 else None
    if owned:
        start, end = _sentence_around(text, owned.start(), owned.end())
        holder_name = clean_holder(owned["holder"] or owned["other"] or "")
        if holder_name and not re.match(r"(?:material|work|content|and|by its)\b", holder_name):
            return [
                Finding(
                    NoticeKind.COPYRIGHT,
                    block.start + start,
                    block.start + end,
                    Confidence.MEDIUM,
                    "said to be copyrighted by",
                    holder=holder_name,
                )
            ]
    return []


def _belonging(block: Block, said: re.Match[str], holder: str | None) -> list[Finding]:
    """The sentence around words that say whose the copyright is."""
    start, end = _sentence_around(block.text, said.start(), said.end())
    reason = "copyright said to belong to"
    return [
        Finding(NoticeKind.COPYRIGHT, block.start + start, block.start + end, Confidence.HIGH, reason, holder=holder)
    ]


def _han_line(block: Block, han: re.Match[str]) -> list[Finding]:
    text = block.text
    before = _HAN_BEFORE.search(text, max(0, han.start() - 40), han.start())
    following = _HAN_AFTER.match(text, han.end())
    dated = words.years.fullmatch(following[1]) if following else None
    start, end, holder = han.start(), han.end(), None
    if before and (dated or text[han.end() : han.end() + 1] not in {":", "："}):
        start, holder = before.start(1), before[1]
    elif following and not dated:
        end, holder = following.end(), following[1]
    elif len(text) > 60:
        return []
    if following and dated:
        end = following.end()
    return [
        Finding(
            NoticeKind.COPYRIGHT,
            block.start + start,
            block.start + end,
            Confidence.HIGH,
            "rights reserved in words",
            holder=holder,
            years=years_of([dated[0]]) if dated else None,
        )
    ]


def reserved_line(block: Block, reserved: re.Match[str]) -> list[Finding]:
    text = block.text
    start, end = prefix_start(text, reserved.start(), 0), reserved.end()
    prefix = text[start : reserved.start()]
    sentence = _SENTENCE.search(text, max(0, reserved.start() - _LONGEST_BEFORE), reserved.start())
    raw, found_years = split_years(prefix if prefix.strip(" .|-–") else (sentence[1] if sentence else ""))
    holder = clean_holder(raw)
    if sentence and not prefix.strip(" .|-–"):
        start = sentence.start(1)
    if holder is None:
        to = reserved_to.match(text, reserved.end())
        raw, more = split_years(to["holder"]) if to else ("", [])
        holder = clean_holder(raw)
        if to and holder and len(holder) < 60:
            end, found_years = to.end(), found_years + more
            end += 1 if text[end : end + 1] in {'"', "”", "»"} else 0
    if text[end : end + 1] == ".":
        end += 1
    if (holder is None and len(text) > 120) or is_restriction(
        text[max(0, reserved.start() - _LONGEST_LOOKED_AT) : reserved.start()]
    ):
        return []
    return [
        Finding(
            NoticeKind.COPYRIGHT,
            block.start + start,
            block.start + end,
            Confidence.HIGH,
            "reservation of rights",
            holder=holder,
            years=years_of(found_years),
        )
    ]


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    around = [(a, b) for a, b in spans(text) if a < end and b > start]
    return (around[0][0], around[-1][1]) if around else (start, end)
