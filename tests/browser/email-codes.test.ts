// Signing in with a code by mail, and signing up without a password.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { convert, freshEmail, hasFocus, invite, mailTo, mailedCode, nameEmail, signOut, signUp, waitForHeading } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

test("a code from the mail signs in; a wrong one says what to do, and another one can be had after a pause", async () => {
  const person = await arrive();
  const { page } = person;
  const email = await signUp(server, person, "Ada Lovelace");
  await signOut(page);
  await nameEmail(page, email);
  await page.getByRole("button", { name: "Email me a code" }).click();
  const field = page.getByLabel("Code", { exact: true });
  await hasFocus(page, field);
  assert.deepEqual([await field.getAttribute("autocomplete"), await field.getAttribute("inputmode")], ["one-time-code", "numeric"]);
  const { code } = await mailedCode(server, email);
  await field.fill("12 34");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Enter all eight digits.").waitFor();
  await field.fill(code === "0000 0000" ? "00000001" : "00000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").filter({ hasText: "A code works only in the browser that asked for it" }).waitFor();
  const again = page.getByRole("button", { name: "Send another code" });
  assert.equal(await again.getAttribute("aria-disabled"), "true");
  await field.fill(code);
  await page.getByRole("button", { name: "Sign in" }).click();
  await waitForHeading(page, "Your personal account");
  person.assertNoErrors();
  await person.leave();
});

test("the mail's link fills the form and waits for the press; in another browser it says what to do", async () => {
  const [here, elsewhere] = [await arrive(), await arrive()];
  const { page } = here;
  const email = await signUp(server, here, "Grace Hopper", freshEmail("grace+link"));
  await signOut(page);
  await nameEmail(page, email);
  await page.getByRole("button", { name: "Email me a code" }).click();
  await page.getByLabel("Code", { exact: true }).waitFor();
  const { code, link } = await mailedCode(server, email);

  await elsewhere.page.goto(link);
  await waitForHeading(elsewhere.page, "Sign in");
  assert.equal(await elsewhere.page.getByLabel("Email").inputValue(), email);
  await elsewhere.page.getByRole("button", { name: "Sign in" }).click();
  await elsewhere.page.getByRole("alert").filter({ hasText: "enter it there, or have another one sent from here" }).waitFor();

  const tab = await here.secondWindow();
  const sent: string[] = [];
  tab.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await tab.goto(link);
  await waitForHeading(tab, "Sign in");
  assert.equal(await tab.getByLabel("Code", { exact: true }).inputValue(), code.replace(" ", ""));
  assert.ok(!tab.url().includes(code.replace(" ", "")), "the code has left the address");
  assert.deepEqual(sent, []);
  await tab.getByRole("button", { name: "Sign in" }).click();
  await waitForHeading(tab, "Your personal account");
  here.assertNoErrors();
  elsewhere.assertNoErrors();
  await Promise.all([here.leave(), elsewhere.leave()]);
});

test("the form goes back and forth by keyboard: another email, a password after all", async () => {
  const person = await arrive();
  const { page } = person;
  const email = await signUp(server, person, "Ada Lovelace");
  await signOut(page);
  await page.keyboard.type("nobody@people.example");
  await page.getByLabel("Email").fill("nobody@people.example");
  await page.keyboard.press("Enter");
  await hasFocus(page, page.getByLabel("Password", { exact: true }));
  await page.getByRole("button", { name: "Use another email" }).click();
  await hasFocus(page, page.getByLabel("Email"));
  await page.getByLabel("Email").fill(email);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Email me a code" }).click();
  await page.getByText(`If ${email} has an account here, a code is on its way.`).waitFor();
  await page.getByRole("button", { name: "Use a password" }).click();
  await hasFocus(page, page.getByLabel("Password", { exact: true }));
  person.assertNoErrors();
  await person.leave();
});

test("signing up without a password: the link signs in, also in another browser, and a code from then on", async () => {
  const [here, phone] = [await arrive(), await arrive({ phone: true })];
  const email = freshEmail("codes");
  await here.page.goto("/sign-up");
  await here.page.getByLabel("Your name").fill("Cody Codes");
  await here.page.getByLabel("Email").fill(email);
  await here.page.getByRole("button", { name: "Continue without a password" }).click();
  await waitForHeading(here.page, "Check your email");
  const { page } = phone;
  await page.goto((await mailTo(server, email)).links[0]!);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(page, "Your personal account");
  await page.goto("/settings/security");
  await page.getByText("Code by email", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Set a password" }).waitFor();
  assert.equal(
    await page
      .getByRole("listitem")
      .filter({ hasText: /^Password/ })
      .count(),
    0,
  );
  here.assertNoErrors();
  phone.assertNoErrors();
  await Promise.all([here.leave(), phone.leave()]);
});

test("an invited newcomer joins without a password, and somebody with an account by a code", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Codes");
  const fresh = freshEmail("fresh");
  await invite(owner, fresh, "Basic");
  const guest = await arrive();
  await guest.page.goto((await mailTo(server, fresh, /invit/i)).links[0]!);
  await guest.page.getByLabel("Your name").fill("Fay Fresh");
  await guest.page.getByRole("button", { name: "Continue without a password" }).click();
  await waitForHeading(guest.page, "Acme Codes");

  const known = await arrive();
  const email = await signUp(server, known, "Grace Hopper");
  await signOut(known.page);
  const link = await invite(owner, email, "Developer");
  await known.page.goto(link);
  await known.page.getByRole("button", { name: "I have an account" }).click();
  await known.page.getByLabel("Email").fill(email);
  await known.page.getByRole("button", { name: "Continue", exact: true }).click();
  await known.page.getByRole("button", { name: "Email me a code" }).click();
  await known.page.getByLabel("Code", { exact: true }).waitFor();
  await known.page.getByLabel("Code", { exact: true }).fill((await mailedCode(server, email)).code);
  await known.page.getByRole("button", { name: "Sign in to join" }).click();
  await waitForHeading(known.page, "Acme Codes");
  for (const one of [owner, guest, known]) one.assertNoErrors();
  await Promise.all([owner.leave(), guest.leave(), known.leave()]);
});
