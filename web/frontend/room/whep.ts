// Receives everybody else through one session with fixed sections (WHEP); the map says who is who.

import { preferCodecs } from "./codecs";
import { MediaLink, type LinkOptions } from "./link";
import type { Kind, MapSection, Source } from "./messages";
import { USUAL } from "./patience";
import { Signal } from "./signal";

export interface Incoming {
  readonly participant: string;
  readonly source: Source;
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
  readonly videoMid: string | null; // the section that the picture comes in
}

export type SubscriberOptions = Omit<LinkOptions, "prepare"> & {
  readonly sections?: { readonly audio: number; readonly video: number };
};

const SECTIONS = { audio: 8, video: 8 }; // seven others and a screen; unused ones cost nothing

export class WhepSubscriber {
  readonly link: MediaLink;
  readonly incoming = new Signal<readonly Incoming[]>();
  readonly #sections: { readonly audio: number; readonly video: number };
  #transceivers: readonly RTCRtpTransceiver[] = [];
  #map: readonly MapSection[] = [];
  #told: readonly Incoming[] = [];

  constructor(options: SubscriberOptions) {
    this.#sections = options.sections ?? SECTIONS;
    this.link = new MediaLink({
      ...options,
      prepare: (connection) => {
        this.#prepare(connection);
      },
    });
  }

  /** What is to be shown and heard now. */
  get current(): readonly Incoming[] {
    return this.#told;
  }

  /** The room said what flows into which section. */
  applyMap(sections: readonly MapSection[]): void {
    this.#map = sections;
    this.#tell();
  }

  #prepare(connection: RTCPeerConnection): void {
    const receive = (kind: Kind, count: number): RTCRtpTransceiver[] =>
      Array.from({ length: count }, () => {
        const made = connection.addTransceiver(kind, { direction: "recvonly" });
        preferCodecs(made, kind);
        made.receiver.jitterBufferTarget = USUAL; // not in every browser: then it does nothing
        return made;
      });
    this.#transceivers = [
      ...receive("audio", this.#sections.audio),
      ...receive("video", this.#sections.video),
    ];
    connection.ontrack = () => {
      this.#tell();
    };
  }

  #tell(): void {
    const tracks = new Map(
      this.#transceivers.flatMap((one): [string, MediaStreamTrack][] =>
        one.mid === null ? [] : [[one.mid, one.receiver.track]],
      ),
    );
    const next = combine(this.#map, tracks);
    if (isSame(this.#told, next)) return;
    this.#told = next;
    this.incoming.tell(next);
  }
}

/** One entry for each publication in the map, with the tracks of its sections. */
export function combine(
  map: readonly MapSection[],
  tracks: ReadonlyMap<string, MediaStreamTrack>,
): readonly Incoming[] {
  const found = new Map<string, Incoming>();
  for (const section of map) {
    const key = `${section.source} ${section.participant}`;
    const { participant, source } = section;
    const nothing = { participant, source, audio: null, video: null, videoMid: null };
    const entry = found.get(key) ?? nothing;
    const track = tracks.get(section.mid) ?? null;
    const mid = section.kind === "video" ? { videoMid: section.mid } : {};
    found.set(key, { ...entry, ...mid, [section.kind]: track });
  }
  return [...found.values()].filter((entry) => entry.audio !== null || entry.video !== null);
}

function isSame(before: readonly Incoming[], after: readonly Incoming[]): boolean {
  return (
    before.length === after.length &&
    before.every((one, index) => {
      const other = after[index];
      return (
        other !== undefined &&
        one.participant === other.participant &&
        one.source === other.source &&
        one.audio === other.audio &&
        one.videoMid === other.videoMid &&
        one.video === other.video
      );
    })
  );
}
