# SPDX-License-Identifier: Apache-2.0
"""What known licences and rightsstatements.org statements say, as their own deeds word it: uses, conditions, address.

Facts about the texts of licences, not about any page. Only licences whose deeds were read are listed: of another licence a
rights statement says which one it is, and no more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from archiver.extract.origin.hosts import without_wayback
from manifests.rights import Condition, Use, UseValue

_COPY = (Use.REPRODUCE, Use.REDISTRIBUTE)
_ALL = (*_COPY, Use.ADAPT, Use.COMMERCIAL_USE)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a licence says of uses, and under which conditions."""

    uses: Mapping[Use, UseValue]
    conditions: tuple[Condition, ...] = ()


def _of_creative_commons(code: str) -> Terms:
    parts = code.split("-")
    uses = dict.fromkeys(_ALL, UseValue.CONDITIONAL)
    conditions = [Condition.ATTRIBUTE]
    if "nc" in parts:
        uses[Use.COMMERCIAL_USE] = UseValue.PROHIBITED
        conditions.append(Condition.NON_COMMERCIAL)
    if "nd" in parts:
        uses[Use.ADAPT] = UseValue.PROHIBITED
        conditions.append(Condition.NO_DERIVATIVES)
    if "sa" in parts:
        conditions.append(Condition.SHARE_ALIKE)
    return Terms(uses, tuple(conditions))


_FREE = Terms(dict.fromkeys(_ALL, UseValue.PERMITTED))
_NAMED = Terms(dict.fromkeys(_ALL, UseValue.CONDITIONAL), (Condition.ATTRIBUTE,))
_NAMED_ALIKE = Terms(dict.fromkeys(_ALL, UseValue.CONDITIONAL), (Condition.ATTRIBUTE, Condition.SHARE_ALIKE))
_BY_SPDX = {
    "CC0-1.0": _FREE, "Unlicense": _FREE, "MIT-0": _FREE, "OGL-UK-3.0": _NAMED, "OGL-UK-2.0": _NAMED, "etalab-2.0": _NAMED,
    "DL-DE-BY-2.0": _NAMED, "ODbL-1.0": _NAMED_ALIKE, "GFDL-1.3-only": _NAMED_ALIKE, "GFDL-1.2-only": _NAMED_ALIKE,
}  # fmt: skip
_NON_COMMERCIAL = Terms(dict.fromkeys(_COPY, UseValue.CONDITIONAL), (Condition.NON_COMMERCIAL,))
_STATEMENTS = {"InC-NC": _NON_COMMERCIAL, "NoC-NC": _NON_COMMERCIAL}
_URIS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "OGL-UK-3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "OGL-UK-2.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/2/",
    "etalab-2.0": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    "DL-DE-BY-2.0": "https://www.govdata.de/dl-de/by-2-0",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "MIT": "https://opensource.org/license/mit",
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
}
IN_COPYRIGHT = "http://rightsstatements.org/vocab/InC/1.0/"
_CC_URL = re.compile(
    r"creativecommons\.org/(?:licen[sc]es/(?:\w+/)?(by(?:-nc)?(?:-nd|-sa)?)|publicdomain/(?:\w+/)?(zero|mark))/(\d\.\d)"
    r"(?:/(?!deed|legalcode)([a-z]{2,3})\b)?",
    re.IGNORECASE,
)
_STATEMENT_URL = re.compile(
    r"^(?:https?:)?//rightsstatements\.org/(?:vocab|page|data)/([A-Za-z-]{3,10})/1\.0\b", re.IGNORECASE
)
_CC_SPDX = re.compile(r"CC-(BY(?:-NC)?(?:-ND|-SA)?)-(\d\.\d)(?:-([A-Z]{2,3}))?")


def statement_of_url(url: str) -> str | None:
    """The name of the rightsstatements.org statement at a URL, such as `InC-NC`."""
    found = _STATEMENT_URL.match(url.strip())
    return found[1] if found else None


@lru_cache(maxsize=1024)
def uri_of(spdx: str | None, url: str | None) -> str | None:
    """The address of a licence or statement in its normal form, from its SPDX identifier or from the URL as written."""
    named = _CC_SPDX.fullmatch(spdx) if spdx else None
    if named:
        place = f"{named[3].lower()}/" if named[3] else ""
        return f"https://creativecommons.org/licenses/{named[1].lower()}/{named[2]}/{place}"
    if spdx in _URIS:
        return _URIS[spdx]
    if url is None:
        return None
    statement = statement_of_url(url)
    if statement:
        return f"http://rightsstatements.org/vocab/{statement}/1.0/"
    written = _CC_URL.search(without_wayback(url))
    if written is None:
        return None
    place = f"{written[4].lower()}/" if written[4] else ""
    if written[2]:
        return f"https://creativecommons.org/publicdomain/{written[2].lower()}/{written[3]}/"
    return f"https://creativecommons.org/licenses/{written[1].lower()}/{written[3]}/{place}"


@lru_cache(maxsize=1024)
def terms_of(spdx: str | None, url: str | None) -> Terms | None:
    """What a licence or statement says, when it is one of the known."""
    if spdx in _BY_SPDX:
        return _BY_SPDX[spdx]
    named = _CC_SPDX.fullmatch(spdx) if spdx else None
    if named:
        return _of_creative_commons(named[1].lower())
    if url is None:
        return None
    statement = statement_of_url(url)
    if statement:
        return _STATEMENTS.get(statement)
    written = _CC_URL.search(without_wayback(url))
    if written is None:
        return None
    return _of_creative_commons(written[1].lower()) if written[1] else _FREE
