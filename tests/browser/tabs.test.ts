// Two tabs of one browser with the package: what one tab does to the session shows in the other at once, and a tab reads its
// state again when it is looked at and when the device is online again.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import type { Client } from "rolecall";
import { freePort } from "../e2e/support/free-port.ts";
import { startWorker } from "../e2e/support/worker.ts";
import { World, passwordFor } from "../e2e/support/world.ts";
import { launch } from "./support/browser.ts";
import { buildGuardedPage, heading, openGuardedPage } from "./support/guarded-page.ts";

const folder = await buildGuardedPage();
const port = await freePort();
const origin = `http://localhost:${port}`;
const world = new World(await startWorker({ port, assets: folder, vars: { ORIGIN: origin } }));
const browser = await launch();
after(async () => {
  await browser.close();
  await world.close();
});

const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");
const ben = await world.hire(ann, team, "ben@example.com", "dev");

const signIn = (page: Page, email: string) =>
  page.evaluate(`rolecall.signIn({ email: "${email}", password: ${JSON.stringify(passwordFor(email))} }).then(() => {})`);

const tab = (context: BrowserContext) => openGuardedPage(context, origin);

/** Two tabs in which Ben is signed in. */
async function tabs(): Promise<{ context: BrowserContext; one: Page; two: Page }> {
  const context = await browser.newContext();
  const one = await tab(context);
  await heading(one, "nobody");
  await signIn(one, ben.email);
  await heading(one, `dev in ${team}`);
  const two = await tab(context);
  await heading(two, `dev in ${team}`);
  return { context, one, two };
}

test("a sign-out in one tab is a no in the other at once", async () => {
  const { context, one, two } = await tabs();
  assert.equal(await two.evaluate('rolecall.can("pods.manage")'), true);
  await one.evaluate("rolecall.signOut()");
  await heading(two, "nobody");
  assert.equal(await two.evaluate("rolecall.snapshot().status"), "signed-out");
  assert.equal(await two.evaluate('send("POST", "/api/pods").catch((error) => error.code)'), "session-ended");
  await context.close();
});

test("a sign-in in one tab is seen by the other: first a user where there was nobody, then another user", async () => {
  const context = await browser.newContext();
  const [one, two] = [await tab(context), await tab(context)];
  await heading(two, "nobody");
  await signIn(one, ben.email);
  await heading(two, `dev in ${team}`);
  await signIn(two, ann.email);
  await heading(one, `admin in ${team}`);
  assert.equal(await one.evaluate("rolecall.snapshot().user.id"), ann.id);
  await context.close();
});

test("a switch of accounts is followed by the other tab, unless one of them keeps its own", async () => {
  const { context, one, two } = await tabs();
  await one.evaluate(`rolecall.switchAccount("${ben.home}")`);
  await heading(two, `admin in ${ben.home}`);
  await two.evaluate(`rolecall.switchAccount("${team}", { tabs: "this" })`);
  await heading(two, `dev in ${team}`);
  await one.evaluate("rolecall.refresh()");
  await heading(one, `admin in ${ben.home}`);
  await one.evaluate(`rolecall.switchAccount("${team}")`);
  await one.evaluate(`rolecall.switchAccount("${ben.home}")`);
  await two.evaluate("rolecall.refresh()");
  await heading(two, `dev in ${team}`);
  await context.close();
});

test("a tab that is looked at again, or online again, reads what has changed meanwhile", async () => {
  const { context, one } = await tabs();
  const readRoles = async (role: string) => assert.equal((await ann.patch(`/v1/accounts/${team}/members/${ben.id}`, { role })).status, 200);
  await readRoles("basic");
  await one.evaluate("dispatchEvent(new Event('focus'))");
  await one.evaluate("new Promise((resolve) => setTimeout(resolve, 300))");
  assert.equal(await one.innerText("h1"), `dev in ${team}`, "rights of a moment ago are not read again");
  await one.evaluate("{ const now = Date.now; Date.now = () => now() + 11_000; dispatchEvent(new Event('focus')); }");
  await heading(one, `basic in ${team}`);
  await readRoles("dev");
  await context.setOffline(true);
  await context.setOffline(false);
  await heading(one, `dev in ${team}`);
  await context.close();
});

test("a page that could not read its state reads it when the device is online again", async () => {
  const context = await browser.newContext();
  const page = await tab(context);
  await signIn(page, ben.email);
  await heading(page, `dev in ${team}`);
  await page.route("**/v1/me", (route) => route.abort());
  await page.reload();
  await page.waitForFunction(() => (globalThis as unknown as { rolecall?: Client }).rolecall?.snapshot().status === "failed");
  await page.unroute("**/v1/me");
  await context.setOffline(true);
  await context.setOffline(false);
  await heading(page, `dev in ${team}`);
  await context.close();
});

test("a signed-out page that is looked at again notices a sign-in on a page of another origin", async () => {
  const context = await browser.newContext();
  const page = await tab(context);
  await heading(page, "nobody");
  // Another page of the browser that runs no client of this origin: only the cookie tells.
  const response = await context.request.post(`${origin}/v1/sessions`, { data: { email: ben.email, password: passwordFor(ben.email) } });
  assert.equal(response.status(), 201);
  await page.evaluate("{ const now = performance.now; performance.now = () => now.call(performance) + 11_000; dispatchEvent(new Event('focus')); }");
  await heading(page, `dev in ${team}`);
  await context.close();
});
