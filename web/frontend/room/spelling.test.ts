import { expect, test } from "vitest";
import type { ChatLine, Person, ServerMessage, Timer } from "./messages";
import { inLatin } from "./spelling";
import { EMPTY_VIEW, reduce, type RoomView } from "./view";

const AT = "2026-11-24T06:00:00Z";
const TIMER: Timer = { now: AT, starts_at: AT, ends_at: AT, closes_at: AT, started_at: null };
const person = (id: string, name: string, name_latin: string): Person => ({
  id,
  name,
  name_latin,
  role: "candidate",
  presence: "in-room",
  connected: true,
  media: false,
  camera: "ready",
  microphone: "ready",
  muted: false,
  camera_off: false,
  seat_until: null,
});
const line = (number: number): ChatLine => ({
  line: number,
  sender: "yun",
  name: "云小溪",
  name_latin: "Yun Xiaoxi",
  text: "hello",
  at: AT,
  private: false,
  key: String(number),
});
const YUN = person("yun", "云小溪", "Yun Xiaoxi");
const LI = person("li", "Li Na", "");
const WU = person("wu", "吴迪", "Wu Di");
const welcome = { version: 1, room: "r1", you: LI, life: "l", resumed: false, timer: TIMER } as const;
const MESSAGES: readonly ServerMessage[] = [
  { type: "welcome", ...welcome },
  { type: "snapshot", number: 1, people: [YUN, LI], chat: [line(1)], timer: TIMER },
  { type: "knock", number: 2, person: WU },
  { type: "chat", number: 3, line: line(2) },
  { type: "speaker", participant: "yun" },
];

const names = (view: RoomView): readonly string[] => [
  ...[...view.people.values()].map((one) => one.name),
  ...view.chat.map((one) => one.name),
];

test("a reader of Latin letters reads everybody's name in them", () => {
  const view = MESSAGES.map(inLatin).reduce(reduce, EMPTY_VIEW);
  expect(names(view)).toEqual(["Yun Xiaoxi", "Li Na", "Wu Di", "Yun Xiaoxi", "Yun Xiaoxi"]);
  expect(view.me?.name).toBe("Li Na");
  expect(view.speaker).toBe("yun");
});

test("other readers read names as they are", () => {
  const view = MESSAGES.reduce(reduce, EMPTY_VIEW);
  expect(names(view)).toEqual(["云小溪", "Li Na", "吴迪", "云小溪", "云小溪"]);
});
