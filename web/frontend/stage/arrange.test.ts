import { expect, test } from "vitest";
import { arrange, inOrder, keyOf, type Picture } from "./arrange";
import { FrameWatch } from "./frames";

const camera = (participant: string, isHost = false): Picture => ({
  participant,
  source: "camera",
  isHost,
});
const screen = (participant: string): Picture => ({ participant, source: "screen", isHost: false });
const NOBODY = { speaker: null, before: null, wantsEven: false };

test("nobody and one other need no strip", () => {
  expect(arrange([], NOBODY)).toEqual({ mode: "even", large: null });
  expect(arrange([camera("li")], { ...NOBODY, speaker: "li" }).mode).toBe("even");
});

test("of several the one who speaks is large, and stays so until somebody else does", () => {
  const three = [camera("chen"), camera("li", true), camera("wu", true)];
  expect(arrange(three, NOBODY).large).toBe("camera li");
  expect(arrange(three, { ...NOBODY, speaker: "wu" }).large).toBe("camera wu");
  expect(arrange(three, { ...NOBODY, before: "camera chen" }).large).toBe("camera chen");
  expect(arrange(three, { ...NOBODY, speaker: "me", before: "camera wu" }).large).toBe("camera wu");
  expect(arrange(three, { ...NOBODY, before: "camera gone" }).large).toBe("camera li");
});

test("whoever likes it sees all of one size, unless a screen is shared", () => {
  const two = [camera("li"), camera("wu")];
  expect(arrange(two, { ...NOBODY, wantsEven: true })).toEqual({ mode: "even", large: null });
  const shared = [...two, screen("wu")];
  const wanted = { speaker: "li", before: null, wantsEven: true };
  expect(arrange(shared, wanted)).toEqual({ mode: "focus", large: "screen wu" });
});

test("beside a screen its presenter comes first", () => {
  const order = inOrder([camera("li"), screen("wu"), camera("wu"), camera("chen")]);
  expect(order.map((one) => keyOf(one.participant, one.source))).toEqual([
    "screen wu",
    "camera wu",
    "camera li",
    "camera chen",
  ]);
});

test("a picture that has stood still for three seconds is told from one that moves", () => {
  const watch = new FrameWatch();
  expect(watch.isStill(10, 1_000)).toBe(false);
  expect(watch.isStill(10, 3_900)).toBe(false);
  expect(watch.isStill(10, 4_000)).toBe(true);
  expect(watch.isStill(11, 4_100)).toBe(false);
  watch.reset();
  expect(watch.isStill(11, 9_000)).toBe(false);
});
