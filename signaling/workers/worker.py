"""The media worker: carries out commands, moves packets, reports what happens."""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, assert_never

from signaling.forwarding import forwarder as forwarding
from signaling.forwarding.actions import (
    Action,
    Burst,
    Fanout,
    LayersWanted,
    MediaBegan,
    Send,
    SendRtcp,
    Tapped,
    TappedClock,
    Unplayable,
    VoiceChanged,
)
from signaling.transport.aside import set_aside
from signaling.transport.beat import BEAT
from signaling.transport.bursts import Bursts
from signaling.transport.dialing import where_called
from signaling.transport.dtls import fingerprint, make_certificate
from signaling.transport.fanout import FanOut
from signaling.transport.hub import Hub
from signaling.transport.intake import GATHER
from signaling.transport.port import UdpPort, bind, reachable_addresses
from signaling.transport.tcp import TcpPort, bind_tcp
from signaling.workers import messages
from signaling.workers.admission import Admission
from signaling.workers.advertised import Advertised
from signaling.workers.commands import encode_report, read_command
from signaling.workers.dice import Dice
from signaling.workers.frames import FrameError
from signaling.workers.load import Lateness, Load
from signaling.workers.pace import Pace
from signaling.workers.taps import Taps
from signaling.workers.verbs import Verbs

SWEEP: Final = timedelta(seconds=10)  # plans for cohorts that are gone live so much longer
TICK: Final = 4  # beats; how late a request for a packet or a picture may be
CALM: Final = 10  # beats while nothing is missing: how late a report may be
HOLD: Final = BEAT + GATHER  # seconds that a part of a frame waits: there is a look within
MOST_SESSIONS: Final = 3000  # their statistics fit into one frame; one core serves fewer
MOST_UNREAD: Final = 4 << 20  # bytes of reports; a control plane that reads none is gone


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Where a worker listens, and how it is to be reached."""

    worker: str
    host: str = "127.0.0.1"
    port: int = 0  # UDP; any
    tcp_port: int | None = None  # 0: any; None: no TCP
    advertise: tuple[str, ...] = ()  # `Advertised`; none: where it listens
    most_sessions: int = MOST_SESSIONS
    segments: bool = True  # let the kernel cut trains of packets (UDP_SEGMENT)


class Worker:
    """One worker on the running loop; `run` serves one control plane until it goes away."""

    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        self._certificate = make_certificate()
        self._forwarder = forwarding.Forwarder(Dice().below)
        self._admission = Admission(options.most_sessions)
        self._taps = Taps(self._forwarder, self.now, self.perform)
        self._lateness = Lateness()
        self._ended = asyncio.Event()
        self._news = b""  # reports that the control plane is told at the next tick
        self._tcp: TcpPort | None = None
        self._loop = asyncio.get_running_loop()
        self._pace = Pace()

    def now(self) -> timedelta:
        """The loop's clock."""
        return timedelta(seconds=self._loop.time())

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve until the control plane has gone or a drain is over; raises OSError at binding."""
        self._writer = writer
        sock, stream = self._bind()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._hub = Hub(self._certificate, self, tasks, self.now)
                self._port = UdpPort(
                    sock,
                    self._hub.receive,
                    aside=set_aside(sock),
                    awaits=self._hub.awaits,
                    expects_more=lambda: self._fan.is_waiting,
                )
                self._hub.bind(self._port.send, self._port.let_rest)
                self._fan = self._fan_out()
                self._bursts = Bursts(self._hub, self._port, clock=self.now)
                await self._listen(stream)
                self._verbs = Verbs(self, self._hub, self._forwarder, self._admission, self._taps)
                self._report(self._hello())
                owned = [tasks.create_task(self._serve(reader)), tasks.create_task(self._tick())]
                await self._ended.wait()
                self._hub.close_all("closed")
                for task in owned:
                    task.cancel()
        finally:
            self._flush()
            self._taps.close()
            self._port.close()
            if self._tcp is not None:
                self._tcp.close()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def _fan_out(self) -> FanOut:
        def later(flush: Callable[[], None]) -> asyncio.TimerHandle:
            return self._loop.call_later(HOLD, flush)

        segments = self._options.segments
        return FanOut(self._hub, self._port, clock=self.now, later=later, segments=segments)

    def _bind(self) -> tuple[socket.socket, socket.socket | None]:
        sock = bind(self._options.host, self._options.port)
        if self._options.tcp_port is None:
            return sock, None
        try:
            return sock, bind_tcp(self._options.host, self._options.tcp_port)
        except OSError:
            sock.close()
            raise

    async def _listen(self, stream: socket.socket | None) -> None:
        if stream is not None:
            self._tcp = TcpPort(stream, self._hub.receive, self._hub.lost)
            await self._tcp.listen()

    def drain(self, within: timedelta) -> None:
        """Open no new session; end when the last is gone or the time is up."""
        self._admission.drain(self.now() + within)

    def load(self) -> Load:
        """How busy the worker is."""
        return Load(self._options.worker, self._port.backlog, self._lateness.worst)

    def counted(self) -> Counter[str]:
        """What was thrown away anywhere in this worker, by reason."""
        dropped: Counter[str] = Counter()
        listed = (self._hub.drops, self._port.drops, self._fan.drops, self._bursts.drops)
        for drops in (*listed, self._forwarder.drops, self._taps.drops):
            dropped.update(drops)
        if self._tcp is not None:
            dropped.update(self._tcp.drops)
        return dropped

    def _hello(self) -> messages.Hello:
        addresses = self._options.advertise or reachable_addresses(self._options.host)
        return messages.Hello(
            worker=self._options.worker,
            process=os.getpid(),
            fingerprint=fingerprint(self._certificate),
            candidates=(
                *_candidates(addresses, self._port.number, "udp"),
                *(_candidates(addresses, self._tcp.number, "tcp") if self._tcp else ()),
            ),
            call_at=messages.Candidate(
                address=where_called(self._options.host), port=self._port.number
            ),
        )

    async def _serve(self, reader: asyncio.StreamReader) -> None:
        with suppress(FrameError):
            while (command := await read_command(reader)) is not None:
                self._report(self._verbs.answer(command))
        self._ended.set()

    async def _tick(self) -> None:
        now = swept = self.now()
        while True:
            beats = TICK if self._forwarder.is_pressed(now) else CALM
            due = timedelta(seconds=await self._pace.turn(beats))
            now = self.now()
            self._lateness.note(now - due, now)
            self.perform(self._forwarder.tick(now))
            self._hub.tick(now)
            self._flush()
            if now - swept > SWEEP:
                swept = now
                self._fan.sweep()
            if self._admission.is_drained(now):
                self._ended.set()

    def _report(self, report: messages.Report) -> None:
        """Say it now, and whatever waits before it."""
        self._tell(report)
        self._flush()

    def _tell(self, news: messages.Report) -> None:
        """Say it at the next tick: several at once wake the control plane once."""
        self._news += encode_report(news)
        self._pace.press(TICK)

    def _flush(self) -> None:
        news, self._news = self._news, b""
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
            self._ended.set()
        elif news and not self._writer.is_closing():
            self._writer.write(news)

    # what happens on the wire

    def connected(self, session: str) -> None:
        """Let media flow, and report that ICE and DTLS are up."""
        self.perform(self._forwarder.connected(session, self.now()))
        self._tell(messages.Connected(session=session))

    def disconnected(self, session: str, reason: str) -> None:
        """Forget a session that is gone, and report why."""
        self._forwarder.close(session)
        self._taps.session_closed()
        self._admission.close(session)
        self._tell(messages.Disconnected(session=session, reason=reason))

    def media(self, session: str, packets: Sequence[tuple[bytes, timedelta]]) -> None:
        """Forward a batch of decrypted packets."""
        actions = self._forwarder.receive(session, packets)
        if actions:  # most reports want nothing done
            self.perform(actions)
        if self._forwarder.is_pressed(self.now()):
            self._pace.press(TICK)

    def rest(self, session: str) -> timedelta:
        """How long what a viewer reports may go unread, as nothing depends on it."""
        return self._forwarder.rest(session, self.now())

    def perform(self, actions: Iterable[Action]) -> None:
        """Do what the core wants done."""
        outgoing: list[tuple[str, bytes]] = []
        for action in actions:
            match action:
                case Fanout(members, packet):
                    self._fan.add(members, packet)
                case Send(session, packets):
                    outgoing.extend((session, packet) for packet in packets)
                case Burst():
                    self._bursts.send(action)
                case SendRtcp(session, data):
                    outgoing.append((session, data))
                case Unplayable(session, reason):
                    self._hub.close(session, reason)
                case MediaBegan() | VoiceChanged() | LayersWanted():
                    self._tell(_news(action))
                case Tapped() | TappedClock():
                    self._tap(action)
                case _:
                    assert_never(action)
        if outgoing:
            self._hub.send(outgoing)
        self._taps.flush()

    def _tap(self, action: Tapped | TappedClock) -> None:
        if isinstance(action, Tapped):
            self._taps.packet(action)
        else:
            self._taps.clock(action)


def _candidates(
    addresses: Sequence[str], port: int, protocol: Literal["udp", "tcp"]
) -> Iterator[messages.Candidate]:
    for told in map(Advertised.read, addresses):
        outside = port if told.port is None else told.port
        yield messages.Candidate(address=told.address, port=outside, protocol=protocol)


def _news(action: MediaBegan | VoiceChanged | LayersWanted) -> messages.Report:
    match action:
        case MediaBegan(publication, mid, kind):
            return messages.MediaStarted(publication=publication, mid=mid, kind=kind.value)
        case VoiceChanged(publication, mid, speaking):
            return messages.VoiceChanged(publication=publication, mid=mid, speaking=speaking)
        case LayersWanted(publication, mid, rids):
            return messages.LayersWanted(publication=publication, mid=mid, rids=rids)
        case _:
            assert_never(action)
