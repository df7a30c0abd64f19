// The tarball: publint, Are The Types Wrong, and the size of each entry point.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { ROOT, bin, must, project, tarball } from "./support/project.ts";

test("publint reports nothing", () => {
  must(bin("publint"), ["run", tarball(), "--strict"], ROOT);
});

test("the types resolve in every ESM resolution mode", () => {
  must(bin("attw"), [tarball(), "--profile", "esm-only", "--no-emoji", "--exclude-entrypoints", "rolecall.wasm", "default-policy.json"], ROOT);
});

/**
 * Maximum bytes with gzip of a bundle that uses the entry point; peer dependencies (React) are not counted. Raise a limit
 * only with the reason in the commit: every page load pays it.
 */
const LIMITS: { entry: string; use: string; limit: number; external?: string[]; without?: string }[] = [
  {
    entry: "core",
    use: 'const { loadEngine } = entry; loadEngine().then((engine) => console.log(engine.policy(globalThis.policy).rights({ role: "dev" }).can("pods.manage")));',
    limit: 13_600,
  },
  { entry: ".", use: "console.log(entry.createClient);", limit: 19_000 },
  {
    entry: "react",
    use: "console.log(entry.RolecallProvider, entry.useCan, entry.Can, entry.useAccount);",
    limit: 470,
    external: ["react", "react/jsx-runtime"],
  },
];

for (const { entry, use, limit, external = [] } of LIMITS) {
  const name = entry === "." ? "rolecall" : `rolecall/${entry}`;
  test(`${name} is at most ${limit} bytes with gzip`, (t) => {
    const app = project(`size-${entry === "." ? "client" : entry}`, { "main.js": `import * as entry from "${name}";\n${use}\n` });
    const out = must(
      bin("esbuild"),
      ["main.js", "--bundle", "--minify", "--format=esm", "--log-level=warning", ...external.map((other) => `--external:${other}`)],
      app.folder,
    );
    const size = gzipSync(out, { level: 9 }).length;
    t.diagnostic(`${name}: ${out.length} bytes, ${size} with gzip, ${brotliCompressSync(out).length} with brotli`);
    assert.ok(size <= limit, `${size} bytes`);
  });
}

test("the tarball contains the README", () => {
  assert.ok(existsSync(join(project("readme").folder, "node_modules", "rolecall", "README.md")));
});
