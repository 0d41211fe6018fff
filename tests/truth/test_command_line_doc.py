"""docs/reference/command-line.md names every command and every option."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from web.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"


def commands(group: TyperGroup, prefix: str = "") -> dict[str, Sequence[Any]]:
    """The parameters of every command, by the words that call it."""
    found: dict[str, Sequence[Any]] = {}
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            found |= commands(command, f"{prefix}{name} ")
        else:
            found[f"{prefix}{name}"] = command.params
    return found


def everything() -> dict[str, Sequence[Any]]:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return commands(group)


def sections() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8")
    parts = text.split("\n## `daigang ")[1:]
    return {head: body for head, _, body in (part.partition("`\n") for part in parts)}


def test_the_page_has_a_section_for_each_command_and_for_no_other():
    assert set(sections()) == set(everything())


@pytest.mark.parametrize("name", sorted(everything()))
def test_a_section_names_every_option_of_its_command(name: str):
    for parameter in everything()[name]:
        is_option = isinstance(parameter, TyperOption)
        shown = parameter.opts[0] if is_option else parameter.name
        assert f"`{shown}`" in sections()[name], (name, shown)
