// Idempotency-Key on every mutation: the same answer again and one effect; another request or another user never

import assert from "node:assert/strict";
import { test } from "node:test";
import { writes } from "../support/request-factory.ts";
import type { Answer } from "../support/http.ts";
import { type Person, proofOf, tokenOf } from "../support/people.ts";
import { PASSKEYS, enrol, registrationOf } from "../support/passkeys.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { openWorld, passwordFor } from "../support/world.ts";
import { type Step, secondFactorSteps } from "./idempotency.second-factor.ts";

const world = await openWorld();
let count = 0;
const fresh = () => `key-${(count += 1)}`;

async function team(): Promise<{ owner: Person; id: string; dev: Person; admin: Person }> {
  const owner = await world.signUp(`owner${(count += 1)}@example.com`);
  const id = await owner.convert("Acme");
  const dev = await world.hire(owner, id, `dev${(count += 1)}@example.com`, "dev");
  const admin = await world.hire(owner, id, `admin${(count += 1)}@example.com`, "admin");
  return { owner, id, dev, admin };
}

/** For each mutation of the contract, a request that succeeds. */
const steps: Record<string, () => Promise<Step>> = {
  requestEmailCode: async () => {
    const json = { email: `c${fresh()}@example.com`, browser_key: "the key of this very browser" };
    return { who: world.visitor(), method: "POST", path: "/v1/email-codes", json };
  },
  reauthenticate: async () => {
    const owner = await world.signUp(`p${fresh()}@example.com`);
    const path = "/v1/sessions/current/reauthentication";
    return { who: owner, method: "POST", path, json: { password: owner.password }, other: { password: "certainly not this one" } };
  },
  changePassword: async () => {
    const [json, other] = [{ password: "a first decent sentence" }, { password: "another decent sentence" }];
    return { who: await world.signUp(`p${fresh()}@example.com`), method: "PUT", path: "/v1/password", json, other };
  },
  registerPasskey: async () => {
    const owner = await world.signUp(`p${fresh()}@example.com`);
    const json = await registrationOf(owner, new SoftwareAuthenticator());
    return { who: owner, method: "POST", path: PASSKEYS, json, other: { ...json, label: "Different" } };
  },
  updatePasskey: async () => {
    const owner = await world.signUp(`p${fresh()}@example.com`);
    const { id } = await enrol(owner, new SoftwareAuthenticator());
    return { who: owner, method: "PATCH", path: `${PASSKEYS}/${id}`, json: { label: "Repeated" }, other: { label: "Different" } };
  },
  removePasskey: async () => {
    const owner = await world.signUp(`p${fresh()}@example.com`);
    const { id } = await enrol(owner, new SoftwareAuthenticator({ userVerified: false }));
    return { who: owner, method: "DELETE", path: `${PASSKEYS}/${id}` };
  },
  ...secondFactorSteps(world, fresh),
  removeSignInMethod: async () => {
    const owner = await world.signUp(`p${fresh()}@example.com`);
    const { items } = expectStatus(await owner.get("/v1/me/sign-in-methods"), 200).body;
    return { who: owner, method: "DELETE", path: `/v1/me/sign-in-methods/${items.find(({ kind }: { kind: string }) => kind === "password").id}` };
  },
  signUp: async () => ({
    who: world.visitor(),
    method: "POST",
    path: "/v1/signup",
    json: { email: `s${fresh()}@example.com`, password: "a decent long sentence" },
  }),
  verifyEmail: async () => {
    const email = `v${fresh()}@example.com`;
    expectStatus(await world.visitor().post("/v1/signup", { email, password: passwordFor(email) }), 202);
    return { who: world.visitor(), method: "POST", path: "/v1/email-verifications", json: { token: tokenOf(await world.mailedLink(email, "/verify-email")) } };
  },
  requestPasswordReset: async () => ({ who: world.visitor(), method: "POST", path: "/v1/password-resets", json: { email: (await team()).owner.email } }),
  completePasswordReset: async () => {
    const { owner } = await team();
    expectStatus(await world.visitor().post("/v1/password-resets", { email: owner.email }), 202);
    return {
      who: world.visitor(),
      method: "PUT",
      path: "/v1/password-resets",
      json: { token: tokenOf(await world.mailedLink(owner.email, "/reset-password")), password: "another decent sentence" },
    };
  },
  signIn: async () => {
    const { owner } = await team();
    return { who: world.visitor(), method: "POST", path: "/v1/sessions", json: { email: owner.email, password: owner.password } };
  },
  endSession: async () => {
    const { owner } = await team();
    await owner.elsewhere();
    const other = (await owner.get("/v1/sessions")).body.items.find((session: any) => !session.current);
    return { who: owner, method: "DELETE", path: `/v1/sessions/${other.id}` };
  },
  signOut: async () => ({ who: (await team()).owner, method: "DELETE", path: "/v1/sessions/current" }),
  updateMe: async () => ({ who: (await team()).owner, method: "PATCH", path: "/v1/me", json: { name: "Repeated" } }),
  updateAccount: async () => {
    const { owner, id } = await team();
    return { who: owner, method: "PATCH", path: `/v1/accounts/${id}`, json: { name: "Repeated" } };
  },
  convertAccount: async () => {
    const solo = await world.signUp(`solo${fresh()}@example.com`);
    return { who: solo, method: "POST", path: `/v1/accounts/${solo.home}/convert`, json: { name: "Repeated" } };
  },
  deleteTeam: async () => {
    const { owner, id } = await team();
    return { who: owner, method: "DELETE", path: `/v1/accounts/${id}/team` };
  },
  transferAccount: async () => {
    const { owner, id, admin } = await team();
    return { who: owner, method: "POST", path: `/v1/accounts/${id}/transfer`, json: { user: admin.id } };
  },
  updateMember: async () => {
    const { owner, id, dev } = await team();
    return { who: owner, method: "PATCH", path: `/v1/accounts/${id}/members/${dev.id}`, json: { role: "billing" } };
  },
  removeMember: async () => {
    const { owner, id, dev } = await team();
    return { who: owner, method: "DELETE", path: `/v1/accounts/${id}/members/${dev.id}` };
  },
  createInvitation: async () => {
    const { owner, id } = await team();
    return { who: owner, method: "POST", path: `/v1/accounts/${id}/invitations`, json: { email: `i${fresh()}@example.com`, role: "dev" } };
  },
  resendInvitation: async () => {
    const { owner, id } = await team();
    const { id: invitation } = await owner.invite(id, `r${fresh()}@example.com`, "dev");
    return { who: owner, method: "POST", path: `/v1/accounts/${id}/invitations/${invitation}/resend` };
  },
  revokeInvitation: async () => {
    const { owner, id } = await team();
    const { id: invitation } = await owner.invite(id, `x${fresh()}@example.com`, "dev");
    return { who: owner, method: "DELETE", path: `/v1/accounts/${id}/invitations/${invitation}` };
  },
  acceptInvitation: async () => {
    const { owner, id } = await team();
    const guest = await world.signUp(`g${fresh()}@example.com`);
    return { who: guest, method: "POST", path: `/v1/invitations/${tokenOf((await owner.invite(id, guest.email, "dev")).link)}/accept` };
  },
  declineInvitation: async () => {
    const { owner, id } = await team();
    const guest = await world.signUp(`d${fresh()}@example.com`);
    return { who: guest, method: "POST", path: `/v1/invitations/${tokenOf((await owner.invite(id, guest.email, "dev")).link)}/decline` };
  },
  createRole: async () => {
    const { owner, id } = await team();
    return { who: owner, method: "POST", path: `/v1/accounts/${id}/roles`, json: { code: "again", title: "Again", permissions: [] } };
  },
  updateRole: async () => {
    const { owner, id } = await team();
    await owner.makeRole(id, "again", []);
    return { who: owner, method: "PATCH", path: `/v1/accounts/${id}/roles/again`, json: { title: "Other" } };
  },
  deleteRole: async () => {
    const { owner, id } = await team();
    await owner.makeRole(id, "again", []);
    return { who: owner, method: "DELETE", path: `/v1/accounts/${id}/roles/again` };
  },
  createApiKey: async () => {
    const { owner, id } = await team();
    return {
      who: owner,
      method: "POST",
      path: `/v1/accounts/${id}/api-keys`,
      json: { name: "ci", permissions: ["team.access"] },
      differs: (body) => ({ ...body, secret: null }),
    };
  },
  revokeApiKey: async () => {
    const { owner, id } = await team();
    const key = expectStatus(await owner.post(`/v1/accounts/${id}/api-keys`, { name: "ci", permissions: ["team.access"] }), 201).body;
    return { who: owner, method: "DELETE", path: `/v1/accounts/${id}/api-keys/${key.id}` };
  },
  putAttributePolicy: async () => {
    const { owner, id } = await team();
    return { who: owner, method: "PUT", path: `/v1/accounts/${id}/attribute-policy`, json: { version: 1, description: "Once" } };
  },
  deleteAttributePolicy: async () => {
    const { owner, id } = await team();
    expectStatus(await owner.put(`/v1/accounts/${id}/attribute-policy`, { version: 1 }), 201);
    return { who: owner, method: "DELETE", path: `/v1/accounts/${id}/attribute-policy` };
  },
};

/** Everything that a second effect would show in; sessions only where the caller stays the same. */
async function effects(): Promise<unknown> {
  const tables = ["user", "identity", "account", "member", "invitation", "role", "api_key", "attribute_policy", "mail", "signup", "reset"];
  return Promise.all(tables.map((table) => world.rows(`SELECT * FROM ${table === "mail" ? "(SELECT id, recipient FROM mail)" : table} ORDER BY 1, 2`)));
}

for (const [id, prepare] of Object.entries(steps)) {
  test(`${id}: the same request with the same key is answered the same and done once; another request is 422`, async () => {
    const { who, method, path, json, differs = (body: any) => body, other: otherJson } = await prepare();
    const headers = { "idempotency-key": fresh() };
    const cookie = (who as Person).cookie;
    const first = await who.ask(method, path, { json, headers });
    assert.ok(first.status >= 200 && first.status < 300, first.text);
    const after = await effects();
    const log = await world.count("audit_event");
    // A reply that was lost: the caller still has the cookie of before.
    (who as Person).cookie = cookie;
    const again = await who.ask(method, path, { json, headers });
    if (id === "signOut") return void expectStatus(again, 204);
    assert.equal(again.status, first.status, again.text);
    assert.deepEqual(again.body, differs(first.body));
    assert.equal(again.headers.etag, first.headers.etag);
    assert.deepEqual(await effects(), after);
    assert.equal(await world.count("audit_event"), log);
    if (json === undefined || (json as any).token || id === "signIn") return;
    const field = "name" in (json as object) ? { name: "Different" } : "title" in (json as object) ? { title: "Different" } : {};
    const other =
      otherJson ??
      (Object.keys(field).length > 0
        ? { ...(json as object), ...field }
        : {
            ...(json as object),
            ...("role" in (json as object)
              ? { role: "basic" }
              : "email" in (json as object)
                ? { email: "different@example.com" }
                : { user: `usr_${"0".repeat(32)}` }),
          });
    (who as Person).cookie = cookie;
    expectProblem(await who.ask(method, path, { json: other, headers }), "idempotency-key-reused");
    assert.deepEqual(await effects(), after);
  });
}

test("every mutation of the document is among these", () => {
  const reading = ["checkPermissions", "issueToken", "startPasskeyRegistration", "startPasskeyAuthentication", "dropProviderLink"];
  // tests/e2e/providers has these, with a provider.
  const elsewhere = ["connectProvider", "exchangeToken"];
  const others = [...reading, ...elsewhere];
  const missing = writes.filter((operation) => operation.template.startsWith("/v1/") && !(operation.id in steps) && !others.includes(operation.id));
  assert.deepEqual(
    missing.map((operation) => operation.id),
    [],
  );
  assert.ok(Object.keys(steps).length > 20);
});

test("a key belongs to its user: another's same key is another request", async () => {
  const [one, other] = [await team(), await team()];
  const headers = { "idempotency-key": "shared" };
  const mine = expectStatus(await one.owner.patch("/v1/me", { name: "Mine" }, { headers }), 200).body;
  const theirs = expectStatus(await other.owner.patch("/v1/me", { name: "Theirs" }, { headers }), 200).body;
  assert.deepEqual([mine.user.id, theirs.user.id], [one.owner.id, other.owner.id]);
  const stolen = expectStatus(
    await other.owner.post(`/v1/accounts/${other.id}/api-keys`, { name: "k", permissions: ["team.access"] }, { headers: { "idempotency-key": "shared-2" } }),
    201,
  );
  const probe = await one.owner.post(
    `/v1/accounts/${other.id}/api-keys`,
    { name: "k", permissions: ["team.access"] },
    { headers: { "idempotency-key": "shared-2" } },
  );
  expectProblem(probe, "account-not-found");
  assert.ok(!probe.text.includes(stolen.body.id));
});

test("a replay is for those who still may see the answer", async () => {
  const { owner, id, admin } = await team();
  const headers = { "idempotency-key": fresh() };
  const json = { email: `late${fresh()}@example.com`, role: "dev" };
  expectStatus(await admin.post(`/v1/accounts/${id}/invitations`, json, { headers }), 201);
  expectStatus(await admin.delete("/v1/sessions/current"), 204);
  expectProblem(await admin.post(`/v1/accounts/${id}/invitations`, json, { headers }), "session-missing");
  void owner;
});

test("who is signed in meanwhile makes no other request of signing in, proving an email or resetting a password", async () => {
  // Each time the browser has a session that the first request replaces or ends, and then the one that it got.
  const twice = async (who: Person, method: string, path: string, json: object): Promise<[Answer, Answer, Answer]> => {
    const headers = { "idempotency-key": fresh() };
    const [before, first] = [who.cookie, await who.ask(method, path, { json, headers })];
    assert.ok(first.status < 300, first.text);
    const after = who.cookie;
    const arrived = await who.ask(method, path, { json, headers });
    assert.equal(who.cookie, after, "the same session once more");
    who.cookie = before;
    const lost = await who.ask(method, path, { json, headers });
    assert.equal(who.cookie, after, "the same session where the first answer was lost");
    for (const again of [arrived, lost]) assert.deepEqual([again.status, again.body], [first.status, first.body]);
    return [first, arrived, lost];
  };
  const sessions = (person: { id: string }) => world.count("session WHERE user = ?", person.id);

  const { owner } = await team();
  await twice(owner, "POST", "/v1/sessions", { email: owner.email, password: owner.password });
  assert.equal(await sessions(owner), 1);

  const email = `proven${fresh()}@example.com`;
  expectStatus(await world.visitor().post("/v1/signup", { email, password: passwordFor(email) }), 202);
  const [{ body }] = await twice(owner, "POST", "/v1/email-verifications", { token: tokenOf(await world.mailedLink(email, "/verify-email")) });
  assert.deepEqual([await sessions(owner), await sessions(body.user)], [0, 1], "the session that was replaced has ended");

  const { owner: host, id } = await team();
  const guest = `joins${fresh()}@example.com`;
  await host.invite(id, guest, "dev");
  const mailed = await world.mailedLink(guest, "/join");
  const joiner = await host.elsewhere();
  const before = await sessions(host);
  const [joined] = await twice(joiner, "POST", "/v1/signup", {
    email: guest,
    password: passwordFor(guest),
    invitation: { token: tokenOf(mailed), proof: proofOf(mailed) },
  });
  assert.deepEqual([joined.status, await sessions(host), await sessions(joined.body.user)], [201, before - 1, 1]);

  expectStatus(await world.visitor().post("/v1/password-resets", { email: host.email }), 202);
  const cookie = host.cookie;
  await twice(host, "PUT", "/v1/password-resets", {
    token: tokenOf(await world.mailedLink(host.email, "/reset-password")),
    password: "another decent sentence",
  });
  assert.equal(host.cookie, cookie);
  assert.equal(await sessions(host), 0);
});

test("a refused request leaves its key free", async () => {
  const { owner, id } = await team();
  const headers = { "idempotency-key": fresh() };
  expectProblem(await owner.post(`/v1/accounts/${id}/roles`, { code: "Bad Code", title: "X", permissions: [] }, { headers }), "fields-invalid");
  expectStatus(await owner.post(`/v1/accounts/${id}/roles`, { code: "good", title: "X", permissions: [] }, { headers }), 201);
});

test("a retry after the effect was undone does not do it again", async () => {
  const { owner, id } = await team();
  const guest = await world.signUp(`undone${fresh()}@example.com`);
  const { link } = await owner.invite(id, guest.email, "dev");
  const headers = { "idempotency-key": fresh() };
  expectStatus(await guest.accept(link, { headers }), 200);
  expectStatus(await owner.remove(id, guest.id), 204);
  await guest.accept(link, { headers });
  expectProblem(await guest.get(`/v1/accounts/${id}`), "account-not-found");
});

test("a failed sign-in that is sent again under its key is answered the same and counted once", async () => {
  const { owner } = await team();
  const failures = async () =>
    (await world.rows<{ n: number }>("SELECT coalesce(max(failures), 0) AS n FROM attempt WHERE scope = ?", `email:${owner.email}`))[0].n;
  const headers = { "idempotency-key": fresh() };
  const wrong = { email: owner.email, password: "not this one at all" };
  for (let round = 0; round < 3; round += 1) {
    expectProblem(await world.visitor().post("/v1/sessions", wrong, { headers }), "credentials-invalid");
    assert.equal(await failures(), 1);
  }
  expectProblem(await world.visitor().post("/v1/sessions", wrong), "credentials-invalid");
  assert.equal(await failures(), 2);
});

test("a key is the same with and without quotes", async () => {
  const { owner, id } = await team();
  const key = fresh();
  const role = { code: "quoted", title: "Quoted", permissions: [] };
  const first = expectStatus(await owner.post(`/v1/accounts/${id}/roles`, role, { headers: { "idempotency-key": `"${key}"` } }), 201);
  assert.deepEqual(expectStatus(await owner.post(`/v1/accounts/${id}/roles`, role, { headers: { "idempotency-key": key } }), 201).body, first.body);
});

test("a key is a short visible text", async () => {
  const { owner } = await team();
  for (const key of [" ", "x".repeat(300), "two words", "tab\there"])
    expectProblem(await owner.patch("/v1/me", { name: "X" }, { headers: { "idempotency-key": key } }), "request-malformed");
  expectStatus(await owner.patch("/v1/me", { name: "X" }, { headers: { "idempotency-key": "6d6b3a52-6f2c-4a3e-8f5c-2f6f2f1a9b11" } }), 200);
});

test("a person with a thousand memberships keeps a few bytes for each answer, and the replay says how they are now", async () => {
  const { owner } = await team();
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)";
  const account = "printf('acct_%032x', 1048576 + i)";
  await world.database.batch([
    world.database
      .prepare(
        `${numbers} INSERT INTO account (id, kind, name, owner, version, created_at) SELECT ${account}, 'team', 'A name of some length', ?1, 1, i FROM n`,
      )
      .bind(owner.id),
    world.database.prepare(`${numbers} INSERT INTO member (account, user, role, joined_at) SELECT ${account}, ?1, 'admin', i FROM n`).bind(owner.id),
  ]);
  const headers = { "idempotency-key": fresh() };
  const first = expectStatus(await owner.patch("/v1/me", {}, { headers }), 200);
  assert.ok(first.text.length > 1000);
  const [{ bytes }] = (await world.rows(
    "SELECT max(length(principal) + length(key) + length(fingerprint) + length(kind) + length(body)) AS bytes FROM idempotency WHERE principal = ?",
    owner.id,
  )) as { bytes: number }[];
  assert.ok(bytes <= 256, `${bytes} bytes`);
  expectStatus(await owner.patch("/v1/me", { name: "Renamed" }), 200);
  const again = expectStatus(await owner.patch("/v1/me", {}, { headers }), 200).body;
  assert.equal(again.user.name, "Renamed");
  assert.equal(again.memberships.length, first.body.memberships.length);
});

test("a replay of a role and of a key says how they are now", async () => {
  const { owner, id } = await team();
  const [role, key] = [{ "idempotency-key": fresh() }, { "idempotency-key": fresh() }];
  const make = () => owner.post(`/v1/accounts/${id}/roles`, { code: "ops", title: "Ops", permissions: ["team.access"] }, { headers: role });
  expectStatus(await make(), 201);
  expectStatus(await owner.patch(`/v1/accounts/${id}/roles/ops`, { title: "Operations" }), 200);
  assert.equal(expectStatus(await make(), 201).body.title, "Operations");
  expectStatus(await owner.delete(`/v1/accounts/${id}/roles/ops`), 204);
  expectProblem(await make(), "role-not-found");
  const resources = Array.from({ length: 100 }, (_, index) => `pod:${"x".repeat(190)}${index}`);
  const create = () => owner.post(`/v1/accounts/${id}/api-keys`, { name: "ci", permissions: ["pods.connect"], resources }, { headers: key });
  const made = expectStatus(await create(), 201).body;
  assert.deepEqual(expectStatus(await create(), 201).body, { ...made, secret: null });
  const [{ bytes }] = (await world.rows("SELECT max(length(body)) AS bytes FROM idempotency WHERE principal = ?", owner.id)) as { bytes: number }[];
  assert.equal(bytes, 0);
});

test("signing out again and again without a session keeps nothing", async () => {
  const before = await world.count("idempotency");
  for (let n = 0; n < 3; n += 1) expectStatus(await world.visitor().delete("/v1/sessions/current", { headers: { "idempotency-key": fresh() } }), 204);
  assert.equal(await world.count("idempotency"), before);
});

test("what is kept for replays holds no password and no secret of a link", async () => {
  const { owner, id } = await team();
  const email = `kept${fresh()}@example.com`;
  await owner.ask("POST", `/v1/accounts/${id}/invitations`, { json: { email, role: "dev" }, headers: { "idempotency-key": fresh() } });
  const mailed = await world.mailedLink(email, "/join");
  const invitation = { token: tokenOf(mailed), proof: proofOf(mailed) };
  expectStatus(
    await world.visitor().post("/v1/signup", { email, password: "kept but never stored 99", invitation }, { headers: { "idempotency-key": fresh() } }),
    201,
  );
  const kept = JSON.stringify(await world.rows("SELECT * FROM idempotency"));
  for (const secret of ["kept but never stored", invitation.token, invitation.proof ?? "?"]) assert.ok(!kept.includes(secret));
});
