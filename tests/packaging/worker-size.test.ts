// Size of the Worker's upload, which every isolate start pays for.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ROOT } from "./support/project.ts";

/** The current size with a small margin; must stay below 900 kB. */
const LIMIT = 888_000;

test(`the Worker is at most ${LIMIT} bytes with gzip`, (t) => {
  const build = join(ROOT, "worker", "build");
  const files = readdirSync(build).filter((name) => /\.(js|wasm)$/.test(name));
  assert.deepEqual(files.sort(), ["rolecall.js", "rolecall.wasm"]);
  const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(build, name)), { level: 9 }).length, 0);
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= LIMIT, `${size} bytes; \`npm run build:worker\` makes the release that counts`);
});
