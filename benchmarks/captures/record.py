"""Records what a real Chromium sends through our server: a publisher's packets, a viewer's RTCP.

    python benchmarks/captures/record.py [--traffic h264] [--seconds 25]

Writes `h264.json`, `vp8.json` and `simulcast.json` (VP8 in three layers) beside itself. Only
sizes, times and the bytes that tell frames apart are kept: of VP8 its descriptor and frame header,
of H.264 its NAL unit headers and parameter sets. The pictures themselves are noise of our own
making.
"""

import argparse
import asyncio
import json
import re
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from aiohttp import ClientSession, web
from playwright.async_api import Page, async_playwright

from benchmarks.media import pictures
from benchmarks.media.middle import HOST, Direction, Middle
from benchmarks.media.packets import Row, header, heaviest, rid_of, row_of, tagged
from benchmarks.media.reports_seen import compound
from signaling.transport.dtls import make_certificate
from tests.support.browser import launch

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
SCRIPT: Final = (ROOT / "benchmarks" / "media" / "page.js").read_text("utf-8")
WARM_UP: Final = 12  # seconds until Chromium has found its bandwidth
FIND_ALL: Final = 25  # and until it sends every layer, and the viewer has found room for the best
ROOM: Final = "capture"
CODECS: Final = {"h264": "h264", "vp8": "vp8", "simulcast": "vp8"}
LAYERS: Final = [  # what a page of ours asks for, but as many bits as Chromium likes
    {"rid": rid, "scaleResolutionDownBy": scale} for rid, scale in (("q", 4), ("h", 2), ("f", 1))
]
RID: Final = re.compile(r"a=extmap:(\d+) urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id")


class Recorder:
    """Both sessions pass through a middle each; what is wanted is kept."""

    def __init__(self, server: str, http: ClientSession, tasks: asyncio.TaskGroup) -> None:
        self._server = server
        self._http = http
        self._tasks = tasks
        self._certificate = make_certificate()
        self.sessions: list[asyncio.Task[None]] = []
        self.publisher: Middle | None = None
        self.packets: list[tuple[int, bytes]] = []
        self.reports: list[tuple[int, bytes]] = []
        self.checks: list[int] = []
        self._rid = 0  # number of the header extension that names a layer; 0: there are none
        self._layers: dict[int, str] = {}  # by SSRC; Chromium names them until it was heard

    async def open(self, request: web.Request) -> web.Response:
        """Pass an offer on and its answer back."""
        seen = self._published if request.path.startswith("/whip") else self._watched
        middle = Middle(self._certificate, seen)
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type")}
        offer = middle.offer(await request.text())
        named = RID.search(offer)
        if request.path.startswith("/whip") and named is not None:
            self._rid = int(named[1])
        async with self._http.post(
            self._server + request.path, data=offer, headers=headers
        ) as response:
            text = await response.text()
            if response.status != 201:
                return web.Response(status=response.status, text=text)
        if request.path.startswith("/whip"):
            self.publisher = middle
        answer = middle.answer(text)
        self.sessions.append(self._tasks.create_task(middle.run()))
        return web.Response(status=201, text=answer, content_type="application/sdp")

    def _published(self, direction: Direction, kind: str, at: int, data: bytes) -> None:
        if direction != "up" or kind != "rtp":
            return
        self.packets.append((at, data))
        rid = rid_of(data, self._rid) if self._rid else ""
        if rid:
            self._layers[struct.unpack_from("!I", data, 8)[0]] = rid

    def _watched(self, direction: Direction, kind: str, at: int, data: bytes) -> None:
        if direction == "up" and kind == "rtcp":
            self.reports.append((at, data))
        elif direction == "up" and kind == "stun":
            self.checks.append(at)

    def forget(self) -> None:
        """Begin anew."""
        for kept in (self.packets, self.reports, self.checks):
            kept.clear()

    @property
    def kinds(self) -> dict[int, str]:
        """What each source of pictures is called: by its layer, or as the only one."""
        return self._layers or {self.video_source(): "v"}

    def video_source(self) -> int:
        """The SSRC that most bytes have come from."""
        sizes: dict[int, int] = {}
        for _, data in self.packets:
            ssrc = struct.unpack_from("!I", data, 8)[0]
            sizes[ssrc] = sizes.get(ssrc, 0) + len(data)
        return max(sizes, key=lambda ssrc: sizes[ssrc])


async def empty(_: web.Request) -> web.Response:
    """Somewhere for the browser to stand."""
    return web.Response(text="<!doctype html><title>capture</title>", content_type="text/html")


async def record(page: Page, recorder: Recorder, traffic: str, seconds: float) -> dict[str, Any]:
    """One capture: it begins with a key frame, in the middle of a call."""
    codec, layers = CODECS[traffic], LAYERS if traffic == "simulcast" else []
    size = {"width": pictures.WIDTH, "height": pictures.HEIGHT, "frameRate": pictures.RATE}
    await page.evaluate("a => publish(a[0], a[1], a[2], a[3])", [ROOM, codec, size, layers])
    await page.evaluate("room => watch(room)", ROOM)
    await asyncio.sleep(FIND_ALL if layers else WARM_UP)
    source, kinds = recorder.video_source(), recorder.kinds
    recorder.forget()
    assert recorder.publisher is not None
    recorder.publisher.ask_for_key_frame(source)
    await asyncio.sleep(seconds)
    sent = await page.evaluate("numbers(publisher, 'outbound-rtp')")
    seen = await page.evaluate("numbers(viewer, 'inbound-rtp')")
    rows = rows_of(recorder.packets, kinds, codec)
    best = heaviest(rows)
    first = recorder.packets[0][0]
    return {
        "made_by": "benchmarks/captures/record.py",
        "codec": codec,
        "browser": page.context.browser.version if page.context.browser else "",
        "width": sent["frameWidth"],
        "height": sent["frameHeight"],
        "seconds": round(rows[-1][1] / 1e6, 1),
        "frames": len({row[6] for row in rows if row[0] == best}),
        "viewer": {
            "width": seen["frameWidth"],
            "frames_decoded": seen["framesDecoded"],
            "rtcp": [[(at - first) // 1000, compound(data)] for at, data in recorder.reports],
            "checks": [(at - first) // 1000 for at in recorder.checks],
        },
        "packets": rows,
    }


def rows_of(packets: list[tuple[int, bytes]], kinds: dict[int, str], codec: str) -> list[Row]:
    """The media packets from the first key frame on, without probes and repairs."""
    rows = [row for at, data in packets if (row := row_of(at, header(data), kinds, codec))]
    return tagged(rows)


async def capture(traffic: str, seconds: float, folder: Path) -> dict[str, Any]:
    """Start everything, record, end everything."""
    command = ("-m", "benchmarks.media.server", "--host", HOST)
    server = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        port = json.loads(await server.stdout.readline())["port"]
        async with ClientSession() as http, asyncio.TaskGroup() as tasks:
            recorder = Recorder(f"http://{HOST}:{port}", http, tasks)
            app = web.Application()
            app.add_routes([web.get("/", empty), web.post("/{end:whip|whep}/{r}", recorder.open)])
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, HOST, 0)
            await site.start()
            found = await in_browser(runner.addresses[0][1], recorder, traffic, seconds, folder)
            for session in recorder.sessions:
                session.cancel()
            await runner.cleanup()
        return found
    finally:
        server.terminate()
        await server.wait()


async def in_browser(
    port: int, recorder: Recorder, traffic: str, seconds: float, folder: Path
) -> dict[str, Any]:
    """Record in a real Chromium with our files for camera and microphone."""
    flags = [f"--use-file-for-fake-video-capture={pictures.camera(folder / 'camera.y4m')}"]
    flags.append(f"--use-file-for-fake-audio-capture={pictures.microphone(folder / 'voice.wav')}")
    async with async_playwright() as playwright:
        browser = await launch(playwright, *flags)
        page = await browser.new_page()
        await page.goto(f"http://localhost:{port}/")
        await page.add_script_tag(content=SCRIPT)
        found = await record(page, recorder, traffic, seconds)
        await browser.close()
        return found


def main() -> None:
    """Record each kind of traffic and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traffic", choices=tuple(CODECS), action="append", help="default: all")
    parser.add_argument("--seconds", type=float, default=25)
    chosen = parser.parse_args()
    for traffic in chosen.traffic or CODECS:
        with tempfile.TemporaryDirectory(prefix="daigang-capture-") as folder:
            found = asyncio.run(capture(traffic, chosen.seconds, Path(folder)))
        path = HERE / f"{traffic}.json"
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in found.pop("packets"))
        head = json.dumps(found, separators=(",", ":"))
        path.write_text(f'{head[:-1]},\n"packets":[\n{rows}\n]}}\n', "utf-8")
        print(f"{path.name}: {found['frames']} frames in {found['seconds']} s")


if __name__ == "__main__":
    main()
