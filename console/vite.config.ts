// Builds the console: static files in dist/, which the Worker serves under a strict CSP. Nothing is inlined into the page,
// so that `script-src 'self'` and `style-src 'self'` hold.
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/**
 * Declares the order of the cascade layers, from weakest to strongest, at the top of every stylesheet: the first one that the
 * browser loads decides, and chunks load in any order.
 */
const cascadeLayers: Plugin = {
  name: "cascade-layers",
  enforce: "pre",
  transform: (code, id) => (/\/src\/.*\.css$/.test(id) ? `@layer base, utilities, components, layout, pages, modifiers;\n${code}` : undefined),
};

/** Where the Worker of `npm start` listens; `npm run dev` proxies the API to it. */
const api = "http://localhost:8787";

export default defineConfig({
  plugins: [cascadeLayers, react()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Read by scripts/size.mjs.
    manifest: true,
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(["/v1", "/api", "/dev", "/access", "/.well-known"].map((path) => [path, { target: api }])),
  },
});
