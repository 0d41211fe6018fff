"""One room of the soak: a publisher on air, and viewers who come and go all the time."""

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Final

from aiohttp import ClientError, ClientSession

from benchmarks.media.crowd import Crowd
from benchmarks.media.crowd_socket import LOOPBACK, CrowdSocket
from benchmarks.media.doors import Whep
from benchmarks.media.member import ConnectError, Member, new_credentials
from benchmarks.media.publisher import Publisher
from benchmarks.media.replay import Replay, packets_of
from signaling.transport.dtls import fingerprint, make_certificate

LOSS: Final = 0.02  # of the media; also of what the publisher sends
STAY: Final = 8.0  # seconds that a viewer stays on average
SILENT_LEAVE: Final = 3  # every third viewer goes without a word
BACK_WITHIN: Final = 5.0  # seconds after a kill until everybody sees again
QUIET: Final = 3.0  # seconds without media that a viewer may complain about
STARVED: Final = 1.0  # seconds without a core that excuse a join which took too long
CODEC: Final = "vp8"
UNREACHED: Final = (ConnectError, ClientError, TimeoutError)
OK: Final = 200


class Stage:
    """So many viewers at a time; `waited()` are the seconds that we all had to wait for a core."""

    def __init__(
        self,
        room: str,
        viewers: int,
        http: ClientSession,
        url: str,
        waited: Callable[[], float],
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.reasons: deque[str] = deque(maxlen=3)  # of the last joins that failed
        self.crowd = Crowd(CrowdSocket(LOOPBACK, 0))
        self.crowd.takes_notes = False
        self.crowd.loss.share = LOSS
        self._room = room
        self._viewers = viewers
        self._http = http
        self._url = url
        self._waited = waited
        self._certificate = make_certificate()
        self._numbers = iter(range(1, 60_000))
        self._joined_at: dict[int, float] = {}
        self._killed_at = -BACK_WITHIN
        self._publisher: Member | None = None

    @property
    def port(self) -> int:
        """Where the worker listens that the publisher sends to; 0: there is none yet."""
        return 0 if self._publisher is None else self._publisher.remote.address[1]

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.crowd.run())
            tasks.create_task(self.crowd.renew_consent())
            await self.publish()
            for _ in range(self._viewers):
                tasks.create_task(self._visit_again_and_again())

    async def was_killed(self) -> None:
        """The worker is gone: publish anew, and note how long that took."""
        self._killed_at = monotonic()
        self.crowd.publisher = None
        if self._publisher is not None:
            await self._publisher.dtls.shut()
        await self.publish()
        took = round((monotonic() - self._killed_at) * 1000)
        self.counts["longest_without_publisher_ms"] = max(
            self.counts["longest_without_publisher_ms"], took
        )

    async def publish(self) -> None:
        """A publisher on air; tries until there is a worker that takes it."""
        while True:
            publisher = Publisher(Replay(packets_of(CODEC)), CODEC, self._send, extensions=True)
            ours, door = new_credentials(), Whep(self._http, self._url, self._room)
            streams, number = publisher.streams, next(self._numbers)
            ssrcs = streams["audio"].ssrc, streams["video"].ssrc, secrets.randbelow(1 << 31)
            try:
                remote = await door.publish(ours, fingerprint(self._certificate), CODEC, ssrcs)
                member = Member(self._certificate, ours, remote, self.crowd.sender(number))
                self.crowd.add(number, member)
                await member.connect(within=BACK_WITHIN)
            except UNREACHED:
                self.counts["publisher_refused"] += 1
                await asyncio.sleep(0.1)
                continue
            self._publisher = member
            publisher.start()
            self.crowd.publisher = publisher
            self.crowd.publisher_number = number
            return

    def _send(self, packet: bytes, source: str, is_rtcp: bool) -> None:  # noqa: ARG002, FBT001
        assert self._publisher is not None
        protected = self._publisher.protect(packet, rtcp=is_rtcp)
        if is_rtcp or secrets.randbelow(1000) >= LOSS * 1000:
            self._publisher.transmit(protected)

    async def _visit_again_and_again(self) -> None:
        while True:
            number = next(self._numbers)
            door = Whep(self._http, self._url, self._room)
            member = await self._join(door, number)
            if member is None:
                await asyncio.sleep(0.1)
                continue
            until = monotonic() + STAY * (0.5 + secrets.randbelow(1000) / 1000)
            while monotonic() < until and self._joined_at[number] > self._killed_at:
                await asyncio.sleep(0.25)
                self._complain(number)
            await self._leave(door, number, member)

    async def _join(self, door: Whep, number: int) -> Member | None:
        ours = new_credentials()
        began, waited_before = monotonic(), self._waited()
        try:
            host = self.crowd.socket.address_of(number)
            remote = await door.watch(ours, fingerprint(self._certificate), host)
            member = Member(self._certificate, ours, remote, self.crowd.sender(number))
            self.crowd.add(number, member)
            await member.connect(within=BACK_WITHIN)
        except UNREACHED as error:
            self._note_failure(error, began, self._waited() - waited_before)
            if number in self.crowd.members:
                await self.crowd.members.pop(number).dtls.shut()
            return None
        self.crowd.connected(number)
        self._joined_at[number] = monotonic()
        self.counts["joins"] += 1
        return member

    def _note_failure(self, error: Exception, began: float, waited: float) -> None:
        if began - self._killed_at < BACK_WITHIN or self._killed_at > began:
            self.counts["refused_after_a_kill"] += 1
        elif waited > STARVED:
            self.counts["starved"] += 1
        else:
            self.reasons.append(repr(error))
            self.counts["failed"] += 1

    def _complain(self, number: int) -> None:
        """Count a viewer without media, unless it has just come or a worker was just killed."""
        now = monotonic()
        since = max(self._joined_at[number], float(self.crowd.heard[number]))
        if now - since > QUIET and now - self._killed_at > BACK_WITHIN + QUIET:
            self.counts["silent"] += 1

    async def _leave(self, door: Whep, number: int, member: Member) -> None:
        was_lost = self._joined_at.pop(number) <= self._killed_at
        self.crowd.leave(number)
        if was_lost:
            self.counts["lost_with_a_worker"] += 1
        elif number % SILENT_LEAVE == 0:
            self.counts["vanished"] += 1
        else:
            with suppress(*UNREACHED):
                self.counts["left"] += await door.leave(door.sessions[-1]) == OK
        await member.dtls.shut()
