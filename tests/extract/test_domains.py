# SPDX-License-Identifier: Apache-2.0
"""Registrable domains by the public suffix list, and what follows for sites."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract.origin.domains import registrable
from archiver.extract.origin.hosts import label_of, names_host, same_site, site_of


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.harbourledger.example", "harbourledger.example"),
        ("news.harbourledger.co.uk", "harbourledger.co.uk"),
        ("a.b.harbour.com.br", "harbour.com.br"),
        ("ledger.github.io", "ledger.github.io"),
        ("www.ledger.blogspot.com", "ledger.blogspot.com"),
        ("www.city.kobe.jp", "city.kobe.jp"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("harbour..example", "harbour..example"),
    ],
)
def test_the_registrable_domain_of_a_host(host, domain):
    assert registrable(host) == domain


def test_sites_of_one_hosting_service_are_several():
    assert not same_site("https://ida.github.io/a", "https://ole.github.io/a")
    assert same_site("https://www.harbour.co.uk/a", "https://news.harbour.co.uk/b")
    assert site_of("https://web.archive.org/web/2019/https://news.harbour.co.uk/b") == "harbour.co.uk"


def test_the_label_of_a_hosted_site_is_its_own():
    assert label_of("https://tidewatch.github.io/fog") == "tidewatch"
    assert names_host("Tide Watch", "https://tidewatch.github.io/fog")


@given(st.text(max_size=80))
def test_no_host_breaks_it(host):
    assert isinstance(registrable(host), str)


def test_importing_the_extractor_does_not_load_the_list():
    told = "import sys, archiver.extract; print('publicsuffixlist' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
