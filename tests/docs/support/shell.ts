// Runs a shell block as somebody pastes it: the whole text, in bash, in an empty folder.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Pasted {
  /** The lines that were written. */
  lines: string[];
  /** What was written, read as JSON; lines that are none are left out. */
  answers: any[];
}

/** Asserts that the block does no harm in zsh, where `#` begins no comment at a prompt: what follows it becomes arguments. */
export function assertHarmlessComments(text: string): void {
  for (const line of text.split("\n")) {
    const comment = /(?:^|\s)#\s(.*)$/.exec(line)?.[1] ?? "";
    assert.doesNotMatch(comment, /['"`$()<>|&]/, `at zsh's prompt this comment is code: ${line}`);
  }
}

/** Runs a block with its addresses replaced by those of the test's own servers. */
export async function paste(text: string, addresses: Record<string, string>, env: Record<string, string> = {}): Promise<Pasted> {
  assertHarmlessComments(text);
  let script = text;
  for (const [documented, own] of Object.entries(addresses)) {
    assert.ok(script.includes(documented), `the block does not name ${documented}`);
    script = script.replaceAll(documented, own);
  }
  const folder = mkdtempSync(path.join(tmpdir(), "rolecall-pasted-"));
  try {
    const child = spawn("bash", ["-c", script], { cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
    assert.equal(status, 0, `${err}\n${out}`);
    const lines = out.split("\n").filter((line) => line.trim() !== "");
    const answers = lines.flatMap((line) => (/^[[{]/.test(line) ? [JSON.parse(line)] : []));
    return { lines, answers };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The statuses that comments at the end of lines promise (`# 403, and why`), in order. */
export function promisedRefusals(text: string): number[] {
  return [...text.matchAll(/\S.*#\s([45]\d\d)\b/g)].map(([, status]) => Number(status));
}

/** The problem documents among the answers are exactly those that the block's comments promise. */
export function assertRefusals(text: string, answers: any[]): void {
  const refused = answers.filter((answer) => typeof answer.status === "number" && typeof answer.code === "string");
  assert.deepEqual(
    refused.map(({ status }) => status),
    promisedRefusals(text),
    JSON.stringify(refused),
  );
}
