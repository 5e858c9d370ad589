# SPDX-License-Identifier: Apache-2.0
"""Signs that a response is not the page that was meant: conservative, so that an ordinary article shows none.

Words alone never suffice on a page with much text; a challenge's own markers, or a short page that says little else, do.
"""

import re
from collections.abc import Iterator

from ahocorasick_rs import BytesAhoCorasick, Implementation

from archiver.extract.markup.document import Document
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.folding import Gates
from archiver.extract.markup.jsonld import Statements
from manifests.agents import Confidence, Evidence
from manifests.capture import Suspicion

_CHALLENGE = (
    "cf-challenge", "cf_chl_opt", "/cdn-cgi/challenge-platform/h/", "cf-browser-verification",
    "_incapsula_resource", "px-captcha", "captcha-delivery.com",
    "geo.captcha-delivery", "challenge-form", "awswafintegration", "aws-waf-token", "_pxappid", "perimeterx",
    "ddos-guard", "sucuri_cloudproxy_js",
    "anubis_challenge", "distil_r_captcha", "akamai bot manager", "datadome",
)  # fmt: skip
_STRONG = frozenset(_CHALLENGE[:8])
_SHORT = 1200
_TINY = 200
_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("bot-check", re.compile(
        r"\bjust a moment\b|checking (?:if the site connection is secure|your browser)|verify(?:ing)? (?:that "
        r")?you are (?:a )?human|are you a robot|unusual traffic|not a robot|enable javascript and cookies to "
        r"continue|prove you are human|attention required! \| cloudflare|making sure you(?:'|’)re not a bot|"
        r"access to this page has been denied|ddos protection by|robot check|bist du ein mensch", re.I)),
    ("geo-block", re.compile(
        r"not available in your (?:country|region|location|area)|unavailable (?:in|from) your (?:country|"
        r"region|location)|(?:unavailable|not available) (?:due to|for) legal reasons|unavailable to (?:users|"
        r"visitors|readers) (?:in|from) (?:the )?(?:eu|european)|european (?:economic area|"
        r"union).{0,120}(?:cannot|unable|not available|unavailable|access)|in (?:deinem|ihrem) land nicht "
        r"verfügbar", re.I)),
    ("consent-wall", re.compile(
        r"before you continue to|accept (?:all )?cookies (?:to|and) (?:continue|read|access)|(?:continue|"
        r"weiterlesen|lesen) (?:with|mit) (?:ads|werbung)|consent to (?:the use of )?cookies to (?:continue|"
        r"access)|zustimmung (?:erforderlich|zu cookies)|we value your privacy.{0,400}(?:accept|agree)|"
        r"werbefrei (?:lesen|nutzen)|pour (?:continuer|accéder).{0,60}cookies", re.I | re.S)),
    ("login", re.compile(
        r"(?:log|sign) ?in to (?:continue|your account|view|see|access)|please (?:log|sign) ?in|you must (?:be "
        r"logged in|log in|sign in)|(?:melden sie sich an|bitte (?:einloggen|anmelden))|connectez-vous pour|"
        r"inicia(?:r)? sesión para", re.I)),
    ("soft-404", re.compile(
        r"\b404\b.{0,40}(?:not found|error)|page (?:not found|cannot be found|could not be found|doesn(?:'|’)t "
        r"exist|does not exist|no longer exists)|(?:page|article|content) (?:you (?:are|were) looking for|"
        r"requested).{0,60}(?:not|no longer|couldn|could not|moved|removed)|seite (?:wurde )?nicht gefunden|"
        r"page introuvable|página no encontrada|pagina non trovata|страница не найдена|strona nie (?:została "
        r")?znaleziona|ページが見つかりません|页面不存在|找不到(?:该|此)?页面", re.I | re.S)),
    ("parked-domain", re.compile(
        r"domain (?:name )?(?:is|may be) for sale|buy this domain|this domain (?:name )?(?:is|has been) "
        r"(?:parked|registered|expired)|domain (?:parking|steht zum verkauf)|(?:is|was) parked (?:free|"
        r"courtesy)|related searches.{0,200}privacy policy", re.I | re.S)),
)  # fmt: skip
_SAID = Gates({
    "bot-check": (
        "just a moment", "checking ", "you are ", "unusual traffic", "a robot", "enable javascript and cookies",
        "attention required", "not a bot", "has been denied", "ddos protection by", "robot check", "bist du ein mensch",
    ),
    "geo-block": ("available ", "european ", " land nicht"),
    "consent-wall": (
        "before you continue to", "cookies", "with ads", "mit ads", "with werbung", "mit werbung", "zustimmung ",
        "we value your privacy", "werbefrei ",
    ),
    "login": (
        "login", "log in", "signin", "sign in", "logged in", "melden sie sich an", "bitte einloggen", "bitte anmelden",
        "connectez-vous pour", "sesión para",
    ),
    "soft-404": (
        "404", "not found", "be found", "t exist", "not exist", "longer exists", "looking for", "requested",
        "nicht gefunden", "introuvable", "no encontrada", "non trovata", "не найдена", "strona nie ", "見つかりません",
        "页面不存在", "找不到",
    ),
    "parked-domain": (
        "for sale", "this domain", "domain parking", "domain steht", "parked ", "related searches",
    ),
})  # fmt: skip
"""Folded words of each sign without one of which its pattern does not match."""
_PARKING = (
    "sedoparking.com",
    "parkingcrew.net",
    "bodis.com",
    "hugedomains.com",
    "dan.com/",
    "afternic.com",
    "above.com",
    "godaddy.com/forsale",
    "parklogic",
    "domainmarket.com",
)
_MARKERS = (*_CHALLENGE, *_PARKING)
_MARKED = BytesAhoCorasick([marker.encode() for marker in _MARKERS], implementation=Implementation.DFA)
_NEEDS_SCRIPT = re.compile(
    (
        r"(?:enable|activate|turn on|requires?|need) javascript|javascript (?:is )?(?:required|disabled|must "
        r"be enabled)|bitte javascript aktivieren|activer javascript"
    ),
    re.I,
)
_PAYWALL = re.compile(
    (
        r"subscribe (?:now )?to (?:continue|keep) reading|to (?:continue|keep) reading,? (?:please "
        r")?(?:subscribe|register|sign)|this (?:article|content|story) is (?:for|exclusive to|reserved for|"
        r"only available to) (?:our )?(?:paid |paying )?(?:subscribers|members)|already a subscriber\?|réservé "
        r"à nos abonnés|article réservé aux abonnés|nur für abonnenten|weiterlesen mit|jetzt weiterlesen|"
        r"contenido exclusivo para suscriptores|この記事は有料会員限定|有料会員(?:限定|になると)"
    ),
    re.I,
)
_MOUNTS = "#root,#app,#__next,#__nuxt,app-root,[data-reactroot],[ng-app],[ng-version],ember-app"


def read(
    document: Document, said: Statements, witness: Witness, code: int | None, title: str | None, *, asks: bool
) -> tuple[Suspicion, ...]:
    """The signs found, at most one of a kind; `asks` says that words of a subscription offer are on the page."""
    found: dict[str, Suspicion] = {}
    for suspicion in _signs(document, said, witness, code, title or "", asks):
        found.setdefault(suspicion.sign, suspicion)
    return tuple(found.values())


def _signs(
    document: Document, said: Statements, witness: Witness, code: int | None, title: str, asks: bool
) -> Iterator[Suspicion]:
    text, size = document.text, len(document.text)
    head = text[:6000]
    markers = _markers(document.markup[:400_000]) if size < 3000 else set()
    marker = next((m for m in _CHALLENGE if m in markers), None)
    if marker and (size < 600 or marker in _STRONG) and size < 2000:
        confidence = Confidence.HIGH if marker in _STRONG else Confidence.MEDIUM
        yield Suspicion(
            sign="bot-check", confidence=confidence, reason=f"short page with the challenge marker {marker}"
        )
    standing = _SAID.standing(f"{title}\n{head}" if size < _SHORT else title)
    for sign, pattern in _SIGNS:
        if sign not in standing and code != 451:
            continue
        yield from _by_words(sign, pattern, document, witness, code, title, head, size)
    parked = next((m for m in _PARKING if m in markers), None) if size < _SHORT else None
    if parked:
        yield Suspicion(sign="parked-domain", confidence=Confidence.MEDIUM, reason=f"short page that loads {parked}")
    if asks:
        yield from _paywall(document, said, witness, size)
    if size < _SHORT and document.tree.css_first("input[type='password']") is not None:
        yield Suspicion(sign="login", confidence=Confidence.MEDIUM, reason="short page with a password field")
    if code is not None and code >= 300:
        return
    yield from _shell(document, text, size)


def _markers(markup: str) -> set[str]:
    """The markers that stand in the markup, in whatever case: looked for together, since pages of little text are long."""
    found = _MARKED.find_matches_as_indexes(markup.lower().encode("utf-8", "replace"), overlapping=True)
    return {_MARKERS[number] for number, _, _ in found}


def _by_words(
    sign: str,
    pattern: re.Pattern[str],
    document: Document,
    witness: Witness,
    code: int | None,
    title: str,
    head: str,
    size: int,
) -> Iterator[Suspicion]:
    if sign == "soft-404" and code is not None and code >= 400:
        return
    titled = pattern.search(title) is not None and len(title) < 120
    found = pattern.search(head) if size < _SHORT else None
    if sign == "geo-block" and code == 451:
        yield Suspicion(sign=sign, confidence=Confidence.HIGH, reason="status 451")
        return
    if titled and (size < 3 * _SHORT or sign == "soft-404"):
        if sign == "soft-404" and size > 6 * _SHORT:
            return
        node = document.tree.css_first("title")
        evidence = witness.element(node) if node is not None else None
        yield Suspicion(
            sign=sign,
            confidence=Confidence.HIGH if size < _SHORT else Confidence.MEDIUM,
            reason="title says so",
            evidence=evidence,
        )
    elif found:
        evidence = _evidence(document, witness, found)
        yield Suspicion(sign=sign, confidence=Confidence.MEDIUM, reason="short page that says so", evidence=evidence)


def _evidence(document: Document, witness: Witness, found: re.Match[str]) -> Evidence:
    block = document.blocks[document.index_at(found.start())]
    return (
        witness.words(block.start, min(block.end, block.start + 400))
        if found.end() <= block.end
        else witness.words(*found.span())
    )


def _paywall(document: Document, said: Statements, witness: Witness, size: int) -> Iterator[Suspicion]:
    locked = any(
        str(t.properties.get("isAccessibleForFree", "")).lower().rsplit("/", 1)[-1] == "false" for t in said.articles
    )
    found = _PAYWALL.search(document.text) if size < 60_000 else None
    if locked and found:
        yield Suspicion(
            sign="paywall",
            confidence=Confidence.HIGH,
            reason="says it is not free and asks for a subscription",
            evidence=_evidence(document, witness, found),
        )
    elif found and size < 2 * _SHORT:
        yield Suspicion(
            sign="paywall",
            confidence=Confidence.MEDIUM,
            reason="short page that asks for a subscription",
            evidence=_evidence(document, witness, found),
        )


def _shell(document: Document, text: str, size: int) -> Iterator[Suspicion]:
    if size >= _TINY:
        return
    scripts = len(document.tree.css("script[src]"))
    needs = _NEEDS_SCRIPT.search(document.markup[:200_000]) is not None
    mount = document.tree.css_first(_MOUNTS) is not None
    if scripts and (mount or needs or (not text and len(document.markup) > 400)):
        reason = "scripts and almost no text" + (", with an empty place for an application" if mount else "")
        yield Suspicion(
            sign="empty-shell", confidence=Confidence.HIGH if mount or needs else Confidence.MEDIUM, reason=reason
        )
