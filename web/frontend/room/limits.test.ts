import { expect, test } from "vitest";
import { limitFor, PictureLimits, SETTLED_AFTER } from "./limits";
import type { PictureLimit } from "./messages";
import { PaperClock } from "./testing";

test.each([
  [0, 0, 1, 0],
  [198, 112, 1, 180],
  [198, 112, 2, 360],
  [320, 200, 1, 180],
  [906, 588, 1, 720],
  [390, 700, 2, 720],
  [1600, 900, 1, null],
])("a box of %i × %i at %i pixels a pixel needs a picture of %s", (width, height, ratio, limit) => {
  expect(limitFor(width, height, ratio)).toBe(limit);
});

function bench() {
  const clock = new PaperClock();
  const said: (readonly PictureLimit[])[] = [];
  return { clock, said, limits: new PictureLimits((limits) => said.push(limits), clock) };
}

test("many changes are said once they have settled, and only what is new", () => {
  const { clock, said, limits } = bench();
  limits.want(new Map([["8", 360]]));
  clock.pass(SETTLED_AFTER - 1);
  limits.want(new Map([["8", 180], ["9", null]]));
  clock.pass(SETTLED_AFTER);
  expect(said).toEqual([[{ mid: "8", height: 180 }]]);
  limits.want(new Map([["8", 180], ["9", 0]]));
  clock.pass(SETTLED_AFTER);
  expect(said.at(-1)).toEqual([{ mid: "9", height: 0 }]);
  limits.want(new Map([["9", 0]]));
  clock.pass(SETTLED_AFTER);
  expect(said).toHaveLength(2);
});

test("a new session, and a room that refused them, hear all limits again", () => {
  const { clock, said, limits } = bench();
  limits.want(new Map([["8", 180]]));
  clock.pass(SETTLED_AFTER);
  limits.again();
  clock.pass(SETTLED_AFTER);
  limits.refused();
  clock.pass(10_000);
  expect(said).toEqual(Array(3).fill([{ mid: "8", height: 180 }]));
});
