// One tile a person: their picture, their sound, their name, and whether they speak.

import type { Person } from "../room/messages";
import { icon, make, part, show } from "./dom";
import { progress } from "./people";
import { markSpeaking } from "./speaking";
import { t } from "./texts";

export interface Incoming {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
}

export class Tiles {
  readonly #tiles = new Map<string, Tile>();
  readonly #area = part("tiles");
  readonly #blocked: () => void;
  #context: AudioContext | null = null;

  constructor(blocked: () => void) {
    this.#blocked = blocked;
  }

  render(people: readonly Person[], incoming: ReadonlyMap<string, Incoming>): void {
    const wanted = new Set(people.map((person) => person.id));
    for (const [id, tile] of this.#tiles)
      if (!wanted.has(id)) {
        tile.remove();
        this.#tiles.delete(id);
      }
    for (const person of people) {
      const tile = this.#tiles.get(person.id) ?? this.#add(person.id);
      tile.update(person, incoming.get(person.id) ?? { audio: null, video: null });
    }
    this.#area.dataset["count"] = String(people.length);
    show(part("alone"), people.length === 0);
  }

  /** After a tap: browsers then let sound start. */
  play(): void {
    void this.#context?.resume();
    for (const tile of this.#tiles.values()) tile.play();
  }

  #add(id: string): Tile {
    this.#context ??= new AudioContext();
    const tile = new Tile(id, this.#context, this.#blocked);
    this.#tiles.set(id, tile);
    this.#area.append(tile.element);
    return tile;
  }
}

class Tile {
  readonly element = make("div", "tile");
  readonly #video = make("video");
  readonly #stream = new MediaStream();
  readonly #empty = make("p", "tile-empty");
  readonly #name = make("p", "tile-name mb-0");
  readonly #context: AudioContext;
  readonly #blocked: () => void;
  #unmark: () => void = () => undefined;

  constructor(id: string, context: AudioContext, blocked: () => void) {
    this.#context = context;
    this.#blocked = blocked;
    this.element.dataset["participant"] = id;
    this.#video.autoplay = true;
    this.#video.playsInline = true;
    this.#video.srcObject = this.#stream;
    this.element.append(this.#video, this.#empty, this.#name);
  }

  update(person: Person, incoming: Incoming): void {
    this.#video.setAttribute("aria-label", person.name);
    this.#swap("audio", incoming.audio);
    this.#swap("video", incoming.video);
    const noPicture = person.camera_off || person.camera === "absent" || incoming.video === null;
    this.#empty.replaceChildren(icon("person-circle"), make("span", "", whyEmpty(person)));
    show(this.#empty, noPicture || !person.connected);
    const said = person.muted ? [icon("mic-mute"), make("span", "visually-hidden", t("muted"))] : [icon("mic")];
    this.#name.replaceChildren(...said, make("span", "", person.name));
  }

  remove(): void {
    this.#unmark();
    this.element.remove();
  }

  play(): void {
    this.#video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#blocked();
    });
  }

  #swap(kind: "audio" | "video", track: MediaStreamTrack | null): void {
    const present = this.#stream.getTracks().filter((known) => known.kind === kind);
    if (present.length === (track === null ? 0 : 1) && present[0]?.id === track?.id) return;
    for (const known of present) this.#stream.removeTrack(known);
    if (track !== null) this.#stream.addTrack(track);
    if (kind === "audio") this.#mark(track);
    this.play();
  }

  #mark(track: MediaStreamTrack | null): void {
    this.#unmark();
    this.#unmark = track === null ? () => undefined : markSpeaking(this.element, track, this.#context);
    this.element.classList.remove("is-speaking");
  }
}

/** What stands where a picture would be. */
export function whyEmpty(person: Person): string {
  if (!person.connected || !person.media) return progress(person);
  if (person.camera === "absent") return t("takes part with sound only");
  return t("camera is off");
}
