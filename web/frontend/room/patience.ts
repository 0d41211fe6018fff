// How long media are held back before they are shown and heard: longer where much is lost.
//
// A browser waits for a repeat of what was lost only if it knows its round trip, which one that
// sends nothing does not. So a viewer says itself how patient it is: a repeat that is lost as well,
// or a loss that only the next picture shows, costs another tenth of a second.

import { Looking, type Entry, type Sight } from "./looking";
import type { Clockwork } from "./reconnect";

export const USUAL = 100; // milliseconds: a repeat of a lost packet is in time
export const PATIENT = 200; // … and so is a second one
export const LOOK_EVERY = 1_000; // ms
const OFTEN = 0.02; // of the packets: in a picture of dozens one is lost nearly always
const SELDOM = 0.01;
const CALM_LOOKS = 10; // without losses until there is no need for it any more

export interface Received {
  readonly packets: number;
  readonly lost: number;
}

/** What all incoming media together have counted. */
export function receivedIn(entries: Iterable<Entry>): Received {
  const counted = { packets: 0, lost: 0 };
  for (const { type, packetsReceived, packetsLost } of entries) {
    if (type !== "inbound-rtp") continue;
    if (typeof packetsReceived === "number") counted.packets += packetsReceived;
    if (typeof packetsLost === "number") counted.lost += Math.max(0, packetsLost);
  }
  return counted;
}

/** The share of packets, 0 to 1, that were lost between two counts; null if hardly any came. */
export function shareLost(before: Received, after: Received): number | null {
  const lost = Math.max(0, after.lost - before.lost);
  const all = after.packets - before.packets + lost;
  return all < 20 ? null : lost / all;
}

export class Patience extends Looking {
  #before: Received = { packets: 0, lost: 0 };
  #calm = 0;
  #target = USUAL;

  constructor(connection: () => RTCPeerConnection | null, clockwork?: Clockwork) {
    super(
      connection,
      LOOK_EVERY,
      (sight) => {
        this.#judge(sight);
      },
      clockwork,
    );
  }

  #judge({ entries, connection, isNew }: Sight): void {
    const [before, received] = [this.#before, receivedIn(entries)];
    this.#before = received;
    if (isNew) {
      this.#target = USUAL;
      return;
    }
    const share = shareLost(before, received);
    if (share === null) return;
    this.#calm = share < SELDOM ? this.#calm + 1 : 0;
    if (share > OFTEN) this.#wait(connection, PATIENT);
    else if (this.#calm >= CALM_LOOKS) this.#wait(connection, USUAL);
  }

  #wait(connection: RTCPeerConnection, target: number): void {
    if (target === this.#target) return;
    this.#target = target;
    for (const receiver of connection.getReceivers()) receiver.jitterBufferTarget = target;
  }
}
