// In development the API stands on another port; to the page it is the same origin, so the session's cookie just works.
import { defineConfig } from "vite";

// Objects, not mere addresses: those would change the Host, and Rolecall would see writes of another origin.
const rolecall = { target: "http://localhost:8787" };

export default defineConfig({
  server: { proxy: { "/v1": rolecall, "/api": rolecall } },
});
