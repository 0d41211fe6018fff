// Which picture is large: the shared screen, else who speaks, else who was large before.

import type { Source } from "../room/messages";

export interface Picture {
  readonly participant: string;
  readonly source: Source;
  readonly isHost: boolean; // of the panel: the first to look at while nobody has spoken
}

export interface Arrangement {
  /** even: all of one size; focus: one large, the others in a strip. */
  readonly mode: "even" | "focus";
  readonly large: string | null; // the key of a picture
}

export interface Circumstances {
  readonly speaker: string | null;
  readonly before: string | null; // the key that was large
  readonly wantsEven: boolean;
}

export const keyOf = (participant: string, source: Source): string => `${source} ${participant}`;

export function arrange(pictures: readonly Picture[], now: Circumstances): Arrangement {
  const key = (one: Picture): string => keyOf(one.participant, one.source);
  const screen = pictures.find((one) => one.source === "screen");
  if (pictures.length < 2) return { mode: "even", large: null };
  if (screen !== undefined) return { mode: "focus", large: key(screen) };
  const known = (wanted: string | null): Picture | undefined =>
    pictures.find((one) => key(one) === wanted);
  const speaking = known(now.speaker === null ? null : keyOf(now.speaker, "camera"));
  const first = pictures.find((one) => one.isHost) ?? pictures[0];
  const large = speaking ?? known(now.before) ?? first;
  if (now.wantsEven || large === undefined) return { mode: "even", large: null };
  return { mode: "focus", large: key(large) };
}

/** The presenter's own picture stands first beside their screen; all others keep their order. */
export function inOrder(pictures: readonly Picture[]): readonly Picture[] {
  const presenter = pictures.find((one) => one.source === "screen")?.participant;
  const rank = (one: Picture): number =>
    one.source === "screen" ? 0 : one.participant === presenter ? 1 : 2;
  return [...pictures].sort((one, other) => rank(one) - rank(other));
}
