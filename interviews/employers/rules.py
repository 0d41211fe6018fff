"""Which label a firm may carry today and whether it may take bookings."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from interviews.employers.models import Firm, Tier
from interviews.employers.refusals import FirmMayNotRecruit
from interviews.texts import N_

RECHECK_MONTHS = 6  # five-department notice of January 2026: every six months
WARN_BEFORE = timedelta(days=30)

TIER_NAMES = MappingProxyType(
    {
        Tier.NONE: N_("No tier"),
        Tier.INNOVATIVE: N_("Innovative SME"),
        Tier.SPECIALISED: N_("Specialised and new SME"),
        Tier.LITTLE_GIANT: N_("Little giant (specialised and new)"),
    }
)


class Trust(StrEnum):
    """What the label on a firm's card says about its verification."""

    VERIFIED = "verified"
    RECHECK_SOON = "recheck-soon"  # still verified; the firm itself is warned
    OVERDUE = "overdue"
    UNVERIFIED = "unverified"


class Verification(Protocol):
    """When a firm was verified: the table's row, or a row of a query."""

    @property
    def verified_at(self) -> datetime | None: ...
    @property
    def recheck_due_on(self) -> date | None: ...


def trust(firm: Verification, today: date) -> Trust:
    """How far a firm's verification reaches on this day of the campaign's zone."""
    if firm.verified_at is None or firm.recheck_due_on is None:
        return Trust.UNVERIFIED
    if firm.recheck_due_on < today:
        return Trust.OVERDUE
    soon = firm.recheck_due_on - today <= WARN_BEFORE
    return Trust.RECHECK_SOON if soon else Trust.VERIFIED


def firm_may_recruit(firm: Verification, today: date) -> bool:
    """Whether the firm may take new bookings: verified, and the re-check is not overdue."""
    return trust(firm, today) in {Trust.VERIFIED, Trust.RECHECK_SOON}


def check_firm_may_recruit(firm: Verification, today: date) -> None:
    """Say no to a new booking of a firm whose verification is not up to date.

    Raises:
        FirmMayNotRecruit: never verified, or the re-check is overdue.
    """
    if not firm_may_recruit(firm, today):
        raise FirmMayNotRecruit


def shown_tier(firm: Firm, today: date) -> Tier | None:
    """The tier to show on this day; None without one or once it has lapsed."""
    tier = Tier(firm.tier)
    if tier is Tier.NONE or firm.tier_valid_until is None or firm.tier_valid_until < today:
        return None
    return tier


def next_recheck(checked_on: date) -> date:
    """The day by which a firm checked on `checked_on` must be checked again."""
    months = checked_on.month - 1 + RECHECK_MONTHS
    year, month = checked_on.year + months // 12, months % 12 + 1
    last_day = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(checked_on.day, last_day))
