import { expect, test } from "vitest";
import { canShare, ScreenShare } from "./screen";
import { flush, PaperClock } from "./testing";

class PaperTrack extends EventTarget {
  contentHint = "";
  enabled = true;
  isStopped = false;

  constructor(readonly kind: "audio" | "video") {
    super();
  }

  stop(): void {
    this.isStopped = true;
  }
}

class Bench {
  readonly video = new PaperTrack("video");
  readonly asked: (string | undefined)[] = [];
  readonly encodings: RTCRtpEncodingParameters[] = [];
  status = 201;
  code = "";
  refusal: Error | null = null;
  readonly share = new ScreenShare({
    endpoint: () => ({ url: "https://jobs.example/whip/r1", token: "t1" }),
    renew: () => undefined,
    connect: () => this.#connection(),
    fetcher: ((_url: string, init: RequestInit) => {
      this.asked.push(init.method);
      const headers = { Location: "/s" };
      const body = this.status === 201 ? "v=0" : JSON.stringify({ code: this.code });
      return Promise.resolve(new Response(body, { status: this.status, headers }));
    }) as typeof fetch,
    clockwork: new PaperClock(),
  });

  get devices(): MediaDevices {
    const stream = {
      getTracks: () => [this.video],
      getVideoTracks: () => [this.video],
      getAudioTracks: () => [],
    };
    return {
      getDisplayMedia: () =>
        this.refusal === null ? Promise.resolve(stream) : Promise.reject(this.refusal),
    } as unknown as MediaDevices;
  }

  #connection(): RTCPeerConnection {
    return {
      localDescription: { type: "offer", sdp: "v=0\r\n" },
      addTransceiver: (_what: unknown, init: RTCRtpTransceiverInit) => {
        this.encodings.push(...(init.sendEncodings ?? []));
        return { sender: { replaceTrack: () => Promise.resolve() } };
      },
      createOffer: () => Promise.resolve({ type: "offer", sdp: "v=0\r\n" }),
      setLocalDescription: () => Promise.resolve(),
      setRemoteDescription: () => Promise.resolve(),
      close: () => undefined,
    } as unknown as RTCPeerConnection;
  }
}

test("a screen goes up sharp and slow, beside the camera", async () => {
  const bench = new Bench();
  expect(await bench.share.start(bench.devices)).toBeNull();
  await flush();
  expect(bench.share.state).toBe("on");
  expect(bench.video.contentHint).toBe("detail");
  expect(bench.encodings.at(-1)).toMatchObject({ maxFramerate: 15, maxBitrate: 2_500_000 });
  expect(bench.encodings.every((one) => one.rid === undefined)).toBe(true);
  expect(bench.asked).toEqual(["POST"]);
});

test("the browser's own bar ends it", async () => {
  const bench = new Bench();
  await bench.share.start(bench.devices);
  await flush();
  bench.video.dispatchEvent(new Event("ended"));
  await flush();
  expect(bench.share.state).toBe("off");
  expect(bench.video.isStopped).toBe(true);
  expect(bench.asked).toEqual(["POST", "DELETE"]);
});

test("a room in which somebody else shares ends it and says why", async () => {
  const bench = new Bench();
  const heard: string[] = [];
  bench.share.refusals.listen((code) => heard.push(code));
  bench.status = 409;
  bench.code = "screen-taken";
  await bench.share.start(bench.devices);
  await flush();
  expect(heard).toEqual(["screen-taken"]);
  expect(bench.share.state).toBe("off");
  expect(bench.video.isStopped).toBe(true);
});

test("one who changes their mind shares nothing", async () => {
  const bench = new Bench();
  bench.refusal = new DOMException("no", "NotAllowedError");
  expect(await bench.share.start(bench.devices)).toBe("denied");
  expect(bench.share.state).toBe("off");
  expect(bench.asked).toEqual([]);
  bench.share.granted();
  bench.share.lost();
});

test("a lost screen is shared on, once it may be", async () => {
  const bench = new Bench();
  await bench.share.start(bench.devices);
  await flush();
  expect(await bench.share.start(bench.devices)).toBeNull();
  bench.share.lost();
  bench.share.granted();
  await flush();
  expect(bench.share.state).toBe("on");
});

test("phones have no screen to share", () => {
  expect(canShare({} as MediaDevices)).toBe(false);
  expect(canShare(undefined)).toBe(false);
  expect(canShare(new Bench().devices)).toBe(true);
});
