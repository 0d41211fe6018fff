// Whether somebody is speaking: loud enough now, or a moment ago.

import { LevelMeter, showLevel } from "../room/levels";

const SPEECH = 0.4; // of the meter: -36 dBFS, above the hum of a room
const PAUSE = 600; // ms; shorter silences belong to the sentence

export class Voice {
  #spokeAt = -PAUSE;

  /** `level` is 0 … 1, `now` in ms. */
  heard(level: number, now: number): boolean {
    if (level >= SPEECH) this.#spokeAt = now;
    return now - this.#spokeAt < PAUSE;
  }
}

/** Mark an element while its track speaks; call the answer to stop. */
export function markSpeaking(
  element: HTMLElement,
  track: MediaStreamTrack,
  context: AudioContext,
): () => void {
  const voice = new Voice();
  return showLevel(new LevelMeter(track, context), (level) => {
    element.classList.toggle("is-speaking", voice.heard(level, performance.now()));
  });
}
