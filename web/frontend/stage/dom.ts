// Small helpers over the page's own elements: a missing one is a mistake in the template.

export function part<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

export function maybe<T extends HTMLElement = HTMLElement>(id: string): T | null {
  return document.getElementById(id) as T | null;
}

export function show(element: HTMLElement, visible: boolean): void {
  element.hidden = !visible;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className = "",
  text = "",
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the sprite; names are found by the build in calls of icon("…"). */
export function icon(name: string): SVGSVGElement {
  const sprite = document.getElementById("stage")?.dataset["icons"] ?? "";
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "bi");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  drawing.append(use);
  return drawing;
}

/** Show another icon in a control and say whether it is pressed. */
export function press(button: HTMLElement, pressed: boolean, drawing: SVGSVGElement): void {
  button.setAttribute("aria-pressed", String(pressed));
  button.querySelector("svg")?.replaceWith(drawing);
}
