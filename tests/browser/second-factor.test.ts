// The second factor in the console: an authenticator app set up by its QR code, recovery codes, the second step after each first one, and
// the question "Confirm it is you".
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import decodeQR from "qr/decode.js";
import sharp from "sharp";
import { startProvider } from "../../scripts/openid-provider/provider.ts";
import { freePort } from "../e2e/support/free-port.ts";
import { AuthenticatorApp } from "../e2e/support/second-factor.ts";
import { withAuthenticator } from "./support/authenticator.ts";
import type { Person } from "./support/browser.ts";
import { assertAccessible, assertFits } from "./support/checks.ts";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import {
  PASSWORD,
  convert,
  freshEmail,
  hasFocus,
  invite,
  mailTo,
  mailedCode,
  nameEmail,
  openDialog,
  signOut,
  signUp,
  toastSays,
  waitForHeading,
} from "./support/page-actions.ts";

const TITLE = "Acme Accounts";
const client = { id: "rolecall", secret: "the secret of the client, 32 bytes and more" };
const port = await freePort();
const acme = { id: "acme", kind: "oidc", title: TITLE, client_id: client.id, issuer: `http://127.0.0.1:${port}`, authoritative_domains: ["people.example"] };
const vars = { SIGN_IN: JSON.stringify({ password: true, email_code: true, passkey: true, providers: [acme] }), PROVIDER_ACME_SECRET: client.secret };
const { server, arrive } = await stage(() => startServer(() => ({ vars })));
const provider = await startProvider({
  port,
  client: { ...client, redirectUris: [`${server.origin}/v1/providers/acme/callback`] },
  claimsOf: (email) => ({ sub: email, email, email_verified: true, name: "Grace Hopper" }),
  login: (form) => form.get("email") ?? undefined,
  page: () => `<!doctype html><html lang="en"><title>${TITLE}</title><h1>${TITLE}</h1><form method="post">
    <label>Account <input name="email"></label><button name="action" value="go">Go</button></form>`,
});
after(() => provider.stop());

const age = (email: string) => server.sql("UPDATE session SET auth_time = auth_time - 400000 WHERE user = (SELECT id FROM user WHERE email = ?)", email);
const codeField = (where: Page | Locator) => where.getByLabel("Code from your authenticator app");
const recoveryField = (where: Page | Locator) => where.getByLabel("Recovery code", { exact: true });
const secondStep = (page: Page) => page.getByRole("heading", { name: "Enter your second factor" });

/** What a camera reads in a picture of the page. */
async function readQr(picture: Locator): Promise<string> {
  const { data, info } = await sharp(await picture.screenshot())
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return decodeQR({ width: info.width, height: info.height, data: new Uint8Array(data) });
}

/** Sets up an app under Settings → Security, as far as the dialog with the recovery codes. */
async function setUp(page: Page): Promise<{ app: AuthenticatorApp; codes: string[] }> {
  await page.goto("/settings/security");
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  const dialog = page.getByRole("dialog", { name: "Set up an authenticator app" });
  const app = new AuthenticatorApp(await readQr(dialog.getByRole("img", { name: "QR code for your authenticator app" })));
  await codeField(dialog).fill(await app.freshCode());
  await page.keyboard.press("Enter");
  const kept = page.getByRole("dialog", { name: "Keep your recovery codes" });
  await kept.waitFor();
  return { app, codes: await kept.getByRole("list", { name: "Recovery codes" }).getByRole("listitem").allInnerTexts() };
}

async function closeCodes(page: Page): Promise<void> {
  await page.getByRole("dialog", { name: "Keep your recovery codes" }).getByRole("button", { name: "Done" }).click();
  await openDialog(page).waitFor({ state: "hidden" });
}

/** Signs in with the password as far as the second step. */
async function firstStep(page: Page, email: string): Promise<void> {
  await nameEmail(page, email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await secondStep(page).waitFor();
}

async function leave(...people: Person[]): Promise<void> {
  for (const person of people) person.assertNoErrors();
  await Promise.all(people.map((person) => person.leave()));
}

test("an app is set up by its QR code, signs in, gives way to a recovery code, steps up, and is removed", async () => {
  const person = await arrive();
  const { page } = person;
  const email = await signUp(server, person, "Ada Lovelace");
  await page.goto("/settings/security");
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  const dialog = page.getByRole("dialog", { name: "Set up an authenticator app" });
  await hasFocus(page, codeField(dialog));
  await assertAccessible(page, "the set-up of an authenticator app");
  const url = await readQr(dialog.getByRole("img", { name: "QR code for your authenticator app" }));
  const app = new AuthenticatorApp(url);
  assert.deepEqual([app.totp.issuer, app.totp.label], ["Rolecall", email]);
  const secret = await dialog.getByLabel("Or type this key into it", { exact: true }).inputValue();
  assert.match(secret, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
  assert.equal(secret.replaceAll(" ", ""), app.totp.secret.base32);
  await dialog.getByRole("button", { name: "Copy: Or type this key into it" }).click();
  await toastSays(page, "Key copied");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), app.totp.secret.base32);
  assert.equal(await dialog.getByRole("link", { name: "Open an app on this device" }).getAttribute("href"), url);

  await codeField(dialog).fill("12345");
  await page.keyboard.press("Enter");
  await dialog.getByText("Enter all six digits.").waitFor();
  await codeField(dialog).fill(app.wrongCode());
  await page.keyboard.press("Enter");
  await dialog.getByText("This code is not right").waitFor();
  await hasFocus(page, codeField(dialog));
  await codeField(dialog).fill(await app.freshCode());
  await page.keyboard.press("Enter");

  const kept = page.getByRole("dialog", { name: "Keep your recovery codes" });
  await kept.waitFor();
  await assertAccessible(page, "recovery codes");
  const codes = await kept.getByRole("list", { name: "Recovery codes" }).getByRole("listitem").allInnerTexts();
  assert.equal(new Set(codes).size, 10);
  await page.keyboard.press("Escape");
  await kept.waitFor();
  const [saved] = await Promise.all([page.waitForEvent("download"), kept.getByRole("button", { name: "Download" }).click()]);
  assert.equal(saved.suggestedFilename(), "recovery-codes.txt");
  const text = readFileSync(await saved.path(), "utf8");
  for (const line of [...codes, `Recovery codes of ${email} for Rolecall`]) assert.ok(text.includes(line), text);
  await kept.getByRole("button", { name: "Copy: Recovery codes" }).click();
  await toastSays(page, "Recovery codes copied");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), codes.join("\n"));
  await page.keyboard.press("Escape");
  await kept.waitFor({ state: "hidden" });
  await page.getByText("10 of 10 left").waitFor();
  const here = page.getByRole("listitem").filter({ hasText: "this device" });
  await here.filter({ hasText: "a code from your authenticator app" }).filter({ hasText: "two factors" }).waitFor();
  await assertAccessible(page, "/settings/security with a second factor");

  await signOut(page);
  await firstStep(page, email);
  await hasFocus(page, codeField(page));
  assert.equal(await codeField(page).getAttribute("autocomplete"), "one-time-code");
  assert.equal(await codeField(page).getAttribute("inputmode"), "numeric");
  await assertAccessible(page, "the second step");
  await codeField(page).fill(await app.freshCode());
  await page.keyboard.press("Enter");
  await waitForHeading(page, "Your personal account");

  await signOut(page);
  await firstStep(page, email);
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await hasFocus(page, recoveryField(page));
  await assertAccessible(page, "the second step by recovery code");
  await recoveryField(page).fill("abcde-fghjk");
  await page.keyboard.press("Enter");
  await page.getByText("This code is not right").waitFor();
  await recoveryField(page).fill(codes[0]!.toUpperCase());
  await page.keyboard.press("Enter");
  await waitForHeading(page, "Your personal account");
  await page.goto("/settings/security");
  await page.getByText("9 of 10 left").waitFor();

  await age(email);
  await page.reload();
  await page.getByRole("button", { name: "Make new codes" }).click();
  await openDialog(page).getByRole("button", { name: "Make new codes" }).click();
  const question = page.getByRole("dialog", { name: "Confirm it is you" });
  await hasFocus(page, codeField(question));
  assert.equal(await question.getByLabel("Password", { exact: true }).count(), 0);
  await assertAccessible(page, "step-up with a second factor");
  await question.getByRole("button", { name: "Use a recovery code instead" }).click();
  await hasFocus(page, recoveryField(question));
  await question.getByRole("button", { name: "Use your authenticator app instead" }).click();
  await codeField(question).fill(await app.freshCode());
  await page.keyboard.press("Enter");
  await kept.waitFor();
  assert.ok(!(await kept.innerText()).includes(codes[1]!));
  await closeCodes(page);
  await page.getByText("10 of 10 left").waitFor();

  await page.getByRole("button", { name: "Remove the authenticator app" }).click();
  await openDialog(page).getByRole("button", { name: "Remove", exact: true }).click();
  await toastSays(page, "Authenticator app removed");
  await page.getByRole("button", { name: "Set up an authenticator app" }).waitFor();
  assert.equal(await page.getByRole("heading", { name: "Recovery codes" }).count(), 0);
  await signOut(page);
  await nameEmail(page, email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await waitForHeading(page, "Your personal account");
  await leave(person);
});

test("on a phone all of it fits; a second step that is over leads back to the first one, which is done again with a mailed code", async () => {
  const person = await arrive({ phone: true });
  const { page } = person;
  const email = await signUp(server, person, "Ada Lovelace");
  await page.goto("/settings/security");
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  await page.getByRole("dialog", { name: "Set up an authenticator app" }).waitFor();
  await assertFits(page, "the set-up");
  await page.getByRole("button", { name: "Cancel" }).click();
  await openDialog(page).waitFor({ state: "hidden" });
  const { app } = await setUp(page);
  await assertFits(page, "recovery codes");
  await closeCodes(page);
  await assertFits(page, "/settings/security");
  await signOut(page);
  await firstStep(page, email);
  await assertFits(page, "the second step");
  await page.context().clearCookies({ name: "__Host-rolecall_second_factor" });
  await codeField(page).fill(await app.freshCode());
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("status").filter({ hasText: "took longer than ten minutes" }).waitFor();
  assert.equal(await page.getByLabel("Email").inputValue(), email);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Email me a code" }).click();
  await page.getByLabel("Code", { exact: true }).fill((await mailedCode(server, email)).code);
  await page.getByRole("button", { name: "Sign in" }).click();
  await secondStep(page).waitFor();
  await page.getByRole("button", { name: "Sign in another way" }).click();
  await page.getByLabel("Email").waitFor();
  await firstStep(page, email);
  await codeField(page).fill(await app.freshCode());
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await waitForHeading(page, "Your personal account");
  await leave(person);
});

test("who joins by signing in gives the second factor in place", async () => {
  const [owner, guest] = [await arrive(), await arrive()];
  const { page } = guest;
  const email = await signUp(server, guest, "Grace Hopper");
  const { app } = await setUp(page);
  await closeCodes(page);
  await signOut(page);
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Factors");
  await invite(owner, email, "Developer");
  await page.goto((await mailTo(server, email, /invit/i)).links[0]!);
  await waitForHeading(page, "Join Acme Factors");
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in to join" }).click();
  await secondStep(page).waitFor();
  await assertAccessible(page, "/join in the second step");
  await codeField(page).fill(await app.freshCode());
  await page.getByRole("button", { name: "Sign in to join" }).click();
  await toastSays(page, "You are now a member of Acme Factors");
  await waitForHeading(page, "Acme Factors");
  await leave(owner, guest);
});

test("after a sign-in at a provider, the page asks for the second factor and then opens what was asked for", async () => {
  const person = await arrive();
  const { page } = person;
  const email = freshEmail("provided");
  const atProvider = async () => {
    await page.getByRole("link", { name: `Continue with ${TITLE}` }).click();
    await waitForHeading(page, TITLE);
    await page.getByLabel("Account").fill(email);
    await page.getByRole("button", { name: "Go" }).click();
  };
  await page.goto("/sign-in");
  await atProvider();
  await waitForHeading(page, "Your personal account");
  const { app, codes } = await setUp(page);
  await closeCodes(page);
  await signOut(page);
  await page.context().clearCookies({ domain: "127.0.0.1" });
  await page.goto("/sign-in?next=%2Fpermissions");
  await atProvider();
  await secondStep(page).waitFor();
  await hasFocus(page, codeField(page));
  // The page was not told which second factors there are.
  for (const name of ["Use a passkey", "Use a recovery code"]) await page.getByRole("button", { name }).waitFor();
  await assertAccessible(page, "the second step after a provider");
  await codeField(page).fill(await app.freshCode());
  await page.keyboard.press("Enter");
  await waitForHeading(page, "What you can do");

  await signOut(page);
  // Nobody's first step stands behind an address that somebody made up.
  await page.goto("/sign-in?second_factor=true&next=%2F%2Fevil.example");
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await recoveryField(page).fill(codes[0]!);
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "took longer than ten minutes" }).waitFor();
  await page.getByLabel("Email").waitFor();
  await leave(person);
});

test("a passkey is a second factor", async () => {
  const person = await arrive();
  const { page } = person;
  const authenticator = await withAuthenticator(page);
  const email = await signUp(server, person, "Ada Lovelace");
  await setUp(page);
  await closeCodes(page);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("dialog", { name: "Add a passkey" }).getByRole("button", { name: "Add a passkey" }).click();
  await toastSays(page, /Passkey .* added/);
  await authenticator.present(false);
  await signOut(page);
  await firstStep(page, email);
  await authenticator.present(true);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await waitForHeading(page, "Your personal account");
  await page.goto("/settings/security");
  await page
    .getByRole("listitem")
    .filter({ hasText: "this device" })
    .filter({ hasText: "a password and a passkey" })
    .filter({ hasText: "two factors" })
    .waitFor();
  await leave(person);
});
