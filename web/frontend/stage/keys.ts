// Single keys for the controls, silent while somebody types.

export function listenToKeys(page: Document, actions: ReadonlyMap<string, () => void>): void {
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = event.target;
    if (at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement) return;
    if (at instanceof HTMLSelectElement) return;
    if (at instanceof HTMLElement && at.isContentEditable) return;
    const action = actions.get(event.key.toLowerCase());
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
