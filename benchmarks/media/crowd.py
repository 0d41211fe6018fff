"""Everybody behind the crowd socket: reads, decrypts and counts all that comes for them."""

import asyncio
import struct
from itertools import repeat
from time import monotonic
from typing import Any, Final

import numpy as np
from pylibsrtp._binding import lib

from benchmarks.media.crowd_socket import Batch, CrowdSocket
from benchmarks.media.early import Early
from benchmarks.media.member import Member
from benchmarks.media.publisher import Publisher
from benchmarks.media.viewer_reports import Reports

BEAT: Final = 0.002  # seconds between two looks at the socket: nobody is woken by a packet
ROUNDS: Final = 8  # reads before the publisher and the loop get their turn
CONSENT_EVERY: Final = 2.5  # seconds, as in the captures
PLI, FIR = 1, 4
SHARES: Final = 50  # parts of the crowd that check one after another


class Tally:
    """What the viewers have got."""

    def __init__(self) -> None:
        self.decrypted = 0
        self.failed = 0
        self.reports = 0  # RTCP packets from the server
        self.numbers: list[np.ndarray[Any, Any]] = []
        self.delays: list[np.ndarray[Any, Any]] = []  # nanoseconds
        self.members: list[np.ndarray[Any, Any]] = []


class Loss:
    """Media that members throw away unread, and ask the server for again."""

    def __init__(self) -> None:
        self.share = 0.0
        self.lost = 0
        self._dice = np.random.default_rng()

    def of(
        self, batch: Batch, is_media: np.ndarray[Any, Any], members: dict[int, Member]
    ) -> np.ndarray[Any, Any]:
        """Which of a batch are lost; each is asked for with a NACK (RFC 4585 §6.2.1)."""
        lost = is_media & (self._dice.random(batch.count) < self.share)
        for n in np.flatnonzero(lost).tolist():
            member = members.get(int(batch.members[n]))
            if member is None or member.send_context is None:
                continue
            self.lost += 1
            sequence, source = batch.bytes[n, 2:4].tobytes(), batch.bytes[n, 8:12].tobytes()
            nack = struct.pack("!BBHI", 0x81, 205, 3, 1) + source + sequence + bytes(2)
            member.transmit(member.protect(nack, rtcp=True))
        return lost


class Crowd:
    """Members by number; member 0 may be a publisher."""

    def __init__(self, sock: CrowdSocket | None = None) -> None:
        self.socket = sock or CrowdSocket()
        self.takes_notes = True
        self.looked_at = 1  # one in so many has its media decrypted and counted
        self.loss = Loss()
        self.heard = np.zeros(1 << 16)  # when media last came for a member, on the monotonic clock
        self.members: dict[int, Member] = {}
        self.tally = Tally()
        self.publisher: Publisher | None = None
        self.publisher_number = 0
        self.reports: Reports | None = None
        self.key_frame_requests = 0
        self._contexts: list[Any] = []
        self._early = Early()
        self._running = True

    def sender(self, number: int) -> Any:
        """How that member sends."""
        return lambda data, to: self.socket.send(number, data, to)

    def add(self, number: int, member: Member) -> None:
        """From now on what comes for that number is for this member."""
        self.members[number] = member
        if len(self._contexts) <= number:
            self._contexts.extend(repeat(None, number + 1 - len(self._contexts)))

    def leave(self, number: int) -> None:
        """Nothing is for that member any more."""
        self.members.pop(number, None)
        self._contexts[number] = None
        self._early.forget(number)

    def connected(self, number: int) -> None:
        """That member has its keys: it reads what came with the end of its handshake."""
        self._contexts[number] = self.members[number].receive_context
        early = self._early.take(number)
        if early is not None:
            everything = list(range(early.batch.count))
            self._decrypt(early.batch, early.batch.members, early.slots, early.lengths, everything)

    async def run(self) -> None:
        """Look at the socket on every beat until `stop`."""
        while self._running:
            await asyncio.sleep(BEAT)
            self._beat()

    def _beat(self) -> None:
        for _ in range(ROUNDS):
            if self.publisher is not None:
                self.publisher.send_due()
            batch = self.socket.read()
            if batch is None:
                break
            self._take(batch)
        if self.reports is not None:
            self.reports.send_due()

    async def renew_consent(self) -> None:
        """Every connected member checks every 2.5 s (RFC 7675), one part of the crowd at a time."""
        turn = 0
        while self._running:
            await asyncio.sleep(CONSENT_EVERY / SHARES)
            turn = (turn + 1) % SHARES
            for number, member in self.members.items():
                if number % SHARES == turn and member.receive_context is not None:
                    member.check()

    def stop(self) -> None:
        """End `run`."""
        self._running = False

    def _take(self, batch: Batch) -> None:
        first = batch.bytes[: batch.count, 0]
        second = batch.bytes[: batch.count, 1]
        is_media = (first >= 128) & (first < 192) & ((second < 192) | (second > 223))
        if self.loss.share:
            is_media &= ~self.loss.of(batch, is_media, self.members)
            is_other = (first < 128) | (first > 191) | ((second >= 192) & (second <= 223))
        else:
            is_other = ~is_media
        if self.looked_at > 1:
            is_media &= batch.members % self.looked_at == 0
        if is_media.all():
            chosen = None
            slots = self.socket.slot_pointers[: batch.count]
            lengths = self.socket.length_pointers[: batch.count]
        else:
            for n in np.flatnonzero(is_other).tolist():
                self._take_other(batch, n)
            chosen = np.flatnonzero(is_media).tolist()
            if not chosen:
                return
            slots = [self.socket.slot_pointers[n] for n in chosen]
            lengths = [self.socket.length_pointers[n] for n in chosen]
        members = batch.members if chosen is None else batch.members[chosen]
        self._decrypt(batch, members, slots, lengths, chosen)

    def _decrypt(
        self,
        batch: Batch,
        members: np.ndarray[Any, Any],
        slots: list[Any],
        lengths: list[Any],
        chosen: list[int] | None,  # which of the batch these are; None for all
    ) -> None:
        contexts = list(map(self._contexts.__getitem__, members.tolist()))
        if None in contexts:  # it came with the end of a handshake, as an instant picture does
            for n in (n for n, context in enumerate(contexts) if context is None):
                if int(members[n]) in self.members:
                    self._early.keep(batch, n if chosen is None else chosen[n])
            kept = [n for n, context in enumerate(contexts) if context is not None]
            chosen = kept if chosen is None else [chosen[n] for n in kept]
            members = members[kept]
            contexts, slots, lengths = (
                [column[n] for n in kept] for column in (contexts, slots, lengths)
            )
        self.heard[members] = monotonic()
        statuses = list(map(lib.srtp_unprotect, contexts, slots, lengths))
        if any(statuses):
            good = [n for n, status in enumerate(statuses) if status == 0]
            self.tally.failed += len(statuses) - len(good)
            base = np.arange(batch.count) if chosen is None else np.array(chosen, np.int64)
            chosen, members = base[good].tolist(), members[good]
        self.tally.decrypted += len(members)
        self._note(batch, members, slice(0, batch.count) if chosen is None else chosen)

    def _note(self, batch: Batch, members: np.ndarray[Any, Any], chosen: Any) -> None:
        """Which packets these were, and how long they took."""
        if self.publisher is None or not self.takes_notes or not len(members):
            return
        lengths = batch.lengths[chosen].astype(np.int64)
        rows = np.arange(batch.count)[chosen]
        is_padded = batch.bytes[rows, 0] & 0x20 != 0  # the server may even out a frame's packets
        lengths -= np.where(is_padded, batch.bytes[rows, lengths - 1], 0)
        ends = batch.bytes[rows[:, None], lengths[:, None] - 4 + np.arange(4)]
        numbers = ends.view(">u4")[:, 0].astype(np.int64)
        known = numbers < self.publisher.sent
        if not known.all():  # parameter sets that the server has put in
            numbers, members = numbers[known], members[known]
            times = batch.times[chosen][known]
        else:
            times = batch.times[chosen]
        self.tally.numbers.append(numbers)
        self.tally.members.append(members)
        self.tally.delays.append(times - self.publisher.times[numbers])

    def _take_other(self, batch: Batch, n: int) -> None:
        number = int(batch.members[n])
        member = self.members.get(number)
        if member is None:
            return
        data = batch.bytes[n, : batch.lengths[n]].tobytes()
        if data[0] < 128 or data[0] > 191:
            member.receive(data)
            return
        plain = member.unprotect_rtcp(data) if member.receive_context is not None else None
        if plain is None:
            return
        self.tally.reports += 1
        if number != self.publisher_number or self.publisher is None:
            return
        asked = asked_for_key_frames(plain)
        if asked:
            self.key_frame_requests += 1
            self.publisher.want_key_frame(asked)


def asked_for_key_frames(compound: bytes) -> set[int]:
    """The SSRCs of each PLI and FIR in it (RFC 4585 §6.3.1, RFC 5104 §4.3.1)."""
    asked: set[int] = set()
    position = 0
    while position + 4 <= len(compound):
        first, kind, words = struct.unpack_from("!BBH", compound, position)
        if kind == 206 and first & 0x1F == PLI:
            asked.update(struct.unpack_from("!I", compound, position + 8))
        elif kind == 206 and first & 0x1F == FIR:
            entries = range(position + 12, position + 4 + 4 * words, 8)
            asked.update(struct.unpack_from("!I", compound, entry)[0] for entry in entries)
        position += 4 + 4 * words
    return asked
