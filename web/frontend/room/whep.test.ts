import { expect, test } from "vitest";
import type { MapSection } from "./messages";
import { flush, PaperClock } from "./testing";
import { combine, WhepSubscriber, type Incoming } from "./whep";
import { WhipPublisher } from "./whip";

const track = (id: string): MediaStreamTrack => ({ id, enabled: true }) as MediaStreamTrack;
const section = (mid: string, kind: "audio" | "video", participant: string): MapSection => ({
  mid,
  kind,
  participant,
  source: "camera",
});

const sized = (id: string, width: number, height?: number): MediaStreamTrack =>
  ({ id, enabled: true, getSettings: () => ({ width, height }) }) as MediaStreamTrack;

interface Added {
  readonly what: string | MediaStreamTrack;
  readonly init: RTCRtpTransceiverInit;
}

/** A peer connection on paper that keeps its transceivers. */
class PaperConnection {
  connectionState = "new";
  localDescription: RTCSessionDescriptionInit | null = null;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: (() => void) | null = null;
  readonly added: Added[] = [];
  readonly tuned: RTCRtpSendParameters[] = [];
  readonly sent: (MediaStreamTrack | null)[] = [];
  readonly transceivers: { mid: string | null; receiver: { track: MediaStreamTrack } }[] = [];

  addTransceiver(what: string | MediaStreamTrack, init: RTCRtpTransceiverInit): object {
    const index = this.added.push({ what, init }) - 1;
    this.sent[index] = typeof what === "string" ? null : what;
    const sender = {
      getParameters: () => ({ encodings: structuredClone(init.sendEncodings ?? []) }),
      setParameters: (parameters: RTCRtpSendParameters) => {
        this.tuned.push(parameters);
        return Promise.resolve();
      },
      replaceTrack: (next: MediaStreamTrack | null) => {
        this.sent[index] = next;
        return Promise.resolve();
      },
    };
    const made = { mid: null, receiver: { track: track(`in-${index}`) }, sender };
    this.transceivers.push(made);
    return made;
  }

  createOffer(): Promise<RTCSessionDescriptionInit> {
    return Promise.resolve({ type: "offer", sdp: "v=0\r\n" });
  }

  setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.localDescription = description;
    this.transceivers.forEach((one, index) => (one.mid = String(index)));
    return Promise.resolve();
  }

  setRemoteDescription(): Promise<void> {
    this.ontrack?.();
    return Promise.resolve();
  }

  close(): void {
    this.connectionState = "closed";
  }
}

function options(connection: PaperConnection) {
  const answer = (): Response => new Response("v=0", { status: 201, headers: { Location: "/s" } });
  return {
    endpoint: () => ({ url: "https://jobs.example/whep/r1", token: "t" }),
    renew: () => undefined,
    connect: () => connection as unknown as RTCPeerConnection,
    fetcher: (() => Promise.resolve(answer())) as typeof fetch,
    clockwork: new PaperClock(),
  };
}

test("a map and tracks become people: sound and picture of one source belong together", () => {
  const tracks = new Map([
    ["0", track("a")],
    ["3", track("v")],
  ]);
  const map = [section("0", "audio", "li"), section("3", "video", "li"), section("1", "audio", "wu")];
  expect(combine(map, tracks)).toEqual([
    {
      participant: "li",
      source: "camera",
      audio: tracks.get("0"),
      video: tracks.get("3"),
      videoMid: "3",
    },
  ]);
});

test("a shared screen is an entry of its own", () => {
  const tracks = new Map([
    ["3", track("v")],
    ["4", track("s")],
  ]);
  const map: MapSection[] = [
    section("3", "video", "li"),
    { ...section("4", "video", "li"), source: "screen" },
  ];
  expect(combine(map, tracks).map((one) => one.source)).toEqual(["camera", "screen"]);
});

test("a subscriber offers sections for seven others and a screen and tells who is in them", async () => {
  const connection = new PaperConnection();
  const subscriber = new WhepSubscriber(options(connection));
  const told: (readonly Incoming[])[] = [];
  subscriber.incoming.listen((incoming) => told.push(incoming));
  subscriber.applyMap([section("0", "audio", "li"), section("8", "video", "li")]);
  expect(told).toHaveLength(0);
  subscriber.link.start();
  await flush();
  const kinds = connection.added.map((one) => one.what);
  expect(kinds).toEqual([...Array(8).fill("audio"), ...Array(8).fill("video")]);
  expect(connection.added.every((one) => one.init.direction === "recvonly")).toBe(true);
  expect(told).toHaveLength(1);
  expect(told[0]?.[0]).toMatchObject({ participant: "li", audio: { id: "in-0" }, videoMid: "8" });
  subscriber.applyMap([section("0", "audio", "li"), section("8", "video", "li")]);
  expect(told).toHaveLength(1);
  subscriber.applyMap([]);
  expect(told.at(-1)).toEqual([]);
  expect(subscriber.current).toEqual([]);
});

test("a publisher sends one stream and changes tracks without a new session", async () => {
  const connection = new PaperConnection();
  const publisher = new WhipPublisher(options(connection));
  await publisher.use({ audio: track("mic"), video: null });
  publisher.link.start();
  await flush();
  const streams = connection.added.map((one) => one.init.streams?.[0]);
  expect(connection.added.map((one) => one.init.direction)).toEqual(["sendonly", "sendonly"]);
  expect(streams[0]).toBe(streams[1]);
  expect(connection.sent).toEqual([track("mic"), null]);
  await publisher.use({ audio: track("mic-2"), video: track("camera") });
  expect(connection.sent).toEqual([track("mic-2"), track("camera")]);
});

test("a camera goes up in three layers, and only those that are watched", async () => {
  const connection = new PaperConnection();
  const publisher = new WhipPublisher(options(connection));
  publisher.link.start();
  await flush();
  const rids = connection.added[1]?.init.sendEncodings?.map((one) => one.rid);
  expect(rids).toEqual(["q", "h", "f"]);
  publisher.watched(["q"]);
  await flush();
  const active = connection.tuned.at(-1)?.encodings.map((one) => one.active);
  expect(active).toEqual([true, false, false]);
  await publisher.use({ audio: null, video: sized("small", 320) });
  await flush();
  expect(connection.tuned.at(-1)?.encodings.map((one) => one.active)).toEqual([false, false, true]);
});

test("a small camera goes up in one piece, which no layers can pause", async () => {
  const connection = new PaperConnection();
  const publisher = new WhipPublisher(options(connection));
  await publisher.use({ audio: null, video: sized("small", 320) });
  publisher.link.start();
  await flush();
  publisher.watched([]);
  await flush();
  expect(connection.added[1]?.init.sendEncodings).toHaveLength(1);
  expect(connection.tuned.at(-1)?.encodings[0]?.active).toBeUndefined();
});

test("a camera too small for three layers sends two, or one of an agreed three", async () => {
  const connection = new PaperConnection();
  const publisher = new WhipPublisher(options(connection));
  await publisher.use({ audio: null, video: sized("old", 640, 480) });
  publisher.link.start();
  await flush();
  const encodings = connection.added[1]?.init.sendEncodings ?? [];
  expect(encodings.map((one) => [one.rid, one.scaleResolutionDownBy])).toEqual([
    ["q", 2],
    ["f", 1],
  ]);
  publisher.watched(["q"]);
  await flush();
  expect(connection.tuned.at(-1)?.encodings.map((one) => one.active)).toEqual([true, false]);

  const large = new PaperConnection();
  const other = new WhipPublisher(options(large));
  await other.use({ audio: null, video: sized("phone", 720, 1280) });
  other.link.start();
  await flush();
  expect(large.added[1]?.init.sendEncodings).toHaveLength(3);
  await other.use({ audio: null, video: sized("old", 640, 480) });
  await flush();
  expect(large.tuned.at(-1)?.encodings.map((one) => one.active)).toEqual([false, false, true]);
});

test("a publisher without a camera may offer sound alone", async () => {
  const connection = new PaperConnection();
  const publisher = new WhipPublisher({ ...options(connection), audioOnly: true });
  publisher.link.start();
  await flush();
  await publisher.use({ audio: track("mic"), video: track("unused") });
  expect(connection.added).toHaveLength(1);
  expect(connection.sent).toEqual([track("mic")]);
});

test("mute silences the track, and the one that follows it", async () => {
  const publisher = new WhipPublisher(options(new PaperConnection()));
  const microphone = track("mic");
  publisher.mute(true);
  await publisher.use({ audio: microphone, video: null });
  expect(microphone.enabled).toBe(false);
  publisher.mute(false);
  expect(microphone.enabled).toBe(true);
});
