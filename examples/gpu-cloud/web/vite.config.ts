// To the page, Rolecall is its own origin, as it would be behind one domain: the session's cookie and the gateway just
// work. (Objects, not mere addresses: those would change the Host, and Rolecall would see writes of another origin.)
// `npm start` names another Rolecall in ROLECALL where it listens on another port.
import { defineConfig } from "vite";

const rolecall = process.env.ROLECALL ?? "http://localhost:8787";

export default defineConfig({
  define: { ROLECALL: JSON.stringify(rolecall) },
  server: { port: 5174, proxy: { "/v1": { target: rolecall }, "/api": { target: rolecall } } },
  build: { target: "es2022" },
});
