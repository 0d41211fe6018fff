// The browser only tells its zone's name; all times are rendered by the server.
export function rememberZone(page: Document, zone: string): void {
  if (!/^[A-Za-z0-9_+\-/]{1,64}$/.test(zone)) return;
  if (page.cookie.split("; ").includes(`zone=${zone}`)) return;
  const secure = page.location.protocol === "https:" ? "; Secure" : "";
  page.cookie = `zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
