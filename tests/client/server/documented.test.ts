// docs/TOKENS.md: its blocks run as they stand against a real Rolecall, and its lists are those of the code.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT, read } from "../../docs/support/blocks.ts";
import { blockOf, documented } from "../../docs/support/block-tests.ts";
import { service } from "../../docs/support/service.ts";
import { freePort } from "../../e2e/support/free-port.ts";
import { createApiKey, tokenFor } from "../../e2e/support/gateway.ts";
import { openWorld } from "../../e2e/support/world.ts";
import { part } from "./support.ts";

const DOCUMENT = "docs/TOKENS.md";
const ADDRESS = "https://accounts.example.com";
const AUDIENCE = "https://api.example.com";
const origin = `http://localhost:${await freePort()}`;
/** What the API behind the gateway does with a request. */
let behind: (request: IncomingMessage) => Promise<object> = async () => ({});
const world = await openWorld({
  port: Number(new URL(origin).port),
  vars: { ORIGIN: origin, ALLOWED_ORIGINS: "", TOKEN_AUDIENCE: AUDIENCE, UPSTREAM_URL: await service((request) => behind(request)), UPSTREAM_AUDIENCE: null },
});
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const basic = await world.hire(owner, team, "basic@example.com", "basic");

const folder = mkdtempSync(path.join(tmpdir(), "rolecall-tokens-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(path.join(folder, "node_modules"));
for (const name of ["jose", "hono", "rolecall"]) symlinkSync(path.join(ROOT, "node_modules", name), path.join(folder, "node_modules", name));
writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');

/** A block as a module beside that of the verifier, which the others import. */
async function run(text: string, name: string): Promise<any> {
  const write = (file: string, source: string) => writeFileSync(path.join(folder, file), source.replaceAll(ADDRESS, origin));
  write("verifier.js", blockOf(DOCUMENT, "a verifier").text);
  write(name, text);
  return import(pathToFileURL(path.join(folder, name)).href);
}

const bearer = async (person: typeof dev) => ({ authorization: `Bearer ${await tokenFor(person, team)}` });

documented(DOCUMENT, {
  async "a token's parts"({ text }) {
    const { header, claims } = JSON.parse(text);
    const real = await tokenFor(dev, team);
    assert.deepEqual(header, part(real, 0));
    const shape = (value: object) =>
      Object.entries(value)
        .map(([name, of]) => [name, Array.isArray(of) ? "list" : typeof of])
        .sort();
    assert.deepEqual(shape(claims), shape(part(real, 1)));
    assert.deepEqual([claims.aud, claims.exp - claims.iat], [part(real, 1).aud, part(real, 1).exp - part(real, 1).iat]);
    for (const name of ["sub", "account", "pol", "jti"]) assert.equal(claims[name].length, part(real, 1)[name].length, name);
  },

  async "a verifier"({ text }) {
    const { verifier } = await run(text, "verifier.js");
    assert.equal((await verifier.verifyToken(await tokenFor(dev, team))).user, dev.id);
  },

  async "a permission token"({ text }) {
    const { startPod } = await run(text, "token.js");
    const why = { allowed: false, permission: "members.invite", role: "dev", grantedBy: ["admin"] };
    assert.deepEqual(await startPod(await tokenFor(dev, team)), { user: dev.id, account: team, role: "dev", mayInvite: false, why });
    await assert.rejects(startPod(await tokenFor(basic, team)), { name: "TokenError", code: "permission-missing", status: 403 });
    await assert.rejects(startPod("x"), { code: "token-malformed", status: 401 });
  },

  async "an identity"({ text }) {
    const { whoSent } = await run(text, "identity.js");
    behind = whoSent;
    const { secret, id } = await createApiKey(owner, team, ["pods.connect"]);
    const answers = [await dev.get("/api/pods?limit=2"), await world.visitor().get("/api/pods", { headers: { authorization: `Bearer ${secret}` } })];
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.sender, body.account, body.permission]),
      [
        [200, dev.id, team, "pods.connect"],
        [200, id, team, "pods.connect"],
      ],
    );
    assert.equal(answers[0]!.body.requestId, answers[0]!.headers["request-id"]);
  },

  async Hono({ text }) {
    const { app } = await run(text, "hono.ts");
    const ask = async (person: typeof dev) => app.request("/pods", { method: "POST", headers: await bearer(person) });
    assert.deepEqual(await (await ask(dev)).json(), { startedIn: team });
    assert.equal((await ask(basic)).status, 403);
  },

  async "a route handler"({ text }) {
    const { POST } = await run(text, "route.ts");
    const ask = async (person: typeof dev): Promise<Response> =>
      POST(new Request("https://app.example.com/pods", { method: "POST", headers: await bearer(person) }), { params: Promise.resolve({}) });
    assert.deepEqual(await (await ask(dev)).json(), { startedIn: team });
    assert.equal((await ask(basic)).status, 403);
  },

  async "any language"({ text }) {
    const { holder } = await run(text, "jose.js");
    assert.deepEqual(await holder(await tokenFor(dev, team), "pods.manage"), { user: dev.id, account: team });
    await assert.rejects(holder(await tokenFor(basic, team), "pods.manage"), /pods\.manage is missing/);
    await assert.rejects(holder("x", "pods.manage"));
  },
});

test("the table of refusals lists the codes of the source, with their statuses", () => {
  const source = [...read("pkg/src/server/errors.ts").matchAll(/^ {2}"([a-z-]+)": \[(\d+), /gm)].map(([, code, status]) => `${status} ${code}`);
  const table = /<!-- codes:.*?-->([\s\S]*?)<!-- \/codes -->/.exec(read(DOCUMENT))![1]!;
  assert.ok(source.length > 10);
  assert.deepEqual([...table.matchAll(/^\| (\d+) \| `([a-z-]+)` \|/gm)].map(([, status, code]) => `${status} ${code}`).sort(), source.sort());
});

test("the table of options lists those of the source", () => {
  const declared = /Audiences =[\s\S]*?\n};/.exec(read("pkg/src/server/options.ts"))![0];
  const source = new Set([...declared.matchAll(/^ +readonly (\w+)\??:/gm)].map(([, name]) => name));
  const rows = /### Options\n([\s\S]*?)\n\n\*\*Keys/.exec(read(DOCUMENT))![1]!;
  const table = rows.split("\n").flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name));
  assert.deepEqual(table.sort(), [...source].sort());
});
