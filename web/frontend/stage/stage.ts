// The page of one room: what the session tells becomes what the page shows, and the other way.

import type { Person, Refused } from "../room/messages";
import type { RoomSession } from "../room/session";
import type { SocketState } from "../room/socket";
import type { RoomView } from "../room/view";
import { say } from "./banner";
import { ChatView } from "./chat";
import { clockText } from "./clock";
import { Controls } from "./controls";
import { DeviceCheck } from "./devices";
import { make, part, show } from "./dom";
import { renderKnocks, renderPeople } from "./people";
import { endingOf, enterPhase, phase, showEnding } from "./phases";
import { t } from "./texts";
import { Tiles } from "./tiles";
import { roomAdvice } from "./trouble";

const ENTERED = "room-entered"; // this tab is past the waiting room; kept over a reload
const DEVICES_ON = "room-devices-on"; // this tab was allowed to use them
const LONGEST_WAIT = 10 * 60_000; // ms until the page looks again whether the room is open

export class Stage {
  readonly #session: RoomSession;
  readonly #isPanel: boolean;
  readonly #room: string;
  readonly #devices = new DeviceCheck();
  readonly #chat: ChatView;
  readonly #controls: Controls;
  readonly #tiles: Tiles;
  #refusal: Refused | null = null;

  constructor(session: RoomSession, isPanel: boolean) {
    this.#session = session;
    this.#isPanel = isPanel;
    this.#room = part("stage").dataset["room"] ?? "";
    this.#chat = new ChatView((text) => this.#sendChat(text));
    this.#tiles = new Tiles(() => show(part("unblock"), true));
    this.#controls = new Controls({
      mediaChanged: () => void this.#publish(),
      toggleChat: () => this.#chat.toggle(),
      leave: () => void this.#leave(),
      end: (outcome) => session.socket.say({ type: "end", outcome }),
    });
  }

  start(): void {
    this.#session.views.listen((view) => this.#render(view));
    this.#session.socket.states.listen((state) => this.#connection(state));
    this.#session.subscriber.incoming.listen(() => this.#renderTiles(this.#session.view));
    this.#session.subscriber.link.states.listen(() => this.#linkSaid());
    this.#session.publisher.link.states.listen(() => this.#linkSaid());
    this.#devices.changes.listen(() => void this.#devicesChanged());
    part("enter").addEventListener("click", () => void this.#enter());
    part("return").addEventListener("click", () => location.reload());
    part("unblock").addEventListener("click", () => {
      show(part("unblock"), false);
      this.#tiles.play();
    });
    window.setInterval(() => this.#tick(), 500);
    if (sessionStorage.getItem(DEVICES_ON) === this.#room) void this.#devices.open();
    this.#session.open();
  }

  /** The room said no; what follows is decided when the socket closes. */
  refused(refusal: Refused): void {
    this.#refusal = refusal;
    if (refusal.about === null || refusal.about === "hello") return;
    const { title, step } = roomAdvice(refusal.code);
    say(refusal.code === "chat-too-fast" ? t("Too many messages at once. Please slow down.") : `${title} ${step}`);
  }

  #connection(state: SocketState): void {
    switch (state.name) {
      case "connecting":
        break;
      case "connected":
        this.#refusal = null;
        say("");
        if (this.#isPanel && sessionStorage.getItem(ENTERED) === this.#room) void this.#enter();
        break;
      case "asking":
        say(t("You are here with another device already."), {
          label: t("Use this device"),
          act: () => this.#session.socket.takeOver(),
        });
        break;
      case "reconnecting":
        say(t("Reconnecting. Your seat is kept for 10 minutes."));
        break;
      case "closed":
        this.#closed(state);
        break;
    }
  }

  #closed(state: Extract<SocketState, { name: "closed" }>): void {
    say("");
    if (state.why === "refused" && this.#refusal?.code === "room-not-open-yet") {
      this.#waitForOpening(this.#refusal);
      return;
    }
    sessionStorage.removeItem(ENTERED);
    const ending = endingOf(state.why, this.#session.view.outcome, this.#isPanel);
    if (state.why === "refused" && this.#refusal !== null) {
      const { title, step } = roomAdvice(this.#refusal.code);
      showEnding({ ...ending, title, text: step });
    } else {
      showEnding(ending);
    }
  }

  #waitForOpening(refusal: Refused): void {
    const { title, step } = roomAdvice(refusal.code);
    part("lobby-state").textContent = `${title} ${step}`;
    const opensIn = Date.parse(refusal.parameters["opens_at"] ?? "") - this.#session.clock.time;
    const wait = Number.isFinite(opensIn) ? Math.max(1_000, opensIn + 500) : LONGEST_WAIT;
    window.setTimeout(() => location.reload(), Math.min(wait, LONGEST_WAIT));
  }

  #render(view: RoomView): void {
    const others = [...view.people.values()].filter((person) => person.id !== view.me?.id);
    this.#chat.render(view.chat, view.me?.id ?? "");
    renderPeople(others);
    renderKnocks(this.#isPanel ? others.filter(isWaiting) : [], {
      admit: (participant) => this.#session.socket.say({ type: "admit", participant }),
      decline: (participant) => this.#session.socket.say({ type: "decline", participant }),
    });
    this.#lobby(view);
    if (phase() === "lobby" && !this.#isPanel && view.me?.presence === "in-room") void this.#enter();
    this.#renderTiles(view);
  }

  #lobby(view: RoomView): void {
    if (view.me === null) return;
    const state = this.#isPanel ? t("The room is open.") : t("You are in the waiting room. The panel sees that you are here.");
    const line = part("lobby-state");
    if (line.textContent !== state) line.textContent = state;
    show(part("enter"), this.#isPanel);
  }

  #renderTiles(view: RoomView): void {
    if (phase() !== "call") return;
    const inRoom = [...view.people.values()].filter(
      (person) => person.id !== view.me?.id && person.presence === "in-room",
    );
    const cameras = this.#session.subscriber.current.filter((one) => one.source === "camera");
    this.#tiles.render(inRoom, new Map(cameras.map((one) => [one.participant, one])));
  }

  /** Past the waiting room: from now on picture and sound go out. */
  async #enter(): Promise<void> {
    if (phase() === "call") return;
    enterPhase("call");
    sessionStorage.setItem(ENTERED, this.#room);
    if (!this.#isPanel && navigator.userActivation.hasBeenActive) navigator.vibrate?.(200);
    if (this.#devices.state.opened === null) await this.#devices.open();
    await this.#publish();
    this.#renderTiles(this.#session.view);
  }

  async #devicesChanged(): Promise<void> {
    const { camera, microphone, opened } = this.#devices.state;
    this.#session.socket.say({ type: "device-state", camera, microphone });
    if (opened !== null && (opened.audio !== null || opened.video !== null))
      sessionStorage.setItem(DEVICES_ON, this.#room);
    await this.#publish();
  }

  async #publish(): Promise<void> {
    const { opened } = this.#devices.state;
    const { muted, cameraOff } = this.#controls;
    if (opened?.video) opened.video.enabled = !cameraOff;
    if (phase() !== "call" || opened === null) return;
    await this.#session.publisher.use({ audio: opened.audio, video: cameraOff ? null : opened.video });
    this.#session.publisher.mute(muted);
    const camera_off = cameraOff || opened.video === null;
    this.#session.socket.say({ type: "media-state", muted: muted || opened.audio === null, camera_off });
  }

  #sendChat(text: string): void {
    const waiting = [...this.#session.view.people.values()].find(isWaiting);
    const alone = this.#isPanel && !this.#someoneIsIn();
    const to = alone ? (waiting?.id ?? null) : null;
    this.#session.socket.say({ type: "send-chat", text, key: crypto.randomUUID(), to });
  }

  #someoneIsIn(): boolean {
    const { view } = this.#session;
    return [...view.people.values()].some(
      (person) => person.role === "candidate" && person.presence === "in-room",
    );
  }

  #linkSaid(): void {
    if (phase() !== "call" || this.#session.socket.state.name !== "connected") return;
    const links = [this.#session.publisher.link, this.#session.subscriber.link];
    const broken = links.some((link) => link.state === "restarting" || link.state === "waiting");
    say(broken ? t("Picture and sound are interrupted. Trying again …") : "");
  }

  async #leave(): Promise<void> {
    sessionStorage.removeItem(ENTERED);
    await this.#session.leave();
  }

  #tick(): void {
    const { timer } = this.#session.view;
    if (timer === null) return;
    const { text, isOver } = clockText(this.#session.clock, timer);
    const face = part("timer");
    face.classList.toggle("is-over", isOver);
    if (face.textContent !== text) face.replaceChildren(make("span", "", text));
  }
}

function isWaiting(person: Person): boolean {
  return person.presence === "waiting" && person.connected;
}
