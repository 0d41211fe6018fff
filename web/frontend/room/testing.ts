// What the tests of the room stand on: a clock that they move, a socket and a connection on paper.

import type { Clockwork } from "./reconnect";

export class PaperClock implements Clockwork {
  #now = 0;
  #next = 1;
  readonly #timers = new Map<number, { at: number; run: () => void }>();

  setTimeout(run: () => void, delay: number): number {
    this.#timers.set(this.#next, { at: this.#now + delay, run });
    return this.#next++;
  }

  clearTimeout(timer: number): void {
    this.#timers.delete(timer);
  }

  random(): number {
    return 1;
  }

  get waiting(): number {
    return this.#timers.size;
  }

  pass(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= until);
      const [first] = due.sort(([, a], [, b]) => a.at - b.at);
      if (first === undefined) break;
      this.#timers.delete(first[0]);
      this.#now = first[1].at;
      first[1].run();
    }
    this.#now = until;
  }
}

export class PaperSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closedByPage = false;
  readyState = 1;

  constructor(readonly url: string) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closedByPage = true;
  }

  hears(...messages: object[]): void {
    for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
  }

  get types(): unknown[] {
    return this.sent.map((message) => message["type"]);
  }
}

export const flush = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
