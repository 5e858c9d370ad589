# SPDX-License-Identifier: Apache-2.0
"""Sentences of fair-use, fair-dealing and quotation notices, and the statutes they cite."""

import re

_DOCTRINES = (
    ("fair-dealing", re.compile(r"\bfair[\s-]dealing\b", re.IGNORECASE)),
    ("fair-use", re.compile(r"\bfair[\s-]use\b|合理使用", re.IGNORECASE)),
    ("quotation", re.compile(
            r"zitatrecht|§ ?51 ?urhg|(?:courte|droit de) citation|derecho de cita|right (?:of quotation|to "
            r"quote)|право цитирования"
        r"|引用の範囲|著作権法第32条", re.IGNORECASE)),
)  # fmt: skip
_US_SECTION = (
    r"\b17\s{0,2}U\.?\s?S\.?\s?C(?:ode|\.)?\s{0,3}(?:,\s?)?(?:section|sec\.?|§{1,2})?\s{0,2}107"
    r"|\bTitle\s+17,?\s{0,2}(?:of the )?(?:U\.?\s?S\.?\s?C(?:ode|\.)?|United States Code|US Code)?,?\s{0,2}"
    r"(?:section|sec\.?|§{1,2})\s{0,2}107"
    r"|section\s+107\s+of\s+(?:the\s+|title\s+)?(?:U\.?\s?S\.?|17|united states|copyright)|§{1,2}\s{0,2}107\b|\bsection 107\b"
)
_STATUTES = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (_US_SECTION, "17 U.S.C. § 107"),
        (
            r"section\s+29(?:\.\d)?\b.{0,40}copyright act|copyright act.{0,40}section\s+29\b",
            "Copyright Act (Canada), s. 29",
        ),
        (
            r"sections?\s+(?:29|30)\b.{0,80}(?:copyright, designs|CDPA)",
            "Copyright, Designs and Patents Act 1988, s. 30",
        ),
        (r"section\s+52\b.{0,40}copyright act", "Copyright Act, 1957 (India), s. 52"),
        (r"§ ?51 ?urhg", "§ 51 UrhG"),
        (r"L\.? ?122-5", "Code de la propriété intellectuelle, art. L. 122-5"),
        (r"著作権法第32条", "著作権法第32条"),
    )
)
_ANCHOR = re.compile(
    (
        r"fair[\s-](?:use|dealing)|section 107|§{1,2}\s?107|17 u\.?\s?s\.?\s?c|zitatrecht|§ ?51 ?urhg|"
        r"(?:courte|droit de) citation|derecho de cita|right (?:of quotation|to quote)|право цитирования|引用の範囲|"
        r"著作権法第32条|合理使用"
    ),
    re.IGNORECASE,
)
_FAMILY = re.compile(
    r"fair[\s-](?:use|dealing)|section 107|u\.?s\.?c\.?\b.{0,10}107|copyrighted material|copyright "
    r"(?:owner|holder|disclaimer|act)|without profit|non-?profit|research (?:and|or) educational|allowance "
    r"is made"
    r"|specifically authori[sz]ed|purposes of your own|criticism, comment|private study|subject to "
    r"copyright|making such material available|included information|zitat|citation|право цитирования|引用|"
    r"infring",
    re.IGNORECASE,
)
_NOTICE_LIKE = re.compile(
    (
        r"copyright|copyrighted|section 107|§ ?107|u\.?s\.?c\b|infring|urhg|urheber|propriété intellectuelle|"
        r"propiedad intelectual|авторск|著作|版权|private study|criticism"
    ),
    re.IGNORECASE,
)
_OWN_SPEECH = re.compile(
    r"\b(?:this (?:site|website|web site|page|blog|article|video|document|material|channel|work|image|post|"
    r"content|may contain|constitutes)|we (?:are|believe|make|use)|our (?:site|readers|efforts?|use|"
    r"belief)|such material|is made (?:for|available)|allowance is made|"
    r"material (?:on|in|used|contained)|(?:contains?|contain) copyright|fair use notice|copyright "
    r"disclaimer|apart from any fair dealing|under the provisions|protected (?:by|under) fair use|used "
    r"under|falls under|constitutes? (?:a |an )?[\"'“‘]?fair|no copyright infringement)\b"
    r"|diese (?:seite|website)|im rahmen des zitatrechts|au titre|en virtud|在合理使用|www\.",
    re.IGNORECASE,
)


def has_anchor(text: str) -> bool:
    """Whether words name a doctrine or its statute."""
    return _ANCHOR.search(text) is not None


def is_notice(text: str) -> bool:
    """Whether a paragraph claims a doctrine for its page, rather than speaking of one."""
    return has_anchor(text) and _NOTICE_LIKE.search(text) is not None and _OWN_SPEECH.search(text) is not None


def belongs(sentence: str) -> bool:
    """Whether a sentence is of the kind that such notices are made of."""
    return _FAMILY.search(sentence) is not None


def doctrine_of(text: str) -> str:
    """The doctrine that a notice claims; the statute alone stands for fair use."""
    return next((name for name, pattern in _DOCTRINES if pattern.search(text)), "fair-use")


def statute_of(text: str) -> str | None:
    """The statute that a notice cites."""
    return next((name for pattern, name in _STATUTES if pattern.search(text)), None)
