// The React hooks of the packed package in Chromium, against the built Worker: every render is recorded, and none may
// contain data of another account or user.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { launch } from "../browser/support/browser.ts";
import { freePort } from "../e2e/support/free-port.ts";
import { startWorker } from "../e2e/support/worker.ts";
import { World } from "../e2e/support/world.ts";
import { bin, must, project } from "./support/project.ts";

const PAGE = `import { StrictMode, createElement as h } from "react";
import { createRoot } from "react-dom/client";
import { createClient } from "rolecall";
import { RolecallProvider, useAccount, useAccountSession, useInvitations, useMembers } from "rolecall/react";

/** Responses that are delayed on their way to the page. */
const network = { hold: undefined, held: [], release() { this.hold = undefined; for (const go of this.held.splice(0)) go(); } };
const rolecall = createClient({
  baseUrl: "/",
  fetch: async (input, init) => {
    const response = await fetch(input, init);
    if (network.hold && new RegExp(network.hold).test(response.url)) await new Promise((resolve) => network.held.push(resolve));
    return response;
  },
});
const lists = [];
const sessions = [];

function Lists() {
  const { account } = useAccount();
  const members = useMembers();
  const invitations = useInvitations();
  lists.push({ account, user: rolecall.snapshot().user?.id, members: members.items?.map(({ user }) => user.email), invitations: invitations.items?.map(({ email }) => email), loading: [members.loading, invitations.loading] });
  return null;
}

function Session({ account }) {
  const { ready, error } = useAccountSession(account);
  sessions.push({ account, ready, error: error && (error.code ?? error.name) });
  return null;
}

const root = createRoot(document.getElementById("app"));
/** The page: the lists, and a switch of accounts. */
const show = (what) => root.render(h(StrictMode, null, h(RolecallProvider, { client: rolecall, start: false }, what.lists && h(Lists), what.sessions && h(Session, { account: what.sessions }))));
Object.assign(globalThis, { rolecall, network, lists, sessions, show });
`;

const app = project(
  "react-hooks",
  {
    "main.jsx": PAGE,
    "index.html":
      '<!doctype html><meta charset="utf-8"><title>Hooks</title><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="/app.js"></script>',
  },
  ["react", "react-dom", "scheduler"],
);
const site = join(app.folder, "site");
mkdirSync(site);
// React's development build renders twice in strict mode, which reveals hooks with stale state.
must(
  bin("esbuild"),
  ["main.jsx", "--bundle", "--format=esm", "--outfile=site/app.js", '--define:process.env.NODE_ENV="development"', "--log-level=error"],
  app.folder,
);
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

interface ListRender {
  account?: string;
  user?: string;
  members?: string[];
  invitations?: string[];
  loading: boolean[];
}
interface SessionRender {
  account: string;
  ready: boolean;
  error?: string;
}

async function open(who = ann): Promise<Page> {
  // The page's content security policy forbids eval, which this test uses.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(origin);
  await page.waitForFunction("globalThis.show");
  await signIn(page, who);
  return page;
}
const signIn = (page: Page, { email, password }: { email: string; password: string }) =>
  page.evaluate(`rolecall.signIn(${JSON.stringify({ email, password })}).then(() => {})`);
const use = (page: Page, account: string) => page.evaluate(`rolecall.switchAccount("${account}")`);
const show = (page: Page, what: object) => page.evaluate(`show(${JSON.stringify(what)})`);
const listRenders = (page: Page) => page.evaluate("lists.splice(0)") as Promise<ListRender[]>;
const sessionRenders = (page: Page) => page.evaluate("sessions.splice(0)") as Promise<SessionRender[]>;
const waitForLast = (page: Page, list: "lists" | "sessions", holds: string) => page.waitForFunction(`((last) => last && ${holds})(${list}.at(-1))`);
const listed = (page: Page) => waitForLast(page, "lists", "last.members && (last.invitations || !last.loading[1])");

test("no render shows the members of another account, or members after the session ended", async () => {
  const page = await open();
  await show(page, { lists: true });
  await use(page, teamA);
  await listed(page);
  assert.ok((await listRenders(page)).at(-1)!.invitations!.includes("waits-in-a@example.com"));
  await page.evaluate('network.hold = "/(members|invitations)"');
  await use(page, teamB);
  await page.waitForFunction("network.held.length >= 2");
  const between = await listRenders(page);
  assert.ok(between.some(({ account }) => account === teamB));
  for (const frame of between.filter(({ account }) => account === teamB))
    assert.deepEqual([frame.members, frame.invitations, frame.loading], [undefined, undefined, [true, true]]);
  await page.evaluate("network.release()");
  await listed(page);
  assert.deepEqual((await listRenders(page)).at(-1)!.invitations, ["waits-in-b@example.com"]);
  await page.evaluate("rolecall.signOut()");
  await waitForLast(page, "lists", "last.account === undefined");
  const after = (await listRenders(page)).filter(({ account }) => account === undefined);
  assert.ok(after.length > 0);
  for (const frame of after) assert.deepEqual([frame.members, frame.invitations, frame.loading], [undefined, undefined, [false, false]]);
  await page.context().close();
});

test("another user in the same account sees their own response, and not the one before", async () => {
  const page = await open();
  await show(page, { lists: true });
  await use(page, teamA);
  await listed(page);
  await listRenders(page);
  await page.evaluate('network.hold = "/(members|invitations)"');
  await signIn(page, ben);
  await use(page, teamA);
  await page.waitForFunction("network.held.length >= 2");
  const between = (await listRenders(page)).filter(({ user }) => user === ben.id);
  assert.ok(between.length > 0);
  for (const frame of between) assert.deepEqual([frame.members, frame.invitations], [undefined, undefined]);
  await page.evaluate("network.release()");
  await listed(page);
  assert.equal((await listRenders(page)).at(-1)!.invitations, undefined, "Ben may not see who is invited");
  await page.context().close();
});

test("useAccountSession returns session-ended, and switches again after a sign-in", async () => {
  const page = await open();
  await show(page, { sessions: teamA });
  await waitForLast(page, "sessions", "last.ready");
  for (const { error } of await sessionRenders(page)) assert.equal(error, undefined);
  await world.sql("DELETE FROM session WHERE user = ?1", ann.id);
  await page.evaluate("rolecall.me.get().catch(() => {})");
  await waitForLast(page, "sessions", "last.error");
  assert.deepEqual((await sessionRenders(page)).at(-1), { account: teamA, ready: false, error: "session-ended" });
  await signIn(page, ben);
  await waitForLast(page, "sessions", "last.ready");
  assert.equal((await sessionRenders(page)).at(-1)!.error, undefined);
  assert.equal(await page.evaluate("rolecall.snapshot().user.id"), ben.id);
  // From one user to another without signing out in between.
  await signIn(page, ann);
  await page.waitForFunction(`rolecall.snapshot().user?.id === "${ann.id}"`);
  await waitForLast(page, "sessions", "last.ready");
  await page.context().close();
});

test("useAccountSession returns account-lost", async () => {
  const page = await open(ann);
  const team = teamB;
  await show(page, { sessions: team });
  await waitForLast(page, "sessions", "last.ready");
  await sessionRenders(page);
  assert.equal((await ben.remove(team, ann.id)).status, 204);
  await page.evaluate("rolecall.refresh().catch(() => {})");
  // The account is asked for once more: what is refused then is what the server says of any account of others.
  await waitForLast(page, "sessions", "last.error === 'account-not-found'");
  const renders = await sessionRenders(page);
  const since = renders.slice(renders.findIndex(({ error }) => error));
  assert.equal(since[0]!.error, "account-lost");
  for (const { ready, error } of since) assert.ok(!ready && ["account-lost", "account-not-found"].includes(error!), error);
  await show(page, { sessions: teamA });
  await waitForLast(page, "sessions", "last.ready");
  for (const frame of (await sessionRenders(page)).filter(({ account }) => account === teamA)) assert.equal(frame.error, undefined);
  await page.context().close();
});

test("no render shows the error of another account", async () => {
  const page = await open();
  await show(page, { sessions: zoe.home });
  await waitForLast(page, "sessions", "last.error");
  assert.equal((await sessionRenders(page)).at(-1)!.error, "account-not-found");
  await show(page, { sessions: teamA });
  await waitForLast(page, "sessions", "last.ready");
  const own = (await sessionRenders(page)).filter(({ account }) => account === teamA);
  assert.ok(own.length > 0);
  for (const frame of own) assert.equal(frame.error, undefined);
  await page.context().close();
});

test("unmounting aborts a pending switch and keeps the account in use, with its rights", async () => {
  const page = await open(ben);
  await use(page, teamA);
  await page.evaluate(`network.hold = "${teamB}/tokens"`);
  await show(page, { sessions: teamB });
  await page.waitForFunction("network.held.length >= 1");
  await show(page, {});
  await page.evaluate("network.release()");
  assert.equal(
    await page.evaluate("rolecall.tokens.current().then((token) => JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).account)"),
    teamA,
  );
  assert.equal(await page.evaluate("rolecall.snapshot().account"), teamA);
  await page.context().close();
});
