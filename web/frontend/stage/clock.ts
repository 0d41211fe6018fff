// The interview's clock in words.

import type { Timer } from "../room/messages";
import { clockFace, type RoomClock } from "../room/room-clock";
import { t } from "./texts";

export function clockText(clock: RoomClock, timer: Timer): { text: string; isOver: boolean } {
  const toStart = Date.parse(timer.starts_at) - clock.time;
  if (toStart > 0) return { text: t("starts in {time}", { time: clockFace(toStart) }), isOver: false };
  const left = clock.remaining(timer);
  if (left > 0) return { text: t("{time} left", { time: clockFace(left) }), isOver: false };
  return { text: t("{time} over", { time: clockFace(-left) }), isOver: true };
}
