// `rolecall/server` as installed: in Node, the oldest supported one included, in workerd, and for TypeScript.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { Miniflare } from "miniflare";
import { tokenFor } from "../e2e/support/gateway.ts";
import { ORIGIN, QUIET_SETTINGS, compatibility } from "../e2e/support/worker.ts";
import { openWorld } from "../e2e/support/world.ts";
import { ROOT, bin, must, project, run, oldestNode, bundleForWorkerd } from "./support/project.ts";

const POLICY = readFileSync(join(ROOT, "policy", "default.json"), "utf8");
const ISSUER = "https://accounts.example.com";
const AUDIENCE = "https://api.example.com";

// Before the first test: the runner does not wait for those that are registered later.
const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const basic = await world.hire(owner, team, "basic@example.com", "basic");
const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "EdDSA", use: "sig" }] };

/** A token as Rolecall issues it, by a key of this file. */
function sign(claims: object = {}): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const pol = createHash("sha256").update(POLICY).digest("hex");
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "usr_1",
    account: "acct_1",
    role: "dev",
    permissions: ["pods.manage"],
    ver: 1,
    pol,
    iat,
    exp: iat + 120,
    jti: "j",
  };
  return new SignJWT({ ...all, ...claims }).setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "k1" }).sign(privateKey);
}

const MAIN = `import { TokenError, UnknownCodeError, createVerifier } from "rolecall/server";
import { readFileSync } from "node:fs";
const { jwks, policy, good, bad } = JSON.parse(readFileSync("input.json", "utf8"));
const verifier = createVerifier({ issuer: ${JSON.stringify(ISSUER)}, audience: ${JSON.stringify(AUDIENCE)}, jwks, policy });
const access = await verifier.verifyToken(good);
const refusal = await verifier.verifyToken(bad).catch((error) => error);
let unknown;
try { access.can("pods.mange"); } catch (error) { unknown = error instanceof UnknownCodeError; }
console.log(JSON.stringify([access.user, access.can("pods.manage"), access.explain("members.invite").grantedBy, refusal instanceof TokenError && refusal.code, (await refusal.toResponse().json()).status, unknown]));
`;
const EXPECTED = ["usr_1", true, ["admin"], "token-audience-wrong", 401, true];

test("a token is verified in Node with given keys and policy, without the network", async () => {
  const app = project("server-node", { "main.js": MAIN });
  app.write({ "input.json": JSON.stringify({ jwks, policy: POLICY, good: await sign(), bad: await sign({ aud: "elsewhere" }) }) });
  const { status, out } = app.node("main.js");
  assert.equal(status, 0, out);
  assert.deepEqual(JSON.parse(out), EXPECTED);
});

test("and in the oldest supported Node, where that is installed", async (t) => {
  const found = oldestNode();
  if (!found) return t.skip("no Node 20 here");
  const app = project("server-node-20", { "main.js": MAIN });
  app.write({ "input.json": JSON.stringify({ jwks, policy: POLICY, good: await sign(), bad: await sign({ aud: "elsewhere" }) }) });
  const { status, out } = run(found, ["main.js"], app.folder);
  assert.equal(status, 0, out);
  assert.deepEqual(JSON.parse(out), EXPECTED);
});

test("a browser's client does not carry the verifier", () => {
  const app = project("server-size", { "main.js": 'import { createClient } from "rolecall";\nconsole.log(createClient);\n' });
  const out = must(bin("esbuild"), ["main.js", "--bundle", "--format=esm", "--log-level=warning"], app.folder);
  assert.doesNotMatch(out, /createRemoteJWKSet|rolecall-identity\+jwt/);
});

const USE = `import { type TokenErrorCode, type VerifiedIdentity, type VerifiedToken, type Verifier, TokenError, createVerifier, expressGuard, honoGuard, withRolecall } from "rolecall/server";
const verifier: Verifier = createVerifier({ issuer: "https://a.example.com", audience: "a" });
createVerifier({ issuer: "https://a.example.com", identityAudience: "b", cooldown: 1000, timeout: 1000, clockTolerance: 0, fetch: (url, init) => fetch(url, init) });
const access: VerifiedToken = await verifier.verifyToken(new Headers().get("authorization"));
const identity: VerifiedIdentity = await verifier.verifyIdentity(new Request("https://api.example.com/api/pods"));
const sender: string[] = [access.user, identity.user ?? identity.apiKey];
await verifier.verifyIdentity({ method: "GET", url: "/api/pods", headers: { "rolecall-identity": "x", other: ["a", "b"], absent: undefined } });
access.require("pods.manage");
const age: number | undefined = access.authTime && Date.now() / 1000 - access.authTime;
const level: [string | undefined, readonly string[], number | undefined] = [access.acr, access.amr, age];
const { grantedBy }: { grantedBy: readonly string[] } = access.explain("audit.read");
export const GET = withRolecall(verifier, "pods.connect", async (request, { account }, { params }: { params: Promise<{ id: string }> }) =>
  Response.json([request.url, account, (await params).id]));
const one: (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response> = GET;
export const POST = withRolecall(verifier, "pods.manage", () => new Response());
class Special extends Request { readonly special = true; }
export const PUT = withRolecall(verifier, "pods.manage", (request: Special) => Response.json(request.special));
export const guards = [honoGuard(verifier, "pods.manage"), expressGuard(verifier, "pods.manage")];
const own = createVerifier<"docs.read" | "docs.write">({ issuer: "https://a.example.com", audience: "a" });
(await own.verifyToken("x")).can("docs.read");
honoGuard(own, "docs.write");
try { access.require("pods.manage"); } catch (error) {
  if (error instanceof TokenError) { const code: TokenErrorCode = error.code; const status: 401 | 403 | 503 = error.status; console.log(code, status, error.problem.denial?.granted_by, error.toResponse().status); }
}
console.log(level, sender, identity.permission, grantedBy, one);
`;

const MISUSE = `import { createVerifier, expressGuard, honoGuard, withRolecall } from "rolecall/server";
// @ts-expect-error no audience at all
createVerifier({ issuer: "https://a.example.com" });
// @ts-expect-error no issuer
createVerifier({ audience: "a" });
// @ts-expect-error several audiences
createVerifier({ issuer: "https://a.example.com", audience: ["a"] });
const verifier = createVerifier({ issuer: "https://a.example.com", audience: "a" });
// @ts-expect-error not awaited
verifier.verifyToken("x").can("pods.manage");
const access = await verifier.verifyToken("x");
// @ts-expect-error a misspelt code
access.can("pods.mange");
// @ts-expect-error a misspelt code
honoGuard(verifier, "pods.mange");
// @ts-expect-error a misspelt code
expressGuard(verifier, "pods.mange");
// @ts-expect-error a misspelt code
withRolecall(verifier, "pods.mange", () => new Response());
// @ts-expect-error a handler returns a response
withRolecall(verifier, "pods.manage", () => "text");
`;

for (const [module, moduleResolution] of [
  ["NodeNext", "NodeNext"],
  ["ESNext", "Bundler"],
] as const) {
  test(`valid use compiles and invalid use does not, resolved as ${moduleResolution}`, () => {
    const compilerOptions = { target: "ES2022", lib: ["ES2022", "DOM"], module, moduleResolution, strict: true, exactOptionalPropertyTypes: true };
    const more = { noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true, types: [], verbatimModuleSyntax: true };
    const tsconfig = JSON.stringify({ compilerOptions: { ...compilerOptions, ...more }, include: ["*.ts"] });
    const app = project(`server-types-${moduleResolution.toLowerCase()}`, { "tsconfig.json": tsconfig, "use.ts": USE, "misuse.ts": MISUSE });
    must(bin("tsc"), ["-p", "."], app.folder);
  });
}

test("Hono's own types take the guard, with its variables declared or not", () => {
  const source = `import { Hono } from "hono";
import { type VerifiedToken, createVerifier, honoGuard } from "rolecall/server";
const verifier = createVerifier({ issuer: "https://a.example.com", audience: "a" });
const app = new Hono<{ Variables: { rolecall: VerifiedToken } }>();
app.get("/pods/:id", honoGuard(verifier, "pods.connect"), (c) => c.json({ account: c.get("rolecall").account satisfies string, id: c.req.param("id") satisfies string }));
app.use("/pods/*", honoGuard(verifier, "pods.connect"));
new Hono().use(honoGuard(verifier, "pods.connect")).get("/", (c) => c.text("x"));
`;
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"],
    module: "NodeNext",
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const app = project("server-hono", { "tsconfig.json": JSON.stringify({ compilerOptions, include: ["*.ts"] }), "app.ts": source }, ["hono"]);
  must(bin("tsc"), ["-p", "."], app.folder);
});

const WORKER = `import { createVerifier, withRolecall } from "rolecall/server";
let handler;
export default {
  fetch(request, { ROLECALL, ISSUER, AUDIENCE }) {
    // Late enough that the other requests arrive meanwhile.
    const late = (url, init) => new Promise((resolve) => setTimeout(resolve, 100)).then(() => fetch(new URL(new URL(url).pathname, ROLECALL), init));
    const verifier = () => createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch: late });
    handler ??= withRolecall(verifier(), "pods.manage", (_, access) => Response.json({ user: access.user, why: access.explain("members.invite").grantedBy }));
    return handler(request, undefined);
  },
};
`;

const app = project("server-workerd", { "main.js": WORKER });
const manifest = bundleForWorkerd(app);

/** A Worker of its own, in a cold isolate. */
async function open(compatibilityDate: string) {
  const text = (value: string) => ({ type: "text" as const, value });
  const env = { ROLECALL: text(world.running.base.href), ISSUER: text(ORIGIN), AUDIENCE: text("rolecall-tests") };
  const worker = new Miniflare({ ...QUIET_SETTINGS, workers: [{ config: { name: "app", compatibilityDate, manifest, env } }] });
  after(() => worker.dispose());
  const address = await worker.ready;
  const ask = (token: string) => fetch(address, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(20_000) });
  return { ask };
}

// An older workerd refuses the option `cache` of `fetch`.
for (const compatibilityDate of [compatibility().compatibilityDate, "2024-01-01"]) {
  test(`in workerd the requests of a cold isolate all get their answer, with compatibility date ${compatibilityDate}`, async () => {
    const { ask } = await open(compatibilityDate);
    const tokens = { dev: await tokenFor(dev, team), basic: await tokenFor(basic, team) };
    const answers = await Promise.all(Array.from({ length: 20 }, async (_, n) => ask(n % 2 ? tokens.dev : tokens.basic)));
    for (const [n, answer] of answers.entries()) {
      const body = (await answer.json()) as { user: string; why: string[]; denial: { granted_by: string[] } };
      if (n % 2) assert.deepEqual([answer.status, body.user, body.why], [200, dev.id, ["admin"]]);
      else assert.deepEqual([answer.status, body.denial.granted_by], [403, ["dev", "admin"]]);
    }
    assert.equal((await ask(tokens.dev)).status, 200);
    assert.equal((await ask("x")).status, 401);
  });
}
