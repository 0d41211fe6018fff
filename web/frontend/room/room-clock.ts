// The server's time on this page: the device's clock may be wrong, only its speed is trusted.

import type { Timer } from "./messages";

export class RoomClock {
  #offset: number | null = null; // ms between the server's clock and ours

  constructor(private readonly now: () => number = () => Date.now()) {}

  /** The server said what time it is. */
  set(serverTime: string): void {
    this.#offset = Date.parse(serverTime) - this.now();
  }

  /** The server's time, in ms since 1970. */
  get time(): number {
    return this.now() + (this.#offset ?? 0);
  }

  /** ms until the end of the interview; negative when it has run over. */
  remaining(timer: Timer): number {
    return Date.parse(timer.ends_at) - this.time;
  }

  /** ms since panel and candidate met; null before. */
  elapsed(timer: Timer): number | null {
    return timer.started_at === null ? null : this.time - Date.parse(timer.started_at);
  }
}

/** 754000 -> "12:34"; negative times get a minus sign. */
export function clockFace(milliseconds: number): string {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  const face = `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
  return milliseconds <= -1000 ? `-${face}` : face;
}
