"""The command line: `daigang serve | migrate | demo | user create | config`."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from itertools import takewhile
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from web.settings import FILE, Settings, unknown_variables, without_password

app = typer.Typer(
    help="Daigang 带岗: interviews and live job streams for campus recruitment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
user = typer.Typer(help="Accounts.", no_args_is_help=True)
app.add_typer(user, name="user")
ERRORS = Console(stderr=True, soft_wrap=True)
USAGE = 2  # exit status of everything that the person at the keyboard can mend
Result = TypeVar("Result")


class Trouble(Exception):  # noqa: N818  an answer to the person at the keyboard
    """One line: what is wrong, what was expected, how to mend it."""


def read_settings(**changes: object) -> Settings:
    """The settings, or Trouble that names the first bad one."""
    if unknown := unknown_variables():
        told = f"{unknown[0]}: there is no such setting"
        raise Trouble(f"{told}; `env -u {unknown[0]} daigang config` lists all that exist")
    try:
        return Settings.model_validate(
            {key: value for key, value in changes.items() if value is not None}
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in takewhile(_is_setting, first["loc"])]
        name = ".".join(place)
        if first["type"] == "extra_forbidden":
            message = f"{FILE} or the environment names an unknown setting: {name}"
            raise Trouble(f"{message}; take it out, then `daigang config` lists all") from error
        variable = "DAIGANG_" + "__".join(place).upper()
        reason = first["msg"].removeprefix("Value error, ")
        if not name:
            raise Trouble(f"{reason}; change {FILE} or the DAIGANG_ variable") from error
        told = f"{name}: {reason} (got {without_password(repr(first.get('input')))})"
        raise Trouble(f"{told}; set {variable} or change {FILE}") from error
    except (ValueError, OSError) as error:  # a file that is not TOML, or not to be read
        raise Trouble(f"{FILE} cannot be read: {error}; mend that line") from error


def _is_setting(part: str | int) -> bool:
    """Whether a step of pydantic's path names a setting, not a list's place or a union's branch."""
    return isinstance(part, str) and part.isidentifier()


def run(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a command's coroutine; a Trouble among the exceptions of its tasks comes out alone."""
    try:
        return asyncio.run(work())
    except BaseExceptionGroup as several:
        if (trouble := first_trouble(several)) is None:
            raise
        raise trouble from None


def first_trouble(several: BaseExceptionGroup[BaseException]) -> Trouble | None:
    """The first Trouble in a tree of exceptions."""
    for one in several.exceptions:
        found = first_trouble(one) if isinstance(one, BaseExceptionGroup) else one
        if isinstance(found, Trouble):
            return found
    return None


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port to bind.")] = None,
    media_workers: Annotated[
        int | None, typer.Option(help="Number of media worker processes.")
    ] = None,
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="Load the demo campaign even on a public server.")
    ] = False,
) -> None:
    """Run the web process, the mail drain and the media workers."""
    from web.commands.serve import serve as work  # noqa: PLC0415  keeps `config` and `--help` fast

    media = None if media_workers is None else {"workers": media_workers}
    settings = read_settings(host=host, port=port, media=media)
    run(lambda: work(settings, demo=demo))


@app.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    from web.commands.data import migrate as work  # noqa: PLC0415  as above

    run(lambda: work(read_settings()))
    Console().print("the database is up to date")


@app.command()
def demo() -> None:
    """Load the demo campaign into an empty database and print its sign-ins."""
    from web.commands.data import demo as work  # noqa: PLC0415  as above

    run(lambda: work(read_settings()))


@user.command("create")
def user_create(
    email: Annotated[str, typer.Argument(help="E-mail address of the account.")],
    role: Annotated[
        str, typer.Option(help="graduate, recruiter, organiser or administrator.")
    ] = "administrator",
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    firm: Annotated[str, typer.Option(help="USCC of the firm, for a recruiter.")] = "",
) -> None:
    """Create an account; the password is asked for, or read from standard input."""
    from web.commands.people import create as work  # noqa: PLC0415  as above

    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    run(
        lambda: work(
            read_settings(), email=email, role=role, name=name, uscc=firm, password=password
        )
    )
    Console().print(f"created {role} {escape(email)}")


@app.command()
def config() -> None:
    """List every setting, its value and where it came from."""
    from web.commands.config import table  # noqa: PLC0415  as above

    Console(soft_wrap=True).print(table(read_settings()))


def main() -> None:
    """The entrance of the `daigang` script."""
    try:
        app(standalone_mode=True)
    except Trouble as trouble:
        told = " ".join(str(trouble).split())  # one line, whatever a driver wrote into it
        ERRORS.print(f"[bold red]daigang:[/] {escape(told)}", highlight=False, emoji=False)
        sys.exit(USAGE)
