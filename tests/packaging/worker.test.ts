// What the Worker costs to upload and to start: every isolate pays it.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ROOT } from "./support/project.ts";

/** What it weighs now and a little more; 900 kB is where it must not go. */
const LIMIT = 760_000;

test(`the Worker costs at most ${LIMIT} bytes behind gzip`, (t) => {
  const build = join(ROOT, "worker", "build");
  const files = readdirSync(build).filter((name) => /\.(js|wasm)$/.test(name));
  assert.deepEqual(files.sort(), ["index.js", "index_bg.wasm"]);
  const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(build, name)), { level: 9 }).length, 0);
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= LIMIT, `${size} bytes; \`npm run build:worker\` makes the release that counts`);
});
