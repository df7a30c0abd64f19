// In development, a proxy makes Rolecall and the API part of the page's origin, so that the session cookie is sent.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// An object, because a plain URL also changes the Host header, and Rolecall refuses writes from another origin.
const rolecall = { target: "http://localhost:8787" };

export default defineConfig({
  plugins: [svelte()],
  server: { proxy: { "/v1": rolecall, "/api": rolecall } },
});
