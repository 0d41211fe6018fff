// Which device this is: kept over reloads of the tab, different in every tab and browser.

const KEY = "room-device";

export function deviceId(storage: Storage): string {
  const known = storage.getItem(KEY);
  if (known !== null && /^[0-9a-f]{32}$/.test(known)) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const made = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  storage.setItem(KEY, made);
  return made;
}
