# SPDX-License-Identifier: Apache-2.0
"""Sentences that disclaim, claim a mark, say where to complain or keep a text for subscribers, in the languages of the web.

Each pattern is tried on one sentence at a time, and only where one of its plain words stands.
"""

import re

from archiver.extract.markup.folding import Gates
from archiver.extract.rights import ai_words, reuse_words

disclaimer = re.compile(
    (
        r"^\W{0,3}(?:legal )?disclaimer\b\s?[:.–—-]|^\W{0,3}haftungsausschluss\s?[:.–-]|\bsole responsibility "
        r"of\b|\bnot (?:be )?(?:held )?(?:responsible|liable) for\b|\b(?:views|opinions)(?: and (?:views|"
        r"opinions))?\b.{0,60}\b(?:expressed|author|own|contributors?)\b"
        r"|\bdo(?:es)? not necessarily (?:reflect|represent)|\b(?:no|disclaims? (?:all|any)) (?:responsibility|"
        r"liability|warrant)|for informational purposes only|не нес[её]т ответственности|может не разделять "
        r"мнени|мнение редакции может"
        r"|übernimmt keine (?:haftung|gewähr)|keine haftung für|décline toute responsabilité|no se hace "
        r"responsable|\bopiniones\b.{0,80}\b(?:responsabilidad|autor(?:es)?|reflejan)\b|"
        r"\bopinioni\b.{0,60}\b(?:autor[ie]|riflettono)\b|\bopiniões\b.{0,80}\b(?:responsabilidade|autor(?:es)?|"
        r"refletem)\b|免责声明|与本网无关|責任を負いません|責任を負いかね|免責|책임을 지지 않|не несе відповідальності|"
        r"не відповідає за|niet aansprakelijk|nie (?:ponosi|odpowiada)|sorumlu (?:değil|tutulamaz)|não se responsabiliza|"
        r"non è responsabile|declina ogni responsabilità|لا تتحمل .{0,40}مسؤولية|ansvarar inte|ikke ansvarlig|nem vállal "
        r"felelősséget|nezodpovídá|(?:übernehmen|übernommen)\b.{0,20}\bkeine haftung|keine (?:haftung|gewähr)\b"
    ),
    re.IGNORECASE,
)
trademark = re.compile(
    (
        r"\b(?:(?:is|are) (?:a )?(?:registered )?(?:trade ?marks?|service marks?)|registered trade ?marks?|"
        r"trade ?marks? (?:of|used|are|and)|other trade ?marks?|eingetragene warenzeichen|marques? déposées?|"
        r"marcas? registradas?|marchi(?:o)? registrat[io]|(?:geregistreerde )?handelsmerken|znaki? towarowe|ochranné známky|"
        r"tescilli markas?ı?|registrerade varumärken|(?:зарегистрированными )?товарными знаками)|登録商標|"
        r"注册商标|註冊商標|등록 ?상표"
    ),
    re.IGNORECASE,
)
takedown = re.compile(
    (
        r"\bDMCA\b.{0,80}\b(?:notice|agent|contact|complaint|request|policy|takedown|email)|\b(?:take-?down|"
        r"notices? of (?:claimed )?(?:copyright )?infringement)\b.{0,80}\b(?:contact|send|email|request|"
        r"notice)|\b(?:if you believe|to report)\b.{0,120}\b(?:copyright|infring)|侵权.{0,30}(?:联系|联络|删除)|"
        r"侵權.{0,30}(?:聯絡|刪除)|"
        r"правообладател.{0,120}(?:обратит|сообщ|напиш|свяж|удал)|(?:저작권|권리) ?침해.{0,40}(?:신고|연락)|"
        r"著作権侵害.{0,40}(?:ご連絡|お知らせ|申し立て)|rechtsverletzung.{0,80}(?:melden|hinweis|mail|kontakt)|"
        r"atteinte aux droits.{0,80}(?:signal|contact|écri)"
    ),
    re.IGNORECASE,
)
access = re.compile(
    (
        r"\b(?:only|exclusively?|available|reserved|free) (?:for|to) (?:our |paying |"
        r"digital ){0,2}(?:subscribers|members)\b|\bfor (?:our |paying ){0,2}(?:subscribers|members) only\b|"
        r"\bsubscribers?[- ]only\b|\bsubscribe to (?:continue|"
        r"read)|réservé à? ?(?:nos |aux )abonnés|nur für abonnenten|weiterlesen mit|solo para suscriptores|"
        r"exclusivo para (?:suscriptores|assinantes)|有料会員限定|会員限定|already a subscriber\?|to continue reading\b|"
        r"(?:solo per|riservato agli) abbonati|alleen voor abonnees|tylko dla (?:prenumeratorów|subskrybentów)|endast för "
        r"prenumeranter|kun for abonnent|vain tilaajille|только для подписчиков|会员专享|付费阅读|유료 ?회원|للمشتركين فقط|"
        r"réservé aux membres|nur mit abo\b"
    ),
    re.IGNORECASE,
)
DISCLAIMS, TAKES_DOWN, MARKS, ASKS = ("disclaimer", 0), ("takedown", 0), ("trademark", 0), ("access", 0)
MACHINES = ("ai", 0)
gates: Gates[tuple[str, int]] = Gates({
    **reuse_words.GATES,
    DISCLAIMS: (
        "disclaim", "haftungsausschluss", "sole responsibility of", "responsible for", "liable for", "views", "opinions",
        "not necessarily ", "no responsibility", "no liability", "no warrant", "for informational purposes only",
        "ответственности", "может не разделять мнени", "мнение редакции может", "übernimmt keine ", "keine haftung für",
        "décline toute responsabilité", "no se hace responsable", "免责声明", "与本网无关", "責任を負い",
        "免責", "책임을 지지", "не несе ",
        "не відповідає", "aansprakelijk", "nie ponosi", "nie odpowiada", "sorumlu", "não se responsabiliza", "non è responsabile",
        "declina ogni", "لا تتحمل", "ansvar", "felelősség", "nezodpovídá", "keine gewähr", "keine haftung",
        "opiniones", "opinioni", "opiniões",
    ),
    TAKES_DOWN: (
        "dmca", "takedown", "take-down", "infringement", "if you believe", "to report", "侵权", "侵權", "правообладател", "침해",
        "著作権侵害", "rechtsverletzung", "atteinte aux droits",
    ),
    MARKS: (
        "trademark", "trade mark", "service mark", "warenzeichen", "marque", "marca", "march", "handelsmerk", "towarow",
        "ochranné", "tescilli", "varumärken", "товарным", "登録商標", "商标", "商標", "상표",
    ),
    ASKS: (
        "subscriber", "members", "subscribe to ", "abonnés", "abonnenten", "weiterlesen mit", "suscriptores", "会員限定",
        "to continue reading", "assinantes", "abbonati", "abonnees", "prenumerator", "subskryb", "prenumeranter", "abonnent",
        "tilaajille", "подписчик", "会员专享", "付费阅读", "회원", "للمشتركين", "membres", "nur mit abo",
    ),
    MACHINES: ai_words.GATE,
})  # fmt: skip
"""Folded words without one of which a pattern matches nowhere."""
PATTERNS = ((TAKES_DOWN, takedown), (MARKS, trademark), (ASKS, access))
