// What passes the gateway beside the path: headers in both directions, caching, redirects, other origins

import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../support/authzen.ts";
import { askWith, expectForwarded, createApiKey, openGateway, takeUpstreamRequests, tokenFor } from "../support/gateway.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { ORIGIN } from "../support/worker.ts";

const world = await openGateway({ vars: { UPSTREAM_HEADERS: "X-Correlation-Id, x-acme-*" } });
const owner = await world.signUp("owner@example.com");
const token = await tokenFor(owner, owner.home);
const { secret } = await createApiKey(owner, owner.home, ["pods.connect"]);
const ALLOWED = "https://console.example.com";

const HOSTILE: Record<string, string> = {
  "rolecall-identity": "eyJhbGciOiJub25lIn0.e30.",
  Rolecall_Identity: "forged",
  "rolecall-user": "root",
  "x-user-id": "root",
  X_USER_ID: "root",
  "x-username": "root",
  "x-team-id": "t",
  "x-account-id": "a",
  "x-forwarded-for": "10.0.0.1",
  "x-forwarded-user": "root",
  "x-forwarded-host": "evil.example",
  forwarded: "for=10.0.0.1",
  "x-real-ip": "10.0.0.1",
  "true-client-ip": "10.0.0.1",
  "cf-connecting-ip": "10.0.0.1",
  "cf-access-jwt-assertion": "x",
  "cf-access-authenticated-user-email": "root@example.com",
  "x-original-url": "/api/admin",
  "x-rewrite-url": "/api/admin",
  "x-http-method-override": "DELETE",
  "x-request-id": "mine",
  "proxy-authorization": "Basic YTpi",
  te: "trailers",
  connection: "x-dropped, keep-alive",
  "x-dropped": "1",
};

test("no credential, forged identity or hop-by-hop header reaches the upstream, whoever sends it", async () => {
  const ways = [
    await askWith(world, token, "GET", "/api/pods", { headers: { ...HOSTILE, cookie: "a=b" } }),
    await askWith(world, secret, "GET", "/api/pods", { headers: HOSTILE }),
    await owner.get("/api/pods", { headers: HOSTILE }),
  ];
  const allowed = /^(accept|accept-encoding|content-length|host|rolecall-identity|x-request-id|mf-.*)$/;
  for (const answer of ways) {
    const { headers } = expectForwarded(answer, { account: owner.home });
    for (const name of Object.keys(headers)) assert.match(name, allowed, `${name}: ${headers[name]}`);
    for (const bad of [token, secret, "root", "10.0.0.1", "evil", "forged", "mine"]) {
      assert.ok(!Object.values(headers).some((value) => value.includes(bad)), bad);
    }
    assert.ok(!JSON.stringify(headers).includes(owner.cookie!), "the session stays here");
  }
});

test("what belongs to the request itself passes, and what the deployment names", async () => {
  const kept = {
    "content-type": "application/xml",
    "idempotency-key": "k-1",
    "if-none-match": '"7"',
    range: "bytes=0-9",
    "accept-language": "de",
    traceparent: "00-1-2-01",
    "x-correlation-id": "c-1",
    "x-acme-region": "eu",
  };
  const { headers } = expectForwarded(
    await askWith(world, token, "POST", "/api/pods", { headers: { ...kept, "x-custom": "no", "x-acme": "no", x_acme_region: "no" }, body: "<x/>" }),
    {},
  );
  for (const [name, value] of Object.entries(kept)) assert.equal(headers[name], value);
  assert.ok(!Object.values(headers).includes("no"), JSON.stringify(headers));
});

test("no header by which a gateway or server says who somebody is reaches the upstream", async () => {
  const { stopped } = read("tests/vectors/upstream-headers.json");
  // Node's client and the runtime keep these to themselves, or act on them.
  const own = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "rolecall-account",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ];
  const names: string[] = stopped.filter((name: string) => !own.includes(name));
  for (let at = 0; at < names.length; at += 60) {
    const sent = Object.fromEntries(
      names.slice(at, at + 60).flatMap((name) => [
        [name, "forged"],
        [name.replaceAll("-", "_"), "forged"],
      ]),
    );
    const { headers } = expectForwarded(await askWith(world, token, "GET", "/api/pods", { headers: sent }), { account: owner.home });
    assert.deepEqual(
      Object.entries(headers).filter(([, value]) => value.includes("forged")),
      [],
    );
  }
});

test("what the upstream sends cannot speak for the origin, set the session or be stored", async () => {
  const answer = expectStatus(await owner.get("/api/pods?do=hostile"), 200);
  assert.deepEqual(answer.cookies, []);
  assert.equal(answer.headers["cache-control"], "no-store, private");
  assert.match(answer.headers["content-security-policy"] as string, /^sandbox; default-src 'none'/);
  assert.equal(answer.headers["x-content-type-options"], "nosniff");
  assert.equal(answer.headers["x-kept"], "yes");
  assert.equal(answer.headers["rolecall-d1-round-trips"], "1", "ours, not the upstream's");
  for (const name of ["access-control-allow-origin", "access-control-allow-credentials", "clear-site-data", "service-worker-allowed", "cdn-cache-control"]) {
    assert.equal(answer.headers[name], undefined, name);
  }
  assert.match(answer.headers["request-id"] as string, /^[0-9a-f-]{36}$/);
});

test("a page of an allowed origin may read the answer, another may not", async () => {
  const allowed = await askWith(world, token, "GET", "/api/pods", { headers: { origin: ALLOWED } });
  expectForwarded(allowed, {});
  assert.equal(allowed.headers["access-control-allow-origin"], ALLOWED);
  assert.equal(allowed.headers["access-control-allow-credentials"], "true");
  for (const origin of ["https://evil.example", "null", ORIGIN]) {
    assert.equal((await askWith(world, token, "GET", "/api/pods", { headers: { origin } })).headers["access-control-allow-origin"], undefined, origin);
  }
  assert.match(allowed.headers.vary as string, /Origin/);
});

test("a preflight is answered here, and never by the upstream", async () => {
  await takeUpstreamRequests(world);
  const ask = { "access-control-request-method": "DELETE", "access-control-request-headers": "authorization,x-custom" };
  const granted = expectStatus(await world.visitor().ask("OPTIONS", "/api/pods/1", { headers: { ...ask, origin: ALLOWED } }), 204);
  assert.equal(granted.headers["access-control-allow-origin"], ALLOWED);
  assert.equal(granted.headers["access-control-allow-methods"], "GET, DELETE, OPTIONS");
  assert.equal(granted.headers["access-control-allow-headers"], "authorization,x-custom");
  const refused = expectStatus(await world.visitor().ask("OPTIONS", "/api/pods/1", { headers: { ...ask, origin: "https://evil.example" } }), 204);
  assert.equal(refused.headers["access-control-allow-origin"], undefined);
  assert.equal(refused.headers["access-control-allow-methods"], undefined);
  expectProblem(await world.visitor().ask("OPTIONS", "/api/unknown", { headers: { ...ask, origin: ALLOWED } }), "not-found");
  assert.deepEqual(await takeUpstreamRequests(world), []);
});

test("a redirect of the upstream is the client's to follow", async () => {
  const answer = expectStatus(await askWith(world, token, "GET", "/api/pods?do=redirect"), 302);
  assert.equal(answer.headers.location, "/api/pods/elsewhere");
  assert.equal((await takeUpstreamRequests(world)).length, 1);
});

test("the upstream's own failures pass as they are", async () => {
  for (const code of [204, 205, 304, 400, 401, 403, 404, 418, 429, 500, 503]) {
    const answer = expectStatus(await askWith(world, token, "GET", `/api/pods?do=status&code=${code}`), code);
    assert.notEqual(answer.headers["content-type"], "application/problem+json");
  }
});

test("an encoded answer arrives as it was encoded, or plain", async () => {
  const answer = expectStatus(await askWith(world, token, "GET", "/api/pods?do=gzip", { headers: { "accept-encoding": "identity" } }), 200);
  assert.ok(answer.headers["content-encoding"] === "gzip" || answer.text.startsWith("compress me"), answer.text.slice(0, 40));
});
