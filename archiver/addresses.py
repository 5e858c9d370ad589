# SPDX-License-Identifier: Apache-2.0
"""Which addresses and ports a page may lead us to, and what an operator allows beyond them.

Guarantees: an address is public only when every place a packet sent to it may end at is globally routable. The tables
follow the IANA special-purpose address registries (RFC 6890), stricter where they leave a range open: anycast and
protocol ranges serve no pages. An IPv4 address inside an IPv6 one (mapped, RFC 4291 2.5.5.2; NAT64, RFC 6052 and
RFC 8215; 6to4, RFC 3056) is judged by itself as well. Python's own `is_global` is a second belt and never the only
one: its answers differ between releases.

Leaves to others: resolving names and connecting (`dialer`); bringing a host of a URL into its canonical form (`urls`).
Nothing here touches the network.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from archiver.errors import BadInput, Refused

Address = IPv4Address | IPv6Address

_RESERVED_V4 = tuple(
    (IPv4Network(network), word)
    for network, word in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        # A public number that every Azure machine finds its host's control service at.
        ("168.63.129.16/32", "cloud platform"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignment"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "future use"),
    )
)

_RESERVED_V6 = tuple(
    (IPv6Network(network), word)
    for network, word in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "protocol assignment"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
_COMPATIBLE = IPv6Network("::/96")
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_SIX_TO_FOUR = IPv6Network("2002::/16")

# fmt: off
BLOCKED_PORTS = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514,
    515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723,
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})
# fmt: on
"""The "bad ports" of the Fetch Standard, 2.9."""

_NAME = re.compile(r"[a-z0-9_!$&'()*+,;=~-]+(\.[a-z0-9_!$&'()*+,;=~-]+)*")
# The "ends in a number" check of the URL Standard, 3.5: resolvers and proxies read `127.1` and `0x7f01` as addresses.
_NUMBER_LAST = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


def read_address(text: str) -> Address | None:
    """The address written as `text`, without brackets, a zone id kept; None when it is none in canonical notation."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def read_name(text: str) -> str | None:
    """The ASCII host name in lower case and without its final dot; None when it is no name a page can have."""
    name = text.lower().removesuffix(".")
    # Not only for speed: the Kelvin sign is a `k` in lower case.
    if not text.isascii() or len(name) > 253 or not _NAME.fullmatch(name) or _NUMBER_LAST.fullmatch(name):
        return None
    return name


def endpoint(host: str, port: int) -> str:
    """`host:port` as written in URLs and settings: IPv6 addresses in brackets (RFC 3986 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_localhost(name: str) -> bool:
    """Whether a name means this machine whatever a resolver says (RFC 6761 6.3)."""
    return name == "localhost" or name.endswith(".localhost")


def unmapped(address: Address) -> Address:
    """The IPv4 address of an IPv4-mapped one, any other address as it is: both are one place on the wire."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None and address.scope_id is None:
        return address.ipv4_mapped
    return address


def readings(address: Address) -> tuple[Address, ...]:
    """Every address a packet to `address` may be delivered to: itself, and the IPv4 address a gateway reads in it."""
    address = unmapped(address)
    if isinstance(address, IPv6Address):
        if address in _NAT64 or address in _NAT64_LOCAL:
            return address, IPv4Address(int(address) & 0xFFFFFFFF)
        if address in _SIX_TO_FOUR:
            return address, IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return (address,)


def reserved(address: Address) -> str | None:
    """What an address that is not public is reserved for, in a word or two; None for a public one."""
    return next((word for reading in readings(address) if (word := _reserved_alone(reading)) is not None), None)


def _reserved_alone(address: Address) -> str | None:
    if isinstance(address, IPv4Address):
        word = next((word for network, word in _RESERVED_V4 if address in network), None)
        return word or (None if address.is_global else "not public")
    # A zone id names an interface of this machine; nothing that a page says may choose one.
    if address.scope_id is not None:
        return "scoped to an interface"
    word = next((word for network, word in _RESERVED_V6 if address in network), None)
    if word is not None or address in _NAT64 or address in _SIX_TO_FOUR:
        return word
    return None if address in _GLOBAL_UNICAST and address.is_global else "not public"


_ALLOW_ADVICE = (
    "Write HOST:PORT (127.0.0.1:8080, [::1]:8080, news.example:8080), an address (10.1.2.3) or a network (10.0.0.0/8)."
)


def split_endpoint(text: str) -> tuple[str, int]:
    """The host and port of `host:port` or `[v6]:port`, the host canonical. Raises `BadInput`."""
    host, colon, digits = text.strip().rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    address = read_address(host[1:-1] if bracketed else host)
    if address is not None and bracketed != isinstance(address, IPv6Address):
        raise BadInput(f"{text!r} is not HOST:PORT", "Put an IPv6 address, and nothing else, in brackets.")
    if not colon or not re.fullmatch(r"[0-9]{1,5}", digits) or not 0 < int(digits) < 65536:
        raise BadInput(f"{text!r} names no port", _ALLOW_ADVICE)
    name = None if bracketed else read_name(host)
    if (address is None and name is None) or "%" in host or "*" in host:
        raise BadInput(
            f"{text!r} names no host", f"{_ALLOW_ADVICE} Names are in their ASCII form (xn--), without wildcards."
        )
    return (name or "" if address is None else str(unmapped(address))), int(digits)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One thing an operator allows although it is not public: what `--allow-private` adds."""

    network: IPv4Network | IPv6Network | None
    """The addresses allowed, or None when a name is."""
    name: str | None = None
    """The name whose addresses are allowed, whatever they are."""
    port: int | None = None
    """The only port allowed, or None for any."""

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """Reads HOST:PORT, a lone address (any port) or a network (any port). Raises `BadInput`."""
        text = text.strip()
        if "/" in text:
            return cls(_network(text))
        alone = read_address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
        if alone is not None:
            if "%" in text:
                raise BadInput(f"{text!r} has a zone id", "Leave out what follows the percent sign.")
            # `::1:8080` is an IPv6 address too, but never the one that was meant.
            if not text.startswith("[") and alone in _COMPATIBLE and int(alone) > 1:
                raise BadInput(f"{text!r} is ambiguous", "Put the IPv6 address in brackets: [::1]:8080.")
            return cls(ip_network(unmapped(alone)))
        host, port = split_endpoint(text)
        address = read_address(host)
        return cls(None, host, port) if address is None else cls(ip_network(address), None, port)

    def names(self, host: str, port: int) -> bool:
        """Whether this is HOST:PORT for exactly this host, an address or name as canonical text, and port."""
        if self.port is None or self.port != port:
            return False
        return host == (self.name if self.network is None else str(self.network.network_address))

    def admits(self, name: str | None, address: Address, port: int) -> bool:
        """Whether `address`, reached by `name` or as a literal (None), is allowed at `port`."""
        if self.port not in (None, port):
            return False
        if self.network is None:
            return name is not None and name == self.name
        return address in self.network


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text)
    except ValueError as fault:
        raise BadInput(f"{text!r} is not a network", f"{_ALLOW_ADVICE} ({fault})") from fault
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        raise BadInput(f"{text!r} holds IPv4 addresses", "Write it as an IPv4 network.")
    return network


@dataclass(frozen=True, slots=True)
class Target:
    """A host and port that passed every check that needs no answer from a resolver."""

    name: str | None
    """The host's name, lower case, without its final dot; None for a literal address."""
    asked: str
    """What a resolver or proxy is asked for: the name with its final dot if it had one, or the address."""
    port: int
    """The port."""
    known: tuple[Address, ...]
    """The checked addresses of a literal or of localhost; empty when a resolver has to be asked."""

    @property
    def shown(self) -> str:
        """`host:port`, as `--allow-private` takes it."""
        return endpoint(self.name or self.asked, self.port)


class Guard:
    """The decision: which hosts, ports and addresses we connect to. Every refusal is a `Refused`."""

    def __init__(self, allowed: Sequence[Allowed], denied: Collection[str]) -> None:
        """`denied` are endpoints of our own, `host:port`. Raises `BadInput`."""
        self._allowed = tuple(allowed)
        self._denied = frozenset(split_endpoint(text) for text in denied)

    def target(self, host: str, port: int) -> Target:
        """Judges what a URL names, before anything is resolved."""
        literal = read_address(host)
        name = read_name(host) if literal is None else None
        if literal is not None:
            target = Target(None, str(unmapped(literal)), port, (literal,))
        elif name is not None and is_localhost(name):
            # This is nobody's answer, so what is not allowed of it is left out instead of refusing the whole.
            target = Target(name, name, port, tuple(a for a in _LOOPBACK if self._admits(name, a, port)) or _LOOPBACK)
        elif name is not None:
            target = Target(name, host.lower(), port, ())
        else:
            raise Refused("bad-url", "the URL names no host that can be connected to", "Check the URL.", host=host)
        if not 0 <= port < 65536:
            raise Refused("bad-url", f"there is no port {port}", "Check the URL.", host=host, port=port)
        if port in BLOCKED_PORTS and not any(allowed.names(name or target.asked, port) for allowed in self._allowed):
            what = f"port {port} belongs to another protocol than HTTP"
            advice = f"If a web server is meant, allow it with `--allow-private {target.shown}`."
            raise Refused("blocked-port", what, advice, host=host, port=port)
        if not target.known and (name, port) in self._denied:
            raise self._own(target)
        self.check(target, target.known)
        return target

    def check(self, target: Target, answer: Iterable[Address]) -> None:
        """Judges every address of an answer; one that is neither public nor allowed refuses them all."""
        for address in answer:
            for reading in readings(address):
                word = _reserved_alone(reading)
                if word is not None and not self._admits(target.name, reading, target.port):
                    # The address behind a name is not told: who may ask for a URL need not know our network.
                    what = "leads to a reserved address" if target.name else f"is a reserved address ({word})"
                    advice = f"If it is meant, allow it with `--allow-private {target.shown}`."
                    host = target.name or str(address)
                    raise Refused("address-refused", f"{host} {what}", advice, host=host, port=target.port)
        # Only now: what is private and not allowed is refused in the same words, ours or not.
        for reading in (reading for address in answer for reading in readings(address)):
            names = {str(reading), target.name, "localhost" if reading in _LOOPBACK else None}
            if any(own in names and port == target.port for own, port in self._denied):
                raise self._own(target)

    def check_ends(self, target: Target, chosen: Address, peer: tuple[str, int], own: str) -> None:
        """Judges a connection made to `chosen` by the addresses that the connected socket reports of its two ends."""
        if (read_address(peer[0]), peer[1]) != (chosen, target.port):
            what = f"the connection to {target.shown} leads to another address than the one checked"
            advice = "Look for a redirection of connections on this machine or network."
            raise Refused("address-refused", what, advice, host=target.name or target.asked, port=target.port)
        unspecified = (("0.0.0.0", target.port), ("::", target.port))
        if not self._denied.isdisjoint(unspecified) and (chosen.is_loopback or own == peer[0]):
            raise self._own(target)

    def _admits(self, name: str | None, address: Address, port: int) -> bool:
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            return False
        return any(allowed.admits(name, address, port) for allowed in self._allowed)

    def _own(self, target: Target) -> Refused:
        what = f"{target.shown} is an endpoint of this archive's own services"
        advice = "It is never captured; name another page."
        return Refused("address-refused", what, advice, host=target.name or target.asked, port=target.port)
