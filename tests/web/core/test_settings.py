from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from web.cli import Trouble, read_settings
from web.commands.config import rows
from web.settings import FILE, Settings, origins, unknown_variables


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the command, without a file of settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def trouble(**changes: object) -> str:
    with pytest.raises(Trouble) as caught:
        read_settings(**changes)
    return str(caught.value)


def test_without_anything_set_the_service_is_for_this_machine_alone():
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.is_local
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.database == "sqlite+aiosqlite:///data/daigang.sqlite3"


def test_an_option_beats_a_variable_that_beats_the_file_that_beats_the_default(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    (empty_folder / FILE).write_text('port = 1\nhost = "::1"\nlog_level = "error"\n')
    monkeypatch.setenv("DAIGANG_PORT", "2")
    monkeypatch.setenv("DAIGANG_HOST", "127.0.0.2")
    settings = read_settings(port=3)
    assert (settings.port, settings.host, settings.log_level) == (3, "127.0.0.2", "error")
    assert (settings.log_format, settings.drain_timeout) == ("console", timedelta(seconds=10))


def test_each_setting_tells_where_it_came_from(empty_folder: Path, monkeypatch: pytest.MonkeyPatch):
    (empty_folder / FILE).write_text('log_level = "error"\n[mail]\nhost = "mx"\n')
    monkeypatch.setenv("DAIGANG_DATA", "elsewhere")
    monkeypatch.setenv("DAIGANG_MAIL__PORT", "25")
    found = origins(read_settings(port=3))
    told = ("port", "data", "log_level", "mail.host", "mail.port", "mail.user", "host")
    assert [found[name] for name in told] == [
        "argument", "environment", FILE, FILE, "environment", "default", "default",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("media", "first"),
    [
        ({}, 0),
        ({"port": 40000}, 40000),
        ({"port": 40000, "tcp_port": 8443}, 8443),
        ({"port": 40000, "tcp": "off"}, None),
    ],
)
def test_media_by_tcp_follows_the_udp_port_unless_told_otherwise(
    media: dict[str, object], first: int | None
):
    assert read_settings(media=media).media.first_tcp_port == first


def test_turn_servers_come_with_their_secret_and_hide_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAIGANG_TURN_URL", "turn:relay.example:3478?transport=udp, stun:[::1]")
    monkeypatch.setenv("DAIGANG_TURN_SECRET", "hush")
    settings = read_settings()
    assert settings.turn_url == ("turn:relay.example:3478?transport=udp", "stun:[::1]")
    assert settings.turn_lifetime == timedelta(hours=8)
    assert "hush" not in str(list(rows(settings)))


@pytest.mark.parametrize(
    "url",
    ["relay.example", "turn:", "turn://relay.example", "https://relay.example",
     "turn:a?transport=x", 'turn:a>; rel="x"', "stun:a?transport=udp"],
)  # fmt: skip
def test_what_is_no_turn_server_is_refused(url: str):
    assert f"no STUN or TURN server: {url}; expected turn:host" in trouble(turn_url=[url])


def test_a_turn_server_needs_a_secret_and_a_secret_a_turn_server():
    told = "turn_secret: needed with a turn: or turns: URL"
    assert told in trouble(turn_url=["turns:relay.example"])
    assert told in trouble(turn_url=["stun:relay.example"], turn_secret="hush")
    assert read_settings(turn_url=["stun:relay.example"]).turn_url == ("stun:relay.example",)


def test_media_does_not_take_the_port_of_the_pages():
    told = trouble(port=8081, media={"tcp_port": 8080, "workers": 2})
    assert "media.tcp_port: 8081 is the port of the web process" in told


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAIGANG_PORT", "")
    assert read_settings().port == 8080


@pytest.mark.parametrize("text", ["10.0.0.0/8, ::1", '["10.0.0.0/8", "::1"]'])
def test_a_list_is_words_between_commas_or_json(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("DAIGANG_TRUSTED_PROXIES", text)
    monkeypatch.setenv("DAIGANG_MEDIA__ADVERTISE", "192.0.2.1,192.0.2.2")
    settings = read_settings()
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert settings.media.advertise == ("192.0.2.1", "192.0.2.2")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PORT", "99999", "port: Input should be less than or equal to 65535 (got '99999')"),
        ("PORT", "x", "port: Input should be a valid integer"),
        (
            "MEDIA__ADVERTISE",
            "here",
            "media.advertise: here is no IP address, alone or with a port",
        ),
        ("MEDIA__ADVERTISE", "192.0.2.1:0", "media.advertise: 192.0.2.1:0: a port is a number"),
        ("LOG_LEVEL", "loud", "log_level: Input should be 'debug', 'info'"),
        ("DATABASE_URL", "mysql://h/d", "database_url: expected postgresql+asyncpg://"),
        ("DATABASE_URL", "no url", "database_url: expected postgresql+asyncpg://"),
        ("PUBLIC_URL", "ftp://h", "public_url: URL scheme should be 'http' or 'https'"),
        ("PUBLIC_URL", "https://h/path", "public_url: expected an address without a path"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "trusted_proxies: "),
        ("TRUSTED_PROXIES", "[10", "trusted_proxies: no list"),
        ("DRAIN_TIMEOUT", "PT0S", "drain_timeout: Input should be greater than 0"),
        ("MAIL__PORT", "-1", "mail.port: Input should be greater than or equal to 0"),
        ("MAIL__FROM_ADDRESS", "nobody", "mail.from_address: String should match"),
        ("MEDIA__WORKERS", "0", "media.workers: Input should be greater than or equal to 1"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected_and_how_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
):
    monkeypatch.setenv(f"DAIGANG_{variable}", value)
    told = trouble()
    assert told.startswith(says)
    assert told.endswith(f"set DAIGANG_{variable} or change {FILE}")


def test_the_password_of_a_bad_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAIGANG_DATABASE_URL", "postgres://me:hush@host/name")
    assert "postgres://me:***@host/name" in trouble()


@pytest.mark.parametrize("name", ["DAIGANG_PRT", "DAIGANG_MAIL__HOTS", "DAIGANG_PORT__X"])
def test_a_variable_that_no_setting_reads_is_refused(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(name, "1")
    assert unknown_variables() == [name]
    assert trouble().startswith(f"{name}: there is no such setting")


def test_a_line_that_no_setting_reads_is_refused(empty_folder: Path):
    (empty_folder / FILE).write_text("[mail]\nhots = 'mx'\n")
    assert "an unknown setting: mail.hots" in trouble()


def test_a_file_that_is_not_toml_is_refused_with_the_place(empty_folder: Path):
    (empty_folder / FILE).write_text("port = = 1\n")
    told = trouble()
    assert "line 1" in told
    assert FILE in told


def test_a_group_that_is_not_json_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAIGANG_MEDIA", "x")
    assert "media" in trouble()


def test_the_clock_moves_on_loopback_only(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAIGANG_CLOCK_OFFSET", "-PT1H")
    assert read_settings().clock_offset == timedelta(hours=-1)
    assert "clock_offset: only allowed while bound to loopback" in trouble(host="0.0.0.0")  # noqa: S104
    monkeypatch.setenv("DAIGANG_PUBLIC_URL", "https://example.com")
    assert "clock_offset" in trouble()


@pytest.mark.parametrize(
    ("more", "local"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "192.0.2.1"}, False),
        ({"host": "example.com"}, False),
        ({"public_url": "https://example.com"}, False),
        ({"trusted_proxies": ["127.0.0.1"]}, False),
    ],
)
def test_a_house_is_local_while_nobody_else_can_come_in(more: dict[str, object], *, local: bool):
    assert Settings.model_validate(more).is_local is local


@pytest.mark.parametrize(
    ("more", "base"),
    [
        ({"host": "::1"}, "http://[::1]:8080"),
        ({"public_url": "https://example.com"}, "https://example.com"),
        ({"public_url": "https://example.com:443/"}, "https://example.com"),
        ({"public_url": "http://example.com:81"}, "http://example.com:81"),
    ],
)
def test_links_start_with_the_address_that_people_use(more: dict[str, object], base: str):
    assert Settings.model_validate(more).base_url == base


def test_the_table_masks_every_secret():
    url = "postgresql+asyncpg://me:hush@host/name"
    mail = {"password": "hush", "host": "mx"}
    settings = Settings.model_validate({"database_url": url, "mail": mail, "port": 1})
    table = {name: value for name, value, _origin, _meaning in rows(settings)}
    assert table["mail.password"] == "********"
    assert table["database_url"] == "postgresql+asyncpg://me:***@host/name"
    assert not any("hush" in value for value in table.values())
    assert table["public_url"] == ""
    assert all(meaning for *_, meaning in rows(settings))


def test_settings_do_not_change_while_the_service_runs():
    with pytest.raises(ValidationError):
        Settings().port = 1
