// Texts of the one gettext catalogue: English is the key, the page brings the translation.

export type Texts = Readonly<Record<string, string>>;

let known: Texts = {};

export function learn(texts: Texts): void {
  known = texts;
}

export function learnFrom(page: Document): void {
  const source = page.getElementById("texts")?.textContent;
  if (source) learn(JSON.parse(source) as Texts);
}

/** The text in the page's language, with `{name}` places filled. */
export function t(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (known[text] ?? text).replace(/\{(\w+)\}/g, (place, name: string) =>
    name in values ? String(values[name]) : place,
  );
}
