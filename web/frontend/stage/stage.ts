// The page of one room: what the session tells becomes what the page shows, and the other way.

import type { Person, Refused, ServerMessage } from "../room/messages";
import type { RoomSession } from "../room/session";
import type { SocketState } from "../room/socket";
import type { RoomView } from "../room/view";
import { note, quiet, say } from "./banner";
import { ChatView, lineTo } from "./chat";
import { clockText } from "./clock";
import { Controls } from "./controls";
import { adviceFor, DeviceCheck } from "./devices";
import { part, show } from "./dom";
import { isLate, openingText, showLobby, write } from "./lobby";
import { renderKnocks, renderPeople } from "./people";
import { endingOf, endingOfRefusal, enterPhase, phase, showEnding } from "./phases";
import { ShareButton } from "./share";
import { t } from "./texts";
import { Tiles } from "./tiles";
import { titleOf } from "./title";
import { roomAdvice } from "./trouble";
import { ScreenWake } from "./wake";

const ENTERED = "room-entered"; // this tab is past the waiting room; kept over a reload
const DEVICES_ON = "room-devices-on"; // this tab was allowed to use them
const TAKES_OVER = "room-takes-over"; // the next visit of this tab keeps the seat without asking
const QUIET: ReadonlySet<string> = new Set(["set-limits", "tell-pictures"]); // nobody asked for them
const LONGEST_WAIT = 60_000; // ms until the page looks again whether the room is open

export class Stage {
  readonly #session: RoomSession;
  readonly #isPanel: boolean;
  readonly #room: string;
  readonly #plainTitle = document.title;
  readonly #devices = new DeviceCheck();
  readonly #wake = new ScreenWake();
  readonly #chat: ChatView;
  readonly #controls: Controls;
  readonly #tiles: Tiles;
  readonly #share: ShareButton;
  #refusal: Refused | null = null;
  #opensAt: number | null = null; // ms since 1970; set while the room is not open yet
  #isRestarting = false;

  constructor(session: RoomSession, isPanel: boolean) {
    this.#session = session;
    this.#isPanel = isPanel;
    this.#room = part("stage").dataset["room"] ?? "";
    this.#chat = new ChatView((text) => {
      session.socket.say(lineTo(this.#others(session.view), text, isPanel));
    });
    this.#tiles = new Tiles({
      blocked: () => show(part("unblock"), true),
      stopScreen: isPanel ? () => session.socket.say({ type: "stop-screen" }) : null,
      sized: (heights) => session.limits.want(heights),
    });
    this.#share = new ShareButton(session);
    this.#controls = new Controls({
      mediaChanged: () => void this.#publish(),
      toggleChat: () => this.#chat.toggle(),
      share: () => void this.#share.toggle(),
      viewChanged: () => this.#renderTiles(session.view),
      leave: () => void this.#leave(),
      end: (outcome) => session.socket.say({ type: "end", outcome }),
    });
  }

  start(): void {
    const session = this.#session;
    session.clock.set(part("stage").dataset["now"] ?? "");
    session.views.listen((view) => this.#render(view));
    session.socket.states.listen((state) => this.#connection(state));
    session.socket.messages.listen((message) => this.#heard(message));
    session.subscriber.incoming.listen(() => this.#renderTiles(session.view));
    session.subscriber.link.states.listen(() => this.#linkSaid());
    session.publisher.link.states.listen(() => this.#linkSaid());
    this.#devices.changes.listen(() => void this.#devicesChanged());
    part("enter").addEventListener("click", () => void this.#enter());
    part("return").addEventListener("click", () => location.reload());
    part("unblock").addEventListener("click", () => this.#unblock());
    window.setInterval(() => this.#tick(), 500);
    if (sessionStorage.getItem(DEVICES_ON) === this.#room) void this.#devices.open();
    this.#wake.keep(true);
    session.open();
  }

  #heard(message: ServerMessage): void {
    if (message.type === "server-restart") this.#isRestarting = true;
    if (message.type === "screen-stopped") note(t("The panel stopped your screen."));
    if (message.type !== "error" || QUIET.has(message.about ?? "")) return;
    this.#refusal = message; // what follows from it is decided when the socket closes
    if (message.about === null || message.about === "hello") return;
    const { title, step } = roomAdvice(message.code);
    note(`${title} ${step}`);
  }

  #connection(state: SocketState): void {
    switch (state.name) {
      case "connecting":
        break;
      case "connected":
        this.#refusal = null;
        this.#isRestarting = false;
        say("connection", "");
        if (this.#isPanel && sessionStorage.getItem(ENTERED) === this.#room) void this.#enter();
        break;
      case "asking":
        this.#asked();
        break;
      case "reconnecting":
        say(
          "connection",
          this.#isRestarting
            ? t("The server restarts. This page comes back by itself.")
            : t("Reconnecting. Your seat is kept for 10 minutes."),
        );
        break;
      case "closed":
        this.#closed(state);
        break;
    }
  }

  /** Another device of ours has the seat. */
  #asked(): void {
    const { socket } = this.#session;
    if (sessionStorage.getItem(TAKES_OVER) === this.#room) {
      sessionStorage.removeItem(TAKES_OVER);
      socket.takeOver();
      return;
    }
    say("connection", t("You are here with another device already."), {
      label: t("Use this device"),
      act: () => socket.takeOver(),
    });
  }

  #closed({ why }: Extract<SocketState, { name: "closed" }>): void {
    quiet();
    if (why === "refused" && this.#refusal?.code === "room-not-open-yet") {
      this.#waitForOpening(this.#refusal);
      return;
    }
    sessionStorage.removeItem(ENTERED);
    if (why === "replaced") sessionStorage.setItem(TAKES_OVER, this.#room);
    this.#wake.keep(false);
    this.#devices.close();
    document.title = this.#plainTitle;
    const refused = why === "refused" && this.#refusal !== null ? this.#refusal : null;
    if (refused !== null) showEnding(endingOfRefusal(refused.code));
    else showEnding(endingOf(why, this.#session.view.outcome, this.#isPanel));
  }

  #waitForOpening(refusal: Refused): void {
    show(part("chat"), false); // a line would reach nobody yet
    this.#opensAt = Date.parse(refusal.parameters["opens_at"] ?? "");
    if (!Number.isFinite(this.#opensAt)) this.#opensAt = this.#session.clock.time + LONGEST_WAIT;
    const wait = Math.max(1_000, this.#opensAt - this.#session.clock.time + 500);
    window.setTimeout(() => location.reload(), Math.min(wait, LONGEST_WAIT));
    this.#tick();
  }

  #render(view: RoomView): void {
    const others = this.#others(view);
    const knocking = this.#isPanel ? others.filter(isWaiting) : [];
    this.#chat.render(view.chat, view.me?.id ?? "");
    renderPeople(others);
    renderKnocks(knocking, {
      admit: (participant) => this.#session.socket.say({ type: "admit", participant }),
      decline: (participant) => this.#session.socket.say({ type: "decline", participant }),
    });
    showLobby(view, this.#devices.state, this.#isPanel);
    const names = knocking.map((person) => person.name);
    document.title = titleOf(this.#plainTitle, this.#chat.unread, names);
    if (phase() === "lobby" && !this.#isPanel && view.me?.presence === "in-room") void this.#enter();
    this.#renderTiles(view);
  }

  #others(view: RoomView): readonly Person[] {
    return [...view.people.values()].filter((person) => person.id !== view.me?.id);
  }

  #renderTiles(view: RoomView): void {
    if (phase() !== "call") return;
    this.#share.render();
    this.#tiles.render({
      people: this.#others(view).filter((person) => person.presence === "in-room"),
      incoming: this.#session.subscriber.current,
      speaker: view.speaker,
      wantsEven: this.#controls.even,
    });
  }

  /** Past the waiting room: from now on picture and sound go out and come in. */
  async #enter(): Promise<void> {
    if (phase() === "call") return;
    enterPhase("call");
    sessionStorage.setItem(ENTERED, this.#room);
    if (!this.#isPanel && navigator.userActivation.hasBeenActive) navigator.vibrate?.(200);
    this.#session.begin();
    this.#renderTiles(this.#session.view);
    if (this.#devices.state.opened === null) await this.#devices.open();
    else await this.#devicesChanged();
  }

  async #devicesChanged(): Promise<void> {
    const { camera, microphone, opened } = this.#devices.state;
    this.#session.socket.say({ type: "device-state", camera, microphone });
    if (opened !== null && (opened.audio !== null || opened.video !== null))
      sessionStorage.setItem(DEVICES_ON, this.#room);
    showLobby(this.#session.view, this.#devices.state, this.#isPanel);
    this.#adviseInCall();
    await this.#publish();
  }

  /** In the waiting room the advice stands beside the preview; in the call there is none. */
  #adviseInCall(): void {
    const { opened } = this.#devices.state;
    const advice = opened === null ? null : adviceFor(opened);
    if (phase() !== "call" || advice === null) {
      say("devices", "");
      return;
    }
    const again = { label: t("Try again"), act: () => void this.#devices.open() };
    say("devices", `${advice.title} ${advice.step}`, advice.step === "" ? undefined : again);
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

  #linkSaid(): void {
    const links = [this.#session.publisher.link, this.#session.subscriber.link];
    const isBroken = links.some((link) => link.state === "restarting" || link.state === "waiting");
    const isShown = phase() === "call" && isBroken;
    say("media", isShown ? t("Picture and sound are interrupted. Trying again …") : "");
  }

  #unblock(): void {
    show(part("unblock"), false);
    this.#tiles.play();
  }

  async #leave(): Promise<void> {
    sessionStorage.removeItem(ENTERED);
    await this.#session.leave();
  }

  #tick(): void {
    const { clock, view } = this.#session;
    if (this.#opensAt !== null) write("lobby-state", openingText(this.#opensAt, clock.time));
    if (view.timer === null) return;
    const { text, isOver } = clockText(clock, view.timer);
    part("timer").classList.toggle("is-over", isOver);
    write("timer", text);
    show(part("late"), !this.#isPanel && isLate(view.timer, this.#others(view), clock.time));
  }
}

function isWaiting(person: Person): boolean {
  return person.presence === "waiting" && person.connected;
}
