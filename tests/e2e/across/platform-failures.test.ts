// When the platform answers what is no answer: a problem document with our headers and a line in the log, never a bare 500

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../support/http.ts";
import { COOKIE } from "../support/people.ts";
import { expectProblemDocument } from "../support/problems.ts";
import { eventually, openWorld } from "../support/world.ts";

/** What D1 answers to the account whose id ends with this place in the list. */
const ANSWERS = [
  "undefined",
  "null",
  "7",
  "'OK'",
  "[]",
  "{}",
  "{ results: null }",
  "{ results: 'rows' }",
  "{ results: {} }",
  "{ results: [null] }",
  "{ results: [7] }",
  "{ results: ['row'] }",
  "{ results: [[1, 2]] }",
  "{ results: [{ session_id: {} }] }",
  "{ results: [{ session_id: 1.5 }] }",
  "{ results: [{ session_id: 'ses_x', roles: '[]' }] }",
  "{ results: [{}] }",
  "{ results: [], success: false, error: 'gone' }",
  "{ results: [], success: 'no' }",
  "{ get results() { throw new Error('a getter') } }",
  "{ results: [{ n: 1n }] }",
  "Promise.resolve()",
  "Promise.reject()",
  "Promise.reject('a text')",
  "Promise.reject(null)",
  "Promise.reject(Object.assign(new Error(), { message: undefined }))",
  "(() => { throw undefined })()",
  "(() => { throw 'a text' })()",
];

/** Those that are rows, but not of a shape that was asked for: our own failure. A write reads two sets of rows, and misses the second. */
const ROWS = ["{ results: [{ session_id: 'ses_x', roles: '[]' }] }", "{ results: [{}] }"];

const PLATFORM = `
const answers = [${ANSWERS.map((answer) => `() => (${answer})`).join(", ")}];
const named = (values) => {
  const id = values.find((value) => /^acct_0{30}[0-9a-f]{2}$/.test(value));
  return id && answers[parseInt(id.slice(-2), 16)];
};
class Prepared {
  constructor(inner) { this.inner = inner; }
  bind(...values) { const bound = new Prepared(this.inner.bind(...values)); bound.answer = named(values); return bound; }
  all() { return this.answer ? this.answer() : this.inner.all(); }
}
class D1Database {
  constructor(inner) { this.inner = inner; }
  prepare(sql) { return new Prepared(this.inner.prepare(sql)); }
  batch(all) {
    const answer = all.map((one) => one.answer).find((one) => one);
    return answer ? answer() : this.inner.batch(all.map((one) => one.inner));
  }
}
class Ratelimit {
  constructor(inner) { this.inner = inner; }
  limit(options) {
    const odd = { "192.0.2.1": undefined, "192.0.2.2": null, "192.0.2.3": {}, "192.0.2.4": "yes", "192.0.2.5": { success: 1 } };
    return options.key in odd ? Promise.resolve(odd[options.key]) : this.inner.limit(options);
  }
}
class Fetcher {
  constructor(inner) { this.inner = inner; }
  fetch(request) {
    const odd = { "/odd-1": undefined, "/odd-2": null, "/odd-3": {}, "/odd-4": "a page" };
    const path = new URL(request.url ?? request).pathname;
    return path in odd ? Promise.resolve(odd[path]) : this.inner.fetch(request);
  }
}
export default (env) => ({ DB: new D1Database(env.DB), LIMIT_API: new Ratelimit(env.LIMIT_API), LIMIT_NETWORK: new Ratelimit(env.LIMIT_NETWORK), ASSETS: new Fetcher(env.ASSETS) });
`;

const world = await openWorld({ platform: PLATFORM, vars: { RATE_LIMITS: "on" } });
const visitor = () => world.visitor();

/** A failure in our own words, with our headers, and its cause in the log. */
async function expectTold(answer: Answer, what: string, code: "internal" | "store-unavailable"): Promise<void> {
  assert.equal(answer.body?.code, code, `${what}: ${answer.status} ${answer.text}`);
  expectProblemDocument(answer);
  const id = String(answer.headers["request-id"]);
  await eventually(async () =>
    assert.ok(
      world.running.log.some((line) => line.includes(id) && line.includes('"level":"error"')),
      `${what}: the log has no cause`,
    ),
  );
}

test("what D1 says is an answer or a told failure, on reading and on writing", async () => {
  const ann = await world.signUp("ann@example.com");
  for (const [index, said] of ANSWERS.entries()) {
    const account = `acct_${"0".repeat(30)}${index.toString(16).padStart(2, "0")}`;
    await expectTold(await ann.get(`/v1/accounts/${account}`), `reading ${said}`, ROWS.includes(said) ? "internal" : "store-unavailable");
    await expectTold(
      await ann.patch(`/v1/accounts/${account}`, { name: "X" }, { headers: { "idempotency-key": `k${index}` } }),
      `writing ${said}`,
      "store-unavailable",
    );
  }
  assert.equal((await ann.get("/v1/me")).status, 200, "and life goes on");
});

test("what a rate limiter says is a yes, a no or a told failure, never a pass", async () => {
  // Who shows nothing is counted by one limiter, who shows a session by another.
  const callers: Record<string, string>[] = [{}, { cookie: `${COOKIE}=${"A".repeat(43)}` }];
  for (const shown of callers) {
    const from = (network: string) => visitor().get("/v1/me", { headers: { "cf-connecting-ip": network, ...shown } });
    for (const network of ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"]) await expectTold(await from(network), network, "internal");
    assert.equal((await from("192.0.2.6")).status, 401);
  }
});

test("what the assets say is a page or a told failure", async () => {
  for (const path of ["/odd-1", "/odd-2", "/odd-3", "/odd-4"]) await expectTold(await visitor().ask("GET", path, { unchecked: true }), path, "internal");
  assert.equal((await visitor().ask("GET", "/team", { unchecked: true })).status, 200);
});
