// In development, a proxy makes Rolecall and the API part of the page's origin, so that the session cookie is sent.
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// An object, because a plain URL also changes the Host header, and Rolecall refuses writes from another origin.
const rolecall = { target: "http://localhost:8787" };

export default defineConfig({
  plugins: [vue()],
  server: { proxy: { "/v1": rolecall, "/api": rolecall } },
});
