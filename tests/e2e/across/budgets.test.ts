// What a request asks of the database: the round trips and statements of each operation, exactly as `budgets.table.ts` says

import assert from "node:assert/strict";
import { test } from "node:test";
import { entity, pepOf, read } from "../support/authzen.ts";
import { operationOf, operations } from "../support/contract.ts";
import { bearer, askWith, forge, createApiKey, openGateway, tokenFor } from "../support/gateway.ts";
import { startHostileIssuers } from "../support/hostile-provider.ts";
import type { Answer } from "../support/http.ts";
import { signInVars, startOpenidProvider } from "../support/openid-provider.ts";
import { AUTHENTICATION_OPTIONS, PASSKEYS, REGISTRATION_OPTIONS, assertionOf, registrationOf, signInWith } from "../support/passkeys.ts";
import { proofOf, tokenOf } from "../support/people.ts";
import { expectStatus } from "../support/problems.ts";
import { Browser, newBrowser, signInAt } from "../support/providers.ts";
import { AuthenticatorApp, RECOVERY_CODES, TOTP_PATH, firstStep, forgetSteps, newDevice } from "../support/second-factor.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { passwordFor } from "../support/world.ts";
import { budgets } from "./budgets.table.ts";

const provider = await startOpenidProvider(["idp"]);
const { issuer } = await startHostileIssuers("issuer");
const signIn = signInVars([provider.entry("idp", ["example.com"])], [issuer.trusted(["example.com"])]);
const world = await openGateway({ vars: { TOKEN_LIFE: "900", ...signIn } });
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const admin = await world.hire(owner, team, "admin@example.com", "admin");
const basic = await world.hire(owner, team, "basic@example.com", "basic");
const base = `/v1/accounts/${team}`;
const measured = new Set<string>();

/**
 * Compares the cost of a response with the line of its operation, or of this variant of it. Nothing varies between two runs:
 * `last_seen_at`, the sealing of the audit log, mail and KV follow the response and are not counted, and nobody races here.
 */
function held(answer: Answer, variant?: string, status?: number): Answer {
  assert.ok(
    status === undefined ? answer.status < 300 : answer.status === status,
    `${answer.asked.method} ${answer.asked.path}: ${answer.status} ${answer.text}`,
  );
  const operation = operationOf(answer.asked.method, answer.asked.path);
  const id = operation?.id ?? (answer.asked.path.startsWith("/api/") ? "gateway" : undefined);
  assert.ok(id, answer.asked.path);
  const line = variant === undefined ? id : `${id}: ${variant}`;
  const [trips, statements] = ["rolecall-d1-round-trips", "rolecall-d1-statements"].map((name) => Number(answer.headers[name]));
  measured.add(line);
  assert.ok(budgets[line], `budgets.table.ts has no line "${line}"; it takes [${trips}, ${statements}]`);
  assert.deepEqual([trips, statements], budgets[line], `${line}: round trips and statements`);
  return answer;
}

test("accounts, people, invitations and sessions", async () => {
  const visitor = world.visitor();
  held(await visitor.get("/healthz"));
  held(await visitor.post("/v1/signup", { email: "guest@example.com", password: passwordFor("guest@example.com") }));
  held(await world.visitor().post("/v1/signup", { email: "admin@example.com", password: passwordFor("guest@example.com") }), "email taken");
  held(await visitor.post("/v1/email-verifications", { token: tokenOf(await world.mailedLink("guest@example.com", "/verify-email")) }));
  held(await visitor.get("/v1/me"));
  held(await visitor.patch("/v1/me", { name: "Guest" }));
  held(await visitor.patch("/v1/me", { name: "Guest", active_account: (await visitor.get("/v1/accounts")).body.items[0].id }), "both fields");
  held(await visitor.get("/v1/accounts"));
  held(await visitor.get("/v1/sessions"));
  held(await world.visitor().signIn("guest@example.com", passwordFor("guest@example.com")));
  const [signedIn, known] = [world.visitor(), world.visitor()];
  [signedIn.cookie, known.device] = [visitor.cookie, visitor.device];
  held(await known.signIn("guest@example.com", passwordFor("guest@example.com")), "known device");
  held(await signedIn.signIn("guest@example.com", passwordFor("guest@example.com")), "the browser's session ends");
  visitor.cookie = signedIn.cookie;
  held(await world.visitor().signIn("guest@example.com", "not the password of anybody"), "wrong password", 401);
  held(await world.visitor().signIn("nobody@example.com", "not the password of anybody"), "unknown email", 401);
  held(await world.visitor().signIn("guest@example.com", passwordFor("guest@example.com")), "after a failure");
  const other = (await visitor.get("/v1/sessions")).body.items.find((session: any) => !session.current);
  held(await visitor.delete(`/v1/sessions/${other.id}`));
  held(await visitor.post("/v1/password-resets", { email: "guest@example.com" }));
  held(await visitor.post("/v1/password-resets", { email: "nobody@example.com" }), "unknown email");
  const invitation = held(await owner.post(`${base}/invitations`, { email: "guest@example.com", role: "dev" })).body;
  held(await owner.post(`${base}/invitations`, { email: "again@example.com", role: "dev" }));
  held(await owner.post(`${base}/invitations`, { email: "again@example.com", role: "dev" }), "one is pending", 409);
  await world.sql("UPDATE invitation SET expires_at = created_at + 1 WHERE email = 'again@example.com'");
  held(await owner.post(`${base}/invitations`, { email: "again@example.com", role: "dev" }), "an expired one is closed");
  const once = { headers: { "idempotency-key": "budget-1" } };
  held(await owner.post(`${base}/invitations`, { email: "once@example.com", role: "dev" }, once), "idempotency key");
  held(await owner.post(`${base}/invitations`, { email: "once@example.com", role: "dev" }, once), "replay");
  held(await owner.get(`${base}/invitations`));
  const { link } = held(await owner.post(`${base}/invitations/${invitation.id}/resend`)).body;
  held(await visitor.preview(link));
  held(await world.visitor().preview(link), "signed out");
  const joined = held(await visitor.accept(link)).body;
  const declined = held(await owner.post(`${base}/invitations`, { email: "no@example.com", role: "dev" })).body;
  const proof = proofOf(await world.mailedLink("no@example.com", "/join"));
  held(await world.visitor().decline(declined.link, { json: { proof } }));
  const mailed = await owner.invite(team, "new@example.com", "dev");
  const join = { token: tokenOf(mailed.link), proof: proofOf(await world.mailedLink("new@example.com", "/join")) };
  held(
    await world.visitor().post("/v1/signup", { email: "new@example.com", password: passwordFor("new@example.com"), invitation: join }),
    "with an invitation",
  );
  const revoked = held(await owner.post(`${base}/invitations`, { email: "off@example.com", role: "dev" })).body;
  held(await owner.delete(`${base}/invitations/${revoked.id}`));
  held(await owner.get(base));
  const { version } = held(await owner.patch(base, { name: "Budget" })).body;
  held(await owner.patch(base, { name: "Exactly" }, { headers: { "if-match": `"${version}"` } }), "If-Match");
  held(await owner.get(`${base}/members`));
  held(await owner.patch(`${base}/members/${joined.user.id}`, { role: "basic" }));
  held(await owner.get(`${base}/roles`));
  held(await owner.post(`${base}/roles`, { code: "r", title: "R", permissions: ["team.access"] }));
  held(await owner.patch(`${base}/roles/r`, { title: "S" }));
  held(await owner.patch(`${base}/roles/r`, { permissions: ["team.access", "pods.connect"] }), "permissions");
  held(await owner.delete(`${base}/roles/r`));
  held(await owner.post(`${base}/checks`, { permissions: ["pods.manage", "billing.view"], explain: true }));
  held(await owner.post(`${base}/tokens`));
  const key = held(await owner.post(`${base}/api-keys`, { name: "k", permissions: ["team.access"] })).body;
  held(await owner.get(`${base}/api-keys`));
  held(await owner.delete(`${base}/api-keys/${key.id}`));
  await world.settled();
  held(await owner.get(`${base}/audit-log`));
  held(await owner.get(`${base}/audit-log?action=member.update`), "filtered");
  held(await owner.get(`${base}/audit-log`, { headers: { accept: "application/x-ndjson" } }), "export");
  held(await owner.delete(`${base}/members/${joined.user.id}?dry_run=true`), "dry run");
  held(await owner.delete(`${base}/members/${joined.user.id}`));
  held(await owner.post(`${base}/transfer`, { user: admin.id }), "the last account of its owner");
  held(await admin.post(`${base}/transfer`, { user: owner.id }));
  const reset = tokenOf(await world.mailedLink("guest@example.com", "/reset-password"));
  held(await world.visitor().put("/v1/password-resets", { token: reset, password: "another decent sentence" }));
  held(await owner.delete(`${base}/team?dry_run=true`), "dry run");
});

test("codes by mail, re-authentication and passwords", async () => {
  const [email, browser_key] = ["person@example.com", "the key of this very browser"];
  const person = await world.signUp(email);
  const visitor = world.visitor();
  held(await visitor.get("/v1/sign-in-methods"));
  held(await visitor.post("/v1/email-codes", { email, browser_key }));
  held(await visitor.post("/v1/email-codes", { email: "nobody@example.com", browser_key }), "unknown email");
  const wrong = { email, code: "00000000", browser_key };
  held(await world.visitor().post("/v1/sessions", wrong), "wrong code", 401);
  held(await world.visitor().post("/v1/sessions", { ...wrong, email: "nobody@example.com" }), "code, unknown email", 401);
  held(await world.visitor().post("/v1/sessions", { email, browser_key, code: await world.mailedCode(email, browser_key) }), "code");
  held(await person.get("/v1/me/sign-in-methods"));
  const path = "/v1/sessions/current/reauthentication";
  held(await person.post(path, { password: person.password }));
  held(await person.post(path, { password: "not the password of anybody" }), "wrong password", 401);
  held(await person.post(path, { browser_key, code: await world.mailedCode(email, browser_key) }), "code");
  held(await person.put("/v1/password", { password: "another decent sentence" }));
  await world.makeStale(person.id);
  held(await person.put("/v1/password", { password: "another decent sentence" }), "stale", 401);
  held(await world.visitor().post("/v1/signup", { email: "without@example.com" }), "without a password");
  held(
    await world.visitor().post("/v1/email-verifications", { token: tokenOf(await world.mailedLink("without@example.com", "/verify-email")) }),
    "without a password",
  );
});

test("passkeys", async () => {
  const person = await world.signUp("passkeys@example.com");
  // They verify nobody, so that a session of one factor adds and removes them.
  const authenticator = new SoftwareAuthenticator({ userVerified: false, counter: 1 });
  const rsa = new SoftwareAuthenticator({ userVerified: false, algorithm: "RS256" });
  held(await person.post(REGISTRATION_OPTIONS));
  const passkey = held(await person.post(PASSKEYS, await registrationOf(person, authenticator))).body;
  held(await person.post(PASSKEYS, await registrationOf(person, authenticator)), "taken", 409);
  expectStatus(await person.post(PASSKEYS, await registrationOf(person, rsa)), 201);
  held(await person.get(PASSKEYS));
  held(await person.patch(`${PASSKEYS}/${passkey.id}`, { label: "Laptop" }));
  held(await world.visitor().post(AUTHENTICATION_OPTIONS));
  held(await signInWith(world.visitor(), authenticator), "passkey");
  held(await signInWith(world.visitor(), rsa), "passkey, RS256");
  held(await signInWith(world.visitor(), new SoftwareAuthenticator({}, { ...rsa.passkey, id: Buffer.alloc(32) })), "unknown passkey", 401);
  held(await signInWith(world.visitor(), authenticator.copy({ counter: 1 })), "passkey that does not verify", 401);
  const path = "/v1/sessions/current/reauthentication";
  held(await person.post(path, await assertionOf(person, authenticator)), "passkey");
  held(await person.post(path, await assertionOf(person, authenticator.copy({ counter: 1 }))), "passkey that does not verify", 401);
  held(await person.delete(`${PASSKEYS}/${passkey.id}`));
  held(await person.delete(`${PASSKEYS}/${passkey.id}`), "unknown", 404);
});

test("second factors", async () => {
  const person = await world.signUp("second@example.com");
  const app = new AuthenticatorApp(held(await person.post(TOTP_PATH)).body.url);
  held(await person.post(TOTP_PATH), "again");
  held(await person.put(TOTP_PATH, { code: app.wrongCode() }), "wrong code", 401);
  app.totp.secret = new AuthenticatorApp(expectStatus(await person.post(TOTP_PATH), 201).body.url).totp.secret;
  held(await person.put(TOTP_PATH, { code: await app.freshCode() }));
  const [code, other] = held(await person.post(RECOVERY_CODES)).body.codes;
  const device = newDevice(world);
  held(await device.signIn(person.email, person.password), "second factor", 401);
  held(await device.finish({ code: app.wrongCode() }), "wrong code", 401);
  held(await device.finish({ code: await app.freshCode() }));
  held(await (await firstStep(world, person, ["totp", "recovery_code"])).finish({ recovery_code: code }), "recovery code");
  held(await newDevice(world).finish({ code: "123456" }), "nobody waits", 401);
  const path = "/v1/sessions/current/reauthentication";
  held(await person.post(path, { totp_code: app.wrongCode() }), "wrong code of the app", 401);
  held(await person.post(path, { recovery_code: other }), "recovery code");
  await forgetSteps(world, person.id, app);
  held(await person.post(path, { totp_code: await app.freshCode() }), "code of the app");
  const authenticator = new SoftwareAuthenticator({ userVerified: false, counter: 1 });
  expectStatus(await person.post(PASSKEYS, await registrationOf(person, authenticator)), 201);
  const third = await firstStep(world, person, ["totp", "recovery_code", "passkey"]);
  held(await third.finish(await assertionOf(third, authenticator)), "passkey");
  held(await signInWith(newDevice(world), authenticator), "passkey, second factor", 401);
  held(await person.delete(TOTP_PATH));
  held(await person.delete(TOTP_PATH), "none", 404);
});

test("sign-in providers", async () => {
  provider.people.set("new", { sub: "new", email: "newcomer@example.com", email_verified: true });
  provider.people.set("other", { sub: "other", email: "owner@example.com", email_verified: true });
  const at = (browser: Browser, who: string, query?: Record<string, string>) => signInAt(browser, "idp", (url) => provider.signIn(url, who), query);
  held(await world.visitor().get("/v1/providers/idp/authorize"), undefined, 302);
  held(await at(newBrowser(world), "new"), "new person", 303);
  held(await at(newBrowser(world), "new"), undefined, 303);
  held(await newBrowser(world).get("/v1/providers/idp/callback?state=a&code=b"), "not started", 303);
  held(await at(newBrowser(world), "other"), "mailbox of somebody", 303);
  const browser = Browser.of(owner);
  held(await browser.get("/v1/providers/idp/authorize?purpose=link"), "to connect", 302);
  held(await at(browser, "other", { purpose: "link" }), "to connect", 303);
  held(await browser.get("/v1/provider-link"));
  const { id } = held(await browser.post("/v1/provider-link")).body;
  held(await browser.delete("/v1/provider-link"));
  held(await browser.delete(`/v1/me/sign-in-methods/${id}`));
  const token = await issuer.exchangeToken({ sub: "new", email: "exchanged@example.com", email_verified: true });
  held(await world.visitor().post("/v1/sessions/exchange", { token }), "new person");
  held(await world.visitor().post("/v1/sessions/exchange", { token }), "used", 401);
  held(await world.visitor().post("/v1/sessions/exchange", { token: await issuer.exchangeToken({ sub: "new" }) }));
});

test("attribute policies and AuthZEN", async () => {
  const scenario = read("policy/authzen-scenario.json");
  const pep = await pepOf(world, owner, team);
  const question = { subject: entity(`user:${basic.email}`), action: { name: "connect" }, resource: entity("pod:1") };
  const evaluations = [question, { ...question, action: { name: "start" } }, { ...question, subject: entity("user:nobody@example.com") }];
  const search: Record<string, object> = {
    subject: { ...question, subject: { type: "user" } },
    resource: { ...question, resource: { type: "pod" } },
    action: { subject: question.subject, resource: question.resource },
  };
  // Members who are listed in an attribute policy are looked up by name once the policy is known.
  const listed = { version: 1, subjects: [{ type: "user", id: basic.email, attributes: { floor: 3 } }], rules: [] };
  const asked = async (variant?: string) => {
    for (const root of ["/access/v1", `/access/v1/${team}`]) {
      held(await pep.question(`${root}/evaluation`, question), variant);
      held(await pep.question(`${root}/evaluations`, { evaluations }), variant);
      for (const [what, json] of Object.entries(search)) held(await pep.question(`${root}/search/${what}`, json), variant);
    }
  };
  await asked();
  held(await owner.post("/access/v1/evaluation", question), "session");
  held(await owner.put(`${base}/attribute-policy`, scenario), "first");
  held(await owner.put(`${base}/attribute-policy`, { version: 1, rules: [] }));
  held(await owner.get(`${base}/attribute-policy`));
  await asked("attribute policy");
  held(await owner.put(`${base}/attribute-policy`, listed));
  for (const root of ["/access/v1", `/access/v1/${team}`]) held(await pep.question(`${root}/search/subject`, search.subject), "members listed in the policy");
  held(await owner.delete(`${base}/attribute-policy`));
});

test("the gateway", async () => {
  const token = await tokenFor(basic, team);
  const key = await createApiKey(owner, team, ["pods.connect"]);
  const account = { headers: { "rolecall-account": team } };
  held(await askWith(world, token, "GET", "/api/pods"), "token, allowed");
  held(await askWith(world, token, "POST", "/api/pods"), "token, refused", 403);
  held(await askWith(world, await forge(token, { claims: { pol: "0".repeat(64) } }), "GET", "/api/pods"), "token of another policy");
  held(await askWith(world, await tokenFor(owner, team), "POST", "/api/billing/payment-methods"), "token, live route");
  held(await askWith(world, key.secret, "GET", "/api/pods"), "API key");
  held(await askWith(world, key.secret, "POST", "/api/pods"), "API key, refused", 403);
  held(await askWith(world, `${token}x`, "GET", "/api/pods"), "token that is none", 401);
  held(await basic.get("/api/pods", account), "session");
  held(await basic.post("/api/clusters", undefined, account), "session, refused", 403);
  held(await owner.get("/api/pods", { ...bearer(token) }), "token, allowed");
});

test("refusals and faulty requests", async () => {
  const person = await world.signUp("cheap@example.com");
  held(await world.visitor().get("/v1/me"), "signed out", 401);
  held(await person.get(base), "stranger", 404);
  held(await basic.post(`${base}/invitations`, { email: "x@example.com", role: "basic" }), "permission missing", 403);
  held(await owner.post(`${base}/invitations`, { email: "x@example.com", role: "no-such" }), "role unknown", 422);
  held(await owner.post(`${base}/invitations`, {}), "fields missing", 422);
  held(await person.get(`/v1/invitations/${"x".repeat(60)}`), "forged link", 404);
  held(await world.visitor().post("/v1/email-verifications", { token: "x" }), "forged link", 404);
  held(await person.delete(`/v1/sessions/ses_${"0".repeat(32)}`), "unknown", 404);
});

test("what ends a team and a session, and what asks nothing of the database", async () => {
  held(await owner.delete(`${base}/team`));
  held(await owner.post(`${base}/convert`, {}));
  held(await owner.delete("/v1/sessions/current"));
  held(await world.visitor().delete("/v1/sessions/current"), "signed out");
  const pages = [
    "/v1/policy",
    "/openapi.json",
    "/docs",
    "/docs/app.js",
    "/docs/style.css",
    "/problems",
    "/problems/not-found",
    "/.well-known/jwks.json",
    "/.well-known/authzen-configuration",
    `/.well-known/authzen-configuration/${team}`,
  ];
  for (const path of pages) held(await world.visitor().get(path, { unchecked: true }));
});

test("every operation has a line, and every line was measured", () => {
  const lines = Object.keys(budgets);
  const named = new Set(lines.map((line) => line.split(":")[0]));
  assert.deepEqual(
    operations.map(({ id }) => id).filter((id) => !named.has(id)),
    [],
    "operations without a line",
  );
  assert.deepEqual(
    lines.filter((line) => !measured.has(line)),
    [],
    "lines that no request was measured for",
  );
});

test("openapi.json declares the round trips of each operation", () => {
  const most = ({ id }: { id: string }) =>
    Math.max(
      ...Object.entries(budgets)
        .filter(([line]) => line.split(":")[0] === id)
        .map(([, [trips]]) => trips),
    );
  const others = operations.filter((operation) => most(operation) !== operation.roundTrips);
  // The audit log takes more than one only where more than a hundred events wait to be sealed.
  assert.deepEqual(
    others.map((operation) => [operation.id, most(operation), operation.roundTrips]),
    [["readAuditLog", 1, 2]],
  );
});
