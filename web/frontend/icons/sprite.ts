// A Vite plugin: one SVG sprite of just the icons that templates and scripts name.
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";

const NAMED = /icon\(\s*["']([a-z0-9-]+)["']/g;

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (/\.(html|ts)$/.test(entry.name)) yield path;
  }
}

export function namesIn(text: string): string[] {
  return [...text.matchAll(NAMED)].map((match) => match[1] ?? "");
}

export function symbol(name: string, svg: string): string {
  const body = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  return `<symbol id="${name}" viewBox="0 0 16 16">${body}</symbol>`;
}

export function iconSprite(root: string): Plugin {
  return {
    name: "icon-sprite",
    generateBundle() {
      const names = new Set<string>();
      for (const folder of ["web/templates", "web/frontend"])
        for (const file of filesBelow(resolve(root, folder)))
          for (const name of namesIn(readFileSync(file, "utf8"))) names.add(name);
      const symbols = [...names].sort().map((name) => {
        const file = resolve(root, "node_modules/bootstrap-icons/icons", `${name}.svg`);
        return symbol(name, readFileSync(file, "utf8"));
      });
      const source = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
      this.emitFile({ type: "asset", name: "icons.svg", source });
    },
  };
}
