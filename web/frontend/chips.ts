// The chosen day is in sight, also after htmx has put in another day's times.

export function showChosenDay(page: ParentNode): void {
  const chosen = page.querySelector<HTMLElement>('.day-chips [aria-current="date"]');
  chosen?.scrollIntoView({ block: "nearest", inline: "center" });
}
