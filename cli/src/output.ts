// What the command prints: text for people, JSON for programs.

import { relative } from "node:path";

/** An error for the user: printed as one sentence, without a stack trace. */
export class UserError extends Error {}

/** Options that every command has. */
export interface OutputOptions {
  /** Print JSON to stdout, and nothing else there. */
  json?: boolean;
}

/** Columns padded to their widest cell, two spaces apart. The first row is the head. */
export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** A path as it reads best: relative where the file is below the current folder. */
export function shownPath(path: string): string {
  const shown = relative("", path);
  return shown.startsWith("..") ? path : shown;
}

/** A number with its noun: `1 role`, `1,204 events`. */
export const count = (number: number, noun: string): string => `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;

/** A text without control characters, with which a policy or a log of others could change what a terminal shows. */
export const printable = (text: string): string => text.replace(/[^\P{Cc}\n]/gu, "\ufffd");

/** Prints a result: as JSON, or as `render` makes it readable. */
export function print<T>(result: T, { json }: OutputOptions, render: (result: T) => string): void {
  process.stdout.write(`${json ? JSON.stringify(result, null, 2) : printable(render(result))}\n`);
}

/** Prints a note to stderr, where it does not disturb a program that reads stdout. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Runs a step and prints its title and how long it took. */
export async function step<T>(title: string, work: () => T | Promise<T>): Promise<T> {
  const started = Date.now();
  note(`▸ ${title}`);
  const result = await work();
  note(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
