// Pieces of wrangler.toml as the documentation shows them, put where it says and read by wrangler itself.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { unstable_readConfig as readConfig } from "wrangler";
import { read } from "./blocks.ts";

/** What is looked at of wrangler's settings: their own type needs the platform's, which would bring globals that Node has too. */
interface Settings {
  vars: Record<string, unknown>;
  services?: { binding: string; service: string; entrypoint?: string }[];
  send_email: { name: string }[];
}

/** The project's settings with a change; wrangler's own reader says what they mean, and fails on what it does not take. */
export function settingsWith(change: (toml: string) => string, env?: string): Settings {
  const folder = mkdtempSync(path.join(tmpdir(), "rolecall-toml-"));
  try {
    const file = path.join(folder, "wrangler.toml");
    const before = read("wrangler.toml");
    const after = change(before);
    assert.notEqual(after, before);
    writeFileSync(file, after);
    return readConfig({ config: file, ...(env ? { env } : {}) }, { hideWarnings: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts `KEY = "value"` lines under a table's heading: those that stand there already are changed. */
export function under(toml: string, heading: string, lines: string): string {
  const keys = [...lines.matchAll(/^(\w+) =/gm)].map(([, key]) => key!);
  assert.ok(keys.length > 0 && toml.includes(`\n${heading}\n`), `nothing to put under ${heading}`);
  const [before, rest] = toml.split(`\n${heading}\n`) as [string, string];
  const end = rest.search(/^\[/m);
  const table = rest
    .slice(0, end)
    .split("\n")
    .filter((line) => !keys.some((key) => line.startsWith(`${key} =`)));
  return `${before}\n${heading}\n${lines}${table.join("\n")}${rest.slice(end)}`;
}
