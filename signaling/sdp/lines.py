"""SDP text as lines: the part of the grammar that knows no attribute."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from signaling.sdp.errors import MalformedSdpError

MAX_LINES = 8_000  # a viewer's offer for 17 sections has about 1,400
MAX_LINE = 4_096  # characters
MAX_DIGITS = 20  # of a 64-bit number
_IS_LINE = re.compile(r"[a-z]=[^\0\r]*").fullmatch


class Line(NamedTuple):
    """One `type=value` line with its number."""

    number: int
    type: str
    value: str

    def fail(self, rule: str) -> MalformedSdpError:
        """The error that this line breaks this rule."""
        return MalformedSdpError(self.number, rule)

    def integer(self, text: str, what: str, *, low: int, high: int) -> int:
        """A plain decimal number within bounds."""
        if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
            raise self.fail(f"{what} is a decimal number")
        number = int(text)
        if not low <= number <= high:
            raise self.fail(f"{what} lies between {low} and {high}")
        return number

    def words(self, text: str, what: str, *, low: int, high: int | None = None) -> list[str]:
        """The text split at blanks into at least `low` and at most `high` words."""
        words = text.split()
        if len(words) < low:
            raise self.fail(f"{what} has at least {low} fields")
        if high is not None and len(words) > high:
            raise self.fail(f"{what} has at most {high} fields")
        return words


class Attribute(NamedTuple):
    """An `a=` line: name, and the text behind the colon (None without a colon)."""

    line: Line
    name: str
    text: str | None

    def value(self) -> str:
        """The text, which must be there."""
        if not self.text or not self.text.strip():
            raise self.line.fail(f"a={self.name} has a value")
        return self.text.strip()


def split(text: str) -> Iterator[Line]:
    """The lines of a description; CRLF or LF end them (RFC 8866 §5), blank last lines are ignored.

    Raises:
        MalformedSdpError: a line is not `x=value`, holds NUL or CR, is too long, or one too many.
    """
    for number, raw in enumerate(text.rstrip("\r\n").split("\n"), start=1):
        line = raw.removesuffix("\r")
        if number > MAX_LINES:
            raise MalformedSdpError(number, f"a description has at most {MAX_LINES} lines")
        if len(line) > MAX_LINE:
            raise MalformedSdpError(number, f"a line has at most {MAX_LINE} characters")
        if not _IS_LINE(line):
            raise MalformedSdpError(number, "a line is a small letter, '=' and a value")
        yield Line(number, line[0], line[2:])


def attribute(line: Line) -> Attribute:
    """The attribute that an `a=` line states."""
    name, colon, text = line.value.partition(":")
    if not name or not name.isascii() or not name.isprintable() or " " in name:
        raise line.fail("an attribute name is a token")
    return Attribute(line, name, text if colon else None)


def sections(lines: Iterator[Line]) -> tuple[list[Line], list[list[Line]]]:
    """The session's lines, and the lines of each m-section, starting with its m=."""
    session: list[Line] = []
    media: list[list[Line]] = []
    for line in lines:
        if line.type == "m":
            media.append([line])
        else:
            (media[-1] if media else session).append(line)
    return session, media
