import { beforeEach, expect, test, vi } from "vitest";
import { deviceId } from "./device-id";
import { levelOf } from "./levels";
import { forget, recall, remember } from "./memory";
import { keepChecking, watchNetwork } from "./network";
import { clockFace, RoomClock } from "./room-clock";
import { Signal } from "./signal";
import { bitrate, summarise } from "./statistics";

beforeEach(() => {
  sessionStorage.clear();
});

test("a device keeps its id over reloads and replaces a spoilt one", () => {
  const id = deviceId(sessionStorage);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(deviceId(sessionStorage)).toBe(id);
  sessionStorage.setItem("room-device", "spoilt");
  expect(deviceId(sessionStorage)).toMatch(/^[0-9a-f]{32}$/);
});

test("a seat is remembered for its room only, and can be forgotten", () => {
  const grants = {
    type: "grants",
    socket: "t",
    admission: null,
    publish: null,
    publish_screen: null,
    subscribe: null,
    ice_servers: [],
    expires_at: "",
  } as const;
  remember(sessionStorage, "r1", grants);
  expect(recall(sessionStorage, "r1")).toEqual({ token: "t", admission: null });
  expect(recall(sessionStorage, "r2")).toBeNull();
  forget(sessionStorage, "r1");
  expect(recall(sessionStorage, "r1")).toBeNull();
});

test.each(["{", "1", "null", '{"token":1}', '{"token":"t","admission":2}'])(
  "a spoilt memory is none: %s",
  (text) => {
    sessionStorage.setItem("room-seat:r1", text);
    expect(recall(sessionStorage, "r1")).toBeNull();
  },
);

test("a listener hears until it stops", () => {
  const signal = new Signal<number>();
  const heard: number[] = [];
  const stop = signal.listen((value) => heard.push(value));
  signal.tell(1);
  stop();
  signal.tell(2);
  expect(heard).toEqual([1]);
});

test("silence is 0, full scale is 1, and -30 dBFS is in the middle", () => {
  expect(levelOf(new Float32Array(0))).toBe(0);
  expect(levelOf(new Float32Array(8))).toBe(0);
  expect(levelOf(new Float32Array(8).fill(1))).toBe(1);
  expect(levelOf(new Float32Array(8).fill(10 ** (-30 / 20)))).toBeCloseTo(0.5);
  expect(levelOf(new Float32Array(8).fill(10 ** (-90 / 20)))).toBe(0);
});

test("figures are sums over all streams, with the round trip of the chosen pair", () => {
  const figures = summarise([
    { type: "inbound-rtp", bytesReceived: 100, framesDecoded: 7, packetsLost: 1, freezeCount: 2 },
    { type: "inbound-rtp", bytesReceived: 50, totalAudioEnergy: 0.5, framesDecoded: Number.NaN },
    { type: "outbound-rtp", bytesSent: 30, framesEncoded: 3 },
    { type: "candidate-pair", nominated: false, currentRoundTripTime: 9 },
    { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.045 },
  ]);
  expect(figures).toEqual({
    bytesIn: 150,
    bytesOut: 30,
    framesDecoded: 7,
    framesEncoded: 3,
    packetsLost: 1,
    audioEnergy: 0.5,
    freezes: 2,
    roundTrip: 45,
  });
  expect(summarise([]).roundTrip).toBeNull();
});

test("a bitrate needs time to pass and never falls below zero", () => {
  expect(bitrate(0, 125_000, 1000)).toBe(1_000_000);
  expect(bitrate(10, 0, 1000)).toBe(0);
  expect(bitrate(0, 10, 0)).toBe(0);
});

test("the clock of the room is the server's", () => {
  const clock = new RoomClock(() => 1_000_000);
  expect(clock.time).toBe(1_000_000);
  clock.set("2026-11-24T06:00:00Z");
  const timer = {
    now: "",
    starts_at: "2026-11-24T06:00:00Z",
    ends_at: "2026-11-24T06:30:00Z",
    closes_at: "2026-11-24T06:40:00Z",
    started_at: "2026-11-24T05:59:00Z",
  };
  expect(clock.remaining(timer)).toBe(30 * 60_000);
  expect(clock.elapsed(timer)).toBe(60_000);
  expect(clock.elapsed({ ...timer, started_at: null })).toBeNull();
});

test.each([
  [0, "0:00"],
  [754_000, "12:34"],
  [3_661_000, "1:01:01"],
  [-61_000, "-1:01"],
  [-999, "0:00"],
])("%i ms is shown as %s", (milliseconds, face) => {
  expect(clockFace(milliseconds)).toBe(face);
});

test("a page that is online again or awake again looks at its connections", () => {
  const listener = { changed: vi.fn(), woke: vi.fn() };
  const stop = watchNetwork(window, listener);
  window.dispatchEvent(new Event("online"));
  document.dispatchEvent(new Event("visibilitychange"));
  expect(listener.changed).toHaveBeenCalledTimes(1);
  expect(listener.woke).toHaveBeenCalledTimes(1);
  stop();
  window.dispatchEvent(new Event("online"));
  document.dispatchEvent(new Event("visibilitychange"));
  expect(listener.changed).toHaveBeenCalledTimes(1);
  expect(listener.woke).toHaveBeenCalledTimes(1);
});

test("signs of life are asked for until the page stops", () => {
  vi.useFakeTimers();
  const check = vi.fn();
  const stop = keepChecking(window, check);
  vi.advanceTimersByTime(4_000);
  stop();
  vi.advanceTimersByTime(4_000);
  vi.useRealTimers();
  expect(check).toHaveBeenCalledTimes(2);
});
