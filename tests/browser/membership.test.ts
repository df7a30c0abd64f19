// What somebody else does to one's membership while the page is open: it is read again at the first refusal and said
// once, and the page goes on in another account.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { call, waitForHeading, openDialog, ownerAndColleague, switcher, toastSays } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

const idOf = (page: Page) => page.evaluate(async () => ((await (await fetch("/v1/me")).json()) as { user: { id: string } }).user.id);

test("somebody who is removed is told so, once, and acts in another account; no error is shown", async () => {
  const { owner, colleague, team } = await ownerAndColleague(server, arrive, "Admin");
  const { page } = colleague;
  const cards: string[] = [];
  await page.exposeFunction("errorShown", (words: string) => cards.push(words));
  await page.goto("/team?tab=settings");
  await page.getByRole("button", { name: "Leave team…" }).waitFor();
  await page.evaluate(() =>
    new MutationObserver(() =>
      document
        .querySelectorAll("#root [role=alert]")
        .forEach((alert) => (window as unknown as { errorShown(words: string): void }).errorShown(alert.textContent!)),
    ).observe(document.body, { subtree: true, childList: true }),
  );
  await call(owner.page, "DELETE", `/v1/accounts/{account}/members/${await idOf(page)}`);
  const answers: string[] = [];
  page.on("response", (answer) => answers.push(`${answer.status()} ${new URL(answer.url()).pathname.replace(/acct_[0-9a-f]+/, "{account}")}`));
  // A part of the page that was not read before: its answer is the first refusal, and the next is about oneself.
  await page.getByRole("link", { name: "API keys" }).click();
  await toastSays(page, `You are no longer a member of ${team}. Switched to Grace Hopper.`);
  await waitForHeading(page, "Your personal account");
  await switcher(page).filter({ hasText: "Grace Hopper" }).waitFor();
  assert.equal(await page.locator("[data-toast]").count(), 1);
  assert.deepEqual(cards, []);
  const told = answers.filter((answer) => / \/v1\//.test(answer));
  const refused = told.findIndex((answer) => answer.startsWith("404"));
  assert.ok(refused >= 0 && told.slice(refused).find((answer) => !answer.startsWith("404")) === "200 /v1/me", JSON.stringify(told));
  colleague.assertNoErrors();
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("somebody with another role is told so, and what the role does not allow is off", async () => {
  const { owner, colleague, team } = await ownerAndColleague(server, arrive, "Admin");
  const { page } = colleague;
  await page.goto("/team");
  await page.getByRole("button", { name: "Invite people" }).first().waitFor();
  await call(owner.page, "PATCH", `/v1/accounts/{account}/members/${await idOf(page)}`, { role: "basic" });
  await page.getByRole("link", { name: "API keys" }).click();
  await toastSays(page, `Your role in ${team} is now Basic.`);
  await page.locator("button[aria-disabled=true]").filter({ hasText: "Invite people" }).first().waitFor();
  await page.getByText("You do not have access to the API keys of this account").waitFor();
  colleague.assertNoErrors();
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("a team that its owner deletes, and a session that is ended elsewhere, are told at the next look", async () => {
  const { owner, colleague, team } = await ownerAndColleague(server, arrive, "Basic");
  const { page } = colleague;
  const second = await owner.secondWindow();
  await second.goto("/audit-log");
  await waitForHeading(second, "Audit log");
  await page.goto("/permissions");
  await waitForHeading(page, "What you can do");
  await owner.page.bringToFront();
  await owner.page.goto("/team?tab=settings");
  await owner.page.getByRole("button", { name: "Delete Team…" }).click();
  await openDialog(owner.page).getByLabel(`Type ${team} to confirm`).fill(team);
  await openDialog(owner.page).getByRole("button", { name: "Delete Team" }).click();
  // The window that did it says that it is done; the other one what became of the team; the colleague what they lost.
  await toastSays(owner.page, `The team ${team} was deleted. The account is personal again.`);
  assert.equal(await owner.page.locator("[data-toast]").filter({ hasText: "no longer a team" }).count(), 0);
  await toastSays(second, `${team} is no longer a team. It is a personal account again.`);
  await page.getByRole("link", { name: "Team", exact: true }).click();
  await toastSays(page, `You are no longer a member of ${team}.`);

  await page.goto("/settings/security");
  await page.getByText("this device").waitFor();
  // As if it were ended elsewhere: the server knows this browser no more.
  await colleague.context.clearCookies();
  await page.getByRole("link", { name: "Audit log" }).click();
  await waitForHeading(page, "Sign in");
  await page.getByText("Your session has expired. Sign in again to continue.").waitFor();
  await Promise.all([owner.leave(), colleague.leave()]);
});
