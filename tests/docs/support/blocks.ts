// The fenced code blocks of the documentation: where they stand, their language and their text.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../../..");

export interface Block {
  /** The document's path from the repository's root. */
  document: string;
  /** The line of the opening fence. */
  line: number;
  /** The first word after the fence; empty where there is none. */
  language: string;
  /** What stands between the fences, without their indentation. */
  text: string;
}

/** What the documentation does not stand in. */
const SKIPPED = new Set(["node_modules", "target", "dist", "build", "output", ".git", ".wrangler"]);

/** Every Markdown file of the repository that a reader finds. */
export function documents(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !SKIPPED.has(entry.name))
    .flatMap((entry) => {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) return documents(full);
      return entry.name.endsWith(".md") ? [path.relative(ROOT, full).replaceAll("\\", "/")] : [];
    })
    .sort();
}

/** The blocks of a Markdown text, fenced by backticks or tildes (CommonMark 4.5). */
export function blocksOf(document: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; indent: number; block: Block; lines: string[] } | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const [, indent = "", fence = "", info = ""] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (!open) {
      if (fence) open = { fence, indent: indent.length, lines: [], block: { document, line: index + 1, language: info.trim().split(/\s+/)[0]!, text: "" } };
    } else if (fence[0] === open.fence[0] && fence.length >= open.fence.length && info.trim() === "") {
      blocks.push({ ...open.block, text: open.lines.map((each) => `${each}\n`).join("") });
      open = undefined;
    } else {
      open.lines.push(line.replace(new RegExp(`^\\s{0,${open.indent}}`), ""));
    }
  }
  if (open) throw new Error(`${document}:${open.block.line}: the block is never closed`);
  return blocks;
}

export const read = (document: string) => readFileSync(path.join(ROOT, document), "utf8");
