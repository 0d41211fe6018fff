"""An interview as a page shows it: in the reader's language, with what they may do now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from interviews.bookings.models import BookingState
from interviews.bookings.service import Interview, Party
from interviews.campaigns.service import CurrentCampaign
from interviews.people.models import PersonId
from interviews.texts import N_
from signaling.rooms.values import Role, RoomId, RoomPlan
from web.handlers.picker import name_chooser
from web.handlers.shown import english
from web.pages import say

STATE_NAMES = {
    BookingState.CONFIRMED: N_("Booked"),
    BookingState.DONE: N_("Done"),
    BookingState.NO_SHOW: N_("No-show"),
    BookingState.CANCELLED: N_("Cancelled"),
}
STATE_TONES = {
    BookingState.CONFIRMED: "success",
    BookingState.DONE: "secondary",
    BookingState.NO_SHOW: "warning",
    BookingState.CANCELLED: "light border",
}
ANSWERS = {
    "NEEDS-ACTION": N_("No answer yet"),
    "ACCEPTED": N_("Will come"),
    "TENTATIVE": N_("Maybe"),
    "DECLINED": N_("Declined in the calendar"),
}
DEFAULT_MOVES, DEFAULT_UNTIL = 2, timedelta(hours=12)  # Q3, before a campaign says otherwise


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """One person of an interview and what they answered."""

    person_id: PersonId
    name: str
    email: str
    zone: str
    partstat: str
    answer: str


@dataclass(frozen=True, slots=True)
class ShownInterview:
    """An interview in one language, as one side of it sees it at one moment."""

    id: int
    job_id: int
    title: str
    firm: str
    firm_slug: str
    state: BookingState
    state_name: str
    tone: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    graduate: ShownPerson
    panel: tuple[ShownPerson, ...]
    room_opens_at: datetime
    room_is_open: bool
    is_live: bool
    is_over: bool
    moves: int
    moves_left: int
    move_until: datetime
    may_move: bool
    cancel_reason: str
    cancelled_by: str

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return round((self.ends_at - self.starts_at) / timedelta(minutes=1))

    @property
    def panel_names(self) -> tuple[str, ...]:
        """Who interviews."""
        return tuple(person.name for person in self.panel)


@dataclass(frozen=True, slots=True)
class Wording:
    """Turns interviews into what one reader sees at one moment."""

    request: web.Request
    campaign: CurrentCampaign | None
    now: datetime
    side: Role = "candidate"

    def __call__(self, interview: Interview) -> ShownInterview:
        """The interview as this reader sees it."""
        in_english, state = english(self.request), BookingState(interview.state)
        plan = RoomPlan(RoomId(interview.uid), interview.starts_at, interview.ends_at)
        opens_at = plan.opens_at(self.side)
        left, until = self._moves(interview)
        return ShownInterview(
            id=interview.booking_id,
            job_id=interview.job_id,
            title=(in_english and interview.title_en) or interview.title_zh,
            firm=(in_english and interview.firm_en) or interview.firm_zh,
            firm_slug=interview.firm_slug,
            state=state,
            state_name=say(self.request, STATE_NAMES[state]),
            tone=STATE_TONES[state],
            starts_at=interview.starts_at,
            ends_at=interview.ends_at,
            zone=interview.zone,
            graduate=self._person(interview.graduate),
            panel=tuple(self._person(party) for party in interview.panel),
            room_opens_at=opens_at,
            room_is_open=interview.is_live and opens_at <= self.now < plan.closes_at,
            is_live=interview.is_live,
            is_over=not interview.is_live or interview.ends_at <= self.now,
            moves=interview.moves,
            moves_left=left,
            move_until=until,
            may_move=interview.is_live and left > 0 and self.now <= until,
            cancel_reason=interview.cancel_reason,
            cancelled_by=self._canceller(interview),
        )

    def _moves(self, interview: Interview) -> tuple[int, datetime]:
        """How often and until when a graduate may still move it (Q3)."""
        allowed, before = DEFAULT_MOVES, DEFAULT_UNTIL
        if self.campaign is not None:
            policy = self.campaign.campaign
            allowed, before = policy.moves_allowed, timedelta(hours=policy.move_until_hours)
        return max(0, allowed - interview.moves), interview.starts_at - before

    def _person(self, party: Party) -> ShownPerson:
        choose = self._names()
        answer = ANSWERS.get(party.partstat, ANSWERS["NEEDS-ACTION"])
        return ShownPerson(
            person_id=party.person_id,
            name=choose(party.name, party.name_latin),
            email=party.email,
            zone=party.zone,
            partstat=party.partstat,
            answer=say(self.request, answer),
        )

    def _canceller(self, interview: Interview) -> str:
        choose = self._names()
        names = (
            choose(party.name, party.name_latin)
            for party in interview.people
            if party.person_id == interview.cancelled_by
        )
        return next(names, "")

    def _names(self) -> Callable[[str, str], str]:
        return name_chooser(self.request)
