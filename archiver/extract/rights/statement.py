# SPDX-License-Identifier: Apache-2.0
"""The rights statement: one normalised reading of a page's notices, naming those it rests on.

Only notices in the publisher's own voice count. The most specific permission wins over a general claim (a licence over all
rights reserved), a reader sees both in the basis. A notice of low confidence decides nothing. Uses and conditions are those
that the notices state; where two contradict each other, that is what is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from archiver.extract.rights import ai_words, license_facts, use_words
from archiver.extract.rights import copyright_words as words
from manifests.agents import Confidence
from manifests.canonical import unchecked
from manifests.rights import Condition, Notice, NoticeKind, RightsStatement, StatementKind, Use, UseValue

_CLAIMS = (
    (NoticeKind.LICENSE, StatementKind.LICENSE),
    (NoticeKind.PUBLIC_DOMAIN, StatementKind.PUBLIC_DOMAIN),
    (NoticeKind.REUSE_GRANT, StatementKind.REUSE_GRANT),
    (NoticeKind.COPYRIGHT, StatementKind.COPYRIGHT_CLAIMED),
    (NoticeKind.REUSE_RESTRICTION, StatementKind.REUSE_RESTRICTED),
    (NoticeKind.FAIR_USE, StatementKind.FAIR_USE_CLAIMED),
    (NoticeKind.AI_PREFERENCE, StatementKind.PREFERENCE_STATED),
    (NoticeKind.ARCHIVING_PREFERENCE, StatementKind.PREFERENCE_STATED),
)
"""What a notice of a kind makes of the page when none of a kind before it is there."""
_LICENSING = frozenset({NoticeKind.LICENSE, NoticeKind.PUBLIC_DOMAIN})
_MACHINE_USES = {
    "tdm-reservation": Use.TEXT_MINING, "text-mining": Use.TEXT_MINING, "tdm": Use.TEXT_MINING, "tdm-policy": Use.TEXT_MINING,
    "train-ai": Use.TRAIN_AI, "ai-train": Use.TRAIN_AI, "train-genai": Use.TRAIN_AI, "noai": Use.TRAIN_AI, "noml": Use.TRAIN_AI,
    "notrain": Use.TRAIN_AI, "notraining": Use.TRAIN_AI, "noaitraining": Use.TRAIN_AI,
    "noarchive": Use.ARCHIVE, "nocache": Use.ARCHIVE, "archive": Use.ARCHIVE,
}  # fmt: skip
"""The use that a preference's own word means; `noimageai` is of pictures alone, `search` of none of the list."""
_VALUES = {"allow": UseValue.PERMITTED, "disallow": UseValue.PROHIBITED, "conditional": UseValue.CONDITIONAL}

_PREFERENCES = frozenset({NoticeKind.AI_PREFERENCE, NoticeKind.ARCHIVING_PREFERENCE})
_BY_MACHINES = frozenset({Use.TEXT_MINING, Use.TRAIN_AI})
_ORDER = {condition.value: at for at, condition in enumerate(Condition)}

_stated = unchecked(RightsStatement)

Said = tuple[str, str, Mapping[str, None]]
"""What a notice says of one use, with the conditions."""


def of_notices(notices: Sequence[Notice]) -> RightsStatement:
    """The statement that the notices amount to."""
    own = [at for at, n in enumerate(notices) if n.voice is None and n.confidence != Confidence.LOW]
    kinds = {notices[at].kind for at in own}
    kind, read = next(((k, s) for k, s in _CLAIMS if k in kinds), (None, StatementKind.NONE_FOUND))
    if kind is None:
        return _stated(statement=read.value)
    basis = [at for at in own if notices[at].kind in {kind, NoticeKind.COPYRIGHT}]
    if read == StatementKind.COPYRIGHT_CLAIMED and any(words.reservation.search(notices[at].text) for at in basis):
        read = StatementKind.ALL_RIGHTS_RESERVED
    of_kind = [notices[at] for at in own if notices[at].kind == kind]
    claimed = _first_claim(notices, own)
    license_url = next((n.license_url for n in of_kind if n.license_url), None)
    spdx = _license_of(kind, of_kind)
    uri = (
        license_facts.uri_of(spdx, license_url)
        if spdx or len({n.license_url for n in of_kind if n.license_url}) == 1
        else None
    )
    if uri is None and read in {StatementKind.COPYRIGHT_CLAIMED, StatementKind.ALL_RIGHTS_RESERVED}:
        uri = license_facts.IN_COPYRIGHT
    uses, conditions, told = _uses_and_conditions(notices, own)
    return _stated(
        statement=read.value,
        basis=tuple(sorted({*basis, *told})),
        uri=uri,
        license=spdx,
        license_url=license_url,
        holder=claimed.holder if claimed else None,
        years=claimed.years if claimed else None,
        uses=uses,
        conditions=conditions,
    )


def _first_claim(notices: Sequence[Notice], own: Sequence[int]) -> Notice | None:
    """The first copyright notice that a reader of the page sees, else the first one."""
    claims = [notices[at] for at in own if notices[at].kind == NoticeKind.COPYRIGHT]
    seen = (n for n in claims if n.evidence.place.attribute is None and n.evidence.place.json_pointer is None)
    return next(seen, next(iter(claims), None))


def _license_of(kind: NoticeKind, of_kind: Sequence[Notice]) -> str | None:
    """The one licence named. Two licences are none that could be named for the page."""
    named = list(dict.fromkeys(n.license for n in of_kind if n.license))
    if not named:
        return None
    return named[0] if len(named) == 1 or kind != NoticeKind.LICENSE else None


def _uses_and_conditions(
    notices: Sequence[Notice], own: Sequence[int]
) -> tuple[dict[str, str], tuple[str, ...], list[int]]:
    """What the notices say of each use, the conditions together, and which of them say it."""
    uses: dict[str, str] = {}
    conditions: dict[str, None] = {}
    told: list[int] = []
    has_policy = any(notices[at].usage == "tdm-policy" for at in own)
    for at in own:
        said = _said_by(notices[at], has_policy)
        if said:
            told.append(at)
        for use, value, under in said:
            uses[use] = value if uses.get(use, value) == value else _disagreed(uses[use], value)
            conditions.update(under)
    return uses, tuple(sorted(conditions, key=_ORDER.__getitem__)) if len(conditions) > 1 else tuple(conditions), told


def _disagreed(one: str, other: str) -> str:
    """What two notices say together that do not say the same."""
    forbidden = {UseValue.PROHIBITED.value, UseValue.CONTRADICTED.value}
    return UseValue.CONDITIONAL.value if forbidden.isdisjoint((one, other)) else UseValue.CONTRADICTED.value


def _said_by(notice: Notice, has_policy: bool) -> tuple[Said, ...]:
    """What one notice says of uses."""
    kind = notice.kind
    if notice.license_url or kind in _LICENSING:
        return _of_license(notice.license, notice.license_url)
    if kind == NoticeKind.REUSE_GRANT:
        return _of_grant(notice.text)
    if kind == NoticeKind.REUSE_RESTRICTION:
        return _of_restriction(notice.text)
    if kind in _PREFERENCES and not notice.agents:
        place = notice.evidence.place
        carried = place.header or place.attribute or notice.evidence.authority.kind == "site"
        words = "" if carried else notice.text
        return _of_preference(notice.value, notice.usage, words, has_policy)
    return ()


def _made(uses: Iterable[Use], value: UseValue, under: Iterable[Condition]) -> tuple[Said, ...]:
    conditions = {condition.value: None for condition in under}
    return tuple((use.value, value.value, conditions) for use in uses)


@lru_cache(maxsize=1024)
def _of_license(spdx: str | None, url: str | None) -> tuple[Said, ...]:
    terms = license_facts.terms_of(spdx, url)
    return tuple(_made([use], value, terms.conditions)[0] for use, value in terms.uses.items()) if terms else ()


@lru_cache(maxsize=512)
def _of_grant(words: str) -> tuple[Said, ...]:
    under = use_words.conditions_of_grant(words)
    named = [use for use in use_words.uses_of(words) if use != Use.COMMERCIAL_USE]
    return _made(named or [Use.REDISTRIBUTE], UseValue.CONDITIONAL if under else UseValue.PERMITTED, under)


@lru_cache(maxsize=512)
def _of_restriction(words: str) -> tuple[Said, ...]:
    under = use_words.conditions_of_restriction(words)
    named = [use for use in use_words.uses_of(words) if use not in _BY_MACHINES]
    return _made(named, UseValue.CONDITIONAL if under else UseValue.PROHIBITED, under)


@lru_cache(maxsize=512)
def _of_preference(value: str | None, usage: str | None, words: str, has_policy: bool) -> tuple[Said, ...]:
    read = _VALUES.get(value or "")
    if read is None:
        return ()
    spoken = [Use(one) for one in ai_words.usages_of(words)]
    named = _MACHINE_USES.get(usage or "")
    uses = spoken or ([named] if named else [])
    if read == UseValue.PROHIBITED and has_policy and uses == [Use.TEXT_MINING]:
        # TDM Reservation Protocol, section 4: rights are reserved, and the policy says how to be granted them.
        read = UseValue.CONDITIONAL
    return _made(uses, read, (Condition.ASK_FIRST,) if read == UseValue.CONDITIONAL else ())
