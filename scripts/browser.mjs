// Brings a Chromium for the browser tests where none is found.
import { existsSync } from "node:fs";
import { Told, ask, run, step } from "./lib.mjs";

const KNOWN = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function browser() {
  if (process.env.CHROMIUM || KNOWN.some((path) => existsSync(path))) return;
  const can = ask("apt-get", ["--version"]).ok && process.getuid?.() === 0;
  if (!can) throw new Told("The browser tests need Chromium: install it, or name its program in the variable CHROMIUM.");
  await step("Installing Chromium", "about a minute, once", async () => {
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env: { DEBIAN_FRONTEND: "noninteractive" } });
  });
}
