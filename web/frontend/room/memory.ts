// What a tab remembers of a room over a reload, so that it comes back to its seat at once.

import type { Grants } from "./messages";

export interface Remembered {
  readonly token: string;
  readonly admission: string | null;
}

const key = (room: string): string => `room-seat:${room}`;

export function remember(storage: Storage, room: string, grants: Grants): void {
  const kept: Remembered = { token: grants.socket, admission: grants.admission };
  storage.setItem(key(room), JSON.stringify(kept));
}

export function recall(storage: Storage, room: string): Remembered | null {
  const text = storage.getItem(key(room));
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isRemembered(value) ? value : null;
  } catch {
    return null;
  }
}

export function forget(storage: Storage, room: string): void {
  storage.removeItem(key(room));
}

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== "object" || value === null) return false;
  const { token, admission } = value as Partial<Record<keyof Remembered, unknown>>;
  return typeof token === "string" && (admission === null || typeof admission === "string");
}
