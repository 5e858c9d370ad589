# SPDX-License-Identifier: Apache-2.0
"""Words by which a sentence speaks of its own page, and words by which it only tells what others said.

In running text a sentence about reuse counts only when it is about the page: an article on copyright is full of the others.
"""

import re

own_speech = re.compile(
    (
        r"\b(?:our|we|us|this (?:site|website|web site|page|article|story|work|post|material|document|"
        r"publication|text|blog|content)|these|all (?:content|material|articles|text)|(?:the )?(?:content|"
        r"contents|material|information|articles)"
        r"|any|no|you|your|articles?|stories|©|copyright|source|credit|link)\b|nachdruck|inhalte|diese|alle|"
        r"(?:toute|cette|ce) |prohibid|reserv|материал|сайт|本网|本站|本文|转载|無断|記事|무단|기사|نشر|เนื้อหา|izmantoš|užití|"
        r"kopiow|riproduz|overname|reportage|reportagens|conte[uú]do|måter|innehåll|indhold|kopier|sisäl|i[cç]erik|"
        r"תכנים|περιεχ|αναδημοσ|cikk|artikel|phát hành|dilarang|ブログ"
    ),
    re.IGNORECASE,
)
"""Words by which a page speaks of itself, where it is not told at length."""

_MATTER = re.compile(
    (
        r"\b(?:our|this|these|all|any|the|original|no part of|you)\b.{0,60}\b(?:site|website|page|articles?|story|stories|texts?|"
        r"posts?|blog|contents?|materials?|works?|publications?|documents?|essays?|piece|recipes?|photos?|images)\b"
        r"|\b(?:inhalte?n?|artikels?|beitr[aä]ge?s?|texte?s?|diese[rsn]? (?:seite|website|werk)|website|contenus?|cet article|"
        r"ce (?:site|texte)|contenidos?|este (?:sitio|artículo|texto)|artículos|conteúdos?|este (?:texto|site)|"
        r"reportage(?:ns|m)|contenuti|questo (?:articolo|sito|testo)|artikelen|inhoud|deze (?:site|tekst)|treści|"
        r"artykuł\w*|obsahu?|článk\w*|indholdet|innehållet|sisäl\w+|içerik\w*|tartalom\w*|cikk\w*)\b"
        r"|материал|стать|сайт|статт|記事|サイト|写真|コンテンツ|内容|文章|本文|本站|本网|本網|기사|콘텐츠|저작물|المحتوى|المواد|"
        r"المقال|περιεχ|תכנים|เนื้อหา|บทความ"
    ),
    re.IGNORECASE,
)
_REPORTED = re.compile(
    (
        r"\b(?:(?<!is )(?<!are )(?<!as )said|says|told|asked whether|ruled|argued|argues|wrote on|announced|the court decided|"
        r"according to (?!the (?:terms|rules|guidelines|licen|conditions|following)|these|our|its|this|article|section)"
        r"|sagte|sagt|meinte|meint|urteilte|erklärte|schrieb|zufolge|entschied|laut (?!§|gesetz|urheber)"
        r"|a dit|affirme|a écrit|a jugé|estime que|dijo|afirmó|explicó que|según (?!l[oa]s|la licencia)|afirmou|decidiu|disse que"
        r"|segundo [oa] (?!licença|lei)|ha detto|ha scritto|oordeelde|zei|powiedział\w*|mówi\w{0,2}|uvedl\w*|sade|sagde|sanoi)\b"
        r"|, (?:dit|disse) |сказал|заявил|сообщил|по словам|قالت?\b|أعلن|表示，|(?<![名简统自简])称[，：]|"
        r"认为，|法院认定|と述べ|という。|"
        r"話した|語った|述べた|検討して|말했다|밝혔다"
    ),
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"\W{0,3}(?:veröffentlichung|nachdruck|abdruck|vervielfältigung|verwendung|weiterverbreitung|re-?print|reproduction|republication|"
    r"re-?use|copying|permission|you|feel|reproducción|difusión|reprodução|riproduzione|overname|перепечатка|использование|цитирование|"
    r"передрук|використання|przedruk|kopiowanie|kopiering|eftertryk|転載|转载|轉載|欢迎|歡迎|무단|يسمح|يجوز|"
    r"no (?:part|portion|re|copy|unauth)|do not|unauthori|without (?:prior|the|written)|toute|prohibid|queda|"
    r"proibid|é (?:vedad|proibid)|"
    r"è vietat|vietat|niets|diese? (?:vervielf|nachdr|verwert)|die (?:vervielf|nachdr|verwert|weiterverbr)|"
    r"alle inhalte|la (?:reproduc|"
    r"reproduction|riproduz|difus)|a reprodu|se (?:permite|autoriza|prohíbe)|los (?:textos|contenidos|"
    r"artículos)|jede|jegliche|kein|запрещ|любое|воспроизведение|копирование|未经|未經|禁止|不得|無断|記事|ห้าม|dilarang|απαγορ|"
    r"אין ל|يمنع|يحظر|jakékoliv|wszelkie|eftertryk|kopier|reproducerea|i[̇]?zinsiz|sitedeki|kaynak|alıntı|転載|"
    r"複製|出典|当|轉載|nghiêm|बिना|"
    r"при (?:перепечатке|цитировании|использовании|передруку|використанні)|출처|본 )",
    re.IGNORECASE,
)
_OF_ANOTHER = re.compile(
    r"\W{0,3}(?:la |die |a )?\w+ (?:of (?!any|all|this|these|our|part)|von (?!inhalt|text|teil)|de[slr]? |du |"
    r"d['’]|della |dei |van )",
    re.IGNORECASE,
)
"""The reuse of something that is then named."""
_QUOTATION = re.compile(r"“[^”]{0,400}”|„[^“”]{0,400}[“”]|«[^»]{0,400}»|\"[^\"]{12,400}\"")
_ALONE, _ONE = 60, 200
"""Characters of a paragraph that holds nothing but such words, or one such sentence."""


def unquoted(sentence: str) -> str:
    """A sentence without what it quotes."""
    return _QUOTATION.sub(" ", sentence)


def names_its_page(sentence: str) -> bool:
    """Whether a sentence names the page or what stands on it."""
    return _MATTER.search(sentence) is not None


def is_reported(sentence: str) -> bool:
    """Whether a sentence tells what somebody said."""
    return _REPORTED.search(sentence) is not None


def begins_with_reuse(sentence: str) -> bool:
    """Whether reuse is what a sentence begins with, and of nothing else: it then needs no word for what may be reused."""
    return _BEGINS.match(sentence) is not None and _OF_ANOTHER.match(sentence) is None


def speaks_of_its_page(sentence: str, length: int) -> bool:
    """Whether a sentence of the running text is about the page; `length` is that of its paragraph."""
    return not is_reported(sentence) and (
        length < _ALONE or names_its_page(sentence) or (length < _ONE and begins_with_reuse(sentence))
    )
