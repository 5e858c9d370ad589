# SPDX-License-Identifier: Apache-2.0
"""The uses a sentence about reuse speaks of, and its conditions, in the closed words of a rights statement.

Looked for only in sentences that were found to permit or forbid reuse, so plain stems are enough.
"""

import re

from archiver.extract.rights import ai_words
from manifests.rights import Condition, Use

_USES = tuple(
    (use, re.compile(stems, re.IGNORECASE))
    for use, stems in (
        (
            Use.REPRODUCE,
            r"reprodu[czt]|riprodu|\bcop(?:y|ied|ies|ying)\b|duplicat|vervielfältig|kopier|kopír|\bcopia\b|kopiow|kopyala|çoğalt|"
            r"複製|複写|复制|複製|コピー|복제|копир|копію|воспроизв|відтвор|نسخ|αναπαραγ|αντιγρα|העתי[קו]|העתק|คัดลอก|ทำซ้ำ|menyalin|"
            r"sao chép|másol|powiel|pavair|verveelvoud|monist",
        ),
        (
            Use.REDISTRIBUTE,
            r"re-?publi|republica|re-?post|re-?print|distribut|\bshared?\b|\bsharing\b|cross-?post|syndicat|broadcast|\bpublish|"
            r"for (?:the )?publication|transmit|rediffus|\bdiffusion|difusi|difundir|compart|nachdruck|"
            r"nachgedruckt|abdruck|verbreit|"
            r"veröffentlich|weitergabe|übernahme|übernommen|overname|verspreid|перепеч|публика|распростран|"
            r"использовани\w+ материал|передрук|використання матеріал|поширен|転載|配布|转载|轉載|传播|전재|재배포|배포|نشر|نقل|"
            r"αναδημοσ|δημοσίευ|הפ[יצ]|เผยแพร่|menyebar|phát hành|terjeszt|yayınla|spridning|šíř|publikov|rozpowszech|"
            r"przedruk|riproposizione|ripubblic|izmantoš|jakel|levit",
        ),
        (Use.COMMERCIAL_USE, r"(?<!non)(?<!non-)(?<!non )\bcommercial\b|kommerziell\w* nutz|uso comercial|商用|"
        r"商业用途|коммерческ"),
        (Use.QUOTE, r"\bquot(?:e|ed|ation)\b|zitier|\bciter\b|\bcitar\b|цитир|цитув|引用|인용|اقتباس"),
        (Use.ARCHIVE, r"\bcached?\b|\barchiv"),
    )
)  # fmt: skip
_ADAPT = re.compile(
    r"\badapt|\btranslat|\bremix|\bbuild upon|derivative|bearbeite|übersetz|改編|改编|переработ|переклад", re.IGNORECASE
)
_CONDITIONS = tuple(
    (condition, re.compile(stems, re.IGNORECASE))
    for condition, stems in (
        (
            Condition.ATTRIBUTE,
            r"attribut|\bcredit|\bcit(?:e|ed|ing)\b|\bsource|acknowledg|quelle|nennung|mention|citant|citando|citar|citem|"
            r"fuente|fonte|bronvermelding|\bbron\b|źród|источник|указани|першоджерел|джерел|出典|明記|注明|註明|出处|出處|출처|"
            r"المصدر|zdroj|källa|\bkilde|kaynak|nguồn|sumber|πηγή|forrás|קרדיט|by-?line|author'?s? name",
        ),
        (
            Condition.LINK_BACK,
            r"\blinks?\b|hyperlink|verlink|\blien\b|enlace|\bссылк|гиперссылк|посилан|链接|連結|リンク|링크|رابط|odkaz|odnośnik",
        ),
        (
            Condition.NO_DERIVATIVES,
            r"\bnot (?:be )?(?:modif|alter|chang|edit)|without (?:any )?(?:modif|alter|chang|edit)|\bunaltered|\bunmodified|"
            r"\bunchanged|unverändert|ohne änderung|sans modif|sin modific|não alter|sem alter|senza modif|bez zmian|"
            r"без изменени|без змін|不得修改|不得更改|改変(?:せず|しない|を禁)|no (?:modif|alter|chang)",
        ),
        (
            Condition.NON_COMMERCIAL,
            r"\bnon-?\s?commercial|not for (?:profit|commercial)|nicht-?\s?kommerziell|non commercial|no comercial|"
            r"não comercial|некоммерч|некомерц|非商用|非商业|非商業|非営利|非營利|비영리|비상업|niet-commerci|ikke-kommerci",
        ),
        (Condition.SHARE_ALIKE, r"same (?:licen|terms)|share-?\s?alike|gleichen bedingungen|même licence|misma licencia"),
        (Condition.NOTIFY, r"\bnotify\b|let us know|\binform us|send us a|belegexemplar|nous informer|avísenos"),
    )
)  # fmt: skip
_ASKS = re.compile(
    r"permission|consent|approval|authori[sz]ation|\bcontact\b|\bask\b|genehmigung|zustimmung|einwilligung|erlaubnis|autorisation|"
    r"\baccord\b|autorizaci|permiso|autorizaç|autorizzaz|toestemming|zgod|souhlas|разреш|согласи|дозвол|無断|許可|許諾|承諾|授权|"
    r"授權|许可|同意|무단|허락|동의|إذن|موافقة|άδεια|אישור|อนุญาต|\bizin|engedély|tillstånd|tilladelse|\blupa|cho phép|tikai ar",
    re.IGNORECASE,
)
_WITHOUT_SOURCE = re.compile(
    r"without (?:attribution|credit|citing)|ohne quell|sans mention|kaynak gösterilmeden|sin citar", re.IGNORECASE
)


def uses_of(sentence: str) -> tuple[Use, ...]:
    """The uses that a sentence speaks of, in the order of the list."""
    found = [use for use, stems in _USES if stems.search(sentence)]
    if _ADAPT.search(sentence):
        found.append(Use.ADAPT)
    return (*found, *(Use(usage) for usage in ai_words.usages_of(sentence)))


def conditions_of_grant(sentence: str) -> tuple[Condition, ...]:
    """The conditions under which a sentence permits reuse."""
    return tuple(condition for condition, stems in _CONDITIONS if stems.search(sentence))


def conditions_of_restriction(sentence: str) -> tuple[Condition, ...]:
    """What opens a use that a sentence forbids; nothing when it is forbidden to all."""
    asks = (Condition.ASK_FIRST,) if _ASKS.search(sentence) else ()
    return (*asks, Condition.ATTRIBUTE) if _WITHOUT_SOURCE.search(sentence) else asks
