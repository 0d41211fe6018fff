// Looks again and again at what a connection has counted.

import { browserClockwork, type Clockwork } from "./reconnect";

export type Entry = Readonly<Record<string, unknown>>;

export interface Sight {
  readonly entries: readonly Entry[];
  readonly connection: RTCPeerConnection;
  readonly isNew: boolean; // another connection than the last time: it counts from zero
}

export class Looking {
  readonly #connection: () => RTCPeerConnection | null;
  readonly #every: number; // ms
  readonly #seen: (sight: Sight) => void;
  readonly #clockwork: Clockwork;
  #of: RTCPeerConnection | null = null;
  #timer: number | null = null;

  constructor(
    connection: () => RTCPeerConnection | null,
    every: number,
    seen: (sight: Sight) => void,
    clockwork: Clockwork = browserClockwork,
  ) {
    this.#connection = connection;
    this.#every = every;
    this.#seen = seen;
    this.#clockwork = clockwork;
  }

  start(): void {
    this.#timer ??= this.#clockwork.setTimeout(() => void this.#look(), this.#every);
  }

  stop(): void {
    if (this.#timer !== null) this.#clockwork.clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #look(): Promise<void> {
    this.#timer = null;
    this.start();
    const connection = this.#connection();
    if (connection === null) return;
    const entries: Entry[] = [];
    (await connection.getStats()).forEach((entry: Entry) => entries.push(entry));
    if (connection !== this.#connection()) return; // it has ended meanwhile
    const isNew = connection !== this.#of;
    this.#of = connection;
    this.#seen({ entries, connection, isNew });
  }
}
