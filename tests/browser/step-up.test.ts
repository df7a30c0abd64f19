// "Confirm it is you": what is hard to undo asks in place and goes on with what was asked; and Settings → Security.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import {
  PASSWORD,
  convert,
  hasFocus,
  mailedCode,
  nameEmail,
  openDialog,
  ownerAndColleague,
  row,
  signOut,
  signUp,
  toastSays,
  waitForHeading,
} from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);
const grow = (email: string) => server.sql("UPDATE session SET auth_time = auth_time - 400000 WHERE user = (SELECT id FROM user WHERE email = ?)", email);

test("Delete Team asks who it is; cancelling leaves all as it was, the password lets it go on", async () => {
  const owner = await arrive();
  const { page } = owner;
  const email = await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Over");
  await grow(email);
  await page.goto("/team?tab=settings");
  await page.getByRole("button", { name: "Delete Team…" }).click();
  const dialog = page.getByRole("dialog", { name: /Acme Over/ });
  await dialog.getByLabel("Type Acme Over to confirm").fill("Acme Over");
  await dialog.getByRole("button", { name: "Delete Team" }).click();
  const question = page.getByRole("dialog", { name: "Confirm it is you" });
  await hasFocus(page, question.getByLabel("Password", { exact: true }));

  // Escape closes the question alone.
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "hidden" });
  assert.equal(await dialog.getByLabel("Type Acme Over to confirm").inputValue(), "Acme Over");
  assert.equal(await dialog.getByRole("alert").count(), 0);

  await dialog.getByRole("button", { name: "Delete Team" }).click();
  await question.getByLabel("Password", { exact: true }).fill("not the right one at all");
  await page.keyboard.press("Enter");
  await question.getByText("Incorrect password.").waitFor();
  await question.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await toastSays(page, "Acme Over");
  await waitForHeading(page, "Your personal account");
  await openDialog(page).waitFor({ state: "hidden" });
  owner.assertNoErrors();
  await owner.leave();
});

test("a transfer goes on after a code by mail", async () => {
  const { owner, ownerEmail, colleague } = await ownerAndColleague(server, arrive, "Admin");
  const { page } = owner;
  await grow(ownerEmail);
  await page.goto("/team");
  await row(page, "Grace Hopper").waitFor();
  await page.getByRole("button", { name: "Actions for Grace Hopper" }).click();
  await page.getByRole("menuitem", { name: "Make owner…" }).click();
  await openDialog(page).getByRole("button", { name: /owner/i }).last().click();
  const question = page.getByRole("dialog", { name: "Confirm it is you" });
  await question.getByRole("button", { name: "Email me a code instead" }).click();
  await question.getByRole("button", { name: "Email me a code", exact: true }).click();
  await hasFocus(page, question.getByLabel("Code", { exact: true }));
  await question.getByLabel("Code", { exact: true }).fill((await mailedCode(server, ownerEmail)).code);
  await page.keyboard.press("Enter");
  await question.waitFor({ state: "hidden" });
  await row(page, "Grace Hopper").filter({ hasText: "Owner" }).waitFor();
  for (const one of [owner, colleague]) one.assertNoErrors();
  await Promise.all([owner.leave(), colleague.leave()]);
});

/** Asks for a new API key named "ci", and types the password in the question that follows, which is returned. */
async function createKey(page: Page): Promise<Locator> {
  await page.goto("/team?tab=keys");
  await page.getByRole("button", { name: "Create key" }).click();
  const dialog = page.getByRole("dialog").first();
  await dialog.getByLabel("Name").fill("ci");
  await dialog.getByRole("checkbox").first().check();
  await dialog.getByRole("button", { name: "Create key" }).click();
  const question = page.getByRole("dialog", { name: "Confirm it is you" });
  await question.getByLabel("Password", { exact: true }).fill(PASSWORD);
  return question;
}

test("a new API key goes on after the question, and shows its secret once", async () => {
  const owner = await arrive({ phone: true });
  const { page } = owner;
  const email = await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Keys");
  await grow(email);
  const question = await createKey(page);
  await question.getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("dialog", { name: "ci is ready" }).waitFor();
  owner.assertNoErrors();
  await owner.leave();
});

test("Settings → Security: ways in, a new password after the question, and the sessions with their way in", async () => {
  const [person, elsewhere] = [await arrive(), await arrive()];
  const { page } = person;
  const email = await signUp(server, person, "Ada Lovelace");
  await nameEmail(elsewhere.page, email);
  await elsewhere.page.getByRole("button", { name: "Email me a code" }).click();
  await elsewhere.page.getByLabel("Code", { exact: true }).waitFor();
  await elsewhere.page.getByLabel("Code", { exact: true }).fill((await mailedCode(server, email)).code);
  await elsewhere.page.getByRole("button", { name: "Sign in" }).click();
  await waitForHeading(elsewhere.page, "Your personal account");
  await grow(email);

  await page.getByRole("button", { name: /Your menu/ }).click();
  await page.getByRole("menuitem", { name: "Security" }).click();
  await waitForHeading(page, "Security");
  await page.getByRole("heading", { name: "Ways to sign in" }).waitFor();
  await page.getByRole("listitem").filter({ hasText: "With an emailed code" }).filter({ hasText: "one factor" }).first().waitFor();

  await page.getByRole("button", { name: "Change password" }).click();
  const dialog = page.getByRole("dialog", { name: "Change password" });
  await dialog.getByLabel("New password", { exact: true }).fill("a wholly new harbour 99");
  await dialog.getByRole("button", { name: "Save password" }).click();
  const question = page.getByRole("dialog", { name: "Confirm it is you" });
  await question.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await toastSays(page, "Password saved");
  await page.getByRole("button", { name: /^Sign out Chrome on/ }).waitFor({ state: "detached" });
  await elsewhere.page.reload();
  await waitForHeading(elsewhere.page, "Sign in");

  await signOut(page);
  await nameEmail(page, email);
  await page.getByLabel("Password", { exact: true }).fill("a wholly new harbour 99");
  await page.getByRole("button", { name: "Sign in" }).click();
  await waitForHeading(page, "Your personal account");
  for (const one of [person, elsewhere]) one.assertNoErrors();
  await Promise.all([person.leave(), elsewhere.leave()]);
});

test("another tab goes on after a confirmation, with the cookie that it does not know to be new", async () => {
  const owner = await arrive();
  const { page } = owner;
  const email = await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Tabs");
  const other = await owner.secondWindow();
  await other.goto("/audit-log");
  await waitForHeading(other, "Audit log");
  await grow(email);
  await createKey(page);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "ci is ready" }).waitFor();
  await other.getByRole("link", { name: "Permissions" }).click();
  await waitForHeading(other, "What you can do");
  owner.assertNoErrors();
  await owner.leave();
});
