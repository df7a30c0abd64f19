// Inviting and joining with the keyboard alone: everything is reached by Tab and arrows, the focus is always somewhere
// sensible, and comes back to where a dialog was opened.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, Person } from "./support/browser.ts";
import { type Server, startServer } from "./support/server.ts";
import { convert, freshEmail, heading, mailTo, PASSWORD, signUp } from "./support/walk.ts";

let server: Server;
let browser: Browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What has the focus, by the name that a screen reader says. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null;
    return element?.getAttribute("aria-label") ?? element?.labels?.[0]?.textContent ?? element?.textContent ?? "";
  });

/** Presses Tab until something whose name begins so has the focus; fails when the whole page has been passed. */
async function tabTo(page: Page, name: string, key = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < 80; presses++) {
    const now = (await focused(page)).trim();
    if (now.startsWith(name)) return;
    passed.push(now.slice(0, 30));
    await page.keyboard.press(key);
  }
  assert.fail(`${name} is not reached with ${key}; passed ${passed.join(" | ")}`);
}

test("an invitation is made and answered without a pointer", async () => {
  const owner = await Person.arrive(browser, server.origin);
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Keys");
  const { page } = owner;
  await page.goto("/team");
  await page.getByRole("button", { name: "Actions for Ada Lovelace" }).waitFor();

  // The first stop is the way past the navigation.
  await page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
  });
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to content");

  await tabTo(page, "Invite people");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(page, "Email");
  const email = freshEmail("keys");
  await page.keyboard.type(email);
  await tabTo(page, "Basic");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal((await focused(page)).trim(), "Developer");
  await page.getByText("What Developer can do").waitFor();
  await tabTo(page, "Send invitation");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `Invitation sent to ${email}` }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.waitForFunction(() => document.activeElement?.textContent?.includes("Invite people"));

  // The focus stays within an open dialog.
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector('[role="dialog"]')?.contains(document.activeElement));
  for (let presses = 0; presses < 15; presses++) {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.querySelector('[role="dialog"]')?.contains(document.activeElement) || document.activeElement?.hasAttribute("data-base-ui-focus-guard") || document.activeElement === document.body), true);
  }
  await page.keyboard.press("Escape");

  // A menu opens and moves with arrows.
  await tabTo(page, "Actions for Ada Lovelace");
  await page.keyboard.press("Enter");
  await page.getByRole("menu").waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Actions for Ada Lovelace");

  const { links } = await mailTo(server, email, /invit/i);
  const guest = await Person.arrive(browser, server.origin);
  const other = guest.page;
  await other.goto(links[0]!);
  await heading(other, "Join Acme Keys");
  await tabTo(other, "Your name");
  await other.keyboard.type("Grace Hopper");
  await tabTo(other, "Password");
  await other.keyboard.type(PASSWORD);
  await other.keyboard.press("Enter");
  await heading(other, /^Acme Keys$/);
  await other.waitForFunction(() => document.activeElement?.tagName === "H1");
  owner.assertContent();
  guest.assertContent();
  await Promise.all([owner.leave(), guest.leave()]);
});
