// Tries again until it works: one attempt at a time, sooner when the network says it is back.

import { QUICK, waitBefore, type BackoffPlan } from "./backoff";

export interface Clockwork {
  setTimeout(run: () => void, delay: number): number;
  clearTimeout(timer: number): void;
  random(): number;
}

export const browserClockwork: Clockwork = {
  setTimeout: (run, delay) => window.setTimeout(run, delay),
  clearTimeout: (timer) => window.clearTimeout(timer),
  random: () => Math.random(),
};

export class Retry {
  #failures = 0;
  #timer: number | null = null;
  readonly #attempt: () => void;
  readonly #clockwork: Clockwork;
  readonly #plan: BackoffPlan;

  constructor(attempt: () => void, clockwork = browserClockwork, plan = QUICK) {
    this.#attempt = attempt;
    this.#clockwork = clockwork;
    this.#plan = plan;
  }

  get failures(): number {
    return this.#failures;
  }

  get isWaiting(): boolean {
    return this.#timer !== null;
  }

  /** It did not work (any more): try again after a while, or after exactly `delay` ms. */
  failed(delay?: number): void {
    this.#failures += 1;
    const random = (): number => this.#clockwork.random();
    this.#schedule(delay ?? waitBefore(this.#failures, this.#plan, random));
  }

  /** It works: the next loss starts with a short wait again. */
  worked(): void {
    this.#failures = 0;
    this.stop();
  }

  /** The network is back or the page is visible again: do not wait any longer. */
  hurry(): void {
    if (this.#timer !== null) this.#schedule(0);
  }

  stop(): void {
    if (this.#timer !== null) this.#clockwork.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(delay: number): void {
    this.stop();
    this.#timer = this.#clockwork.setTimeout(() => {
      this.#timer = null;
      this.#attempt();
    }, delay);
  }
}
