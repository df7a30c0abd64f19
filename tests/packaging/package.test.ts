// The tarball itself: what publint and Are The Types Wrong say of it, and what its entries cost a page.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { ROOT, bin, must, project, tarball } from "./support/project.ts";

test("publint has nothing to say", () => {
  must(bin("publint"), ["run", tarball(), "--strict"], ROOT);
});

test("the types are right for every way to resolve ECMAScript modules", () => {
  must(bin("attw"), [tarball(), "--profile", "esm-only", "--no-emoji", "--exclude-entrypoints", "rolecall.wasm", "default-policy.json"], ROOT);
});

/**
 * Bytes behind gzip that an app pays which uses the entry once; what a page already has (React) is not counted. Raise a
 * limit only with the reason in the commit: every visitor of every page pays it.
 */
const LIMITS: { entry: string; use: string; limit: number; external?: string[]; without?: string }[] = [
  { entry: "core", use: 'const { loadEngine } = entry; loadEngine().then((engine) => console.log(engine.policy(globalThis.policy).rights({ role: "dev" }).can("pods.manage")));', limit: 13_600 },
  { entry: ".", use: "console.log(entry.createClient);", limit: 19_000 },
  { entry: "react", use: "console.log(entry.RolecallProvider, entry.useCan, entry.Can, entry.useAccount);", limit: 470, external: ["react", "react/jsx-runtime"] },
];

for (const { entry, use, limit, external = [] } of LIMITS) {
  const name = entry === "." ? "rolecall" : `rolecall/${entry}`;
  test(`${name} costs at most ${limit} bytes behind gzip`, (t) => {
    const app = project(`size-${entry === "." ? "client" : entry}`, { "main.js": `import * as entry from "${name}";\n${use}\n` });
    const out = must(bin("esbuild"), ["main.js", "--bundle", "--minify", "--format=esm", "--log-level=warning", ...external.map((other) => `--external:${other}`)], app.folder);
    const size = gzipSync(out, { level: 9 }).length;
    t.diagnostic(`${name}: ${out.length} bytes, ${size} behind gzip, ${brotliCompressSync(out).length} behind brotli`);
    assert.ok(size <= limit, `${size} bytes`);
  });
}

test("the README is in it", () => {
  assert.ok(existsSync(join(project("readme").folder, "node_modules", "rolecall", "README.md")));
});
