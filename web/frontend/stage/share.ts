// The button that shares a screen: hidden where the browser cannot, off while somebody else does.

import type { RoomSession } from "../room/session";
import { canShare } from "../room/screen";
import { note } from "./banner";
import { icon, maybe, press, show } from "./dom";
import { t } from "./texts";
import { roomAdvice } from "./trouble";

export class ShareButton {
  readonly #session: RoomSession;
  readonly #button = maybe<HTMLButtonElement>("share-screen");

  constructor(session: RoomSession) {
    this.#session = session;
    if (this.#button === null) return;
    show(this.#button, canShare());
    this.#button.addEventListener("click", () => void this.toggle());
    session.screen.states.listen(() => this.render());
    session.screen.refusals.listen((code) => note(whyNot(code)));
  }

  async toggle(): Promise<void> {
    if (!canShare()) return;
    const { screen } = this.#session;
    const other = this.#sharer();
    if (screen.state === "on") await screen.stop();
    else if (other !== null) note(t("{name} is sharing a screen already.", { name: other }));
    else if ((await screen.start()) === "busy") note(t("The browser could not share the screen."));
  }

  render(): void {
    const button = this.#button;
    if (button === null) return;
    const isOn = this.#session.screen.state === "on";
    if (button.getAttribute("aria-pressed") !== String(isOn)) press(button, isOn, drawing(isOn));
    button.classList.toggle("is-off", !isOn && this.#sharer() !== null);
  }

  /** Who else shares a screen. */
  #sharer(): string | null {
    const { subscriber, view } = this.#session;
    const other = subscriber.current.find((one) => one.source === "screen");
    return other === undefined ? null : (view.people.get(other.participant)?.name ?? "");
  }
}

function drawing(isOn: boolean): SVGSVGElement {
  return isOn ? icon("display-fill") : icon("display");
}

function whyNot(code: string): string {
  const { title, step } = roomAdvice(code);
  return `${title} ${step}`;
}
