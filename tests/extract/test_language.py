# SPDX-License-Identifier: Apache-2.0
"""The language of a text, told by script and small words."""

import pytest

from archiver.extract.language import language_of
from tests.extract.test_main_text import ARABIC, CHINESE, ENGLISH, GERMAN, JAPANESE, RUSSIAN, THAI

TEXTS = {
    "en": " ".join(ENGLISH),
    "de": " ".join(GERMAN),
    "ru": " ".join(RUSSIAN),
    "ja": "".join(JAPANESE),
    "zh": "".join(CHINESE),
    "th": "".join(THAI),
    "ar": " ".join(ARABIC),
    "fr": "La vieille grue du port a été soulevée mardi de son socle, après avoir chargé du bois et du blé pendant des années.",
    "es": "La vieja grúa del puerto fue retirada el martes de su base, después de que cargara madera y grano por noventa años.",
    "pt": "O velho guindaste do porto foi retirado da sua base na terça-feira, depois de carregar madeira por noventa anos.",
    "it": "La vecchia gru del porto è stata sollevata martedì dalla sua base, dopo che per anni ha caricato legname e grano.",
    "nl": "De oude havenkraan is dinsdag van zijn voet getild, nadat hij negentig jaar lang hout en graan had geladen.",
    "sv": "Den gamla hamnkranen lyftes på tisdagen från sin grund, efter att ha lastat timmer och säd i nittio år för staden.",
    "pl": "Stary dźwig portowy został we wtorek zdjęty z fundamentu, po tym jak przez dziewięćdziesiąt lat ładował drewno.",
    "cs": "Starý přístavní jeřáb byl v úterý sejmut ze svého základu, když předtím devadesát let nakládal dřevo a obilí na lodě.",
    "uk": "Старий портовий кран зняли у вівторок з фундаменту, після того як він дев'яносто років вантажив ліс та зерно.",
    "tr": "Limanın eski vinci salı günü temelinden kaldırıldı ve doksan yıl boyunca kereste ile tahıl yükledikten sonra.",
    "fi": "Sataman vanha nosturi nostettiin tiistaina pois jalustaltaan, kun se oli lastannut puuta ja viljaa yli vuosia.",
    "hu": "A régi kikötői darut kedden emelték le az alapjáról, miután kilencven évig rakodott fát, de nem volt már jó.",
    "ko": "항구의 오래된 기중기가 구십 년 동안 목재와 곡물을 실은 뒤 화요일에 받침대에서 들어 올려졌다.",
    "el": "Ο παλιός γερανός του λιμανιού απομακρύνθηκε την Τρίτη από τη βάση του, αφού φόρτωνε ξυλεία για ενενήντα χρόνια.",
    "he": "העגורן הישן של הנמל הורם ביום שלישי מבסיסו, לאחר שהעמיס עצים ותבואה במשך תשעים שנה.",
    "hi": "बंदरगाह की पुरानी क्रेन को मंगलवार के दिन उसके आधार से हटा दिया गया और अब वह संग्रहालय में रखी है।",
    "fa": "جرثقیل قدیمی بندر که نود سال چوب و غله را بار می‌کرد روز سه‌شنبه از پایه خود برداشته شد و به موزه برده شد.",
    "vi": "Cần cẩu cũ của cảng đã được nhấc khỏi bệ vào thứ ba và sẽ được đặt tại bảo tàng cho các em nhỏ đến xem trong mùa hè.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_is_of_the_language_it_is_written_in(language: str) -> None:
    assert language_of(TEXTS[language]) == language


@pytest.mark.parametrize("text", ["", "404", "Menu Login", "xq zzv kkw pfl brt mnd qqs wvx", "…—“”", "🙂🙂🙂"])
def test_no_language_is_made_up(text: str) -> None:
    assert language_of(text) is None


def test_a_quotation_in_another_script_changes_nothing() -> None:
    assert language_of(TEXTS["en"] + " " + RUSSIAN[0][:60]) == "en"
    assert language_of(TEXTS["ru"] + " the New York Times") == "ru"
