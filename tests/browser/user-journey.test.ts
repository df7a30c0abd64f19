// The whole walk with two people in two profiles: from sign-up to a joined colleague, and what a team does after that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import {
  convert,
  freshEmail,
  hasFocus,
  waitForHeading,
  invite,
  joinFromMail,
  mailTo,
  ownerAndColleague,
  PASSWORD,
  row,
  signUp,
  switcher,
  toastSays,
} from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

test("from sign-up to a joined colleague who finds the team active at once", async () => {
  const { owner, colleague, team } = await ownerAndColleague(server, arrive, "Developer");
  await switcher(colleague.page).filter({ hasText: team }).filter({ hasText: "Developer" }).waitFor();
  await owner.page.reload();
  await row(owner.page, "Grace Hopper").filter({ hasText: "Developer" }).waitFor();
  await owner.page.getByText("No pending invitations").waitFor();

  // The colleague's other account is one press away, and back.
  await switcher(colleague.page).click();
  await colleague.page.getByRole("menuitemradio", { name: /Personal account/ }).click();
  await waitForHeading(colleague.page, "Your personal account");
  await switcher(colleague.page).click();
  await colleague.page.getByRole("menuitemradio", { name: new RegExp(team) }).click();
  await waitForHeading(colleague.page, team);
  await colleague.page.reload();
  await waitForHeading(colleague.page, team);
  owner.assertNoErrors();
  colleague.assertNoErrors();
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("the answer to a sign-up is the same for an email that has an account", async () => {
  const person = await arrive();
  const email = await signUp(server, person, "Ada Lovelace");
  const stranger = await arrive();
  await stranger.page.goto("/sign-up");
  await stranger.page.getByLabel("Email").fill(email);
  await stranger.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await stranger.page.getByRole("button", { name: "Create account" }).click();
  await waitForHeading(stranger.page, "Check your email");
  await stranger.page.getByText(`We sent an email to ${email}`).waitFor();
  await Promise.all([person.leave(), stranger.leave()]);
});

test("the rules for a password are told while typing, and by the server where only it knows", async () => {
  const { page, ...person } = await arrive();
  await page.goto("/sign-up");
  const rules = page.getByRole("list", { name: "Password requirements" });
  await page.getByLabel("Your name").fill("Ada Lovelace");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await rules.getByText("At least 15 characters (5 so far)").waitFor();
  await page.getByLabel("Password", { exact: true }).fill("lovelace.lovelace");
  await rules
    .getByRole("listitem")
    .filter({ hasText: /At least 15.*: met$/ })
    .waitFor();
  await rules
    .getByRole("listitem")
    .filter({ hasText: /More than your name.*: not met yet$/ })
    .waitFor();
  await page.getByLabel("Email").fill(freshEmail("ada"));
  await page.getByLabel("Password", { exact: true }).fill("aaaaaaaaaaaaaaaaaaaa");
  await page.getByRole("button", { name: "Create account" }).click();
  const field = page.getByLabel("Password", { exact: true });
  await page.getByText("This password is too repetitive. Choose another one.").waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await hasFocus(page, field);
  await person.context.close();
});

test("signing out and in again, and a new password by mail that ends every session", async () => {
  const person = await arrive();
  const email = await signUp(server, person, "Ada Lovelace");
  const { page } = person;
  await page.getByRole("button", { name: /Your menu/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await waitForHeading(page, "Sign in");

  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Password", { exact: true }).fill("not the right one at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").filter({ hasText: "Incorrect email or password" }).waitFor();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await waitForHeading(page, "Your personal account");

  const elsewhere = await arrive();
  await elsewhere.page.goto("/reset-password");
  await elsewhere.page.getByLabel("Email").fill(email);
  await elsewhere.page.getByRole("button", { name: "Send the link" }).click();
  await waitForHeading(elsewhere.page, "Check your email");
  const { links } = await mailTo(server, email, /password/i);
  await elsewhere.page.goto(links[0]!);
  await elsewhere.page.getByLabel("New password").fill("another quiet harbour 48");
  await elsewhere.page.getByRole("button", { name: "Set the new password" }).click();
  await waitForHeading(elsewhere.page, "Your password has been changed");
  await page.reload();
  await waitForHeading(page, "Sign in");

  await elsewhere.page.goto(links[0]!);
  await elsewhere.page.getByLabel("New password").fill("a third quiet harbour 49");
  await elsewhere.page.getByRole("button", { name: "Set the new password" }).click();
  await waitForHeading(elsewhere.page, "This link is no longer valid");
  await Promise.all([person.leave(), elsewhere.leave()]);
});

test("a member who was removed loses the team, one who leaves keeps their own account, and ownership moves", async () => {
  const { owner, colleague, team, email } = await ownerAndColleague(server, arrive, "Admin");
  // Ownership goes to the colleague, who is an admin.
  await row(owner.page, "Grace Hopper").waitFor();
  await owner.page.getByRole("button", { name: "Actions for Grace Hopper" }).click();
  await owner.page.getByRole("menuitem", { name: "Make owner…" }).click();
  await owner.page.getByRole("alertdialog").getByRole("button", { name: "Transfer ownership" }).click();
  await toastSays(owner.page, `Grace Hopper is now the owner of ${team}`);
  await row(owner.page, "Grace Hopper").filter({ hasText: "Owner" }).waitFor();

  // The old owner stays as an admin, and may leave now.
  await owner.page.getByRole("button", { name: "Actions for Ada Lovelace" }).click();
  await owner.page.getByRole("menuitem", { name: "Leave team…" }).click();
  await owner.page.getByRole("alertdialog").getByRole("button", { name: "Leave team" }).click();
  await waitForHeading(owner.page, "Your personal account");

  // Invited again by the new owner, then removed.
  const third = await arrive();
  const thirdEmail = freshEmail("linus");
  await colleague.page.reload();
  await invite(colleague, thirdEmail, "Basic");
  await joinFromMail(server, third, thirdEmail, "Linus Berg", team);
  await colleague.page.reload();
  await colleague.page.getByRole("button", { name: "Actions for Linus Berg" }).click();
  await colleague.page.getByRole("menuitem", { name: "Remove from team…" }).click();
  await colleague.page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await toastSays(colleague.page, "Linus Berg was removed");
  await row(colleague.page, "Linus Berg").waitFor({ state: "detached" });
  await third.page.reload();
  await waitForHeading(third.page, "Your personal account");
  assert.ok(email);
  await Promise.all([owner.leave(), colleague.leave(), third.leave()]);
});

test("Delete Team lists what will end, wants the name typed, and gives the account back", async () => {
  const { owner, colleague, team } = await ownerAndColleague(server, arrive, "Basic");
  const waiting = freshEmail("zoe");
  await invite(owner, waiting, "Basic");
  await owner.page.getByRole("navigation", { name: "Team sections" }).getByRole("link", { name: "Settings" }).click();
  await owner.page.getByRole("button", { name: "Delete Team…" }).click();
  const dialog = owner.page.getByRole("dialog");
  await dialog.getByText("1 membership ends").waitFor();
  await dialog.getByText("Grace Hopper").waitFor();
  await dialog.getByText("1 pending invitation is revoked").waitFor();
  await dialog.getByText(waiting).waitFor();
  const submit = dialog.getByRole("button", { name: "Delete Team" });
  assert.equal(await submit.getAttribute("aria-disabled"), "true");
  await dialog.getByLabel(`Type ${team} to confirm`).fill(team);
  await submit.click();
  await waitForHeading(owner.page, "Your personal account");
  await colleague.page.reload();
  await waitForHeading(colleague.page, "Your personal account");
  owner.assertNoErrors();
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("sessions are listed with device and last use, and all others can be ended", async () => {
  const person = await arrive();
  const email = await signUp(server, person, "Ada Lovelace");
  const elsewhere = await arrive();
  await elsewhere.page.goto("/sign-in");
  await elsewhere.page.getByLabel("Email").fill(email);
  await elsewhere.page.getByRole("button", { name: "Continue" }).click();
  await elsewhere.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await elsewhere.page.getByRole("button", { name: "Sign in" }).click();
  await waitForHeading(elsewhere.page, "Your personal account");

  const { page } = person;
  await page.goto("/settings/security");
  await page.getByRole("button", { name: /^Sign out Chrome on/ }).waitFor();
  await page.getByRole("button", { name: "Sign out all others" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Sign out all others" }).click();
  await toastSays(page, "All other sessions have ended");
  await elsewhere.page.reload();
  await waitForHeading(elsewhere.page, "Sign in");

  await page.goto("/settings");
  await page.getByLabel("Name", { exact: true }).fill("Ada King");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: /Signed in as Ada King/ }).waitFor();
  await Promise.all([person.leave(), elsewhere.leave()]);
});

test("team name, search, copy link, resend and revoke", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "First name");
  const { page } = owner;
  const email = freshEmail("zoe");
  await invite(owner, email, "Billing");
  await page.getByRole("button", { name: `Copy link for ${email}` }).click();
  await toastSays(page, `Link for ${email} copied`);
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /\/join#token=/);
  await page.getByRole("button", { name: `Resend the invitation to ${email}` }).click();
  await toastSays(page, "the old one no longer works");
  await page.getByRole("button", { name: `Revoke the invitation to ${email}` }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("No pending invitations").waitFor();

  await page.getByRole("searchbox", { name: "Search members" }).fill("nobody");
  await page.getByText("No members match “nobody”.").waitFor();
  await page.getByRole("searchbox", { name: "Search members" }).fill("love");
  await row(page, "Ada Lovelace").waitFor();

  await page.goto("/team?tab=settings");
  const name = page.getByRole("textbox", { name: "Team name" });
  await name.fill("Second name");
  await page.locator("form").filter({ has: name }).getByRole("button", { name: "Save" }).click();
  await waitForHeading(page, "Second name");
  await switcher(page).filter({ hasText: "Second name" }).waitFor();
  owner.assertNoErrors();
  await owner.leave();
});
