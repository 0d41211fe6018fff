"""What can be mended at the keyboard is one line on standard error, and exit status 2."""

import asyncio
import socket
from pathlib import Path

import pytest

from tests.services.postgres import PostgresServer
from tests.support.service import free_port
from tests.web.commands.conftest import Command

pytestmark = pytest.mark.services


async def test_a_busy_port_is_named(daigang: Command):
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    told = (await daigang("serve", PORT=str(port))).complaint
    assert told.startswith(f"port {port} is taken: expected 127.0.0.1:{port} to be free")
    assert told.endswith("or set DAIGANG_PORT")
    server.close()


async def test_a_busy_media_port_is_named(daigang: Command):
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        told = (await daigang("serve", MEDIA__PORT=str(port))).complaint
    assert told.startswith(f"media cannot use UDP 127.0.0.1:{port}: ")
    assert "expected a free port of this machine" in told
    assert "DAIGANG_MEDIA__PORT" in told


async def test_a_busy_tcp_port_for_media_is_named(daigang: Command):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = (await daigang("serve", MEDIA__TCP_PORT=str(port))).complaint
    assert told.startswith(f"media cannot use TCP 127.0.0.1:{port}: ")
    assert "DAIGANG_MEDIA__TCP_PORT" in told


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_an_address_of_another_machine_is_named(daigang: Command, host: str):
    port = str(await free_port())
    told = (await daigang("serve", PORT=port, HOST=host)).complaint
    assert told.startswith(f"cannot bind {host}:{port}: ")
    assert "expected an address of this machine" in told
    assert "set DAIGANG_HOST" in told
    told = (await daigang("serve", PORT=port, MEDIA__HOST=host)).complaint
    assert told.startswith(f"media cannot use UDP {host}:0: ")
    assert "DAIGANG_MEDIA__HOST" in told


@pytest.mark.parametrize("command", ["serve", "migrate", "demo"])
async def test_a_database_that_does_not_answer_is_named_without_its_password(
    daigang: Command, command: str
):
    url = f"postgresql+asyncpg://me:hush@127.0.0.1:{await free_port()}/daigang"
    told = (await daigang(command, DATABASE_URL=url)).complaint
    assert told.startswith(f"the database {url.replace('hush', '***')} cannot be used: ")
    assert told.endswith("start it or set DAIGANG_DATABASE_URL")


@pytest.mark.postgres
@pytest.mark.parametrize("wrong", ["/no_such_name?host=", "/postgres?hostt=x&host="])
async def test_a_wrong_name_or_word_in_the_address_of_a_database_is_told(
    daigang: Command, postgres_server: PostgresServer, wrong: str
):
    url = f"postgresql+asyncpg://postgres@{wrong}{postgres_server.folder}"
    told = (await daigang("migrate", DATABASE_URL=url)).complaint
    assert "no_such_name" in told or "hostt" in told


async def test_a_data_folder_that_cannot_be_made_is_named(daigang: Command, tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    for data in ("taken", "taken/below"):
        told = (await daigang("serve", DATA=str(tmp_path / data))).complaint
        assert told.startswith(f"the data folder {tmp_path / data} cannot be made: ")
        assert told.endswith("set DAIGANG_DATA to a folder that you may write")


async def test_a_data_folder_that_cannot_be_written_is_named(daigang: Command):
    told = (await daigang("serve", DATA="/proc/self")).complaint
    assert told.startswith("the secret key in /proc/self can be neither read nor made: ")


async def test_a_database_file_that_is_none_is_named(daigang: Command, tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "daigang.sqlite3").write_text("this is no database " * 100)
    told = (await daigang("migrate")).complaint
    assert "daigang.sqlite3 cannot be used: file is not a database" in told


async def test_a_broken_key_is_named(daigang: Command, tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_bytes(b"short")
    told = (await daigang("serve")).complaint
    assert "secret.key holds 5 bytes: expected 32; put the old file back" in told


@pytest.mark.parametrize(
    ("settings", "begins"),
    [
        ({"PORT": "x"}, "port: "),
        ({"PROT": "1"}, "DAIGANG_PROT: there is no such setting"),
        ({"CLOCK_OFFSET": "PT1H", "HOST": "0.0.0.0"}, "clock_offset: "),  # noqa: S104
    ],
)
async def test_a_bad_setting_is_named_whatever_the_command(
    daigang: Command, settings: dict[str, str], begins: str
):
    for command in ("serve", "config"):
        assert (await daigang(command, **settings)).complaint.startswith(begins)


async def test_a_word_that_the_command_does_not_know_ends_with_the_same_status(daigang: Command):
    said = await daigang("serve", "--prot", "1")
    assert said.status == 2
    assert "--prot" in said.err
    assert "Traceback" not in said.err
