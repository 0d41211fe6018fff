import { expect, test } from "vitest";
import { followPlainly } from "./plain";

test("a link whose partial update fails is followed as a plain link", () => {
  document.body.innerHTML = '<a href="/jobs/1/slots?day=2026-11-25" hx-get="/x">Wed</a><p></p>';
  const went: string[] = [];
  followPlainly(document, (address) => went.push(new URL(address).search));

  document.querySelector("p")?.dispatchEvent(new Event("htmx:error", { bubbles: true }));
  expect(went).toEqual([]);
  document.querySelector("a")?.dispatchEvent(new Event("htmx:error", { bubbles: true }));
  expect(went).toEqual(["?day=2026-11-25"]);
});
