import { beforeEach, expect, test } from "vitest";
import { RoomSession } from "./session";
import { flush, PaperClock, PaperSocket } from "./testing";
import type { RoomView } from "./view";

const TIMER = {
  now: "2026-11-24T06:00:00Z",
  starts_at: "2026-11-24T06:00:00Z",
  ends_at: "2026-11-24T06:30:00Z",
  closes_at: "2026-11-24T06:40:00Z",
  started_at: null,
};
const YOU = { id: "chen", name: "Chen", role: "candidate", presence: "in-room", connected: true };
const WELCOME = {
  type: "welcome",
  version: 1,
  room: "r1",
  you: YOU,
  life: "life-1",
  resumed: false,
  timer: TIMER,
};

const grants = (token: string, isAdmitted = true): object => ({
  type: "grants",
  socket: `socket-${token}`,
  admission: null,
  publish: isAdmitted ? { url: "https://jobs.example/whip/r1", token: `up-${token}` } : null,
  subscribe: isAdmitted ? { url: "https://jobs.example/whep/r1", token: `down-${token}` } : null,
  ice_servers: [],
  expires_at: TIMER.now,
});

/** A peer connection on paper: it negotiates and is connected at once. */
class PaperConnection {
  connectionState = "new";
  localDescription: RTCSessionDescriptionInit | null = null;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: (() => void) | null = null;
  #count = 0;

  constructor(public configuration: RTCConfiguration) {}

  addTransceiver(): object {
    const track = { id: `track-${this.#count}`, enabled: true };
    const sender = { replaceTrack: () => Promise.resolve() };
    return { mid: String(this.#count++), receiver: { track }, sender };
  }

  createOffer(): Promise<RTCSessionDescriptionInit> {
    return Promise.resolve({ sdp: "a=ice-ufrag:u\r\na=ice-pwd:p\r\n", type: "offer" });
  }

  setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.localDescription = description;
    return Promise.resolve();
  }

  setRemoteDescription(): Promise<void> {
    this.connectionState = "connected";
    this.onconnectionstatechange?.();
    this.ontrack?.();
    return Promise.resolve();
  }

  getStats(): Promise<Map<string, object>> {
    return Promise.resolve(new Map());
  }

  getConfiguration(): RTCConfiguration {
    return this.configuration;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  close(): void {
    this.connectionState = "closed";
  }
}

class Bench {
  readonly clock = new PaperClock();
  readonly sockets: PaperSocket[] = [];
  readonly asked: string[] = [];
  readonly views: RoomView[] = [];
  readonly session: RoomSession;

  constructor(waits = false) {
    this.session = new RoomSession({
      waits,
      url: "wss://jobs.example/socket/r1",
      room: "r1",
      token: "page-token",
      device: "0".repeat(32),
      storage: sessionStorage,
      clockwork: this.clock,
      open: (url) => {
        const socket = new PaperSocket(url);
        this.sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      connect: (servers) => new PaperConnection(servers) as unknown as RTCPeerConnection,
      fetcher: ((url: string, init: RequestInit) => this.#fetch(url, init)) as typeof fetch,
    });
    this.session.views.listen((view) => this.views.push(view));
    this.session.open();
    this.last.onopen?.();
  }

  get last(): PaperSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  async admitted(): Promise<this> {
    this.last.hears(WELCOME, grants("1"));
    await flush();
    this.last.hears(grants("2"));
    await flush();
    return this;
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    const { Authorization: bearer } = init.headers as Record<string, string>;
    const token = bearer?.replace("Bearer ", "") ?? "";
    this.asked.push(`${String(init.method)} ${token}`);
    if (init.method === "PATCH") return Promise.resolve(new Response("a=ice-ufrag:n\r\na=ice-pwd:n"));
    const headers = { Location: `${url}/s` };
    return Promise.resolve(new Response("a=ice-ufrag:a\r\na=ice-pwd:a", { status: 201, headers }));
  }
}

beforeEach(() => {
  sessionStorage.clear();
});

test("a session that waits opens no media before it begins, whatever the room allows", async () => {
  const bench = await new Bench(true).admitted();
  expect(bench.asked).toEqual([]);
  bench.session.begin();
  bench.session.begin();
  await flush();
  expect(bench.asked).toEqual(["POST up-2", "POST down-2"]);
  await bench.session.leave();
});

test("before admission no media is opened; with the grants it starts by itself", async () => {
  const bench = new Bench();
  bench.last.hears(WELCOME, grants("0", false));
  await flush();
  expect(bench.asked).toEqual([]);
  bench.last.hears(grants("1"));
  await flush();
  expect(bench.asked).toEqual(["POST up-1", "POST down-1"]);
  bench.last.hears(grants("2"));
  await flush();
  expect(bench.asked).toHaveLength(2);
  await bench.session.leave();
});

test("the map says whose sound and picture came in", async () => {
  const bench = await new Bench().admitted();
  const section = { mid: "0", kind: "audio", participant: "li", source: "camera" };
  bench.last.hears({ type: "map", sections: [section] });
  expect(bench.session.subscriber.current).toMatchObject([
    { participant: "li", audio: { id: "track-0" }, video: null },
  ]);
  await bench.session.leave();
});

test("media that the server lost is opened again with a fresh token", async () => {
  const bench = await new Bench().admitted();
  bench.last.hears({ type: "media-lost", direction: "publish", reason: "worker-lost" });
  await flush();
  expect(bench.asked.at(-1)).toBe("POST up-2");
  bench.last.hears({ type: "media-lost", direction: "subscribe", reason: "worker-lost" });
  await flush();
  expect(bench.asked.at(-1)).toBe("POST down-2");
  await bench.session.leave();
});

test("when the socket had to come back, media follows the new way at once", async () => {
  const bench = await new Bench().admitted();
  bench.last.onclose?.({ code: 1006 });
  bench.clock.pass(250);
  bench.last.onopen?.();
  bench.last.hears({ ...WELCOME, resumed: true });
  await flush();
  expect(bench.asked.slice(2)).toEqual(["PATCH up-1", "PATCH down-1"]);
  await bench.session.leave();
});

test("a network that is back moves socket and media", async () => {
  const bench = await new Bench().admitted();
  window.dispatchEvent(new Event("online"));
  await flush();
  expect(bench.last.types.at(-1)).toBe("ping");
  expect(bench.asked.slice(2)).toEqual(["PATCH up-1", "PATCH down-1"]);
  await bench.session.leave();
});

test("one who leaves tells the room; the server ends the media", async () => {
  const bench = await new Bench().admitted();
  await bench.session.leave();
  expect(bench.last.types.at(-1)).toBe("leave");
  expect(bench.asked).toHaveLength(2);
  expect(bench.session.publisher.link.state).toBe("closed");
});

test("one who leaves while the socket is away ends the media over HTTP", async () => {
  const bench = await new Bench().admitted();
  bench.last.onclose?.({ code: 1006 });
  await bench.session.leave();
  expect(bench.asked.slice(2)).toEqual(["DELETE up-1", "DELETE down-1"]);
});

test("after the end of the interview nothing is sent any more", async () => {
  const bench = await new Bench().admitted();
  bench.last.hears({ type: "ended", number: 9, outcome: "done", by: "li" });
  bench.last.onclose?.({ code: 4002 });
  await flush();
  expect(bench.session.view.outcome).toBe("done");
  expect(bench.session.subscriber.link.state).toBe("closed");
  window.dispatchEvent(new Event("online"));
  await flush();
  expect(bench.asked).toHaveLength(2);
});

test("each message gives a new view, and the clock is the server's", async () => {
  const bench = await new Bench().admitted();
  expect(bench.session.view.me?.id).toBe("chen");
  expect(bench.views.length).toBeGreaterThan(0);
  expect(bench.session.clock.remaining(TIMER)).toBeGreaterThan(29 * 60_000);
  expect(bench.session.clock.remaining(TIMER)).toBeLessThanOrEqual(30 * 60_000);
  await bench.session.leave();
});
