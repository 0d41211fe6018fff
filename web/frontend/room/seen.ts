// Tells the room what the browser counted of each picture: freezes, and frames that were dropped.

import type { PictureSeen } from "./messages";
import { browserClockwork, type Clockwork } from "./reconnect";

export const TOLD_EVERY = 5_000; // ms; the server's record says "within five seconds"

type Entry = Readonly<Record<string, unknown>>;

/** The counts of every incoming picture that is named; not every browser counts everything. */
export function seenIn(entries: Iterable<Entry>): readonly PictureSeen[] {
  const found: PictureSeen[] = [];
  for (const entry of entries) {
    const { type, kind, mid } = entry;
    if (type !== "inbound-rtp" || kind !== "video" || typeof mid !== "string") continue;
    found.push({
      mid,
      freezes: whole(entry["freezeCount"]),
      frozen: whole(entry["totalFreezesDuration"], 1000),
      dropped: whole(entry["framesDropped"]),
    });
  }
  return found;
}

export class SeenPictures {
  readonly #connection: () => RTCPeerConnection | null;
  readonly #say: (pictures: readonly PictureSeen[]) => void;
  readonly #clockwork: Clockwork;
  readonly #said = new Map<string, string>();
  #of: RTCPeerConnection | null = null;
  #timer: number | null = null;

  constructor(
    connection: () => RTCPeerConnection | null,
    say: (pictures: readonly PictureSeen[]) => void,
    clockwork: Clockwork = browserClockwork,
  ) {
    this.#connection = connection;
    this.#say = say;
    this.#clockwork = clockwork;
  }

  start(): void {
    this.#timer ??= this.#clockwork.setTimeout(() => void this.#look(), TOLD_EVERY);
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
    if (connection !== this.#of) this.#said.clear(); // a new session counts from zero
    this.#of = connection;
    const entries: Entry[] = [];
    (await connection.getStats()).forEach((entry: Entry) => entries.push(entry));
    const news = seenIn(entries).filter((one) => this.#isNews(one));
    if (news.length > 0 && connection === this.#connection()) this.#say(news);
  }

  #isNews(one: PictureSeen): boolean {
    const text = [one.freezes, one.frozen, one.dropped].join();
    const isNews = (this.#said.get(one.mid) ?? "0,0,0") !== text;
    this.#said.set(one.mid, text);
    return isNews;
  }
}

function whole(value: unknown, times = 1): number {
  return typeof value === "number" && value > 0 ? Math.round(value * times) : 0;
}
