"""WHIP and WHEP on the whole site: their own shape of error, and clients told apart."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from signaling.endpoints.throttle import DEFAULT_RATE
from tests.support.site import Site, running_site


@pytest.mark.parametrize("path", ["/whip/room", "/whep/room", "/whip/room/x", "/whep/room/x"])
async def test_a_verb_that_a_media_resource_does_not_take_is_a_problem(site: Site, path: str):
    answer = await site.browser().ask("PUT", path)
    assert answer.status == 405
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "OPTIONS" in answer.headers["Allow"]
    assert '"code": "method-unknown"' in answer.text


@pytest.mark.parametrize("path", ["/whip", "/whep/", "/whip/room/session/more"])
async def test_an_address_beside_the_media_resources_is_a_problem_too(site: Site, path: str):
    answer = await site.browser().get(path)
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_page_whose_address_only_begins_alike_is_a_page(site: Site):
    answer = await site.browser().get("/whipped")
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


async def test_two_clients_behind_a_trusted_proxy_do_not_use_up_each_other(
    sqlite_url: str, tmp_path: Path
):
    proxies = (ip_network("127.0.0.0/8"),)
    async with running_site(sqlite_url, tmp_path, trusted_proxies=proxies) as site:
        busy = site.browser(X_Forwarded_For="198.51.100.7")
        for _ in range(DEFAULT_RATE.burst):
            assert (await busy.ask("DELETE", "/whip/room/x")).status == 401
        assert (await busy.ask("DELETE", "/whip/room/x")).status == 429
        other = site.browser(X_Forwarded_For="198.51.100.8")
        assert (await other.ask("DELETE", "/whip/room/x")).status == 401
