// The interview's clock in words and digits.

import { t } from "./texts";

export function digits(seconds: number): string {
  const whole = Math.abs(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

export function clockText(times: { toStart: number; toEnd: number }): string {
  if (times.toStart > 0) return t("starts in {time}", { time: digits(times.toStart) });
  if (times.toEnd > 0) return t("{time} left", { time: digits(times.toEnd) });
  return t("{time} over", { time: digits(times.toEnd) });
}
