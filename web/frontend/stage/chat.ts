// The chat: lines as they come, one form, an unread count while it is closed.

import type { ChatLine, Person, RoomCommand } from "../room/messages";
import { make, part, show } from "./dom";
import { t } from "./texts";

export class ChatView {
  readonly #lines = part("chat-lines");
  readonly #stage = part("stage");
  #shown = 0;
  #unread = 0;

  constructor(send: (text: string) => void) {
    part<HTMLFormElement>("chat-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = part<HTMLInputElement>("chat-text");
      const text = field.value.trim();
      if (text) send(text);
      field.value = "";
      field.focus();
    });
    part("chat-close").addEventListener("click", () => this.toggle(false));
    part("chat").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#stage.dataset["phase"] === "call") this.toggle(false);
    });
  }

  /** How many lines came while the chat was closed. */
  get unread(): number {
    return this.#unread;
  }

  get isOpen(): boolean {
    return this.#stage.dataset["phase"] === "lobby" || this.#stage.dataset["chat"] === "open";
  }

  toggle(open = this.#stage.dataset["chat"] !== "open"): void {
    this.#stage.dataset["chat"] = open ? "open" : "closed";
    part("chat-toggle").setAttribute("aria-pressed", String(open));
    if (open) {
      this.#unread = 0;
      this.#count();
      part("chat-text").focus();
    } else {
      part("chat-toggle").focus();
    }
  }

  render(lines: readonly ChatLine[], you: string): void {
    if (lines.length < this.#shown) this.#clear();
    const fresh = lines.slice(this.#shown);
    if (fresh.length === 0) return;
    this.#lines.append(...fresh.map((line) => drawn(line, you)));
    this.#shown = lines.length;
    this.#lines.scrollTop = this.#lines.scrollHeight;
    show(part("chat-empty"), false);
    if (!this.isOpen) this.#unread += fresh.filter((line) => line.sender !== you).length;
    this.#count();
  }

  #clear(): void {
    this.#lines.replaceChildren();
    this.#shown = 0;
  }

  #count(): void {
    const badge = part("unread");
    badge.replaceChildren(String(this.#unread), make("span", "visually-hidden", t("unread lines")));
    show(badge, this.#unread > 0);
  }
}

/** A line to the room, or from a panel that is alone to the one who waits. */
export function lineTo(others: readonly Person[], text: string, isPanel: boolean): RoomCommand {
  const waiting = others.find((one) => one.presence === "waiting" && one.connected);
  const isAlone = !others.some((one) => one.role === "candidate" && one.presence === "in-room");
  const to = isPanel && isAlone ? (waiting?.id ?? null) : null;
  return { type: "send-chat", text, key: crypto.randomUUID(), to };
}

function drawn(line: ChatLine, you: string): HTMLElement {
  const item = make("p", line.sender === you ? "chat-line is-mine" : "chat-line");
  item.append(make("small", "", line.name), make("span", "", line.text));
  return item;
}
