# SPDX-License-Identifier: Apache-2.0
"""Sentences that allow or refuse text and data mining and the training of models, in the languages of the web.

A refusal may be a reservation under a statute: Directive (EU) 2019/790, article 4(3), and the laws that follow it.
"""

import re

from archiver.extract.markup.remembered import remembered

_TRAINING = re.compile(
    (
        r"\btrain(?:ing|ed)?\b.{0,60}\b(?:AI|artificial|machine|language models?|LLMs?|models?|algorithms?|neural)\b"
        r"|\b(?:AI|machine[ -]learning|LLM|artificial intelligence|large language model)s?[ -](?:training|models?|systems?|"
        r"development|learning|technolog\w+|applications?|tools?)\b|\bmachine learning\b"
        r"|\bKI-?(?:Training|System|Modell|Anwendung)\w*|\btraining\w* .{0,40}(?:\bKI\b|künstliche\w* intelligenz)|"
        r"\bkünstliche\w* intelligenz\b.{0,60}\btrain\w+"
        r"|entra[iî]n\w+ .{0,60}(?:\bIA\b|intelligences? artificielles?|modèles|algorithmes)"
        r"|\b(?:entren|treina|addestra|allena)\w+ .{0,60}(?:\bI\.?A\b|inteligencia artificial|inteligência artificial|"
        r"intelligenza artificiale|modelos?|modelli|algoritm\w+)"
        r"|\b(?:trainen|trening|trenowa\w+|träna\w*|træn\w+|trene\w*|koulutta\w+|trénov\w+|eğit\w+|betanít\w+)\b.{0,60}"
        r"(?:\b[AK]I\b|sztuczn\w+ inteligencj\w+|model\w*|kunstig intelligen\w+|tekoäly\w*|uměl\w+ inteligenc\w+|yapay zek[aâ])"
        r"|(?:[AＡ][IＩ]|人工知能|機械)(?:の|に|を)?[^。、]{0,6}学習|生成[AＡ][IＩ]|(?:AI|인공지능|머신러닝)\s{0,2}(?:의\s{0,2})?학습"
        r"|(?:训练|訓練)[^。，]{0,12}(?:人工智[能慧]|AI|模型)|(?:人工智[能慧]|AI|模型)[^。，]{0,8}(?:训练|訓練)"
        r"|(?:обучени|тренировк|навчанн)\w*.{0,60}(?:\bИИ\b|искусственн\w+ интеллект|нейросет|нейронн|штучн\w+ інтелект|моделей)"
        r"|تدريب.{0,40}(?:الذكاء الاصطناعي|النماذج|نماذج)|εκπαίδευση.{0,40}τεχνητής νοημοσύνης|"
        r"אימון.{0,40}(?:בינה מלאכותית|מודלים)"
    ),
    re.IGNORECASE,
)
_MINING = re.compile(
    (
        r"\b(?:text|data)[ -](?:and|&|und|et|en|og|y)[ -](?:text|data)[ -]?mining|\b(?:data|text)[ -]?mining\b|\bTDM\b"
        r"|\btekst- (?:en|og) datamining|text- och datautvinning|fouille d[e'’] ?(?:textes?|données)"
        r"|miner[ií]a de (?:textos?|datos)|mineração de (?:textos?|dados)|estrazione di test[oi]"
        r"|eksploracj\w+ tekst\w*|vytěžování text\w*|tiedonlouhin\w+|szöveg- és adatbányász\w+|metin ve veri madencili\w+"
        r"|텍스트[^.]{0,4}데이터 ?마이닝|데이터 ?마이닝|(?:テキスト|データ)[・\s]?マイニング|(?:文本|数据|數據|"
        r"資料)[^。，]{0,4}(?:挖掘|探勘)"
        r"|интеллектуальн\w+ анализ\w* (?:текст|данн)\w*|التنقيب .{0,12}(?:النصوص|البيانات)|εξόρυξη κειμέν\w+"
    ),
    re.IGNORECASE,
)
_REFUSED = re.compile(
    (
        r"\b(?:no|not|nor|never|prohibit\w*|forbid\w*|forbidden|reserv\w+|opt(?:s|ed|ing)?[ -]out|object\w*|refus\w+|"
        r"nicht|kein\w*|untersagt|verboten|vorbehalt\w*|widersp\w+|interdit\w*|réserv\w+|(?:s['’])?oppos(?:e\w*|"
        r"ons|ition)|behalten uns|refus\w*|"
        r"prohib\w+|reserva\w*|proibid\w+|vedad\w+|vietat\w+|riservat\w+|niet|verboden|voorbehoud\w*|zabron\w+|"
        r"zastrze\w+|zakáz\w+|vyhraz\w+|ikke|inte|förbjud\w*|forbud\w*|kielle\w+|ei saa|tilos|yasak\w*)\b"
        r"|금합니다|금함|불가|禁|お断り|認め(?:ません|ない)|でき(?:ません|ない)|ご遠慮|不得|不可|严禁|금지|불허|"
        r"запрещ|не допуска|нельзя|"
        r"заборон|يُ?حظر|يُ?منع|لا يجوز|لا يسمح|απαγορεύ|אסור|ห้าม"
    ),
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    r"\b(?:permitted|allowed|welcome|may be used|can be used|free to|gestattet|erlaubt|zulässig|autorisée?s?|permitid\w+|"
    r"consentit\w+|toegestaan|dozwolon\w+|povoleno|tillåt\w+|tilladt)\b|許可します|可能です|允许|可以用|허용|разреш|дозволен|يسمح",
    re.IGNORECASE,
)
_STATUTES = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"§\s?44\s?b\b", "§ 44b UrhG"),
        (r"(?:art\w*\.?\s?4\b.{0,80})?2019/790|(?:DSM|CDSM)[ -](?:directive|richtlinie|"
        r"directiva)", "Directive (EU) 2019/790, art. 4"),
        (r"L\.?\s?122-5-3", "Code de la propriété intellectuelle, art. L. 122-5-3"),
        (r"15\s?[no]\b.{0,20}auteurswet|auteurswet.{0,20}15\s?[no]\b", "Auteurswet, art. 15o"),
        (r"ophavsretsloven\w* § ?11\s?b", "Ophavsretsloven, § 11 b"),
        (r"15\s?a\s?§.{0,30}upphovsrätt|upphovsrätt.{0,30}15\s?a\s?§", "Upphovsrättslagen, 15 a §"),
        (r"70\s?-?\s?quater", "Legge 633/1941, art. 70-quater"),
    )
)  # fmt: skip
GATE = (
    "train", "learning", "llm", "ai models", "ai-models", "ai systems", "ai technolog", "ai tools", "ai applic",
    "mining", "tdm", "ki-",
    "künstliche", "entraîn", "entrain", "entren", "treina", "addestra", "träna", "træn", "koulutta", "trénov", "eğit",
    "trenowa", "trening", "fouille d", "minería", "mineria", "mineração", "estrazione di test", "eksploracj", "vytěžování",
    "tiedonlouhin", "adatbányász", "madencili", "datautvinning", "学習", "学习", "학습", "生成ai", "生成ａｉ",
    "마이닝", "マイニング", "训练",
    "訓練", "挖掘", "探勘", "обучени", "тренировк", "навчанн", "интеллектуальн", "تدريب", "التنقيب", "εκπαίδευση", "εξόρυξη",
    "אימון",
)  # fmt: skip
"""Folded words without one of which no pattern here matches."""


@remembered(1024)
def usages_of(sentence: str) -> tuple[str, ...]:
    """The uses by machines that a sentence speaks of: `text-mining`, `train-ai`."""
    mined, trained = _MINING.search(sentence), _TRAINING.search(sentence)
    return (("text-mining",) if mined else ()) + (("train-ai",) if trained else ())


@remembered(1024)
def value_of(sentence: str) -> str | None:
    """What a sentence says of such uses: `disallow` or `allow`; None when it says neither."""
    if _REFUSED.search(sentence):
        return "disallow"
    return "allow" if _ALLOWED.search(sentence) else None


def statute_of(sentence: str) -> str | None:
    """The statute under which a sentence reserves them."""
    return next((name for pattern, name in _STATUTES if pattern.search(sentence)), None)
