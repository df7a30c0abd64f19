// A browser that keeps no cookie: each sign-in says so and what to do, instead of asking once more as if nothing had been.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Person } from "./support/browser.ts";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { call, convert, freshEmail, waitForHeading, mailTo, PASSWORD, signUp } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

/** The browser of somebody who blocks cookies: the server's answers arrive, their cookies do not. */
async function withoutCookies(): Promise<Person> {
  const person = await arrive();
  await person.context.route("**/v1/**", async (route) => {
    const answer = await route.fetch();
    const { "set-cookie": _, ...headers } = answer.headers();
    // Asked for the page, the answer's cookie would be kept for it.
    await person.context.clearCookies();
    await route.fulfill({ response: answer, headers });
  });
  return person;
}

test("signing in, confirming an email and joining each say that the cookie was not kept", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Cookies");
  const [known, invited, invitedKnown] = [freshEmail("known"), freshEmail("invited"), freshEmail("both")];
  for (const email of [invited, invitedKnown]) await call(owner.page, "POST", "/v1/accounts/{account}/invitations", { email, role: "basic" });

  const guest = await withoutCookies();
  const { page } = guest;
  const told = page.getByRole("alert").filter({ hasText: /your browser did not keep the cookie.*Allow cookies for this site/ });
  await page.goto("/sign-up");
  await page.getByLabel("Email").fill(known);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await waitForHeading(page, "Check your email");
  await page.goto((await mailTo(server, known)).links[0]!);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await told.waitFor();

  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(known);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await told.waitFor();
  assert.equal(await page.getByLabel("Email").inputValue(), known);

  await page.goto((await mailTo(server, invited, /invit/i)).links[0]!);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account and join" }).click();
  await told.waitFor();
  assert.equal(await page.getByText("You are now a member").count(), 0);

  const other = await arrive();
  await signUp(server, other, "Grace Hopper", invitedKnown);
  await page.goto("about:blank");
  await page.goto((await mailTo(server, invitedKnown, /invit/i)).links[0]!);
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in to join" }).click();
  await told.waitFor();
  guest.assertNoErrors();
  await Promise.all([owner.leave(), guest.leave(), other.leave()]);
});

test("where no sign-in can last, the page says so before anything is typed", async () => {
  const guest = await arrive();
  const { page } = guest;
  await page.goto("/sign-in");
  await waitForHeading(page, "Sign in");
  assert.equal(await page.getByText(/Cookies are disabled|plain HTTP/).count(), 0);
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "cookieEnabled", { get: () => false }));
  await page.reload();
  await page.getByText("Cookies are disabled in this browser. Allow them for this site to sign in.").waitFor();
  await page.addInitScript(() => Object.defineProperty(globalThis, "isSecureContext", { value: false }));
  await page.goto("/sign-up");
  await page.getByText("This page is open over plain HTTP, where browsers do not keep the sign-in cookie. Open it over https:// to sign in.").waitFor();
  guest.assertNoErrors();
  await guest.leave();
});
