"""`migrate`, `demo`, `user create`, `config`: what they do, and what they refuse."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from interviews.database import Database
from interviews.employers.models import Firm, Recruiter
from interviews.identity.models import Account, Role
from interviews.identity.passwords import Passwords
from interviews.people.models import Person
from tests.web.commands.conftest import Command
from web.commands.config import rows
from web.settings import Settings

pytestmark = pytest.mark.services
PASSWORD = "four unrelated plain words"
SIGN_IN = re.compile(r"^  (\w+) +(\S+@\S+) +(\S+)$", re.MULTILINE)


def opened(tmp_path: Path) -> Database:
    return Database.open(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'daigang.sqlite3'}")


async def account(database: Database, email: str) -> Account:
    async with database.reading() as session:
        wanted = select(Account).join(Person, col(Person.id) == col(Account.person_id))
        return (await session.scalars(wanted.where(col(Person.email) == email))).one()


async def test_migrating_twice_changes_nothing(daigang: Command, tmp_path: Path):
    for _ in range(2):
        said = await daigang("migrate")
        assert (said.status, said.out) == (0, "the database is up to date\n")
    database = opened(tmp_path)
    async with database.reading() as session:
        assert len((await session.execute(text("SELECT * FROM alembic_version"))).all()) == 1
    await database.close()


async def test_the_first_administrator_may_sign_in_at_once(daigang: Command, tmp_path: Path):
    said = await daigang("user", "create", "Root@Example.com", typed=f"{PASSWORD}\n")
    assert (said.status, said.out) == (0, "created administrator Root@Example.com\n")
    database = opened(tmp_path)
    kept = await account(database, "root@example.com")
    assert (kept.role, kept.disabled_at) == (Role.ADMINISTRATOR, None)
    assert kept.email_verified_at is not None
    assert (await Passwords().check(kept.password_hash, PASSWORD)).right
    await database.close()
    again = await daigang("user", "create", "root@example.com", typed=f"{PASSWORD}\n")
    assert "account" in again.complaint


@pytest.mark.parametrize(
    ("words", "typed", "says"),
    [
        (("a@example.com",), "short", "at least"),
        (("a@example.com",), "", "at least"),
        (("no-address",), PASSWORD, "address"),
        (("a@example.com", "--role", "king"), PASSWORD, "no such role: king; expected one of"),
        (("a@example.com", "--role", "recruiter"), PASSWORD, "use --firm with its USCC"),
        (("a@example.com", "--firm", "91330108MAFAKE019U"), PASSWORD, "nobody else, acts for"),
        (
            ("a@example.com", "--role", "recruiter", "--firm", "91330100799655058B"),
            PASSWORD,
            "no firm has the code 91330100799655058B; register it at /org/firms first",
        ),
    ],
)
async def test_an_account_that_will_not_do_is_refused_with_the_reason(
    daigang: Command, words: tuple[str, ...], typed: str, says: str
):
    assert says in (await daigang("user", "create", *words, typed=f"{typed}\n")).complaint


async def test_a_demo_on_a_playground_has_known_passwords_and_is_loaded_once(
    daigang: Command, tmp_path: Path
):
    said = await daigang("demo")
    assert said.status == 0
    shown = SIGN_IN.findall(said.out)
    assert [role for role, *_ in shown] == [str(role) for role in Role]
    assert {password for *_, password in shown} == {"daigang-demo"}
    assert "already holds people" in (await daigang("demo")).complaint
    database = opened(tmp_path)
    async with database.reading() as session:
        uscc = await session.scalar(select(col(Firm.uscc)).limit(1))
    words = ("new@example.com", "--role", "recruiter", "--firm", str(uscc).lower())
    assert (await daigang("user", "create", *words, typed=PASSWORD)).status == 0
    kept = await account(database, "new@example.com")
    async with database.reading() as session:
        assert await session.get(Recruiter, kept.person_id) is not None
    await database.close()


@pytest.mark.parametrize(
    "settings", [{"HOST": "0.0.0.0"}, {"PUBLIC_URL": "https://example.com"}]  # noqa: S104
)  # fmt: skip
async def test_a_demo_anywhere_else_has_a_random_password_for_each_role(
    daigang: Command, tmp_path: Path, settings: dict[str, str]
):
    shown = SIGN_IN.findall((await daigang("demo", **settings)).out)
    passwords = {password for *_, password in shown}
    assert len(passwords) == len(Role)
    assert min(map(len, passwords)) >= 16
    database = opened(tmp_path)
    _role, email, password = shown[0]
    kept = await account(database, email)
    assert (await Passwords().check(kept.password_hash, password)).right
    await database.close()


async def test_every_setting_is_listed_with_its_value_and_where_it_came_from(
    daigang: Command, tmp_path: Path
):
    (tmp_path / "daigang.toml").write_text('[mail]\nhost = "mx"\npassword = "hush"\n')
    said = await daigang("config", PORT="81")
    cells = [[cell.strip() for cell in line.split("│")[1:4]] for line in said.out.splitlines()]
    assert ["port", "81", "environment"] in cells
    assert ["mail.host", "mx", "daigang.toml"] in cells
    assert ["host", "127.0.0.1", "default"] in cells
    assert ["drain_timeout", "PT10S", "default"] in cells
    assert {name for name, *_ in rows(Settings())} <= {cell[0] for cell in cells if cell}


async def test_a_value_longer_than_its_column_is_folded_and_never_cut(daigang: Command):
    folder = "/" + "a-folder-with-a-long-name/" * 4 + "end"
    said = await daigang("config", DATA=folder)
    cells = [line.split("│")[1:4] for line in said.out.splitlines() if "│" in line]
    value, taken = "", False
    for name, part, _ in cells:
        taken = name.strip() == "data" or (taken and not name.strip())
        value += part.strip() if taken else ""
    assert value == folder
    assert "…" not in "".join(name + part for name, part, _ in cells)
    assert "hush" not in said.out


async def test_help_names_every_command(daigang: Command):
    said = await daigang("--help")
    for name in ("serve", "migrate", "demo", "user", "config"):
        assert name in said.out
