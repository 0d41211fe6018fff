// Camera and microphone: which there are, opening them, and why one could not be opened.

import type { Check } from "./messages";

export type Failure =
  | "denied" // by the person or by the browser's settings
  | "none" // no such device
  | "busy" // another program has it, or the driver failed
  | "insecure"; // the page is not served over https

export interface Wish {
  readonly camera: boolean | string; // a device's id, any device, or none
  readonly microphone: boolean | string;
}

export interface OpenedDevices {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
  readonly microphone: Failure | null; // why there is no audio; null: there is, or none was asked for
  readonly camera: Failure | null;
}

export interface DeviceList {
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphones: readonly MediaDeviceInfo[];
  readonly speakers: readonly MediaDeviceInfo[];
}

/** Open what was asked for; what cannot be had is left out and its reason is told. */
export async function openDevices(
  wish: Wish,
  devices: MediaDevices | undefined = navigator.mediaDevices,
): Promise<OpenedDevices> {
  const nothing: OpenedDevices = { audio: null, video: null, microphone: null, camera: null };
  const wantsCamera = wish.camera !== false;
  const wantsMicrophone = wish.microphone !== false;
  if (devices === undefined) {
    const why = (wanted: boolean): Failure | null => (wanted ? "insecure" : null);
    return { ...nothing, microphone: why(wantsMicrophone), camera: why(wantsCamera) };
  }
  if (wantsCamera && wantsMicrophone) {
    const both = await attempt(devices, audioOf(wish), videoOf(wish)); // one question, not two
    if (both instanceof MediaStream) {
      return { ...nothing, audio: first(both.getAudioTracks()), video: first(both.getVideoTracks()) };
    }
  }
  const audio = wantsMicrophone ? await attempt(devices, audioOf(wish), false) : null;
  const video = wantsCamera ? await attempt(devices, false, videoOf(wish)) : null;
  return {
    audio: audio instanceof MediaStream ? first(audio.getAudioTracks()) : null,
    video: video instanceof MediaStream ? first(video.getVideoTracks()) : null,
    microphone: audio instanceof MediaStream ? null : audio,
    camera: video instanceof MediaStream ? null : video,
  };
}

/** The devices there are; without permission the browser hides their names. */
export async function listDevices(
  devices: MediaDevices | undefined = navigator.mediaDevices,
): Promise<DeviceList> {
  const all = (await devices?.enumerateDevices()) ?? [];
  const of = (kind: MediaDeviceKind): MediaDeviceInfo[] => all.filter((one) => one.kind === kind);
  return { cameras: of("videoinput"), microphones: of("audioinput"), speakers: of("audiooutput") };
}

/** Call `changed` when a device is plugged in or out; call the answer to stop. */
export function watchDevices(
  changed: () => void,
  devices: MediaDevices | undefined = navigator.mediaDevices,
): () => void {
  devices?.addEventListener("devicechange", changed);
  return () => devices?.removeEventListener("devicechange", changed);
}

/** How the other side sees the state of one device. */
export function checkOf(track: MediaStreamTrack | null, failure: Failure | null): Check {
  if (track !== null) return "ready";
  if (failure === null || failure === "none") return "absent";
  return "failed";
}

/** The reason in the browser's own error (Media Capture and Streams §10.2). */
export function failureOf(error: unknown): Failure {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
    case "TypeError":
      return "none";
    default:
      return "busy";
  }
}

async function attempt(
  devices: MediaDevices,
  audio: MediaTrackConstraints | false,
  video: MediaTrackConstraints | false,
): Promise<MediaStream | Failure> {
  try {
    return await devices.getUserMedia({ audio, video });
  } catch (error) {
    return failureOf(error);
  }
}

function audioOf(wish: Wish): MediaTrackConstraints {
  const chosen = typeof wish.microphone === "string" ? { deviceId: { exact: wish.microphone } } : {};
  return { ...chosen, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
}

function videoOf(wish: Wish): MediaTrackConstraints {
  const chosen = typeof wish.camera === "string" ? { deviceId: { exact: wish.camera } } : {};
  return { ...chosen, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
}

function first(tracks: readonly MediaStreamTrack[]): MediaStreamTrack | null {
  return tracks[0] ?? null;
}
