import { expect, test, vi } from "vitest";
import { checkOf, failureOf, listDevices, openDevices, watchDevices } from "./devices";

const named = (name: string): Error => Object.assign(new Error(name), { name });

interface Machine {
  readonly camera: Error | null;
  readonly microphone: Error | null;
}

/** Devices of a machine: each kind opens, or fails with its error; both fail with the first. */
function machine({ camera, microphone }: Machine): { devices: MediaDevices; asked: unknown[] } {
  const asked: unknown[] = [];
  const track = (kind: string): MediaStreamTrack => ({ kind }) as MediaStreamTrack;
  const devices = Object.assign(new EventTarget(), {
    getUserMedia: (wish: MediaStreamConstraints): Promise<MediaStream> => {
      asked.push(wish);
      const failure = (wish.audio && microphone) || (wish.video && camera) || null;
      if (failure !== null) return Promise.reject(failure);
      const stream = new MediaStream();
      vi.spyOn(stream, "getAudioTracks").mockReturnValue(wish.audio ? [track("audio")] : []);
      vi.spyOn(stream, "getVideoTracks").mockReturnValue(wish.video ? [track("video")] : []);
      return Promise.resolve(stream);
    },
    enumerateDevices: () =>
      Promise.resolve(
        ["videoinput", "audioinput", "audioinput", "audiooutput"].map((kind) => ({ kind })),
      ),
  });
  return { devices: devices as unknown as MediaDevices, asked };
}

const BOTH = { camera: true, microphone: true } as const;

test("camera and microphone are asked for in one question", async () => {
  const { devices, asked } = machine({ camera: null, microphone: null });
  const opened = await openDevices(BOTH, devices);
  expect(opened).toMatchObject({ audio: { kind: "audio" }, video: { kind: "video" } });
  expect(opened).toMatchObject({ camera: null, microphone: null });
  expect(asked).toHaveLength(1);
});

test("without a camera the interview goes on with sound alone", async () => {
  const { devices } = machine({ camera: named("NotFoundError"), microphone: null });
  const opened = await openDevices(BOTH, devices);
  expect(opened).toMatchObject({ audio: { kind: "audio" }, video: null, camera: "none" });
});

test("a microphone that another program has does not take the camera along", async () => {
  const { devices } = machine({ camera: null, microphone: named("NotReadableError") });
  const opened = await openDevices(BOTH, devices);
  expect(opened).toMatchObject({ audio: null, microphone: "busy", video: { kind: "video" } });
});

test("a refused permission is told for both", async () => {
  const no = named("NotAllowedError");
  const { devices } = machine({ camera: no, microphone: no });
  const opened = await openDevices(BOTH, devices);
  expect(opened).toMatchObject({ microphone: "denied", camera: "denied" });
});

test("a chosen device is asked for by its id, an unwanted one not at all", async () => {
  const { devices, asked } = machine({ camera: null, microphone: null });
  await openDevices({ camera: "cam-2", microphone: false }, devices);
  await openDevices({ camera: false, microphone: "mic-2" }, devices);
  expect(asked).toMatchObject([
    { audio: false, video: { deviceId: { exact: "cam-2" } } },
    { audio: { deviceId: { exact: "mic-2" } }, video: false },
  ]);
});

test("a page without https has no devices, and says why", async () => {
  const wish = { camera: true, microphone: false };
  const opened = await openDevices(wish);
  expect(opened).toMatchObject({ camera: "insecure", microphone: null });
});

test("devices are listed by what they are", async () => {
  const { devices } = machine({ camera: null, microphone: null });
  const list = await listDevices(devices);
  expect([list.cameras, list.microphones, list.speakers].map((all) => all.length)).toEqual([
    1, 2, 1,
  ]);
});

test("a plugged in device is noticed until nobody cares", () => {
  const { devices } = machine({ camera: null, microphone: null });
  const changed = vi.fn();
  const stop = watchDevices(changed, devices);
  devices.dispatchEvent(new Event("devicechange"));
  stop();
  devices.dispatchEvent(new Event("devicechange"));
  expect(changed).toHaveBeenCalledTimes(1);
});

test("the browser's errors have plain reasons", () => {
  const names = ["SecurityError", "OverconstrainedError", "AbortError", "Whatever"];
  expect(names.map((name) => failureOf(named(name)))).toEqual(["denied", "none", "busy", "busy"]);
  expect(failureOf("text")).toBe("busy");
});

test("the other side is told ready, absent or failed", () => {
  expect(checkOf({} as MediaStreamTrack, null)).toBe("ready");
  expect(checkOf(null, "none")).toBe("absent");
  expect(checkOf(null, null)).toBe("absent");
  expect(checkOf(null, "denied")).toBe("failed");
});
