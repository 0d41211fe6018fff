import { expect, test } from "vitest";
import { Retry } from "./reconnect";
import { PaperClock } from "./testing";

function counting(): { clock: PaperClock; retry: Retry; tries: () => number } {
  const clock = new PaperClock();
  let count = 0;
  const retry = new Retry(() => (count += 1), clock);
  return { clock, retry, tries: () => count };
}

test("a failure leads to one try after its wait", () => {
  const { clock, retry, tries } = counting();
  retry.failed();
  clock.pass(249);
  expect(tries()).toBe(0);
  clock.pass(1);
  expect(tries()).toBe(1);
  clock.pass(10_000);
  expect(tries()).toBe(1);
});

test("after success the next loss waits shortly again", () => {
  const { clock, retry, tries } = counting();
  for (let n = 0; n < 5; n += 1) {
    retry.failed();
    clock.pass(8_000);
  }
  retry.worked();
  expect(retry.failures).toBe(0);
  retry.failed();
  clock.pass(250);
  expect(tries()).toBe(6);
});

test("when the network is back nobody waits any longer", () => {
  const { clock, retry, tries } = counting();
  retry.failed(60_000);
  retry.hurry();
  clock.pass(0);
  expect(tries()).toBe(1);
});

test("hurrying starts nothing that was not wanted", () => {
  const { clock, retry, tries } = counting();
  retry.hurry();
  clock.pass(1_000);
  expect(tries()).toBe(0);
});

test("a stopped retry never tries", () => {
  const { clock, retry, tries } = counting();
  retry.failed();
  retry.stop();
  clock.pass(60_000);
  expect(tries()).toBe(0);
  expect(retry.isWaiting).toBe(false);
});
