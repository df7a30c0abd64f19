// Addresses where nothing is: a page for browsers, a problem document for everybody else, and under the API's paths,
// however they are written, a problem document for all

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectProblemDocument } from "../support/problems.ts";
import { formatRequest, sendRaw } from "../support/socket.ts";
import { openWorld } from "../support/world.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const world = await openWorld({ direct: true });
const direct = await world.running.direct();

async function get(target: string, accept: string, method = "GET") {
  const answer = await sendRaw(direct, formatRequest(method, target, { accept }));
  return { ...answer, kind: (answer.headers["content-type"] ?? "").split(";")[0] };
}

const PAGES = ["/", "/team", "/JOIN", "/join", "/sign-in?next=%2Fteam"];
const NOTHING = [
  "/no-such-page",
  "/join/",
  "/team)",
  "/join%23token=k1.abc",
  "//evil.example/",
  "//join",
  "/no/such/",
  "/%E0%A4%A",
  "/%",
  "/docs/",
  "/problems/nothing)",
  "/assets/gone-1a2b3c4d.js",
  "/join%20",
  `/join%23token=${"a".repeat(2000)}`,
];
const DATA = [
  "/v1",
  "/v1/",
  "/v1/nothing",
  "/V1/me",
  "//v1/me",
  "/v1/me/",
  "/v1/me)",
  "/%76%31/me",
  "/v1%2Fme",
  "/x/../v1/me",
  "/x/..%2fv1/me",
  "/%2576%2531",
  "/access",
  "/access/v1/",
  "/Access/",
  "/.well-known/",
  "/.well-known/nothing",
  "/%2ewell-known/jwks.json",
  "/api",
  "/api/",
  "/api/nothing",
  "/%61pi/pods",
  "//api/pods",
  "/./api/pods",
];

test("a page is a page for everybody", async () => {
  for (const target of PAGES) {
    for (const accept of [BROWSER, "*/*"]) {
      const { status, kind } = await get(target, accept);
      assert.deepEqual({ status, kind }, { status: 200, kind: "text/html" }, `${target} for ${accept}`);
    }
  }
});

test("where nothing is, a browser gets a page with the status of an address that is not there, and others a problem", async () => {
  for (const target of NOTHING) {
    const page = await get(target, BROWSER);
    assert.deepEqual(
      { status: page.status, kind: page.kind, location: page.headers["location"] },
      { status: 404, kind: "text/html", location: undefined },
      target,
    );
    assert.match(page.headers["content-security-policy"] ?? "", /frame-ancestors 'none'/, target);
    assert.equal(page.headers["cache-control"], "no-store", target);
    for (const accept of ["*/*", "application/json"]) problem(await get(target, accept), `${target} for ${accept}`);
    problem(await get(target, BROWSER, "POST"), `POST ${target}`);
  }
  const head = await get("/no-such-page", BROWSER, "HEAD");
  assert.deepEqual([head.status, head.body], [404, ""]);
});

test("under the API's paths there is never a page, however the path is written", async () => {
  for (const target of DATA) problem(await get(target, BROWSER), target);
});

function problem({ status, headers, body }: Awaited<ReturnType<typeof get>>, label: string): void {
  assert.match(headers["content-type"] ?? "", /^application\/problem\+json\b/, `${label}: ${status}`);
  assert.ok([400, 401, 404, 405].includes(status), `${label}: ${status}`);
  expectProblemDocument({ status, headers, body: JSON.parse(body), text: body, asked: { method: "GET", path: label } } as never);
}
