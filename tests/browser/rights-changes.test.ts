// Rights that change while a page is open: seen in the other window, and told at the control.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Person } from "./support/browser.ts";
import { eventually } from "../e2e/support/world.ts";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { convert, freshEmail, waitForHeading, openDialog, ownerAndColleague, row, signUp, toastSays } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

async function giveRole(owner: Person, role: string): Promise<void> {
  await owner.page.goto("/team");
  await owner.page.getByRole("button", { name: /^Change role… Grace Hopper/ }).click();
  await owner.page.getByRole("dialog").getByRole("radio", { name: role }).check();
  await owner.page.getByRole("dialog").getByRole("button", { name: "Change role" }).click();
  await toastSays(owner.page, `Grace Hopper is now ${role}`);
}

test("controls that a member may not use are off and say why, and come on when the role changes in another window", async () => {
  const { owner, colleague } = await ownerAndColleague(server, arrive, "Basic");
  const { page } = colleague;
  const invite = page.getByRole("button", { name: "Invite people" }).first();
  await invite.and(page.locator("[aria-disabled=true]")).waitFor();
  const reason = page.locator("[data-tooltip]").getByText(/Your role, Basic, does not include “Invite team members”. It requires Admin./);
  await eventually(async () => {
    // Away and back: a list that loads under a resting pointer moves the button away from it.
    await page.mouse.move(0, 0);
    await invite.hover();
    await reason.waitFor({ timeout: 2_000 });
  }, 15_000);
  await invite.press("Enter");
  assert.equal(await openDialog(page).count(), 0);

  await giveRole(owner, "Admin");
  // Looking at the page again is enough; it need not be loaded anew.
  await page.evaluate(() => {
    dispatchEvent(new Event("visibilitychange"));
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.locator("button:not([aria-disabled])").filter({ hasText: "Invite people" }).first().waitFor({ timeout: 20_000 });
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("an action that is no longer allowed is refused by the server, and the page then knows", async () => {
  const { owner, colleague } = await ownerAndColleague(server, arrive, "Admin");
  const { page } = colleague;
  await page.goto("/team");
  await page.getByRole("button", { name: "Invite people" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Email").fill("late@people.example");
  await giveRole(owner, "Basic");
  await dialog.getByRole("button", { name: "Send invitation" }).click();
  await dialog.getByRole("alert").filter({ hasText: "Your role does not allow this" }).waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.locator("button[aria-disabled=true]").filter({ hasText: "Invite people" }).first().waitFor();
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("two windows of one browser agree at once", async () => {
  const { owner, colleague, team } = await ownerAndColleague(server, arrive, "Basic");
  await owner.page.goto("/team");
  const second = await owner.secondWindow();
  await second.goto("/team");
  await waitForHeading(second, team);
  // A window behind another one draws a frame a second, and is slow to press anything in.
  await owner.page.bringToFront();
  await giveRole(owner, "Developer");
  await row(second, "Grace Hopper").filter({ hasText: "Developer" }).waitFor();
  // Signing out in one window ends the other.
  await owner.page.getByRole("button", { name: /Your menu/ }).click();
  await owner.page.getByRole("menuitem", { name: "Sign out" }).click();
  await waitForHeading(second, "Sign in");
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("the permissions page says why not and who to ask, and Try it shows the request and the decision", async () => {
  const { owner, colleague } = await ownerAndColleague(server, arrive, "Developer");
  const { page } = colleague;
  await page.goto("/permissions");
  await waitForHeading(page, "What you can do");
  const cannot = page.getByRole("region", { name: "You cannot" });
  const billing = cannot.getByRole("listitem").filter({ hasText: "billing.view" });
  await billing
    .filter({ hasText: "Not included in Developer." })
    .filter({ hasText: "Included in Billing or Admin." })
    .filter({ hasText: "Ask Ada Lovelace." })
    .waitFor();

  await page.getByLabel("Permission", { exact: true }).selectOption("billing.view");
  await page.getByText("not allowed", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Run check" }).click();
  const request = page.getByLabel("Request", { exact: true });
  await request.filter({ hasText: /POST \/v1\/accounts\/acct_[0-9a-f]{32}\/checks/ }).waitFor();
  const answer = (await page.getByLabel("Response", { exact: true }).textContent()) ?? "";
  const body = JSON.parse(answer.slice(answer.indexOf("{"))) as { results: { permission: string; allowed: boolean; granted_by: string[] }[] };
  assert.deepEqual(
    body.results.map(({ permission, allowed, granted_by }) => ({ permission, allowed, granted_by })),
    [{ permission: "billing.view", allowed: false, granted_by: ["billing", "admin"] }],
  );
  colleague.assertNoErrors();
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("where no answer comes, the page does not claim to know whether it was done, and another try goes through", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Away");
  const { page } = owner;
  await page.goto("/team");
  await page.getByRole("button", { name: "Invite people" }).first().click();
  const dialog = openDialog(page);
  await dialog.getByLabel("Email").fill(freshEmail("away"));
  await owner.context.setOffline(true);
  await dialog.getByRole("button", { name: "Send invitation" }).click();
  await dialog.getByRole("alert").filter({ hasText: "this may or may not have been saved" }).waitFor();
  await owner.context.setOffline(false);
  await dialog.getByRole("button", { name: "Send invitation" }).click();
  await dialog.getByRole("heading", { name: /^Invitation sent to/ }).waitFor();
  await owner.leave();
});
