// Whether a picture stands still although its track lives: the way is too narrow for video.

const STILL_AFTER = 3_000; // ms; a camera sends several frames a second

export class FrameWatch {
  #frames = -1;
  #changedAt = 0;

  /** `frames` shown so far; true when none came for a while. */
  isStill(frames: number, now: number): boolean {
    if (frames !== this.#frames) {
      this.#frames = frames;
      this.#changedAt = now;
    }
    return now - this.#changedAt >= STILL_AFTER;
  }

  /** Nobody looked, or another track came: start afresh. */
  reset(): void {
    this.#frames = -1;
  }
}
