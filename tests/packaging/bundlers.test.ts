// The package with bundlers: esbuild for Node, Vite for Chromium, esbuild for workerd.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { test } from "node:test";
import { LogLevel, Log, Miniflare } from "miniflare";
import { launch } from "../browser/support/browser.ts";
import { assertVectors, bin, must, project, vectorFiles, bundleForWorkerd } from "./support/project.ts";

const SHOW = `import { runVectors } from "./vectors.js";\nimport data from "./data.js";\n`;

test("esbuild bundles it into one self-contained file", () => {
  const app = project("esbuild", {
    ...vectorFiles(),
    "main.js": `import { loadEngine } from "rolecall/core";\n${SHOW}loadEngine().then((engine) => console.log(JSON.stringify(runVectors(engine, data))));\n`,
  });
  // As a classic script in the oldest supported syntax, the strictest form.
  must(bin("esbuild"), ["main.js", "--bundle", "--minify", "--format=iife", "--target=es2022", "--outfile=out/main.js", "--log-level=warning"], app.folder);
  assert.deepEqual(readdirSync(join(app.folder, "out")), ["main.js"]);
  app.write({ "out/package.json": "{}" });
  const { status, out } = app.node("out/main.js");
  assert.equal(status, 0, out);
  assertVectors(JSON.parse(out));
});

test("unused code is not bundled", () => {
  const app = project("esbuild-shake", { "main.js": 'import { PolicyError } from "rolecall/core";\nconsole.log(PolicyError.name);\n' });
  const out = must(bin("esbuild"), ["main.js", "--bundle", "--minify", "--format=esm", "--log-level=warning"], app.folder);
  assert.ok(out.length < 1_000, `${out.length} bytes for one error class`);
});

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Serves a folder. Returns its URL and the requested paths. */
async function serve(folder: string) {
  const requested: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : request.url!;
    requested.push(path);
    try {
      const body = readFileSync(join(folder, path));
      // The strictest policy that allows WebAssembly.
      response.writeHead(200, {
        "content-type": TYPES[extname(path)] ?? "text/plain",
        "content-security-policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requested, stop: () => server.close() };
}

test("Vite builds it, and every vector passes in Chromium under a strict content security policy", async () => {
  const app = project("vite", {
    ...vectorFiles(),
    "index.html": '<!doctype html><title>vectors</title><script type="module" src="/main.js"></script>',
    "main.js": `import { loadEngine } from "rolecall/core";
${SHOW}const engine = await loadEngine();
globalThis.result = runVectors(engine, data);
`,
    "fetched.html": '<!doctype html><title>fetched</title><script type="module" src="/fetched.js"></script>',
    "fetched.js": `import { loadEngine } from "rolecall/slim";
import address from "rolecall/rolecall.wasm?url";
${SHOW}globalThis.result = runVectors(await loadEngine({ wasm: address }), data);
`,
    "vite.config.js":
      'export default { build: { target: "es2022", modulePreload: false, assetsInlineLimit: 0, rolldownOptions: { input: ["index.html", "fetched.html"] } }, logLevel: "warn" };\n',
  });
  must(bin("vite"), ["build"], app.folder);
  const site = await serve(join(app.folder, "dist"));
  const browser = await launch();
  try {
    for (const [path, wasm] of [
      ["", 0],
      ["fetched.html", 1],
    ] as const) {
      site.requested.length = 0;
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      await page.goto(site.address + path);
      await page.waitForFunction(() => "result" in globalThis, undefined, { timeout: 20_000 }).catch(() => assert.fail(complaints.join("\n")));
      assertVectors((await page.evaluate("globalThis.result")) as { ran: number; failures: string[] });
      assert.deepEqual(
        complaints.filter((text) => !text.includes("favicon") && !text.includes("404")),
        [],
      );
      assert.equal(site.requested.filter((name) => name.endsWith(".wasm")).length, wasm);
      await page.close();
    }
  } finally {
    await browser.close();
    site.stop();
  }
});

test("every vector passes in workerd with the uploaded module", async () => {
  const app = project("workerd", {
    ...vectorFiles(),
    "main.js": `import { loadEngine } from "rolecall/core";
${SHOW}export default { async fetch() { return Response.json(runVectors(await loadEngine(), data)); } };
`,
  });
  const manifest = bundleForWorkerd(app);
  // The script and one module of WebAssembly, not two.
  assert.equal(Object.keys(manifest.modules).length, 2);
  assert.equal(readdirSync(join(app.folder, "out")).filter((name) => name.endsWith(".wasm")).length, 1);
  const worker = new Miniflare({
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    workers: [{ config: { name: "vectors", compatibilityDate: "2026-07-01", manifest } }],
  });
  try {
    const response = await fetch(await worker.ready);
    const body = await response.text();
    assert.equal(response.status, 200, body);
    assertVectors(JSON.parse(body));
  } finally {
    await worker.dispose();
  }
});
