"""How the members of a cohort are reached: planned once, and longer by each who joins."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from signaling.forwarding.laid import Members, Shift
from signaling.ice.stun import Address
from signaling.transport.paths import StreamPath
from signaling.transport.peer import Peer
from signaling.transport.srtp import SrtpSession
from signaling.transport.workspace import VIEWERS, Party, joined, party

FEW: Final = 4  # viewers for whom one by one is quicker

Way = tuple[str, Shift, SrtpSession, Address]  # how one member is reached
How = tuple[int, bool]  # how its packets are protected: a party has one of them


class Reach(Protocol):
    """Who can be reached, and since when."""

    generation: int  # changes whenever a way or keys that were asked for do

    def connected(self, session: str) -> Peer | None:
        """The peer of a session if it can be sent media."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Members as parties, and those that are reached one by one; the rest is not connected."""

    members: Members
    generation: int
    parties: tuple[Party, ...] = ()
    singles: tuple[tuple[Peer, Shift], ...] = ()
    unreachable: int = 0

    def begins(self, members: Members) -> bool:
        """Whether these are the same members and others behind them."""
        count = len(self.members.sessions)
        return (
            members.sessions[:count] == self.members.sessions
            and members.shifts[:count] == self.members.shifts
        )


class Plans:
    """One for each cohort; `batches`: whether many may be reached at once."""

    def __init__(self, reach: Reach, family: socket.AddressFamily, *, batches: bool) -> None:
        self._reach = reach
        self._family = family
        self._batches = batches
        self._plans: dict[int, Plan] = {}
        self._used: set[int] = set()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._plans)

    def of(self, members: Members) -> Plan:
        """How these are reached now."""
        plan, generation = self._plans.get(members.cohort), self._reach.generation
        if plan is None or plan.members is not members or plan.generation != generation:
            if plan is None or not self._may_grow(plan, members):
                plan = Plan(Members(members.cohort, (), ()), generation)
            plan = self._plans[members.cohort] = self._longer(plan, members)
        self._used.add(members.cohort)
        return plan

    def sweep(self) -> None:
        """Forget the plans of cohorts that nothing was sent to since the last sweep."""
        self._plans = {name: plan for name, plan in self._plans.items() if name in self._used}
        self._used.clear()

    def _may_grow(self, plan: Plan, members: Members) -> bool:
        is_of_now = plan.generation == self._reach.generation
        return is_of_now and len(plan.members.sessions) >= FEW and plan.begins(members)

    def _longer(self, plan: Plan, members: Members) -> Plan:
        """The plan with the members that it lacks, so that nobody costs anything twice."""
        start = len(plan.members.sessions)
        is_small = not self._batches or len(members.sessions) < FEW
        reached: dict[How, list[Way]] = {}
        singles, unreachable = list(plan.singles), plan.unreachable
        for session, shift in zip(members.sessions[start:], members.shifts[start:], strict=True):
            peer = self._reach.connected(session)
            if peer is None or peer.srtp is None or peer.agent.selected is None:
                unreachable += 1
            elif is_small or isinstance(peer.agent.selected, StreamPath):
                singles.append((peer, shift))
            else:
                way = (session, shift, peer.srtp, peer.agent.selected)
                how = peer.srtp.tag, peer.srtp.sealer.is_sealed
                reached.setdefault(how, []).append(way)
        parties = list(plan.parties)
        for how, ways in reached.items():
            self._seat(parties, how, ways)
        return Plan(members, plan.generation, tuple(parties), tuple(singles), unreachable)

    def _seat(self, parties: list[Party], how: How, ways: Sequence[Way]) -> None:
        """Let them join the party of their kind that has room, and others of their own."""
        for place, there in enumerate(parties):
            room = VIEWERS - len(there.sessions)
            if room > 0 and (there.tag, there.is_sealed) == how:
                parties[place] = joined(there, self._party(ways[:room]))
                ways = ways[room:]
                break
        starts = range(0, len(ways), VIEWERS)
        parties.extend(self._party(ways[start : start + VIEWERS]) for start in starts)

    def _party(self, ways: Iterable[Way]) -> Party:
        sessions, shifts, keys, addresses = zip(*ways, strict=True)
        return party(sessions, shifts, keys, addresses, family=self._family)
