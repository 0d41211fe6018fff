// The room socket: stays connected, resumes where it was, and says in which state it is.

import {
  readMessage,
  SUBPROTOCOL,
  type Grants,
  type Hello,
  type RoomCommand,
  type ServerMessage,
} from "./messages";
import { forget, recall, remember } from "./memory";
import { Outgoing } from "./outgoing";
import { browserClockwork, Retry, type Clockwork } from "./reconnect";
import { Signal } from "./signal";

export type SocketState =
  | { readonly name: "connecting" }
  | { readonly name: "connected" }
  | { readonly name: "asking" } // another device of ours has the seat
  | { readonly name: "reconnecting"; readonly failures: number }
  | { readonly name: "closed"; readonly why: ClosedWhy; readonly code: number };

export type ClosedWhy = "left" | "refused" | "replaced" | "ended" | "declined" | "flooded";

export interface SocketOptions {
  readonly url: string; // ws(s)://…/socket/{room}
  readonly room: string;
  readonly token: string; // the grant from the page
  readonly device: string;
  readonly storage: Storage;
  readonly open?: (url: string) => WebSocket;
  readonly clockwork?: Clockwork;
}

// Close codes after which coming back by itself would be wrong; see the reference page.
const FINAL: ReadonlyMap<number, ClosedWhy> = new Map([
  [1000, "left"],
  [1008, "flooded"],
  [4000, "refused"],
  [4001, "replaced"],
  [4002, "ended"],
  [4003, "declined"],
]);

const SIGN_OF_LIFE = 2_000; // ms; with a check every 2 s a dead network is noticed within 4 s
const OPEN = 1; // of WebSocket.readyState

export class RoomSocket {
  readonly messages = new Signal<ServerMessage>();
  readonly states = new Signal<SocketState>();
  readonly #options: SocketOptions;
  readonly #retry: Retry;
  #state: SocketState = { name: "connecting" };
  #socket: WebSocket | null = null;
  #token: string;
  #admission: string | null = null;
  #life: string | null = null;
  #lastSeen: number | null = null;
  #grants: Grants | null = null;
  #restartIn: number | null = null; // ms; from the server's own announcement
  #heardAt = 0; // how many frames were heard; only compared with itself
  #checking: number | null = null;
  readonly #outgoing = new Outgoing();

  constructor(options: SocketOptions) {
    this.#options = options;
    const kept = recall(options.storage, options.room);
    this.#token = options.token;
    this.#admission = kept?.admission ?? null;
    this.#retry = new Retry(() => this.#connect(), options.clockwork ?? browserClockwork);
  }

  get state(): SocketState {
    return this.#state;
  }

  /** The newest tokens; null before the server handed any out. */
  get grants(): Grants | null {
    return this.#grants;
  }

  open(): void {
    this.#connect();
  }

  /** Say something; while the socket is away it is kept and said after the reconnect. */
  say(command: RoomCommand): void {
    const isHeard = this.#state.name === "connected" || this.#isAnswer(command);
    if (isHeard) this.#send(command);
    if (this.#state.name !== "closed") this.#outgoing.said(command, isHeard);
  }

  /** Give up the seat. */
  leave(): void {
    forget(this.#options.storage, this.#options.room);
    if (this.#state.name === "connected") {
      this.#send({ type: "leave" }); // the server closes with 1000
    } else {
      this.#end("left", 1000);
    }
  }

  /** This device keeps the seat; the other one is closed. */
  takeOver(): void {
    this.say({ type: "take-over" });
  }

  /** The network changed or the page woke up: try again now, or see whether we still connect. */
  hurry(): void {
    this.#retry.hurry();
    this.check();
  }

  /** Ask for a sign of life; without one in time the socket is given up and opened again. */
  check(): void {
    if (this.#state.name !== "connected" || this.#checking !== null) return;
    const heard = this.#heardAt;
    const clockwork = this.#options.clockwork ?? browserClockwork;
    this.#send({ type: "ping", nonce: heard });
    this.#checking = clockwork.setTimeout(() => {
      this.#checking = null;
      if (this.#heardAt === heard) this.#drop();
    }, SIGN_OF_LIFE);
  }

  /** Connect again from the start, for instance to knock again after a decline. */
  reopen(): void {
    if (this.#state.name !== "closed") return;
    this.#become({ name: "connecting" });
    this.#connect();
  }

  #isAnswer(command: RoomCommand): boolean {
    return command.type === "take-over" && this.#state.name === "asking";
  }

  #connect(): void {
    const open = this.#options.open ?? ((url: string) => new WebSocket(url, SUBPROTOCOL));
    const socket = open(this.#options.url);
    this.#socket = socket;
    socket.onopen = () => {
      if (socket === this.#socket) socket.send(JSON.stringify(this.#hello()));
    };
    socket.onmessage = (event) => {
      if (socket === this.#socket && typeof event.data === "string") this.#hear(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#closed(event.code);
    };
  }

  #hello(): Hello {
    return {
      type: "hello",
      version: 1,
      token: this.#token,
      device: this.#options.device,
      admission: this.#admission,
      life: this.#life,
      last_seen: this.#lastSeen,
    };
  }

  #hear(text: string): void {
    this.#heardAt += 1;
    const message = readMessage(text);
    if (message === null) return;
    this.#note(message);
    this.messages.tell(message);
    if (message.type === "welcome") this.#welcomed();
  }

  #note(message: ServerMessage): void {
    this.#outgoing.heard(message);
    if ("number" in message) this.#lastSeen = Math.max(this.#lastSeen ?? 0, message.number);
    switch (message.type) {
      case "welcome":
        if (message.life !== this.#life) this.#lastSeen = null;
        this.#life = message.life;
        break;
      case "grants":
        this.#grants = message;
        this.#token = message.socket;
        this.#admission = message.admission;
        remember(this.#options.storage, this.#options.room, message);
        break;
      case "seat-taken":
        this.#retry.worked();
        this.#become({ name: "asking" });
        break;
      case "server-restart":
        this.#restartIn = message.reconnect_in * 1000;
        break;
      default:
        break;
    }
  }

  #welcomed(): void {
    this.#retry.worked();
    this.#restartIn = null;
    this.#become({ name: "connected" });
    for (const command of this.#outgoing.afterReconnect()) this.#send(command);
  }

  #closed(code: number): void {
    this.#socket = null;
    this.#stopChecking();
    const why = FINAL.get(code);
    if (why !== undefined) {
      this.#end(why, code);
      return;
    }
    this.#retry.failed(this.#restartIn ?? undefined);
    this.#restartIn = null;
    this.#become({ name: "reconnecting", failures: this.#retry.failures });
  }

  /** The way to the server is dead: do not wait for the closing handshake. */
  #drop(): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.close();
    this.#closed(1006);
  }

  #end(why: ClosedWhy, code: number): void {
    this.#retry.stop();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    if (why === "ended" || why === "left") forget(this.#options.storage, this.#options.room);
    this.#outgoing.clear();
    this.#become({ name: "closed", why, code });
  }

  #stopChecking(): void {
    const clockwork = this.#options.clockwork ?? browserClockwork;
    if (this.#checking !== null) clockwork.clearTimeout(this.#checking);
    this.#checking = null;
  }

  #send(command: RoomCommand): void {
    // the server may have begun to close before we are told so
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(command));
  }

  #become(state: SocketState): void {
    this.#state = state;
    this.states.tell(state);
  }
}
