// Bodies, ids, cursors and paths that no well-meaning client sends: each refused with its own code, nothing done

import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Answer } from "../support/http.ts";
import { expectInvariants } from "../support/invariants.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const url = `/v1/accounts/${team}/invitations`;
const json = { "content-type": "application/json" };

const send = (body: string | Uint8Array, headers: Record<string, string> = json): Promise<Answer> => owner.ask("PATCH", "/v1/me", { body, headers });

test("what is not JSON is 400", async () => {
  const texts = [
    "{",
    "{]",
    "nonsense",
    "{'name': 'x'}",
    '{"name": "x",}',
    '{"name": undefined}',
    '{"name": "x"} {}',
    '{"name": NaN}',
    '// c\n{"name":"x"}',
    '{"name": "a\nb"}',
    '{"name": "\\x41"}',
    '{"name": 01}',
    "\ufeff{}",
    '{"name": "\\ud800"}',
  ];
  for (const text of texts) expectProblem(await send(text), "body-malformed");
});

test("JSON that is no object is refused", async () => {
  for (const text of ["[]", "null", '"x"', "5", "true", '[{"name":"x"}]']) {
    expectInvalid(await send(text), { "": "type-wrong" });
  }
});

test("bytes that are no UTF-8 are 400", async () => {
  for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
    const body = Buffer.concat([Buffer.from('{"name":"x'), Buffer.from(bytes), Buffer.from('"}')]);
    expectProblem(await send(body), "body-malformed");
  }
  expectProblem(await send(Buffer.from('{"name":"x"}', "utf16le")), "body-malformed");
});

test("a name that stands twice is 400, at any depth and however it is escaped", async () => {
  for (const text of ['{"name":"a","name":"b"}', '{"name":"a","n\\u0061me":"b"}', '{"name":"a","name":"a"}']) expectProblem(await send(text), "body-malformed");
  const nested = '{"email":"x@example.com","password":"a decent long sentence","invitation":{"token":"a","token":"b","proof":"c"}}';
  expectProblem(await world.visitor().ask("POST", "/v1/signup", { body: nested, headers: json }), "body-malformed");
});

test("more than 32 levels are 400, however many more", async () => {
  const deep = (levels: number, open = "[", close = "]") => `{"name":${open.repeat(levels)}${close.repeat(levels)}}`;
  for (const levels of [33, 100, 10_000, 30_000]) expectProblem(await send(deep(levels)), "body-malformed");
  expectProblem(await send(`{"name":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`), "body-malformed");
  expectProblem(await send(`{"name":${"[".repeat(30_000)}`), "body-malformed");
  expectInvalid(await send(deep(20)), { "/name": "type-wrong" });
});

test("64 KiB are taken, one byte more is 413, also when the length is not told", async () => {
  const filled = (size: number) => `{"name":"x"${" ".repeat(size - 12)}}`;
  assert.equal(Buffer.byteLength(filled(65_536)), 65_536);
  expectStatus(await send(filled(65_536)), 200);
  expectProblem(await send(filled(65_537)), "body-too-large");
  const chunk = " ".repeat(8192);
  expectProblem(
    await owner.ask("PATCH", "/v1/me", { chunks: ['{"name":"y"', ...Array.from({ length: 9 }, () => chunk), "}"], headers: json }),
    "body-too-large",
  );
  expectStatus(await owner.ask("PATCH", "/v1/me", { chunks: ['{"na', 'me":"z', '"}'], headers: json }), 200);
  assert.equal((await owner.me()).user.name, "z");
});

test("a large body is refused before anybody asks who sends it", async () => {
  expectProblem(await world.visitor().ask("POST", "/v1/signup", { body: `{"email":"${"a".repeat(70_000)}"}`, headers: json }), "body-too-large");
});

test("a body that is not declared as JSON is 415", async () => {
  const kinds = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "text/json",
    "application/json-patch+json",
    "",
  ];
  for (const kind of kinds) expectProblem(await send('{"name":"x"}', kind ? { "content-type": kind } : {}), "media-type-unsupported");
  expectStatus(await send('{"name":"charset"}', { "content-type": "application/json; charset=utf-8" }), 200);
  expectStatus(await send('{"name":"case"}', { "content-type": "Application/JSON" }), 200);
});

test("a compressed body is 415 that says so, whatever the coding, and not compressed is fine", async () => {
  const text = '{"name":"coded"}';
  const bodies: Record<string, Uint8Array> = {
    gzip: gzipSync(text),
    br: brotliCompressSync(text),
    deflate: deflateSync(text),
    zstd: zstdCompressSync(text),
    "x-gzip": gzipSync(text),
    "identity, gzip": gzipSync(text),
    nonsense: Buffer.from(text),
  };
  for (const [coding, body] of Object.entries(bodies)) {
    const answer = await send(body, { ...json, "content-encoding": coding });
    assert.match(expectProblem(answer, "media-type-unsupported").detail, /Content-Encoding/, coding);
    assert.equal(answer.headers["accept-encoding"], "identity");
  }
  expectStatus(await send('{"name":"plain"}', { ...json, "content-encoding": "Identity" }), 200);
  assert.equal((await send(text, { "content-type": "text/plain" })).headers["accept-encoding"], undefined);
});

test("a missing body is a problem of its own, not a crash", async () => {
  for (const [method, path] of [
    ["POST", "/v1/signup"],
    ["POST", "/v1/sessions"],
    ["PATCH", "/v1/me"],
    ["POST", url],
  ] as const) {
    expectProblem(await owner.ask(method, path, { headers: json }), "body-malformed");
  }
});

test("names of JavaScript's own objects are just unknown fields", async () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"]) {
    expectInvalid(await send(`{"name":"x","${name}":{"admin":true}}`), { [`/${name}`]: "unknown" });
  }
});

test("unknown query parameters, and known ones twice, are refused", async () => {
  for (const query of ["?admin=true", "?limit=5&limit=6", "?Limit=5", "?cursor=&cursor="]) {
    expectProblem(await owner.get(`/v1/accounts/${team}/members${query}`, { unchecked: true }), "fields-invalid");
  }
});

test("numbers outside every range are refused by name", async () => {
  const ask = (expires_in: string) => owner.ask("POST", url, { body: `{"email":"n@example.com","role":"dev","expires_in":${expires_in}}`, headers: json });
  for (const value of ["-1", "9007199254740993", "99999999999999999999", "0", "-0", "1e-9"]) expectInvalid(await ask(value), { "/expires_in": "out-of-range" });
  expectProblem(await ask("1e400"), "body-malformed");
  assert.deepEqual(await world.mails("n@example.com"), []);
});

test("texts that are code elsewhere are just texts", async () => {
  const texts = [
    "'; DROP TABLE member; --",
    '" OR 1=1 --',
    "1); DELETE FROM account; --",
    "${7*7}",
    "{{7*7}}",
    "%s%n",
    "<img src=x onerror=alert(1)>",
    "../../etc/passwd",
    "SELECT * FROM user",
  ];
  for (const text of texts) {
    assert.equal(expectStatus(await owner.patch("/v1/me", { name: text }), 200).body.user.name, text);
    assert.equal(expectStatus(await owner.patch(`/v1/accounts/${team}`, { name: text }), 200).body.name, text);
    for (const name of ["actor", "action", "resource_type", "resource_id"]) {
      const answer = await owner.get(`/v1/accounts/${team}/audit-log?${name}=${encodeURIComponent(text)}`);
      assert.deepEqual(expectStatus(answer, 200).body.items, []);
    }
  }
  await expectInvariants(world.database);
});

test("a mail never carries a name as markup", async () => {
  expectStatus(await owner.patch(`/v1/accounts/${team}`, { name: "<a href=https://evil.example>Win</a>" }), 200);
  await owner.invite(team, "phished@example.com", "dev");
  const [mail] = await world.mails("phished@example.com");
  assert.deepEqual(
    mail.links.map((link) => new URL(link).origin),
    ["https://team.example.com"],
  );
});

test("an id in the path is an id or 404, whatever its length and letters", async () => {
  const ids = [
    "..",
    ".",
    "%2e%2e",
    "%00",
    "%0a",
    "a%2fb",
    ";x=1",
    "*",
    "acct_",
    `acct_${"g".repeat(32)}`,
    `${team}/`,
    `/${team}`,
    `${team}%20`,
    `${team};v=1`,
    `${team}.json`,
    "acct_" + "0".repeat(1000),
    "%F0%9F%A6%8A",
    "%ff",
  ];
  for (const id of ids) {
    const answer = await owner.ask("GET", `/v1/accounts/${id}`, { unchecked: true });
    assert.equal(answer.status, 404, `${id}: ${answer.text.slice(0, 200)}`);
  }
});

test("no spelling of a path reaches what its canonical spelling would refuse", async () => {
  const visitor = world.visitor();
  const guarded = ["/v1/me", `/v1/accounts/${team}`, `/v1/accounts/${team}/audit-log`];
  const spell = (path: string) => [
    `/${path}`,
    path.replace("/v1/", "//v1/"),
    path.replace("/v1/", "/v1//"),
    path.replace("/v1/", "/x/../v1/"),
    path.replace("/v1/", "/v1/./"),
    path.replace("/v1/", "/%76%31/"),
    path.replace("/v1/", "/V1/"),
    path.replace("/v1/", "/v1%2f"),
    path.replace("/v1/", "\\v1\\"),
    `${path}/`,
    `${path}/.`,
    `${path}%2e`,
    `${path}?`,
    `${path}#x`,
    `${path};jsessionid=1`,
    path.replace("/v1/", "/v1;a/"),
  ];
  for (const path of guarded) {
    for (const spelt of spell(path)) {
      const mine = await owner.ask("GET", spelt, { unchecked: true });
      const theirs = await visitor.ask("GET", spelt, { unchecked: true });
      // The local front door reads an address as browsers do; what is the same path by that reading is the guarded route.
      const same = new URL(`http://x${spelt}`).pathname === path;
      assert.deepEqual([mine.status, theirs.status], spelt.includes("\\") ? [400, 400] : same ? [200, 401] : [404, 404], spelt);
    }
  }
});

test("headers of any kind never make the server fail", async () => {
  const values = ["", " ", "x".repeat(8000), '"', 'W/"1"', "*", "-1", "1e9", "Bearer", "Bearer ", "Basic Og==", "Bearer a.b.c", '"\\', "é"];
  for (const name of [
    "authorization",
    "if-match",
    "if-none-match",
    "idempotency-key",
    "accept",
    "origin",
    "cookie",
    "content-type",
    "rolecall-account",
    "user-agent",
    "cf-connecting-ip",
    "sec-fetch-site",
    "range",
    "accept-encoding",
    "x-forwarded-for",
  ]) {
    for (const value of values) {
      const answer = await owner.client.send({
        method: "GET",
        path: "/v1/me",
        headers: { cookie: `__Host-rolecall_session=${owner.cookie}`, [name]: Buffer.from(value, "utf8").toString("latin1") },
      });
      assert.ok(answer.status < 500, `${name}: ${value.slice(0, 40)}: ${answer.status} ${answer.text}`);
    }
  }
});
