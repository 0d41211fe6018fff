// Shares a screen: a second publication beside the camera, until the person or the panel stops it.

import { failureOf, type Failure } from "./devices";
import { SCREEN, SCREEN_RATE } from "./encodings";
import { Signal } from "./signal";
import { WhipPublisher, type PublisherOptions } from "./whip";

export type ShareState = "off" | "asking" | "on";

/** Codes after which trying again by itself would be wrong. */
const FINAL: ReadonlySet<string> = new Set([
  "screen-taken",
  "not-admitted",
  "observer-is-silent",
  "interview-over",
]);

// What TypeScript's own library does not know yet (Screen Capture §5.4).
interface ScreenWish extends DisplayMediaStreamOptions {
  readonly systemAudio?: "exclude"; // it would send the others back their own voices
  readonly selfBrowserSurface?: "exclude"; // a hall of mirrors
  readonly surfaceSwitching?: "include";
}

const WISH: ScreenWish = {
  video: { width: { max: 1920 }, height: { max: 1200 }, frameRate: { ideal: SCREEN_RATE, max: SCREEN_RATE } },
  audio: true, // of a tab, if the person ticks it
  systemAudio: "exclude",
  selfBrowserSurface: "exclude",
  surfaceSwitching: "include",
};

/** Whether this browser can share a screen; phones cannot. */
export function canShare(devices: MediaDevices | undefined = navigator.mediaDevices): boolean {
  return typeof devices?.getDisplayMedia === "function";
}

export class ScreenShare {
  readonly states = new Signal<ShareState>();
  /** Why it ended by itself: a refusal's code. */
  readonly refusals = new Signal<string>();
  readonly publisher: WhipPublisher;
  #state: ShareState = "off";
  #tracks: readonly MediaStreamTrack[] = [];

  constructor(options: Omit<PublisherOptions, "plan" | "isFinal">) {
    this.publisher = new WhipPublisher({
      ...options,
      plan: SCREEN,
      isFinal: (code) => FINAL.has(code),
    });
    this.publisher.link.refusals.listen((code) => {
      this.refusals.tell(code);
      void this.stop();
    });
  }

  get state(): ShareState {
    return this.#state;
  }

  /** Let the person choose a screen and share it; the answer says why there is none. */
  async start(devices: MediaDevices = navigator.mediaDevices): Promise<Failure | null> {
    if (this.#state !== "off") return null;
    this.#become("asking");
    let stream: MediaStream;
    try {
      stream = await devices.getDisplayMedia(WISH);
    } catch (error) {
      this.#become("off");
      return failureOf(error);
    }
    this.#tracks = stream.getTracks();
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    if (video !== undefined) {
      video.contentHint = "detail"; // sharp rather than smooth
      video.addEventListener("ended", () => void this.stop()); // the browser's own bar
    }
    await this.publisher.use({ audio: audio ?? null, video: video ?? null });
    this.#become("on");
    this.publisher.link.start();
    return null;
  }

  /** Stop capturing and end the session; a server that ended it need not be told. */
  async stop(tellServer = true): Promise<void> {
    for (const track of this.#tracks) track.stop();
    this.#tracks = [];
    if (this.#state !== "off") this.#become("off");
    await this.publisher.link.close(tellServer);
  }

  /** Fresh tokens came. */
  granted(): void {
    if (this.#state === "on") this.publisher.link.granted();
  }

  /** The server lost the session: share on in a new one. */
  lost(): void {
    if (this.#state === "on") this.publisher.link.lost();
  }

  #become(state: ShareState): void {
    this.#state = state;
    this.states.tell(state);
  }
}
