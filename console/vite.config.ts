// How the console is built: static files in dist/, which the Worker serves under a strict CSP.
// Nothing may be inlined into the page, so that `script-src 'self'` and `style-src 'self'` hold.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where the Worker of `npm start` listens: during `npm run dev` Vite serves the pages and passes the API on to it. */
const api = "http://localhost:8787";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // scripts/size.mjs reads it to know what the first page loads.
    manifest: true,
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(["/v1", "/api", "/dev", "/access", "/.well-known"].map((path) => [path, { target: api }])),
  },
});
