// Who is here, and who knocks.

import type { Person } from "../room/messages";
import { make, part, show } from "./dom";
import { t } from "./texts";

export function renderPeople(people: readonly Person[]): void {
  show(part("people"), people.length > 0);
  part("people").replaceChildren(
    ...people.map((person) => {
      const item = make("li");
      item.append(make("span", person.connected ? "dot is-here" : "dot"));
      item.append(make("span", "", `${person.name} · ${progress(person)}`));
      return item;
    }),
  );
}

export function progress(person: Person): string {
  if (!person.connected) return t("connection lost, the seat is kept");
  if (person.presence === "in-room" && person.media) return t("is in the room");
  if (person.camera === "failed" || person.microphone === "failed")
    return t("has trouble with camera or microphone");
  if (person.microphone === "ready")
    return person.camera === "ready" ? t("camera and microphone are ready") : t("audio is ready");
  if (person.camera === "checking" || person.microphone === "checking")
    return t("is checking camera and microphone");
  return person.presence === "in-room" ? t("is here") : t("is waiting");
}

export interface Answers {
  admit(participant: string): void;
  decline(participant: string): void;
}

/** A row stays where it is: one that is put back loses the focus, and a click that has begun. */
export function renderKnocks(people: readonly Person[], answers: Answers): void {
  const area = part("knocks");
  const known = new Map(
    [...area.children].map((row) => [(row as HTMLElement).dataset["id"] ?? "", row as HTMLElement]),
  );
  for (const person of people) {
    const row = known.get(person.id) ?? area.appendChild(knock(person, answers));
    known.delete(person.id);
    const said = row.querySelector("p");
    const text = t("{name} knocks: {state}", { name: person.name, state: progress(person) });
    if (said !== null && said.textContent !== text) said.textContent = text;
  }
  for (const gone of known.values()) gone.remove();
}

function knock(person: Person, answers: Answers): HTMLElement {
  const row = make("div", "knock");
  row.dataset["id"] = person.id;
  const buttons = make("div", "d-flex gap-2");
  const admit = make("button", "btn btn-primary", t("Let in"));
  const decline = make("button", "btn btn-outline-secondary", t("Not now"));
  admit.type = decline.type = "button";
  admit.addEventListener("click", () => answers.admit(person.id));
  decline.addEventListener("click", () => answers.decline(person.id));
  buttons.append(admit, decline);
  row.append(make("p"), buttons);
  return row;
}
