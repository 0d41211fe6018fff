import { expect, test } from "vitest";

import { LOOK_EVERY, Patience, PATIENT, receivedIn, shareLost, USUAL } from "./patience";
import { flush, PaperClock } from "./testing";

const counted = (packetsReceived: number, packetsLost: number): object => ({
  type: "inbound-rtp",
  packetsReceived,
  packetsLost,
});

class Viewer {
  readonly clock = new PaperClock();
  readonly receivers = [{ jitterBufferTarget: USUAL }, { jitterBufferTarget: USUAL }];
  connection: RTCPeerConnection | null = null;
  readonly patience = new Patience(() => this.connection, this.clock);
  #packets = 0;
  #lost = 0;

  constructor() {
    this.connect();
    this.patience.start();
  }

  connect(): void {
    [this.#packets, this.#lost] = [0, 0];
    this.connection = {
      getStats: () => Promise.resolve([counted(this.#packets, this.#lost)]),
      getReceivers: () => this.receivers,
    } as unknown as RTCPeerConnection;
  }

  /** Looks pass in which so many of a hundred packets are lost; the targets then. */
  async looks(count: number, lost: number): Promise<number[]> {
    for (let look = 0; look < count; look += 1) {
      this.#packets += 100 - lost;
      this.#lost += lost;
      this.clock.pass(LOOK_EVERY);
      await flush();
    }
    return this.receivers.map((one) => one.jitterBufferTarget);
  }
}

test("only what comes in counts, and what was found again is no loss", () => {
  const entries = [
    counted(90, 5),
    counted(10, -3),
    { type: "inbound-rtp" },
    { type: "outbound-rtp", packetsReceived: 7, packetsLost: 7 },
  ];
  expect(receivedIn(entries as Record<string, unknown>[])).toEqual({ packets: 100, lost: 5 });
});

test("the share of what was lost is told once enough has come", () => {
  expect(shareLost({ packets: 0, lost: 0 }, { packets: 95, lost: 5 })).toBe(0.05);
  expect(shareLost({ packets: 95, lost: 5 }, { packets: 110, lost: 9 })).toBeNull();
});

test("where much is lost media are held back for longer, and for a while after that", async () => {
  const viewer = new Viewer();
  await viewer.looks(1, 5); // the first look tells nothing yet
  expect(await viewer.looks(1, 1)).toEqual([USUAL, USUAL]);
  expect(await viewer.looks(1, 5)).toEqual([PATIENT, PATIENT]);
  expect(await viewer.looks(9, 0)).toEqual([PATIENT, PATIENT]);
  expect(await viewer.looks(1, 1)).toEqual([PATIENT, PATIENT]); // not quite calm: it counts anew
  expect(await viewer.looks(9, 0)).toEqual([PATIENT, PATIENT]);
  expect(await viewer.looks(1, 0)).toEqual([USUAL, USUAL]);
});

test("a new session begins as every other, and nobody looks once it has ended", async () => {
  const viewer = new Viewer();
  expect(await viewer.looks(2, 5)).toEqual([PATIENT, PATIENT]);
  viewer.connect();
  viewer.receivers.forEach((one) => (one.jitterBufferTarget = USUAL));
  await viewer.looks(1, 5);
  expect(await viewer.looks(1, 5)).toEqual([PATIENT, PATIENT]);
  viewer.connection = null;
  await viewer.looks(3, 5);
  viewer.patience.stop();
  expect(viewer.clock.waiting).toBe(0);
});
