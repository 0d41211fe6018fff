// One line above everything: the most pressing of the things that go on, and at most one button.

import { make, part, show } from "./dom";

export interface Action {
  readonly label: string;
  readonly act: () => void;
}

export interface Saying {
  readonly text: string;
  readonly action?: Action | undefined;
}

/** What a line is about; of several the first one here is shown. */
const ORDER = ["connection", "media", "devices", "note"] as const;
export type Layer = (typeof ORDER)[number];

const NOTE_STAYS = 8_000; // ms
const said = new Map<Layer, Saying>();
let noteTimer = 0;

/** Say something about a layer; an empty text means that all is well there. */
export function say(layer: Layer, text: string, action?: Action): void {
  if (text === "") said.delete(layer);
  else said.set(layer, { text, action });
  draw(mostPressing(said));
}

/** Say something that goes away by itself. */
export function note(text: string): void {
  window.clearTimeout(noteTimer);
  say("note", text);
  noteTimer = window.setTimeout(() => say("note", ""), NOTE_STAYS);
}

export function quiet(): void {
  said.clear();
  draw(null);
}

export function mostPressing(sayings: ReadonlyMap<Layer, Saying>): Saying | null {
  const layer = ORDER.find((one) => sayings.has(one));
  return layer === undefined ? null : (sayings.get(layer) ?? null);
}

function draw(saying: Saying | null): void {
  const banner = part("banner");
  show(banner, saying !== null);
  if (saying === null) {
    banner.replaceChildren();
    return;
  }
  if (banner.firstElementChild?.textContent === saying.text) return; // read out once is enough
  banner.replaceChildren(make("span", "", saying.text));
  if (saying.action === undefined) return;
  const button = make("button", "btn btn-sm btn-primary", saying.action.label);
  button.type = "button";
  button.addEventListener("click", saying.action.act);
  banner.append(button);
}
