# SPDX-License-Identifier: Apache-2.0
"""Sentences that permit reuse, in the languages of the web: plain words of each rule, and its pattern.

A rule is tried only on a sentence that holds one of its words. What negates it is told in `reuse_words`.
"""

GRANTS: tuple[tuple[str, str], ...] = (
    (
        "permission",
        r"\b(?:grants?|granted|gives?|given|has|have)\b.{0,60}\bpermission\b.{0,80}\b(?:cross-?post|re-?post|"
        r"re-?publish|reprint|reproduc|copy|distribut|share|quote|use)",
    ),
    (
        "permission",
        r"\bpermission (?:is|to) .{0,80}\b(?:granted|given)\b",
    ),
    (
        "crosspost|cross-post|repost|republish|reprint|be reproduced|reproduce|be copied|redistribut|be distributed|reuse|"
        "re-use|be used freely|be shared|share and",
        r"\b(?:may|can|are free to|is free to|free to|welcome to|allowed to|encouraged to|permitted to|"
        r"feel free to|happy to|invite you to)\b(?! not).{0,60}\b(?:cross-?post|repost|republish(?:ed)?|"
        r"reprint(?:ed)?|be reproduced|reproduce|be copied|redistribut|be distributed|re-?use|be used freely|"
        r"be shared|share and)",
    ),
    (
        "reproduce|republish|reprint|reposted|copied|copy and distribut",
        r"\b(?:may|can) (?:freely )?(?:be )?(?:reproduced?|republish(?:ed)?|reprint(?:ed)?|reposted|copied|"
        r"cop(?:y|ied) and distribut\w+)\b",
    ),
    (
        "republish|re-publish|republication|reuse|re-use|reprint",
        r"\b(?:available|offered?) .{0,40}\b(?:for|to) (?:free )?(?:re-?publish|republication|re-?use|reprint)",
    ),
    (
        "republish",
        r"\brepublish (?:our|this|these|the) .{0,40}\b(?:for free|free of charge|online or in print)",
    ),
    (
        "encourage",
        r"\bencourage (?:you|others|anyone|everyone) to (?:freely )?(?:re-?publish|reprint|share|copy|repost|re-?use)",
    ),
    (
        "authorised|authorized|permitted|allowed|welcome",
        r"\b(?:reproduction|republication|reprinting|copying|re-?use|redistribution|re-?publishing|"
        r"cross-?posting)\b.{0,60}\b(?:is|are) "
        r"(?:hereby |freely )?(?:authori[sz]ed|permitted|allowed|welcome)\b",
    ),
    (
        "reproducirse|republicarse|copiarse|difundirse|compartirse|reproduzir-se",
        r"\b(?:pueden?|podrán?) (?:libremente )?(?:reproducirse|republicarse|copiarse|difundirse|compartirse)\b",
    ),
    (
        "при ",
        r"\bпри (?:перепечатке|цитировании|копировании|использовании|републикации|"
        r"полном или частичном).{0,120}(?:ссылк|указани|источник)"
        r".{0,60}обязательн|\bпри (?:передруку|використанні|цитуванні|копіюванні).{0,120}(?:посилан|джерел).{0,60}обов.язков",
    ),
    (
        "出典|引用元|自由に",
        r"ご?自由に(?:ご?(?:転載|引用|利用|使用)|お使い)",
    ),
    (
        "출처",
        r"출처.{0,12}(?:밝히|표기|명시|표시).{0,24}(?:자유롭게|이용할 수|사용할 수|퍼가)",
    ),
    (
        "kaynak göster",
        r"kaynak göster\w+.{0,40}(?:zorunlu|şart|koşulu|kullanılabilir|yayınlanabilir)",
    ),
    (
        "gestattet|erlaubt|erwünscht|frei|kostenlos|zulässig",
        r"(?:nachdruck|vervielfältigung|veröffentlichung|verwendung|weiterverbreitung|weiterverwendung|"
        r"übernahme|abdruck|verbreitung)\b.{0,90}\b(?:gestattet|erlaubt|erwünscht|honorarfrei|kostenfrei|"
        r"kostenlos|gebührenfrei|zulässig)",
    ),
    (
        "werden",
        r"\b(?:dürfen|darf|können|kann) .{0,80}(?:nachgedruckt|weiterverbreitet|übernommen|vervielfältigt|"
        r"veröffentlicht|weiterverwendet) werden",
    ),
    (
        "использ|перепеч|копир|цитир|воспроизв|передрук|використ",
        r"(?:использование|использовать|перепечатка|копирование|цитирование|воспроизведение|передрук|"
        r"використання).{0,140}(?:разреш|допуска|возможн|приветств|дозвол|допускаєт|при условии|при наличии|"
        r"за умови).{0,120}(?:ссылк|источник|посиланн|указани)",
    ),
    (
        "reproduction|reprise|republication|diffusion|utilisation",
        r"(?:reproduction|reprise|republication|diffusion|utilisation)\b.{0,80}\b(?:autorisée|permise|libre)\b",
    ),
    (
        "permit|autori|puede|pode",
        r"\b(?:se permite|se autoriza|está permitid[ao]|queda autorizad[ao]|puede(?:n)? ser|é permitid[ao]|"
        r"pode ser)\b.{0,60}\b(?:reproduc|republic|difusi|compartir|copi|reproduz)",
    ),
    (
        "reproduc|republic|difusi|reprodu",
        r"\b(?:reproducción|republicación|difusión|reprodução)\b.{0,60}\b(?:permitida|autorizada|libre|"
        r"livre)\b",
    ),
    (
        "riproduz|ripubblic|diffusione",
        r"\b(?:riproduzione|ripubblicazione|diffusione)\b.{0,70}\b(?:consentita|permessa|libera|autorizzata)\b",
    ),
    (
        "overname|verspreiding|gebruik",
        r"\b(?:overname|verspreiding|gebruik)\b.{0,70}\b(?:toegestaan|mag)\b",
    ),
    (
        "przedruk|kopiowanie|rozpowszech|wykorzyst",
        r"(?:przedruk|kopiowanie|rozpowszechnianie|wykorzystanie).{0,80}(?:dozwolon|za podaniem|pod warunkiem)",
    ),
    (
        "転載|引用|複製|再利用",
        r"(?:転載|引用|複製|再利用).{0,24}(?:自由|可能|歓迎|許可します|かまいません|構いません)",
    ),
    (
        "转载|轉載",
        r"(?:欢迎|可以|允许|自由)(?:自由)?(?:转载|轉載)|转载(?:请|時請|时请)?注明|轉載請註明",
    ),
    (
        "republicad|reproduzid|compartilhad|publicad|reproducid|compartid",
        r"\b(?:podem?|pueden?) ser (?:livremente |libremente |gratuitamente )?(?:re)?(?:publicad|produzid|"
        r"producid|compartilhad|compartid)",
    ),
    (
        "share",
        r"\b(?:you are|feel|everyone is) (?:free|welcome) to (?:share|copy|print|post|use)\b.{0,80}\b(?:article|"
        r"content|text|work|"
        r"story|post|material|page|piece)",
    ),
    (
        "phát hành lại|sao chép|đăng lại",
        r"(?:ghi rõ nguồn|được phép).{0,40}(?:phát hành lại|sao chép|đăng lại)|(?:phát hành lại|đăng lại).{0,40}ghi rõ nguồn",
    ),
    (
        "másol|idéz|átvétel|közöl",
        r"(?:másol|idéz|átvétel|közöl)\w*.{0,80}(?:forrás megjelölés|szabadon|engedélyezett)",
    ),
    (
        "kopier|eftertryck|spridning|eftertryk|gengiv|gjengi",
        r"\b(?:kopiering|eftertryck|spridning|eftertryk|gengivelse|gjengivelse)\b.{0,80}\b(?:tillåten|tillåtet|tilladt|tillatt)\b",
    ),
    (
        "นำไปใช้",
        r"นำไปใช้(?:งาน)?ได้",
    ),
    (
        "نشر|نقل|اقتباس|استخدام",
        r"(?<!لا )(?:يُ?سمح|يجوز|مسموح).{0,40}(?:نشر|نقل|اقتباس|استخدام)",
    ),
)
