import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clockText, countHold, secondsLeft } from "./hold";

const PAGE = `<p data-hold-until="2026-11-23T01:01:30+00:00" data-server-now="2026-11-23T01:00:00+00:00"
  data-hold-over="over"><span data-hold-text>until 09:01:30</span><span data-hold-clock hidden></span></p>`;

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = PAGE;
});
afterEach(() => vi.useRealTimers());

test("a browser whose clock is an hour wrong still shows ninety seconds", () => {
  expect(secondsLeft(90_000, 0, 3_600_000, 3_600_000)).toBe(90);
});

test("half a minute later a minute is left", () => {
  expect(clockText(secondsLeft(90_000, 0, 500, 30_500))).toBe("1:00");
});

test("nothing goes below zero", () => {
  expect(secondsLeft(90_000, 0, 0, 500_000)).toBe(0);
});

test("the clock counts down, then says that the time may still be free", () => {
  countHold(document, () => Date.now());
  const face = document.querySelector<HTMLElement>("[data-hold-clock]");
  expect(face?.textContent).toBe("1:30");
  vi.advanceTimersByTime(31_000);
  expect(face?.textContent).toBe("0:59");
  vi.advanceTimersByTime(60_000);
  expect(face?.hidden).toBe(true);
  expect(document.querySelector("[data-hold-text]")?.textContent).toBe("over");
});

test("a page without a hold is left alone", () => {
  document.body.innerHTML = "<p>nothing</p>";
  countHold(document, () => 0);
  expect(document.body.innerHTML).toBe("<p>nothing</p>");
});
