// Tells when the way to the server changed (online again, another network) and when a page awoke.

export const CHECK_EVERY = 2_000; // ms between two signs of life of the room socket

interface NetworkInformation extends EventTarget {}

export interface NetworkListener {
  readonly changed: () => void; // another way: addresses are new
  readonly woke: () => void; // perhaps still the same way, but nobody has looked for a while
}

/** Tell the listener from now on; call the answer to stop. */
export function watchNetwork(page: Window, { changed, woke }: NetworkListener): () => void {
  const shown = (): void => {
    if (page.document.visibilityState === "visible") woke();
  };
  const connection = (page.navigator as Navigator & { connection?: NetworkInformation }).connection;
  page.addEventListener("online", changed);
  page.document.addEventListener("visibilitychange", shown);
  connection?.addEventListener("change", changed);
  return () => {
    page.removeEventListener("online", changed);
    page.document.removeEventListener("visibilitychange", shown);
    connection?.removeEventListener("change", changed);
  };
}

/** Call `check` every 2 s; call the answer to stop. */
export function keepChecking(page: Window, check: () => void): () => void {
  const timer = page.setInterval(check, CHECK_EVERY);
  return () => page.clearInterval(timer);
}
