// One tile a person: their picture, their sound, their name.

import type { Person } from "../room/messages";
import { icon, make, part, show } from "./dom";

export interface Incoming {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
}

export class Tiles {
  readonly #tiles = new Map<string, Tile>();
  readonly #area = part("tiles");
  readonly #blocked: () => void;

  constructor(blocked: () => void) {
    this.#blocked = blocked;
  }

  render(people: readonly Person[], incoming: ReadonlyMap<string, Incoming>): void {
    const wanted = new Set(people.map((person) => person.id));
    for (const [id, tile] of this.#tiles)
      if (!wanted.has(id)) {
        tile.element.remove();
        this.#tiles.delete(id);
      }
    for (const person of people) {
      const tile = this.#tiles.get(person.id) ?? this.#add(person.id);
      tile.update(person, incoming.get(person.id) ?? { audio: null, video: null });
    }
    show(part("alone"), people.length === 0);
  }

  /** After a tap: browsers then let sound start. */
  play(): void {
    for (const tile of this.#tiles.values()) tile.play();
  }

  #add(id: string): Tile {
    const tile = new Tile(id, this.#blocked);
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
  readonly #blocked: () => void;

  constructor(id: string, blocked: () => void) {
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
    this.#empty.replaceChildren(icon("person-circle"), make("span", "", person.name));
    show(this.#empty, noPicture || !person.connected);
    this.#name.replaceChildren(
      person.muted ? icon("mic-mute") : icon("mic"),
      document.createTextNode(person.name),
    );
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
    this.play();
  }
}
