# SPDX-License-Identifier: Apache-2.0
"""Sentences of fair-use, fair-dealing and quotation notices, and the statutes they cite."""

import re

_FAIR_DEALING = r"fair[\s-]dealing|उचित व्यवहार|utilisation équitable"
_FAIR_USE = r"fair[\s-]use\b|合理使用|الاستخدام العادل|שימוש הוגן|공정[ ]?이용|uso justo|उचित उपयोग"
_QUOTATION = (
    r"zitatrecht|§ ?51 ?urhg|(?:courte citation|droit de (?:courte )?citation)|derecho de cita|right (?:of quotation|to quote)|"
    r"право цитирования|цитирован\w+ .{0,30}в соответствии|ст(?:\.|атье[йи]?) ?1274|diritto di citazione|"
    r"direito de citação|citaatrecht|"
    r"praw[ao] cytatu|citatret(?:ten)?\b|citaträtt|idézés joga|引用の範囲|著作権法(?:第)?\s?32\s?条|著作權法第\s?52\s?條|"
    r"저작권법 제?\s?28조|L\.? ?122-5(?!-3)"
)
_DOCTRINES = (
    ("fair-dealing", re.compile(_FAIR_DEALING, re.IGNORECASE)),
    ("quotation", re.compile(rf"{_QUOTATION}|引用之", re.IGNORECASE)),
    ("fair-use", re.compile(_FAIR_USE, re.IGNORECASE)),
)
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
            r"sections?\s+(?:29\s?(?:and|&|,|or)\s?30)\b|(?:ss?\.|sections?)\s?29[A-Z]?\b.{0,20}\b30\b.{0,80}(?:designs|CDPA)",
            "Copyright, Designs and Patents Act 1988, ss. 29, 30",
        ),
        (
            r"(?:sections?|ss?\.)\s?29\b.{0,80}(?:copyright, designs|CDPA)|(?:CDPA|designs and patents act).{0,60}\b29\b",
            "Copyright, Designs and Patents Act 1988, s. 29",
        ),
        (
            r"(?:sections?|ss?\.)\s?30\b.{0,80}(?:copyright, designs|CDPA)|(?:CDPA|designs and patents act).{0,60}\b30\b",
            "Copyright, Designs and Patents Act 1988, s. 30",
        ),
        (
            r"section\s+29(?:\.\d)?\b.{0,60}copyright act|copyright act.{0,60}section\s+29\b|article 29(?:\.\d)? de la loi sur "
            r"le droit d.auteur",
            "Copyright Act (Canada), s. 29",
        ),
        (
            r"(?:sections?|ss?\.)\s?4[012]\b.{0,80}copyright act|copyright act 1968.{0,80}\b4[012]\b",
            "Copyright Act 1968 (Australia), ss. 40-42",
        ),
        (
            r"section\s+52\b.{0,60}copyright act|copyright act,? 1957.{0,60}\b52\b|धारा 52",
            "Copyright Act, 1957 (India), s. 52",
        ),
        (r"section\s+107\b.{0,60}(?:Israel|5768|2007)", "Copyright Act, 5768-2007 (Israel)"),
        (r"§ ?51 ?urhg|§ ?51 des urheberrechtsgesetz", "§ 51 UrhG"),
        (r"§ ?42f", "§ 42f UrhG (Österreich)"),
        (r"art(?:icle|ikel|\.)? ?25 .{0,20}(?:URG|LDA)\b", "Art. 25 URG (Schweiz)"),
        (r"L\.? ?122-5(?!-3)", "Code de la propriété intellectuelle, art. L. 122-5"),
        (r"art(?:ículo|\.)? ?32\b.{0,60}propiedad intelectual", "Ley de Propiedad Intelectual (España), art. 32"),
        (
            r"art(?:icolo|\.)? ?70\b.{0,60}(?:633|diritto d.autore)|633.{0,20}art(?:icolo|\.)? ?70\b",
            "Legge 633/1941, art. 70",
        ),
        (r"art(?:igo|\.)? ?46\b.{0,60}9\.?610", "Lei 9.610/1998 (Brasil), art. 46"),
        (r"art(?:ikel|\.)? ?15a\b.{0,30}auteurswet|auteurswet.{0,30}15a\b", "Auteurswet, art. 15a"),
        (r"art(?:\.|ykułu?)? ?29\b.{0,40}praw\w+ autorski", "Ustawa o prawie autorskim (Polska), art. 29"),
        (r"ст(?:\.|атье[йи]?|атья)? ?1274", "Гражданский кодекс Российской Федерации, ст. 1274"),
        (r"著作権法(?:第)?\s?32\s?条", "著作権法第32条"),
        (r"著作權法第\s?52\s?條", "著作權法第52條（臺灣）"),
        (r"著作权法》?第?(?:二十四|24)条", "中华人民共和国著作权法第二十四条"),
        (r"저작권법 제?\s?28조", "저작권법 제28조"),
    )
)
_ANCHOR = re.compile(
    rf"\bfair[\s-]use\b|\bfair[\s-]dealing\b|section 107|§{{1,2}}\s?107|17 u\.?\s?s\.?\s?c|{_FAIR_DEALING}|"
    rf"{_FAIR_USE}|{_QUOTATION}",
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
        r"propiedad intelectual|авторск|著作|版权|版權|저작|ustaw|auteurswet|633|9\.?610|ophavsret|upphovsrätt|अधिनियम|"
        r"المؤلف|זכויות|private study|criticism"
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
    r"|diese[rs]? (?:seite|website)|im rahmen des zitatrechts|au titre|en virtud|in base al|ai sensi|nos termos|op grond van|"
    r"na podstawie|на основании|в соответствии|本(?:記事|サイト|ブログ|ページ)|当(?:サイト|ブログ)|本(?:网|網|"
    r"站)|在合理使用|이 (?:글|사이트)|"
    r"본 (?:글|사이트|기사)|यह (?:सामग्री|लेख|वीडियो)|(?:on|in) this (?:page|site|video)|www\.",
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
