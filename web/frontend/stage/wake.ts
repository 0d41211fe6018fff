// Keeps the screen on while somebody waits or talks (Screen Wake Lock API).

export class ScreenWake {
  readonly #page: Document;
  readonly #locks: WakeLock | undefined;
  #isWanted = false;
  #held: WakeLockSentinel | null = null;

  constructor(page: Document = document, locks: WakeLock | undefined = navigator.wakeLock) {
    this.#page = page;
    this.#locks = locks;
    page.addEventListener("visibilitychange", () => void this.#take());
  }

  /** From now on, until `false`; the browser lets go whenever the page is hidden. */
  keep(isWanted: boolean): void {
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    if (isWanted) void this.#take();
    else void this.#release();
  }

  async #take(): Promise<void> {
    if (!this.#isWanted || this.#page.visibilityState !== "visible") return;
    if (this.#held !== null && !this.#held.released) return;
    try {
      this.#held = (await this.#locks?.request("screen")) ?? null;
    } catch {
      this.#held = null; // low battery or a policy: the screen may then go dark, nothing else
    }
    if (!this.#isWanted) await this.#release();
  }

  async #release(): Promise<void> {
    const held = this.#held;
    this.#held = null;
    await held?.release();
  }
}
