// Turns a document's blocks into tests: each is paired with its entry of the manifest, in order, and run.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { type Document, type Entry, manifest } from "../manifest.ts";
import { type Block, ROOT, blocksOf, read } from "./blocks.ts";

export type Runner = (block: Block, t: TestContext) => unknown;

/** Each block with its entry; throws where a block has none, or an entry no block. */
export function pair(blocks: Block[], entries: readonly Entry[], document: string): [Block, Entry][] {
  const pairs = blocks.map((block, index): [Block, Entry] => {
    const entry = entries[index];
    const place = `${document}:${block.line} (${block.language || "no language"}, \`${block.text.split("\n")[0]}\`)`;
    assert.ok(
      entry && block.text.startsWith(entry.begins),
      `${place} is not what the manifest has there: give tests/docs/manifest.ts an entry that runs it or says why not`,
    );
    if ("because" in entry) assert.ok(entry.because.length >= 10, `${place} is not run, and the manifest gives no reason`);
    return [block, entry];
  });
  assert.equal(entries.length, blocks.length, `the manifest has entries for blocks that ${document} does not have`);
  return pairs;
}

/** The blocks of a document with what the manifest says of them. */
export function entriesOf(document: string): [Block, Entry][] {
  const found: Document | undefined = manifest[document];
  return pair(blocksOf(document, read(document)), found?.blocks ?? [], document);
}

/** The block that a runner of this name runs. */
export function blockOf(document: string, name: string): Block {
  const found = entriesOf(document).find(([, entry]) => "run" in entry && entry.run === name);
  assert.ok(found, `the manifest runs no ${name} of ${document}`);
  return found[0];
}

/** Makes a test of each block of a document that is run. */
export function documented(document: string, runners: Record<string, Runner>): void {
  const pairs = entriesOf(document);
  assert.ok(existsSync(path.join(ROOT, document)));
  const named = pairs.flatMap(([, entry]) => ("run" in entry ? [entry.run] : []));
  assert.deepEqual([...new Set(named)].sort(), Object.keys(runners).sort(), `what the manifest runs of ${document}, and the runners that there are`);
  for (const [block, entry] of pairs) {
    if ("run" in entry) test(`${document}:${block.line} ${block.language}: ${entry.run}`, async (t) => void (await runners[entry.run]!(block, t)));
  }
}
