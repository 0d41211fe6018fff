"""Which simulcast layer each section of one viewer gets, within what their link carries.

Audio first. Then every section its lowest layer, before anybody gets a higher one; whose lowest
does not fit is paused. What is left raises the sections of the highest priority to the best that
they want, one step each in turn, then those of the next priority. Down is at once, up only with
a reserve that has lasted: a freeze is worse than a soft picture.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Final, NamedTuple

PAUSED: Final = -1  # the level below the lowest layer
RESERVE: Final = 115  # per cent of the bitrate that has to be there before we go up
PATIENCE: Final = timedelta(seconds=1)  # for so long; estimates overshoot for some 100 ms
TAKEN_BACK: Final = timedelta(seconds=10)  # an upgrade that lasted longer was right
SHORTEST_HOLD: Final = timedelta(seconds=5)  # after an upgrade that was wrong
LONGEST_HOLD: Final = timedelta(seconds=40)
UNKNOWN_LOWEST: Final = 150_000  # bits/s of a lowest layer that sends nothing yet
UNKNOWN_STEP: Final = 3  # a layer of twice the height costs about three times as much


@dataclass(frozen=True, slots=True)
class Layer:
    """One simulcast layer of a source."""

    rid: str
    height: int  # pixels, 0 when it is unknown
    bitrate: int  # bits/s measured lately, 0 when it sends nothing


class Wish(NamedTuple):
    """What one section of the viewer could get, and what the viewer wants of it."""

    mid: str
    layers: tuple[Layer, ...]  # ascending quality; only those that are alive
    limit: int | None  # the picture height wanted; 0 = paused, None = the best
    current: str | None  # the rid that flows, None = paused
    priority: int  # the highest first


class _Section(NamedTuple):
    """A wish in numbers: what each level costs, and the highest level wanted."""

    mid: str
    costs: tuple[int, ...]
    cap: int
    priority: int


class LayerChooser:
    """The choice for one viewer; remembers its decisions and how the budget went."""

    def __init__(self) -> None:
        self._levels: dict[str, int] = {}  # as decided, of the sections that are wanted
        self._rids: dict[str, str] = {}
        self._rooms: deque[tuple[timedelta, int]] = deque()
        self._raised_at: timedelta | None = None
        self._held_until: timedelta | None = None
        self._hold = SHORTEST_HOLD

    def choose(
        self, budget: int, audio: int, wishes: Sequence[Wish], now: timedelta
    ) -> dict[str, str | None]:
        """The rid for each mid, None for paused; budget and audio in bits/s.

        Call it whenever the estimate, the wishes or the layers change, and a few times a second.
        The sum of what is chosen never exceeds the budget. A new section (or one whose viewer
        has just unpaused it) starts at once with what fits; one that was paused for want of
        budget resumes like any upgrade.
        """
        room = budget - audio
        self._note_room(room, now)
        sections = _sections(wishes)
        held = self._is_held(now)
        levels = self._start(sections, wishes, 0 if held else _usable(room))
        if _total(sections, levels) > room:
            known = [section for section in sections if section.mid in self._levels]
            if _total(known, levels) > room:  # not just because a section is new
                self._note_fall(now)
            levels = _allot(room, sections, levels)
        elif _is_short(allowed := _allowed(sections, levels, held=held), levels):
            raised = _raise(_usable(self._lasting(now)), allowed, levels)
            if raised != levels:
                self._note_raise(now)
            levels = raised
        return self._decide(levels, wishes)

    def wanted(self, audio: int, wishes: Sequence[Wish], now: timedelta) -> int:
        """The budget (bits/s) that the next upgrade needs, for probing.

        0 when everybody has the best that they want, and while a wrong upgrade holds us back: a
        probe would hurt as much as the upgrade did. A picture that is paused is never held back.
        """
        sections = _sections(wishes)
        levels = self._start(sections, wishes, 0)
        sections = _allowed(sections, levels, held=self._is_held(now))
        if self._rooms:  # look further while what has just been found still has to last
            levels = _raise(_usable(self._rooms[-1][1]), sections, levels)
        if not _is_short(sections, levels):
            return 0
        total = _total(sections, levels)
        best = sum(section.costs[section.cap] for section in sections)
        steps = {
            total + _cost(section, levels[section.mid] + 1) - _cost(section, levels[section.mid])
            for section in sections
            if levels[section.mid] < section.cap
        }
        for needed in sorted(steps):
            if _raise(needed, sections, levels) != levels:
                return audio + _with_reserve(needed)
        return audio + _with_reserve(best)

    def _start(
        self, sections: Sequence[_Section], wishes: Sequence[Wish], usable: int
    ) -> dict[str, int]:
        """Every section's level before this decision: as decided last, or a beginner's."""
        caps = {section.mid: section.cap for section in sections}
        fresh: dict[str, int] | None = None
        levels: dict[str, int] = {}
        for wish in wishes:
            if wish.mid not in caps:
                continue
            known = self._levels.get(wish.mid)
            rid = wish.current if known is None else self._rids.get(wish.mid)
            level = _level_of(rid, wish.layers)
            if level is None:
                level = known
            if level is None:
                fresh = fresh or _allot(usable, sections, caps)
                level = max(fresh[wish.mid], 0)
            levels[wish.mid] = min(level, caps[wish.mid])
        return levels

    def _decide(self, levels: dict[str, int], wishes: Sequence[Wish]) -> dict[str, str | None]:
        layers = {wish.mid: wish.layers for wish in wishes}
        self._levels = levels
        self._rids = {
            mid: layers[mid][level].rid for mid, level in levels.items() if level != PAUSED
        }
        return {wish.mid: self._rids.get(wish.mid) for wish in wishes}

    def _note_room(self, room: int, now: timedelta) -> None:
        self._rooms.append((now, room))
        while len(self._rooms) > 1 and self._rooms[1][0] <= now - PATIENCE:
            self._rooms.popleft()

    def _lasting(self, now: timedelta) -> int:
        """What there was room for all the time of our patience, 0 when that is not known."""
        if self._rooms[0][0] > now - PATIENCE:
            return 0
        return min(room for _, room in self._rooms)

    def _is_held(self, now: timedelta) -> bool:
        return self._held_until is not None and now < self._held_until

    def _note_raise(self, now: timedelta) -> None:
        if self._raised_at is not None and now - self._raised_at > TAKEN_BACK:
            self._hold = SHORTEST_HOLD
        self._raised_at = now

    def _note_fall(self, now: timedelta) -> None:
        if self._raised_at is None:
            return
        if now - self._raised_at > TAKEN_BACK:
            self._hold = SHORTEST_HOLD
        else:
            self._held_until = now + self._hold
            self._hold = min(2 * self._hold, LONGEST_HOLD)
        self._raised_at = None


def _sections(wishes: Sequence[Wish]) -> list[_Section]:
    """What can be shown at all, by priority and then by order."""
    wanted = [wish for wish in wishes if wish.layers and wish.limit != 0]
    return [
        _Section(wish.mid, _costs(wish.layers), _cap(wish), wish.priority)
        for wish in sorted(wanted, key=lambda wish: -wish.priority)
    ]


def _allowed(sections: list[_Section], levels: Mapping[str, int], *, held: bool) -> list[_Section]:
    """How high everybody may go: while a wrong upgrade holds us back only out of a pause."""
    if not held:
        return sections
    return [section._replace(cap=max(levels[section.mid], 0)) for section in sections]


def _level_of(rid: str | None, layers: tuple[Layer, ...]) -> int | None:
    """Where the layer of that name stands, if it lives."""
    for level, layer in enumerate(layers):
        if layer.rid == rid:
            return level
    return None


def _is_short(sections: Sequence[_Section], levels: Mapping[str, int]) -> bool:
    """Whether somebody has less than they want."""
    return any(levels[section.mid] < section.cap for section in sections)


def _costs(layers: tuple[Layer, ...]) -> tuple[int, ...]:
    """Bits/s by level; of a layer that sends nothing (nobody watches it) what it probably takes."""
    costs: list[int] = []
    for layer in layers:
        guess = costs[-1] * UNKNOWN_STEP if costs else UNKNOWN_LOWEST
        costs.append(layer.bitrate or guess)
    return tuple(costs)


def _cap(wish: Wish) -> int:
    """The smallest level that is as high as the limit; the best when none is, or without limit."""
    if wish.limit is not None:
        for level, layer in enumerate(wish.layers):
            if layer.height >= wish.limit:
                return level
    return len(wish.layers) - 1


def _usable(room: int) -> int:
    """The part of the room that leaves the reserve."""
    return max(room, 0) * 100 // RESERVE


def _with_reserve(bitrate: int) -> int:
    """The room whose usable part is this bitrate."""
    return -(-bitrate * RESERVE // 100)


def _cost(section: _Section, level: int) -> int:
    return 0 if level == PAUSED else section.costs[level]


def _total(sections: Sequence[_Section], levels: Mapping[str, int]) -> int:
    return sum(_cost(section, levels[section.mid]) for section in sections if section.mid in levels)


def _allot(room: int, sections: Sequence[_Section], caps: Mapping[str, int]) -> dict[str, int]:
    """The levels that a budget gives when it starts from nothing."""
    levels: dict[str, int] = {}
    for section in sections:
        fits = section.costs[0] <= room and caps[section.mid] != PAUSED
        levels[section.mid] = 0 if fits else PAUSED
        room -= _cost(section, levels[section.mid])
    for _, group in groupby(sections, key=lambda section: section.priority):
        room = _allot_steps(room, list(group), levels, caps)
    return levels


def _allot_steps(
    room: int, group: Sequence[_Section], levels: dict[str, int], caps: Mapping[str, int]
) -> int:
    """Raise sections of one priority in turn, a step each; answers the room that is left."""
    raised = True
    while raised:
        raised = False
        for mid, costs, _, _ in group:
            level = levels[mid]
            if PAUSED < level < caps[mid] and costs[level + 1] - costs[level] <= room:
                room -= costs[level + 1] - costs[level]
                levels[mid] = level + 1
                raised = True
    return room


def _raise(room: int, sections: Sequence[_Section], levels: dict[str, int]) -> dict[str, int]:
    """The levels after the upgrades that fit.

    Sections of lower priority step down where one of a higher priority needs it, and everybody
    does where one that is paused needs it; nobody below what the budget gives them.
    """
    wanted = _allot(room, sections, {section.mid: section.cap for section in sections})
    for section in sections:
        if wanted[section.mid] <= levels[section.mid]:
            continue
        resumes = levels[section.mid] == PAUSED
        trial = {**levels, section.mid: wanted[section.mid]}
        for other in reversed(sections):
            if _total(sections, trial) > room and (resumes or other.priority < section.priority):
                trial[other.mid] = min(trial[other.mid], wanted[other.mid])
        if _total(sections, trial) <= room:
            levels = trial
    return levels
