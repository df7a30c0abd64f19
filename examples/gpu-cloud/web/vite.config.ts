// The proxy gives the page and Rolecall the same origin, as behind one domain, so that the session cookie and the gateway work.
// The targets are objects, because plain URLs change the Host header, and Rolecall would reject writes as cross-origin.
// `npm start` sets ROLECALL if Rolecall listens on another port.
import { defineConfig } from "vite";

const rolecall = process.env.ROLECALL ?? "http://localhost:8787";

export default defineConfig({
  define: { ROLECALL: JSON.stringify(rolecall) },
  server: { port: 5174, proxy: { "/v1": { target: rolecall }, "/api": { target: rolecall } } },
  build: { target: "es2022" },
});
