// Tells when the way to the server may have changed: online again, another network, awake again.

export const CHECK_EVERY = 2_000; // ms between two signs of life of the room socket

interface NetworkInformation extends EventTarget {}

/** Call `changed` whenever it is worth looking; call the answer to stop. */
export function watchNetwork(page: Window, changed: () => void): () => void {
  const woke = (): void => {
    if (page.document.visibilityState === "visible") changed();
  };
  const connection = (page.navigator as Navigator & { connection?: NetworkInformation }).connection;
  page.addEventListener("online", changed);
  page.document.addEventListener("visibilitychange", woke);
  connection?.addEventListener("change", changed);
  return () => {
    page.removeEventListener("online", changed);
    page.document.removeEventListener("visibilitychange", woke);
    connection?.removeEventListener("change", changed);
  };
}

/** Call `check` every 2 s; call the answer to stop. */
export function keepChecking(page: Window, check: () => void): () => void {
  const timer = page.setInterval(check, CHECK_EVERY);
  return () => page.clearInterval(timer);
}
