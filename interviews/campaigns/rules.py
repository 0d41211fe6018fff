"""Where a campaign stands on a day: before, in, between or after its phases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from interviews.campaigns.models import CampaignPhase


class Stand(StrEnum):
    """How a day lies to the phases."""

    BEFORE = "before"  # the next phase is still to come
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Position:
    """A day seen from a phase: `day` of `days` while open, `days_until` while before."""

    stand: Stand
    phase: CampaignPhase
    day: int
    days: int
    days_until: int

    @property
    def percent(self) -> int:
        """How much of the phase has passed, 0 to 100."""
        return round(100 * self.day / self.days)


def length(phase: CampaignPhase) -> int:
    """The days of a phase, both ends included."""
    return (phase.ends_on - phase.starts_on).days + 1


def position(phases: Sequence[CampaignPhase], today: date) -> Position | None:
    """The open phase, else the next one, else the last one; None without phases."""
    in_order = sorted(phases, key=lambda phase: phase.starts_on)
    for phase in in_order:
        if today <= phase.ends_on:
            stand = Stand.OPEN if today >= phase.starts_on else Stand.BEFORE
            day = max(0, (today - phase.starts_on).days + 1)
            days_until = max(0, (phase.starts_on - today).days)
            return Position(stand, phase, day, length(phase), days_until)
    if not in_order:
        return None
    last = in_order[-1]
    return Position(Stand.OVER, last, length(last), length(last), 0)


def campaign_day(phases: Sequence[CampaignPhase], today: date) -> tuple[int, int]:
    """Which day of all campaign days this is, and how many there are (the sum of the phases)."""
    total = sum(length(phase) for phase in phases)
    passed = sum(max(0, (min(today, phase.ends_on) - phase.starts_on).days + 1) for phase in phases)
    return passed, total
