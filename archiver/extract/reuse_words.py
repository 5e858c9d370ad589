# SPDX-License-Identifier: Apache-2.0
"""Sentences that permit or forbid reuse, in the languages of the web. Each pattern is tried on one sentence at a time."""

import re

_GRANTS = (
    r"\b(?:grants?|granted|gives?|given|has|have)\b.{0,60}\bpermission\b.{0,80}\b(?:cross-?post|re-?post|re-?publish|reprint|reproduc|copy|distribut|share|quote|use)",
    r"\bpermission (?:is|to) .{0,80}\b(?:granted|given)\b",
    r"\b(?:may|can|are free to|is free to|free to|welcome to|allowed to|encouraged to|permitted to|feel free to|happy to|invite you to)\b(?! not).{0,60}\b(?:cross-?post|repost|republish(?:ed)?|reprint(?:ed)?|be reproduced|reproduce|be copied|redistribut|be distributed|re-?use|be used freely|be shared|share and)",
    r"\b(?:may|can) (?:freely )?(?:be )?(?:reproduced?|republish(?:ed)?|reprint(?:ed)?|reposted|copied|cop(?:y|ied) and distribut\w+)\b",
    r"\b(?:available|offered?) .{0,40}\b(?:for|to) (?:free )?(?:re-?publish|republication|re-?use|reprint)",
    r"\brepublish (?:our|this|these|the) .{0,40}\b(?:for free|free of charge|online or in print)",
    r"(?:nachdruck|vervielfältigung|veröffentlichung|verwendung|weiterverbreitung|weiterverwendung|übernahme|abdruck|verbreitung)\b.{0,90}\b(?:gestattet|erlaubt|erwünscht|honorarfrei|kostenfrei|kostenlos|gebührenfrei|zulässig)",
    r"\b(?:dürfen|darf|können|kann) .{0,80}(?:nachgedruckt|weiterverbreitet|übernommen|vervielfältigt|veröffentlicht|weiterverwendet) werden",
    r"(?:использование|использовать|перепечатка|копирование|цитирование|воспроизведение|передрук|використання).{0,140}(?:разреш|допуска|возможн|приветств|дозвол|допускаєт|при условии|при наличии|за умови).{0,120}(?:ссылк|источник|посиланн|указани)",
    r"(?:reproduction|reprise|republication|diffusion|utilisation)\b.{0,80}\b(?:autorisée|permise|libre)\b",
    r"\b(?:se permite|se autoriza|está permitid[ao]|queda autorizad[ao]|puede(?:n)? ser|é permitid[ao]|pode ser)\b.{0,60}\b(?:reproduc|republic|difusi|compartir|copi|reproduz)",
    r"\b(?:reproducción|republicación|difusión|reprodução)\b.{0,60}\b(?:permitida|autorizada|libre|livre)\b",
    r"\b(?:riproduzione|ripubblicazione|diffusione)\b.{0,70}\b(?:consentita|permessa|libera|autorizzata)\b",
    r"\b(?:overname|verspreiding|gebruik)\b.{0,70}\b(?:toegestaan|mag)\b",
    r"(?:przedruk|kopiowanie|rozpowszechnianie|wykorzystanie).{0,80}(?:dozwolon|za podaniem|pod warunkiem)",
    r"(?:転載|引用|複製|再利用).{0,24}(?:自由|可能|歓迎|許可します|かまいません|構いません)",
    r"(?:欢迎|可以|允许|自由)(?:自由)?(?:转载|轉載)|转载(?:请|時請|时请)?注明|轉載請註明",
    r"นำไปใช้(?:งาน)?ได้",
    r"(?:يسمح|يجوز|مسموح).{0,40}(?:نشر|نقل|اقتباس|استخدام)",
)
_RESTRICTIONS = (
    r"\b(?:may|must|can|shall|should|could) ?not be (?:\w+,? ){0,4}(?:re-?produced|copied|published|republished|reprinted|broadcast|rewritten|re-?distributed|distributed|re-?used|used|transmitted|scraped|cached|displayed|stored)",
    r"\bno (?:part|portion|content|material|article)s?\b.{0,100}\b(?:may|can|shall) be\b.{0,40}(?:reproduc|copied|republish|used|distribut|stored|transmit)",
    r"\bno (?:reproduction|republication|reprint|copying|part of this)\b",
    r"\b(?:reproduction|republication|re-?distribution|distribution|reprinting|copying|duplication|retransmission|commercial use|unauthori[sz]ed (?:\w+ )?(?:use|distribution|reproduction|copying|duplication)|re-?publishing|use of (?:this|the|any))\b.{0,160}\b(?:prohibited|forbidden|not permitted|not allowed|without (?:the |our |my |prior |express |expressed |written |explicit )+(?:permission|consent|approval|authori[sz]ation))",
    r"\bwithout (?:the |our |my |any |prior |express |expressed |explicit |written |author's |publisher's )*(?:permission|consent|approval|authori[sz]ation)\b.{0,80}\b(?:prohibited|forbidden|illegal|not permitted)",
    r"\b(?:do not|don't|may not) (?:reproduce|copy|republish|repost|reprint|redistribute|re-?use|scrape)\b",
    r"\bfor (?:the )?publication of .{0,120}\b(?:print|commercial)\b.{0,80}\bcontact\b",
    r"\b(?:request|obtain|seek|requires?|need)\b.{0,40}\b(?:prior |written |express )+(?:permission|consent)\b.{0,60}\b(?:reproduc|republish|reprint|repost|copy|use)",
    r"\b(?:text and data mining|data mining|training of (?:ai|artificial)|train(?:ing)? (?:of )?(?:ai|artificial|machine|large language)|ai training)\b.{0,160}(?:not permitted|prohibited|reserved|forbidden|not allowed|without)",
    r"\bare the copyright property of\b",
    r"(?:nachdruck|vervielfältigung|verwendung|verwertung|weiterverbreitung|veröffentlichung|wiedergabe|weiterverwendung|übernahme|nutzung|weitergabe|speicherung)\b.{0,140}\b(?:nur mit|untersagt|verboten|nicht gestattet|nicht erlaubt|unzulässig|bedarf|bedürfen|vorbehalten|nur nach|ohne .{0,60}(?:genehmigung|zustimmung|erlaubnis|einwilligung))",
    r"\bdürfen nicht (?:verwendet|kopiert|übernommen|vervielfältigt)",
    r"\b(?:reproduction|utilisation|diffusion|rediffusion|reprise|republication|copie)\b.{0,90}\b(?:interdites?|prohibée|sans (?:l'|l’)?(?:autorisation|accord)|soumise)",
    r"\b(?:prohibid[ao]|proibid[ao]|queda prohibid[ao]|se prohíbe)\b.{0,80}\b(?:reproducción|difusión|reprodução|copia|uso|distribución|utilización)",
    r"\b(?:reproducción|difusión|reprodução|distribución|utilização)\b.{0,80}\b(?:prohibida|proibida|sin (?:la )?(?:previa )?(?:autorización|permiso)|sem (?:a )?(?:prévia )?autorização)",
    r"\b(?:riproduzione (?:riservata|vietata)|vietata la riproduzione|è vietat[ao]\b.{0,60}(?:riproduzione|riprodurre|copia))",
    r"\b(?:overname|verveelvoudig\w+|kopiëren|gebruik|verspreiding)\b.{0,100}\b(?:verboden|niet toegestaan|zonder .{0,40}toestemming)",
    r"(?:užití|šíření|kopírování|přetisk|převzetí|publikování|reprodukce).{0,140}(?:zakázán|zapovězen|bez .{0,50}souhlasu)",
    r"(?:kopiowanie|rozpowszechnianie|przedruk|powielanie|wykorzystywanie).{0,140}(?:zabronion|zakaz|bez .{0,50}zgody|wymaga)",
    r"(?:копирование|перепечатка|использование|воспроизведение|распространение|публикация|передрук|копіювання).{0,160}(?:запрещ|заборон|без (?:письменного |предварительного )?(?:разрешения|согласия|дозволу)|только с .{0,40}(?:разрешения|согласия))",
    r"(?:izmantošana|pārpublicēšana|kopēšana).{0,100}(?:aizliegt|tikai ar)",
    r"無断(?:転載|複製|引用|使用|掲載|での)|転載(?:を)?(?:禁|お断り)|(?:転載|複製|複写)を禁",
    r"(?:禁止|不得|严禁|嚴禁|请勿|請勿)[^，。]{0,12}(?:转载|轉載|复制|複製|使用|摘编|镜像|链接|抄袭)|(?:转载|轉載|使用|摘编)[^，。]{0,8}(?:须经|必须|需经|須經)|未经[^，。]{0,40}(?:授权|许可|允许|同意)[^。]{0,20}(?:不得|禁止)|违者必究",
    r"무단\s*(?:전재|복제|배포|복사|사용|이용|도용)|재배포\s*(?:를?\s*)?금지",
    r"(?:يحظر|يمنع|لا يجوز|لا يسمح)\s+(?:نشر|نقل|اقتباس|إعادة|نسخ|استخدام)",
    r"ห้าม(?:คัดลอก|ทำซ้ำ|เผยแพร่|นำ)",
    r"\bcontent .{0,60}\bis copyrighted\b",
)
_NEGATED = re.compile(
    r"\b(?:may|must|can|shall) ?not\b|\bno part\b|\bprohibited\b|\bforbidden\b|\bnot (?:be )?(?:permitted|allowed|granted)\b|\bcannot\b|\bonly with\b|\bwithout (?:the |our |prior |express |written )*(?:permission|consent)|\bno permission\b"
    r"|\bnicht (?:gestattet|erlaubt|zulässig)|\bnur mit\b|untersagt|verboten|\binterdite?\b|\bsans\b|\bprohibid|\bproibid|\bsin (?:la )?(?:previa )?autoriz|\bvietat|\bniet toegestaan|\bverboden\b|запрещ|заборон|без разрешения|zabronion|禁|不得|须经|未经|يحظر|ห้าม",
    re.IGNORECASE,
)
grant = re.compile("|".join(f"(?:{p})" for p in _GRANTS), re.IGNORECASE)
restriction = re.compile("|".join(f"(?:{p})" for p in _RESTRICTIONS), re.IGNORECASE)


def is_grant(sentence: str) -> bool:
    """Whether a sentence permits reuse."""
    found = grant.search(sentence)
    return found is not None and not _NEGATED.search(sentence)


def is_restriction(sentence: str) -> bool:
    """Whether a sentence forbids reuse or makes it depend on asking."""
    return restriction.search(sentence) is not None


own_speech = re.compile(
    r"\b(?:our|we|us|this (?:site|website|web site|page|article|story|work|post|material|document|publication|text|blog|content)|these|all (?:content|material|articles|text)|(?:the )?(?:content|contents|material|information|articles)"
    r"|any|no|you|your|articles?|stories|©|copyright|source|credit|link)\b|nachdruck|inhalte|diese|alle|(?:toute|cette|ce) |prohibid|reserv|материал|сайт|本网|本站|本文|转载|無断|記事|무단|기사|نشر|เนื้อหา|izmantoš|užití|kopiow|riproduz|overname",
    re.IGNORECASE,
)
"""Words by which a page speaks of itself."""
