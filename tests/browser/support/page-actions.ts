// What people do in the console, as a person would: by what they read on the page, never by ids or classes.
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { Person } from "./browser.ts";
import type { Server } from "./server.ts";

export const PASSWORD = "quiet harbour lamp 47";

let count = 0;
/** An address that no other test uses. */
export const freshEmail = (name: string) => `${name}.${process.pid}.${++count}@people.example`;

/** The newest mail to somebody, once it is there. */
export async function mailTo(server: Server, email: string, subject?: RegExp): Promise<{ subject: string; text: string; links: string[] }> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`${server.origin}/dev/outbox?to=${encodeURIComponent(email)}`, { headers: { accept: "application/json" } });
    const { items } = (await answer.json()) as { items: { subject: string; text: string; links: string[] }[] };
    const mail = items.find((item) => !subject || subject.test(item.subject));
    if (mail?.links[0]) return mail;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no mail came for ${email}`);
}

/** The digits of the newest code mailed to somebody, and the mail's link. */
export async function mailedCode(server: Server, email: string): Promise<{ code: string; link: string }> {
  const { text, links } = await mailTo(server, email, /is your code/i);
  const digits = /\b(\d{4}) (\d{4})\b/.exec(text);
  assert.ok(digits, text);
  return { code: `${digits[1]} ${digits[2]}`, link: links.find((link) => link.includes("/sign-in#"))! };
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /Your menu/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await waitForHeading(page, "Sign in");
}

/** Opens the sign-in page and goes as far as the question for the password. */
export async function nameEmail(page: Page, email: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Password", { exact: true }).waitFor();
}

export async function waitForHeading(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

export async function toastSays(page: Page, words: string | RegExp): Promise<void> {
  await page.locator("[data-toast]").filter({ hasText: words }).first().waitFor();
}

/** From nothing to a signed-in person with a personal account. */
export async function signUp(server: Server, { page }: Person, name: string, email = freshEmail(name.split(" ")[0]!.toLowerCase())): Promise<string> {
  await page.goto("/sign-up");
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await waitForHeading(page, "Check your email");
  const { links } = await mailTo(server, email);
  await page.goto(links[0]!);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(page, "Your personal account");
  return email;
}

export async function convert({ page }: Person, team: string): Promise<void> {
  await page.goto("/team");
  await page.getByRole("button", { name: "Convert to Team Account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Team name").fill(team);
  await dialog.getByText("becomes a team account").waitFor();
  await dialog.getByRole("button", { name: "Convert to Team Account" }).click();
  await waitForHeading(page, team);
}

/** Invites somebody and gives back the link as the dialog shows it. */
export async function invite({ page }: Person, email: string, role: string): Promise<string> {
  await page.goto("/team");
  await page.getByRole("button", { name: "Invite people" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Email").fill(email);
  await dialog.getByRole("radio", { name: role }).check();
  await dialog.getByRole("button", { name: "Send invitation" }).click();
  const link = await dialog.getByLabel("Invitation link", { exact: true }).inputValue();
  assert.match(link, /\/join#token=/);
  await dialog.getByRole("button", { name: "Done" }).click();
  await openDialog(page).waitFor({ state: "hidden" });
  return link;
}

/** Signs up from the mailed invitation and joins in the same step. */
export async function joinFromMail(server: Server, { page }: Person, email: string, name: string, team: string): Promise<void> {
  const { links } = await mailTo(server, email, /invit/i);
  await page.goto(links[0]!);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account and join" }).click();
  await waitForHeading(page, team);
}

/** A team with its owner and one colleague, each in a browser of their own. */
export async function ownerAndColleague(server: Server, arrive: () => Promise<Person>, role: string) {
  const owner = await arrive();
  const colleague = await arrive();
  const team = `Acme ${++count}`;
  const ownerEmail = await signUp(server, owner, "Ada Lovelace");
  await convert(owner, team);
  const email = freshEmail("grace");
  const link = await invite(owner, email, role);
  await joinFromMail(server, colleague, email, "Grace Hopper", team);
  return { owner, ownerEmail, colleague, email, team, link };
}

/** The dialog that is open; a message at the edge of the screen is one too, for a screen reader, and not meant. */
export const openDialog = (page: Page) => page.locator("[role=dialog]:not([aria-modal=false]), [role=alertdialog]:not([aria-modal=false])");
/** The focus comes to something: often a frame after what was waited for before. */
export const hasFocus = (page: Page, what: Locator) => what.and(page.locator(":focus")).waitFor();
export const row = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name });
export const switcher = (page: Page) => page.getByRole("button", { name: /^Account: / });

/** Calls the API as whoever is signed in on the page; `{account}` is the account in use. */
export const call = (page: Page, method: string, path: string, body?: unknown) =>
  page.evaluate(
    async ([method, path, body]) => {
      const { active_account } = (await (await fetch("/v1/me")).json()) as { active_account: string };
      const answer = await fetch(path.replace("{account}", active_account), {
        method,
        headers: { "content-type": "application/json" },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.status === 204 ? null : ((await answer.json()) as unknown);
    },
    [method, path, body ?? null] as const,
  );
