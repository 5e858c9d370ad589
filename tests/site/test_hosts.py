# SPDX-License-Identifier: Apache-2.0
"""The hosts of the site that are cases as a whole: many enough, plainly named, each at its own address, true to their words."""

import socket
from collections import Counter

from archiver.exchange import REASONS
from manifests.capture import Outcome
from tests.site.hosts import ALONE, HOSTS
from tests.site.secure import SecureSite
from tests.site.server import Site


def _ask(authority: str, target: str) -> bytes:
    address, _, port = authority.partition(":")
    with socket.create_connection((address, int(port)), timeout=4) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        return client.recv(1 << 16)


def test_each_family_is_large_enough() -> None:
    sizes = Counter(host.family for host in HOSTS.values())
    assert {name: sizes[name] >= least for name, least in (("url", 14), ("sitemap", 6), ("robots", 34))} == {
        "url": True,
        "sitemap": True,
        "robots": True,
    }
    assert len(SecureSite().becomes) == 8


def test_every_host_speaks_the_closed_words() -> None:
    outcomes = {str(word) for word in Outcome}
    for host in HOSTS.values():
        assert set(host.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert {outcome for outcome, _ in host.becomes.values()} <= outcomes
        assert {reason for _, reason in host.becomes.values()} | host.reasons <= REASONS.keys() | {None}
        assert host.captures[0] <= host.captures[1]
        assert host.found[0] <= host.found[1]


def test_every_host_has_an_address_of_its_own_and_serves_its_own_pages() -> None:
    hosts = [HOSTS["robots-disallow"], HOSTS["robots-404"], HOSTS["url-equivalents"], ALONE["cl-exact"]]
    with Site(hosts) as site:
        assert len({one.partition(":")[0] for one in site.authorities.values()}) == 4
        assert b"Disallow: /" in _ask(site.authorities["robots-disallow"], "/robots.txt")
        assert _ask(site.authorities["robots-404"], "/robots.txt").startswith(b"HTTP/1.1 404 ")
        assert b"/a/../same" in _ask(site.authorities["url-equivalents"], "/")
        assert b"Disallow: /hidden" in _ask(site.authorities["url-equivalents"], "/robots.txt")
        assert site.seeds("cl-exact") == [f"http://{site.authorities['cl-exact']}/cl-exact"]
        assert _ask(site.authorities["cl-exact"], "/cl-exact").startswith(b"HTTP/1.1 200 ")
        assert site.asked("url-equivalents") == {"/": 1, "/robots.txt": 1}
        assert site.targets() == []
