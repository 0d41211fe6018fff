"""What a profile still needs before it can carry a booking."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from interviews.graduates.models import Graduate
from interviews.graduates.studies import CATEGORIES, level_of
from interviews.texts import N_

FIRST_YEAR = 2000  # earlier than any campaign's choosing period
YEARS_AHEAD = 8  # a doctorate begun today


class ProfileField(StrEnum):
    """The fields of a profile, in the order in which they are asked."""

    LEVEL = "level"
    MAJOR = "major_category"
    SCHOOL = "school"
    MAJOR_NAME = "major_name"
    GRADUATION = "graduation_month"


FIELD_NAMES = MappingProxyType(
    {
        ProfileField.LEVEL: N_("Level of education"),
        ProfileField.MAJOR: N_("Category of major"),
        ProfileField.SCHOOL: N_("School"),
        ProfileField.MAJOR_NAME: N_("Name of major"),
        ProfileField.GRADUATION: N_("Month of graduation"),
    }
)


@dataclass(frozen=True, slots=True)
class Meter:
    """How full a profile is; `percent` is 0 to 100, `missing` in the order of asking."""

    percent: int
    missing: tuple[ProfileField, ...]

    @property
    def next(self) -> ProfileField | None:
        """The field to fill in next; None when the profile is whole."""
        return self.missing[0] if self.missing else None


def meter(graduate: Graduate) -> Meter:
    """How full this profile is and which field comes next."""
    missing = tuple(field for field in ProfileField if not getattr(graduate, field))
    return Meter(round(100 * (1 - len(missing) / len(ProfileField))), missing)


def profile_problems(
    *, level: str, major_category: str, graduation_month: str, today: date
) -> dict[str, str]:
    """What is wrong with the given values, by field; an empty value is allowed, a wrong one not."""
    problems = {}
    if level and level_of(level) is None:
        problems["level"] = N_("Choose one of the four levels.")
    if major_category and major_category not in CATEGORIES:
        problems["major_category"] = N_("Choose a category from one of the two catalogues.")
    if graduation_month and not is_graduation_month(graduation_month, today=today):
        problems["graduation_month"] = N_("Write the month as year and month, for example 2027-06.")
    return problems


def is_graduation_month(text: str, *, today: date) -> bool:
    """Whether the text is YYYY-MM within the years that people graduate in."""
    try:
        first_day = date.fromisoformat(f"{text}-01")
    except ValueError:
        return False
    in_reach = FIRST_YEAR <= first_day.year <= today.year + YEARS_AHEAD
    return len(text) == len("YYYY-MM") and in_reach
