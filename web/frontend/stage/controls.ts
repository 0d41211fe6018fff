// The bar of the room: mute, camera, own picture, screen, view, chat, end, leave; most by one key.

import { icon, maybe, part, press, show } from "./dom";
import { listenToKeys } from "./keys";

export interface Actions {
  mediaChanged(muted: boolean, cameraOff: boolean): void;
  toggleChat(): void;
  share(): void;
  viewChanged(): void;
  leave(): void;
  end(outcome: "done" | "no-show"): void;
}

export class Controls {
  #muted = false;
  #cameraOff = false;
  #even = false;
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
    const keys = new Map<string, () => void>([
      ["m", () => this.#mute()],
      ["v", () => this.#camera()],
      ["s", () => this.#self()],
      ["c", () => actions.toggleChat()],
      ["p", () => actions.share()],
      ["g", () => this.#view()],
    ]);
    part("mute").addEventListener("click", () => this.#mute());
    part("camera-off").addEventListener("click", () => this.#camera());
    part("hide-self").addEventListener("click", () => this.#self());
    part("even").addEventListener("click", () => this.#view());
    part("chat-toggle").addEventListener("click", () => actions.toggleChat());
    part("leave").addEventListener("click", () => actions.leave());
    for (const button of document.querySelectorAll<HTMLElement>("[data-outcome]"))
      button.addEventListener("click", () => {
        actions.end(button.dataset["outcome"] === "no-show" ? "no-show" : "done");
      });
    listenToKeys(document, this.#onlyInCall(keys));
  }

  get muted(): boolean {
    return this.#muted;
  }

  get cameraOff(): boolean {
    return this.#cameraOff;
  }

  /** Whether all pictures are to be of one size. */
  get even(): boolean {
    return this.#even;
  }

  #onlyInCall(keys: ReadonlyMap<string, () => void>): ReadonlyMap<string, () => void> {
    const inCall = (): boolean => maybe("stage")?.dataset["phase"] === "call";
    return new Map([...keys].map(([key, act]) => [key, () => (inCall() ? act() : undefined)]));
  }

  #mute(): void {
    this.#muted = !this.#muted;
    press(part("mute"), this.#muted, this.#muted ? icon("mic-mute") : icon("mic"));
    this.#actions.mediaChanged(this.#muted, this.#cameraOff);
  }

  #camera(): void {
    this.#cameraOff = !this.#cameraOff;
    const drawing = this.#cameraOff ? icon("camera-video-off") : icon("camera-video");
    press(part("camera-off"), this.#cameraOff, drawing);
    show(part("self-empty"), this.#cameraOff);
    this.#actions.mediaChanged(this.#muted, this.#cameraOff);
  }

  #view(): void {
    this.#even = !this.#even;
    press(part("even"), this.#even, icon("grid"));
    this.#actions.viewChanged();
  }

  #self(): void {
    const tile = part("self-tile");
    const hides = !tile.hidden;
    show(tile, !hides);
    press(part("hide-self"), hides, icon("person-bounding-box"));
  }
}
