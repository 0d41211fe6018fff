// One tile: a person's picture, sound and name, or a screen that somebody shares.

import type { Person, Source } from "../room/messages";
import { icon, make, show } from "./dom";
import { FrameWatch } from "./frames";
import { progress } from "./people";
import { markSpeaking } from "./speaking";
import { t } from "./texts";

export interface Incoming {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
}

export interface Surroundings {
  readonly context: AudioContext;
  readonly blocked: () => void; // the browser wants a tap before it plays sound
  readonly stopScreen: (() => void) | null; // the panel may end somebody's screen share
}

export class Tile {
  readonly element = make("div", "tile");
  readonly source: Source;
  readonly #video = make("video");
  readonly #stream = new MediaStream();
  readonly #empty = make("p", "tile-empty");
  readonly #name = make("p", "tile-name mb-0");
  readonly #around: Surroundings;
  readonly #frames = new FrameWatch();
  #person: Person | null = null;
  #isStill = false;
  #unmark: () => void = () => undefined;

  constructor(participant: string, source: Source, around: Surroundings) {
    this.source = source;
    this.#around = around;
    this.element.dataset["participant"] = participant;
    this.element.dataset["source"] = source;
    this.#video.autoplay = true;
    this.#video.playsInline = true;
    this.#video.srcObject = this.#stream;
    this.element.append(this.#video, this.#empty, this.#name);
    if (source === "screen" && around.stopScreen !== null) this.element.append(stopButton(around.stopScreen));
  }

  update(person: Person, incoming: Incoming, isSpeaker: boolean): void {
    this.#person = person;
    this.#swap("audio", incoming.audio);
    this.#swap("video", incoming.video);
    this.element.classList.toggle("is-speaker", isSpeaker);
    this.#draw();
  }

  /** Look whether the picture still moves; asked about once a second. */
  look(now: number): void {
    const isWatched = !document.hidden && this.source === "camera" && this.#hasPicture();
    if (!isWatched) this.#frames.reset();
    const frames = this.#video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
    const isStill = isWatched && this.#frames.isStill(frames, now);
    if (isStill === this.#isStill) return;
    this.#isStill = isStill;
    this.#draw();
  }

  remove(): void {
    this.#unmark();
    this.element.remove();
  }

  play(): void {
    this.#video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#around.blocked();
    });
  }

  #hasPicture(): boolean {
    const person = this.#person;
    if (person === null || this.#stream.getVideoTracks().length === 0) return false;
    if (this.source === "screen") return true;
    return person.connected && !person.camera_off && person.camera !== "absent";
  }

  #draw(): void {
    const person = this.#person;
    if (person === null) return;
    this.element.classList.toggle("is-still", this.#isStill);
    const isEmpty = !this.#hasPicture() || this.#isStill;
    show(this.#empty, isEmpty);
    if (isEmpty) fill(this.#empty, this.#isStill ? "reception-1" : "", this.#why(person));
    if (this.source === "screen") {
      this.#video.setAttribute("aria-label", t("The screen of {name}", { name: person.name }));
      fill(this.#name, "display", t("The screen of {name}", { name: person.name }));
      return;
    }
    this.#video.setAttribute("aria-label", person.name);
    const said = person.muted ? [icon("mic-mute"), make("span", "visually-hidden", t("muted"))] : [icon("mic")];
    this.#name.replaceChildren(...said, make("span", "", person.name));
  }

  #why(person: Person): string {
    if (this.source === "screen") return t("The screen will appear here.");
    return this.#isStill ? t("Poor connection: picture paused") : whyEmpty(person);
  }

  #swap(kind: "audio" | "video", track: MediaStreamTrack | null): void {
    const present = this.#stream.getTracks().filter((known) => known.kind === kind);
    if (present.length === (track === null ? 0 : 1) && present[0]?.id === track?.id) return;
    for (const known of present) this.#stream.removeTrack(known);
    if (track !== null) this.#stream.addTrack(track);
    if (kind === "audio") this.#mark(track);
    else this.#frames.reset();
    this.play();
  }

  #mark(track: MediaStreamTrack | null): void {
    this.#unmark();
    const isVoice = track !== null && this.source === "camera";
    this.#unmark = isVoice ? markSpeaking(this.element, track, this.#around.context) : () => undefined;
    this.element.classList.remove("is-speaking");
  }
}

function fill(place: HTMLElement, mark: string, text: string): void {
  const drawing =
    mark === "reception-1" ? icon("reception-1") : mark === "display" ? icon("display") : icon("person-circle");
  place.replaceChildren(drawing, make("span", "", text));
}

function stopButton(stop: () => void): HTMLButtonElement {
  const button = make("button", "btn btn-sm btn-light tile-action", t("Stop this screen"));
  button.type = "button";
  button.addEventListener("click", stop);
  return button;
}

/** What stands where a picture would be. */
export function whyEmpty(person: Person): string {
  if (!person.connected || !person.media) return progress(person);
  if (person.camera === "absent") return t("takes part with sound only");
  return t("camera is off");
}
