"""docs/reference/room-socket.md names every message, field and refusal of the room socket."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from signaling.refusals import Refusal
from signaling.rooms import refusals
from signaling.rooms.messages import parts
from signaling.rooms.messages.client import ClientMessage
from signaling.rooms.messages.server import ServerMessage

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "room-socket.md"


def rows(heading: str) -> dict[str, str]:
    """The rows of the table under a heading, by the message type in their first cell."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| `([a-z-]+)` \|(.*)$", section, re.MULTILINE)
    return dict(found)


def wire_type(message: type[BaseModel]) -> str:
    default = message.model_fields["type"].default
    assert isinstance(default, str)
    return default


@pytest.mark.parametrize(
    ("heading", "union"), [("From the client", ClientMessage), ("From the server", ServerMessage)]
)
def test_the_page_names_exactly_the_messages_that_exist(heading: str, union: object):
    assert set(rows(heading)) == {wire_type(message) for message in get_args(union)}


@pytest.mark.parametrize("message", [*get_args(ClientMessage), *get_args(ServerMessage)])
def test_the_page_names_every_field_of_a_message(message: type[BaseModel]):
    described = (rows("From the client") | rows("From the server"))[wire_type(message)]
    for field in message.model_fields:
        if field != "type":
            assert f"`{field}`" in described, (message.__name__, field)


@pytest.mark.parametrize("part", [parts.Person, parts.ChatLine, parts.Timer, parts.PictureLimit])
def test_the_page_names_every_field_of_a_part(part: type[BaseModel]):
    section = PAGE.read_text(encoding="utf-8").split("## Parts\n")[1].split("\n## ")[0]
    for field in part.model_fields:
        assert f"`{field}`" in section, (part.__name__, field)


@pytest.mark.parametrize(
    "refusal",
    [r for r in vars(refusals).values() if isinstance(r, type) and issubclass(r, Refusal)][1:],
)
def test_the_page_names_every_refusal_of_a_room(refusal: type[Refusal]):
    assert f"`{refusal.code}`" in PAGE.read_text(encoding="utf-8")
