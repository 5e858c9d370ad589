# SPDX-License-Identifier: Apache-2.0
"""The rights statement: one normalised reading of a page's notices, naming those it rests on.

The most specific permission wins over a general claim (a licence over all rights reserved), a reader sees both in the basis.
A licence of low confidence decides nothing.
"""

from manifests.agents import Confidence
from manifests.rights import Notice, NoticeKind, RightsStatement

_RESERVED_WORDS = (
    "rights reserved", "alle rechte", "droits réservés", "derechos reservados", "direitos reservados",
    "diritti riservati", "rechten voorbehouden",
    "права защищены", "права захищені", "prawa zastrzeżone", "práva vyhrazena", "版权所有", "版權所有", "محفوظة",
    "hakları saklıdır",
)  # fmt: skip


def of_notices(notices: tuple[Notice, ...]) -> RightsStatement:
    """The statement that the notices amount to."""

    def indexes(kind: NoticeKind) -> list[int]:
        return [i for i, n in enumerate(notices) if n.kind == kind and n.confidence != Confidence.LOW]

    copyrights = indexes(NoticeKind.COPYRIGHT)
    visible = [
        i
        for i in copyrights
        if notices[i].evidence.place.attribute is None and notices[i].evidence.place.json_pointer is None
    ]
    first = next(iter(visible or copyrights), None)
    holder = notices[first].holder if first is not None else None
    years = notices[first].years if first is not None else None
    licences = indexes(NoticeKind.LICENSE)
    if licences:
        named = {notices[i].license for i in licences if notices[i].license}
        urls = [notices[i].license_url for i in licences if notices[i].license_url]
        spdx = named.pop() if len(named) == 1 else None
        return RightsStatement(
            statement="license",
            basis=tuple(sorted(licences + copyrights)),
            license=spdx,
            license_url=urls[0] if urls else None,
            holder=holder,
            years=years,
        )
    for kind, statement in ((NoticeKind.PUBLIC_DOMAIN, "public-domain"), (NoticeKind.REUSE_GRANT, "reuse-grant")):
        found = indexes(kind)
        if found:
            spdx = next((notices[i].license for i in found if notices[i].license), None)
            url = next((notices[i].license_url for i in found if notices[i].license_url), None)
            return RightsStatement(
                statement=statement,
                basis=tuple(sorted(found + copyrights)),
                license=spdx,
                license_url=url,
                holder=holder,
                years=years,
            )
    if not copyrights:
        return RightsStatement(statement="none-found")
    reserved = any(word in notices[i].text.lower() for i in copyrights for word in _RESERVED_WORDS)
    statement = "all-rights-reserved" if reserved else "copyright-claimed"
    return RightsStatement(statement=statement, basis=tuple(copyrights), holder=holder, years=years)
