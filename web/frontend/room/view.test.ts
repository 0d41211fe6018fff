import { expect, test } from "vitest";
import type { ChatLine, Person, ServerMessage, Timer } from "./messages";
import { EMPTY_VIEW, reduce, type RoomView } from "./view";

const TIMER: Timer = {
  now: "2026-11-24T06:00:00Z",
  starts_at: "2026-11-24T06:00:00Z",
  ends_at: "2026-11-24T06:30:00Z",
  closes_at: "2026-11-24T06:40:00Z",
  started_at: null,
};

const person = (id: string, fields: Partial<Person> = {}): Person => ({
  id,
  name: id,
  name_latin: "",
  role: "candidate",
  presence: "in-room",
  connected: true,
  media: false,
  camera: "ready",
  microphone: "ready",
  muted: false,
  camera_off: false,
  seat_until: null,
  ...fields,
});

const line = (number: number): ChatLine => ({
  line: number,
  sender: "li",
  name: "Li",
  name_latin: "",
  text: `line ${number}`,
  at: TIMER.now,
  private: false,
  key: String(number),
});

const welcome = (you: Person): ServerMessage => ({
  type: "welcome",
  version: 1,
  room: "r1",
  you,
  life: "l",
  resumed: false,
  timer: TIMER,
});

const after = (...messages: ServerMessage[]): RoomView => messages.reduce(reduce, EMPTY_VIEW);

test("a snapshot replaces what was known, and says who I am now", () => {
  const view = after(
    welcome(person("chen", { presence: "waiting" })),
    { type: "presence", number: 1, person: person("old") },
    {
      type: "snapshot",
      number: 2,
      people: [person("chen"), person("li")],
      chat: [line(1)],
      timer: TIMER,
    },
  );
  expect([...view.people.keys()]).toEqual(["chen", "li"]);
  expect(view.me?.presence).toBe("in-room");
  expect(view.chat).toHaveLength(1);
});

test("being admitted changes me", () => {
  const view = after(welcome(person("chen", { presence: "waiting" })), {
    type: "admitted",
    number: 1,
    person: person("chen"),
    by: "li",
  });
  expect(view.me?.presence).toBe("in-room");
});

test("a kept seat is shown as such, a given up one is gone", () => {
  const here: ServerMessage = { type: "knock", number: 1, person: person("zhao") };
  const kept: ServerMessage = {
    type: "seat-kept",
    number: 2,
    participant: "zhao",
    until: "2026-11-24T06:10:00Z",
  };
  expect(after(here, kept).people.get("zhao")).toMatchObject({
    connected: false,
    seat_until: "2026-11-24T06:10:00Z",
  });
  const gone: ServerMessage = { type: "gone", number: 3, participant: "zhao", reason: "expired" };
  expect(after(here, kept, gone).people.size).toBe(0);
  expect(after(kept).people.size).toBe(0);
});

test("a replayed line is shown once and lines stay in order", () => {
  const view = after(
    { type: "chat", number: 2, line: line(2) },
    { type: "chat", number: 1, line: line(1) },
    { type: "chat", number: 2, line: line(2) },
  );
  expect(view.chat.map((one) => one.line)).toEqual([1, 2]);
});

test("the clock and the end are kept; what says nothing about the room changes nothing", () => {
  const view = after(
    { type: "timer", number: 1, timer: { ...TIMER, started_at: TIMER.now } },
    { type: "ended", number: 2, outcome: "done", by: "li" },
  );
  expect(view.timer?.started_at).toBe(TIMER.now);
  expect(view.outcome).toBe("done");
  expect(reduce(view, { type: "replaced" })).toBe(view);
});
