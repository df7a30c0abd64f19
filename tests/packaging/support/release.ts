// The packages as `npm run release` leaves them.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { ROOT, must } from "./project.ts";

/** Makes a release in a new folder, which is removed after the tests. */
export function release(): string {
  const out = mkdtempSync(join(tmpdir(), "rolecall-release-"));
  after(() => rmSync(out, { recursive: true, force: true }));
  const printed = must("node", ["scripts/release.mjs", "--out", out], ROOT);
  assert.match(printed, /rolecall-worker-[\d.]+\.tgz/);
  return out;
}
