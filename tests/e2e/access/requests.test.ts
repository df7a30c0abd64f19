// AuthZEN requests as they come: bodies, methods, types, credentials, names of requests, metadata; what they cost

import assert from "node:assert/strict";
import { test } from "node:test";
import { entity, pepOf } from "../support/authzen.ts";
import { COOKIE } from "../support/people.ts";
import { expectProblem, expectProblemDocument, expectStatus } from "../support/problems.ts";
import { ORIGIN } from "../support/worker.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const ann = await world.signUp("ann@example.com");
const pep = await pepOf(world, ann, ann.home);
const PATHS = ["evaluation", "evaluations", "search/subject", "search/resource", "search/action"].map((name) => `/access/v1/${name}`);
const question = { subject: entity("user:ann@example.com"), action: { name: "read" }, resource: entity(`team:${ann.home}`) };
const text = JSON.stringify(question);

test("what is no JSON object is 400 on every path", async () => {
  for (const path of PATHS) {
    for (const body of [
      "",
      " ",
      "{",
      "nonsense",
      "[]",
      "[{}]",
      "null",
      "7",
      '"x"',
      "true",
      `${text} x`,
      '{"subject":{},"subject":{}}',
      "\ufeff{}",
      '{"a":"\\ud800"}',
      "[".repeat(30_000),
      `{"context":${'{"a":'.repeat(40)}1${"}".repeat(40)}}`,
    ]) {
      const answer = await pep.raw(path, body);
      assert.equal(answer.status, 400, `${path} ${body.slice(0, 40)}: ${answer.text}`);
      expectProblemDocument(answer);
    }
    assert.equal((await pep.raw(path, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).status, 400);
    assert.equal((await pep.raw(path, undefined)).status, 400, "no body at all");
  }
});

test("what is missing or mistyped is 400 with its place", async () => {
  const cases: [string, object, string][] = [
    ["/access/v1/evaluation", { ...question, subject: undefined }, "/subject"],
    ["/access/v1/evaluation", { ...question, subject: "ann" }, "/subject"],
    ["/access/v1/evaluation", { ...question, subject: { type: "user" } }, "/subject/id"],
    ["/access/v1/evaluation", { ...question, subject: { id: "x" } }, "/subject/type"],
    ["/access/v1/evaluation", { ...question, action: {} }, "/action/name"],
    ["/access/v1/evaluation", { ...question, action: { name: 123 } }, "/action/name"],
    ["/access/v1/evaluation", { ...question, resource: { type: "r" } }, "/resource/id"],
    ["/access/v1/evaluation", { ...question, resource: { type: "r", id: "1", properties: [] } }, "/resource/properties"],
    ["/access/v1/evaluation", { ...question, context: "now" }, "/context"],
    ["/access/v1/evaluations", { action: question.action, resource: question.resource }, "/subject"],
    ["/access/v1/evaluations", { ...question, evaluations: {} }, "/evaluations"],
    ["/access/v1/evaluations", { subject: 7, evaluations: [question] }, "/subject"],
    ["/access/v1/evaluations", { evaluations: [question], options: { evaluations_semantic: "first" } }, "/options/evaluations_semantic"],
    ["/access/v1/evaluations", { evaluations: Array.from({ length: 101 }, () => ({})) }, "/evaluations"],
    ["/access/v1/search/subject", { ...question, action: undefined }, "/action"],
    ["/access/v1/search/resource", { ...question, subject: { type: "user" } }, "/subject/id"],
    ["/access/v1/search/action", { ...question, resource: { type: "r" } }, "/resource/id"],
    ["/access/v1/search/action", { ...question, page: { limit: -1 } }, "/page/limit"],
  ];
  for (const [path, body, pointer] of cases) {
    const problem = expectProblem(await pep.question(path, body), "access-request-malformed");
    assert.equal(problem.errors[0].pointer, pointer, JSON.stringify(body));
  }
});

test("a list of 257 items is 400 with its place wherever rules could look at it, and an item's own is that item's no", async () => {
  const items = (length: number) => Array.from({ length }, (_, index) => index);
  const places = ["/subject/properties", "/action/properties", "/resource/properties", "/context"];
  const asked = (place: string, length: number) => {
    const body: any = structuredClone(question);
    const value = { a: { "b/c": [items(length)] } };
    if (place === "/context") body.context = value;
    else body[place.split("/")[1]].properties = value;
    return body;
  };
  for (const path of PATHS) {
    for (const place of places.filter((place) => path !== PATHS[4] || place !== "/action/properties")) {
      expectStatus(await pep.question(path, asked(place, 256)), 200);
      const problem = expectProblem(await pep.question(path, asked(place, 257)), "access-request-malformed");
      assert.deepEqual([problem.errors[0].pointer, problem.errors[0].code], [`${place}/a/b~1c/0`, "too-long"], path);
    }
  }
  const batch = expectStatus(await pep.question(PATHS[1], { evaluations: [asked("/context", 257), question] }), 200).body;
  assert.deepEqual(batch, { evaluations: [{ decision: false }, { decision: true }] });
});

test("unknown fields are ignored wherever they stand", async () => {
  const more = { foo: "bar", futureField: { nested: [true] } };
  const body = {
    ...more,
    ...question,
    subject: { ...question.subject, ...more },
    action: { ...question.action, ...more },
    resource: { ...question.resource, ...more },
    page: { limit: 9, ...more },
    options: { ...more },
  };
  for (const path of PATHS) expectStatus(await pep.question(path, body), 200);
  assert.deepEqual((await pep.question(PATHS[0], body)).body, { decision: true });
});

test("an incomplete item is a no of its own, and an empty list is one question", async () => {
  const items = [{}, { resource: entity(`team:${ann.home}`) }, { resource: "x" }, 7, null, { resource: { id: "x" } }];
  const batch = { subject: question.subject, action: question.action, evaluations: items };
  assert.deepEqual(expectStatus(await pep.question(PATHS[1], batch), 200).body, { evaluations: items.map((_, index) => ({ decision: index === 1 })) });
  for (const evaluations of [[], undefined])
    assert.deepEqual(expectStatus(await pep.question(PATHS[1], { ...question, evaluations }), 200).body, { decision: true });
});

test("a hundred questions about a hundred people are one trip, and so is every search", async () => {
  const evaluations = Array.from({ length: 100 }, (_, index) => ({
    ...question,
    subject: entity(index % 2 ? `user:nobody${index}@example.com` : `api_key:key_${String(index).padStart(32, "0")}`),
  }));
  const answers = [await pep.question(PATHS[1], { evaluations }), await pep.question(PATHS[0], question), await ann.post(PATHS[0], question)];
  for (const answer of answers) assert.equal(expectStatus(answer, 200).headers["rolecall-d1-round-trips"], "1");
  for (const path of PATHS.slice(2)) assert.equal(expectStatus(await pep.question(path, question), 200).headers["rolecall-d1-round-trips"], "1");
});

test("64 KiB are taken, one byte more is 413", async () => {
  const filled = (size: number) =>
    JSON.stringify({ ...question, context: { x: "x".repeat(size - JSON.stringify({ ...question, context: { x: "" } }).length) } });
  expectStatus(await pep.raw(PATHS[0], filled(65_536)), 200);
  expectProblem(await pep.raw(PATHS[0], filled(65_537)), "body-too-large");
});

test("a body must say that it is JSON in UTF-8, however it spells it", async () => {
  for (const type of ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"])
    expectStatus(await pep.raw(PATHS[0], text, { type }), 200);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "multipart/form-data"]) {
    const answer = await pep.raw(PATHS[0], text, { type });
    assert.equal(answer.status, 415, type);
  }
});

test("other methods are 405, other paths 404", async () => {
  for (const path of PATHS) {
    for (const method of ["GET", "PUT", "PATCH", "DELETE", "HEAD"])
      assert.equal((await pep.raw(path, method === "GET" || method === "HEAD" ? undefined : text, { method })).status, 405, `${method} ${path}`);
  }
  for (const path of [
    "/access",
    "/access/v1",
    "/access/v1/",
    "/access/v1/evaluation/",
    "/access/v2/evaluation",
    "/access/v1/search",
    "/access/v1/search/nothing",
    "/ACCESS/v1/evaluation",
    "/access/v1//evaluation",
  ]) {
    assert.equal((await pep.raw(path, text, { method: "POST" })).status, 404, path);
  }
});

test("without valid credentials it is 401 with the Bearer scheme, whatever the body", async () => {
  const bad: Record<string, string>[] = [
    {},
    { authorization: "" },
    { authorization: "Bearer" },
    { authorization: `Bearer ${pep.secret}x` },
    { authorization: `Bearer ${pep.secret.replace(/.$/, (c) => (c === "a" ? "b" : "a"))}` },
    { authorization: pep.secret },
    { authorization: "Basic YTpi" },
    { authorization: "Bearer a.b.c" },
    { cookie: `${COOKIE}=${"A".repeat(43)}` },
    { "x-api-key": pep.secret },
  ];
  for (const path of [...PATHS, `/access/v1/${ann.home}/evaluation`]) {
    for (const headers of bad) {
      for (const body of [text, "{}"]) {
        const answer = await world.visitor().ask("POST", path, { body, headers: { "content-type": "application/json", ...headers } });
        assert.equal(answer.status, 401, `${path} ${JSON.stringify(headers)}: ${answer.text}`);
        assert.match(String(answer.headers["www-authenticate"]), /^Bearer/, JSON.stringify(headers));
      }
    }
  }
  const wrong = await world.visitor().ask("POST", PATHS[0], {
    body: text,
    headers: { "content-type": "application/json", authorization: "Bearer rc_nonsense", cookie: `${COOKIE}=${ann.cookie}` },
  });
  assert.equal(wrong.status, 401, "a header that is there decides");
});

test("a key opens AuthZEN and nothing under /v1", async () => {
  expectProblem(await pep.raw(`/v1/accounts/${ann.home}/checks`, JSON.stringify({ permissions: ["team.access"] })), "session-missing");
  expectProblem(await pep.raw(`/v1/accounts/${ann.home}/attribute-policy`, "{}", { method: "PUT" }), "session-missing");
});

test("the caller's name of a request comes back, on successes and failures", async () => {
  for (const id of ["bfe9eb29-ab87-4ca3-be83-a1d5d8305716", 'a b/c;d="e"', "x".repeat(300)]) {
    const headers = { "x-request-id": id };
    for (const answer of [
      await pep.raw(PATHS[0], text, { headers }),
      await pep.raw(PATHS[2], "{}", { headers }),
      await pep.raw(PATHS[0], text, { headers, secret: "rc_no" }),
      await pep.raw("/access/v1/nothing", text, { headers, method: "POST" }),
      await pep.raw(PATHS[0], text, { headers, method: "PUT" }),
    ]) {
      assert.equal(answer.headers["x-request-id"], id, `${answer.asked.path} ${answer.status}`);
    }
  }
  assert.equal((await pep.raw(PATHS[0], text)).headers["x-request-id"], undefined);
  assert.equal((await ann.get("/v1/me", { headers: { "x-request-id": "x" } })).headers["x-request-id"], undefined);
});

test("answers are not kept, and hold nothing of the inside", async () => {
  for (const path of PATHS) {
    const answer = expectStatus(await pep.question(path, question), 200);
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
  }
});

test("hostile names are just names", async () => {
  for (const name of [
    "' OR 1=1 --",
    "__proto__",
    "constructor",
    "\0",
    "💥".repeat(200),
    "../../etc",
    "*",
    "%",
    "user",
    "a@b.c' UNION SELECT",
    "usr_" + "0".repeat(32),
    "x".repeat(4_000),
  ]) {
    const body = {
      subject: { type: name, id: name, properties: JSON.parse(`{"__proto__":{"role":"admin"},${JSON.stringify(name)}:1}`) },
      action: { name, properties: { [name]: name } },
      resource: { type: name, id: name },
      context: { [name]: [name] },
    };
    assert.deepEqual(expectStatus(await pep.question(PATHS[0], body), 200).body, { decision: false });
    assert.deepEqual(expectStatus(await pep.question(PATHS[0], { ...body, subject: { type: "user", id: name } }), 200).body, { decision: false });
    for (const path of PATHS.slice(2))
      assert.deepEqual(expectStatus(await pep.question(path, body), 200).body, { results: [] }, `${path} ${name.slice(0, 20)}`);
  }
});

test("the metadata names the endpoints, of the service and of an account", async () => {
  const plain = await world.visitor().get("/.well-known/authzen-configuration");
  assert.deepEqual(expectStatus(plain, 200).body, {
    policy_decision_point: ORIGIN,
    access_evaluation_endpoint: `${ORIGIN}/access/v1/evaluation`,
    access_evaluations_endpoint: `${ORIGIN}/access/v1/evaluations`,
    search_subject_endpoint: `${ORIGIN}/access/v1/search/subject`,
    search_resource_endpoint: `${ORIGIN}/access/v1/search/resource`,
    search_action_endpoint: `${ORIGIN}/access/v1/search/action`,
  });
  assert.match(String(plain.headers["content-type"]), /^application\/json/);
  assert.match(String(plain.headers["cache-control"]), /max-age/);
  const of = expectStatus(await world.visitor().get(`/.well-known/authzen-configuration/${ann.home}`), 200).body;
  assert.equal(of.policy_decision_point, `${ORIGIN}/${ann.home}`);
  for (const [name, url] of Object.entries<string>(of).filter(([name]) => name.endsWith("_endpoint"))) {
    const answer = await pep.question(new URL(url).pathname, question);
    assert.equal(answer.status, 200, name);
  }
  const nobody = `acct_${"1".repeat(32)}`;
  assert.equal(
    expectStatus(await world.visitor().get(`/.well-known/authzen-configuration/${nobody}`), 200).body.policy_decision_point,
    `${ORIGIN}/${nobody}`,
    "which accounts exist is not told",
  );
  expectProblem(await world.visitor().get("/.well-known/authzen-configuration/nonsense"), "not-found");
});
