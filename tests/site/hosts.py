# SPDX-License-Identifier: Apache-2.0
"""Every host of the site that is a case as a whole, by name; and each case of one response with a host to itself."""

from tests.site.cases import CASES
from tests.site.host import Host
from tests.site.hosts_robots import ROBOTS
from tests.site.hosts_sitemaps import SITEMAPS
from tests.site.hosts_urls import URLS

__all__ = ["ALONE", "HOSTS", "Host"]

HOSTS: dict[str, Host] = {host.name: host for host in (*URLS, *SITEMAPS, *ROBOTS)}

ALONE: dict[str, Host] = {
    case.name: Host(name=case.name, family=case.family, seeds=(f"/{case.name}",)) for case in CASES.values()
}
"""So that what one of them does to its host is not felt by the others."""

if len(HOSTS) != len(URLS) + len(SITEMAPS) + len(ROBOTS) or HOSTS.keys() & ALONE.keys():
    raise ValueError("two hosts have one name")
