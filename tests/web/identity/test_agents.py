import pytest

from web.agents import described

ANDROID = "Mozilla/5.0 (Linux; Android 14; 23049RAD8C) AppleWebKit/537.36 (KHTML, like Gecko) "
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (ANDROID + "Chrome/131.0 Mobile Safari/537.36", ("Chrome", "Android")),
        (ANDROID + "Chrome/116.0 Mobile MicroMessenger/8.0.50", ("WeChat", "Android")),
        (MAC + "Version/17.6 Safari/605.1.15", ("Safari", "Mac")),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131 Edg/131", ("Edge", "Windows")),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", ("Firefox", "Linux")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) CriOS/131", ("Chrome", "iPhone")),
        ("curl/8.5", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_browser_is_described_as_its_owner_knows_it(agent: str, words: tuple[str, str]):
    assert described(agent) == words
