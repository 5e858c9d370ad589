# SPDX-License-Identifier: Apache-2.0
"""News agencies and press-release wires: whose name in a byline means that the text is theirs."""

from archiver.extract.origin.hosts import key_of

_NAMES = {
    "associatedpress": "Associated Press", "theassociatedpress": "Associated Press", "ap": "Associated Press",
    "reuters": "Reuters", "thomsonreuters": "Reuters",
    "afp": "AFP", "agencefrancepresse": "AFP", "dpa": "dpa", "deutschepresseagentur": "dpa", "upi": "UPI",
    "efe": "EFE", "ansa": "ANSA", "xinhua": "Xinhua",
    "bloomberg": "Bloomberg", "apa": "APA", "sda": "SDA", "tass": "TASS", "interfax": "Interfax", "pti": "PTI",
    "ians": "IANS", "kyodo": "Kyodo", "epd": "epd",
    "kna": "KNA", "sid": "SID", "pressassociation": "Press Association", "pamedia": "PA Media", "aap": "AAP",
    "canadianpress": "The Canadian Press",
    "thecanadianpress": "The Canadian Press", "prnewswire": "PR Newswire", "businesswire": "Business Wire",
    "globenewswire": "GlobeNewswire",
}  # fmt: skip


def agency_of(name: str) -> str | None:
    """The wire agency a name means, or None."""
    return _NAMES.get(key_of(name))
