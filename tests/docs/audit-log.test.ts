// docs/AUDIT_LOG.md: its event is what it says, and its scripts find in real exports what the verifier finds
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { loadEngine } from "rolecall/core";
import { type HashedEvent, conceal, disclosed, hashOf } from "../e2e/support/audit.ts";
import { openWorld } from "../e2e/support/world.ts";
import vectors from "../vectors/audit.json" with { type: "json" };
import { documented } from "./support/block-tests.ts";
import { read } from "./support/blocks.ts";

const DOCUMENT = "docs/AUDIT_LOG.md";
const engine = await loadEngine();
const folder = mkdtempSync(path.join(tmpdir(), "rolecall-audit-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const world = await openWorld();
const owner = await world.signUp("owner@example.com", { name: 'Zoë "Z" \\ 🦊' });
const team = await owner.convert("Acme");
await owner.invite(team, "grace@example.com", "dev");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
await dev.setRole(team, owner.id, "basic");
const whole = await owner.auditExport(team);
await world.sql("DELETE FROM audit_disclosure WHERE account = ? AND subject IN (?, ?)", team, dev.id, "grace@example.com");
const erased = await owner.auditExport(team);

const text = (events: readonly unknown[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join("");
const changed = (events: readonly HashedEvent[], change: Partial<HashedEvent>): HashedEvent[] => events.with(1, { ...events[1]!, ...change });
const { disclosures } = whole[1]!;
const ALTERED: Record<string, HashedEvent[]> = {
  "an outcome": changed(whole, { outcome: "denied" }),
  "an outcome, in a log with erased values": changed(erased, { outcome: "denied" }),
  "a version": changed(whole, { v: 1 }),
  "an event less": whole.toSpliced(1, 1),
  "an event twice": whole.toSpliced(1, 0, whole[1]!),
  "another name": changed(whole, { disclosures: [conceal("actor.name", "Eve").disclosure, ...disclosures.slice(1)] }),
  "a name twice": changed(whole, { disclosures: [...disclosures, disclosures[0]!] }),
  "a name of another event": changed(whole, { disclosures: whole[2]!.disclosures }),
};

/** What a script must print of a log that is as it was. */
function expected(ndjson: string): string {
  const result = engine.verifyAuditLog(ndjson);
  assert.ok(result.ok, JSON.stringify(result));
  const last = ndjson.trimEnd().split("\n").at(-1)!;
  return `${result.events} events, ${result.erased} erased values, last hash ${JSON.parse(last).hash}\n`;
}

/** Runs a block on logs as they were, and on altered ones, which it must refuse without a fault of its own. */
function recomputes(command: string, name: string, block: string): void {
  assert.ok(block.trimEnd().split("\n").length <= 30, "thirty lines are more than thirty");
  const script = path.join(folder, name);
  writeFileSync(script, block);
  const run = (ndjson: string) => {
    const log = path.join(folder, "log.ndjson");
    writeFileSync(log, ndjson);
    const { status, stdout, stderr, error } = spawnSync(command, [script, log], { encoding: "utf8", env: { ...process.env, PYTHONUTF8: "1" } });
    assert.ok(!error, String(error));
    return { status, stdout, stderr };
  };
  assert.match(expected(text(erased)), /^\d+ events, [1-9]\d* erased values/);
  for (const log of [whole, erased, whole.slice(0, 3)]) assert.deepEqual(run(text(log)), { status: 0, stdout: expected(text(log)), stderr: "" });
  for (const [what, log] of Object.entries(ALTERED)) {
    const { status, stdout, stderr } = run(text(log));
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" }, what);
    assert.match(stderr, /^event [23] (was altered|does not follow|discloses)[a-z ]*\r?\n$/, what);
  }
  for (const vector of vectors) {
    if (!("erased" in vector)) continue;
    const { stdout } = run(text(vector.lines.map((line) => JSON.parse(line))));
    assert.ok(stdout.startsWith(`${vector.events} events, ${vector.erased} erased values`), vector.name);
  }
}

documented(DOCUMENT, {
  "an event"({ text }) {
    const event = JSON.parse(text) as HashedEvent;
    assert.equal(event.hash, hashOf(event));
    const opened = disclosed(event);
    assert.deepEqual([opened.actor.name, opened.data["email"], opened.erased], ["Ada Lovelace", "grace@example.com", []]);
    const second = Buffer.from(event.disclosures[1]!, "base64url").toString("utf8");
    assert.ok(read(DOCUMENT).includes(`\`${second}\``), "the text below shows what the second disclosure is");
    assert.deepEqual(Object.keys(event).sort(), Object.keys(whole[1]!).sort(), "the members of a real event");
  },
  Python: ({ text }) => recomputes("python3", "recompute.py", text),
  Node: ({ text }) => recomputes(process.execPath, "recompute.mjs", text),
});
