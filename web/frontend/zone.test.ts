import { beforeEach, expect, test } from "vitest";
import { rememberZone, showTimesAnew } from "./zone";

const shown = (zone: string, time: string): string =>
  `<section data-zoned="${zone}">${time}</section><p>kept</p><footer data-zoned="${zone}">${zone}</footer>`;

const answering = (body: string, status = 200): typeof fetch =>
  () => Promise.resolve(new Response(body, { status }));

const never: typeof fetch = () => Promise.reject(new Error("nobody asks"));

beforeEach(() => {
  document.cookie = "zone=; Max-Age=0";
  document.body.innerHTML = shown("Asia/Shanghai", "09:00");
});

test("the zone's name is kept in a cookie, and that is news once", () => {
  expect(rememberZone(document, "Europe/Berlin")).toBe(true);
  expect(document.cookie).toContain("zone=Europe/Berlin");
  expect(rememberZone(document, "Europe/Berlin")).toBe(false);
});

test("a name that is no zone is not kept", () => {
  expect(rememberZone(document, "x; Domain=evil")).toBe(false);
  expect(document.cookie).not.toContain("evil");
});

test("times of another zone are rendered again by the server, and nothing else is", async () => {
  const kept = document.querySelector("p");
  await showTimesAnew(document, "Europe/Berlin", answering(shown("Europe/Berlin", "02:00")));
  expect(document.body.textContent).toBe("02:00keptEurope/Berlin");
  expect(document.querySelector("p")).toBe(kept);
});

test("times of the same zone stay, and nobody is asked", async () => {
  await showTimesAnew(document, "Asia/Shanghai", never);
  expect(document.body.textContent).toBe("09:00keptAsia/Shanghai");
});

test("an answer that is a fault or another page changes nothing", async () => {
  await showTimesAnew(document, "Europe/Berlin", answering(shown("Europe/Berlin", "02:00"), 500));
  await showTimesAnew(document, "Europe/Berlin", answering("<p>another page</p>"));
  expect(document.body.textContent).toBe("09:00keptAsia/Shanghai");
});
