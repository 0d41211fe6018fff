// One line above everything: what is going on with the connection, and at most one button.

import { make, part, show } from "./dom";

export function say(text: string, action?: { label: string; act: () => void }): void {
  const banner = part("banner");
  if (text === "") {
    show(banner, false);
    return;
  }
  const key = `${text}|${action?.label ?? ""}`;
  if (!banner.hidden && banner.dataset["key"] === key) return;
  banner.dataset["key"] = key;
  banner.replaceChildren(make("span", "", text));
  if (action !== undefined) {
    const button = make("button", "btn btn-sm btn-primary ms-3", action.label);
    button.type = "button";
    button.addEventListener("click", action.act);
    banner.append(button);
  }
  show(banner, true);
}
