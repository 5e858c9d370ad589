# SPDX-License-Identifier: Apache-2.0
"""Sentences that forbid reuse or make it depend on asking, in the languages of the web: plain words of each rule, its pattern.

A rule is tried only on a sentence that holds one of its words. Uses by machines are told in `ai_words`.
"""

RESTRICTIONS: tuple[tuple[str, str], ...] = (
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
        "requires",
        r"\b(?:re-?use|reproduction|republication|use) of (?:this|our|any|"
        r"the)\b.{0,60}\brequires?\b.{0,30}\b(?:licen[cs]e|permission|consent)",
    ),
    (
        "no está|no están|não é|não são|non è|non sono|pas autorisé",
        r"\bno está(?:n)? permitid[ao]s?\b.{0,80}(?:reproduc|difusi|copia|uso)|\bnão (?:é|são) (?:permitid|"
        r"autorizad)\w+\b.{0,80}(?:reprodu|"
        r"cópia|uso)|\bnon (?:è|sono) (?:consentit|permess|autorizzat)\w+\b.{0,80}(?:riprodu|copia|uso)|"
        r"\b(?:reproduction|copie|reprise)\b"
        r".{0,60}n.est pas autorisée",
    ),
    (
        "verveelvoudigd|overgenomen|gekopieerd",
        r"\bmag (?:niet )?worden (?:verveelvoudigd|overgenomen|gekopieerd|openbaar gemaakt)\b.{0,100}zonder|\bmag niet worden "
        r"(?:verveelvoudigd|overgenomen|gekopieerd)",
    ),
    (
        "dovoleno|povoleno",
        r"\bnení (?:dovoleno|povoleno)\b.{0,80}(?:šířit|kopírovat|přebírat|publikovat|přetisk)",
    ),
    (
        "utánközl|átvétel",
        r"(?:utánközl|átvétel)\w*.{0,80}(?:csak .{0,40}engedély|tilos)",
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
        r"無断(?:転載|複製|引用|使用|掲載|での)[^。]{0,24}(?:禁|断り|遠慮|できません|不可)|転載(?:を)?(?:禁|お断り)|(?:転載|複製|複写)を禁",
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
        r"(?:يُ?حظر|يُ?منع|لا يجوز|لا يُ?سمح)\s+ب?(?:نشر|نقل|اقتباس|إعادة|نسخ|استخدام)",
    ),
    (
        "ห้าม",
        r"ห้าม(?:คัดลอก|ทำซ้ำ|เผยแพร่|นำ)",
    ),
    (
        "förbjud|inte kopieras|tillåt|tillstånd|tilladelse|tillatelse|forbudt|ikke tilladt|ikke tillatt",
        r"\b(?:kopiering|eftertryck|spridning|återgivning|eftertryk|gengivelse|gjengivelse|videredistribution|videreformidling|"
        r"kopier\w*)\b.{0,120}\b(?:förbju\w+|inte tillåt\w+|forbudt|ikke tilladt|ikke tillatt|utan .{0,40}tillstånd|"
        r"uden .{0,40}tilladelse|uten .{0,40}tillatelse)",
    ),
    (
        "kielletty|ilman",
        r"\b(?:kopiointi|jakelu|julkaiseminen|lainaaminen|käyttö)\b.{0,100}(?:kielletty|ilman .{0,40}lupaa)",
    ),
    (
        "απαγορεύεται",
        r"απαγορεύεται.{0,60}(?:αναδημοσίευση|αναπαραγωγή|αντιγραφή|χρήση|διανομή)|(?:αναδημοσίευση|αναπαραγωγή|αντιγραφή).{0,80}"
        r"απαγορεύεται",
    ),
    (
        "אין ל|אסור ל|ללא אישור|ללא רשות",
        r"(?:אין|אסור) ל(?:העתיק|הפיץ|שכפל|פרסם|עשות שימוש)|(?:העתקה|שימוש|פרסום).{0,60}ללא (?:אישור|רשות)",
    ),
    (
        "dilarang|tanpa izin",
        r"dilarang (?:keras )?(?:menyalin|memperbanyak|mengutip|menyebar\w+|mempublikasi\w+|menggandakan|mengcopy)",
    ),
    (
        "másol|terjeszt|közöl|felhasznál",
        r"(?:másol|terjeszt|közöl|felhasznál)\w*.{0,80}(?:csak .{0,40}engedély|tilos|engedély nélkül)",
    ),
    (
        "izin al|izinsiz|kopyalanamaz|yayınlanamaz|çoğaltılamaz|kullanılamaz",
        r"(?:izinsiz|izin al\w+|kaynak göster\w+).{0,60}(?:kopyalanamaz|yay[ıi]nlanamaz|çoğaltılamaz|kullanılamaz|alıntılanamaz)|"
        r"(?:kopyalanamaz|çoğaltılamaz)",
    ),
    (
        "không được|nghiêm cấm|cấm",
        r"(?:không được|nghiêm cấm|cấm)\s(?:mọi )?(?:sao chép|phát hành|đăng lại|sử dụng lại)",
    ),
    (
        "interzis",
        r"(?:reproducerea|preluarea|copierea).{0,80}(?:interzis|fără acord)|interzis\w* (?:reproducerea|preluarea|copierea)",
    ),
    (
        "забранен|забороняєт|без",
        r"(?:възпроизвеждане|препечатван|преузимањ|передрук|поширення)\w*.{0,100}(?:забранен|забороняєт|"
        r"без (?:дозвол|разрешени))",
    ),
    (
        "प्रतिबंधित|बिना अनुमति|अनुमति के बिना",
        r"(?:बिना अनुमति|अनुमति के बिना).{0,80}(?:प्रकाशित|पुनर|कॉपी|उपयोग|प्रतिबंधित|वर्जित)|पुनर.{0,60}(?:प्रतिबंधित|वर्जित)",
    ),
    (
        "copyrighted",
        r"\bcontent .{0,60}\bis copyrighted\b",
    ),
)
