# SPDX-License-Identifier: Apache-2.0
"""Names as pages write them, cleaned of what is not part of them."""

import html
import re

from archiver.extract.markup.folding import Gates
from archiver.extract.markup.remembered import remembered
from archiver.extract.origin.agencies import agency_of
from archiver.extract.origin.byline_words import COLLECTIVES, ORGANISATIONS, PARTICLES, ROLES
from archiver.extract.origin.leads import led_to

_TAGS = re.compile(r"<[^<>]{0,2000}>")
_BY = re.compile(
    (
        r"^\s*(?:(?:written|posted|published|story|article|text|words|reported|article written)\s+)?(?:by|von|"
        r"par|por|door|av|af|di|de la|autor(?:in|en)?|author|auteur|from|text|редактор|автор|作者|記者|文|取材|By|"
        r"interview|recherche)\s*[:：]?\s+"
    ),
    re.IGNORECASE,
)
_WITH = re.compile(r"\s*\((?:avec|with|mit|con)\s+([^()]{3,120})\)", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\([^()]{0,60}\)\s*$")
_OUTLET = re.compile(r"^[A-Z]{2,5}$")
_AFTER_MARK = re.compile(r"\s[|•·–]\s|\s{2,}|[@\d]")
_AFTER_WORD = re.compile(
    (
        r"\b(?:published|updated|posted on|on [A-Z]|follow\b|photo(?:s|graphs?|graphy|grapher)?\b|pictures by|fotos?\b|"
        r"illustrations? by|illustrated by|video by|edited by|translated by|"
        r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
        r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.? \d|"
        r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b)"
    ),
    re.IGNORECASE,
)
_AFTER_GATES = Gates({"ends": (
    "published", "updated", "photo", "pictures", "foto", "illustrat", "video", "edited", "translated", "posted on",
    "on ", "follow", "jan", "feb", "mar", "apr", "may ", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "day",
)})  # fmt: skip
"""Folded words without one of which no word ends a name."""
_SPLIT = re.compile(
    r"\s*(?:,?\s+(?:and|AND|und|UND|sowie|et|ET|y|e|и|і|та|en|og|och|ja|ve|dan|és|și|και|with|mit|avec|con|&)\s+|\s+&\s+|;|"
    r"\s/\s|／|\s\|\s|、|，|,\s+(?=[A-ZÀ-ÞĀ-ŽΑ-ΩА-Я])|,\s*(?=[\u0590-\u0fff\u1000-\u10ff]))\s*"
)
_ELSEWHERE = re.compile(r"^(\S+(?:\s\S+){1,3}?)\s(?:in|for|of|at|from|aus|für|pour|à)\s(?:the\s)?[A-ZÀ-Þ].*$")
"""A name, and where its bearer was or for whom they wrote."""
_INVERTED = re.compile(r"^([^,;]{2,40}),\s+([^,;]{1,40})$")
_EDGES = " \t\n\r.,;:|–—-•·/\u200b\u200e\u200f"
_CORPORATE = re.compile(
    r"^(?:Inc|LLC|Ltd|GmbH|Corp|Co|S\.?A|AG|Jr|Sr|III?|PhD|MD|M\.D|Ph\.D|Esq|RN|MPH|MBA|RD)\.?$", re.IGNORECASE
)
_ROLES = re.compile(rf"\b(?:{'|'.join(ROLES)})\b", re.IGNORECASE)
_ROLE_WORDS = frozenset(word for role in ROLES for word in role.split())
_TITLES = frozenset(("dr.", "dr", "prof.", "prof", "dipl.-ing.", "ing.", "mgr.", "mag."))
_BEFORE_A_NOUN = frozenset(("the", "a", "an", "to", "of", "our", "der", "die", "das", "le", "la", "el", "al"))
_SURNAMES_TOO = frozenset(("chief", "critic", "fellow", "founder", "guest", "intern", "manager", "senior", "text"))
_COLLECTIVE = re.compile(
    rf"^(?:{'|'.join(COLLECTIVES)})\b|\b(?:staff|team|newsroom|desk|redaktion)$|(?:編集部|编辑部|編輯部|取材班|편집부)$",
    re.IGNORECASE,
)
_ORGANISATIONS = frozenset(ORGANISATIONS)


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
    """A byline without its `by`, in many languages; a nobiliary `von` or `di` before one word stays."""
    rest = _BY.sub("", text, count=1)
    rest = rest[led_to(rest) :].strip()
    if " " not in rest and text.startswith(("von ", "di ", "Di ", "de ", "De ")):
        return text.strip()
    return rest


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
        name = _trimmed_name(without_by(part))
        if not name:
            continue
        if names and _CORPORATE.match(name):
            names[-1] += f", {name}"
        elif names and (_OUTLET.match(name) or name.startswith("The ") or is_role(name)):
            continue
        else:
            names.append(without_job(name))
    return tuple(names)


def _trimmed_name(text: str) -> str:
    name = text.strip(_EDGES)
    # An initial keeps its full stop.
    return f"{name}." if name[-2:-1] == " " and name[-1].isupper() and f"{name}." in text else name


def without_job(name: str) -> str:
    """A name without the words of a job around it, as far as two words are left, and without academic titles."""
    elsewhere = _ELSEWHERE.match(name)
    if elsewhere and is_written_name(elsewhere[1]):
        name = elsewhere[1]
    words = name.split()
    if words[-1].lower() == "staff":
        return name
    if len(words) > 3 and agency_of(" ".join(words[2:])) and not is_role(words[1]):
        return " ".join(words[:2])
    while len(words) > 2 and words[-1].strip(",").lower() in _ROLE_WORDS and words[-2].lower() not in _BEFORE_A_NOUN:
        words.pop()
    while len(words) > 2 and words[0].strip(",").lower() in _TITLES | _ROLE_WORDS:
        del words[0]
    return name if len(words) == len(name.split()) else " ".join(words).strip(_EDGES)


def one_person(text: str) -> str:
    """A name written `Family, Given` in a field that holds one name, the given name first; any other text as it is."""
    found = _INVERTED.match(plain(text))
    if not found:
        return text
    family, given = found[1].strip(), found[2].strip()
    alone = len(family.split()) == 1 or family.split()[0].lower() in PARTICLES
    return f"{given} {family}" if alone and len(given.split()) <= 2 and not is_role(given) else text


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
    if not name.isascii() and len(name) > 30 and not (name[0].isupper() or name[0].islower()):
        return False
    if not name.isascii() and len(parts) == 1:
        return any("\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" for c in name) and len(name) <= 20
    if name.lower() == name.upper():
        # A script without capitals: two to five words is all that tells a name.
        return len(parts) >= 2 and name[0].isalpha()
    return (
        len(parts) >= 2
        and _begins_name(parts[0])
        and (_begins_name(parts[-1]) or (len(parts[-1]) > 1 and parts[-1].lower() == parts[-1].upper()))
        and all(_begins_name(part) or part.lower() in PARTICLES for part in parts[1:-1])
        and parts[-1].lower() not in PARTICLES
    )


def _begins_name(word: str) -> bool:
    """Whether a word begins with a capital, or holds one after a particle, as in d'Ormesson."""
    if word[0] in "'’\"“„«(":
        return word[1:2].isupper()
    return word[0].isalpha() and (word[0].isupper() or any(c.isupper() for c in word[1:]))


@remembered(2048, longest=100)
def names_organisation(name: str) -> bool:
    """Whether a word of a name is one that organisations are called by."""
    return any(word.strip(".,()").lower() in _ORGANISATIONS for word in name.split())


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
    """Whether words describe a job."""
    return _ROLES.search(name) is not None


@remembered(2048, longest=100)
def names_nobody(name: str) -> bool:
    """Whether words are a job, a newsroom, or what software writes where a name is missing."""
    if _COLLECTIVE.search(name):
        return True
    words = [word.strip(",.").lower() for word in name.split()]
    return bool(words) and (
        (words[-1] in _ROLE_WORDS and words[-1] not in _SURNAMES_TOO) or all(word in _ROLE_WORDS for word in words)
    )


def initials_of(name: str) -> str:
    """The first letters of the capital words of a name of three or more, folded."""
    words = [word for word in name.split() if word[0].isupper()]
    return "".join(word[0] for word in words).casefold() if len(words) > 2 else ""
