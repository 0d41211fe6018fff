// The HTTP side of WHIP (RFC 9725) and WHEP: one POST opens a session, PATCH moves it, DELETE ends it.

import type { MediaEndpoint } from "./messages";

export const ANSWER_WITHIN = 5_000; // ms; a network that is slower than that is as good as none

export interface MediaSession {
  readonly url: string;
  readonly token: string; // PATCH and DELETE need the token that opened it
  readonly etag: string | null;
  readonly answer: string;
}

/** The server said no: `code` as in its problem+json (RFC 9457), or the status if it had none. */
export class MediaRefused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly retryAfter: number | null, // ms
  ) {
    super(code);
    this.name = "MediaRefused";
  }
}

export async function postOffer(
  endpoint: MediaEndpoint,
  offer: string,
  fetcher: typeof fetch = fetch,
): Promise<MediaSession> {
  const response = await fetcher(endpoint.url, {
    method: "POST",
    headers: { Authorization: `Bearer ${endpoint.token}`, "Content-Type": "application/sdp" },
    body: offer,
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
  if (response.status !== 201) throw await refused(response);
  const location = response.headers.get("Location");
  if (location === null) throw new MediaRefused(response.status, "no-location", null);
  return {
    url: new URL(location, new URL(endpoint.url, document.baseURI)).href,
    token: endpoint.token,
    etag: response.headers.get("ETag"),
    answer: await response.text(),
  };
}

export interface Restarted {
  readonly fragment: string;
  readonly etag: string | null;
}

/** Restart ICE: `If-Match: *` says that the old ICE session is over (RFC 9725 §4.3.2). */
export async function patchRestart(
  session: MediaSession,
  fragment: string,
  fetcher: typeof fetch = fetch,
): Promise<Restarted> {
  const response = await fetcher(session.url, {
    method: "PATCH",
    headers: {
      Authorization: `Bearer ${session.token}`,
      "Content-Type": "application/trickle-ice-sdpfrag",
      "If-Match": "*",
    },
    body: fragment,
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
  if (response.status !== 200) throw await refused(response);
  return { fragment: await response.text(), etag: response.headers.get("ETag") };
}

/** End a session; `keepalive` lets it happen while the page goes away. */
export async function endSession(
  session: MediaSession,
  fetcher: typeof fetch = fetch,
): Promise<void> {
  await fetcher(session.url, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${session.token}` },
    keepalive: true,
  });
}

async function refused(response: Response): Promise<MediaRefused> {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : null;
  return new MediaRefused(response.status, await codeOf(response), wait);
}

async function codeOf(response: Response): Promise<string> {
  try {
    const problem: unknown = await response.json();
    if (typeof problem === "object" && problem !== null && "code" in problem) {
      return String(problem.code);
    }
  } catch {
    // not a problem document; the status says enough
  }
  return `http-${response.status}`;
}
