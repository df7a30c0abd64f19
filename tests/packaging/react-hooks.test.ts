// The React hooks of the packed package in Chromium, against the real Worker: every frame that a component renders is
// written down, and none may show what belongs to another account or another person.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { launch } from "../browser/support/browser.ts";
import { freePort } from "../browser/support/server.ts";
import { startWorker } from "../e2e/support/worker.ts";
import { World } from "../e2e/support/world.ts";
import { bin, must, project } from "./support/project.ts";

const PAGE = `import { StrictMode, createElement as h } from "react";
import { createRoot } from "react-dom/client";
import { createClient } from "rolecall";
import { RolecallProvider, useAccount, useAccountSession, useInvitations, useMembers } from "rolecall/react";

/** Answers that the page's network holds back. */
const network = { hold: undefined, held: [], release() { this.hold = undefined; for (const go of this.held.splice(0)) go(); } };
const rolecall = await createClient({
  baseUrl: "/",
  fetch: async (input, init) => {
    const response = await fetch(input, init);
    if (network.hold && new RegExp(network.hold).test(response.url)) await new Promise((resolve) => network.held.push(resolve));
    return response;
  },
});
const lists = [];
const acting = [];

function Lists() {
  const { account } = useAccount();
  const members = useMembers();
  const invitations = useInvitations();
  lists.push({ account, user: rolecall.rights()?.user, members: members.items?.map(({ user }) => user.email), invitations: invitations.items?.map(({ email }) => email), loading: [members.loading, invitations.loading] });
  return null;
}

function Acting({ account }) {
  const { ready, error } = useAccountSession(account);
  acting.push({ account, ready, error: error && (error.code ?? error.name) });
  return null;
}

const root = createRoot(document.getElementById("app"));
/** What is shown: the lists, and somebody who acts. */
const show = (what) => root.render(h(StrictMode, null, h(RolecallProvider, { client: rolecall }, what.lists && h(Lists), what.acting && h(Acting, { account: what.acting }))));
Object.assign(globalThis, { rolecall, network, lists, acting, show });
`;

const app = project("react-hooks", { "main.jsx": PAGE, "index.html": '<!doctype html><meta charset="utf-8"><title>Hooks</title><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="/app.js"></script>' }, ["react", "react-dom", "scheduler"]);
const site = join(app.folder, "site");
mkdirSync(site);
// React's development build renders twice in strict mode: a hook that holds on to something shows it.
must(bin("esbuild"), ["main.jsx", "--bundle", "--format=esm", "--outfile=site/app.js", '--define:process.env.NODE_ENV="development"', "--log-level=error"], app.folder);
app.write({ "site/index.html": app.read("index.html") });

const port = await freePort();
const origin = `http://localhost:${port}`;
const world = new World(await startWorker({ port, assets: site, vars: { ORIGIN: origin } }));
const browser = await launch();
after(async () => {
  await browser.close();
  await world.close();
});

const ann = await world.signUp("ann@example.com");
const teamA = await ann.convert("A");
const ben = await world.signUp("ben@example.com");
const teamB = await ben.convert("B");
await ben.invite(teamB, ann.email, "admin");
await ann.join(await world.mailedLink(ann.email, "/join"));
await ann.invite(teamA, ben.email, "basic");
await ben.join(await world.mailedLink(ben.email, "/join"));
await ann.invite(teamA, "waits-in-a@example.com", "dev");
await ben.invite(teamB, "waits-in-b@example.com", "dev");
const zoe = await world.signUp("zoe@example.com");

interface Shown {
  account?: string;
  user?: string;
  members?: string[];
  invitations?: string[];
  loading: boolean[];
}
interface Acted {
  account: string;
  ready: boolean;
  error?: string;
}

async function open(who = ann): Promise<Page> {
  // The page's own policy lets no text be run: this test is what runs some.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(origin);
  await page.waitForFunction("globalThis.show");
  await signIn(page, who);
  return page;
}
const signIn = (page: Page, { email, password }: { email: string; password: string }) => page.evaluate(`rolecall.signIn(${JSON.stringify({ email, password })}).then(() => {})`);
const use = (page: Page, account: string) => page.evaluate(`rolecall.accounts.use("${account}")`);
const show = (page: Page, what: object) => page.evaluate(`show(${JSON.stringify(what)})`);
const frames = (page: Page) => page.evaluate("lists.splice(0)") as Promise<Shown[]>;
const acts = (page: Page) => page.evaluate("acting.splice(0)") as Promise<Acted[]>;
const lastly = (page: Page, list: "lists" | "acting", holds: string) => page.waitForFunction(`((last) => last && ${holds})(${list}.at(-1))`);
const listed = (page: Page) => lastly(page, "lists", "last.members && (last.invitations || !last.loading[1])");

test("no frame shows one account's people under another, nor after the session", async () => {
  const page = await open();
  await show(page, { lists: true });
  await use(page, teamA);
  await listed(page);
  assert.ok((await frames(page)).at(-1)!.invitations!.includes("waits-in-a@example.com"));
  await page.evaluate('network.hold = "/(members|invitations)"');
  await use(page, teamB);
  await page.waitForFunction("network.held.length >= 2");
  const between = await frames(page);
  assert.ok(between.some(({ account }) => account === teamB));
  for (const frame of between.filter(({ account }) => account === teamB)) assert.deepEqual([frame.members, frame.invitations, frame.loading], [undefined, undefined, [true, true]]);
  await page.evaluate("network.release()");
  await listed(page);
  assert.deepEqual((await frames(page)).at(-1)!.invitations, ["waits-in-b@example.com"]);
  await page.evaluate("rolecall.signOut()");
  await lastly(page, "lists", "last.account === undefined");
  const after = (await frames(page)).filter(({ account }) => account === undefined);
  assert.ok(after.length > 0);
  for (const frame of after) assert.deepEqual([frame.members, frame.invitations, frame.loading], [undefined, undefined, [false, false]]);
  await page.context().close();
});

test("somebody else in the same account sees what the server shows them, and not what was there before", async () => {
  const page = await open();
  await show(page, { lists: true });
  await use(page, teamA);
  await listed(page);
  await frames(page);
  await page.evaluate('network.hold = "/(members|invitations)"');
  await signIn(page, ben);
  await use(page, teamA);
  await page.waitForFunction("network.held.length >= 2");
  const between = (await frames(page)).filter(({ user }) => user === ben.id);
  assert.ok(between.length > 0);
  for (const frame of between) assert.deepEqual([frame.members, frame.invitations], [undefined, undefined]);
  await page.evaluate("network.release()");
  await listed(page);
  assert.equal((await frames(page)).at(-1)!.invitations, undefined, "Ben may not see who is invited");
  await page.context().close();
});

test("useAccountSession says that the session has ended, and acts again when somebody has signed in", async () => {
  const page = await open();
  await show(page, { acting: teamA });
  await lastly(page, "acting", "last.ready");
  for (const { error } of await acts(page)) assert.equal(error, undefined);
  await world.sql("DELETE FROM session WHERE user = ?1", ann.id);
  await page.evaluate("rolecall.me.get().catch(() => {})");
  await lastly(page, "acting", "last.error");
  assert.deepEqual((await acts(page)).at(-1), { account: teamA, ready: false, error: "session-ended" });
  await signIn(page, ben);
  await lastly(page, "acting", "last.ready");
  assert.equal((await acts(page)).at(-1)!.error, undefined);
  assert.equal(await page.evaluate("rolecall.rights().user"), ben.id);
  // And from one person to another without a session's end between them.
  await signIn(page, ann);
  await page.waitForFunction(`rolecall.rights()?.user === "${ann.id}"`);
  await lastly(page, "acting", "last.ready");
  await page.context().close();
});

test("useAccountSession says that the account is lost", async () => {
  const page = await open(ann);
  const team = teamB;
  await show(page, { acting: team });
  await lastly(page, "acting", "last.ready");
  await acts(page);
  assert.equal((await ben.remove(team, ann.id)).status, 204);
  await page.evaluate("rolecall.refresh().catch(() => {})");
  await lastly(page, "acting", "last.error");
  const [last] = (await acts(page)).slice(-1);
  assert.equal(last!.ready, false);
  assert.ok(["account-lost", "account-not-found"].includes(last!.error!), last!.error);
  await show(page, { acting: teamA });
  await lastly(page, "acting", "last.ready");
  for (const frame of (await acts(page)).filter(({ account }) => account === teamA)) assert.equal(frame.error, undefined);
  await page.context().close();
});

test("another account's refusal is in no frame of this one", async () => {
  const page = await open();
  await show(page, { acting: zoe.home });
  await lastly(page, "acting", "last.error");
  assert.equal((await acts(page)).at(-1)!.error, "account-not-found");
  await show(page, { acting: teamA });
  await lastly(page, "acting", "last.ready");
  const own = (await acts(page)).filter(({ account }) => account === teamA);
  assert.ok(own.length > 0);
  for (const frame of own) assert.equal(frame.error, undefined);
  await page.context().close();
});

test("an unmount gives up a switch under way: the account in use stays, with its rights", async () => {
  const page = await open(ben);
  await use(page, teamA);
  await page.evaluate(`network.hold = "${teamB}/tokens"`);
  await show(page, { acting: teamB });
  await page.waitForFunction("network.held.length >= 1");
  await show(page, {});
  await page.evaluate("network.release()");
  assert.equal(await page.evaluate("rolecall.tokens.current().then((token) => JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).account)"), teamA);
  assert.equal(await page.evaluate("rolecall.rights().account"), teamA);
  await page.context().close();
});
