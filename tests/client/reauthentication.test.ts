// A new authentication replaces the session's cookie: what was in flight with the one before signs nobody out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Client, RolecallError, type Snapshot } from "rolecall";
import { openGateway } from "../e2e/support/gateway.ts";
import { eventually } from "../e2e/support/world.ts";
import { type Browser, arrive, rightsOf } from "./support/browser.ts";

const world = await openGateway();
const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");
const PATH = "/v1/sessions/current/reauthentication";

const code = (error: unknown) => (error instanceof RolecallError ? error.code : String(error));
const failure = (call: Promise<unknown>) => call.then(() => "done", code);

async function started(): Promise<{ client: Client; browser: Browser; seen: Snapshot[] }> {
  const { client, browser } = await arrive(world);
  await client.signIn({ email: ann.email, password: ann.password });
  await client.start();
  const seen: Snapshot[] = [];
  client.subscribe(() => seen.push(client.snapshot()));
  return { client, browser, seen };
}

const problem = (code: string, status: number, more: object = {}) =>
  Response.json(
    { type: `https://team.example.com/problems/${code}`, title: "T", status, detail: "D", instance: "urn:uuid:0", code, ...more },
    { status, headers: { "content-type": "application/problem+json" } },
  );
/** The cookie that a browser sent last. */
const cookieOf = (browser: Browser) => browser.sent.findLast((request) => request.headers.get("cookie"))!.headers.get("cookie")!;
/** Sends requests that match with a cookie of before, as often as told. */
function withOldCookie(browser: Browser, old: string, pattern: RegExp, times: number): void {
  let left = times;
  browser.before = (line, request) => {
    if (left > 0 && pattern.test(line)) {
      left -= 1;
      request.headers.set("cookie", old);
    }
  };
}
const claims = (token: string) => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());

test("reauthenticate keeps the state, and fetches a token that says when", async () => {
  const { client, seen } = await started();
  const before = client.snapshot();
  const old = claims(await client.tokens.current());
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const session = await client.reauthenticate({ password: ann.password });
  assert.deepEqual([session.current, session.amr], [true, ["pwd"]]);
  assert.equal(client.snapshot(), before);
  assert.deepEqual(seen, []);
  assert.ok(claims(await client.tokens.current()).auth_time > old.auth_time);
});

test("with a code: the client keeps the browser's key itself", async () => {
  const { client } = await started();
  await client.emailCodes.request(ann.email);
  const digits = (await world.mails(ann.email)).map(({ text }) => /\b(\d{4}) (\d{4})\b/.exec(text)).find(Boolean)!;
  assert.deepEqual((await client.reauthenticate({ code: `${digits[1]}${digits[2]}` })).amr, ["otp"]);
});

test("a refusal because of the credentials, or of a stale session, changes nothing", async () => {
  const { client, browser, seen } = await started();
  assert.equal(await failure(client.reauthenticate({ password: "certainly not this one" })), "credentials-invalid");
  assert.equal(await failure(client.reauthenticate({ code: "12345678" })), "code-invalid");
  await world.makeStale(ann.id);
  const before = browser.log.length;
  const error = await client.apiKeys.create({ account: team, name: "k", permissions: ["team.access"] }).catch((error: unknown) => error);
  assert.ok(error instanceof RolecallError && error.code === "reauthentication-required");
  assert.deepEqual([...error.problem.methods].sort(), ["email", "password"]);
  assert.equal(browser.log.length, before + 1, "nothing is asked about the session");
  assert.deepEqual(seen, []);
  await client.reauthenticate({ password: ann.password });
  assert.ok((await client.apiKeys.create({ account: team, name: "k", permissions: ["team.access"] })).secret);
});

test("a request with the cookie of before is sent again, once it is known that the user is signed in", async () => {
  const { client, browser, seen } = await started();
  const old = cookieOf(browser);
  await client.reauthenticate({ password: ann.password });
  withOldCookie(browser, old, /^(GET \/v1\/accounts|PATCH)/, 2);
  const from = browser.log.length;
  const [account, me] = await Promise.all([client.accounts.get(team), client.me.update({ name: "Ann B" })]);
  assert.deepEqual([account.id, me.user.name], [team, "Ann B"]);
  const log = browser.log.slice(from);
  assert.deepEqual(log.filter((line) => line !== "GET /v1/me").sort(), [
    `GET /v1/accounts/${team}`,
    `GET /v1/accounts/${team}`,
    "PATCH /v1/me",
    "PATCH /v1/me",
  ]);
  assert.ok(log.filter((line) => line === "GET /v1/me").length <= 2, log.join());
  const patches = browser.keys.slice(from).filter((_, index) => log[index] === "PATCH /v1/me");
  assert.equal(patches[0], patches[1], "with the same idempotency key");
  assert.ok(seen.every(({ status }) => status === "signed-in"));
});

test("while the confirmation is under way, a refusal waits for it", async () => {
  const { client, browser, seen } = await started();
  let release: (() => void) | undefined;
  browser.after = (line) => (line === `POST ${PATH}` ? new Promise<void>((resolve) => (release = resolve)) : undefined);
  const confirmation = client.reauthenticate({ password: ann.password });
  await eventually(async () => assert.ok(release));
  // The browser has not received the new cookie yet, so reading once more is refused as well.
  let dead = 2;
  browser.before = (line) => (dead-- > 0 && /^GET/.test(line) ? problem("session-missing", 401) : undefined);
  const list = client.sessions.list().page();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(seen, []);
  release!();
  assert.ok((await list).items.length > 0);
  await confirmation;
  assert.ok(rightsOf(client));
});

test("another tab's confirmation: this tab's own is sent again with the new cookie", async () => {
  const { client, browser } = await started();
  await client.reauthenticate({ password: ann.password });
  let refused = 0;
  browser.before = (line) => (line === `POST ${PATH}` && refused++ === 0 ? problem("session-missing", 401) : undefined);
  assert.equal((await client.reauthenticate({ password: ann.password })).current, true);
  assert.ok(rightsOf(client));
});

test("a session that has ended is noticed by one more request, and is not asked about again", async () => {
  const { client, browser, seen } = await started();
  await world.sql("DELETE FROM session WHERE user = ?", ann.id);
  const before = browser.log.length;
  assert.equal(await failure(client.accounts.get(team)), "session-missing");
  assert.deepEqual(browser.log.slice(before), [`GET /v1/accounts/${team}`, "GET /v1/me"]);
  assert.deepEqual(
    seen.map(({ status }) => status),
    ["signed-out"],
  );
  assert.equal(await failure(client.accounts.get(team)), "session-missing");
  assert.deepEqual(browser.log.slice(before + 2), [`GET /v1/accounts/${team}`]);
});

test("without a response to that, the user counts as signed in; where another one is, nothing is sent as them", async () => {
  const { client, browser } = await started();
  browser.before = (line) => {
    if (line === "GET /v1/me") throw new TypeError("offline");
    return line.startsWith("GET /v1/accounts") ? problem("session-missing", 401) : undefined;
  };
  assert.equal(await failure(client.accounts.get(team)), "session-missing");
  assert.ok(rightsOf(client));
  const other = await world.signUp("other@example.com");
  let sent = 0;
  browser.before = (line) => {
    if (line === "GET /v1/me") return Response.json({ user: other.user });
    return line.startsWith("DELETE") && ++sent ? problem("session-missing", 401) : undefined;
  };
  assert.equal(await failure(client.invitations.revoke("inv_1")), "session-missing");
  assert.equal(sent, 1);
  assert.equal(rightsOf(client), undefined);
});
