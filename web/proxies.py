"""Whose request this is: the client's address behind proxies that the settings name."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from web.keys import SETTINGS

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
UNKNOWN = IPv4Address("0.0.0.0")  # noqa: S104  nobody's address, not one to bind
HOUSEHOLD = 64  # bits: one customer gets a whole /64 (RFC 6177 §2) and may use any address in it


def client_address(request: web.Request) -> Address:
    """The nearest address that is not one of our proxies.

    X-Forwarded-For is read from the right, and only as far as the hop that wrote it is trusted:
    what stands left of the first stranger was written by the stranger.
    """
    named = request.headers.getall("X-Forwarded-For", [])
    hops = [hop for line in named for hop in line.split(",")]
    return nearest_stranger(request.remote, hops, request.app[SETTINGS].trusted_proxies)


def nearest_stranger(peer: str | None, hops: Sequence[str], trusted: Sequence[Network]) -> Address:
    """The peer, or the last hop before it that no trusted network holds."""
    address = _parsed(peer or "") or UNKNOWN
    for hop in reversed(hops):
        if not any(address in network for network in trusted):
            return address
        further = _parsed(hop)
        if further is None:
            return address
        address = further
    return address


def household(address: Address) -> str:
    """What is throttled together: one IPv4 address, or one IPv6 /64."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, HOUSEHOLD), strict=False))


def _parsed(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # IPv4 with a port
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
