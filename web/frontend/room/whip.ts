// Sends microphone and camera, or a screen, up (WHIP); tracks change without renegotiation.

import { preferCodecs } from "./codecs";
import { activeLayers, CAMERA, type UplinkPlan } from "./encodings";
import { MediaLink, type LinkOptions } from "./link";

export interface LocalTracks {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
}

export type PublisherOptions = Omit<LinkOptions, "prepare"> & {
  readonly plan?: UplinkPlan;
  readonly audioOnly?: boolean;
};

export class WhipPublisher {
  readonly link: MediaLink;
  readonly #audioOnly: boolean;
  readonly #plan: UplinkPlan;
  #tracks: LocalTracks = { audio: null, video: null };
  #muted = false;
  #senders: { audio: RTCRtpSender | null; video: RTCRtpSender | null } | null = null;
  #watched: ReadonlySet<string> | null = null; // null: the server has not said yet
  #tuning: Promise<void> = Promise.resolve();

  constructor(options: PublisherOptions) {
    this.#audioOnly = options.audioOnly ?? false;
    this.#plan = options.plan ?? CAMERA;
    this.link = new MediaLink({
      ...options,
      prepare: (connection) => {
        this.#prepare(connection);
      },
    });
    this.link.states.listen((state) => {
      if (state === "connected") this.#tune();
      if (state === "closed" || state === "waiting") this.#senders = null; // their connection is
    });
  }

  /** Send these tracks from now on; null sends nothing (camera off, no microphone). */
  async use(tracks: LocalTracks): Promise<void> {
    this.#tracks = tracks;
    this.mute(this.#muted);
    const senders = this.#senders;
    if (senders === null) return;
    await senders.audio?.replaceTrack(tracks.audio);
    await senders.video?.replaceTrack(tracks.video);
    this.#tune();
  }

  /** Mute without a click: the track stays and carries silence; a track that follows is mute too. */
  mute(muted: boolean): void {
    this.#muted = muted;
    if (this.#tracks.audio !== null) this.#tracks.audio.enabled = !muted;
  }

  /** Somebody watches these layers: the others need not be sent. */
  watched(rids: readonly string[]): void {
    this.#watched = new Set(rids);
    this.#tune();
  }

  #prepare(connection: RTCPeerConnection): void {
    const stream = new MediaStream(); // one stream, so that both sections share their msid (W8)
    const { audio, video } = this.#tracks;
    this.#watched = null;
    const sending = (encodings: readonly RTCRtpEncodingParameters[]): RTCRtpTransceiverInit => ({
      direction: "sendonly",
      streams: [stream],
      sendEncodings: encodings.map((one) => ({ ...one })),
    });
    const sound = this.#plan.audio;
    const up = sound && connection.addTransceiver(audio ?? "audio", sending(sound));
    const picture = this.#audioOnly
      ? null
      : connection.addTransceiver(video ?? "video", sending(this.#plan.video(video)));
    if (up !== null) preferCodecs(up, "audio");
    if (picture !== null) preferCodecs(picture, "video");
    this.#senders = { audio: up?.sender ?? null, video: picture?.sender ?? null };
  }

  /** One change of the sender's parameters after the other: each needs the newest to start from. */
  #tune(): void {
    this.#tuning = this.#tuning.then(async () => {
      const sender = this.#senders?.video;
      const parameters = sender?.getParameters?.();
      if (!sender || !parameters || parameters.encodings.length === 0) return;
      const { degradation } = this.#plan;
      const encodings = activeLayers(parameters.encodings, this.#watched, this.#tracks.video);
      const isNew = encodings.some((one, place) => one.active !== parameters.encodings[place]?.active);
      if (!isNew && parameters.degradationPreference === degradation) return; // it costs a key frame
      const changed = { ...parameters, encodings: [...encodings], degradationPreference: degradation };
      await sender.setParameters(changed).catch(() => undefined); // the connection has ended
    });
  }
}
