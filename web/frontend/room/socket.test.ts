import { beforeEach, expect, test } from "vitest";
import { recall } from "./memory";
import type { ServerMessage } from "./messages";
import { RoomSocket, type SocketState } from "./socket";
import { PaperClock, PaperSocket } from "./testing";

const WELCOME = {
  type: "welcome",
  version: 1,
  room: "r1",
  life: "life-1",
  resumed: false,
  you: { id: "chen" },
  timer: { now: "2026-11-24T06:00:00Z" },
};
const GRANTS = {
  type: "grants",
  socket: "fresh-token",
  admission: "proof",
  publish: null,
  subscribe: null,
  ice_servers: [],
  expires_at: "2026-11-24T06:02:00Z",
};

class Bench {
  readonly clock = new PaperClock();
  readonly sockets: PaperSocket[] = [];
  readonly states: SocketState[] = [];
  readonly heard: ServerMessage[] = [];
  readonly room: RoomSocket;

  constructor() {
    this.room = new RoomSocket({
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
    });
    this.room.states.listen((state) => this.states.push(state));
    this.room.messages.listen((message) => this.heard.push(message));
  }

  get last(): PaperSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  connect(): this {
    this.room.open();
    this.last.onopen?.();
    this.last.hears(WELCOME, GRANTS);
    return this;
  }

  loses(code = 1006): void {
    this.last.onclose?.({ code });
  }

  returns(): void {
    this.clock.pass(10_000);
    this.last.onopen?.();
    this.last.hears({ ...WELCOME, resumed: true });
  }
}

beforeEach(() => {
  sessionStorage.clear();
});

test("the first message is hello with the grant, never in the address", () => {
  const bench = new Bench().connect();
  expect(bench.last.url).not.toContain("page-token");
  expect(bench.last.sent[0]).toMatchObject({
    type: "hello",
    version: 1,
    token: "page-token",
    life: null,
    last_seen: null,
  });
  expect(bench.room.state).toEqual({ name: "connected" });
});

test("a lost socket comes back and resumes from the highest number with the fresh token", () => {
  const bench = new Bench().connect();
  bench.last.hears({ type: "presence", number: 7, person: {} });
  bench.loses();
  expect(bench.room.state).toEqual({ name: "reconnecting", failures: 1 });
  bench.clock.pass(250);
  expect(bench.sockets).toHaveLength(2);
  bench.last.onopen?.();
  expect(bench.last.sent[0]).toMatchObject({
    token: "fresh-token",
    admission: "proof",
    life: "life-1",
    last_seen: 7,
  });
});

test("numbers of an older life are forgotten", () => {
  const bench = new Bench().connect();
  bench.last.hears({ type: "presence", number: 70, person: {} });
  bench.loses();
  bench.clock.pass(250);
  bench.last.onopen?.();
  bench.last.hears({ ...WELCOME, life: "life-2" }, { type: "snapshot", number: 3, chat: [] });
  bench.loses();
  bench.clock.pass(1_000);
  bench.last.onopen?.();
  expect(bench.last.sent[0]).toMatchObject({ life: "life-2", last_seen: 3 });
});

test("what was said while the socket was away is said after the return, states once", () => {
  const bench = new Bench().connect();
  bench.loses();
  bench.room.say({ type: "send-chat", text: "hi", key: "1", to: null });
  bench.room.say({ type: "media-state", muted: true, camera_off: false });
  bench.room.say({ type: "media-state", muted: false, camera_off: false });
  bench.room.say({ type: "renew-grants" });
  bench.returns();
  expect(bench.last.types).toEqual(["hello", "media-state", "send-chat"]);
  expect(bench.last.sent[1]).toMatchObject({ muted: false });
});

test("a line that was sent into a dead network is said again until the room shows it", () => {
  const bench = new Bench().connect();
  bench.room.say({ type: "send-chat", text: "hi", key: "k1", to: null });
  bench.room.say({ type: "send-chat", text: "ho", key: "k2", to: null });
  bench.last.hears({ type: "chat", number: 2, line: { line: 1, key: "k1" } });
  bench.loses();
  bench.returns();
  expect(bench.last.sent.slice(1)).toMatchObject([{ type: "send-chat", key: "k2" }]);
  bench.last.hears({ type: "snapshot", number: 9, chat: [{ line: 2, key: "k2" }] });
  bench.loses();
  bench.returns();
  expect(bench.last.types).toEqual(["hello"]);
});

test("a line that the room refused is not said again, nor is a command that was sent", () => {
  const bench = new Bench().connect();
  bench.room.say({ type: "send-chat", text: "hi", key: "k1", to: null });
  bench.room.say({ type: "admit", participant: "chen" });
  bench.last.hears({ type: "error", code: "chat-too-fast", about: "send-chat" });
  bench.loses();
  bench.returns();
  expect(bench.last.types).toEqual(["hello"]);
});

test("what is kept unsaid has a bound", () => {
  const bench = new Bench().connect();
  bench.loses();
  for (let n = 0; n < 80; n += 1) {
    bench.room.say({ type: "send-chat", text: "x", key: String(n), to: null });
  }
  bench.returns();
  expect(bench.last.sent.slice(1).map((one) => one["key"])).toEqual(
    Array.from({ length: 50 }, (_, n) => String(n + 30)),
  );
});

test.each([
  [1000, "left"],
  [1008, "flooded"],
  [4000, "refused"],
  [4001, "replaced"],
  [4002, "ended"],
  [4003, "declined"],
])("close code %i ends the room for this page", (code, why) => {
  const bench = new Bench().connect();
  bench.loses(code);
  expect(bench.room.state).toEqual({ name: "closed", why, code });
  bench.clock.pass(60_000);
  expect(bench.sockets).toHaveLength(1);
});

test.each([1001, 1006, 4004])("close code %i is followed by another try", (code) => {
  const bench = new Bench().connect();
  bench.loses(code);
  bench.clock.pass(250);
  expect(bench.sockets).toHaveLength(2);
});

test("a restart of the server is waited for as long as it said", () => {
  const bench = new Bench().connect();
  bench.last.hears({ type: "server-restart", reconnect_in: 3 });
  bench.loses(1001);
  bench.clock.pass(2_999);
  expect(bench.sockets).toHaveLength(1);
  bench.clock.pass(1);
  expect(bench.sockets).toHaveLength(2);
});

test("a second device asks, and may take over", () => {
  const bench = new Bench();
  bench.room.open();
  bench.last.onopen?.();
  bench.last.hears({ type: "seat-taken", name: "Chen" });
  expect(bench.room.state).toEqual({ name: "asking" });
  bench.room.takeOver();
  expect(bench.last.types).toEqual(["hello", "take-over"]);
  bench.last.hears(WELCOME);
  expect(bench.room.state).toEqual({ name: "connected" });
});

test("a dead network is noticed by silence, without waiting for a closing handshake", () => {
  const bench = new Bench().connect();
  const dead = bench.last;
  bench.room.check();
  expect(dead.types.at(-1)).toBe("ping");
  bench.clock.pass(2_000);
  expect(dead.closedByPage).toBe(true);
  expect(bench.room.state.name).toBe("reconnecting");
  dead.hears({ type: "presence", number: 99, person: {} });
  expect(bench.heard.some((message) => message.type === "presence")).toBe(false);
});

test("nothing is said into a connection that the server has begun to close", () => {
  const bench = new Bench().connect();
  bench.last.readyState = 2;
  bench.room.check();
  expect(bench.last.types).not.toContain("ping");
});

test("a living network answers and stays", () => {
  const bench = new Bench().connect();
  bench.room.check();
  bench.room.check();
  expect(bench.last.types.filter((type) => type === "ping")).toHaveLength(1);
  bench.last.hears({ type: "pong", nonce: 1, now: "2026-11-24T06:00:00Z" });
  bench.clock.pass(2_000);
  expect(bench.room.state.name).toBe("connected");
});

test("when the network is back the next try comes at once", () => {
  const bench = new Bench().connect();
  bench.last.hears({ type: "server-restart", reconnect_in: 60 });
  bench.loses(1001);
  bench.room.hurry();
  bench.clock.pass(0);
  expect(bench.sockets).toHaveLength(2);
});

test("a message of a type that this page does not know is passed over", () => {
  const bench = new Bench().connect();
  bench.last.hears({ type: "from-the-future" }, { nothing: 1 });
  bench.last.onmessage?.({ data: new ArrayBuffer(1) });
  expect(bench.heard.map((message) => message.type)).toEqual(["welcome", "grants"]);
});

test("a reloaded page proves that it was admitted; after leaving it does not", () => {
  new Bench().connect();
  const reloaded = new Bench();
  reloaded.room.open();
  reloaded.last.onopen?.();
  expect(reloaded.last.sent[0]).toMatchObject({ token: "page-token", admission: "proof" });
  reloaded.last.hears(WELCOME);
  reloaded.room.leave();
  expect(reloaded.last.types.at(-1)).toBe("leave");
  expect(recall(sessionStorage, "r1")).toBeNull();
});

test("leaving while the socket is away ends the tries", () => {
  const bench = new Bench().connect();
  bench.loses();
  bench.room.leave();
  bench.clock.pass(60_000);
  expect(bench.sockets).toHaveLength(1);
  expect(bench.room.state).toMatchObject({ name: "closed", why: "left" });
});

test("after a decline the page may knock again", () => {
  const bench = new Bench().connect();
  bench.loses(4003);
  bench.room.say({ type: "renew-grants" });
  bench.room.reopen();
  bench.last.onopen?.();
  bench.last.hears(WELCOME);
  expect(bench.room.state.name).toBe("connected");
  bench.room.reopen();
  expect(bench.sockets).toHaveLength(2);
});
