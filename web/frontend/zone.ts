// The browser only tells its zone's name; all times are rendered by the server.

/** Keep the zone's name for every request to come; the answer says whether that is news. */
export function rememberZone(page: Document, zone: string): boolean {
  if (!/^[A-Za-z0-9_+\-/]{1,64}$/.test(zone)) return false;
  const isKept = (): boolean => page.cookie.split("; ").includes(`zone=${zone}`);
  if (isKept()) return false;
  const secure = page.location.protocol === "https:" ? "; Secure" : "";
  page.cookie = `zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  return isKept();
}

/** Of a page that came before the server knew the zone, let the server render the times again. */
export async function showTimesAnew(page: Document, zone: string, fetcher = fetch): Promise<void> {
  const before = [...page.querySelectorAll<HTMLElement>("[data-zoned]")];
  if (before.every((place) => place.dataset["zoned"] === zone)) return;
  const answer = await fetcher(page.location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const after = [...fresh.querySelectorAll("[data-zoned]")];
  if (after.length !== before.length) return; // another page by now: the next one is right anyway
  before.forEach((place, number) => place.replaceWith(after[number] ?? place));
}
