"""Sessions come and go: what is left of them in a worker, counted without the collector's help."""

import asyncio
import ctypes
import gc
import secrets
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from OpenSSL import SSL
from pylibsrtp import Session
from typing_extensions import override

from signaling.ice.agent import Credentials
from signaling.ice.stun import MessageType, parse_stun
from signaling.transport import dtls
from signaling.workers.commands import encode_report, read_command
from signaling.workers.frames import encode, read_report
from signaling.workers.messages import (
    Attach,
    CloseSession,
    Codec,
    Connected,
    Disconnected,
    DtlsPeer,
    IceCredentials,
    InboundSection,
    Inflow,
    MediaStarted,
    OpenPublication,
    OpenSubscription,
    OutboundSection,
)
from tests.signaling.forwarding.packets import KEY, REST, rtp
from tests.signaling.ice.requests import check
from tests.signaling.workers.control import Control, running_worker, until

FIRST = 20  # visits after which every cache is warm
MANY = 60  # visits of two sessions each
AT_ONCE = 20
OURS = ("signaling.forwarding", "signaling.ice", "signaling.transport")
VENDORS = (SSL.Connection, Session, asyncio.Task)
FIRST_OF_DTLS = 20  # RFC 7983 §7
BYTES = 1 << 10  # of C code that a visit may leave; each session takes fifty times that
VP8 = Codec(payload_type=96, name="VP8", clock_rate=90000)
CERTIFICATE = dtls.make_certificate()


class Port(asyncio.DatagramProtocol):
    """The socket of one viewer."""

    def __init__(self, worker: dtls.DtlsPeer) -> None:
        self.answered = asyncio.Event()
        self.closed = asyncio.Event()
        self.dtls = dtls.DtlsSession(CERTIFICATE, worker, self._send)

    def _send(self, data: bytes) -> None:
        self.transport.sendto(data)

    @override
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data[0] >= FIRST_OF_DTLS:
            self.dtls.pipe.deliver(data)
        elif parse_stun(data).type == MessageType.BINDING_SUCCESS:
            self.answered.set()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()

    async def close(self) -> None:
        self.transport.close()
        await self.closed.wait()


def credentials(session: str) -> Credentials:
    return Credentials(f"{session}-ours", f"password-of-{session}-ours", session, "p" * 24)


def ice(session: str) -> IceCredentials:
    found = credentials(session)
    return IceCredentials(
        local_ufrag=found.local_ufrag,
        local_password=found.local_password,
        remote_ufrag=found.remote_ufrag,
        remote_password=found.remote_password,
    )


def opening(session: str) -> dict[str, Any]:
    prints = (("sha-256", dtls.fingerprint(CERTIFICATE)),)
    peer = DtlsPeer(fingerprints=prints, worker_is_server=True)
    return {"session": session, "room": "room", "epoch": 1, "ice": ice(session), "dtls": peer}


async def arrive(control: Control, session: str) -> Port:
    """Check, and get an answer."""
    address = ("127.0.0.1", control.hello.candidates[0].port)
    worker = dtls.DtlsPeer((("sha-256", control.hello.fingerprint),), we_are_server=False)
    loop = asyncio.get_running_loop()
    _, port = await loop.create_datagram_endpoint(lambda: Port(worker), remote_addr=address)
    port.transport.sendto(check(credentials(session), nominate=True))
    await port.answered.wait()
    return port


async def publish(control: Control, session: str, name: str) -> Port:
    """Send the beginning of a picture."""
    section = InboundSection(mid="0", kind="video", codecs=(VP8,), extensions=())
    await control.ask(OpenPublication, **opening(session), publication=name, sections=(section,))
    port = await arrive(control, session)
    keys = await port.dtls.handshake()
    assert keys is not None
    for number in range(3):
        packet = keys.protect(rtp(number, KEY if number == 0 else REST))
        assert packet is not None
        port.transport.sendto(packet)
    await until(lambda: control.told(MediaStarted, publication=name))
    return port


async def watch(control: Control, session: str, name: str, ssrc: int) -> Port:
    section = OutboundSection(
        mid="0", kind="video", codecs=(VP8,), extensions=(), ssrc=ssrc, rtx_ssrc=None, cname="c"
    )
    await control.ask(OpenSubscription, **opening(session), sections=(section,))
    inflow = Inflow(mid="0", publication=name, source_mid="0")
    await control.ask(Attach, session=session, inflows=(inflow,))
    return await arrive(control, session)


async def visit(control: Control, number: int) -> None:
    """A camera and its viewer: some say goodbye, some are closed, some while they shake hands."""
    up, down, name = f"up-{number}", f"down-{number}", f"camera-{number}"
    camera = await publish(control, up, name)
    viewer = await watch(control, down, name, number)
    if number % 3:
        assert await viewer.dtls.handshake() is not None
        await until(lambda: control.told(Connected, session=down))
        assert down not in control.worker._hub._awaited
    if number % 3 == 1:
        await viewer.dtls.shut()
        await until(lambda: control.told(Disconnected, session=down))
    if number % 2:
        await control.ask(CloseSession, session=up)
    if number % 3 != 1:
        await control.ask(CloseSession, session=down)
        await viewer.dtls.shut()
    await camera.dtls.shut()
    await until(lambda: control.told(Disconnected, session=up))
    for port in (camera, viewer):
        await port.close()


async def visits(control: Control, first: int, count: int) -> None:
    others = len(asyncio.all_tasks())
    for start in range(first, first + count, AT_ONCE):
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            for number in range(start, start + AT_ONCE):
                tasks.create_task(visit(control, number))
    await until(lambda: len(asyncio.all_tasks()) == others)  # the last goodbyes are said


def counted() -> Counter[str]:
    """How many objects there are, of ours and of what they hold of others."""
    found: Counter[str] = Counter()
    for known in gc.get_objects():
        name = f"{type(known).__module__}.{type(known).__qualname__}"
        if name.startswith(OURS) or name.endswith("CDataGCP") or issubclass(type(known), VENDORS):
            found[name] += 1
    return found


class _Mallinfo(ctypes.Structure):
    """glibc's struct mallinfo2."""

    NAMES = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in NAMES.split()]


def allocated() -> int:
    """Bytes that C code has and has not given back."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _Mallinfo
    found = mallinfo()
    return int(found.uordblks) + int(found.hblkhd)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector, which finds sessions that hold each other only minutes later."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.unwatched  # what a watcher allocates is no session's
async def test_nothing_is_left_of_a_hundred_sessions() -> None:
    async with running_worker() as control:
        await visits(control, 1, FIRST)
        with uncollected():
            before, held = counted(), allocated()
            await visits(control, 1 + FIRST, MANY)
            after = counted()
            more = allocated() - held
        assert after == before
        assert more < MANY * BYTES


async def read_reports(count: int) -> None:
    reader = asyncio.StreamReader()
    for _ in range(count):
        session = secrets.token_urlsafe(24)
        reader.feed_data(encode_report(Disconnected(session=session, reason="closed")))
        assert await read_report(reader) is not None


async def read_commands(count: int) -> None:
    reader = asyncio.StreamReader()
    for number in range(count):
        session = secrets.token_urlsafe(24)
        reader.feed_data(encode(CloseSession(request=number, session=session)))
        assert await read_command(reader) is not None


@pytest.mark.parametrize("read", [read_reports, read_commands])
async def test_the_names_of_sessions_are_not_kept_by_who_reads_them(
    read: Callable[[int], Awaitable[None]],
) -> None:
    await read(FIRST)
    with uncollected():
        before = sys.getallocatedblocks()
        await read(MANY)
        more = sys.getallocatedblocks() - before
    assert more < MANY // 2
