// Inviting and joining with the keyboard alone: everything is reached by Tab and arrows, the focus is always somewhere
// sensible, and comes back to where a dialog was opened.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { convert, freshEmail, hasFocus, waitForHeading, mailTo, openDialog, PASSWORD, signUp } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

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

/**
 * The focus is in the open dialog, or comes there within two seconds: at its end it is on a guard, or on nothing, until
 * the next frame. Anywhere else it has got out, which fails at once.
 */
async function focusComesInto(page: Page, when: string): Promise<void> {
  const last = await page.evaluate(async () => {
    const until = performance.now() + 2000;
    for (;;) {
      const element = document.activeElement;
      if (element?.closest("[role=dialog]:not([aria-modal=false])")) return undefined;
      const between = element === document.body || element?.hasAttribute("data-base-ui-focus-guard");
      if (!between || performance.now() > until) return element?.outerHTML.slice(0, 200) ?? "nothing";
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  assert.equal(last, undefined, `the focus is outside of the dialog ${when}`);
}

/** Whether the focus is on something of the page behind. */
const behind = (page: Page) =>
  page.evaluate(() => (document.getElementById("root")?.contains(document.activeElement) ? document.activeElement?.outerHTML.slice(0, 200) : undefined));

test("an invitation is made and answered without a pointer", async () => {
  const owner = await arrive();
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
  await openDialog(page).waitFor();
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
  await openDialog(page).waitFor({ state: "hidden" });
  await page.waitForFunction(() => document.activeElement?.textContent?.includes("Invite people"));

  // The focus stays within an open dialog, round and round.
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("[role=dialog]:not([aria-modal=false])")?.contains(document.activeElement));
  for (let presses = 1; presses <= 15; presses++) {
    await page.keyboard.press("Tab");
    await focusComesInto(page, `after ${presses} presses of Tab`);
  }
  await page.keyboard.press("Escape");
  await openDialog(page).waitFor({ state: "hidden" });

  // A menu opens and moves with arrows.
  await tabTo(page, "Actions for Ada Lovelace");
  await page.keyboard.press("Enter");
  await page.getByRole("menu").waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Actions for Ada Lovelace");

  const { links } = await mailTo(server, email, /invit/i);
  const guest = await arrive();
  const other = guest.page;
  await other.goto(links[0]!);
  await waitForHeading(other, "Join Acme Keys");
  await tabTo(other, "Your name");
  await other.keyboard.type("Grace Hopper");
  await tabTo(other, "Password");
  await other.keyboard.type(PASSWORD);
  await other.keyboard.press("Enter");
  await waitForHeading(other, /^Acme Keys$/);
  await other.waitForFunction(() => document.activeElement?.tagName === "H1");
  owner.assertNoErrors();
  guest.assertNoErrors();
  await Promise.all([owner.leave(), guest.leave()]);
});

test("nothing behind an open dialog is reached, on a page that draws no frame and after a press beside the dialog either", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  const { page } = owner;
  await page.goto("/team?tab=keys");
  const create = page.getByRole("button", { name: "Create key" });
  await create.click();
  const name = openDialog(page).getByLabel("Name");
  await hasFocus(page, name);

  // What a busy page does to whoever holds Tab: no frame comes, and with it nothing that waits for one.
  await page.evaluate(() => {
    const held: FrameRequestCallback[] = [];
    const { requestAnimationFrame } = window;
    window.requestAnimationFrame = (work) => held.push(work);
    Object.assign(window, {
      drawAgain() {
        window.requestAnimationFrame = requestAnimationFrame;
        for (const work of held) work(performance.now());
      },
    });
  });
  for (const key of ["Tab", "Shift+Tab"]) {
    for (let presses = 1; presses <= 40; presses++) {
      await page.keyboard.press(key);
      assert.equal(await behind(page), undefined, `after ${presses} presses of ${key}`);
    }
  }
  await page.evaluate("drawAgain()");

  // A press beside this dialog does not close it; the focus is nowhere then.
  for (const key of ["Tab", "Shift+Tab"]) {
    await name.focus();
    await page.mouse.click(5, 5);
    await page.keyboard.press(key);
    assert.equal(await behind(page), undefined, `after a press beside it and ${key}`);
  }
  await page.keyboard.press("Escape");
  await openDialog(page).waitFor({ state: "hidden" });
  await hasFocus(page, create);
  owner.assertNoErrors();
  await owner.leave();
});

test("what a dialog says does not change while it closes", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Keys");
  const { page } = owner;
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await page.goto("/team");
  await page.getByRole("button", { name: "Invite people" }).first().click();
  await openDialog(page).getByLabel("Email").fill(freshEmail("keys"));
  await openDialog(page).getByRole("button", { name: "Send invitation" }).click();
  const title = await openDialog(page)
    .getByRole("heading", { name: /^Invitation sent to/ })
    .textContent();
  await page.evaluate(() => {
    const titles = new Set<string | null | undefined>();
    new MutationObserver(() => titles.add(document.querySelector("[role=dialog]:not([aria-modal=false]) h2")?.textContent)).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    Object.assign(window, { titles });
  });
  await page.keyboard.press("Escape");
  await openDialog(page).waitFor({ state: "hidden" });
  const titles = (await page.evaluate("[...titles]")) as (string | undefined)[];
  assert.deepEqual(
    titles.filter((one) => one !== undefined && one !== null),
    [title],
  );
  // Opened again, it is empty again.
  await page.getByRole("button", { name: "Invite people" }).first().click();
  await openDialog(page).getByRole("heading", { name: "Invite a colleague" }).waitFor();
  owner.assertNoErrors();
  await owner.leave();
});
