"""docs/reference/command-line.md names every command and every option."""

from pathlib import Path

import click
import pytest
from typer.main import get_command

from web.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"


def commands(group: click.Group, prefix: str = "") -> dict[str, click.Command]:
    """Every command by the words that call it, without the program's name."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, f"{prefix}{name} ")
        else:
            found[f"{prefix}{name}"] = command
    return found


def everything() -> dict[str, click.Command]:
    group = get_command(app)
    assert isinstance(group, click.Group)
    return commands(group)


def sections() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8")
    parts = text.split("\n## `daigang ")[1:]
    return {head: body for head, _, body in (part.partition("`\n") for part in parts)}


def test_the_page_has_a_section_for_each_command_and_for_no_other():
    assert set(sections()) == set(everything())


@pytest.mark.parametrize("name", sorted(everything()))
def test_a_section_names_every_option_of_its_command(name: str):
    for parameter in everything()[name].params:
        shown = (
            parameter.opts[0]
            if isinstance(parameter, click.Option)
            else parameter.human_readable_name
        )
        assert f"`{shown}" in sections()[name], (name, shown)
