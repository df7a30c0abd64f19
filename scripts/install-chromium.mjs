// Installs Chromium for the browser tests where none is found.
import { existsSync } from "node:fs";
import { UserError, capture, run, step } from "./lib.mjs";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function ensureBrowser() {
  if (process.env.CHROMIUM || PATHS.some((path) => existsSync(path))) return;
  const canInstall = capture("apt-get", ["--version"]).ok && process.getuid?.() === 0;
  if (!canInstall) throw new UserError("The browser tests need Chromium: install it, or set CHROMIUM to the path of its executable.");
  await step("Installing Chromium", "about a minute, once", async () => {
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env: { DEBIAN_FRONTEND: "noninteractive" } });
  });
}
