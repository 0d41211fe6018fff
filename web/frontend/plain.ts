// A link whose partial update fails is followed as a plain link: the browser then says what is wrong.

export function followPlainly(page: Document, go: (address: string) => void): void {
  page.addEventListener("htmx:error", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (link instanceof HTMLAnchorElement) go(link.href);
  });
}
