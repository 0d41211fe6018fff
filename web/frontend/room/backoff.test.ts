import { expect, test } from "vitest";
import { QUICK, waitBefore } from "./backoff";

test("the first try comes within a quarter of a second", () => {
  expect(waitBefore(1, QUICK, () => 1)).toBe(250);
  expect(waitBefore(1, QUICK, () => 0)).toBe(125);
});

test("waits double up to a bound", () => {
  const waits = [1, 2, 3, 6, 7, 60].map((failures) => waitBefore(failures, QUICK, () => 1));
  expect(waits).toEqual([250, 500, 1000, 4000, 4000, 4000]);
});

test("without a failure there is no wait", () => {
  expect(waitBefore(0)).toBe(0);
});

test("chance spreads those who lost the server together", () => {
  for (let n = 0; n < 100; n += 1) {
    const wait = waitBefore(4);
    expect(wait).toBeGreaterThanOrEqual(1000);
    expect(wait).toBeLessThanOrEqual(2000);
  }
});
