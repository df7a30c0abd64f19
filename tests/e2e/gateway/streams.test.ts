// Bodies that flow, sockets that stay open, and an upstream that is late, broken or not there

import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, type OutgoingHttpHeaders, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { askWith, expectForwarded, openGateway, takeUpstreamRequests, tokenFor } from "../support/gateway.ts";
import { COOKIE, type Person } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { ORIGIN } from "../support/worker.ts";
import { eventually, inWorld } from "../support/world.ts";

const LIMIT = 3_000_000;
const world = await openGateway({ vars: { UPSTREAM_TIMEOUT_MS: "1000", UPSTREAM_BODY_MAX: String(LIMIT) } });
const owner = await world.signUp("owner@example.com");
const token = await tokenFor(owner, owner.home);

/** A request whose body is written by hand, piece by piece. */
function open(target: string, headers: OutgoingHttpHeaders = {}) {
  const { hostname, port } = world.running.base;
  const outgoing = request({ method: "POST", host: hostname, port, path: target, headers: { authorization: `Bearer ${token}`, ...headers } });
  const answer = once(outgoing, "response").then(([response]) => response as IncomingMessage);
  answer.catch(() => {});
  return { outgoing, answer };
}

/** Hands out what arrives, piece by piece; undefined at the end. */
function pieces(response: IncomingMessage): () => Promise<string | undefined> {
  const all = response[Symbol.asyncIterator]();
  return async () => (await all.next()).value?.toString();
}

test("a piece of the body comes back before the next one is sent: nothing is held in either direction", async () => {
  const { outgoing, answer } = open("/api/pods?do=echo", { "content-type": "text/plain" });
  outgoing.write("one ");
  const response = await answer;
  assert.equal(response.statusCode, 200);
  const next = pieces(response);
  assert.equal(await next(), "one ");
  outgoing.write("two ");
  assert.equal(await next(), "two ");
  outgoing.end("three");
  assert.equal(await next(), "three");
  assert.equal(await next(), undefined);
});

test("the same with a length that is told beforehand", async () => {
  const { outgoing, answer } = open("/api/pods?do=echo", { "content-length": "8" });
  outgoing.write("one ");
  const response = await answer;
  const next = pieces(response);
  assert.equal(await next(), "one ");
  outgoing.end("two!");
  assert.equal(await next(), "two!");
});

test("the time limit ends with the head of the answer: bodies that flow for longer are not cut off, either way", async () => {
  const { outgoing, answer } = open("/api/pods?do=echo", { "content-type": "text/plain" });
  outgoing.write("one ");
  const next = pieces(await answer);
  assert.equal(await next(), "one ");
  await new Promise((resolve) => setTimeout(resolve, 1_600));
  outgoing.write("two ");
  assert.equal(await next(), "two ");
  outgoing.end();
  assert.equal(await next(), undefined);
});

test("a body larger than any buffer arrives whole, both ways", async () => {
  const body = Buffer.alloc(LIMIT, "0123456789abcdef");
  const told = expectForwarded(await askWith(world, token, "POST", "/api/pods", { body }), {});
  assert.equal(told.body?.bytes, LIMIT);
  const chunks = Array.from({ length: 30 }, (_, index) => body.subarray((index * LIMIT) / 30, ((index + 1) * LIMIT) / 30));
  assert.equal(expectForwarded(await askWith(world, token, "POST", "/api/pods", { chunks }), {}).body?.bytes, LIMIT);
  const echoed = expectStatus(await askWith(world, token, "POST", "/api/pods?do=echo", { chunks }), 200);
  assert.equal(echoed.text.length, LIMIT);
  assert.ok(echoed.text === body.toString("latin1"));
});

test("a body over the limit is refused: by its told length before anything is sent, else as it is counted", async () => {
  await takeUpstreamRequests(world);
  const body = Buffer.alloc(LIMIT + 1, "x");
  const told = await askWith(world, token, "POST", "/api/pods", { body });
  assert.match(expectProblem(told, "body-too-large").detail, /3000000 bytes/);
  assert.deepEqual(await takeUpstreamRequests(world), []);
  expectProblem(await askWith(world, token, "POST", "/api/pods", { chunks: [body.subarray(0, LIMIT), body.subarray(LIMIT)] }), "body-too-large");
});

test("an upstream that answers before it has read the body is heard", async () => {
  const answer = await askWith(world, token, "POST", "/api/pods?do=early", { body: "unread" });
  assert.equal(expectStatus(answer, 200).text, "before the body was read");
});

test("a compressed body is the upstream's to read: it arrives byte by byte, with its coding", async () => {
  const body = gzipSync("compressed by the client");
  const { headers, body: got } = expectForwarded(
    await askWith(world, token, "POST", "/api/pods", { body, headers: { "content-type": "text/plain", "content-encoding": "gzip" } }),
    {},
  );
  assert.equal(headers["content-encoding"], "gzip");
  assert.equal(got?.bytes, body.length);
});

test("a body that comes with a GET is not forwarded", async () => {
  const { body } = expectForwarded(await askWith(world, token, "GET", "/api/pods", { body: "hidden" }), {});
  assert.equal(body, null);
});

test("an upstream that breaks is 502 without its cause, and the log has the request's id", async () => {
  const answer = await askWith(world, token, "POST", "/api/pods?do=throw");
  const { instance } = expectProblem(answer, "upstream-failed");
  assert.ok(!answer.text.includes("secret cause"));
  await eventually(async () => assert.ok(world.running.log.some((line) => line.includes("the upstream failed") && line.includes(instance.slice(-36)))));
});

test("an upstream that does not begin its answer in time is 504", async () => {
  const started = Date.now();
  expectProblem(await askWith(world, token, "GET", "/api/pods?do=late"), "upstream-timeout");
  assert.ok(Date.now() - started < 2_900, "not the upstream's own time");
});

test("without an upstream an allowed request is 503, and a refused one still refused", async () => {
  await inWorld({}, async (bare) => {
    const ann = await bare.signUp("ann@example.com");
    expectProblem(await ann.get("/api/pods"), "upstream-unavailable");
    expectProblem(await bare.visitor().get("/api/pods"), "session-missing");
    expectProblem(await ann.get("/api/unknown"), "not-found");
  });
});

test("an address leads there where there is no service binding", async () => {
  const got: { url?: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const part of incoming) body += part;
    got.push({ url: incoming.url, headers: incoming.headers, body });
    outgoing.writeHead(incoming.url?.includes("moved") ? 307 : 201, { "set-cookie": "a=b", location: "/api/pods/2", "x-kept": "yes" }).end("made");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await inWorld({ vars: { UPSTREAM_URL: address } }, async (remote) => {
    const ann = await remote.signUp("ann@example.com");
    const answer = expectStatus(await ann.ask("POST", "/api/pods?x=%2F'", { body: "hello", headers: { "content-type": "text/plain" } }), 201);
    assert.deepEqual([answer.text, answer.headers["x-kept"], answer.cookies], ["made", "yes", []]);
    expectStatus(await ann.post("/api/pods?moved"), 307);
    assert.equal(got.length, 2, "no redirect was followed");
    assert.match(got[0].url!, /^\/api\/pods\?x=%2F('|%27)$/);
    assert.equal(got[0].body, "hello");
    assert.equal(got[0].headers.cookie, undefined);
    const [, claims] = String(got[0].headers["rolecall-identity"]).split(".");
    assert.equal(JSON.parse(Buffer.from(claims, "base64url").toString()).htu, "/api/pods");
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expectProblem(await ann.get("/api/pods"), "upstream-failed");
  });
});

/** A WebSocket with headers of one's choice; resolves when it is open or refused. */
async function socket(target: string, headers: Record<string, string>, protocols: string[] = []): Promise<WebSocket | null> {
  const url = new URL(target, world.running.base);
  url.protocol = "ws:";
  const opened = new (WebSocket as any)(url, { headers, protocols }) as WebSocket;
  opened.binaryType = "arraybuffer";
  return new Promise((resolve) => {
    opened.addEventListener("open", () => resolve(opened));
    opened.addEventListener("error", () => resolve(null));
  });
}

const said = async (open: WebSocket, text: string | Uint8Array): Promise<any> => {
  const heard = once(open as any, "message");
  open.send(text as any);
  return (await heard)[0].data;
};

const session = (person: Person): Record<string, string> => ({ cookie: `${COOKIE}=${person.cookie}` });

test("a WebSocket passes, both ways, as text and as bytes, with its protocol", async () => {
  const open = await socket("/api/pods?do=socket", { authorization: `Bearer ${token}` }, ["chat"]);
  assert.ok(open, "the socket opens");
  assert.equal(open.protocol, "chat");
  assert.equal(await said(open, "hello"), "echo hello");
  assert.deepEqual(new Uint8Array(await said(open, new Uint8Array([1, 2, 3]))), new Uint8Array([1, 2, 3]));
  open.close(4000, "done");
  await once(open as any, "close");
});

test("a WebSocket by session needs the origin of a page that may; a browser asks nobody before it opens one", async () => {
  for (const origin of [ORIGIN, "https://console.example.com"]) {
    const open = await socket("/api/pods?do=socket", { ...session(owner), origin });
    assert.ok(open, origin);
    assert.equal(await said(open, "hi"), "echo hi");
    open.close();
  }
  await takeUpstreamRequests(world);
  for (const headers of [session(owner), { ...session(owner), origin: "https://evil.example" }, { ...session(owner), origin: "null" }, { origin: ORIGIN }]) {
    assert.equal(await socket("/api/pods?do=socket", headers as Record<string, string>), null, JSON.stringify(headers));
  }
  assert.equal(await socket("/api/pods?do=socket", { authorization: "Bearer a.b.c", ...session(owner), origin: ORIGIN }), null);
  assert.deepEqual(await takeUpstreamRequests(world), []);
});

test("an upgrade to anything else is a plain request", async () => {
  const answer = await askWith(world, token, "GET", "/api/pods", { headers: { upgrade: "h2c", connection: "upgrade, http2-settings", "http2-settings": "x" } });
  const { headers } = expectForwarded(answer, {});
  assert.deepEqual([headers.upgrade, headers["http2-settings"]], [undefined, undefined]);
});
