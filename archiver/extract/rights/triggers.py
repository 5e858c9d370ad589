# SPDX-License-Identifier: Apache-2.0
"""Which blocks of a page are worth reading for rights words: all words are searched in one pass before any pattern runs.

Bounded: of the blocks that hold one word, at most the first and the last so many are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ahocorasick_rs import BytesAhoCorasick, Implementation

from archiver.extract.markup.document import Document
from archiver.extract.origin.attribution_words import TRIGGERS as ATTRIBUTION

FAMILIES: dict[str, tuple[str, ...]] = {
    "copyright": (
        "著作権は",
        "©", "ⓒ", "(c)", "(с)", "copyright", "rights reserved", "right reserved", "alle rechte", "urheberrecht",
        "droits réservés", "droits reserves", "derechos reservados", "direitos reservados", "diritti riservati",
        "rechten voorbehouden", "права защищены", "права захищені", "права застережен", "авторские права",
        "права запазени", "prawa zastrzeżone", "práva vyhrazen", "práva vyhraden", "hakları saklıdır",
        "jog fenntartva", "oikeudet pidätetään", "rättigheter", "rettigheder", "rettigheter", "drepturile rezervate",
        "sva prava", "版权", "版權", "著作权", "著作權", "版 权", "版 權", "저작권", "الحقوق", "ลิขสิทธิ์", "ถือสิทธิ", "כל הזכויות",
        "hak cipta", "bản quyền", "δικαιώματα", "tiesības aizsargātas", "visas tiesības", "õigused kaitstud",
        "teisės saugomos", "droits de reproduction", "alle rechten",
    ),
    "license": (
        "creative commons", "creativecommons", "cc by", "cc-by", "cc0", "cc 0", "(cc)", "licensed under",
        "licenced under", "lizenz", "lizensiert", "licence", "license", "licencia", "licença", "licenza", "licentie",
        "gfdl", "public domain", "gemeinfrei", "domaine public", "dominio público", "domínio público",
        "pubblico dominio", "лиценз", "สัญญาอนุญาต", "ライセンス", "知识共享", "知識共享", "创作共用", "創用",
        "许可协议", "크리에이티브",
        "общественн", "суспільн", "ліценз", "licencj", "licencí", "المشاع الإبداعي", "קריאייטיב", "lisans", "lisenss",
        "creative-commons", "gnu free", "パブリックドメイン",
    ),
    "reuse": (
        "unauthori", "not permitted", "strictly prohibited", "reuse of", "re-use of", "verveelvoudigd",
        "overgenomen", "šířit", "utánközl", "weiterverbreit", "weiterverwend", "nachgedruckt", "reproducirse",
        "republicarse", "copiarse", "difundirse", "cytowan", "自由に", "출처를", "출처 ", "إعادة النشر", "يسمح",
        "kaynak göster", "vedada", "encourage you", "auteursrecht", "цитуван", "передруку",
        "використанні матеріалів", "yayınlanamaz",
        "permission", "reproduc", "reprint", "re-print", "republish", "republication", "repost", "cross-post",
        "crosspost", "redistribut", "distribution", "may not be", "be copied", "for publication",
        "for the publication", "rebroadcast", "data mining", "text mining", "training of ai", "train ai",
        "machine learning", "nachdruck", "vervielfältig", "weiterverbreitung", "weiterverwendung", "verwertung",
        "verwendung", "abdruck", "honorarfrei", "veröffentlichung", "reproduction", "reproducción", "reprodução",
        "riproduzione", "difusión", "republicar", "reproducir", "rediffusion", "overname", "перепечат",
        "использование материалов", "использовании материалов", "копирован", "цитирован", "воспроизведен",
        "використання матеріалів", "передрук", "転載", "复制", "转载", "轉載", "授权", "摘编", "전재", "재배포",
        "복제", "يحظر", "يمنع",
        "لا يجوز", "إعادة نشر", "przedruk", "kopiowanie", "rozpowszechnian", "užití obsahu", "šíření", "přetisk",
        "izmantošana", "pārpublicēš", "zonder toestemming", "ห้าม", "นำไปใช้", "content is copyrighted",
        "is copyrighted", "copyright property", "free to share", "free to use", "consent", "republicad", "kopiering",
        "spridning", "eftertryck", "eftertryk", "gengivelse", "gjengivelse", "kopiointi", "αναδημοσ", "αναπαραγωγή",
        "להעתיק", "להפיץ", "העתקה", "dilarang", "másol", "terjeszt", "kopyala", "çoğalt", "izinsiz", "phát hành lại",
        "đăng lại", "sao chép", "reproducerea", "preluarea", "पुनर", "अनुमति", "無断", "引用", "複製", "摘編",
    ),
    "ai": (
        "entraîn", "trainen", "training van", "training von", "trenowan", "训练", "訓練",
        "training künstlicher", "ki zu trainieren", "mit ki", "addestrament", "para entrenar", "para treinar",
        "обучения ии", "обучение ии", "treinamento de", "entrenamiento de",
        "text mining", "data mining", "data-mining", "datamining", "text and data", "machine learning",
        "machine-learning", "artificial intelligence", "ai training", "ai-training", "train ai", "training of ai",
        "ai models", "ai systems", "ai tools", "language model", "ki-training", "ki-system", "ki-modell",
        "künstliche intelligenz", "künstlicher intelligenz", "fouille de", "intelligence artificielle",
        "intelligences artificielles", "minería de", "inteligencia artificial", "mineração de",
        "inteligência artificial", "intelligenza artificiale", "estrazione di test", "datautvinning", "träna ai",
        "sztucznej inteligencj", "eksploracj", "umělé inteligence", "vytěžování text", "kunstig intelligens",
        "tekoäly", "tiedonlouhin", "yapay zek", "adatbányász", "ai学習", "ａｉ学習", "aiの学習", "ai の学習",
        "生成ai", "生成ａｉ",
        "人工知能", "機械学習", "データマイニング", "데이터마이닝", "데이터 마이닝", "ai학습", "ai 학습",
        "인공지능", "人工智能", "人工智慧", "数据挖掘",
        "искусственн", "нейросет", "интеллектуальн", "штучн", "الذكاء الاصطناعي", "τεχνητής νοημοσύνης",
        "בינה מלאכותית",
    ),
    "credit": (
        "photo:", "photos:", "photo by", "photograph by", "photo credit", "photography:", "image:", "images:",
        "image credit", "picture:", "illustration:", "credit:", "foto:", "fotos:", "bild:", "bilder:", "bildquelle",
        "bildnachweis", "bildrechte", "crédit photo", "crédits photo", "photo :", "photos :", "©photo", "fotografía:",
        "imagen:", "créditos:", "crédito:", "imagem:", "fotografia:", "immagine:", "beeld:", "zdjęcie:", "fot.",
        "fotó:", "kuva:", "valokuva:", "fotoğraf:", "φωτο", "фото:", "фото —", "фотография:", "фото автора", "写真：",
        "写真:", "写真＝", "写真=", "撮影：", "撮影:", "画像：", "图片来源", "圖片來源", "图源", "图/", "圖/",
        "摄影：", "攝影", "사진=", "사진:", "사진 =",
        "사진 제공", "사진제공", "تصوير", "צילום", "ภาพ:", "ảnh:",
    ),
    "terms": (
        "gebruiksvoorwaarden", "algemene voorwaarden", "regulamin", "kullanım koşulları", "kullanım şartları",
        "obchodní podmínky", "podmínky užití", "användarvillkor", "käyttöehdot", "felhasználási feltételek",
        "syarat dan ketentuan", "điều khoản", "condizioni d'uso", "termini e condizioni", "termeni și condiții",
        "όροι χρήσης", "תנאי שימוש", "תקנון", "условия использования", "пользовательское соглашение",
        "правообладател", "умови використання", "правила користування", "利用規約", "著作権について",
        "サイトポリシー", "免責事項", "著作権侵害",
        "版权声明", "版權聲明", "法律声明", "使用条款", "服务条款", "侵权投诉", "이용약관", "저작권 정책",
        "저작권규약", "저작권 침해", "شروط الاستخدام",
        "حقوق النشر", "ข้อกำหนดการใช้งาน", "urheberrechtsverletzung", "rechtsverletzung melden", "netzdg",
        "atteinte au droit", "signaler un contenu", "नियम और शर्तें", "infracción de derechos", "zgłoś naruszenie",
        "violação de direitos", "segnala una violazione",
    ),
    "fair-use": (
        "1274",
        "fair use", "fair-use", "fair dealing", "section 107", "§ 107", "§107", "17 u.s.c", "17 usc", "17 u. s. c",
        "zitatrecht", "51 urhg", "courte citation", "droit de citation", "derecho de cita", "right of quotation",
        "right to quote", "право цитирования", "l. 122-5", "l.122-5", "l122-5", "prawa cytatu", "prawo cytatu",
        "diritto di citazione", "citaatrecht", "direito de citação", "citatret", "citaträtt", "उचित व्यवहार",
        "उचित उपयोग", "정당한 범위", "인용", "引用の範囲", "著作権法第32条", "著作権法32条", "著作權法第",
        "合理使用", "الاستخدام العادل",
        "uso justo", "fair praxis", "שימוש הוגן",
    ),
    "disclaimer": (
        "opiniones", "opinioni", "opiniões",
        "disclaimer", "haftungsausschluss", "responsib", "views expressed", "opinions expressed",
        "necessarily reflect", "necessarily represent", "own and do not", "views and opinions",
        "не несет ответственности", "не несёт ответственности", "мнение редакции", "разделять мнени", "haftung",
        "responsabilité", "responsabilidad", "免责", "免責", "与本网无关", "liable", "liability", "informational purposes",
        "information purposes", "as is", "責任を負", "一切の責任", "책임을 지지", "не відповідає", "не несе відповідальності",
        "aansprakelijk", "nie ponosi", "nie odpowiada", "sorumlu", "responsabil", "لا تتحمل", "ansvar", "felelős",
        "zodpověd",
    ),
    "attribution": ATTRIBUTION,
    "trademark": (
        "trademark", "trade mark", "service mark", "warenzeichen", "marque déposée", "marques déposées",
        "marca registrada", "marcas registradas", "marchio registrato", "marchi registrati", "handelsmerk",
        "znak towarowy", "znaki towarowe", "varumärke", "ochranná známka", "tescilli marka", "товарный знак",
        "товарными знаками", "商標", "商标", "상표",
    ),
    "takedown": (
        "dmca", "takedown", "take-down", "take down notice", "copyright infringement", "infringes your",
        "if you believe", "侵权", "侵權", "權利人", "правообладател", "rechtsverletzung", "atteinte aux droits", "著作権侵害",
        "권리침해", "저작권 침해",
    ),
    "access": (
        "subscribers only", "subscriber-only", "subscribe to continue", "subscribe to read", "for subscribers",
        "réservé aux abonnés", "réservé à nos abonnés", "nur für abonnenten", "weiterlesen mit",
        "solo para suscriptores", "already a subscriber", "有料会員", "to continue reading",
        "exclusivo para suscriptores", "exclusivo para assinantes", "solo per abbonati", "riservato agli abbonati",
        "alleen voor abonnees", "tylko dla prenumeratorów", "tylko dla subskrybentów", "endast för prenumeranter",
        "kun for abonnent", "vain tilaajille", "только для подписчиков", "会員限定", "付费阅读", "会员专享", "유료회원",
        "للمشتركين فقط", "nur mit abo", "réservé aux membres",
    ),
}  # fmt: skip
"""Lower-case words of each family of notices."""

_KELVIN = "\N{KELVIN SIGN}"
"""The one letter beside those of ASCII that has a lower case in ASCII of one letter."""
_MOST_PER_WORD = 60
_STRETCH = 1 << 18
"""Bytes searched at once: what the search hands back stays small on a page made of such words."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The machine that finds every one of some words in one pass, the families of each, and the length of the longest."""

    machine: BytesAhoCorasick
    families: tuple[tuple[str, ...], ...]
    longest: int

    def search(self, text: bytes, indexes: Sequence[int], found: dict[str, set[int]]) -> None:
        """Adds to `found`, by family, the indexes of the lines that hold a word: the first and the last ones."""
        holding: dict[int, dict[int, None]] = {}
        line = counted = ends = 0
        before = -1
        for at in range(0, len(text), _STRETCH):
            stretch = text if len(text) <= _STRETCH else text[at : at + _STRETCH + self.longest]
            for word, begin, _ in self.machine.find_matches_as_indexes(stretch, overlapping=True):
                start = at + begin
                if not counted <= start < ends:
                    # Words come in the order of their ends: one may begin a little before the one told before it.
                    line += (
                        text.count(b"\n", counted, start) if start >= counted else -text.count(b"\n", start, counted)
                    )
                    counted, ends = start, text.find(b"\n", start)
                    ends = ends if ends >= 0 else len(text)
                elif word == before:
                    continue
                before = word
                holding.setdefault(word, {})[indexes[line]] = None
        for word, held in holding.items():
            kept = list(held)
            if len(kept) > 2 * _MOST_PER_WORD:
                kept = kept[:_MOST_PER_WORD] + kept[-_MOST_PER_WORD:]
            for family in self.families[word]:
                found.setdefault(family, set()).update(kept)


@cache
def _words(*, plain: bool) -> _Words:
    """The words that are ASCII, or those that are not."""
    families: dict[str, list[str]] = {}
    for family, words in FAMILIES.items():
        for word in words:
            if word.isascii() is plain:
                families.setdefault(word, []).append(family)
    written = [word.encode() for word in families]
    return _Words(
        BytesAhoCorasick(written, implementation=Implementation.DFA),
        tuple(map(tuple, families.values())),
        max(map(len, written)),
    )


def _small(line: str) -> str:
    """In lower case, character by character where the whole would change its length."""
    small = line.lower()
    return small if len(small) == len(line) else "".join(low if len(low := c.lower()) == 1 else c for c in line)


def triggered(document: Document) -> dict[str, list[int]]:
    """For each family, indexes of the blocks that hold one of its words, in order."""
    found: dict[str, set[int]] = {}
    lines, text = document.lines, document.text
    others = [] if text.isascii() else [index for index, line in enumerate(lines) if not line.isascii()]
    if others:
        _words(plain=False).search("\n".join([_small(lines[index]) for index in others]).encode(), others, found)
        text = text.replace(_KELVIN, "k")
    _words(plain=True).search(text.encode().lower(), range(len(lines)), found)
    return {family: sorted(indexes) for family, indexes in found.items()}
