# SPDX-License-Identifier: Apache-2.0
"""Names as pages write them, cleaned of what is not part of them."""

import html
import re

from archiver.extract.agencies import agency_of
from archiver.extract.folding import Gates
from archiver.extract.remembered import remembered

_TAGS = re.compile(r"<[^<>]{0,2000}>")
_BY = re.compile(
    (
        r"^\s*(?:(?:written|posted|published|story|article|text|words|reported|article written)\s+)?(?:by|von|"
        r"par|por|door|av|af|di|de la|autor(?:in|en)?|author|auteur|from|text|редактор|автор|作者|記者|文|取材|By|"
        r"interview|recherche)\s*[:：]?\s+"
    ),
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\s*(?:by|autor(?:en|in)?|author|auteur|text|interview|автор|作者|記者|文)\s*[:：|●／]\s*", re.IGNORECASE
)
_WITH = re.compile(r"\s*\((?:avec|with|mit|con)\s+([^()]{3,120})\)", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\([^()]{0,60}\)\s*$")
_OUTLET = re.compile(r"^[A-Z]{2,5}$")
_AFTER_MARK = re.compile(r"\s[|•·–]\s|\s{2,}|[@\d]")
_AFTER_WORD = re.compile(
    (
        r"\b(?:published|updated|posted on|on [A-Z]|follow\b|january|february|march|"
        r"april|may \d|june|july|august|september|october|november|december"
        r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.? \d|monday|tuesday|wednesday|thursday|friday|"
        r"saturday|sunday)"
    ),
    re.IGNORECASE,
)
_AFTER_GATES = Gates({"ends": (
    "published", "updated", "posted on", "on ", "follow", "jan", "feb", "mar", "apr", "may ", "jun", "jul", "aug", "sep", "oct",
    "nov", "dec", "day",
)})  # fmt: skip
"""Folded words without one of which no word ends a name."""
_SPLIT = re.compile(
    r"\s*(?:,?\s+(?:and|und|et|y|e|и|en|og|och|&)\s+|\s+&\s+|;|\s/\s|\s\|\s|、|，|,\s+(?=[A-ZÀ-ÞА-Я]))\s*"
)
_EDGES = " \t\n\r.,;:|–—-•·/\u200b\u200e\u200f"
_CORPORATE = re.compile(
    r"^(?:Inc|LLC|Ltd|GmbH|Corp|Co|S\.?A|AG|Jr|Sr|III?|PhD|MD|M\.D|Ph\.D|Esq|RN|MPH|MBA|RD)\.?$", re.IGNORECASE
)
_ROLES = re.compile(
    (
        r"\b(?:staff|contributor|editor|reporter|correspondent|writer|journalist|columnist|redakteur(?:in)?|"
        r"redactor|senior|professor|chief|associate|managing|freelance|guest|news|contributing)\b"
    ),
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """Text of a name field that may hold markup or character references."""
    if "&" in text or "<" in text:
        text = html.unescape(_TAGS.sub("", html.unescape(text[:4000])))
    return " ".join(text[:1000].split())


def trimmed(text: str) -> str:
    """A name without separators around it; a full stop stays after an abbreviation."""
    text = text.strip(" \t\n\r,;:|–—-•·/\u200b\u200e\u200f")
    if text.endswith(".") and not re.search(
        (
            r"(?:\b(?:Inc|Ltd|Co|Corp|Cie|Bros|LLC|Pty|Jr|Sr|S\.A|a\.s|s\.r\.o|e\.V|S\.L|S\.p\.A|S\.L\.U|[A-Z]|"
            r"[a-z]))\.$"
        ),
        text,
    ):
        text = text[:-1].rstrip()
    return text


def without_by(text: str) -> str:
    """A byline without its `by`, in several languages."""
    text = _BY.sub("", text, count=1)
    return _LABEL.sub("", text, count=1).strip()


def people(text: str) -> list[str]:
    """The names of a byline, one by one."""
    return list(_people(text))


@remembered(2048, longest=200)
def _people(text: str) -> tuple[str, ...]:
    text = _ASIDE.sub("", _WITH.sub(r", \1", without_by(plain(text))))
    half = len(text) // 2
    if len(text) > 8 and text[:half].strip() == text[half:].strip():
        text = text[:half].strip()
    names: list[str] = []
    for part in _SPLIT.split(text):
        name = without_by(part).strip(_EDGES)
        if not name:
            continue
        if names and _CORPORATE.match(name):
            names[-1] += f", {name}"
        elif names and _OUTLET.match(name):
            continue
        else:
            names.append(name)
    return tuple(names)


def line_names(text: str) -> list[str]:
    """The names of a byline in running words, which a date or a call to follow may end."""
    return list(_written(_before_what_follows(without_by(plain(text)))))


@remembered(2048, longest=200)
def _written(text: str) -> tuple[str, ...]:
    return tuple(n for n in people(text) if is_written_name(n))


def _before_what_follows(text: str) -> str:
    """A byline without the date, or the call to follow, that ends it."""
    mark = _AFTER_MARK.search(text)
    kept = text[: mark.start()] if mark else text
    word = _AFTER_WORD.search(text) if _AFTER_GATES.standing(kept + " ") else None
    return text[: word.start()] if word and word.start() < len(kept) else kept


@remembered(2048, longest=100)
def is_written_name(name: str) -> bool:
    """Whether words found in the page's text, not in a field for names, can be a person's name."""
    parts = name.split()
    if agency_of(name):
        return True
    if not is_person_like(name) or any(c.isdigit() for c in name) or len(parts) > 5:
        return False
    if not name.isascii() and len(parts) == 1:
        return any("\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" for c in name) and len(name) <= 20
    return (
        len(parts) >= 2
        and parts[0][0].isupper()
        and (parts[-1][0].isupper() or (len(parts[-1]) > 1 and not parts[-1][0].islower()))
    )


@remembered(2048, longest=100)
def is_person_like(name: str) -> bool:
    """Whether words can be the name of an author: short, no URL, no sentence."""
    if (
        not 2 <= len(name) <= 70
        or len(name.split()) > 7
        or "://" in name
        or "@" in name
        or "www." in name
        or "\\" in name
    ):
        return False
    letters = sum(c.isalpha() for c in name)
    return letters >= max(2, len(name) // 2) and not re.search(r"[{}<>=\[\]#]|\d{3}", name)


@remembered(2048, longest=100)
def is_role(name: str) -> bool:
    """Whether words describe a job and name nobody."""
    return _ROLES.search(name) is not None
