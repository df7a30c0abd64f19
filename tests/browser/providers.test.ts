// Sign-in providers in the console, with a real OpenID provider on loopback: new people and known ones, connecting with an account,
// what comes to nothing, Settings → Security, and joining a team.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { startProvider } from "../../scripts/openid-provider/provider.ts";
import { freePort } from "../e2e/support/free-port.ts";
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
  openDialog,
  signOut,
  signUp,
  toastSays,
  waitForHeading,
} from "./support/page-actions.ts";

const TITLE = "Acme Accounts";
/** A provider that does not respond; its title is one word of 60 letters. */
const GONE = "Anmeldungsverbindungsherstellungsdienstleistungsunternehmung";
const client = { id: "rolecall", secret: "the secret of the client, 32 bytes and more" };

// The Worker needs the provider's address and the provider that of the Worker. The Worker asks when somebody signs in first.
const port = await freePort();
const entry = (id: string, title: string, at: number) => ({
  id,
  kind: "oidc",
  title,
  client_id: client.id,
  issuer: `http://127.0.0.1:${at}`,
  authoritative_domains: ["people.example"],
});
const signIn = { password: true, email_code: true, passkey: true, providers: [entry("acme", TITLE, port), entry("gone", GONE, 9)] };
const vars = { SIGN_IN: JSON.stringify(signIn), PROVIDER_ACME_SECRET: client.secret, PROVIDER_GONE_SECRET: client.secret };
const { server, arrive } = await stage(() => startServer(() => ({ vars })));

/** Whoever signed in at the provider is the address that they typed there, which the provider says it has verified. */
const provider = await startProvider({
  port,
  client: { ...client, redirectUris: [`${server.origin}/v1/providers/acme/callback`] },
  claimsOf: (email) => ({ sub: email, email, email_verified: true, name: "Grace Hopper" }),
  login: (form) => form.get("email") ?? undefined,
  page: () => `<!doctype html><html lang="en"><title>${TITLE}</title><h1>${TITLE}</h1><form method="post">
    <label>Account <input name="email"></label><button name="action" value="go">Go</button><button name="action" value="cancel">Cancel</button></form>`,
});
after(() => provider.stop());

const link = (page: Page, name = `Continue with ${TITLE}`) => page.getByRole("link", { name });
/** What is said where the address of the person at the provider is not proven to be that of the account. */
const makeSure = (page: Page) => page.getByText(`Make sure that the account at ${TITLE} is yours`);

/** From nothing to a signed-in person, the quickest way. */
async function arriveWithAccount(email = freshEmail("quick")): Promise<Person> {
  const person = await arrive();
  await person.page.goto("/sign-in");
  await continueWith(person.page, email);
  await waitForHeading(person.page, "Your personal account");
  return person;
}

/** Signs out at the provider, which would otherwise ask whether somebody else may sign in. */
const leaveProvider = (page: Page) => page.context().clearCookies({ domain: "127.0.0.1" });

/** Signs in on the provider's page, to which the browser was just sent. */
async function atProvider(page: Page, email: string): Promise<void> {
  await waitForHeading(page, TITLE);
  await page.getByLabel("Account").fill(email);
  await page.getByRole("button", { name: "Go" }).click();
}

async function continueWith(page: Page, email: string): Promise<void> {
  await link(page).click();
  await atProvider(page, email);
}

/** Makes the last authentication of somebody older than the five minutes for which it is fresh. */
const age = (email: string) => server.sql("UPDATE session SET auth_time = auth_time - 400000 WHERE user = (SELECT id FROM user WHERE email = ?)", email);

async function leave(...people: Person[]): Promise<void> {
  for (const person of people) person.assertNoErrors();
  await Promise.all(people.map((person) => person.leave()));
}

test("a new person signs in at a provider by keyboard, signs out, and signs in again", async () => {
  const person = await arrive();
  const { page } = person;
  const email = freshEmail("new");
  await page.goto("/settings");
  await waitForHeading(page, "Sign in");
  await assertAccessible(page, "/sign-in with providers");
  const field = page.getByLabel("Email");
  await hasFocus(page, field);
  // In the order of the page: the providers, then the email.
  await page.keyboard.press("Shift+Tab");
  await hasFocus(page, link(page, `Continue with ${GONE}`));
  await page.keyboard.press("Shift+Tab");
  await hasFocus(page, link(page));
  await page.keyboard.press("Enter");
  await atProvider(page, email);
  // The page that was asked for.
  await waitForHeading(page, "Settings");
  await signOut(page);
  await page.goto("/sign-up");
  await waitForHeading(page, "Create your account");
  await continueWith(page, email);
  await waitForHeading(page, "Your personal account");
  await leave(person);
});

test("a person with somebody's email signs in to that account once, and is connected when they say so", async () => {
  const person = await arrive({ dark: true });
  const { page } = person;
  const email = await signUp(server, person, "Grace Hopper");
  await signOut(page);
  await continueWith(page, email);
  const title = `Sign in once to connect ${TITLE}`;
  await waitForHeading(page, title);
  assert.equal(new URL(page.url()).pathname, "/link");
  await page.getByText(`${TITLE} says you are ${email}. An account with this email exists here already.`).waitFor();
  await hasFocus(page, page.getByRole("heading", { level: 1, name: title }));
  assert.equal(await page.getByLabel("Email").inputValue(), email);
  assert.equal(await link(page).count(), 0, "the provider that waits is no way in");
  await assertAccessible(page, "/link (signed out)");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Email me a code" }).click();
  await page.getByLabel("Code", { exact: true }).fill((await mailedCode(server, email)).code);
  await page.getByRole("button", { name: "Sign in" }).click();

  await waitForHeading(page, `Connect ${TITLE}?`);
  await page.getByText(`Connect ${TITLE} (${email}) with your account ${email}?`).waitFor();
  assert.equal(await makeSure(page).count(), 0, "the address is proven to be that of the account");
  await hasFocus(page, page.getByRole("heading", { level: 1 }));
  await assertAccessible(page, "/link (signed in)");
  await age(email);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  const question = page.getByRole("dialog", { name: "Confirm it is you" });
  await question.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await toastSays(page, `${TITLE} connected`);
  await waitForHeading(page, "Your personal account");

  await signOut(page);
  await page.goto("/link");
  await waitForHeading(page, "There is nothing to connect");
  await page.getByRole("link", { name: "Sign in", exact: true }).click();
  await continueWith(page, email);
  await waitForHeading(page, "Your personal account");
  await leave(person);
});

test("a person whose email is not proven creates an account and comes back to connect it; all fits a phone", async () => {
  const person = await arrive({ phone: true });
  const { page } = person;
  const email = `${GONE.slice(0, 50).toLowerCase()}.${process.pid}@elsewhere.example`;
  await page.goto("/sign-in");
  await waitForHeading(page, "Sign in");
  await assertFits(page, "/sign-in with providers");
  await continueWith(page, email);
  await waitForHeading(page, `Sign in once to connect ${TITLE}`);
  await page.getByText("This alone does not prove that the address is yours.").waitFor();
  await assertFits(page, "/link (signed out)");
  await page.getByRole("link", { name: "Create one" }).click();
  await waitForHeading(page, "Create your account");
  assert.equal(await page.getByLabel("Email").inputValue(), email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await waitForHeading(page, "Check your email");
  const tab = await person.secondWindow();
  await tab.goto((await mailTo(server, email)).links[0]!);
  await tab.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(tab, `Connect ${TITLE}?`);
  await assertFits(tab, "/link (signed in)");
  await tab.getByRole("button", { name: "Not now" }).click();
  await waitForHeading(tab, "Your personal account");
  await tab.goto("/settings/security");
  await tab.getByRole("heading", { name: "Sign-in providers" }).waitFor();
  await assertFits(tab, "/settings/security with providers");
  await tab.goto("/link");
  await waitForHeading(tab, "There is nothing to connect");
  await leave(person);
});

test("what comes to nothing at a provider is told, signed out and signed in", async () => {
  const person = await arrive();
  const { page } = person;
  await page.goto("/sign-in?next=%2Fsettings");
  await link(page).click();
  await waitForHeading(page, TITLE);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText(`You cancelled the sign-in at ${TITLE}`).waitFor();
  await link(page, `Continue with ${GONE}`).click();
  await page
    .getByRole("alert")
    .filter({ hasText: `no response from ${GONE}` })
    .waitFor();
  for (const [query, said] of [
    ["error=provider-mismatch&provider=acme", `What came back from ${TITLE} belongs to another sign-in`],
    ["error=provider-expired&provider=nobody", "The sign-in at the provider took longer than ten minutes"],
    ["error=constructor&provider=acme", `The sign-in at ${TITLE} came to nothing.`],
    ["error=%3Cb%3Eyour+password+is+needed&provider=%3Cb%3E", "The sign-in at the provider came to nothing."],
  ] as const) {
    await page.goto(`/sign-in?${query}`);
    await page.getByRole("alert").filter({ hasText: said }).waitFor();
    assert.equal(await page.getByText("your password is needed").count(), 0);
  }
  await continueWith(page, freshEmail("told"));
  await waitForHeading(page, "Your personal account");
  await page.goto("/sign-in?error=provider-refused&provider=acme");
  await waitForHeading(page, "Security");
  await page
    .getByRole("alert")
    .filter({ hasText: `refused by ${TITLE}` })
    .waitFor();
  await leave(person);
});

test("Settings → Security connects and removes a provider, which confirms who it is; somebody else's is not taken", async () => {
  const [email, elsewhere] = [freshEmail("mine"), freshEmail("elsewhere")];
  const [person, other] = [await arriveWithAccount(email), await arriveWithAccount()];
  const { page } = person;
  await page.goto("/settings/security");
  await leaveProvider(page);
  const section = page.getByRole("region", { name: "Sign-in providers" });
  await section.getByRole("link", { name: `Connect ${TITLE}` }).click();
  await atProvider(page, elsewhere);
  await waitForHeading(page, `Connect ${TITLE}?`);
  await makeSure(page).waitFor();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await waitForHeading(page, "Security");
  const name = `127.0.0.1:${port} (${elsewhere})`;
  await section.getByText(name).waitFor();
  await assertAccessible(page, "/settings/security with providers");

  // The same person there, for another account here.
  await other.page.goto("/settings/security");
  await leaveProvider(other.page);
  await other.page.getByRole("link", { name: `Connect ${TITLE}` }).click();
  await atProvider(other.page, elsewhere);
  await other.page.getByRole("button", { name: "Connect", exact: true }).click();
  await other.page.getByRole("alert").filter({ hasText: "connected with another account here" }).waitFor();
  await other.page.getByRole("button", { name: "Not now" }).click();
  await waitForHeading(other.page, "Security");

  // A provider confirms who it is, and then nothing is asked.
  await age(email);
  const remove = section.getByRole("button", { name: `Remove ${name}` });
  const confirm = async () => {
    await remove.click();
    await openDialog(page).getByRole("button", { name: "Remove", exact: true }).click();
  };
  await confirm();
  const question = page.getByRole("dialog", { name: "Confirm it is you" });
  await question.getByText("leaves this page").waitFor();
  await assertAccessible(page, "step-up with providers");
  await leaveProvider(page);
  await question.getByRole("link", { name: `Continue with ${TITLE}` }).click();
  await atProvider(page, freshEmail("wrong"));
  await page.getByRole("alert").filter({ hasText: "as somebody who is not connected with your account here" }).waitFor();
  await confirm();
  await leaveProvider(page);
  await question.getByRole("link", { name: `Continue with ${TITLE}` }).click();
  await atProvider(page, elsewhere);
  await waitForHeading(page, "Security");
  assert.equal(await page.getByRole("alert").count(), 0);
  await confirm();
  await toastSays(page, `${name} removed`);
  await remove.waitFor({ state: "detached" });
  // The one by which the account was made.
  await hasFocus(page, section.getByRole("button", { name: `Remove 127.0.0.1:${port} (${email})` }));
  await leave(person, other);
});

test("a new person joins by an invitation with a provider", async () => {
  const [owner, guest] = [await arriveWithAccount(), await arrive()];
  await convert(owner, "Acme Providers");
  const email = freshEmail("invited");
  await invite(owner, email, "Developer");
  await guest.page.goto((await mailTo(server, email, /invit/i)).links[0]!);
  await waitForHeading(guest.page, "Join Acme Providers");
  await assertAccessible(guest.page, "/join with providers");
  await continueWith(guest.page, email);
  await toastSays(guest.page, "You are now a member of Acme Providers");
  await waitForHeading(guest.page, "Acme Providers");
  await leave(owner, guest);
});

test("what the deployment does not offer is not asked for", async () => {
  const person = await arrive();
  const { page } = person;
  const offer = (methods: object) =>
    page.route("**/v1/sign-in-methods", (route) =>
      route.fulfill({ json: { password: false, email_code: false, passkey: false, providers: [{ id: "acme", kind: "oidc", title: TITLE }], ...methods } }),
    );
  const password = page.getByLabel("Password", { exact: true });
  await offer({ email_code: true });
  await page.goto("/sign-up");
  await page.getByLabel("Email").waitFor();
  assert.equal(await password.count(), 0);
  await page.goto("/reset-password");
  await waitForHeading(page, "There are no passwords here");
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(freshEmail("code"));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Code", { exact: true }).waitFor();
  assert.equal(await page.getByRole("button", { name: /password/ }).count(), 0);

  await page.unrouteAll();
  await offer({ password: true });
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(freshEmail("password"));
  await page.getByRole("button", { name: "Continue" }).click();
  await password.waitFor();
  assert.equal(await page.getByRole("button", { name: /code/ }).count(), 0);

  await page.unrouteAll();
  await offer({});
  for (const [path, title] of [
    ["/sign-in", "Sign in"],
    ["/sign-up", "Create your account"],
  ] as const) {
    await page.goto(path);
    await waitForHeading(page, title);
    await link(page).waitFor();
    assert.equal(await page.getByRole("textbox").count(), 0, path);
    assert.equal(await page.getByText("or", { exact: true }).count(), 0, path);
  }
  await leave(person);
});
