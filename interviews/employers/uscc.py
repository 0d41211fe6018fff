"""The Unified Social Credit Code of a firm (GB 32100-2015): form, checks and what it tells."""

import unicodedata
from dataclasses import dataclass
from types import MappingProxyType

from interviews.employers.refusals import UsccWrongCharacter, UsccWrongCheck, UsccWrongLength
from interviews.employers.regions import region_read_out
from interviews.texts import N_

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100 §4: no I, O, S, V, Z
LENGTH = 18
BASE = 31  # the size of the alphabet, a prime
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714 §4
DASHES = "-‐‑‒–—−"

DEPARTMENTS = MappingProxyType(
    {
        "1": N_("Public institution registry"),
        "5": N_("Civil affairs"),
        "9": N_("Market regulation"),
        "Y": N_("Other registry"),
    }
)
KINDS = MappingProxyType(
    {
        "91": N_("Enterprise"),
        "92": N_("Sole trader"),
        "93": N_("Farmers' cooperative"),
    }
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something a reviewer should look at; `text` is a msgid with named parameters."""

    code: str
    text: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Uscc:
    """A code whose form and check character are right; `doubts` are for the reviewer."""

    code: str
    doubts: tuple[Doubt, ...]

    @property
    def department(self) -> str | None:
        """The registering department as a msgid; None for a letter nobody published."""
        return DEPARTMENTS.get(self.code[0])

    @property
    def kind(self) -> str | None:
        """The kind of organisation as a msgid, where it is known."""
        return KINDS.get(self.code[:2])

    @property
    def region_code(self) -> str:
        """The six digits of the region that issued the code (GB/T 2260)."""
        return self.code[2:8]

    @property
    def region(self) -> str | None:
        """The name of the issuing province (and plan city), None when unknown."""
        return region_read_out(self.region_code)


def normalised(text: str) -> str:
    """The code as the standard writes it: half width, upper case, no spaces or hyphens."""
    half_width = unicodedata.normalize("NFKC", text)
    return "".join(c for c in half_width if not c.isspace() and c not in DASHES).upper()


def parse(text: str) -> Uscc:
    """Read a code as somebody typed it.

    Raises:
        UsccWrongLength: not 18 characters after normalising.
        UsccWrongCharacter: a character that the alphabet leaves out.
        UsccWrongCheck: position 18 does not fit the first 17.
    """
    code = normalised(text)
    if len(code) != LENGTH:
        raise UsccWrongLength(length=len(code))
    for position, character in enumerate(code, start=1):
        if character not in ALPHABET:
            raise UsccWrongCharacter(position=position, character=character)
    expected = check_character(code[:17])
    if code[17] != expected:
        raise UsccWrongCheck(expected=expected)
    return Uscc(code, _doubts(code))


def check_character(first: str) -> str:
    """Position 18 for the first 17 characters (GB 32100 §5): weights 3^i modulo 31."""
    total = sum(ALPHABET.index(c) * pow(3, place, BASE) for place, c in enumerate(first))
    return ALPHABET[-total % BASE]


def organisation_check(first: str) -> str:
    """The ninth character of an organisation code for its first eight (GB 11714 §4)."""
    weighted = zip(first, ORGANISATION_WEIGHTS, strict=True)
    remainder = 11 - sum(int(c, 36) * weight for c, weight in weighted) % 11
    return {10: "X", 11: "0"}.get(remainder, str(remainder))


def _doubts(code: str) -> tuple[Doubt, ...]:
    doubts = []
    expected = organisation_check(code[8:16])
    if code[16] != expected:
        text = N_("Character 17 should be %(expected)s: the organisation code does not check out.")
        doubts.append(Doubt("organisation-check", text, {"expected": expected}))
    if region_read_out(code[2:8]) is None:
        text = N_("No region has the code %(region)s.")
        doubts.append(Doubt("region-unknown", text, {"region": code[2:8]}))
    if code[0] not in DEPARTMENTS:
        text = N_("No registering department has the letter %(letter)s.")
        doubts.append(Doubt("department-unknown", text, {"letter": code[0]}))
    return tuple(doubts)
