"""What a letter says before it is drawn: a heading, a sentence, facts, buttons, notes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Say = Callable[..., str]  # a msgid and its named parameters in, the recipient's language out


class Tone(StrEnum):
    """How the news feels; the drawing colours its narrow band by it."""

    CALM = "calm"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Fact:
    """One label with its lines; the first weighs most, and is struck out if it holds no more."""

    label: str
    lines: tuple[str, ...]
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """A link that looks like a button; the first of a letter is the main one."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Content:
    """One letter in the recipient's language."""

    subject: str
    heading: str
    lead: str
    footer: str
    tone: Tone = Tone.CALM
    facts: tuple[Fact, ...] = ()
    actions: tuple[Action, ...] = ()
    notes: tuple[str, ...] = ()
