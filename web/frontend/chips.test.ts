import { expect, test, vi } from "vitest";
import { showChosenDay } from "./chips";

test("the chosen day is scrolled into sight", () => {
  document.body.innerHTML = `<nav class="day-chips"><a>1</a><a aria-current="date">2</a></nav>`;
  const chosen = document.querySelector<HTMLElement>("[aria-current]")!;
  chosen.scrollIntoView = vi.fn();
  showChosenDay(document);
  expect(chosen.scrollIntoView).toHaveBeenCalledOnce();
});

test("a page without days is left alone", () => {
  document.body.innerHTML = "";
  expect(() => showChosenDay(document)).not.toThrow();
});
