import { afterEach, describe, expect, it } from "vitest";
import type { Person, Timer } from "../room/messages";
import { RoomClock } from "../room/room-clock";
import { mostPressing, type Layer, type Saying } from "./banner";
import { clockText } from "./clock";
import { isLate, nextOf, openingText, whereOf } from "./lobby";
import { progress } from "./people";
import { endingOf, endingOfRefusal } from "./phases";
import { Voice } from "./speaking";
import { learn, learnFrom, t } from "./texts";
import { whyEmpty } from "./tile";
import { titleOf } from "./title";
import { deviceAdvice, roomAdvice } from "./trouble";

const START = Date.parse("2026-11-22T10:00:00+08:00");
const MINUTE = 60_000;
const TIMER: Timer = {
  now: "2026-11-22T10:00:00+08:00",
  starts_at: "2026-11-22T10:00:00+08:00",
  ends_at: "2026-11-22T10:30:00+08:00",
  closes_at: "2026-11-22T10:40:00+08:00",
  started_at: null,
};

function person(fields: Partial<Person> = {}): Person {
  return {
    id: "p1",
    name: "Ji",
    role: "panel",
    name_latin: "",
    presence: "in-room",
    connected: true,
    media: true,
    camera: "ready",
    microphone: "ready",
    muted: false,
    camera_off: false,
    seat_until: null,
    ...fields,
  };
}

afterEach(() => learn({}));

describe("texts", () => {
  it("fills the places of a translated text and keeps an unknown place", () => {
    learn({ "{name} knocks": "{name} 请求进入 {other}" });
    expect(t("{name} knocks", { name: "云小溪" })).toBe("云小溪 请求进入 {other}");
    expect(t("never translated")).toBe("never translated");
  });

  it("learns from the page, and from a page without texts nothing", () => {
    document.body.innerHTML = '<script type="application/json" id="texts">{"End": "结束"}</script>';
    learnFrom(document);
    expect(t("End")).toBe("结束");
    document.body.innerHTML = "";
    learnFrom(document);
    expect(t("End")).toBe("结束");
  });
});

describe("the clock", () => {
  it.each([
    [-90_000, "starts in 1:30", false],
    [10 * MINUTE, "20:00 left", false],
    [31 * MINUTE, "1:00 over", true],
  ])("says at %i ms after the start: %s", (after, text, isOver) => {
    expect(clockText(new RoomClock(() => START + after), TIMER)).toEqual({ text, isOver });
  });
});

describe("the waiting room", () => {
  const graduate = person({ id: "g", name: "Yun", role: "candidate", presence: "waiting" });

  it("tells a graduate whether the panel can see them", () => {
    const standing = { isPanel: false, others: [], hasAsked: false };
    expect(whereOf(standing)).toContain("Nobody from the panel is here yet");
    expect(whereOf({ ...standing, others: [person()] })).toContain("The panel sees");
    const lost = person({ connected: false });
    expect(whereOf({ ...standing, others: [lost] })).toContain("Nobody");
  });

  it("names the next step of a graduate", () => {
    const standing = { isPanel: false, others: [person()], hasAsked: false };
    expect(nextOf(standing)).toContain("First turn on");
    expect(nextOf({ ...standing, hasAsked: true })).toContain("has been told");
    expect(nextOf({ ...standing, hasAsked: true, others: [] })).toContain("as soon as they come");
  });

  it("names the next step of the panel", () => {
    const standing = { isPanel: true, others: [graduate], hasAsked: true };
    expect(whereOf(standing)).toBe("The room is open.");
    expect(nextOf(standing)).toBe("Yun is here. Enter, then let them in.");
    const inside = { ...graduate, presence: "in-room" as const };
    expect(nextOf({ ...standing, others: [inside] })).toContain("in the room already");
    expect(nextOf({ ...standing, others: [] })).toBe("The graduate is not here yet.");
  });

  it("calls a panel late after ten minutes, unless somebody of it is here", () => {
    expect(isLate(TIMER, [], START + 9 * MINUTE)).toBe(false);
    expect(isLate(TIMER, [], START + 11 * MINUTE)).toBe(true);
    expect(isLate(TIMER, [person()], START + 11 * MINUTE)).toBe(false);
    expect(isLate(null, [], START + 11 * MINUTE)).toBe(false);
  });

  it("counts down to its opening and never below zero", () => {
    expect(openingText(START, START - 65_000)).toContain("It opens in 1:05.");
    expect(openingText(START, START + 5_000)).toContain("It opens in 0:00.");
  });
});

describe("people", () => {
  it.each([
    [{ connected: false }, "connection lost, the seat is kept"],
    [{}, "is in the room"],
    [{ media: false, camera: "failed" }, "has trouble with camera or microphone"],
    [{ media: false }, "camera and microphone are ready"],
    [{ media: false, camera: "absent" }, "audio is ready"],
    [{ media: false, camera: "unknown", microphone: "checking" }, "is checking camera and microphone"],
    [{ media: false, camera: "unknown", microphone: "unknown" }, "is here"],
    [{ presence: "waiting", camera: "unknown", microphone: "unknown" }, "is waiting"],
  ] as const)("%j: %s", (fields, said) => {
    expect(progress(person(fields))).toBe(said);
  });

  it("says why a tile has no picture", () => {
    expect(whyEmpty(person({ camera: "absent" }))).toBe("takes part with sound only");
    expect(whyEmpty(person({ camera_off: true }))).toBe("camera is off");
    expect(whyEmpty(person({ media: false }))).toBe("camera and microphone are ready");
  });

  it("count as speaking over a short pause, not over a long one", () => {
    const voice = new Voice();
    expect(voice.heard(0.1, 0)).toBe(false);
    expect(voice.heard(0.6, 100)).toBe(true);
    expect(voice.heard(0, 500)).toBe(true);
    expect(voice.heard(0, 800)).toBe(false);
  });
});

describe("what the tab and the banner say", () => {
  it("puts a knock before unread lines", () => {
    expect(titleOf("Engineer", 2, ["Yun"])).toBe("Yun knocks · Engineer");
    expect(titleOf("Engineer", 2, [])).toBe("(2) Engineer");
    expect(titleOf("Engineer", 0, [])).toBe("Engineer");
  });

  it("shows the most pressing line", () => {
    const said = new Map<Layer, Saying>([
      ["note", { text: "a note" }],
      ["connection", { text: "reconnecting" }],
    ]);
    expect(mostPressing(said)?.text).toBe("reconnecting");
    expect(mostPressing(new Map())).toBeNull();
  });
});

describe("endings", () => {
  it("lead back only where there is a way back", () => {
    expect(endingOf("left", null, false).again).toBe("Enter again");
    expect(endingOf("replaced", null, false).again).toBe("Use this device");
    expect(endingOf("declined", null, false)).toMatchObject({ again: "Knock again", after: 30_000 });
    expect(endingOf("flooded", null, false).again).toBe("Enter again");
    expect(endingOf("ended", "done", false).again).toBe("");
  });

  it("tell the panel what was noted and the graduate what comes next", () => {
    expect(endingOf("ended", "done", true).text).toBe("It was noted as done.");
    expect(endingOf("ended", "no-show", true).text).toContain("did not come");
    expect(endingOf("ended", "done", false).text).toContain("Thank you");
    expect(endingOf("ended", "cancelled", false).title).toContain("called off");
    expect(endingOf("ended", null, true).text).toContain("interview page");
  });

  it("follow the code of a refusal", () => {
    expect(endingOfRefusal("interview-over").again).toBe("");
    expect(endingOfRefusal("declined-recently")).toMatchObject({ again: "Knock again", after: 30_000 });
    expect(endingOfRefusal("room-full").again).toBe("Enter again");
  });
});

describe("advice", () => {
  it.each(["denied", "none", "busy", "insecure"])("for %s has a next step", (reason) => {
    expect(deviceAdvice(reason).step).not.toBe("");
  });

  it.each([
    "room-not-open-yet", "room-closed", "room-full", "declined-recently", "candidate-is-present",
    "too-early-for-no-show", "grant-expired", "chat-too-fast", "too-many-messages",
  ])("for %s is its own", (code) => {
    expect(roomAdvice(code).title).not.toBe(roomAdvice("some-other-code").title);
    expect(roomAdvice(code).step).not.toBe("");
  });
});
