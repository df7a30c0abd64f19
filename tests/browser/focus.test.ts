// Where the focus is after something was taken away (WCAG 2.4.3), and that the buttons of a dialog stay in sight however
// long it is. By keyboard alone, as those who would lose their place do it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { call, convert, freshEmail, hasFocus, waitForHeading, openDialog, ownerAndColleague, signUp, toastSays } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

const press = async (button: Locator) => {
  await button.focus();
  await button.press("Enter");
};
const confirm = async (page: Page, name: string) => press(openDialog(page).getByRole("button", { name, exact: true }));

test("after revoking an invitation the next row has the focus, then the row before, then the heading", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Focus");
  const { page } = owner;
  const emails = ["one", "two", "three"].map((name) => freshEmail(name));
  for (const email of emails) await call(page, "POST", "/v1/accounts/{account}/invitations", { email, role: "basic" });
  await page.goto("/team");
  const revoke = (email: string) => page.getByRole("button", { name: `Revoke the invitation to ${email}` });
  await revoke(emails[0]!).waitFor();
  const inOrder = (await page
    .getByRole("button", { name: /^Revoke the invitation to/ })
    .evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")!.split(" ").at(-1)!))) as string[];
  const [first, second, third] = inOrder as [string, string, string];

  // A dialog that is left gives the focus back.
  await press(revoke(second));
  await confirm(page, "Cancel");
  await hasFocus(page, revoke(second));

  for (const [gone, next] of [
    [second, third],
    [third, first],
  ] as const) {
    await press(revoke(gone));
    await confirm(page, "Revoke");
    await revoke(gone).waitFor({ state: "detached" });
    await hasFocus(page, revoke(next));
  }
  await press(revoke(first));
  await confirm(page, "Revoke");
  await page.getByText("No pending invitations").waitFor();
  await hasFocus(page, page.getByRole("heading", { name: "Pending invitations" }));
  owner.assertNoErrors();
  await owner.leave();
});

test("after removing a member, deleting a role and revoking a key the focus stays near", async () => {
  const { owner, colleague } = await ownerAndColleague(server, arrive, "Basic");
  const { page } = owner;
  await page.goto("/team");
  await press(page.getByRole("button", { name: "Actions for Grace Hopper" }));
  await press(page.getByRole("menuitem", { name: "Remove from team…" }));
  await confirm(page, "Remove");
  await toastSays(page, "Grace Hopper was removed");
  await page.getByRole("button", { name: "Actions for Grace Hopper" }).waitFor({ state: "detached" });
  await hasFocus(page, page.getByRole("button", { name: "Actions for Ada Lovelace" }));

  for (const title of ["Night", "Late"]) await call(page, "POST", "/v1/accounts/{account}/roles", { code: title.toLowerCase(), title, permissions: [] });
  await page.goto("/team?tab=roles");
  const deleteRole = async (title: string) => {
    await press(page.getByRole("button", { name: `Edit ${title}` }));
    await press(page.getByRole("menuitem", { name: "Delete…" }));
    await confirm(page, "Delete role");
    await page.getByRole("button", { name: `Edit ${title}` }).waitFor({ state: "detached" });
  };
  await deleteRole("Night");
  await hasFocus(page, page.getByRole("button", { name: "Edit Late" }));
  await deleteRole("Late");
  await hasFocus(page, page.getByRole("heading", { name: "Roles and permissions" }));

  for (const name of ["Deploys", "Exports"])
    await call(page, "POST", "/v1/accounts/{account}/api-keys", { name, permissions: ["team.access"], expires_in: 86400 });
  await page.goto("/team?tab=keys");
  const revoke = (name: string) => page.getByRole("button", { name: `Revoke ${name}` });
  await revoke("Deploys").waitFor();
  const [first, second] = (await page
    .getByRole("button", { name: /^Revoke / })
    .evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")!.slice(7)))) as [string, string];
  await press(revoke(first));
  await confirm(page, "Revoke");
  await revoke(first).waitFor({ state: "detached" });
  await hasFocus(page, revoke(second));
  await press(revoke(second));
  await confirm(page, "Revoke");
  await page.getByText("No API keys yet").waitFor();
  await hasFocus(page, page.getByRole("heading", { name: "API keys" }));

  owner.assertNoErrors();
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("after ending sessions, clearing filters and deleting the team the focus stays near", async () => {
  const owner = await arrive();
  const email = await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Ends");
  const { page } = owner;
  // Two more sessions of the same person: one ended by itself, then all others at once.
  for (const times of [1, 2]) {
    const answer = await fetch(`${server.origin}/v1/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": `Terminal ${times}` },
      body: JSON.stringify({ email, password: "quiet harbour lamp 47" }),
    });
    assert.equal(answer.status, 201);
  }
  await page.goto("/settings/security");
  await press(page.getByRole("button", { name: "Sign out Terminal 1" }));
  await page.getByRole("button", { name: "Sign out Terminal 1" }).waitFor({ state: "detached" });
  await hasFocus(page, page.getByRole("button", { name: "Sign out Terminal 2" }));
  const others = page.getByRole("button", { name: "Sign out all others" });
  await press(others);
  await confirm(page, "Sign out all others");
  await toastSays(page, "All other sessions have ended");
  await hasFocus(page, others.and(page.locator("[aria-disabled=true]")));

  await page.goto("/audit-log?action=account.create");
  await page.getByText("created this account").waitFor();
  await press(page.getByRole("search").getByRole("button", { name: "Clear filters" }));
  await page.getByRole("search").getByRole("button", { name: "Clear filters" }).waitFor({ state: "detached" });
  await hasFocus(page, page.getByLabel("To", { exact: true }));

  await page.goto("/team?tab=settings");
  await press(page.getByRole("button", { name: "Delete Team…" }));
  await openDialog(page).getByLabel("Type Acme Ends to confirm").fill("Acme Ends");
  await confirm(page, "Delete Team");
  await waitForHeading(page, "Your personal account");
  await hasFocus(page, page.getByRole("heading", { level: 1 }));
  owner.assertNoErrors();
  await owner.leave();
});

test("after an invitation is sent from the dialog the focus is in what the dialog shows next", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Sent");
  const { page } = owner;
  await page.goto("/team");
  await press(page.getByRole("button", { name: "Invite people" }).first());
  await openDialog(page).getByLabel("Email").fill(freshEmail("sent"));
  await confirm(page, "Send invitation");
  await openDialog(page)
    .getByRole("heading", { name: /^Invitation sent to/ })
    .waitFor();
  await page.waitForFunction(() => document.activeElement?.closest("[role=dialog]:not([aria-modal=false])"));
  owner.assertNoErrors();
  await owner.leave();
});

test("with 20 roles, or hundreds of names, the buttons of a dialog stay in sight on a small phone", async () => {
  const owner = await arrive({ phone: true });
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Many");
  const { page } = owner;
  await page.setViewportSize({ width: 390, height: 640 });
  for (let number = 1; number <= 20; number++)
    await call(page, "POST", "/v1/accounts/{account}/roles", { code: `role-${number}`, title: `Role number ${number}`, permissions: [] });
  for (let number = 1; number <= 60; number++)
    await call(page, "POST", "/v1/accounts/{account}/invitations", { email: freshEmail(`somebody-with-quite-a-long-address-${number}`), role: "basic" });

  const inSight = async (name: string) => {
    const box = await openDialog(page).getByRole("button", { name, exact: true }).boundingBox();
    assert.ok(box && box.y >= 0 && box.y + box.height <= 640, `${name}: ${JSON.stringify(box)}`);
  };
  await page.goto("/team");
  await page.getByRole("button", { name: "Invite people" }).first().click();
  await openDialog(page).getByRole("radio", { name: "Role number 20" }).waitFor();
  assert.ok(await openDialog(page).evaluate((dialog) => dialog.scrollHeight > dialog.clientHeight), "the dialog is too short to prove anything");
  await inSight("Send invitation");
  await inSight("Cancel");
  // What is scrolled to is not left under the buttons.
  const last = openDialog(page).getByRole("radio", { name: "Role number 20" });
  await last.focus();
  const [radio, actions] = [await last.boundingBox(), await openDialog(page).getByRole("button", { name: "Cancel" }).boundingBox()];
  assert.ok(radio && actions && radio.y + radio.height <= actions.y, `${JSON.stringify(radio)} under ${JSON.stringify(actions)}`);
  await inSight("Send invitation");
  await page.keyboard.press("Escape");

  await page.goto("/team?tab=settings");
  await page.getByRole("button", { name: "Delete Team…" }).click();
  await openDialog(page).getByText("60 pending invitations are revoked").waitFor();
  await inSight("Delete Team");
  await inSight("Cancel");
  owner.assertNoErrors();
  await owner.leave();
});
