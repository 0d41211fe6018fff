"""Letters about one interview: booked, moved, cancelled; and the words of its calendar entry."""

from dataclasses import dataclass, replace

from interviews.ports import Links
from scheduler.delivery.letters.content import Action, Content, Fact, Say, Tone
from scheduler.delivery.letters.times import same_wall_clock, short_when, when, zone_name
from scheduler.interview import Interview, Party, Times
from scheduler.invites.cleaning import many_lines
from scheduler.invites.values import Entry


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the letter, in which language, with which links."""

    party: Party
    say: Say
    links: Links

    @property
    def locale(self) -> str:
        return self.party.locale


def request_letter(interview: Interview, reader: Reader, *, before: Times | None) -> Content:
    """Booked, or changed if this reader was told other `before` times or the same ones already."""
    if before is None:
        return _booked(interview, reader)
    moved = before != interview.times
    _, title = reader.say, interview.job.in_locale(reader.locale)
    moment = _short(interview, reader)
    time, *rest = _facts(interview, reader)
    previous = (Fact(_("Before"), (_own_time(before, reader),), struck=True),) if moved else ()
    return Content(
        subject=_("Interview moved to %(moment)s: %(title)s", moment=moment, title=title)
        if moved
        else _("Interview updated: %(title)s, %(moment)s", title=title, moment=moment),
        heading=_("Your interview has a new time") if moved else _("Your interview was updated"),
        lead=_("Please look at the new time; your calendar follows this mail.")
        if moved
        else _("The time stays. Your calendar follows this mail."),
        tone=Tone.CHANGED,
        facts=(time, *previous, *rest),
        actions=_actions(interview, reader),
        notes=_notes(reader),
        footer=_footer(reader),
    )


def cancel_letter(interview: Interview, reader: Reader) -> Content:
    """The interview will not happen; says why if a reason was given."""
    _, title = reader.say, interview.job.in_locale(reader.locale)
    time, *rest = _facts(interview, reader)
    reason = interview.cancel_reason.strip()
    why = (Fact(_("Reason"), (many_lines(reason),)),) if reason else ()
    step = (
        (_("Next step: you can book another time on the job's page."),)
        if reader.party.is_graduate
        else (_("The time is free again for other graduates."),)
    )
    link = (
        (Action(_("See other times"), reader.links.page(f"/jobs/{interview.job_id}")),)
        if reader.party.is_graduate
        else ()
    )
    return Content(
        subject=_(
            "Interview cancelled: %(title)s, %(moment)s",
            title=title,
            moment=_short(interview, reader),
        ),
        heading=_("The interview is cancelled"),
        lead=_("It will not take place. Your calendar removes it."),
        tone=Tone.ENDED,
        facts=(replace(time, struck=True), *rest, *why),
        actions=link,
        notes=step,
        footer=_footer(reader),
    )


def calendar_entry(interview: Interview, reader: Reader, *, product: str) -> Entry:
    """The words inside the calendar, links included, in the reader's language."""
    _, title = reader.say, interview.job.in_locale(reader.locale)
    other = interview.other_side(reader.party)
    colon, semicolon = ("：", "；") if reader.locale.startswith("zh") else (": ", "; ")
    lines = [fact.label + colon + semicolon.join(fact.lines) for fact in _facts(interview, reader)]
    actions = _actions(interview, reader)
    lines += ["", *(action.label + colon + action.url for action in actions)]
    return Entry(
        summary=_(
            "Interview: %(title)s · %(other)s", title=title, other=other.in_locale(reader.locale)
        ),
        description="\n".join(lines),
        join_label=_("Join the interview"),
        product=product,
    )


def _booked(interview: Interview, reader: Reader) -> Content:
    _, title = reader.say, interview.job.in_locale(reader.locale)
    graduate = interview.graduate.name.in_locale(reader.locale)
    firm = interview.firm.in_locale(reader.locale)
    return Content(
        subject=_(
            "Interview booked: %(title)s, %(moment)s", title=title, moment=_short(interview, reader)
        ),
        heading=_("Your interview is booked"),
        lead=_(
            "%(firm)s expects you. Accept the calendar invite in this mail to keep the time.",
            firm=firm,
        )
        if reader.party.is_graduate
        else _(
            "%(graduate)s booked you. Accept the calendar invite in this mail to keep the time.",
            graduate=graduate,
        ),
        facts=_facts(interview, reader),
        actions=_actions(interview, reader),
        notes=_notes(reader),
        footer=_footer(reader),
    )


def _facts(interview: Interview, reader: Reader) -> tuple[Fact, ...]:
    _, locale = reader.say, reader.locale
    panel = tuple(party.name.in_locale(locale) for party in interview.panel)
    return (
        Fact(_("Time"), _time_lines(interview, reader)),
        Fact(_("Job"), (interview.job.in_locale(locale),)),
        Fact(_("Firm"), (interview.firm.in_locale(locale),)),
        Fact(_("Interviewers"), (("、" if locale.startswith("zh") else ", ").join(panel),)),
        Fact(_("Graduate"), (interview.graduate.name.in_locale(locale),)),
    )


def _time_lines(interview: Interview, reader: Reader) -> tuple[str, ...]:
    """The reader's own time and zone; then the other side's, when its clocks differ."""
    _, own, times = reader.say, reader.party.zone, interview.times
    other = interview.slot_zone if reader.party.is_graduate else interview.graduate.zone
    own_lines = (
        when(times.starts_at, times.ends_at, zone=own, locale=reader.locale),
        zone_name(own, times.starts_at, say=_, locale=reader.locale),
    )
    if same_wall_clock(times.starts_at, own, other):
        return own_lines
    theirs = {
        "time": when(times.starts_at, times.ends_at, zone=other, locale=reader.locale),
        "zone": zone_name(other, times.starts_at, say=_, locale=reader.locale),
    }
    if reader.party.is_graduate:
        return (*own_lines, _("For the firm: %(time)s, %(zone)s", **theirs))
    return (*own_lines, _("For the graduate: %(time)s, %(zone)s", **theirs))


def _own_time(times: Times, reader: Reader) -> str:
    return when(times.starts_at, times.ends_at, zone=reader.party.zone, locale=reader.locale)


def _short(interview: Interview, reader: Reader) -> str:
    return short_when(interview.times.starts_at, zone=reader.party.zone, locale=reader.locale)


def _actions(interview: Interview, reader: Reader) -> tuple[Action, ...]:
    """Signed links of this reader alone; only the graduate moves (product.md Q3)."""
    _ = reader.say
    join = Action(_("Join the interview"), _link(interview, reader, "room"))
    confirm = Action(_("I will be there"), _link(interview, reader, "confirm"))
    cancel = Action(_("Cancel"), _link(interview, reader, "cancel"))
    if reader.party.is_graduate:
        return (join, confirm, Action(_("Move"), _link(interview, reader, "move")), cancel)
    return (join, confirm, cancel)


def _link(interview: Interview, reader: Reader, purpose: str) -> str:
    return reader.links.for_booking(purpose, interview.booking_id, reader.party.person_id)


def _notes(reader: Reader) -> tuple[str, ...]:
    _ = reader.say
    opens = (
        _("The room opens 15 minutes before the start. A browser is enough.")
        if reader.party.is_graduate
        else _("The room opens 60 minutes before the start. A browser is enough.")
    )
    return (
        opens,
        _("You need no account: these links know you. Do not forward them."),
        _("Not in your calendar? Open the attached invite.ics."),
    )


def _footer(reader: Reader) -> str:
    _ = reader.say
    return _("You get this mail because you take part in an interview booked on Daigang.")
