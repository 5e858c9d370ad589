# SPDX-License-Identifier: Apache-2.0
"""Seeds that point at places which are not public, told while a file is read and not in the middle of a crawl.

Only what a URL itself shows is judged: addresses and `localhost`. Names are looked up by the dialer, whose word counts.
"""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from archiver.errors import BadInput
from archiver.urls import HttpUrl, parse


def private_host(url: str, allowed: Sequence[str]) -> str | None:
    """The host of `url` when it is not public and `allowed` (`HOST:PORT`, addresses, networks) does not name it.

    None too for what is no URL.
    """
    try:
        return unlisted(parse(url), allowed)
    except BadInput:
        return None


def unlisted(url: HttpUrl, allowed: Sequence[str]) -> str | None:
    """As `private_host`, of a URL that has been read."""
    if not url.is_ip_literal:
        name = url.host.removesuffix(".")
        local = name == "localhost" or name.endswith(".localhost")
        return url.host if local and f"{url.host}:{url.port}" not in allowed else None
    address = ip_address(url.host)
    if address.is_global and not address.is_multicast:
        return None
    shown = f"[{address}]" if address.version == 6 else str(address)
    if f"{shown}:{url.port}" in allowed:
        return None
    for one in allowed:
        try:
            if address in ip_network(one.strip("[]")):
                return None
        except ValueError:  # HOST:PORT
            continue
    return shown
