// Tells the room what the browser counted of each picture: freezes, and frames that were dropped.

import { Looking, type Entry } from "./looking";
import type { PictureSeen } from "./messages";
import type { Clockwork } from "./reconnect";

export const TOLD_EVERY = 5_000; // ms; the server's record says "within five seconds"

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

export class SeenPictures extends Looking {
  readonly #said = new Map<string, string>();

  constructor(
    connection: () => RTCPeerConnection | null,
    say: (pictures: readonly PictureSeen[]) => void,
    clockwork?: Clockwork,
  ) {
    super(
      connection,
      TOLD_EVERY,
      ({ entries, isNew }) => {
        if (isNew) this.#said.clear(); // a new session counts from zero
        const news = seenIn(entries).filter((one) => this.#isNews(one));
        if (news.length > 0) say(news);
      },
      clockwork,
    );
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
