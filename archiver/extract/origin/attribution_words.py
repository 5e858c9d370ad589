# SPDX-License-Identifier: Apache-2.0
"""How lines say, in many languages, that a text was published elsewhere first, and what they call the place.

Each form has words without one of which it does not match. Forms about "this text" are told apart from sentences about
other works by what precedes them: see `SUBJECT`. Every pattern is bounded, for the sentence it looks at is.
"""

import re

_CAPITAL = "A-ZÀ-ÞĀĂĄĆĈĊČĎĐĒĖĘĚĞĠĢĪİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠȘŢŤȚŪŮŰŲŴŶŸŹŻŽΆ-ΏΑ-ΫЀ-Я0-9"
_WORD = rf"[{_CAPITAL}][^\s,.;:!?()\[\]|\"”»«›“„]*"
NAME = (
    r"(?P<name>(?:https?://)?(?:[\w-]{1,40}\.){1,4}[a-z]{2,12}\b(?:/[^\s,;()\[\]|\"”»«›“„]{0,300})?"
    rf"|(?:the |The |a |la |le |el |il |o |der |die |das |dem |den |het |de |l['’])?[\"“«„»›‘'*]{{0,2}}{_WORD}"
    rf"(?:(?:\s|[.'’&-](?=\w)){{1,2}}(?:of|the|and|for|on|de|la|le|du|des|der|die|das|für|"
    rf"di|del|della|do|da|van|el|&|{_WORD})){{0,7}})"
)
"""A name in a script that has capitals, or a host."""
ANY_NAME = (
    r"[\"“«„»›]{0,1}(?P<name>[^\s,.;:!?()\[\]|\"”»«›“„،؛](?:[^,.;:!?()\[\]|\"”»«›“„،؛\n]{0,50}[^\s,.;:"
    r"!?()\[\]|\"”»«›“„،؛])?)"
)
"""A name in a script without capitals: up to the next mark."""
HAN_NAME = r"[“\"「『《〈【]{0,2}(?P<name>[^\s，。；、,;|:：（()）<>《》【】“”\"「」『』！？!?]{2,24})"
"""A name in Chinese or Japanese."""

_TEXTS = (
    r"article|story|post|piece|essay|column|interview|report|content|text|op-ed|commentary|"
    r"editorial|excerpt|transcript|review|"
    r"translation|item|version|blog|press release|release|analysis|feature|note|page|recipe|paper"
)
SUBJECT = re.compile(
    rf"\b(?:this|these|the (?:following|above|present|original|preceding)|an? (?:\w+ )?version|"
    rf"our)\b|^the (?:article|post|piece|op-ed)\b|"
    rf"^(?:\W*(?:(?:editor|author|publisher)(?:['’]s)? note|note|update|{_TEXTS}))\s?[:.–—-]|"
    rf"^(?:{_TEXTS})\s*$|"
    r"\bdies\w{0,3}\b|^(?:der|die|das) (?:original\w*|artikel|beitrag|text|essay|kommentar|"
    r"gastbeitrag|interview|bericht)\b|"
    r"^(?:artikel|beitrag|text|article|articolo|art[ií]culo|artigo|texto|testo|nota|tekst|"
    r"artyku\w*|artikkel\w*|článek|text\w*)\b|"
    r"\b(?:cet(?:te)?|ce|questo|questa|est[ea]|aqueste|aquest|acest\w*|dit|deze|den här|"
    r"denna|denne|dette|det här|tämä|ten|tento|"
    r"ez a|ez az|bu|это[тй]?|эта|эти|цей|ця|ovaj|ovo|αυτό|το παρόν|το άρθρο|artikel ini|"
    r"tulisan ini|bài (?:viết )?này)\b|"
    r"^(?:l['’]article|le texte|el art[ií]culo|el texto|o artigo|o texto|l['’]articolo|"
    r"il testo|het artikel|artikeln|artiklen|"
    r"artikkelen|статья|материал|текст|стаття|матеріал|το άρθρο|yazı|makale|haber)\b|^the post\b",
    re.IGNORECASE,
)
"""Words before a form that make the sentence one about the page's own text."""
_WHEN = r"(?:originally|first|initially|previously)"
_PERMISSION = (
    r"(?:with|by)\s(?:the )?(?:kind |express |written )?permission\s(?:of|from|by)(?: the (?:author|"
    r"authors) and)?\s"
)
LEADS: tuple[tuple[tuple[str, ...], str], ...] = (
    # English
    (
        tuple(
            f"{when} {how}"
            for when in ("originally", "first", "initially", "previously")
            for how in ("published", "appeared", "posted", "ran", "featured", "written", "released", "produced")
        ),
        rf"\b{_WHEN}\s(?:published|appeared|posted|ran|featured|written|released|produced)\s?(?:\w+ \d{{1,2"
        rf"}}, \d{{4}},? )?(?:online )?"
        r"(?:on|in|at|by|for|to|via|with)\s?:?\s(?:the (?:website|site|blog|pages|magazine|"
        r"journal|newspaper) (?:of )?)?",
    ),
    (
        (
            "republish",
            "re-published",
            "reprint",
            "reproduced",
            "reposted",
            "crosspost",
            "cross-post",
            "syndicated",
            "excerpted",
            "adapted",
        ),
        r"\b(?:re-?published|re-?prints?|reprinted|reproduced|reposted|cross-?posted|syndicated|"
        r"excerpted|adapted)\b[^.]{0,40}?"
        r"\b(?:from|by permission of|courtesy of|with (?:the )?(?:kind )?permission (?:of|from|by))\s",
    ),
    (("appeared first on",), r"\bappeared first (?:on|in|at)\s"),
    (("permission",), rf"\b(?:published|used|posted|shared|appears?|provided|printed|reused)(?: here)?\s{_PERMISSION}"),
    (
        ("translated from", "translated of", "translation from", "translation of"),
        r"\btranslat(?:ed|ion) (?:from|of) (?:the |an )?(?:original )?(?:article |text |story )"
        r"?(?:published )?(?:in|by|on|from)\s",
    ),
    (
        ("via", "courtesy of", "provided by", "distributed by", "supplied by"),
        r"^(?:via|courtesy of|(?:story |article |news |content |this content is )?(?:provided|"
        r"distributed|supplied) by)\s?:?\s",
    ),
    # German
    (
        ("zuerst", "ursprünglich", "erstmals", "im original"),
        r"(?:zuerst|ursprünglich|erstmals|im original)\s?(?:\w+ ){0,3}(?:erschienen|veröffentlicht|"
        r"publiziert)?\s?(?:auf|bei|in|im|unter|von)\s"
        r"(?:der |dem |den )?(?:magazin |zeitschrift |website |seite |zeitung )?",
    ),
    (
        ("im original", "zuerst", "ursprünglich"),
        r"(?:erschien|erschienen|veröffentlicht)\s(?:im original|zuerst|ursprünglich)\s?(?:\w+ )"
        r"{0,3}(?:auf|bei|in|im|unter)\s(?:der |dem |den )?",
    ),
    (
        ("fassung ", "übersetzung "),
        r"(?:fassung|übersetzung) (?:des|eines|der) (?:artikels|beitrags|textes|originals)"
        r"\b.{0,140}\b(?:aus|von|auf|im)\s(?:dem |der |den )?",
    ),
    (
        ("genehmigung", "erlaubnis", "übernommen von", "übernommen aus"),
        r"(?:mit (?:freundlicher )?(?:genehmigung|erlaubnis) (?:von|der|des|durch)\s(?:der |"
        r"dem |den |die )?|übernommen (?:von|aus)\s(?:der |dem )?)",
    ),
    # French
    (
        (
            "initialement",
            "à l'origine",
            "à l’origine",
            "d'abord",
            "d’abord",
            "originellement",
            "pour la première fois",
            "originalement",
        ),
        r"(?:publiée?s?|parue?s?)\s(?:initialement|à l['’]origine|d['’]abord|originellement|"
        r"originalement|pour la première fois)\s(?:dans|sur|par|chez|en)\s",
    ),
    (
        ("initialement", "originellement", "d'abord", "d’abord"),
        r"(?:initialement|originellement|d['’]abord) (?:publiée?s?|parue?s?)\s(?:dans|sur|par)\s",
    ),
    (
        (
            "republié",
            "repris de",
            "reproduit",
            "autorisation de",
            "reproduite",
            "avec l'aimable",
            "avec l’aimable",
            "traduit de l",
        ),
        r"(?:republiée?\s(?:à partir de|de|depuis)\s|repris(?:e)? de\s|reproduite? (?:avec l['’](?:aimable"
        r" )?autorisation de|de)\s|"
        r"avec l['’](?:aimable )?autorisation (?:de|du)\s|traduite? de l['’]\w+ (?:de|sur|dans)\s)",
    ),
    # Spanish, Portuguese, Catalan, Italian, Romanian
    (
        (
            "originalmente",
            "originariamente",
            "por primera vez",
            "inicialmente",
            "originalment",
            "originalmente",
            "pela primeira vez",
            "per la prima volta",
            "inițial",
        ),
        r"(?:publica[dt][oa]|publicó|apareció|apareceu|publicou-se|aparecido|apparso|apparsa|"
        r"publicat|apărut)\s(?:originalmente|originariamente|"
        r"por primera vez|inicialmente|pela primeira vez|originalment|per la prima volta|inițial)"
        r"\s(?:en|por|em|su|in|no|na|a|pe|în|sul|sulla|nel|pelo|pela)\s",
    ),
    (
        ("originalmente", "inicialmente", "originariamente", "originalment", "inizialmente", "inițial"),
        r"(?:originalmente|inicialmente|originariamente|originalment|inizialmente|inițial)"
        r" (?:publica[dt][oa]|publicó|publicat|pubblicat[oa]|apparso|"
        r"apparsa|apărut)\s(?:en|em|por|no|na|a|su|in|sul|sulla|nel|pe|în|da|dal)\s",
    ),
    (
        ("pubblicat",),
        r"pubblicat[oa] (?:originariamente|originalmente|inizialmente|per la prima volta|in origine)"
        r" (?:su|in|da|nel|sul|sulla)\s",
    ),
    (
        (
            "republicado",
            "republicada",
            "reproducido",
            "reproduzido",
            "tomado de",
            "con permiso de",
            "con autorización de",
            "com permissão de",
            "com autorização de",
            "ripubblicat",
            "tratto da",
            "per gentile concessione",
            "preluat",
        ),
        r"(?:republicad[oa] (?:de|desde|con permiso de|do|da)\s|reproducid[oa] (?:de|con permiso de)"
        r"\s|reproduzid[oa] (?:de|do|da|com permissão d[eoa])\s|"
        r"tomado de\s|con (?:permiso|autorización) de\s|com (?:permissão|autorização) d[eoa]\s|"
        r"ripubblicat[oa] (?:da|con il permesso di)\s|tratto da\s|"
        r"per gentile concessione d(?:i|el|ella)\s|preluat (?:de pe|din|de la)\s)(?:la |el |il |o |a )?",
    ),
    # Dutch, Swedish, Danish, Norwegian, Finnish
    (
        ("oorspronkelijk", "eerder", "eerst verschenen", "overgenomen", "met toestemming"),
        r"(?:(?:oorspronkelijk|eerder) (?:gepubliceerd|verschenen|geplaatst) (?:op|in|bij|"
        r"door)\s|verscheen (?:oorspronkelijk|eerder|eerst) (?:op|in|bij)\s|"
        r"overgenomen (?:van|uit)\s|met toestemming van\s)(?:de |het )?",
    ),
    (
        ("ursprungligen", "först", "oprindelig", "opprinnelig", "først", "alun perin"),
        r"(?:(?:ursprungligen|först|oprindeligt|oprindelig|opprinnelig|først) (?:publicera\w*|"
        r"publiceret|publisert|bragt|trykt|udgivet) (?:i|på|av|hos)\s|"
        r"(?:publicerades|publiceret|publisert|blev bragt|ble publisert) (?:ursprungligen|"
        r"först|oprindeligt|opprinnelig|først) (?:i|på|av|hos)\s|"
        r"julkaistu alun perin )",
    ),
    # Polish, Czech, Slovak, Croatian, Hungarian, Turkish, Indonesian, Vietnamese
    (
        (
            "pierwotnie",
            "przedruk",
            "pochodzi z",
            "původně",
            "pôvodne",
            "převzato",
            "prevzaté",
            "izvorno",
            "prvotno",
            "preuzeto",
            "eredetileg",
        ),
        r"(?:pierwotnie (?:opublikowan\w*|ukazał\w* się) (?:w|na|przez)\s|(?:opublikowan\w*|"
        r"ukazał\w* się) pierwotnie (?:w|na)\s|przedruk (?:za zgodą|z)\s|"
        r"pochodzi z\s|(?:původně|pôvodne) (?:vyšel|vyšlo|vyšiel|publikován\w*|uverejnen\w*)"
        r" (?:v|na|ve)\s|převzato z\s|prevzaté z\s|"
        r"(?:izvorno|prvotno) (?:objavljen\w*) (?:na|u)\s|preuzeto (?:s|sa|iz)\s|eredetileg (?:a |"
        r"az )?)(?:portalu |serwisu |serwisie |tygodniku |dzienniku |magazynie |webu |czasopiśmie |"
        r"magazynie )?",
    ),
    (
        ("telah tayang di", "pertama kali", "disadur dari", "dikutip dari", "đăng lần đầu", "theo "),
        r"(?:telah tayang di\s|pertama kali (?:diterbitkan|dimuat|tayang) (?:di|oleh)\s|disadur dari\s|"
        r"được đăng lần đầu trên\s|^theo\s(?=[^,.]{2,40}$))",
    ),
    # Russian, Ukrainian, Bulgarian, Serbian, Greek
    (
        (
            "впервые",
            "первоначально",
            "перепечат",
            "вперше",
            "передрук",
            "оригинал",
            "с разрешения",
            "з дозволу",
            "за първи път",
            "првобитно",
            "оригінал",
        ),
        r"(?:(?:впервые|первоначально|изначально) (?:был\w? )?(?:опубликован\w*|вышл?\w*|появил\w*)"
        r" (?:в|на|во)\s|(?:опубликован\w*|вышл?\w*) (?:впервые|первоначально) (?:в|на)\s|"
        r"перепечат\w* (?:из|с|с сайта|с разрешения)\s|вперше (?:був )?опублікован\w* (?:в|"
        r"у|на)\s|передрук\w* (?:з|із)\s|с разрешения\s|з дозволу\s|"
        r"(?:публикуван\w*) за първи път (?:в|на)\s|оригинал(?: статьи| материала| текста)"
        r"?(?: (?:опубликован|на сайте|в|на))+\s|оригінал (?:статті )?(?:на|в)\s)"
        r"(?:сайте |сайта |журнале |газете |издании |портале |блоге |сайті |журналі )?",
    ),
    (
        ("αναδημοσίευση", "δημοσιεύτηκε", "δημοσιεύθηκε", "πρωτοδημοσιεύ"),
        r"(?:αναδημοσίευση (?:από|του)\s|(?:δημοσιεύ[τθ]ηκε (?:αρχικά|πρώτη φορά)|πρωτοδημοσιεύ[τθ]ηκε)"
        r" (?:στο|στην|στη|στον|από|σε)\s)(?:το |την |τον |τη )?",
    ),
)
"""Words, and the pattern of what stands before a name in a script with capitals."""

LOOSE_LEADS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("نشر هذا", "نُشر هذا", "نشرت هذه", "نقلا عن", "نقلاً عن", "أعيد نشر"),
        rf"(?:نُ?شر(?:ت)? (?:هذا|هذه) (?:المقال|المادة|المقالة|التقرير) (?:لأول مرة |أول مرة |"
        rf"في الأصل |أصلا |أصلاً )?(?:في|على)\s(?:موقع |صحيفة |مجلة )?|نقلا?ً? عن\s:?\s?|أعيد نشر\S* (?:من|"
        rf"عن)\s){ANY_NAME}",
    ),
    (("به نقل از", "برگرفته از"), rf"^(?:به نقل از|برگرفته از)\s:?\s?{ANY_NAME}"),
    (
        ("פורסם לראשונה", "פורסם במקור", "באדיבות"),
        rf"(?:פורסמה? (?:לראשונה|במקור) (?:ב-?|באתר |בעיתון )|^באדיבות\s){ANY_NAME}",
    ),
    (("साभार",), rf"^\(?साभार\s?[:：-]?\s?{ANY_NAME}"),
    (
        ("tarihinde", "yayımlan", "yayınlan"),
        rf"ilk (?:olarak|kez)\s{ANY_NAME}['’]?(?:te|de|ta|da)\s(?:yayımlan|yayınlan)",
    ),
    (
        (
            "转载自",
            "轉載自",
            "转自",
            "轉自",
            "原载",
            "原載",
            "首发于",
            "首發於",
            "摘自",
            "选自",
            "原刊",
            "授权转载",
            "来自",
        ),
        rf"(?:(?:本文|文章|内容|原文|稿件)[^。]{{0,12}}?(?:转载自|轉載自|转自|轉自|原载于?|原載於?|首发于|首發於|摘自|选自|原刊于?|"
        rf"来自)|^[（(【\[]?(?:转载自|轉載自|转自|轉自|摘自|选自|原载于?|授权转载自))"
        rf"\s{{0,2}}[:：]?\s{{0,2}}(?:微信公众号|公众号|网站|杂志|雜誌|网|報|头条号)?\s?{HAN_NAME}",
    ),
    (
        ("転載", "掲載された", "提供記事"),
        rf"(?:^|[。「『（(※\s])(?:(?:この|本)(?:記事|文章|コラム)は[、]?)?{HAN_NAME}[」』》]?(?:に(?:掲載|初出)された(?:もの|"
        rf"記事)|からの?転載|より転載|の提供記事)",
    ),
    (
        ("처음 게재", "먼저 게재", "처음 실린", "처음 발행", "전재한", "제휴"),
        rf"(?:이|본) (?:글|기사|칼럼)[은는]?\s{ANY_NAME}?에 (?:먼저|처음) (?:게재|실린|발행)",
    ),
)
"""Words, and the whole pattern, where names have no capitals."""

_LABELS = (
    r"(?:original |news |article |story )?source|(?:original)?quelle|fuente(?: original)"
    r"?|fonte(?: original)?|bron|källa|kilde|lähde|źródło|zdroj|forrás|sursa|izvor|kaynak|"
    r"sumber|nguồn(?: tin)?|allikas|avots|šaltinis|burimi|iturria|font|"
    r"источник|первоисточник|оригинал|джерело|извор|източник|крыніца|πηγή|المصدر|مصدر|"
    r"منبع|מקור|स्रोत|स्त्रोत|ที่มา|แหล่งที่มา|출처|원문 출처|원문"
)
LABELLED = re.compile(
    rf"^[\[(（【*•–—>\s]{{0,3}}(?:{_LABELS})\s?[:：=＝]\s?(?P<name>[^\n]{{2,60}}?)[\])）】]?$", re.IGNORECASE
)
"""A short line that is a label and a name."""
HAN_LABELS = (
    "来源", "來源", "稿源", "出处", "出處", "转自", "转载自", "转载来源",
    "出典", "提供元", "配信元", "転載元", "引用元", "元記事", "情報元", "掲載元",
)  # fmt: skip
HAN_LABELLED = re.compile(
    rf"(?<!图片)(?<!圖片)(?<!数据)(?<!數據)(?<!资料)(?<!資料)(?<!图)(?<!画像)(?<!写真)(?:{'|'.join(HAN_LABELS)})"
    rf"\s{{0,2}}[:：丨｜]\s{{0,3}}{HAN_NAME}"
)
"""A label and a name that may stand among dates and other labels."""
HAN_SOURCE = re.compile("|".join(HAN_LABELS))

ORIGINAL_POST = re.compile(
    r"(?:original|originial) (?:post|article|story)[^.]{0,20}?\b(?:on|at|from|by|:)\s{0,2}(?P<name>[^."
    r"|]{2,80})$|"
    r"(?:this|see the|read the|view the|read|view) (?:full )?orig\w+ (?:post|article|story|"
    r"version)\b|"
    r"(?:zum|den|hier (?:geht es |geht's )?zum) original(?:artikel|beitrag|text)\b|lire l['’](?:articl"
    r"e original|original)\b|"
    r"(?:leer|ver) (?:el )?(?:art[ií]culo|texto) original\b|(?:leia|ler|veja) o (?:artigo|"
    r"texto) original\b|leggi l['’]articolo originale\b|"
    r"lees het (?:originele|oorspronkelijke) artikel\b|läs originalartikeln\b|czytaj oryginał|"
    r"оригинал (?:статьи|материала|публикации|текста)\b|"
    r"оригінал статті\b|原文(?:链接|鏈接|地址|網址|网址|はこちら|リンク)|元(?:の)?記事(?:はこちら|を読む)|원문\s?(?:보기|"
    r"링크)|المقال الأصلي|orijinal (?:yazı|makale|haber)",
    re.IGNORECASE,
)
"""What leads to the original without naming it, or with its name at the end."""
ORIGINAL_WORDS = (
    "orig", "原文", "元記事", "元の記事", "원문", "المقال الأصلي", "оригинал", "оригінал", "oryginał",
    "oorspronkelijke artikel",
)  # fmt: skip

BY = re.compile(r"^(?:articles? by|this article (?:was )?(?:written )?by)\s?[:：]?\s?(?P<name>.{2,60})$", re.IGNORECASE)
OPEN = re.compile(
    r"^(?:this (?:article|story|post|piece) (?:was |has been )?)?(?:originally |first |"
    r"previously )?(?:re-?published|published|posted|appeared|provided|"
    r"presented) (?:by|on|in|at|from)\s?[:：]?$|^(?:articles? by|source|quelle|fuente|fonte|"
    r"источник|bron|来源|來源|出典|転載元|출처|المصدر)\s?[:：]$",
    re.IGNORECASE,
)
"""A line whose name follows in another element, such as a logo."""

NOBODY = frozenset(
    {
        "internet", "theinternet", "theweb", "web", "网络", "互联网", "本站", "本站原创",
        "本网原创", "本网", "原创", "综合", "未知",
        "佚名", "整理", "作者", "投稿", "不详", "网友",
        "agencies", "agencias", "agenturen", "agences", "agenzie", "agências", "вести", "редакция", "staff",
        "various", "own", "archive",
        "archiv", "author", "theauthor", "pressrelease", "pressemitteilung", "press", "email", "print", "none",
        "na", "unknown", "eigene",
        "gettyimages", "getty", "shutterstock", "istock", "istockphoto", "pixabay", "pexels", "unsplash",
        "adobestock", "depositphotos", "alamy",
        "flickr", "imago", "picturealliance", "screenshot", "youtube", "instagram", "wikimediacommons",
        "wikipedia", "wikimedia", "statista",
        "eurostat", "googlemaps", "google", "ownwork", "ownresearch", "authorscalculations", "本报", "本刊", "网站", "媒体",
    }
)  # fmt: skip
"""Folded names that are no outlet's."""

_COMMON = frozenset(
    {
        "via", "theo ", "permission", "eerder", "först", "først", "zuerst", "tarihinde", "来自", "erlaubnis", "genehmigung",
    }
)  # fmt: skip
"""Words of forms that are too common to look for; longer ones stand for them below."""
TRIGGERS = tuple(
    sorted(
        {
            "original article", "original post", "originial post", "original story", "original version",
            "articles by", "article by", "post original",
            "source:", "source :", "quelle:", "quelle :", "fuente:", "fuente original", "fonte:", "fonte :",
            "bron:", "källa:", "kilde:", "lähde:",
            "źródło:", "zdroj:", "forrás:", "sursa:", "izvor:", "kaynak:", "sumber:", "nguồn:", "nguồn tin:",
            "allikas:", "avots:", "šaltinis:",
            "burimi:", "font:", "источник:", "первоисточник:", "оригинал", "джерело:", "извор:", "източник:",
            "крыніца:", "πηγή:", "المصدر", "مصدر:",
            "منبع:", "מקור:", "स्रोत:", "ที่มา", "출처", "원문", "原文", "元記事", "元の記事", "originalartikel",
            "originalbeitrag", "article original",
            "artículo original", "articulo original", "texto original", "artigo original", "articolo originale",
            "originele artikel",
            "originalartikeln", "oryginał", "المقال الأصلي", "orijinal ", "published by", "presented by",
            "republished",
            *HAN_LABELS,
            *(word for words, _ in (*LEADS, *LOOSE_LEADS) for word in words if word not in _COMMON),
            "this article was", "kind permission", "with permission", "by permission", "with the permission",
            "with kind permission", "zuerst ", "zuerst erschienen", "mit freundlicher",
            "mit genehmigung", "mit erlaubnis", "eerder verschenen", "eerder gepubliceerd", "verscheen eerder",
            "först publicer", "publicerades först",
            "først publi", "først bragt", "本文来自", "文章来自", "appeared on", "appeared in",
        }
    )
)  # fmt: skip
"""Lower-case words, one of which stands in every block with such a line."""
