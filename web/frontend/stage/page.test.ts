import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ChatLine } from "../room/messages";
import { note, quiet, say } from "./banner";
import { ChatView } from "./chat";
import { listenToKeys } from "./keys";
import { renderKnocks, renderPeople } from "./people";
import { ScreenWake } from "./wake";

const PERSON = {
  id: "g",
  name: "Yun",
  name_latin: "",
  role: "candidate",
  presence: "waiting",
  connected: true,
  media: false,
  camera: "ready",
  microphone: "ready",
  muted: false,
  camera_off: false,
  seat_until: null,
} as const;

const line = (number: number, sender: string): ChatLine => ({
  line: number,
  sender,
  name: sender,
  name_latin: "",
  text: `line ${number}`,
  at: "2026-11-22T10:00:00+08:00",
  private: false,
  key: String(number),
});

beforeEach(() => {
  document.body.innerHTML = `
    <div id="stage" data-phase="call"></div><div id="banner" hidden></div><div id="knocks"></div>
    <ul id="people"></ul><div id="chat"><div id="chat-lines"></div><p id="chat-empty"></p>
    <form id="chat-form"><input id="chat-text"></form><button id="chat-close"></button></div>
    <button id="chat-toggle"></button><span id="unread" hidden></span>`;
  quiet();
});

const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;

describe("the banner", () => {
  it("shows the next line when the most pressing one is settled", () => {
    const act = vi.fn();
    say("devices", "no camera", { label: "Try again", act });
    say("connection", "reconnecting");
    expect(byId("banner").textContent).toBe("reconnecting");
    say("connection", "");
    byId("banner").querySelector("button")?.click();
    expect(act).toHaveBeenCalledOnce();
    say("devices", "");
    expect(byId("banner").hidden).toBe(true);
  });

  it("lets a note go away by itself", () => {
    vi.useFakeTimers();
    note("slow down");
    expect(byId("banner").hidden).toBe(false);
    vi.advanceTimersByTime(8_000);
    expect(byId("banner").hidden).toBe(true);
    vi.useRealTimers();
  });
});

describe("the chat", () => {
  it("counts what others write while it is closed", () => {
    const chat = new ChatView(vi.fn());
    chat.render([line(1, "me"), line(2, "Ji")], "me");
    expect(chat.unread).toBe(1);
    expect(byId("unread").hidden).toBe(false);
    chat.toggle(true);
    expect(chat.unread).toBe(0);
    chat.render([line(1, "me"), line(2, "Ji"), line(3, "Ji")], "me");
    expect(byId("chat-lines").children.length).toBe(3);
    expect(chat.unread).toBe(0);
  });

  it("closes with Escape and gives the focus back", () => {
    const chat = new ChatView(vi.fn());
    chat.toggle(true);
    byId("chat-text").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(chat.isOpen).toBe(false);
    expect(document.activeElement?.id).toBe("chat-toggle");
  });

  it("sends what was typed, and nothing that is empty", () => {
    const send = vi.fn();
    const chat = new ChatView(send);
    const field = byId("chat-text") as HTMLInputElement;
    for (const text of ["  hello ", "   "]) {
      field.value = text;
      byId("chat-form").dispatchEvent(new Event("submit", { cancelable: true }));
    }
    expect(send.mock.calls).toEqual([["hello"]]);
    expect(chat.unread).toBe(0);
  });
});

describe("keys", () => {
  it("work on the page and stay silent while somebody types", () => {
    const act = vi.fn();
    listenToKeys(document, new Map([["m", act]]));
    const press = (at: EventTarget, more: KeyboardEventInit = {}): boolean =>
      at.dispatchEvent(new KeyboardEvent("keydown", { key: "M", bubbles: true, ...more }));
    press(byId("chat-text"));
    press(document.body, { ctrlKey: true });
    press(document.body, { key: "x" });
    expect(act).not.toHaveBeenCalled();
    press(document.body);
    expect(act).toHaveBeenCalledOnce();
  });
});

describe("people and knocks", () => {
  it("are listed, and an empty list is hidden", () => {
    renderPeople([PERSON]);
    expect(byId("people").textContent).toBe("Yun · camera and microphone are ready");
    renderPeople([]);
    expect(byId("people").hidden).toBe(true);
  });

  it("keep the row of a knock when its state changes", () => {
    const answers = { admit: vi.fn(), decline: vi.fn() };
    renderKnocks([{ ...PERSON, camera: "checking", microphone: "checking" }], answers);
    const row = byId("knocks").firstElementChild;
    const button = byId("knocks").querySelector<HTMLElement>(".btn-primary");
    button?.focus();
    renderKnocks([PERSON], answers);
    expect(document.activeElement, "a press may go on over news").toBe(button);
    expect(byId("knocks").firstElementChild).toBe(row);
    expect(row?.textContent).toContain("Yun knocks: camera and microphone are ready");
    for (const button of row?.querySelectorAll("button") ?? []) button.click();
    expect(answers.admit).toHaveBeenCalledWith("g");
    expect(answers.decline).toHaveBeenCalledWith("g");
  });
});

describe("the screen", () => {
  it("stays on while it is wanted and is let go afterwards", async () => {
    const release = vi.fn(() => Promise.resolve());
    const request = vi.fn(() => Promise.resolve({ released: false, release }));
    const wake = new ScreenWake(document, { request } as unknown as WakeLock);
    wake.keep(true);
    wake.keep(true);
    await vi.waitFor(() => expect(request).toHaveBeenCalledOnce());
    wake.keep(false);
    await vi.waitFor(() => expect(release).toHaveBeenCalledOnce());
  });

  it("may go dark when the browser says no", async () => {
    const request = vi.fn(() => Promise.reject(new Error("low battery")));
    const wake = new ScreenWake(document, { request } as unknown as WakeLock);
    wake.keep(true);
    await vi.waitFor(() => expect(request).toHaveBeenCalledOnce());
    wake.keep(false);
  });
});
