// The 90 seconds of a hold, counted by the server's clock: ours may be wrong by minutes.

const SECOND = 1000;
const MINUTE = 60;

export function secondsLeft(until: number, serverNow: number, shownAt: number, now: number): number {
  return Math.max(0, Math.ceil((until - serverNow - (now - shownAt)) / SECOND));
}

export function clockText(seconds: number): string {
  const rest = String(seconds % MINUTE).padStart(2, "0");
  return `${Math.floor(seconds / MINUTE)}:${rest}`;
}

export function countHold(page: Document, clock: () => number): void {
  const box = page.querySelector<HTMLElement>("[data-hold-until]");
  const face = box?.querySelector<HTMLElement>("[data-hold-clock]");
  const text = box?.querySelector<HTMLElement>("[data-hold-text]");
  if (!box || !face || !text) return;
  const until = Date.parse(box.dataset["holdUntil"] ?? "");
  const serverNow = Date.parse(box.dataset["serverNow"] ?? "");
  const over = box.dataset["holdOver"] ?? "";
  const shownAt = clock();
  const tick = (): void => {
    const left = secondsLeft(until, serverNow, shownAt, clock());
    face.textContent = clockText(left);
    face.hidden = left === 0;
    if (left > 0) return;
    text.textContent = over;
    clearInterval(timer);
  };
  const timer = setInterval(tick, SECOND);
  tick();
}
