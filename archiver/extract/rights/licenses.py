# SPDX-License-Identifier: Apache-2.0
"""Which licence a URL or words name, as an SPDX identifier, given only where exactly one is named.

Ported Creative Commons licences keep the jurisdiction only where the SPDX list has it; otherwise no identifier is given.
"""

import re

from archiver.extract.markup.folding import folded
from archiver.extract.markup.remembered import remembered
from archiver.extract.origin.hosts import without_wayback
from manifests.rights import NoticeKind

_CC_URL = re.compile(
    r"^(?:https?:)?//(?:[\w-]+\.)?creativecommons\.org/(licen[sc]es|publicdomain)/(?:(?:international|[a-z]{2})/)?"
    r"(by-nd-nc|by(?:-nc)?(?:-nd|-sa)?|nc-sa|nc|nd|sa|zero|mark)(?:/(\d\.\d))?(?:/([a-z]{2,3})\b)?",
    re.IGNORECASE,
)
_OTHER_URLS: tuple[tuple[str, str | None], ...] = (
    ("gnu.org/licenses/fdl-1.3", "GFDL-1.3-only"),
    ("gnu.org/licenses/old-licenses/fdl-1.2", "GFDL-1.2-only"),
    ("gnu.org/copyleft/fdl", None),
    ("gnu.org/licenses/fdl", None),
    ("opensource.org/licenses/mit-0", "MIT-0"),
    ("opensource.org/license/mit-0", "MIT-0"),
    ("opensource.org/licenses/mit", "MIT"),
    ("opensource.org/license/mit", "MIT"),
    ("apache.org/licenses/license-2.0", "Apache-2.0"),
    ("nationalarchives.gov.uk/doc/open-government-licence/version/3", "OGL-UK-3.0"),
    ("nationalarchives.gov.uk/doc/open-government-licence/version/2", "OGL-UK-2.0"),
    ("nationalarchives.gov.uk/doc/open-government-licence", None),
    ("opendatacommons.org/licenses/odbl", "ODbL-1.0"),
    ("unlicense.org", "Unlicense"),
    ("govdata.de/dl-de/by-2-0", "DL-DE-BY-2.0"),
    ("etalab.gouv.fr/licence-ouverte", "etalab-2.0"),
    ("rightsstatements.org/vocab/", None),
    ("rightsstatements.org/page/", None),
)
_STATEMENT = re.compile(r"//rightsstatements\.org/(?:vocab|page)/([a-z-]{3,10})\b", re.IGNORECASE)
_RETIRED = "creativecommons.org/licenses/publicdomain"
_PORTED = frozenset({
    "CC-BY-2.5-AU", "CC-BY-3.0-AT", "CC-BY-3.0-AU", "CC-BY-3.0-DE", "CC-BY-3.0-IGO", "CC-BY-3.0-NL", "CC-BY-3.0-US",
    "CC-BY-NC-3.0-DE", "CC-BY-NC-ND-3.0-DE", "CC-BY-NC-ND-3.0-IGO", "CC-BY-NC-SA-2.0-DE", "CC-BY-NC-SA-2.0-FR",
    "CC-BY-NC-SA-2.0-UK", "CC-BY-NC-SA-3.0-DE", "CC-BY-NC-SA-3.0-IGO", "CC-BY-ND-3.0-DE", "CC-BY-SA-2.0-UK",
    "CC-BY-SA-2.1-JP", "CC-BY-SA-3.0-AT", "CC-BY-SA-3.0-DE", "CC-BY-SA-3.0-IGO",
})  # fmt: skip
_CC_WORDS = re.compile(
    (
        r"\bCC[\s\-–]*(0|zero\b|BY(?:[\s\-–]*NC)?(?:[\s\-–]*(?:ND|"
        r"SA))?)(?![A-Za-z])[\s\-–,]*(?:(\d\.\d))?(?:[\s\-–]*((?-i:[A-Z]{2}|IGO))\b)?"
    ),
    re.IGNORECASE,
)
_LONG_WORDS = re.compile(
    r"(?:Attribution|Namensnennung|Paternité|Atribuci[óo]n|Reconocimiento|Atribuição|Attribuzione|Naamsvermelding)"
    r"((?:[\s\-–,]{1,3}(?:Non[\s-]?Commercial|NoDerivatives|No[\s-]?Deriv(?:ative)?(?:s|\sWorks)?|Share[\s-]?Alike"
    r"|Nicht[\s-]?kommerziell|Keine[\s-]?Bearbeitung(?:en)?|Weitergabe unter gleichen Bedingungen|"
    r"NoComercial|CompartirIgual|SinDerivadas"
    r"|Pas d.Utilisation Commerciale|Pas de Modification|Partage dans les Mêmes Conditions))*)"
    r"(?:[\s\-–,]{1,3}(?:Unported|International|Generic|Licen[sc]e|Lizenz))?\s{0,3}(\d\.\d)?"
    r"(?:\s((?-i:[A-Z]\w+(?: States| Kingdom)?)))?",
    re.IGNORECASE,
)
_PLACES = {
    "germany": "de", "deutschland": "de", "austria": "at", "österreich": "at", "australia": "au", "netherlands": "nl",
    "nederland": "nl", "united states": "us", "france": "fr", "japan": "jp", "igo": "igo", "spain": "es", "españa": "es",
    "italy": "it", "italia": "it", "switzerland": "ch", "schweiz": "ch", "united kingdom": "uk", "canada": "ca",
}  # fmt: skip
"""Jurisdictions as the full names of ported licences give them."""
_NAMED = (
    (re.compile(r"\bMIT[\s-]Licen[sc]e\b", re.I), "MIT"),
    (re.compile(r"\bApache Licen[sc]e,? (?:Version )?2\.0", re.I), "Apache-2.0"),
    (re.compile(r"\bOpen Government Licen[sc]e v?(?:ersion )?3\.0", re.I), "OGL-UK-3.0"),
    (re.compile(r"\bGNU Free Documentation Licen[sc]e,? (?:Version )?1\.3", re.I), "GFDL-1.3-only"),
    (re.compile(r"\bGNU Free Documentation Licen[sc]e,? (?:Version )?1\.2", re.I), "GFDL-1.2-only"),
    (
        re.compile(
            r"\b(?:licence ouverte|licence)[ /-]*(?:open licence[ /-]*)?etalab (?:v(?:ersion )?)?2\.0|licence ouverte 2\.0",
            re.I,
        ),
        "etalab-2.0",
    ),
)


@remembered(1024)
def is_license_url(url: str) -> bool:
    """Whether a URL is the address of a licence this module knows."""
    written = without_wayback(url.strip())
    return _CC_URL.match(written) is not None or _RETIRED in written.lower() or _other(written) is not None


def is_public_domain_url(url: str) -> bool:
    """Whether a URL is that of CC0 or the Public Domain Mark."""
    return "creativecommons.org/publicdomain" in url.lower() or _RETIRED in url.lower()


def kind_of_url(url: str) -> NoticeKind:
    """What a link to a licence, or to a statement of rightsstatements.org, makes of the page."""
    if is_public_domain_url(url):
        return NoticeKind.PUBLIC_DOMAIN
    statement = _STATEMENT.search(url)
    if statement is None:
        return NoticeKind.LICENSE
    name = statement[1].lower()
    if name.startswith("inc"):
        return NoticeKind.COPYRIGHT
    return NoticeKind.PUBLIC_DOMAIN if name.startswith(("noc", "nkc")) else NoticeKind.TERMS_LINK


@remembered(1024)
def spdx_of_url(url: str) -> str | None:
    """The SPDX identifier of the licence at a URL."""
    written = without_wayback(url.strip())
    found = _CC_URL.match(written)
    if found:
        code, version, place = found[2].lower(), found[3], found[4]
        if code == "zero":
            return "CC0-1.0"
        if code == "mark" or version is None:
            return None
        return _cc("by-nc-nd" if code == "by-nd-nc" else code, version, place)
    other = _other(written)
    return other[1] if other else None


def _other(url: str) -> tuple[str, str | None] | None:
    # From the host on: a link that only carries such an address in its query is no licence.
    address = re.sub(r"^(?:https?:)?//(?:www\.)?", "", url[:300].lower())
    return next((known for known in _OTHER_URLS if address.startswith(known[0])), None)


def _cc(code: str, version: str, place: str | None) -> str | None:
    if not code.startswith("by"):
        return None
    name = f"CC-{code.upper()}-{version}"
    if place and version != "4.0":
        ported = f"{name}-{place.upper()}"
        return ported if ported in _PORTED else None
    return name if version in {"1.0", "2.0", "2.5", "3.0", "4.0"} else None


@remembered(1024)
def spdx_of_words(words: str) -> str | None:
    """The SPDX identifier of the one licence that words name, with its version."""
    words = words[:4000]
    written = folded(words)
    if "cc" not in written and "licen" not in written and "creative commons" not in written:
        return None
    named: set[str | None] = set()
    for found in _CC_WORDS.finditer(words):
        code = re.sub(r"[\s\-–]+", "-", found[1].strip().lower())
        if code in {"0", "zero"}:
            named.add("CC0-1.0")
        else:
            named.add(_cc(code, found[2], found[3]) if found[2] else None)
    if not named and "creative commons" in written:
        named = {_long(found) for found in _LONG_WORDS.finditer(words)}
    named |= {name for pattern, name in _NAMED if pattern.search(words)}
    return named.pop() if len(named) == 1 else None


def _long(found: re.Match[str]) -> str | None:
    parts = re.sub(r"[^a-zêé]", "", (found[1] or "").lower())
    if not found[2]:
        return None
    code = "by"
    code += "-nc" if re.search(r"non?commercial|nichtkommerziell|nocomercial|utilisationcommerciale", parts) else ""
    if re.search(r"noderiv|keinebearbeitung|sinderivadas|pasdemodification", parts):
        code += "-nd"
    elif re.search(r"sharealike|weitergabe|compartirigual|partagedans", parts):
        code += "-sa"
    return _cc(code, found[2], _PLACES.get((found[3] or "").lower()))
