import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { iconSprite } from "./web/frontend/icons/sprite.ts";

const root = resolve(import.meta.dirname, "web/frontend");
const entries = ["main", "waiting", "room"].filter((name) =>
  existsSync(resolve(root, `${name}.ts`)),
);

export default defineConfig({
  root,
  base: "/static/",
  plugins: [iconSprite(import.meta.dirname)],
  build: {
    outDir: resolve(import.meta.dirname, "web/static"),
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    target: "es2022",
    assetsInlineLimit: 0,
    rollupOptions: {
      checks: { pluginTimings: false },
      input: Object.fromEntries(entries.map((name) => [name, resolve(root, `${name}.ts`)])),
    },
  },
  css: { preprocessorOptions: { scss: { quietDeps: true, silenceDeprecations: ["import"] } } },
  test: { environment: "happy-dom", include: ["**/*.test.ts"] },
});
