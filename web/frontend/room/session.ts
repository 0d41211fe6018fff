// One room on one page: the socket, what goes up, what comes down, and the view of it all.

import { PictureLimits } from "./limits";
import type { ServerMessage } from "./messages";
import { keepChecking, watchNetwork } from "./network";
import { RoomClock } from "./room-clock";
import { ScreenShare } from "./screen";
import { RoomSocket, type SocketOptions, type SocketState } from "./socket";
import { Patience } from "./patience";
import { SeenPictures } from "./seen";
import { Signal } from "./signal";
import { inLatin } from "./spelling";
import { EMPTY_VIEW, reduce, type RoomView } from "./view";
import { WhepSubscriber } from "./whep";
import { WhipPublisher } from "./whip";

export interface SessionOptions extends SocketOptions {
  readonly connect?: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly fetcher?: typeof fetch;
  readonly page?: Window;
  readonly readsLatin?: boolean; // shows names in Latin letters
  readonly waits?: boolean; // media only starts with `begin`, although the room would allow it
}

export class RoomSession {
  readonly socket: RoomSocket;
  readonly publisher: WhipPublisher;
  readonly subscriber: WhepSubscriber;
  readonly screen: ScreenShare;
  readonly limits: PictureLimits;
  readonly clock = new RoomClock();
  readonly views = new Signal<RoomView>();
  readonly #seen: SeenPictures;
  readonly #patience: Patience;
  readonly #stops: (() => void)[] = [];
  readonly #page: Window;
  readonly #readsLatin: boolean;
  #view = EMPTY_VIEW;
  #wasLost = false;
  #hasBegun: boolean;

  constructor(options: SessionOptions) {
    this.#page = options.page ?? window;
    this.#readsLatin = options.readsLatin === true;
    this.#hasBegun = options.waits !== true;
    this.socket = new RoomSocket(options);
    const grants = (): RoomSocket["grants"] => this.socket.grants;
    const shared = {
      servers: () => grants()?.ice_servers ?? [],
      renew: () => {
        this.socket.say({ type: "renew-grants" });
      },
      ...(options.connect && { connect: options.connect }),
      ...(options.fetcher && { fetcher: options.fetcher }),
      ...(options.clockwork && { clockwork: options.clockwork }),
    };
    this.publisher = new WhipPublisher({ ...shared, endpoint: () => grants()?.publish ?? null });
    this.subscriber = new WhepSubscriber({
      ...shared,
      endpoint: () => grants()?.subscribe ?? null,
    });
    this.screen = new ScreenShare({
      ...shared,
      endpoint: () => grants()?.publish_screen ?? null,
    });
    this.limits = new PictureLimits((limits) => {
      this.socket.say({ type: "set-limits", limits });
    }, options.clockwork);
    this.#seen = new SeenPictures(
      () => (this.socket.state.name === "connected" ? this.subscriber.link.connection : null),
      (pictures) => {
        this.socket.say({ type: "tell-pictures", pictures });
      },
      options.clockwork,
    );
    this.#patience = new Patience(() => this.subscriber.link.connection, options.clockwork);
    this.subscriber.link.states.listen((state) => {
      if (state === "connected") this.limits.again();
    });
    this.socket.messages.listen((message) => {
      this.#hear(message);
    });
  }

  get view(): RoomView {
    return this.#view;
  }

  /** From now on media starts by itself as soon as the room hands out tokens for it. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const grants = this.socket.grants;
    if (grants !== null) this.#granted(grants.publish !== null, grants.subscribe !== null);
  }

  /** Come in; media starts once it has begun and the room hands out tokens for it. */
  open(): void {
    this.#stops.push(
      watchNetwork(this.#page, {
        changed: () => {
          this.#networkChanged();
        },
        woke: () => {
          this.socket.hurry();
        },
      }),
      keepChecking(this.#page, () => {
        this.socket.check();
      }),
    );
    this.#seen.start();
    this.#patience.start();
    this.socket.states.listen((state) => {
      this.#follow(state);
    });
    this.socket.open();
  }

  /** Give up the seat and end all media. */
  async leave(): Promise<void> {
    const isHeard = this.socket.state.name === "connected"; // else the media says that we left
    const stopped = isHeard ? null : this.#stop(true);
    this.socket.leave();
    await (stopped ?? this.#stop(false));
  }

  /** A socket that had to come back means that the way changed: media follows it at once. */
  #follow(state: SocketState): void {
    if (state.name === "closed") void this.#stop(false); // the server has ended our media
    if (state.name === "connected" && this.#wasLost) this.#cameBack();
    this.#wasLost = state.name === "reconnecting";
  }

  #cameBack(): void {
    this.#mediaFollows();
    this.limits.again();
  }

  #hear(message: ServerMessage): void {
    this.#view = reduce(this.#view, this.#readsLatin ? inLatin(message) : message);
    switch (message.type) {
      case "welcome":
      case "snapshot":
      case "timer":
        this.clock.set(message.timer.now);
        break;
      case "grants":
        this.#granted(message.publish !== null, message.subscribe !== null);
        break;
      case "map":
        this.subscriber.applyMap(message.sections);
        break;
      case "media-lost":
        if (message.direction === "subscribe") this.subscriber.link.lost();
        else if (message.source === "screen") this.screen.lost();
        else this.publisher.link.lost();
        break;
      case "layers":
        (message.source === "screen" ? this.screen.publisher : this.publisher).watched(message.rids);
        break;
      case "screen-stopped":
        void this.screen.stop(false);
        break;
      case "error":
        if (message.about === "set-limits") this.limits.refused();
        break;
      default:
        break;
    }
    this.views.tell(this.#view);
  }

  #granted(mayPublish: boolean, maySubscribe: boolean): void {
    if (!this.#hasBegun) return;
    if (mayPublish) startOrGrant(this.publisher);
    this.screen.granted();
    if (maySubscribe) startOrGrant(this.subscriber);
  }

  #networkChanged(): void {
    this.socket.hurry();
    this.#mediaFollows();
  }

  #mediaFollows(): void {
    this.publisher.link.networkChanged();
    this.subscriber.link.networkChanged();
    this.screen.publisher.link.networkChanged();
  }

  async #stop(tellServer: boolean): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#seen.stop();
    this.#patience.stop();
    const links = [this.publisher.link, this.subscriber.link];
    await Promise.all([...links.map((link) => link.close(tellServer)), this.screen.stop(tellServer)]);
  }
}

function startOrGrant(part: WhipPublisher | WhepSubscriber): void {
  if (part.link.state === "idle") part.link.start();
  else part.link.granted();
}
