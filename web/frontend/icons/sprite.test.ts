import { expect, test } from "vitest";
import { namesIn, symbol } from "./sprite";

test("icons are found in templates and in scripts", () => {
  expect(namesIn(`{{ icon("clock") }} icon('mic-mute')`)).toEqual(["clock", "mic-mute"]);
});

test("a symbol keeps the drawing and drops the outer element", () => {
  expect(symbol("dot", `<svg width="16"><path d="M0 0"/></svg>\n`)).toBe(
    `<symbol id="dot" viewBox="0 0 16 16"><path d="M0 0"/></symbol>`,
  );
});
