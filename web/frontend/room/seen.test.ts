import { expect, test } from "vitest";

import { SeenPictures, seenIn, TOLD_EVERY } from "./seen";
import { flush, PaperClock } from "./testing";

const picture = (mid: string, freezeCount: number, totalFreezesDuration = 0): object => ({
  type: "inbound-rtp",
  kind: "video",
  mid,
  freezeCount,
  totalFreezesDuration,
  framesDropped: 2,
});

function watched(): {
  clock: PaperClock;
  said: unknown[];
  show: (...entries: object[]) => void;
  renew: () => void;
  seen: SeenPictures;
} {
  let entries: object[] = [];
  const made = (): RTCPeerConnection =>
    ({ getStats: () => Promise.resolve(entries) }) as unknown as RTCPeerConnection;
  let connection: RTCPeerConnection | null = null;
  const [clock, said]: [PaperClock, unknown[]] = [new PaperClock(), []];
  const seen = new SeenPictures(
    () => connection,
    (pictures) => said.push(pictures),
    clock,
  );
  seen.start();
  return {
    clock,
    said,
    seen,
    show: (...some) => {
      entries = some;
    },
    renew: () => {
      connection = made();
    },
  };
}

test("only pictures that come in and have a name are told of, with what the browser counts", () => {
  const entries = [
    picture("3", 1, 0.2504),
    { type: "inbound-rtp", kind: "audio", mid: "0" },
    { type: "outbound-rtp", kind: "video", mid: "1" },
    { type: "inbound-rtp", kind: "video" },
    { type: "inbound-rtp", kind: "video", mid: "4", freezeCount: "many", framesDropped: -1 },
  ];
  expect(seenIn(entries as Record<string, unknown>[])).toEqual([
    { mid: "3", freezes: 1, frozen: 250, dropped: 2 },
    { mid: "4", freezes: 0, frozen: 0, dropped: 0 },
  ]);
});

test("what has changed is told every five seconds, and a new session counts anew", async () => {
  const { clock, said, show, renew, seen } = watched();
  const pass = async (): Promise<void> => {
    clock.pass(TOLD_EVERY);
    await flush();
  };
  await pass();
  expect(said).toEqual([]); // there is no connection
  renew();
  show(picture("3", 1), picture("4", 0));
  await pass();
  await pass();
  expect(said).toHaveLength(1);
  show(picture("3", 2), picture("4", 0));
  await pass();
  expect(said[1]).toEqual([{ mid: "3", freezes: 2, frozen: 0, dropped: 2 }]);
  renew();
  await pass();
  expect(said).toHaveLength(3);
  seen.stop();
  expect(clock.waiting).toBe(0);
});
