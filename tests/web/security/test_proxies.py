from ipaddress import ip_address, ip_network

import pytest

from web.proxies import household, nearest_stranger

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "hops", "client"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.9", " 198.51.100.1 "], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3", "10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1:5060"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1", "unknown", "10.0.0.2"], "10.0.0.2"),
        (None, [], "0.0.0.0"),  # noqa: S104
    ],
)
def test_the_client_is_the_first_address_that_no_trusted_network_holds(
    peer: str | None, hops: list[str], client: str
):
    assert nearest_stranger(peer, hops, TRUSTED) == ip_address(client)


def test_a_household_is_one_ipv4_address_or_one_ipv6_network():
    assert household(ip_address("203.0.113.7")) == "203.0.113.7"
    assert household(ip_address("2001:db8:1:2:3::4")) == "2001:db8:1:2::/64"
