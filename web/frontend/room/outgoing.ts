// What must still reach the room: nothing said is lost when the network dies at the wrong moment.

import type { RoomCommand, ServerMessage } from "./messages";

const BOUND = 50; // commands kept; the oldest goes first

// Their newest value is sent again after each reconnect.
const STATES: ReadonlySet<RoomCommand["type"]> = new Set(["device-state", "media-state"]);
// Pointless after a reconnect.
const FLEETING: ReadonlySet<RoomCommand["type"]> = new Set([
  "renew-grants",
  "ping",
  "take-over",
  "set-limits",
  "tell-pictures",
  "stop-screen",
]);

export class Outgoing {
  readonly #states = new Map<RoomCommand["type"], RoomCommand>();
  #waiting: RoomCommand[] = [];

  /** Remember what was said: chat until the room shows it, the rest only if it was not sent. */
  said(command: RoomCommand, wasSent: boolean): void {
    if (STATES.has(command.type)) {
      this.#states.set(command.type, command);
    } else if (command.type === "send-chat" || (!wasSent && !FLEETING.has(command.type))) {
      this.#waiting = [...this.#waiting, command].slice(-BOUND);
    }
  }

  /** What the room showed, or refused, need not be said again. */
  heard(message: ServerMessage): void {
    switch (message.type) {
      case "chat":
        this.#confirm(new Set([message.line.key]));
        break;
      case "snapshot":
        this.#confirm(new Set(message.chat.map((line) => line.key)));
        break;
      case "error":
        if (message.about === "send-chat") this.#dropFirstLine();
        break;
      default:
        break;
    }
  }

  /** All that is to be said after a reconnect; the room knows a line by its key. */
  afterReconnect(): readonly RoomCommand[] {
    const all = [...this.#states.values(), ...this.#waiting];
    this.#waiting = this.#waiting.filter((command) => command.type === "send-chat");
    return all;
  }

  clear(): void {
    this.#waiting = [];
  }

  #confirm(keys: ReadonlySet<string>): void {
    this.#waiting = this.#waiting.filter(
      (command) => command.type !== "send-chat" || !keys.has(command.key),
    );
  }

  #dropFirstLine(): void {
    const first = this.#waiting.find((command) => command.type === "send-chat");
    this.#waiting = this.#waiting.filter((command) => command !== first);
  }
}
