# SPDX-License-Identifier: Apache-2.0
r"""A citation in six styles. No title, name or date can break out of its field or line, whatever it is made of.

- `text`: one line for a footnote. `court`: plain sentences: time in UTC, software and version, each digest with what it is of.
- `bibtex`: `@misc`, which BibTeX and biblatex both know, fields in braces, every name a literal. BibTeX counts braces even after
  a backslash, so those of a title become `\textbraceleft{}` and `\textbraceright{}`.
- `csl-json`: an array of one `webpage`, as the schema of CSL 1.0.2 has it; digests also in `custom`.
- `ris`: a tag and a value a line, CRLF, `TY` first, `ER` last. The asterisk, which names may not have, is left out of them.
- `wikipedia`: `{{cite web}}`. The template demands `url` and `title`; `archive-url` and `archive-date` only go together, and only
  with an address where all readers find the copy. None is known here, so both are left out, and the capture is named in `id`.
"""

import json
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal, get_args

from archiver.services.citing import Citation
from manifests.digest import Digest

Style = Literal["text", "bibtex", "csl-json", "ris", "wikipedia", "court"]
STYLES: tuple[Style, ...] = get_args(Style)

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_BIBTEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}", '"': r"\textquotedbl{}", **{one: "\\" + one for one in "#$%&_"},
    }
)  # fmt: skip
_WIKITEXT = str.maketrans({one: f"&#{ord(one)};" for one in "&<>[]{}|~'=_"})
_UNQUOTED = str.maketrans('"“”„‟〝〞', "'‘’‚‛‘’")
_STARTS_A_LIST = "*#:;"
_IN_WIKI_URL = str.maketrans({one: f"%{ord(one):02X}" for one in "[]{}|'"})


def render(cited: Citation, style: Style) -> str:
    """The citation in one style; ends with a line break."""
    return _RENDERED[style](cited)


def _text(cited: Citation) -> str:
    parts = [
        ", ".join(map(_inline, cited.authors)),
        _quoted(cited.title) if cited.title else "",
        ", ".join(filter(None, [_inline(cited.publisher or ""), _inline(cited.claimed_published_at or "")])),
        cited.url,
        _captured(replace(cited, operator=_inline(cited.operator or ""))),
        _kept(cited),
        _digests(cited),
    ]
    return ". ".join(filter(None, parts)) + ".\n"


def _court(cited: Citation) -> str:
    at = cited.fetched_at
    named = f"The page that names itself {_quoted(cited.title)}, at" if cited.title else "The address"
    day = f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
    who = f" by {_inline(cited.operator)}" if cited.operator else ""
    comma = "," if cited.title else ""
    said = [
        f"{named} {cited.url}{comma} was asked for on {day} at {at:%H:%M:%S} UTC ({at:%Y-%m-%dT%H:%M:%SZ}){who}, "
        f"with {cited.software.name} version {cited.software.version} (engine {cited.engine})",
        f"The time is that of the machine's clock ({cited.clock})",
        f"{_answer(cited)} It is kept as capture {cited.capture_id} of archive {cited.archive_id}"
        if cited.record_digest
        else f"No answer is kept ({_became(cited)}); the attempt is capture {cited.capture_id} of archive {cited.archive_id}",
    ]
    for what, digest in (
        ("the bytes of the page as they were sent, but for chunk framing,", cited.payload_digest),
        ("the record of the whole answer, header and body,", cited.record_digest),
        ("the manifest that describes the capture", cited.manifest_digest),
    ):
        if digest is not None:
            said.append(f"The {_algorithm(digest)} digest of {what} is {digest.hex}")
    claims = [
        f"publisher {_quoted(cited.publisher)}" if cited.publisher else "",
        f"date of publication {_quoted(cited.claimed_published_at)}" if cited.claimed_published_at else "",
        f"{'author' if len(cited.authors) == 1 else 'authors'} {', '.join(map(_quoted, cited.authors))}" if cited.authors else "",
    ]  # fmt: skip
    if any(claims):
        said.append(f"By its own words, which were not examined, the page has {_listed(filter(None, claims))}")
    return ". ".join(said) + ".\n"


def _bibtex(cited: Citation) -> str:
    year_and_month = cited.published_on[:2]
    fields = {
        "author": " and ".join(f"{{{_tex(one)}}}" for one in cited.authors),
        "title": f"{{{_tex(cited.title or cited.url)}}}",
        "organization": f"{{{_tex(cited.publisher)}}}" if cited.publisher else "",
        "year": f"{year_and_month[0]:04d}" if year_and_month else "",
        "month": f"{year_and_month[1]}" if len(year_and_month) > 1 else "",
        "language": _tex(cited.language or ""),
        # In verbatim fields like this one the percent sign stands for itself.
        "url": cited.url,
        "urldate": f"{cited.fetched_at:%Y-%m-%d}",
        "note": _tex(_note(cited)),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@misc{{capture-{cited.capture_id},\n{''.join(lines)}}}\n"


def _csl_json(cited: Citation) -> str:
    at = cited.fetched_at
    published, claimed = cited.published_on, cited.claimed_published_at
    one = {
        "id": cited.capture_id,
        "type": "webpage",
        "title": cited.title,
        "author": [{"literal": name} for name in cited.authors],
        "publisher": cited.publisher,
        "language": cited.language,
        "issued": {"date-parts": [list(published)]} if published else {"literal": claimed} if claimed else None,
        "accessed": {"date-parts": [[at.year, at.month, at.day]]},
        "URL": cited.url,
        "archive": cited.operator or f"archive {cited.archive_id}",
        "archive_collection": cited.archive_id,
        "archive_location": f"capture {cited.capture_id}",
        "note": _note(cited),
        "custom": {
            "captured_at": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}",
            **{f"{name}_digest": str(digest) for name, digest in _named_digests(cited)},
        },
    }
    return json.dumps([{name: value for name, value in one.items() if value}], ensure_ascii=False, indent=2) + "\n"


def _ris(cited: Citation) -> str:
    at = cited.fetched_at
    published = cited.published_on
    parts = [f"{published[0]:04d}", *(f"{one:02d}" for one in published[1:])] if published else []
    lines = [
        ("TY", "ELEC"),
        *(("AU", one.replace("*", "")) for one in cited.authors),
        ("TI", cited.title or cited.url),
        ("PB", cited.publisher),
        ("PY", parts[0] if parts else None),
        ("DA", "/".join([*parts, "", "", ""][:3]) + "/" if parts else None),
        ("Y2", f"{at:%Y/%m/%d}/{at:%H:%M:%S} UTC"),
        ("UR", cited.url),
        ("LA", cited.language),
        ("DB", cited.operator or f"archive {cited.archive_id}"),
        ("AN", cited.capture_id),
        ("ID", f"capture-{cited.capture_id}"),
        ("N1", _note(cited)),
    ]
    told = [f"{tag}  - {value}\r\n" for tag, value in lines if value]
    return "".join([*told, "ER  - \r\n"])


def _wikipedia(cited: Citation) -> str:
    published = cited.published_on
    names = [("author" if len(cited.authors) == 1 else f"author{n}", one) for n, one in enumerate(cited.authors, 1)]
    digests = "; ".join(f"{name} {digest}" for name, digest in _named_digests(cited))
    fields = [
        *((name, _name_for_wiki(one)) for name, one in names),
        ("date", f"{published[0]:04d}-{published[1]:02d}-{published[2]:02d}" if len(published) == 3 else ""),
        ("title", _wiki(cited.title or cited.url)),
        ("url", cited.url.translate(_IN_WIKI_URL)),
        ("publisher", _wiki(cited.publisher or "")),
        ("language", (cited.language or "").partition("-")[0]),
        ("access-date", f"{cited.fetched_at:%Y-%m-%d}"),
        ("id", _wiki(f"{_captured(cited)}; capture {cited.capture_id} of archive {cited.archive_id}; {digests}")),
    ]
    told = "".join(f" |{name}={value}" for name, value in fields if value)
    return f"{{{{cite web{told}}}}}\n"


def _captured(cited: Citation) -> str:
    by = f" by {cited.operator}" if cited.operator else ""
    word = "Captured" if cited.record_digest else "Tried"
    return f"{word} {cited.fetched_at:%Y-%m-%d %H:%M:%S} UTC{by}"


def _kept(cited: Citation) -> str:
    """Where it is, and what became of it where that was not an ordinary page."""
    odd = "" if cited.response_code == 200 and cited.outcome.value == "captured-complete" else f" ({_became(cited)})"
    return f"Capture {cited.capture_id} of archive {cited.archive_id}{odd}"


def _became(cited: Citation) -> str:
    code = f"HTTP status {cited.response_code}" if cited.response_code is not None else None
    return ", ".join(filter(None, [code, cited.outcome.value, cited.reason]))


def _answer(cited: Citation) -> str:
    if cited.response_code is None:
        return f"Its answer had no status ({_became(cited)})."
    whole = "whole" if cited.outcome.value == "captured-complete" else f"not whole ({_became(cited)})"
    return f"Its answer had the HTTP status {cited.response_code} and came {whole}."


def _named_digests(cited: Citation) -> list[tuple[str, Digest]]:
    digests = [("payload", cited.payload_digest), ("record", cited.record_digest), ("manifest", cited.manifest_digest)]
    return [(name, digest) for name, digest in digests if digest is not None]


def _digests(cited: Citation) -> str:
    told = "; ".join(f"{name} {digest}" for name, digest in _named_digests(cited))
    return told[:1].upper() + told[1:]


def _note(cited: Citation) -> str:
    claimed = f"The page dates itself {cited.claimed_published_at}" if cited.claimed_published_at else ""
    software = f"Software: {cited.software.name} {cited.software.version}"
    return ". ".join(filter(None, [_captured(cited), _kept(cited), _digests(cited), claimed, software]))


def _algorithm(digest: Digest) -> str:
    return {"sha1": "SHA-1", "sha256": "SHA-256"}.get(digest.algorithm, digest.algorithm.upper())


def _isolated(words: str) -> str:
    """Words whose letters run from right to left, kept from turning what stands beside them."""
    turned = any(unicodedata.bidirectional(one) in ("R", "AL", "AN") for one in words)
    return f"\u2068{words}\u2069" if turned else words


def _inline(words: str) -> str:
    """Words of others among ours: without quotation marks that could close or open one of ours."""
    return _isolated(words.translate(_UNQUOTED))


def _quoted(words: str) -> str:
    """Words in quotation marks that they cannot close."""
    return f"“{_inline(words)}”"


def _listed(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _tex(words: str) -> str:
    return words.translate(_BIBTEX)


def _wiki(words: str) -> str:
    """Words as the value of a parameter: no markup, no list, no link that the wiki would make of an address."""
    text = words.translate(_WIKITEXT).replace("://", "&#58;//")
    return f"&#{ord(text[0])};{text[1:]}" if text[:1] in _STARTS_A_LIST and text else text


def _name_for_wiki(name: str) -> str:
    """A name with commas or semicolons is marked as one name, which the template then takes as it is written."""
    return f"(({_wiki(name)}))" if {",", ";"} & set(name) else _wiki(name)


_RENDERED: dict[Style, Callable[[Citation], str]] = {
    "text": _text, "bibtex": _bibtex, "csl-json": _csl_json, "ris": _ris, "wikipedia": _wikipedia, "court": _court,
}  # fmt: skip
