// What every page must be: without a violation that axe-core knows, and no wider than a phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

export async function assertAccessible(page: Page, where: string): Promise<void> {
  await page.waitForFunction(() => !document.querySelector("[role=status][aria-busy=true]"));
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run(context: object, options: object): Promise<{ violations: Violation[] }> } }).axe;
    // Focus guards are focusable and hidden on purpose: they send the focus back into the open layer.
    // An open menu stands outside of the landmarks, where it belongs.
    const context = { include: [["html"]], exclude: [["[data-base-ui-focus-guard]"], ["[role=menu]"]] };
    const menu = document.querySelector("[role=menu]");
    const inMenu = menu ? (await run.run(menu, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })).violations : [];
    return inMenu.concat((await run.run(context, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })).violations);
  });
  const told = violations.map(
    ({ id, nodes }) => `${where}: ${id}\n${nodes.map((node) => `  ${node.html.slice(0, 200)}\n  ${node.failureSummary}`).join("\n")}`,
  );
  assert.equal(told.join("\n"), "");
}

/** For somebody on a phone of 390 pixels. */
export async function assertFits(page: Page, where: string): Promise<void> {
  await page.waitForFunction(() => !document.querySelector("[role=status][aria-busy=true]"));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${where} is ${wide} pixels wide`);
}
