"""Reads the sample campaign and shifts its dates by whole weeks, so that weekdays stay."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

WEEK = timedelta(weeks=1)
WEEKS_A_YEAR = 52


@cache
def sample(name: str) -> Any:
    """The contents of web/demo/data/<name>.json."""
    return json.loads(files("web.demo").joinpath("data", f"{name}.json").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Shift:
    """A number of weeks by which every date of the sample moves."""

    weeks: int

    def day(self, text: str) -> date:
        """A date of the sample, moved."""
        return date.fromisoformat(text) + self.weeks * WEEK

    def moment(self, text: str) -> datetime:
        """A moment of the sample, moved, in UTC."""
        return (datetime.fromisoformat(text) + self.weeks * WEEK).astimezone(UTC)

    def month(self, text: str) -> str:
        """A month of graduation: it moves by whole years, because schools do."""
        year, month = text.split("-")
        return f"{int(year) + round(self.weeks / WEEKS_A_YEAR):04}-{month}"


def shift_to(today: date) -> Shift:
    """The least shift after which the sample's anchor date is today or later."""
    anchor = date.fromisoformat(sample("campaign")["anchor_date"])
    return Shift(-((anchor - today) // WEEK))
