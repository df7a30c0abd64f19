// Every fenced block of every document is in the manifest, and a new one that is not makes this fail.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { manifest } from "./manifest.ts";
import { blocksOf, documents, read } from "./support/blocks.ts";
import { entriesOf, pair } from "./support/block-tests.ts";

test("each document's blocks are in the manifest, and its test file runs them", () => {
  const withBlocks = documents().filter((document) => blocksOf(document, read(document)).length > 0);
  assert.ok(withBlocks.includes("README.md") && withBlocks.includes("docs/GATEWAY.md"), "the documents are not found where they stand");
  for (const document of withBlocks) entriesOf(document);
  assert.deepEqual(Object.keys(manifest).sort(), withBlocks);
  for (const [document, { tests }] of Object.entries(manifest)) {
    const source = readFileSync(path.join(import.meta.dirname, tests), "utf8");
    assert.ok(source.includes("documented(") && source.includes(`"${document}"`), `${tests} does not run ${document}`);
  }
});

test("blocks are found whatever fences them, indented or not, and nothing inside opens another", () => {
  const text = ["a", "```sh", "one", "```", "1. b", "", "   ~~~~ toml title=x", "   two", "     deeper", "   ```", "   ~~~~", "```", "~~~", "```"].join("\n");
  assert.deepEqual(
    blocksOf("x.md", text).map(({ line, language, text }) => [line, language, text]),
    [
      [2, "sh", "one\n"],
      [7, "toml", "two\n  deeper\n```\n"],
      [12, "", "~~~\n"],
    ],
  );
  assert.throws(() => blocksOf("x.md", "```sh\nnever closed"), /x\.md:1/);
});

test("a block without an entry fails, and so do an entry without a block and a reason that says nothing", () => {
  const blocks = blocksOf("x.md", "```sh\none\n```\n```sh\ntwo\n```\n");
  const one = { begins: "one", run: "walk" };
  assert.equal(pair(blocks, [one, { begins: "two", because: "needs an account" }], "x.md").length, 2);
  assert.throws(() => pair(blocks, [one], "x.md"), /x\.md:4/);
  assert.throws(() => pair(blocks, [one, { begins: "three", run: "walk" }], "x.md"), /x\.md:4/);
  assert.throws(() => pair(blocks, [one, { begins: "two", run: "walk" }, { begins: "three", run: "walk" }], "x.md"), /does not have/);
  assert.throws(() => pair(blocks, [one, { begins: "two", because: "" }], "x.md"), /no reason/);
});
