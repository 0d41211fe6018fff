// The waiting room in words: where one is, who is there, what happens next, when it opens.

import type { Person, Timer } from "../room/messages";
import { clockFace } from "../room/room-clock";
import type { RoomView } from "../room/view";
import type { DeviceState } from "./devices";
import { part, show } from "./dom";
import { t } from "./texts";

const LATE = 10 * 60_000; // ms after the start; then the graduate hears what may be done

export interface Standing {
  readonly isPanel: boolean;
  readonly others: readonly Person[];
  readonly hasAsked: boolean; // whether camera and microphone were asked for
}

export function whereOf({ isPanel, others }: Standing): string {
  if (isPanel) return t("The room is open.");
  if (others.some(isHere)) return t("You are in the waiting room. The panel sees that you are here.");
  return t("You are in the waiting room. Nobody from the panel is here yet.");
}

export function nextOf({ isPanel, others, hasAsked }: Standing): string {
  if (!isPanel && !hasAsked) return t("First turn on camera and microphone; then you are let in.");
  if (!isPanel) {
    return others.some(isHere)
      ? t("The panel has been told. Please wait a moment.")
      : t("You are let in as soon as they come. You may write to them meanwhile.");
  }
  const graduate = others.find((person) => person.role === "candidate" && isHere(person));
  if (graduate === undefined) return t("The graduate is not here yet.");
  const { name, presence } = graduate;
  return presence === "in-room"
    ? t("{name} is in the room already. Enter to begin.", { name })
    : t("{name} is here. Enter, then let them in.", { name });
}

/** Whether the panel keeps somebody waiting for longer than is polite. */
export function isLate(timer: Timer | null, others: readonly Person[], now: number): boolean {
  return timer !== null && now > Date.parse(timer.starts_at) + LATE && !others.some(isHere);
}

export function openingText(opensAt: number, now: number): string {
  const wait = t("It opens in {time}.", { time: clockFace(Math.max(0, opensAt - now)) });
  return `${t("The room is not open yet.")} ${wait} ${t("This page goes on by itself.")}`;
}

export function showLobby(view: RoomView, devices: DeviceState, isPanel: boolean): void {
  if (view.me === null) return;
  const others = [...view.people.values()].filter((person) => person.id !== view.me?.id);
  const standing = { isPanel, others, hasAsked: devices.opened !== null };
  write("lobby-state", whereOf(standing));
  write("lobby-next", nextOf(standing));
  show(part("enter"), isPanel);
}

/** A status line is read out whenever it is written: only write what is new. */
export function write(id: string, text: string): void {
  const line = part(id);
  if (line.textContent !== text) line.textContent = text;
}

function isHere(person: Person): boolean {
  return person.connected && person.presence !== "left" && person.presence !== "declined";
}
