// Which part of the page is shown: the waiting room, the call, or the end.

import type { Outcome } from "../room/messages";
import type { ClosedWhy } from "../room/socket";
import { part, show } from "./dom";
import { t } from "./texts";
import { roomAdvice } from "./trouble";

const KNOCK_AGAIN = 30_000; // ms that the room asks for after a decline
const OVER: ReadonlySet<string> = new Set(["room-closed", "interview-over", "room-unknown"]);

export type Phase = "lobby" | "call" | "ending";

export function phase(): Phase {
  return (part("stage").dataset["phase"] ?? "lobby") as Phase;
}

/** Show the part; the focus goes where the next step is, unless it is somewhere useful. */
export function enterPhase(next: Phase): void {
  if (phase() === next) return;
  part("stage").dataset["phase"] = next;
  for (const name of ["lobby", "call", "ending"] as const) show(part(name), name === next);
  const at = document.activeElement;
  const isLost = at === null || at === document.body || at.closest("[hidden]") !== null;
  if (isLost && next === "call") part("call").focus();
}

export interface Ending {
  readonly title: string;
  readonly text: string;
  readonly again: string; // the button that comes back; empty: there is no way back
  readonly after?: number; // ms until that button works
}

export function endingOf(why: ClosedWhy, outcome: Outcome | null, isPanel: boolean): Ending {
  switch (why) {
    case "ended":
      return over(outcome, isPanel);
    case "declined":
      return {
        title: t("The panel did not let you in this time."),
        text: t("Write to them in the calendar invite, or knock again in half a minute."),
        again: t("Knock again"),
        after: KNOCK_AGAIN,
      };
    case "replaced":
      return {
        title: t("This room is open on another device of yours."),
        text: t("You may come back while the interview lasts."),
        again: t("Use this device"),
      };
    case "left":
      return {
        title: t("You left the room."),
        text: t("You may come back while the interview lasts."),
        again: t("Enter again"),
      };
    case "flooded":
    case "refused":
      return {
        title: t("The room said no."),
        text: t("Reload the page and try again."),
        again: t("Enter again"),
      };
  }
}

/** The end that a refusal of the room is, by its stable code. */
export function endingOfRefusal(code: string): Ending {
  const { title, step } = roomAdvice(code);
  if (OVER.has(code)) return { title, text: step, again: "" };
  if (code !== "declined-recently") return { title, text: step, again: t("Enter again") };
  return { title, text: step, again: t("Knock again"), after: KNOCK_AGAIN };
}

function over(outcome: Outcome | null, isPanel: boolean): Ending {
  const title = outcome === "cancelled" ? t("The interview was called off.") : t("The interview is over.");
  if (outcome === "cancelled" || outcome === null)
    return { title, text: t("See the interview page for what comes next."), again: "" };
  if (!isPanel) return { title, text: t("Thank you for coming. The firm will answer you."), again: "" };
  const text =
    outcome === "done" ? t("It was noted as done.") : t("It was noted that the graduate did not come.");
  return { title, text, again: "" };
}

export function showEnding(ending: Ending): void {
  part("ending-title").textContent = ending.title;
  part("ending-text").textContent = ending.text;
  const again = part<HTMLButtonElement>("return");
  again.textContent = ending.again;
  show(again, ending.again !== "");
  again.disabled = ending.after !== undefined;
  if (ending.after !== undefined) window.setTimeout(() => (again.disabled = false), ending.after);
  enterPhase("ending");
  part("ending-title").focus();
}
