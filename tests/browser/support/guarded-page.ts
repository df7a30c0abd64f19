// The page ../pages/guarded.tsx, built: a front-end developer's page with one guarded button.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { build } from "esbuild";
import type { BrowserContext, Page } from "playwright-core";

export const HTML =
  '<!doctype html><meta charset="utf-8"><title>Guarded</title><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="/app.js"></script>';

/** Builds the page into a folder that is there until the tests have ended: `index.html` and `app.js`. */
export async function buildGuardedPage(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "rolecall-guarded-"));
  after(() => rmSync(folder, { recursive: true }));
  await build({
    entryPoints: [path.join(import.meta.dirname, "../pages/guarded.tsx")],
    outfile: path.join(folder, "app.js"),
    bundle: true,
    format: "esm",
    jsx: "automatic",
    logLevel: "warning",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  writeFileSync(path.join(folder, "index.html"), HTML);
  return folder;
}

/** Opens the page in a new tab, once its client is there. `before` is told the tab before it loads. */
export async function openGuardedPage(context: BrowserContext, address: string, before: (page: Page) => void = () => {}): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  before(page);
  await page.goto(address);
  await page.waitForFunction(() => "rolecall" in globalThis);
  return page;
}

/** Waits until the page's heading says who acts where. */
export const heading = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector("h1")?.textContent === wanted, text);
