# SPDX-License-Identifier: Apache-2.0
"""The rules of the guard, without a socket: what is public, what `--allow-private` adds, what is refused regardless."""

import contextlib
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.addresses import (
    BLOCKED_PORTS,
    Allowed,
    Guard,
    endpoint,
    read_address,
    read_name,
    readings,
    reserved,
    split_endpoint,
)
from archiver.errors import BadInput, Refused

RESERVED_V4 = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
RESERVED_V6 = [
    "::",
    "::1",
    "::8.8.8.8",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:db8::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1111%1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "9.255.255.255", "172.32.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111"]


def embedded(address: IPv4Address) -> list[IPv6Address]:
    """The forms in which an IPv6 address carries an IPv4 one to its destination."""
    return [
        IPv6Address(f"::ffff:{address}"),
        IPv6Address(f"64:ff9b::{address}"),
        IPv6Address(0x2002 << 112 | int(address) << 80 | 1),
    ]


def refusal(guard: Guard, host: str, port: int, answer: list[str] | None = None) -> Refused:
    def judged() -> None:
        guard.check(guard.target(host, port), [ip_address(text) for text in answer or []])

    with pytest.raises(Refused) as caught:
        judged()
    assert caught.value.advice
    return caught.value


@pytest.mark.parametrize("text", RESERVED_V4 + RESERVED_V6)
def test_ss03_ss04_an_address_of_every_reserved_class_is_refused(text: str) -> None:
    assert reserved(ip_address(text)) is not None
    assert refusal(Guard((), ()), text, 80).reason == "address-refused"


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_accepted(text: str) -> None:
    assert Guard((), ()).target(text, 80).known == (ip_address(text),)


@pytest.mark.parametrize("text", RESERVED_V4)
def test_ss03_mapped_nat64_and_6to4_forms_of_a_reserved_address_are_refused(text: str) -> None:
    for form in embedded(IPv4Address(text)):
        assert reserved(form) is not None
        assert refusal(Guard((), ()), str(form), 443).reason == "address-refused"


def test_embedded_forms_of_a_public_address_are_accepted() -> None:
    assert [reserved(form) for form in embedded(IPv4Address("8.8.8.8"))] == [None, None, None]


@given(st.ip_addresses(v=4))
@example(IPv4Address("9.255.255.255"))
@example(IPv4Address("192.88.99.0"))
def test_an_embedded_ipv4_address_is_judged_like_the_address_itself(address: IPv4Address) -> None:
    assert [reserved(form) is None for form in embedded(address)] == [reserved(address) is None] * 3


@settings(max_examples=300)
@given(st.ip_addresses())
def test_what_python_does_not_call_global_is_never_public(address: IPv4Address | IPv6Address) -> None:
    if len(readings(address)) == 1 and not readings(address)[0].is_global:
        assert reserved(address) is not None


@given(st.ip_addresses(v=6))
def test_only_global_unicast_and_nat64_are_public_in_ipv6(address: IPv6Address) -> None:
    if reserved(address) is None:
        assert int(address) >> 125 == 1 or str(address).startswith("64:ff9b::") or address.ipv4_mapped is not None


@pytest.mark.parametrize(
    "text",
    ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.01", "a.0x7f", "127.0.0.1.", "٣.0.0.1", "256.1.1.1"],
)
def test_an_address_in_another_notation_is_neither_an_address_nor_a_name(text: str) -> None:
    assert read_address(text) is None
    assert read_name(text) is None
    assert refusal(Guard((), ()), text, 80).reason == "bad-url"


@pytest.mark.parametrize(
    "text",
    ["", ".", "a..b", "a b", "a\r\nX: y", "a/b", "a@b", "a:b", "a%62", "[::1]", "\u212aelvin.test", "a" * 254],
)
def test_a_host_that_could_leave_its_place_in_a_request_is_no_name(text: str) -> None:
    assert read_name(text) is None
    assert refusal(Guard((), ()), text, 80).reason == "bad-url"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "x.localhost", "a.b.localhost."])
def test_localhost_is_refused_without_an_answer_from_anybody(host: str) -> None:
    fault = refusal(Guard((), ()), host, 8080)
    assert fault.reason == "address-refused"
    assert "127.0.0.1" not in str(fault)


def test_localhost_is_the_loopback_addresses_that_are_allowed() -> None:
    assert Guard([Allowed.parse("127.0.0.1:8080")], ()).target("localhost.", 8080).known == (IPv4Address("127.0.0.1"),)
    assert len(Guard([Allowed.parse("localhost:8080")], ()).target("localhost", 8080).known) == 2


def test_ss02_one_private_address_refuses_the_whole_answer() -> None:
    fault = refusal(Guard((), ()), "news.example", 80, ["8.8.8.8", "10.0.0.7"])
    assert fault.reason == "address-refused"


def test_a_refusal_of_a_name_tells_the_flag_and_no_address() -> None:
    fault = refusal(Guard((), ()), "news.example", 8080, ["10.0.0.7", "192.168.0.9"])
    assert fault.what == "news.example leads to a reserved address"
    assert "--allow-private news.example:8080" in fault.advice
    assert "10.0.0.7" not in f"{fault}{fault.fields}"


def test_a_refusal_of_a_literal_tells_what_it_is_reserved_for() -> None:
    fault = refusal(Guard((), ()), "::1", 8080)
    assert fault.what == "::1 is a reserved address (loopback)"
    assert "--allow-private [::1]:8080" in fault.advice


def test_an_allowed_name_may_be_private_at_its_port_only() -> None:
    guard = Guard([Allowed.parse("News.example.:8080")], ())
    guard.check(guard.target("news.example", 8080), [ip_address("10.0.0.7")])
    guard.check(guard.target("news.example.", 8080), [ip_address("10.0.0.7")])
    assert refusal(guard, "news.example", 80, ["10.0.0.7"]).reason == "address-refused"
    assert refusal(guard, "other.example", 8080, ["10.0.0.7"]).reason == "address-refused"
    assert refusal(guard, "10.0.0.7", 8080).reason == "address-refused"


def test_an_allowed_network_is_allowed_at_any_port_and_by_any_name() -> None:
    guard = Guard([Allowed.parse("10.0.0.0/8"), Allowed.parse("fd00::/8")], ())
    guard.check(guard.target("news.example", 80), [ip_address("10.0.0.7"), ip_address("fd00::1")])
    assert guard.target("::ffff:10.0.0.7", 8443).asked == "10.0.0.7"
    assert guard.target("64:ff9b::a00:1", 80).known
    assert refusal(guard, "11.0.0.1.example", 80, ["192.168.0.1"]).reason == "address-refused"


def test_a_lone_address_is_allowed_at_any_port() -> None:
    guard = Guard([Allowed.parse("10.1.2.3"), Allowed.parse("fd00::1"), Allowed.parse("[fd00::2]")], ())
    for host in ("10.1.2.3", "fd00::1", "fd00::2"):
        assert guard.target(host, 8123).known
    assert refusal(guard, "10.1.2.4", 8123).reason == "address-refused"


def test_an_allowed_address_with_port_is_allowed_at_that_port_only() -> None:
    guard = Guard([Allowed.parse("127.0.0.1:8080"), Allowed.parse("[::1]:8080")], ())
    assert guard.target("127.0.0.1", 8080).known
    assert guard.target("::1", 8080).known
    assert guard.target("::ffff:127.0.0.1", 8080).known
    assert refusal(guard, "127.0.0.1", 8081).reason == "address-refused"


def test_allowing_a_translated_network_does_not_allow_the_private_addresses_in_it() -> None:
    guard = Guard([Allowed.parse("64:ff9b:1::/48")], ())
    assert guard.target("64:ff9b:1::808:808", 80).known
    assert refusal(guard, "64:ff9b:1::a00:1", 80).reason == "address-refused"


def test_a_zone_id_is_refused_even_inside_an_allowed_network() -> None:
    assert refusal(Guard([Allowed.parse("fe80::/10")], ()), "fe80::1%lo", 80).reason == "address-refused"


@pytest.mark.parametrize("port", sorted(BLOCKED_PORTS))
def test_a_port_of_another_protocol_is_blocked_unless_named_for_that_host(port: int) -> None:
    fault = refusal(Guard([Allowed.parse("10.0.0.0/8")], ()), "10.0.0.1", port)
    assert fault.reason == "blocked-port"
    assert refusal(Guard((), ()), "news.example", port).reason == "blocked-port"
    if port:
        guard = Guard([Allowed.parse(f"news.example:{port}"), Allowed.parse(f"10.0.0.1:{port}")], ())
        assert guard.target("news.example", port).port == port
        assert guard.target("10.0.0.1", port).port == port
        assert refusal(guard, "other.example", port).reason == "blocked-port"


@pytest.mark.parametrize("port", [80, 443, 8000, 8080, 8443, 591, 65535])
def test_a_port_of_the_web_is_not_blocked(port: int) -> None:
    assert Guard((), ()).target("news.example", port).port == port


@pytest.mark.parametrize("port", [-1, 65536, 65616, 10**30])
def test_a_port_that_does_not_exist_is_a_bad_url(port: int) -> None:
    assert refusal(Guard((), ()), "news.example", port).reason == "bad-url"


def test_ss08_an_endpoint_of_our_own_is_refused_though_public_or_allowed() -> None:
    everything = [Allowed.parse("0.0.0.0/0"), Allowed.parse("::/0"), Allowed.parse("s3.internal:9000")]
    guard = Guard(everything, ["8.8.8.8:443", "s3.internal:9000", "[2606:4700::1111]:443", "localhost:8080"])
    for host, port, answer in [
        ("8.8.8.8", 443, []),
        ("::ffff:8.8.8.8", 443, []),
        ("64:ff9b::808:808", 443, []),
        ("2606:4700::1111", 443, []),
        ("news.example", 443, ["1.1.1.1", "8.8.8.8"]),
        ("S3.internal.", 9000, ["10.0.0.1"]),
        ("127.0.0.1", 8080, []),
        ("localhost", 8080, []),
    ]:
        fault = refusal(guard, host, port, answer)
        assert fault.reason == "address-refused"
        assert "own services" in fault.what
    assert guard.target("8.8.8.8", 80).known


def test_ss09_a_private_endpoint_of_our_own_is_refused_in_the_words_of_any_private_address() -> None:
    ours = refusal(Guard((), ["10.0.0.1:9000"]), "10.0.0.1", 9000)
    other = refusal(Guard((), ()), "10.0.0.1", 9000)
    assert str(ours) == str(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "news.example",
        "news.example:",
        "news.example:0",
        "news.example:65536",
        "news.example:٨٠",
        "news.example:+80",
        "*.example:80",
        "bücher.example:80",
        "127.1:80",
        "http://news.example:80",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/8:80",
        "::1:8080",
        "[::1",
        "[127.0.0.1]:80",
        "[news.example]:80",
        "fe80::1%eth0",
        "[fe80::1%eth0]:80",
        "::ffff:10.0.0.0/104",
        "a@b:80",
    ],
)
def test_what_cannot_be_allowed_is_bad_input_with_advice(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Allowed.parse(text)
    assert caught.value.advice


@given(st.text(max_size=30))
def test_any_text_is_allowed_or_bad_input(text: str) -> None:
    with contextlib.suppress(BadInput):
        assert isinstance(Allowed.parse(text), Allowed)


@given(st.ip_addresses(), st.integers(1, 65535))
def test_an_endpoint_is_read_as_it_is_written(address: IPv4Address | IPv6Address, port: int) -> None:
    host, read = split_endpoint(endpoint(str(address), port))
    assert (ip_address(host), read) == (readings(address)[0], port)


def test_a_peer_that_is_not_the_checked_address_is_refused() -> None:
    guard = Guard((), ())
    target = guard.target("8.8.8.8", 443)
    guard.check_ends(target, ip_address("8.8.8.8"), ("8.8.8.8", 443), "8.8.4.4")
    for peer in [("127.0.0.1", 443), ("8.8.8.8", 444), ("::1", 443), ("8.8.4.4", 443)]:
        with pytest.raises(Refused, match="another address than the one checked"):
            guard.check_ends(target, ip_address("8.8.8.8"), peer, "8.8.4.4")


@pytest.mark.parametrize("denied", ["0.0.0.0:443", "[::]:443"])
def test_a_service_on_every_address_of_this_machine_is_refused_by_the_connection_itself(denied: str) -> None:
    guard = Guard((), [denied])
    target = guard.target("8.8.8.8", 443)
    with pytest.raises(Refused, match="own services"):
        guard.check_ends(target, ip_address("8.8.8.8"), ("8.8.8.8", 443), "8.8.8.8")
    guard.check_ends(target, ip_address("8.8.8.8"), ("8.8.8.8", 443), "8.8.4.4")


def test_every_loopback_address_is_this_machine() -> None:
    guard = Guard([Allowed.parse("127.0.0.0/8")], ["0.0.0.0:443"])
    with pytest.raises(Refused, match="own services"):
        guard.check_ends(guard.target("127.0.0.5", 443), ip_address("127.0.0.5"), ("127.0.0.5", 443), "127.0.0.1")
