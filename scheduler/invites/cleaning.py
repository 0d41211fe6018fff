"""What user text becomes before it enters a header, a property or a parameter."""

import unicodedata

ENDS_A_LINE = frozenset("\v\f\x1c\x1d\x1e\x85\u2028\u2029")  # str.splitlines breaks here too
UNWANTED = frozenset({"Cc", "Cs"})  # controls and lone surrogates
PARAMETER = str.maketrans({'"': "”", "^": "ˆ", "\\": "＼"})  # readers disagree about RFC 6868


def one_line(text: str) -> str:
    """The text without line ends or controls, each run of white space one space."""
    return " ".join("".join(map(_plain, text)).split())


def header(text: str) -> str:
    """One line that no reader takes for an encoded word (RFC 2047 §2)."""
    return one_line(text).replace("=?", "= ?")


def many_lines(text: str) -> str:
    """The text with LF as its only line end and without other controls."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(map(_plain, line)).rstrip() for line in lines)


def parameter(text: str) -> str:
    """One line that may be quoted as a parameter value (RFC 5545 §3.2 forbids DQUOTE).

    Quotation marks, carets and backslashes become look-alikes, because calendars read their
    escaped forms (RFC 6868) in different ways.
    """
    return one_line(text).translate(PARAMETER)


def _plain(character: str) -> str:
    if character in ENDS_A_LINE or unicodedata.category(character) in UNWANTED:
        return " "
    return character
