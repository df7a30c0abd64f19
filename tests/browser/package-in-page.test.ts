// The package in a page of somebody's own: what is forbidden never leaves the browser, and rights that change while the
// page is open change the page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { launch } from "./support/browser.ts";
import { HTML, buildGuardedPage, heading, openGuardedPage } from "./support/guarded-page.ts";
import { freePort } from "../e2e/support/free-port.ts";
import { World, passwordFor } from "../e2e/support/world.ts";
import { startWorker } from "../e2e/support/worker.ts";

const folder = await buildGuardedPage();
const app = readFileSync(path.join(folder, "app.js"));

const [port, otherPort] = [await freePort(), await freePort()];
const origin = `http://localhost:${port}`;
const elsewhere = `http://localhost:${otherPort}`;
const running = await startWorker({ port, assets: folder, vars: { ORIGIN: origin, ALLOWED_ORIGINS: elsewhere, TOKEN_LIFE: "60" } });
const world = new World(running);
const browser = await launch();
after(async () => {
  await browser.close();
  await world.close();
});

const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const member = await world.hire(owner, team, "dev@example.com", "dev");

interface Seen {
  page: Page;
  /** What left the browser: `POST /api/clusters`. */
  sent: string[];
}

async function open(address: string): Promise<Seen> {
  const context = await browser.newContext();
  const sent: string[] = [];
  const page = await openGuardedPage(context, address, (page) => {
    page.on("request", (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
  });
  return { page, sent };
}

const signIn = (page: Page) =>
  page.evaluate(
    `rolecall.signIn({ email: "dev@example.com", password: ${JSON.stringify(passwordFor("dev@example.com"))} }).then(() => rolecall.switchAccount("${team}"))`,
  );
const send = (page: Page, method: string, to: string) =>
  page.evaluate(`send("${method}", "${to}")`) as Promise<{ status: number; local: boolean; problem?: { code: string; denial: unknown } }>;
const renders = (page: Page) => page.evaluate("({ ...renders })") as Promise<{ role: number; button: number }>;

test("a forbidden request never leaves the browser; the page says why and who may", async () => {
  const { page, sent } = await open(`${origin}/`);
  assert.equal(await page.innerText("h1"), "nobody");
  assert.equal(await page.locator("button").isDisabled(), true);
  await signIn(page);
  await heading(page, `dev in ${team}`);
  assert.equal(await page.locator("button").isDisabled(), true);
  assert.equal(await page.innerText("p"), "ask: admin");
  await page.waitForFunction(() => document.querySelectorAll("li").length === 2);
  const before = sent.length;
  const { status, local, problem } = await send(page, "POST", "/api/clusters");
  assert.deepEqual([status, local, problem?.code], [403, true, "permission-missing"]);
  assert.deepEqual(problem?.denial, { permission: "clusters.manage", role: "dev", granted_by: ["admin"] });
  assert.deepEqual(sent.slice(before), []);
  assert.equal((await send(page, "POST", "/api/pods")).local, false);
  assert.deepEqual(sent.slice(before), ["POST /api/pods"]);
});

test("rights given and withdrawn while the page is open: it follows, and renders no more than it must", async () => {
  const { page, sent } = await open(`${origin}/`);
  await signIn(page);
  await heading(page, `dev in ${team}`);
  const calm = await renders(page);
  await page.evaluate("rolecall.refresh().then(() => rolecall.refresh())");
  assert.deepEqual(await renders(page), calm, "the same rights read again render nothing");

  await owner.patch(`/v1/accounts/${team}/members/${member.id}`, { role: "admin" });
  await page.evaluate("rolecall.refresh()");
  await heading(page, `admin in ${team}`);
  assert.equal(await page.locator("button").isDisabled(), false);
  assert.equal(await page.innerText("p"), "welcome");

  await owner.patch(`/v1/accounts/${team}/members/${member.id}`, { role: "basic" });
  const before = sent.length;
  await page.evaluate("rolecall.refresh()");
  await heading(page, `basic in ${team}`);
  assert.equal((await send(page, "POST", "/api/pods")).local, true);
  assert.equal(sent.slice(before).includes("POST /api/pods"), false);

  await owner.delete(`/v1/accounts/${team}/members/${member.id}`);
  await page.evaluate("rolecall.refresh().catch(() => undefined)");
  await heading(page, "nobody");
});

test("from another origin that the deployment allows; from a third it cannot be read", async () => {
  await world.hire(owner, team, "dev2@example.com", "dev");
  const page = (server: string) =>
    createServer((request, response) => {
      const file = request.url?.startsWith("/app.js");
      response.writeHead(200, { "content-type": file ? "text/javascript" : "text/html" });
      response.end(file ? app : HTML.replace("/app.js", `/app.js?${server}`));
    });
  const allowed = page("allowed");
  await new Promise<void>((resolve) => allowed.listen(otherPort, "localhost", resolve));
  const thirdPort = await freePort();
  const third = page("third");
  await new Promise<void>((resolve) => third.listen(thirdPort, "localhost", resolve));
  try {
    const { page: there } = await open(`${elsewhere}/?api=${encodeURIComponent(origin)}`);
    const signInAs = `rolecall.signIn({ email: "dev2@example.com", password: ${JSON.stringify(passwordFor("dev2@example.com"))} }).then(() => rolecall.switchAccount("${team}")).then(() => "ok", (error) => error.name)`;
    assert.equal(await there.evaluate(signInAs), "ok");
    await heading(there, `dev in ${team}`);
    assert.equal((await send(there, "POST", "/api/clusters")).local, true);
    const { page: outside } = await open(`http://localhost:${thirdPort}/?api=${encodeURIComponent(origin)}`);
    assert.equal(await outside.evaluate(signInAs), "RolecallNetworkError");
  } finally {
    allowed.close();
    third.close();
  }
});
