// Sends this device's microphone and camera up (WHIP); tracks change without renegotiation.

import { MediaLink, type LinkOptions } from "./link";

export interface LocalTracks {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
}

export type PublisherOptions = Omit<LinkOptions, "prepare"> & { readonly audioOnly?: boolean };

const VIDEO_BITRATE = 1_200_000; // bit/s: 720p of one talking head
const AUDIO_BITRATE = 48_000; // bit/s: Opus speech with in-band error correction

export class WhipPublisher {
  readonly link: MediaLink;
  readonly #audioOnly: boolean;
  #tracks: LocalTracks = { audio: null, video: null };
  #muted = false;
  #senders: { audio: RTCRtpSender; video: RTCRtpSender | null } | null = null;

  constructor(options: PublisherOptions) {
    this.#audioOnly = options.audioOnly ?? false;
    this.link = new MediaLink({
      ...options,
      prepare: (connection) => {
        this.#prepare(connection);
      },
    });
  }

  /** Send these tracks from now on; null sends nothing (camera off, no microphone). */
  async use(tracks: LocalTracks): Promise<void> {
    this.#tracks = tracks;
    this.mute(this.#muted);
    const senders = this.#senders;
    if (senders === null) return;
    await senders.audio.replaceTrack(tracks.audio);
    await senders.video?.replaceTrack(tracks.video);
  }

  /** Mute without a click: the track stays and carries silence; a track that follows is mute too. */
  mute(muted: boolean): void {
    this.#muted = muted;
    if (this.#tracks.audio !== null) this.#tracks.audio.enabled = !muted;
  }

  #prepare(connection: RTCPeerConnection): void {
    const stream = new MediaStream(); // one stream, so that both sections share their msid (W8)
    const { audio, video } = this.#tracks;
    const sending = (bitrate: number): RTCRtpTransceiverInit => ({
      direction: "sendonly",
      streams: [stream],
      sendEncodings: [{ maxBitrate: bitrate }],
    });
    const up = connection.addTransceiver(audio ?? "audio", sending(AUDIO_BITRATE));
    const picture = this.#audioOnly
      ? null
      : connection.addTransceiver(video ?? "video", sending(VIDEO_BITRATE));
    this.#senders = { audio: up.sender, video: picture?.sender ?? null };
  }
}
