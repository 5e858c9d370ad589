# SPDX-License-Identifier: Apache-2.0
"""Sentences that permit or forbid reuse, in the languages of the web. Each pattern is tried on one sentence at a time."""

import re
from collections.abc import Set

from archiver.extract.folding import Gates

_GRANTS: tuple[tuple[str, str], ...] = (
    (
        "permission",
        r"\b(?:grants?|granted|gives?|given|has|have)\b.{0,60}\bpermission\b.{0,80}\b(?:cross-?post|re-?post|"
        r"re-?publish|reprint|reproduc|copy|distribut|share|quote|use)",
    ),
    (
        "permission",
        r"\bpermission (?:is|to) .{0,80}\b(?:granted|given)\b",
    ),
    (
        "crosspost|cross-post|repost|republish|reprint|be reproduced|reproduce|be copied|redistribut|be distributed|reuse|"
        "re-use|be used freely|be shared|share and",
        r"\b(?:may|can|are free to|is free to|free to|welcome to|allowed to|encouraged to|permitted to|"
        r"feel free to|happy to|invite you to)\b(?! not).{0,60}\b(?:cross-?post|repost|republish(?:ed)?|"
        r"reprint(?:ed)?|be reproduced|reproduce|be copied|redistribut|be distributed|re-?use|be used freely|"
        r"be shared|share and)",
    ),
    (
        "reproduce|republish|reprint|reposted|copied|copy and distribut",
        r"\b(?:may|can) (?:freely )?(?:be )?(?:reproduced?|republish(?:ed)?|reprint(?:ed)?|reposted|copied|"
        r"cop(?:y|ied) and distribut\w+)\b",
    ),
    (
        "republish|re-publish|republication|reuse|re-use|reprint",
        r"\b(?:available|offered?) .{0,40}\b(?:for|to) (?:free )?(?:re-?publish|republication|re-?use|reprint)",
    ),
    (
        "republish",
        r"\brepublish (?:our|this|these|the) .{0,40}\b(?:for free|free of charge|online or in print)",
    ),
    (
        "gestattet|erlaubt|erwünscht|frei|kostenlos|zulässig",
        r"(?:nachdruck|vervielfältigung|veröffentlichung|verwendung|weiterverbreitung|weiterverwendung|"
        r"übernahme|abdruck|verbreitung)\b.{0,90}\b(?:gestattet|erlaubt|erwünscht|honorarfrei|kostenfrei|"
        r"kostenlos|gebührenfrei|zulässig)",
    ),
    (
        "werden",
        r"\b(?:dürfen|darf|können|kann) .{0,80}(?:nachgedruckt|weiterverbreitet|übernommen|vervielfältigt|"
        r"veröffentlicht|weiterverwendet) werden",
    ),
    (
        "использ|перепеч|копир|цитир|воспроизв|передрук|використ",
        r"(?:использование|использовать|перепечатка|копирование|цитирование|воспроизведение|передрук|"
        r"використання).{0,140}(?:разреш|допуска|возможн|приветств|дозвол|допускаєт|при условии|при наличии|"
        r"за умови).{0,120}(?:ссылк|источник|посиланн|указани)",
    ),
    (
        "reproduction|reprise|republication|diffusion|utilisation",
        r"(?:reproduction|reprise|republication|diffusion|utilisation)\b.{0,80}\b(?:autorisée|permise|libre)\b",
    ),
    (
        "permit|autori|puede|pode",
        r"\b(?:se permite|se autoriza|está permitid[ao]|queda autorizad[ao]|puede(?:n)? ser|é permitid[ao]|"
        r"pode ser)\b.{0,60}\b(?:reproduc|republic|difusi|compartir|copi|reproduz)",
    ),
    (
        "reproduc|republic|difusi|reprodu",
        r"\b(?:reproducción|republicación|difusión|reprodução)\b.{0,60}\b(?:permitida|autorizada|libre|"
        r"livre)\b",
    ),
    (
        "riproduz|ripubblic|diffusione",
        r"\b(?:riproduzione|ripubblicazione|diffusione)\b.{0,70}\b(?:consentita|permessa|libera|autorizzata)\b",
    ),
    (
        "overname|verspreiding|gebruik",
        r"\b(?:overname|verspreiding|gebruik)\b.{0,70}\b(?:toegestaan|mag)\b",
    ),
    (
        "przedruk|kopiowanie|rozpowszech|wykorzyst",
        r"(?:przedruk|kopiowanie|rozpowszechnianie|wykorzystanie).{0,80}(?:dozwolon|za podaniem|pod warunkiem)",
    ),
    (
        "転載|引用|複製|再利用",
        r"(?:転載|引用|複製|再利用).{0,24}(?:自由|可能|歓迎|許可します|かまいません|構いません)",
    ),
    (
        "转载|轉載",
        r"(?:欢迎|可以|允许|自由)(?:自由)?(?:转载|轉載)|转载(?:请|時請|时请)?注明|轉載請註明",
    ),
    (
        "นำไปใช้",
        r"นำไปใช้(?:งาน)?ได้",
    ),
    (
        "نشر|نقل|اقتباس|استخدام",
        r"(?:يسمح|يجوز|مسموح).{0,40}(?:نشر|نقل|اقتباس|استخدام)",
    ),
)
_RESTRICTIONS: tuple[tuple[str, str], ...] = (
    (
        "may not be|maynot be|must not be|mustnot be|can not be|cannot be|shall not be|shallnot be|should not be|shouldnot be|"
        "could not be|couldnot be",
        r"\b(?:may|must|can|shall|should|could) ?not be (?:\w+,? ){0,4}(?:re-?produced|copied|published|"
        r"republished|reprinted|broadcast|rewritten|re-?distributed|distributed|re-?used|used|transmitted|"
        r"scraped|cached|displayed|stored)",
    ),
    (
        "no part|no portion|no content|no material|no article",
        r"\bno (?:part|portion|content|material|article)s?\b.{0,100}\b(?:may|can|"
        r"shall) be\b.{0,40}(?:reproduc|copied|republish|used|distribut|stored|transmit)",
    ),
    (
        "no reproduction|no republication|no reprint|no copying|no part of this",
        r"\bno (?:reproduction|republication|reprint|copying|part of this)\b",
    ),
    (
        "reproduction|republi|distribution|reprint|copying|duplication|retransmission|commercial|unauthori|use of",
        r"\b(?:reproduction|republication|re-?distribution|distribution|reprinting|copying|duplication|"
        r"retransmission|commercial use|unauthori[sz]ed (?:\w+ )?(?:use|distribution|reproduction|copying|"
        r"duplication)|re-?publishing|use of (?:this|the|any))\b.{0,160}\b(?:prohibited|forbidden|"
        r"not permitted|not allowed|without (?:the |our |my |prior |express |expressed |written |"
        r"explicit )+(?:permission|consent|approval|authori[sz]ation))",
    ),
    (
        "permission|consent|approval|authorization|authorisation",
        r"\bwithout (?:the |our |my |any |prior |express |expressed |explicit |written |author's |"
        r"publisher's )*(?:permission|consent|approval|authori[sz]ation)\b.{0,80}\b(?:prohibited|forbidden|"
        r"illegal|not permitted)",
    ),
    (
        "not reproduce|not copy|not republish|not repost|not reprint|not redistribute|not reuse|not re-use|not scrape|"
        "don't reproduce|don't copy|don't republish|don't repost|don't reprint|don't redistribute|don't reuse|don't re-use|"
        "don't scrape",
        r"\b(?:do not|don't|may not) (?:reproduce|copy|republish|repost|reprint|redistribute|re-?use|scrape)\b",
    ),
    (
        "publication of",
        r"\bfor (?:the )?publication of .{0,120}\b(?:print|commercial)\b.{0,80}\bcontact\b",
    ),
    (
        "prior permission|written permission|express permission|prior consent|written consent|express consent",
        r"\b(?:request|obtain|seek|requires?|need)\b.{0,40}\b(?:prior |written |express )+(?:permission|"
        r"consent)\b.{0,60}\b(?:reproduc|republish|reprint|repost|copy|use)",
    ),
    (
        "mining|train",
        r"\b(?:text and data mining|data mining|training of (?:ai|artificial)|train(?:ing)? (?:of )?(?:ai|"
        r"artificial|machine|large language)|ai training)\b.{0,160}(?:not permitted|prohibited|reserved|"
        r"forbidden|not allowed|without)",
    ),
    (
        "copyright property",
        r"\bare the copyright property of\b",
    ),
    (
        "nur|untersagt|verboten|nicht|unzulässig|bedarf|bedürfen|vorbehalten|ohne",
        r"(?:nachdruck|vervielfältigung|verwendung|verwertung|weiterverbreitung|veröffentlichung|wiedergabe|"
        r"weiterverwendung|übernahme|nutzung|weitergabe|speicherung)\b.{0,140}\b(?:nur mit|untersagt|verboten|"
        r"nicht gestattet|nicht erlaubt|unzulässig|bedarf|bedürfen|vorbehalten|nur nach|"
        r"ohne .{0,60}(?:genehmigung|zustimmung|erlaubnis|einwilligung))",
    ),
    (
        "dürfen nicht",
        r"\bdürfen nicht (?:verwendet|kopiert|übernommen|vervielfältigt)",
    ),
    (
        "interdit|prohib|sans|soumise",
        r"\b(?:reproduction|utilisation|diffusion|rediffusion|reprise|republication|"
        r"copie)\b.{0,90}\b(?:interdites?|prohibée|sans (?:l'|l’)?(?:autorisation|accord)|soumise)",
    ),
    (
        "rohib|roíbe|roib",
        r"\b(?:prohibid[ao]|proibid[ao]|queda prohibid[ao]|se prohíbe)\b.{0,80}\b(?:reproducción|difusión|"
        r"reprodução|copia|uso|distribución|utilización)",
    ),
    (
        "reproduc|difusi|reprodu|distribuci|utiliza",
        r"\b(?:reproducción|difusión|reprodução|distribución|utilização)\b.{0,80}\b(?:prohibida|proibida|"
        r"sin (?:la )?(?:previa )?(?:autorización|permiso)|sem (?:a )?(?:prévia )?autorização)",
    ),
    (
        "riproduz|vietat",
        r"\b(?:riproduzione (?:riservata|vietata)|vietata la riproduzione|"
        r"è vietat[ao]\b.{0,60}(?:riproduzione|riprodurre|copia))",
    ),
    (
        "verboden|niet toegestaan|zonder",
        r"\b(?:overname|verveelvoudig\w+|kopiëren|gebruik|verspreiding)\b.{0,100}\b(?:verboden|"
        r"niet toegestaan|zonder .{0,40}toestemming)",
    ),
    (
        "zakázán|zapovězen|souhlasu",
        r"(?:užití|šíření|kopírování|přetisk|převzetí|publikování|reprodukce).{0,140}(?:zakázán|zapovězen|"
        r"bez .{0,50}souhlasu)",
    ),
    (
        "zabronion|zakaz|zgody|wymaga",
        r"(?:kopiowanie|rozpowszechnianie|przedruk|powielanie|wykorzystywanie).{0,140}(?:zabronion|zakaz|"
        r"bez .{0,50}zgody|wymaga)",
    ),
    (
        "запрещ|заборон|без|только",
        r"(?:копирование|перепечатка|использование|воспроизведение|распространение|публикация|передрук|"
        r"копіювання).{0,160}(?:запрещ|заборон|без (?:письменного |предварительного )?(?:разрешения|согласия|"
        r"дозволу)|только с .{0,40}(?:разрешения|согласия))",
    ),
    (
        "aizliegt|tikai",
        r"(?:izmantošana|pārpublicēšana|kopēšana).{0,100}(?:aizliegt|tikai ar)",
    ),
    (
        "無断|転載|複製|複写",
        r"無断(?:転載|複製|引用|使用|掲載|での)|転載(?:を)?(?:禁|お断り)|(?:転載|複製|複写)を禁",
    ),
    (
        "转载|轉載|复制|複製|使用|摘编|镜像|链接|抄袭|授权|许可|允许|同意|违者",
        r"(?:禁止|不得|严禁|嚴禁|请勿|請勿)[^，。]{0,12}(?:转载|轉載|复制|複製|使用|摘编|镜像|链接|抄袭)|(?:转载|轉載|使用|摘编)[^，。]{0,8}(?:须经|必须|需经|"
        r"須經)|未经[^，。]{0,40}(?:授权|许可|允许|同意)[^。]{0,20}(?:不得|禁止)|违者必究",
    ),
    (
        "무단|재배포",
        r"무단\s*(?:전재|복제|배포|복사|사용|이용|도용)|재배포\s*(?:를?\s*)?금지",
    ),
    (
        "نشر|نقل|اقتباس|إعادة|نسخ|استخدام",
        r"(?:يحظر|يمنع|لا يجوز|لا يسمح)\s+(?:نشر|نقل|اقتباس|إعادة|نسخ|استخدام)",
    ),
    (
        "ห้าม",
        r"ห้าม(?:คัดลอก|ทำซ้ำ|เผยแพร่|นำ)",
    ),
    (
        "copyrighted",
        r"\bcontent .{0,60}\bis copyrighted\b",
    ),
)
_NEGATED = re.compile(
    (
        r"\b(?:may|must|can|shall) ?not\b|\bno (?:part|(?:\w+ ){1,4}(?:may|can|shall) be)\b|\bprohibited\b|\bforbidden\b|"
        r"\bnot (?:be )?(?:permitted|allowed|granted)\b|\bcannot\b|\bonly with\b|\bwithout (?:the |our |prior |express |written "
        r")*(?:permission|consent)|\bno permission\b"
        r"|\bnicht (?:gestattet|erlaubt|zulässig)|\bnur mit\b|untersagt|verboten|\binterdite?\b|\bsans\b|"
        r"\bprohibid|\bproibid|\bsin (?:la )?(?:previa )?autoriz|\bvietat|\bniet toegestaan|\bverboden\b|"
        r"запрещ|заборон|без разрешения|zabronion|禁|不得|须经|未经|يحظر|ห้าม"
    ),
    re.IGNORECASE,
)


def _compiled(table: tuple[tuple[str, str], ...]) -> list[re.Pattern[str]]:
    return [re.compile(pattern, re.IGNORECASE) for _, pattern in table]


_GRANT_RULES, _RESTRICTION_RULES = _compiled(_GRANTS), _compiled(_RESTRICTIONS)
GATES: dict[tuple[str, int], list[str]] = {
    (name, at): words.split("|")
    for name, table in (("grant", _GRANTS), ("restriction", _RESTRICTIONS))
    for at, (words, _) in enumerate(table)
}
"""Plain words of each rule: it is tried only on a sentence that holds one."""
_OWN_GATES = Gates(GATES)


def _matches(rules: list[re.Pattern[str]], name: str, sentence: str, standing: Set[tuple[str, int]]) -> bool:
    return any(rules[at].search(sentence) for kind, at in standing if kind == name)


def may_match(text: str, standing: Set[tuple[str, int]]) -> bool:
    """Whether a rule whose words stand in a text matches in it or in any part of it."""
    return _matches(_GRANT_RULES, "grant", text, standing) or _matches(
        _RESTRICTION_RULES, "restriction", text, standing
    )


def is_grant(sentence: str, standing: Set[tuple[str, int]]) -> bool:
    """Whether a sentence permits reuse, by the rules whose words stand in it."""
    return _matches(_GRANT_RULES, "grant", sentence, standing) and not _NEGATED.search(sentence)


def is_restriction(sentence: str, standing: Set[tuple[str, int]] | None = None) -> bool:
    """Whether a sentence forbids reuse or makes it depend on asking."""
    standing = _OWN_GATES.standing(sentence) if standing is None else standing
    return _matches(_RESTRICTION_RULES, "restriction", sentence, standing)


own_speech = re.compile(
    (
        r"\b(?:our|we|us|this (?:site|website|web site|page|article|story|work|post|material|document|"
        r"publication|text|blog|content)|these|all (?:content|material|articles|text)|(?:the )?(?:content|"
        r"contents|material|information|articles)"
        r"|any|no|you|your|articles?|stories|©|copyright|source|credit|link)\b|nachdruck|inhalte|diese|alle|"
        r"(?:toute|cette|ce) |prohibid|reserv|материал|сайт|本网|本站|本文|转载|無断|記事|무단|기사|نشر|เนื้อหา|izmantoš|užití|"
        r"kopiow|riproduz|overname"
    ),
    re.IGNORECASE,
)
"""Words by which a page speaks of itself."""
