# SPDX-License-Identifier: Apache-2.0
"""The language of a text: by its script, and where several languages share one, by their most frequent small words.

A word that several languages have says little for each. The answer is an ISO 639-1 code; None when the text is too short,
or no language stands out. What a page declares of itself is another matter: see `head.language`.
"""

import functools
import re

_SAMPLE = 2500
"""Characters that are looked at."""
_SHARE, _LEAD = 0.03, 1.3
"""Votes a word that the winner needs, and by how much it must lead the second."""
_FEWEST = 8
"""Words of a text that is told by its words."""

_BY_SCRIPT = (
    ("ja", "\u3040-\u30ff"), ("zh", "\u3400-\u9fff"), ("ko", "\uac00-\ud7af\u1100-\u11ff"), ("th", "\u0e00-\u0e7f"),
    ("lo", "\u0e80-\u0eff"), ("my", "\u1000-\u109f"), ("km", "\u1780-\u17ff"), ("el", "\u0370-\u03ff"),
    ("he", "\u0590-\u05ff"), ("hy", "\u0530-\u058f"), ("ka", "\u10a0-\u10ff"), ("bn", "\u0980-\u09ff"),
    ("pa", "\u0a00-\u0a7f"), ("gu", "\u0a80-\u0aff"), ("ta", "\u0b80-\u0bff"), ("te", "\u0c00-\u0c7f"),
    ("kn", "\u0c80-\u0cff"), ("ml", "\u0d00-\u0d7f"), ("si", "\u0d80-\u0dff"), ("am", "\u1200-\u137f"),
    ("latin", "a-z\u00df-\u024f\u1e00-\u1eff"), ("cyrillic", "\u0400-\u04ff"), ("arabic", "\u0600-\u06ff"),
    ("devanagari", "\u0900-\u097f"),
)  # fmt: skip
_SMALL_WORDS = {
    "en": "the of and to in is that for it was with as on be by this are from at have not or which his they were had but",
    "de": "der die und das den von mit ist des sich nicht ein eine auf für dem auch als es an werden aus sie nach bei wird",
    "nl": "de het een van en dat niet zijn voor met op te die aan werd ook bij naar door maar hij wordt deze uit nog om",
    "sv": "och att det som en på är av för med den till inte har ett om var men från vid kan efter också sig när",
    "da": "og at det er en af til på som med for den der ikke har et fra var men efter også kan sig blev når ved over",
    "no": "og det er en av til på som med for den at ikke har et fra var men etter også kan seg ble når ved jeg vi fra",
    "fi": "ja on ei että oli se hän ovat mutta kun myös kuin tai joka sen ole jo niin mukaan vain sekä voi ollut mitä",
    "is": "og að er í á sem til við um það var fyrir með en ekki hann hafa hefur eru frá þá því eftir verið",
    "fr": "de la le les et des en un une du est que dans pour qui par sur pas au plus avec ce il sont ne se cette ont aux",
    "es": "de la que el en y los las del se por un una con no para es al lo como más su pero sus fue este ha desde entre",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas foi ao ele das tem pelo são",
    "it": "di che e la il un per in una non del della le con si da i gli sono è al come nel alla ha più dei anche dal",
    "ca": "de la i el que en a les els per un del una amb no és al dels ha com més es però aquest seva va són ser",
    "ro": "și de în a la cu care pe nu o din că un pentru mai este sau au fost ce prin sunt după fi într-un lui",
    "pl": "w i na z się do nie że jest to o po jak przez od za dla ale oraz są który tym ma ich być został przy już",
    "cs": "a v se na je že s z o do to ve k i pro by za jsou ale po od které při jeho jako nebo také byl který aby",
    "sk": "a v sa na je že s z o do to vo k aj pre by za sú ale po od ktoré pri jeho ako alebo tiež bol ktorý aby",
    "sl": "in je v na se za da so ki z s pri po tudi kot iz ne bi od ali bo pa ter lahko bil do še ni",
    "hr": "i u je na se da za su od s a koji iz o kao bi ili ne što će to ali nije sam te bio koja kako",
    "hu": "a az és hogy nem is egy ez volt meg csak már mint de ha vagy el még azt kell van után szerint között",
    "lt": "ir yra kad iš į su tai ne apie buvo kaip už bei nuo bet jo taip pat arba savo dėl prie iki gali kurie",
    "lv": "un ir ka ar no par uz to arī ko kas bet tas nav pie pēc gan lai kā tika viņš savu jau vai bija",
    "et": "ja on ei et see oli mis ka kui ta aga ning oma siis mida seda või pärast nii kes välja mitte olid veel",
    "tr": "ve bir bu için da de ile olarak çok daha en olan gibi sonra kadar ise ne var ancak göre oldu olduğu tarafından",
    "id": "yang dan di dengan untuk dari ini itu dalam tidak pada akan ke juga oleh adalah mereka telah bisa ada karena",
    "vi": "và của là có không được trong cho các với một những đã người này để khi từ cũng như đến về tại ra",
    "sq": "dhe të në për me një që nga është e i u nuk ka si por më se janë do kanë kjo duke ishte",
    "eo": "la kaj de en al estas ne por ke kun el ĝi mi sed ĉi tio kiu estis pri per ili oni aŭ",
    "ru": "и в не на что с по как это из к он за от его для но так было у а то же или также все при был до",
    "uk": "і в не на що з та до як це за від його для але у про є а й також був які або має щоб після під",
    "be": "і ў не на што з па як гэта да ад яго для але пра у а таксама быў якія або каб пасля пад за",
    "bg": "и на да се в за от не са с е по че като той това си до ще бе има или при през след които",
    "sr": "и у је на се да за су од са а који из о као би или не што ће то али није те био која како",
    "mk": "и на во да се за од не со е дека како што по ќе ги го или но се при кои овој беше сите",
    "kk": "және мен бұл үшін деп бар болып да де ол осы бойынша жылы туралы бірақ кейін оның",
    "ar": "في من على أن إلى التي عن مع هذا ما لا كان ذلك هذه الذي بعد كما قد بين لم أو هو كل ولا إن",
    "fa": "و در به از که این را با است برای آن یک خود تا کرد بر هم نیز شده می ها شد دارد اما",
    "ur": "کے میں کی اور ہے سے کا کو نے اس پر کہ ہیں یہ بھی نہیں تھا ایک کر ہو گیا اپنے لیے جو",
    "hi": "के में की है और से का को पर ने यह कि हैं एक नहीं भी इस था लिए कर हो गया जो अपने",
    "mr": "आहे आणि या त्या हे च्या ते की तर नाही आहेत होते केली एक यांनी मध्ये करून साठी म्हणून झाली",
    "ne": "छ र को मा का लागि पनि यो छन् भएको गरेको हो ले तर गर्न थियो एक नेपाल उनले",
}  # fmt: skip


@functools.cache
def _votes() -> dict[str, tuple[tuple[str, float], ...]]:
    """What each small word says: the languages it is of, each with its part of the vote."""
    owners: dict[str, list[str]] = {}
    for language, words in _SMALL_WORDS.items():
        for word in set(words.split()):
            owners.setdefault(word, []).append(language)
    return {word: tuple((one, 1 / len(each) ** 2) for one in each) for word, each in owners.items()}


@functools.cache  # like the votes: most programs that load this module are never asked
def _letters() -> re.Pattern[str]:
    return re.compile("|".join(f"([{letters}])" for _, letters in _BY_SCRIPT))


def language_of(text: str) -> str | None:
    """The language of a text, or None."""
    sample = text[:_SAMPLE].lower()
    script = _script(sample)
    if script not in {"latin", "cyrillic", "arabic", "devanagari"}:
        return script
    words, votes = sample.split(), _votes()
    scores: dict[str, float] = {}
    for word in words:
        for language, part in votes.get(word, ()):
            scores[language] = scores.get(language, 0.0) + part
    ranked = sorted(scores.items(), key=lambda one: -one[1])[:2]
    if len(words) < _FEWEST or not ranked or ranked[0][1] < _SHARE * len(words):
        return None
    if len(ranked) > 1 and ranked[0][1] < _LEAD * ranked[1][1]:
        return None
    return ranked[0][0]


def _script(sample: str) -> str | None:
    """The script of most letters, or the language where a script has but one; by a sample of them."""
    if sample.isascii():
        return "latin"
    counts: dict[str, int] = {}
    for found in _letters().finditer(sample[:: max(1, len(sample) // 150)]):
        script = _BY_SCRIPT[(found.lastindex or 1) - 1][0]
        counts[script] = counts.get(script, 0) + 1
    if not counts:
        return None
    if counts.get("ja", 0) * 12 > counts.get("zh", 0) and "ja" in counts:
        return (
            "ja" if counts["ja"] + counts.get("zh", 0) >= max(counts.values()) else max(counts, key=lambda k: counts[k])
        )
    return max(counts, key=lambda one: counts[one])
