// All tiles: which there are, how they are arranged, and how large each picture is.

import { limitFor } from "../room/limits";
import type { Person } from "../room/messages";
import type { Incoming as Received } from "../room/whep";
import { arrange, inOrder, keyOf, type Picture } from "./arrange";
import { part, show } from "./dom";
import { Tile, type Surroundings } from "./tile";

const LOOK_EVERY = 1_000; // ms between two looks whether pictures still move

export interface Scene {
  readonly people: readonly Person[]; // the others in the room
  readonly incoming: readonly Received[];
  readonly speaker: string | null;
  readonly wantsEven: boolean;
}

export interface TileEvents {
  blocked(): void;
  stopScreen: (() => void) | null;
  /** Sections by name, and how high each picture is shown now. */
  sized(heights: ReadonlyMap<string, number | null>): void;
}

export class Tiles {
  readonly #tiles = new Map<string, Tile>();
  readonly #area = part("tiles");
  readonly #events: TileEvents;
  readonly #sizes = new ResizeObserver(() => this.#measure());
  #around: Surroundings | null = null;
  #sections: ReadonlyMap<string, string> = new Map(); // key -> mid
  #large: string | null = null;

  constructor(events: TileEvents) {
    this.#events = events;
    this.#sizes.observe(this.#area);
    document.addEventListener("visibilitychange", () => this.#measure());
    window.setInterval(() => this.#look(), LOOK_EVERY);
  }

  render(scene: Scene): void {
    const people = new Map(scene.people.map((person) => [person.id, person]));
    const incoming = new Map(scene.incoming.map((one) => [keyOf(one.participant, one.source), one]));
    const pictures = inOrder(picturesOf(scene, people));
    this.#forgetAllBut(new Set(pictures.map((one) => keyOf(one.participant, one.source))));
    for (const { participant, source } of pictures) {
      const key = keyOf(participant, source);
      const tile = this.#tiles.get(key) ?? this.#add(key, participant, source);
      const person = people.get(participant);
      const received = incoming.get(key) ?? { audio: null, video: null };
      const isSpeaker = source === "camera" && participant === scene.speaker;
      if (person !== undefined) tile.update(person, received, isSpeaker);
    }
    this.#sections = new Map(
      [...incoming].flatMap(([key, one]) => (one.videoMid === null ? [] : [[key, one.videoMid]])),
    );
    this.#arrange(pictures, scene);
    show(part("alone"), scene.people.length === 0);
    this.#measure();
  }

  /** After a tap: browsers then let sound start. */
  play(): void {
    void this.#around?.context.resume();
    for (const tile of this.#tiles.values()) tile.play();
  }

  #arrange(pictures: readonly Picture[], { speaker, wantsEven }: Scene): void {
    const { mode, large } = arrange(pictures, { speaker, wantsEven, before: this.#large });
    if (large !== null && !large.startsWith("screen ")) this.#large = large;
    const area = this.#area.dataset;
    area["count"] = String(pictures.length);
    area["layout"] = mode;
    this.#area.style.setProperty("--strip", String(Math.max(1, pictures.length - 1)));
    for (const [key, tile] of this.#tiles) tile.element.classList.toggle("is-large", key === large);
    pictures.forEach(({ participant, source }, place) => {
      const element = this.#tiles.get(keyOf(participant, source))?.element;
      element?.style.setProperty("order", String(place)); // a moved element would stop its video
    });
  }

  #add(key: string, participant: string, source: Tile["source"]): Tile {
    const { blocked, stopScreen } = this.#events;
    this.#around ??= { context: new AudioContext(), blocked: () => blocked(), stopScreen };
    const tile = new Tile(participant, source, this.#around);
    this.#tiles.set(key, tile);
    this.#area.append(tile.element);
    this.#sizes.observe(tile.element);
    return tile;
  }

  #forgetAllBut(wanted: ReadonlySet<string>): void {
    for (const [key, tile] of this.#tiles)
      if (!wanted.has(key)) {
        this.#sizes.unobserve(tile.element);
        tile.remove();
        this.#tiles.delete(key);
      }
  }

  #look(): void {
    for (const tile of this.#tiles.values()) tile.look(performance.now());
  }

  #measure(): void {
    const heights = new Map<string, number | null>();
    for (const [key, mid] of this.#sections) {
      const box = this.#tiles.get(key)?.element;
      const isShown = box !== undefined && !document.hidden;
      heights.set(mid, isShown ? limitFor(box.clientWidth, box.clientHeight, devicePixelRatio) : 0);
    }
    this.#events.sized(heights);
  }
}

/** A camera tile for everybody, with or without a picture, and one for the screen. */
function picturesOf(scene: Scene, people: ReadonlyMap<string, Person>): readonly Picture[] {
  const screens = scene.incoming.filter((one) => one.source === "screen" && people.has(one.participant));
  const picture = (id: string, source: Picture["source"]): Picture => ({
    participant: id,
    source,
    isHost: people.get(id)?.role === "panel",
  });
  return [
    ...screens.map((one) => picture(one.participant, "screen")),
    ...scene.people.map((person) => picture(person.id, "camera")),
  ];
}
