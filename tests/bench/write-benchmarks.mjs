// Puts the lines of a run between its markers in docs/BENCHMARKS.md: `<!-- bench:engine -->` and the like.
import { readFileSync, writeFileSync } from "node:fs";
import { at } from "../../scripts/lib.mjs";

const DOCUMENT = "docs/BENCHMARKS.md";

export function writeBenchmarks(name, lines) {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const text = readFileSync(at(DOCUMENT), "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no ${begin} … ${end}`);
  writeFileSync(at(DOCUMENT), `${text.slice(0, from)}${begin}\n${lines.join("\n")}\n${text.slice(to)}`);
}
