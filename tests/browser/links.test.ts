// The join page at every kind of link: good ones, those that lead nowhere, and what becomes of their secrets.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Person } from "./support/browser.ts";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { convert, freshEmail, waitForHeading, invite, mailTo, ownerAndColleague, PASSWORD, signUp, switcher, toastSays } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

async function teamOwner(team: string): Promise<Person> {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, team);
  return owner;
}

async function noTokenIn(page: Page): Promise<void> {
  await page.waitForFunction(() => location.hash === "");
}

test("the page says who invites, to what, as what, and what that lets one do; its secrets leave the address bar", async () => {
  const owner = await teamOwner("Acme Links");
  const email = freshEmail("zoe");
  await invite(owner, email, "Billing");
  const { links } = await mailTo(server, email, /invit/i);
  assert.match(links[0]!, /#token=[^&]+&proof=/);
  const { page, ...guest } = await arrive();
  await page.goto(links[0]!);
  await waitForHeading(page, "Join Acme Links");
  await page.getByText("Ada Lovelace invites you").waitFor();
  await page.getByText("View billing information").waitFor();
  assert.equal(await page.getByLabel("Email").inputValue(), email);
  await noTokenIn(page);
  assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes("proof"));
  await page.reload();
  await waitForHeading(page, "Join Acme Links");
  await Promise.all([owner.leave(), guest.context.close()]);
});

test("an expired link, a revoked one, a replaced one, a used one and a forged one each say so", async () => {
  const { owner, colleague, link: used, team } = await ownerAndColleague(server, arrive, "Basic");
  const guest = await arrive();
  const { page } = guest;

  await page.goto(used);
  await waitForHeading(page, "This invitation was already used");
  await noTokenIn(page);

  // Made for a second, which the page does not offer and the API does.
  const expiring = await owner.page.evaluate(async (email) => {
    const { active_account } = (await (await fetch("/v1/me")).json()) as { active_account: string };
    const answer = await fetch(`/v1/accounts/${active_account}/invitations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, role: "basic", expires_in: 1 }),
    });
    return ((await answer.json()) as { link: string }).link;
  }, freshEmail("late"));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await page.goto("/sign-in");
  await page.goto(expiring);
  await waitForHeading(page, "This invitation has expired");
  await page.getByText(`Ask Ada Lovelace for a new invitation to ${team}.`).waitFor();

  const email = freshEmail("twice");
  const first = await invite(owner, email, "Basic");
  await owner.page.getByRole("button", { name: `Resend the invitation to ${email}` }).click();
  await toastSays(owner.page, "the old one no longer works");
  await page.goto("/sign-in");
  await page.goto(first);
  await waitForHeading(page, "This invitation was revoked");

  const revoked = freshEmail("revoked");
  const withdrawn = await invite(owner, revoked, "Basic");
  await owner.page.getByRole("button", { name: `Revoke the invitation to ${revoked}` }).click();
  await owner.page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await toastSays(owner.page, `Invitation to ${revoked} revoked`);
  await page.goto("/sign-in");
  await page.goto(withdrawn);
  await waitForHeading(page, "This invitation was revoked");

  await page.goto("/sign-in");
  await page.goto(`${first.slice(0, -6)}AAAAAA`);
  await waitForHeading(page, "This invitation does not exist");

  await page.goto("/sign-in");
  await page.evaluate(() => sessionStorage.clear());
  await page.goto("/join");
  await waitForHeading(page, "This link is incomplete");
  guest.assertNoErrors();
  await Promise.all([owner.leave(), colleague.leave(), guest.leave()]);
});

test("somebody signed in with another email is told so, and can change to the right one", async () => {
  const owner = await teamOwner("Acme Mismatch");
  const email = freshEmail("right");
  const link = await invite(owner, email, "Developer");
  const wrong = await arrive();
  await signUp(server, wrong, "Grace Hopper");
  const { page } = wrong;
  await page.goto(link);
  await page.getByRole("button", { name: "Join Acme Mismatch" }).click();
  await waitForHeading(page, "This invitation is for another email");
  await page.getByRole("button", { name: "Sign out and use the invited email" }).click();
  await waitForHeading(page, "Join Acme Mismatch");
  await page.getByRole("heading", { name: "Create an account to join" }).waitFor();
  await Promise.all([owner.leave(), wrong.leave()]);
});

test("somebody with an account signs in on the page and is in; a second look says that they are in already", async () => {
  const owner = await teamOwner("Acme Known");
  const known = await arrive();
  const email = await signUp(server, known, "Grace Hopper");
  await known.page.getByRole("button", { name: /Your menu/ }).click();
  await known.page.getByRole("menuitem", { name: "Sign out" }).click();
  await waitForHeading(known.page, "Sign in");
  const link = await invite(owner, email, "Developer");
  const { page } = known;
  await page.goto(link);
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in to join" }).click();
  await waitForHeading(page, "Acme Known");
  await switcher(page).filter({ hasText: "Acme Known" }).waitFor();
  known.assertNoErrors();
  await Promise.all([owner.leave(), known.leave()]);
});

test("a newcomer with a copied link confirms the email and comes right back to join", async () => {
  const owner = await teamOwner("Acme Copied");
  const email = freshEmail("copied");
  const link = await invite(owner, email, "Basic");
  const guest = await arrive();
  const { page } = guest;
  await page.goto(link);
  await waitForHeading(page, "Join Acme Copied");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Your name").fill("Zoe Copied");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await waitForHeading(page, "Confirm your email, then join");
  const { links } = await mailTo(server, email, /confirm|verif/i);
  const tab = await guest.secondWindow();
  await tab.goto(links[0]!);
  await tab.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(tab, "Join Acme Copied");
  await tab.getByRole("button", { name: "Join Acme Copied" }).click();
  await waitForHeading(tab, "Acme Copied");
  assert.equal(await tab.evaluate(() => localStorage.getItem("rolecall.join")), null);
  guest.assertNoErrors();
  await Promise.all([owner.leave(), guest.leave()]);
});

test("declining asks once more, and the link is over then", async () => {
  const owner = await teamOwner("Acme Declined");
  const email = freshEmail("no");
  await invite(owner, email, "Basic");
  const { links } = await mailTo(server, email, /invit/i);
  const { page, ...guest } = await arrive();
  await page.goto(links[0]!);
  await page.getByRole("button", { name: "Decline" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Decline" }).click();
  await waitForHeading(page, "This invitation was declined");
  await page.goto("/sign-in");
  await page.goto(links[0]!);
  await waitForHeading(page, "This invitation was declined");
  await Promise.all([owner.leave(), guest.context.close()]);
});

test("whoever is signed in with another email than the mailed one is told before any press", async () => {
  const owner = await teamOwner("Acme Other");
  const email = freshEmail("other");
  await invite(owner, email, "Basic");
  const { links } = await mailTo(server, email, /invit/i);
  await owner.page.goto(links[0]!);
  await waitForHeading(owner.page, "This invitation is for another email");
  await owner.page.getByRole("button", { name: "Sign out and use the invited email" }).click();
  await waitForHeading(owner.page, "Join Acme Other");
  assert.equal(await owner.page.getByLabel("Email").inputValue(), email);
  await owner.leave();
});

test("a field's error goes when the field is changed; what must be filled in is asked for before anything is sent", async () => {
  const { page, ...person } = await arrive();
  const sent: string[] = [];
  // The options of a passkey are asked for when the page opens, for autofill.
  const isAutofill = (url: string) => url.endsWith("/v1/passkeys/authentication-options");
  page.on("request", (request) => request.method() === "POST" && !isAutofill(request.url()) && sent.push(request.url()));
  await page.goto("/sign-up");
  await page.getByLabel("Email").fill(freshEmail("errors"));
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  const tooShort = page.getByText("Use at least 15 characters.");
  await tooShort.waitFor();
  await page.getByLabel("Your name").fill("Err Orless");
  assert.equal(await tooShort.isVisible(), true);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await tooShort.waitFor({ state: "detached" });
  await page.goto("/sign-in");
  sent.length = 0;
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("This field is required.").waitFor();
  await page.getByLabel("Email").fill("somebody@people.example");
  assert.equal(await page.getByText("This field is required.").count(), 0);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This field is required.").waitFor();
  assert.deepEqual(sent, []);
  await person.context.close();
});

test("a confirmation link works once; after that it says where to go", async () => {
  const { page, ...person } = await arrive();
  const email = freshEmail("once");
  await page.goto("/sign-up");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  const { links } = await mailTo(server, email);
  await page.goto(links[0]!);
  await noTokenIn(page);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(page, "Your personal account");
  await page.goto(links[0]!);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(page, "This link is no longer valid");
  await person.context.close();
});

test("in another browser than the one that signed up, the password is chosen anew", async () => {
  const [here, phone] = [await arrive(), await arrive()];
  const email = freshEmail("elsewhere");
  await here.page.goto("/sign-up");
  await here.page.getByLabel("Email").fill(email);
  await here.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await here.page.getByRole("button", { name: "Create account" }).click();
  const { links } = await mailTo(server, email);
  const { page } = phone;
  await page.goto(links[0]!);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(page, "Choose your password");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await page.getByText("Use at least 15 characters.").waitFor();
  const own = "seven loud trombones drift";
  await page.getByLabel("Password", { exact: true }).fill(own);
  await page.getByLabel("Your name").fill("Ellen Elsewhere");
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(page, "Your personal account");
  await toastSays(page, "Welcome, Ellen Elsewhere");
  await page.getByRole("button", { name: /Signed in as Ellen Elsewhere/ }).waitFor();
  await here.page.goto("/sign-in");
  await here.page.getByLabel("Email").fill(email);
  await here.page.getByRole("button", { name: "Continue" }).click();
  await here.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await here.page.getByRole("button", { name: "Sign in" }).click();
  await here.page.getByText("Incorrect email or password.").waitFor();
  await Promise.all([here.context.close(), phone.context.close()]);
});
