import { expect, test } from "vitest";
import { rememberZone } from "./zone";

test("the zone's name is kept in a cookie", () => {
  rememberZone(document, "Europe/Berlin");
  expect(document.cookie).toContain("zone=Europe/Berlin");
});

test("a name that is no zone is not kept", () => {
  rememberZone(document, "x; Domain=evil");
  expect(document.cookie).not.toContain("evil");
});
