// The part that needs Chromium: pages of one's own, served with the headers that give a page a fine clock.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const KNOWN = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
const TYPES = { js: "text/javascript", wasm: "application/wasm", html: "text/html" };
const VISITS = 21;

export const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function executable() {
  const readable = (path) => {
    try {
      return readFileSync(path).length > 0;
    } catch {
      return false;
    }
  };
  return process.env.CHROMIUM ?? KNOWN.find(readable);
}

/** Serves these files (path to text or bytes) to a browser while `work` runs. */
export async function withChromium(files, work) {
  const server = createServer(({ url }, response) => {
    const path = url === "/" ? "/index.html" : url;
    const found = path in files;
    response.writeHead(found ? 200 : 404, {
      "content-type": TYPES[path.split(".").at(-1)] ?? "text/plain",
      "cache-control": "no-store",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    response.end(found ? files[path] : "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: executable(),
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  try {
    return await work(browser, `http://127.0.0.1:${server.address().port}/`);
  } finally {
    await browser.close();
    server.close();
  }
}

/** Asks a fresh profile's page for something, for each name in turn, and all again; answers the medians. */
async function visits(browser, names, ask) {
  const found = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < VISITS; round += 1) {
    for (const name of names) {
      const context = await browser.newContext();
      found.get(name).push(await ask(await context.newPage(), name));
      await context.close();
    }
  }
  return Object.fromEntries(names.map((name) => [name, middle(found.get(name))]));
}

/** Milliseconds for import, build and first check in a fresh page which has the script's text in memory. */
export const startupTimes = (browser, address, names, sources, policy) =>
  visits(browser, names, async (page, name) => {
    await page.goto(address);
    return page.evaluate(
      async ([source, rules]) => {
        const script = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
        const start = performance.now();
        const { default: make } = await import(script);
        const subject = await make(rules);
        if (subject.can("dev", "pods.manage") !== true) throw new Error("a wrong answer");
        return performance.now() - start;
      },
      [sources[name], policy],
    );
  });

/** Milliseconds from the start of a page's navigation to its first check; `/<name>.html` notes it as `checked`. */
export const pages = (browser, address, names) =>
  visits(browser, names, async (page, name) => {
    await page.goto(`${address}${name}.html`);
    await page.waitForFunction(() => "checked" in globalThis);
    return page.evaluate("globalThis.checked");
  });
