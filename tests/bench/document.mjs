// Puts a run's lines between its markers in README.md: `<!-- bench:engine -->` and the like.
import { readFileSync, writeFileSync } from "node:fs";
import { at } from "../../scripts/lib.mjs";

export function writeReadme(name, lines) {
  const path = at("README.md");
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const readme = readFileSync(path, "utf8");
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${begin} … ${end}`);
  writeFileSync(path, `${readme.slice(0, from)}${begin}\n${lines.join("\n")}\n${readme.slice(to)}`);
}
