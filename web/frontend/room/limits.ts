// Tells the room how high each picture is shown, so that no larger one need be sent.

import type { PictureLimit } from "./messages";
import { browserClockwork, type Clockwork } from "./reconnect";

export const SETTLED_AFTER = 300; // ms; a window that is dragged changes many times a second
const AGAIN_AFTER = 1_500; // ms until the room, which said "too many", listens again
const STEPS = [180, 360, 720] as const; // heights that cameras have in their layers
const SLACK = 1.12; // a picture that is stretched by a tenth looks the same

/** The height to ask for: the smallest step that fills the box; null needs all there is. */
export function limitFor(width: number, height: number, pixelRatio = 1): number | null {
  const shown = Math.min(height, (width * 9) / 16) * pixelRatio; // cameras are 16:9
  if (shown <= 0) return 0;
  return STEPS.find((step) => shown <= step * SLACK) ?? null;
}

export class PictureLimits {
  readonly #say: (limits: readonly PictureLimit[]) => void;
  readonly #clockwork: Clockwork;
  #wanted: ReadonlyMap<string, number | null> = new Map();
  readonly #said = new Map<string, number | null>();
  #timer: number | null = null;

  constructor(
    say: (limits: readonly PictureLimit[]) => void,
    clockwork: Clockwork = browserClockwork,
  ) {
    this.#say = say;
    this.#clockwork = clockwork;
  }

  /** Sections by name, and how high each is shown now. */
  want(heights: ReadonlyMap<string, number | null>): void {
    this.#wanted = heights;
    this.#later(SETTLED_AFTER);
  }

  /** A new session knows no limits, and one of before may have missed some: say them all again. */
  again(): void {
    this.#said.clear();
    this.#later(SETTLED_AFTER);
  }

  /** The room did not take them. */
  refused(): void {
    this.#said.clear();
    this.#later(AGAIN_AFTER);
  }

  #later(delay: number): void {
    if (this.#timer !== null) this.#clockwork.clearTimeout(this.#timer);
    this.#timer = this.#clockwork.setTimeout(() => {
      this.#timer = null;
      this.#tell();
    }, delay);
  }

  #tell(): void {
    const news = [...this.#wanted].filter(([mid, height]) => this.#height(mid) !== height);
    if (news.length === 0) return;
    for (const [mid, height] of news) this.#said.set(mid, height);
    this.#say(news.map(([mid, height]) => ({ mid, height })));
  }

  #height(mid: string): number | null | undefined {
    return this.#said.has(mid) ? this.#said.get(mid) : null; // a session starts without limits
  }
}
