// Headers of answers, and headers of requests that must not count

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { ORIGIN } from "../support/worker.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");

test("every answer forbids sniffing, framing and referrers, and asks for HTTPS for at least a year", async () => {
  const visitor = world.visitor();
  const answers = [
    await ann.get("/v1/me"),
    await visitor.get("/v1/me"),
    await visitor.get("/v1/policy"),
    await visitor.get("/nothing", { unchecked: true }),
    await visitor.get("/docs", { unchecked: true }),
    await visitor.get("/healthz"),
    await ann.ask("PATCH", "/v1/me", { body: "{", headers: { "content-type": "application/json" } }),
  ];
  for (const { headers, asked } of answers) {
    const shown = `${asked.method} ${asked.path}: ${JSON.stringify(headers)}`;
    assert.equal(headers["x-content-type-options"], "nosniff", shown);
    assert.equal(headers["referrer-policy"], "no-referrer", shown);
    assert.ok(Number(/max-age=(\d+)/.exec(headers["strict-transport-security"] ?? "")?.[1]) >= 31_536_000, shown);
    assert.match(String(headers["content-security-policy"]), /frame-ancestors 'none'/, shown);
    assert.equal(headers.server, undefined, shown);
    assert.equal(headers["x-powered-by"], undefined, shown);
  }
});

test("every answer under /v1 but the policy says no-store, successes and failures alike", async () => {
  const answers = [
    await ann.get("/v1/me"),
    await ann.get(`/v1/accounts/${team}`),
    await ann.get(`/v1/accounts/${team}/audit-log`),
    await ann.post(`/v1/accounts/${team}/checks`, { permissions: ["team.access"] }),
    await world.visitor().get("/v1/me"),
    await world.visitor().signIn(ann.email, ann.password),
    await world.visitor().get("/v1/nothing", { unchecked: true }),
    await ann.delete(`/v1/accounts/${team}/members/nobody`),
  ];
  for (const { headers, asked } of answers) assert.equal(headers["cache-control"], "no-store", asked.path);
});

test("pages have a policy against foreign scripts, objects and bases, and stand in a window of their own", async () => {
  for (const path of ["/docs", "/team", "/join", "/sign-in", "/dev/outbox", "/"]) {
    const answer = expectStatus(await world.visitor().get(path, { headers: { accept: "text/html" }, unchecked: true }), 200);
    assert.match(answer.headers["content-type"] ?? "", /^text\/html/, path);
    const policy = String(answer.headers["content-security-policy"]);
    for (const part of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) assert.ok(policy.includes(part), `${path}: ${policy}`);
    assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'|https?:|\*/, path);
    assert.equal(answer.headers["cross-origin-opener-policy"], "same-origin", path);
    assert.doesNotMatch(answer.text, /<script(?![^>]*\bsrc=)[^>]*>[^<]/, `${path} has an inline script, which its policy forbids`);
  }
});

test("links lead to the configured origin, whatever the request says of hosts", async () => {
  const hostile: Record<string, string>[] = [
    { host: "evil.example" },
    { host: "evil.example:443", "x-forwarded-host": "evil.example" },
    { "x-forwarded-host": "evil.example", "x-forwarded-proto": "http" },
    { forwarded: "host=evil.example" },
    { "x-original-host": "evil.example" },
    { "x-host": "evil.example" },
  ];
  for (const [index, headers] of hostile.entries()) {
    const email = `host${index}@example.com`;
    expectStatus(await world.visitor().ask("POST", "/v1/signup", { json: { email, password: "a decent long sentence" }, headers }), 202);
    expectStatus(await world.visitor().ask("POST", "/v1/password-resets", { json: { email: ann.email }, headers }), 202);
    const invitation = expectStatus(
      await ann.ask("POST", `/v1/accounts/${team}/invitations`, { json: { email: `invited-${email}`, role: "dev" }, headers }),
      201,
    ).body;
    const links = [
      invitation.link,
      ...(await world.mails(email)).flatMap((mail) => mail.links),
      ...(await world.mails(ann.email)).flatMap((mail) => mail.links),
      ...(await world.mails(`invited-${email}`)).flatMap((mail) => mail.links),
    ];
    for (const link of links) assert.equal(new URL(link).origin, ORIGIN, `${JSON.stringify(headers)} made ${link}`);
  }
});

test("other origins read nothing; allowed ones by name, never by a star", async () => {
  for (const origin of ["https://evil.example", "null", "https://console.example.com.evil.example", "http://console.example.com"]) {
    const answer = await ann.get("/v1/me", { headers: { origin } });
    assert.equal(answer.headers["access-control-allow-origin"], undefined, origin);
    assert.equal(answer.headers["access-control-allow-credentials"], undefined, origin);
  }
  const allowed = await ann.get("/v1/me", { headers: { origin: "https://console.example.com" } });
  assert.equal(allowed.headers["access-control-allow-origin"], "https://console.example.com");
  assert.match(String(allowed.headers.vary), /origin/i);
});

test("a preflight tells an allowed origin what it may, and others nothing", async () => {
  const ask = (origin: string) =>
    world.visitor().ask("OPTIONS", "/v1/me", {
      headers: { origin, "access-control-request-method": "PATCH", "access-control-request-headers": "content-type" },
      unchecked: true,
    });
  const allowed = await ask("https://console.example.com");
  assert.equal(allowed.headers["access-control-allow-origin"], "https://console.example.com");
  assert.match(String(allowed.headers["access-control-allow-methods"]), /PATCH/);
  const foreign = await ask("https://evil.example");
  for (const name of Object.keys(foreign.headers)) assert.doesNotMatch(name, /^access-control-allow/);
});

test("each answer names its request, each request another", async () => {
  const answers = [await ann.get("/v1/me"), await ann.get("/v1/me"), await world.visitor().get("/v1/me")];
  const ids = answers.map((answer) => answer.headers["request-id"]);
  assert.equal(new Set(ids).size, 3);
  const problem = expectProblem(answers[2], "session-missing");
  assert.equal(problem.instance, `urn:uuid:${ids[2]}`);
  const spoofed = await ann.get("/v1/me", { headers: { "request-id": "mine", "x-request-id": "mine" } });
  assert.notEqual(spoofed.headers["request-id"], "mine");
});

test("identity headers of a gateway mean nothing here", async () => {
  const claims: Record<string, string>[] = [
    { "x-user-id": ann.id },
    { "x-team-id": team },
    { "rolecall-user": ann.id },
    { "rolecall-account": team },
    { "x-forwarded-user": ann.email },
  ];
  for (const headers of claims) expectProblem(await world.visitor().get("/v1/me", { headers }), "session-missing");
});
