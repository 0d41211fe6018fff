// One media session that stays up: ICE restart first, a whole new session when that fails.

import type { IceServer, MediaEndpoint } from "./messages";
import { browserClockwork, Retry, type Clockwork } from "./reconnect";
import {
  endSession,
  MediaRefused,
  patchRestart,
  postOffer,
  type MediaSession,
} from "./resource";
import { answerAfterRestart, restartFragment, withRobustOpus } from "./sdp";
import { Signal } from "./signal";
import { selectedPair } from "./statistics";

export type LinkState = "idle" | "connecting" | "connected" | "restarting" | "waiting" | "closed";

export interface LinkOptions {
  /** The newest endpoint with a token that was never used; null while there is none. */
  readonly endpoint: () => MediaEndpoint | null;
  /** Ask the room for a fresh token. */
  readonly renew: () => void;
  /** Give a new connection its transceivers, before the offer is made. */
  readonly prepare: (connection: RTCPeerConnection) => void;
  /** The STUN and TURN servers to use now; their credentials run out. */
  readonly servers?: () => readonly IceServer[];
  /** Refusals after which trying again would be wrong. */
  readonly isFinal?: (code: string) => boolean;
  readonly connect?: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly fetcher?: typeof fetch;
  readonly clockwork?: Clockwork;
}

const LOST_AFTER = 1_500; // ms of "disconnected" before a restart; short gaps heal by themselves
const LOOK_EVERY = 200; // ms
const RESTART_WITHIN = 2_500; // ms for an ICE restart; then a new session, all within 5 s

export class MediaLink {
  readonly states = new Signal<LinkState>();
  /** Codes of refusals after which the link closed itself. */
  readonly refusals = new Signal<string>();
  readonly #options: LinkOptions;
  readonly #clockwork: Clockwork;
  readonly #retry: Retry;
  #state: LinkState = "idle";
  #connection: RTCPeerConnection | null = null;
  #session: MediaSession | null = null;
  #usedToken: string | null = null;
  #patience: number | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#clockwork = options.clockwork ?? browserClockwork;
    this.#retry = new Retry(() => void this.#open(), this.#clockwork);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The living connection, for statistics and senders; null while there is none. */
  get connection(): RTCPeerConnection | null {
    return this.#connection;
  }

  /** Open a session, unless one is open or about to be. */
  start(): void {
    if (this.#state === "idle" || this.#state === "closed") void this.#open();
  }

  /** Fresh tokens came: a session that waits for one opens now. */
  granted(): void {
    if (this.#state === "waiting") this.#retry.hurry();
  }

  /** The server lost the session: open a new one. */
  lost(): void {
    if (this.#state !== "idle" && this.#state !== "closed") void this.#open();
  }

  /** The network changed: new addresses need an ICE restart. */
  networkChanged(): void {
    if (this.#state === "connected" || this.#state === "restarting") void this.#restart();
    if (this.#state === "waiting") this.#retry.hurry();
  }

  /** End the session for good; `start` opens another. A server that ended it need not be told. */
  async close(tellServer = true): Promise<void> {
    const session = this.#session;
    this.#abandon();
    this.#retry.stop();
    this.#become("closed");
    if (session !== null && tellServer) {
      await endSession(session, this.#options.fetcher).catch(() => undefined); // it expires by itself
    }
  }

  async #open(): Promise<void> {
    this.#retry.stop();
    this.#abandon();
    const endpoint = this.#freshEndpoint();
    if (endpoint === null) {
      this.#later(null);
      this.#options.renew();
      return;
    }
    this.#become("connecting");
    const connection = this.#connect();
    try {
      await connection.setLocalDescription(await offerOf(connection));
      const offer = localSdp(connection);
      this.#usedToken = endpoint.token;
      const session = await postOffer(endpoint, offer, this.#options.fetcher);
      if (connection !== this.#connection) {
        await endSession(session, this.#options.fetcher).catch(() => undefined);
        return;
      }
      this.#session = session;
      await connection.setRemoteDescription({ type: "answer", sdp: session.answer });
      this.#expectWithin(RESTART_WITHIN * 2);
    } catch (error) {
      if (connection === this.#connection) this.#later(error);
    }
  }

  async #restart(): Promise<void> {
    const connection = this.#connection;
    const session = this.#session;
    if (connection === null || session === null) return;
    this.#become("restarting");
    this.#expectWithin(RESTART_WITHIN);
    try {
      const before = await selectedPair(connection);
      this.#renewServers(connection);
      await connection.setLocalDescription(await offerOf(connection, { iceRestart: true }));
      const fragment = restartFragment(connection.localDescription?.sdp ?? "");
      if (fragment === null) throw new Error("an offer without ICE credentials");
      const restarted = await patchRestart(session, fragment, this.#options.fetcher);
      const answer = answerAfterRestart(session.answer, restarted.fragment);
      if (answer === null) throw new Error("a fragment without ICE credentials");
      if (connection !== this.#connection) return;
      this.#session = { ...session, etag: restarted.etag, answer };
      await connection.setRemoteDescription({ type: "answer", sdp: answer });
      this.#awaitOtherPair(connection, before);
    } catch {
      if (connection === this.#connection) void this.#open();
    }
  }

  /** The credentials of the start may have run out by now. */
  #renewServers(connection: RTCPeerConnection): void {
    const { iceServers } = configurationOf(this.#options.servers?.() ?? []);
    connection.setConfiguration({ ...connection.getConfiguration(), iceServers: iceServers ?? [] });
  }

  /** A connection that never seemed lost says nothing when ICE has moved it: look at its pair. */
  #awaitOtherPair(connection: RTCPeerConnection, before: string | null): void {
    const look = async (): Promise<void> => {
      if (connection !== this.#connection || this.#state !== "restarting") return;
      const pair = await selectedPair(connection);
      const isMoved = pair !== before || pair === null;
      if (isMoved && connection.connectionState === "connected") this.#changed("connected");
      else this.#awaitOtherPair(connection, before);
    };
    this.#clockwork.setTimeout(() => void look(), LOOK_EVERY);
  }

  #connect(): RTCPeerConnection {
    const make = this.#options.connect ?? newConnection;
    const connection = make(configurationOf(this.#options.servers?.() ?? []));
    this.#connection = connection;
    connection.onconnectionstatechange = () => {
      if (connection === this.#connection) this.#changed(connection.connectionState);
    };
    this.#options.prepare(connection);
    return connection;
  }

  #changed(state: RTCPeerConnectionState): void {
    switch (state) {
      case "connected":
        this.#expectNothing();
        this.#retry.worked();
        this.#become("connected");
        break;
      case "disconnected":
        if (this.#state === "connected") this.#expectWithin(LOST_AFTER);
        break;
      case "failed":
        if (this.#state === "connected") void this.#restart();
        else if (this.#state === "connecting") this.#later(null);
        else void this.#open();
        break;
      default:
        break;
    }
  }

  /** Unless the connection is up by then: restart ICE, or after a restart open a new session. */
  #expectWithin(delay: number): void {
    this.#expectNothing();
    this.#patience = this.#clockwork.setTimeout(() => {
      this.#patience = null;
      if (this.#connection?.connectionState === "connected" && this.#state === "connected") return;
      if (this.#state === "connected") void this.#restart();
      else if (this.#state === "connecting") this.#later(null);
      else void this.#open();
    }, delay);
  }

  #expectNothing(): void {
    if (this.#patience !== null) this.#clockwork.clearTimeout(this.#patience);
    this.#patience = null;
  }

  #later(error: unknown): void {
    this.#abandon();
    if (error instanceof MediaRefused && this.#options.isFinal?.(error.code) === true) {
      this.#become("closed");
      this.refusals.tell(error.code);
      return;
    }
    const wait = error instanceof MediaRefused ? (error.retryAfter ?? undefined) : undefined;
    if (error instanceof MediaRefused && error.code === "grant-expired") this.#options.renew();
    this.#retry.failed(wait);
    this.#become("waiting");
  }

  #freshEndpoint(): MediaEndpoint | null {
    const endpoint = this.#options.endpoint();
    return endpoint !== null && endpoint.token !== this.#usedToken ? endpoint : null;
  }

  #abandon(): void {
    this.#expectNothing();
    const connection = this.#connection;
    this.#connection = null;
    this.#session = null;
    if (connection !== null) {
      connection.onconnectionstatechange = null;
      connection.close();
    }
  }

  #become(state: LinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.states.tell(state);
  }
}

function newConnection(configuration: RTCConfiguration): RTCPeerConnection {
  return new RTCPeerConnection(configuration);
}

function configurationOf(servers: readonly IceServer[]): RTCConfiguration {
  const iceServers = servers.map(({ urls, username, credential }) => ({
    urls: [...urls],
    ...(username !== null && credential !== null && { username, credential }),
  }));
  return { bundlePolicy: "max-bundle", rtcpMuxPolicy: "require", iceServers };
}

async function offerOf(
  connection: RTCPeerConnection,
  options: RTCOfferOptions = {},
): Promise<RTCSessionDescriptionInit> {
  const offer = await connection.createOffer(options);
  return { type: "offer", sdp: withRobustOpus(offer.sdp ?? "") };
}

/** The server is ICE-lite and needs none of our candidates: the description can go at once. */
function localSdp(connection: RTCPeerConnection): string {
  const description = connection.localDescription;
  if (description === null) throw new Error("the connection was closed");
  return description.sdp;
}
