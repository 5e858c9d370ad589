# SPDX-License-Identifier: Apache-2.0
"""The words that bylines are made of, in many languages: what leads to a name, what names a job, what names no person.

Words only; the rules that use them are in `names` and `bylines`.
"""

LEADS = (
    "By", "BY", "by", "Von", "VON", "von", "Par", "PAR", "par", "Por", "POR", "por", "Di", "di", "Door", "DOOR",
    "door", "Av", "AV", "av", "Af", "AF", "af", "Oleh", "OLEH", "Nga", "Author", "Autor", "Autorin", "Autorka",
    "Auteur", "Auteure", "Autrice", "Autore", "Penulis", "Forfatter", "Författare", "Written by", "written by",
    "Story by", "Words by", "Text by", "Posted by", "Submitted by", "Reported by", "Article by", "Articles by",
    "Interview by", "Opinion by", "Review by", "Analysis by", "Contributed by", "Compiled by",
    "Translated and written by", "Verfasst von", "Geschrieben von", "Text von", "Ein Gastbeitrag von",
    "Gastbeitrag von", "Ein Kommentar von", "Kommentar von", "Eine Kolumne von", "Eine Analyse von",
    "Ein Interview von", "Interview von", "Ein Essay von", "Écrit par", "écrit par", "Rédigé par", "Publié par",
    "Propos recueillis par", "Texte de", "Un texte de", "Une tribune de", "Escrito por", "escrito por", "Texto de",
    "Redactado por", "Publicado por", "Postado por", "Una crónica de", "A cura di", "a cura di", "Scritto da",
    "scritto da", "Pubblicato da", "Articolo di", "Geschreven door", "Skrevet av", "Skrevet af", "Skriven av",
    "Skribent", "Kirjoittanut", "Napisał", "Napisała", "Napsal", "Napsala", "Napísal", "Scris de", "Írta", "Yazan",
    "Piše", "Autorius", "Автор", "Автор текста", "Пише", "Пишет", "Γράφει ο", "Γράφει η", "Του", "Της", "โดย", "بقلم",
    "كتب", "كتبت", "نویسنده", "מאת", "द्वारा",
)  # fmt: skip
"""Words that a space and a name follow."""

LABELS = (
    "by", "article by", "articles by", "written by", "story by", "words by", "author", "authors", "writer", "text by",
    "autor", "autoren", "autorin", "autorinnen", "autor\\*in", "autores", "autora", "autorka", "autori", "autore",
    "auteur", "auteurs", "auteure", "autrice", "auteur·e", "autorius", "autors", "autoria", "avtor", "szerző", "írta",
    "yazar", "yazan", "haber", "text", "texte", "texto", "testo", "tekst", "teksti", "von", "par", "por", "interview",
    "verfasser", "verfasserin", "rédacteur", "rédactrice", "rédaction et texte", "propos recueillis par", "skribent",
    "kirjoittaja", "toimittaja", "forfatter", "författare", "journalist", "piše", "pisze", "napisał", "napisała",
    "opracował", "opracowała", "penulis", "reporter", "tác giả", "автор", "авторы", "автор текста", "автор статьи",
    "текст", "аутор", "аўтар", "συντάκτης", "γράφει", "κείμενο", "ผู้เขียน", "เรื่อง", "โดย", "بقلم", "كتب", "كتبت",
    "الكاتب", "نویسنده", "מאת", "כתב", "लेखक", "ავტორი", "作者", "撰文", "撰稿", "文", "文字", "记者", "記者",
    "本报记者", "采写", "编译", "編譯", "執筆", "執筆者", "著者", "筆者", "取材・文", "文・写真", "ライター", "글",
    "글쓴이", "기자",
)  # fmt: skip
"""Words that a colon, or what stands for one, and a name follow; in lower case."""

CJK_LABELS = (
    "作者", "撰文", "撰稿", "本报记者", "本刊记者", "执笔", "执筆", "執筆", "著者", "取材・文", "文・写真", "采写",
    "编译", "編譯", "记者", "記者", "글쓴이",
)  # fmt: skip
"""Labels that may stand anywhere in a line."""

EDITORS = (
    "责任编辑", "責任編輯", "责编", "責編", "本文编辑", "编辑", "編輯", "校对", "审核",
)  # fmt: skip
"""Labels of those who edited a page and did not write it."""

ROLES = (
    "staff", "contributor", "contributors", "editor", "editors", "reporter", "reporters", "correspondent",
    "correspondents", "writer", "writers", "journalist", "journalists", "columnist", "senior", "professor", "chief",
    "associate", "managing", "freelance", "guest", "news", "contributing", "producer", "director", "analyst",
    "blogger", "critic", "intern", "founder", "ceo", "cto", "manager", "lecturer", "fellow", "researcher",
    "author of", "bureau", "newsletter", "columnista", "redakteur", "redakteurin", "chefredakteur", "chefredakteurin",
    "redaktor", "redaktorin", "redactor", "redactora", "korrespondent", "korrespondentin", "volontär", "volontärin",
    "reporterin", "journalistin", "kolumnist", "autor bei", "geschäftsführer", "journaliste", "rédacteur",
    "rédactrice", "chroniqueur", "chroniqueuse", "correspondant", "correspondante", "envoyé", "envoyée", "professeur",
    "chercheur", "périodiste", "periodista", "corresponsal", "reportero", "reportera", "directora", "colaborador",
    "colaboradora", "jornalista", "repórter", "colunista", "editora", "giornalista", "inviato", "inviata",
    "corrispondente", "caporedattore", "direttore", "redacteur", "verslaggever", "correspondente", "dziennikarz",
    "dziennikarka", "redaktorka", "redaktör", "redaktør", "reportér", "reportérka", "toimittaja", "muhabir",
    "muhabiri", "editörü", "yazarı", "корреспондент", "обозреватель", "редактор", "журналист", "журналистка",
    "кореспондент", "колумнист", "аналитик",
)  # fmt: skip
"""Words of a job, in lower case."""

COLLECTIVES = (
    "newsroom", "news desk", "newsdesk", "web desk", "web team", "editorial team", "editorial board",
    "editorial staff", "the editors", "staff", "staff writer", "staff writers", "staff reporter", "staff report",
    "redaktion", "die redaktion", "redaktion der", "redakcja", "redakce", "redaksi", "redaktionen", "redactie",
    "de redactie", "redazione", "la redazione", "redacción", "la redacción", "redacao", "redação", "da redação",
    "la rédaction", "rédaction", "redacția", "szerkesztőség", "toimitus", "редакция", "редакція", "редакцията",
    "編集部", "编辑部", "編輯部", "本站", "本网", "网络", "佚名", "未知", "편집부", "온라인뉴스팀", "디지털뉴스팀",
    "هيئة التحرير", "المحرر", "מערכת", "กองบรรณาธิการ", "ban biên tập", "haber merkezi", "agencies", "agenturen",
    "agences", "agencias", "agenzie", "agências", "wire reports", "wire services", "press release",
    "pressemitteilung", "communiqué", "super user", "wordpress", "joomla", "drupal", "bootstrap contributors",
)  # fmt: skip
"""Names of nobody in particular, in lower case."""

ORGANISATIONS = (
    "inc", "ltd", "llc", "gmbh", "ag", "corp", "corporation", "company", "co", "plc", "bv", "b.v", "s.a", "s.p.a",
    "s.r.l", "e.v", "verlag", "verein", "stiftung", "foundation", "institute", "institut", "instituto", "university",
    "universität", "université", "universidad", "universidade", "università", "college", "department", "ministry",
    "ministerium", "ministère", "ministerio", "commission", "committee", "council", "association", "society",
    "agency", "agentur", "agence", "agencia", "magazine", "magazin", "journal", "times", "news", "media", "medien",
    "press", "post", "tribune", "herald", "gazette", "daily", "weekly", "radio", "tv", "television", "network",
    "online", "group", "gruppe", "groupe", "grupo", "team", "service", "services", "office", "bureau", "center",
    "centre", "zentrum", "library", "organization", "organisation", "project", "government", "alliance", "federation",
    "union", "club", "trust", "board", "authority", "initiative", "museum", "church", "bank", "studio", "studios",
    "software", "technologies", "solutions", "systems", "labs", "partei", "party", "bundesamt", "landtag", "gemeinde",
    "stadt", "университет", "институт", "министерство", "журнал", "газета", "агентство", "компания", "the",
    "redaktion",
)  # fmt: skip
"""Words that make a name one of an organisation, in lower case."""

PARTICLES = frozenset((
    "'t", "abu", "af", "al", "auf", "av", "ben", "bin", "bint", "d'", "da", "das", "de", "dei", "del", "della",
    "delle", "dem", "den", "der", "des", "di", "do", "dos", "du", "e", "el", "het", "i", "ibn", "la", "las", "le",
    "les", "lo", "los", "mac", "mc", "of", "op", "san", "st", "te", "ten", "ter", "ul", "ur", "van", "vom", "von",
    "y", "zu", "zum", "zur", "’t",
))  # fmt: skip
"""Lower-case words inside the names of persons."""
