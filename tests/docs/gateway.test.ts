// docs/GATEWAY.md: its routes are read by the compiled rules, its settings by wrangler and the Worker, and its lines in
// each language verify what the gateway really sends.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { decodeJwt } from "jose";
import { loadEngine } from "rolecall/core";
import { type Hosted, openHosted } from "../browser/support/hosted-server.ts";
import { expectStatus } from "../e2e/support/problems.ts";
import { type Settings, compatibility } from "../e2e/support/worker.ts";
import { ROOT, read } from "./support/blocks.ts";
import { blockOf, documented } from "./support/block-tests.ts";
import { type Verify, assertVerifies, issuer } from "./support/identities.ts";
import { verifyBy } from "./support/verifier-process.ts";
import { paste } from "./support/shell.ts";
import { service } from "./support/service.ts";
import { settingsWith, under } from "./support/wrangler.ts";

const DOCUMENT = "docs/GATEWAY.md";
const ADDRESS = "https://accounts.example.com";
/** What scripts/install-example-tools.mjs left there. */
const PYTHON_PACKAGES = path.join(ROOT, "target/documented/python");
const RUST_PACKAGE = path.join(ROOT, "target/documented/rust");
const folder = mkdtempSync(path.join(tmpdir(), "rolecall-documented-"));
mkdirSync(path.join(folder, "node_modules"));
symlinkSync(path.join(ROOT, "node_modules/jose"), path.join(folder, "node_modules/jose"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a block with the issuer's address in place of the documented one; answers where. */
function written(text: string, name: string, origin: string): string {
  assert.ok(text.includes(ADDRESS), `the block does not name ${ADDRESS}`);
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text.replaceAll(ADDRESS, origin));
  return file;
}

const inJavaScript = async (text: string, origin: string) =>
  (await import(pathToFileURL(written(text, `identity-${new URL(origin).port}.mjs`, origin)).href)) as {
    identity(method: string, path: string, headers: Record<string, unknown>): Promise<Record<string, unknown>>;
  };

function inPython(text: string, origin: string): Verify {
  const beside = path.dirname(written(text, `python-${new URL(origin).port}/identity.py`, origin));
  writeFileSync(path.join(beside, "verify.py"), readFileSync(path.join(import.meta.dirname, "tools/verify.py")));
  return verifyBy("python3", [path.join(beside, "verify.py")], { PYTHONPATH: PYTHON_PACKAGES, PYTHONDONTWRITEBYTECODE: "1" });
}

let rustProgram: string | undefined;

/** Compiled once: the issuer comes with the program's environment. */
function inRust(text: string, origin: string, keys: object): Verify {
  if (!rustProgram) {
    const named = text
      .replaceAll(`&["${ADDRESS}"]`, "&[crate::issuer()]")
      .replace(/^(struct|fn) /gm, "pub $1 ")
      .replace("{ sub: String, account: String, permission: String,", "{ pub sub: String, pub account: String, pub permission: String,");
    assert.ok(named.includes("crate::issuer()") && named.includes("pub fn identity"), "the Rust lines do not name the issuer as they did");
    writeFileSync(path.join(RUST_PACKAGE, "src/identity.rs"), named);
    execFileSync(
      "cargo",
      ["build", "-q", "--locked", "--offline", "--manifest-path", path.join(RUST_PACKAGE, "Cargo.toml"), "--target-dir", path.join(RUST_PACKAGE, "target")],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
    rustProgram = path.join(RUST_PACKAGE, "target/debug/rolecall-documented-identity");
  }
  return verifyBy(rustProgram, [], { ISSUER: origin, KEYS: JSON.stringify(keys) });
}

/** An API of this process behind a Rolecall of its own: it verifies by the documented JavaScript and keeps what it was sent. */
async function behindGateway(vars: (api: string) => Settings["vars"]) {
  const sent: string[] = [];
  let verify: ((method: string, path: string, headers: Record<string, unknown>) => Promise<object>) | undefined;
  const api = await service((request) => {
    sent.push(String(request.headers["rolecall-identity"]));
    return verify!(request.method!, request.url!.split("?")[0]!, request.headers);
  });
  const stage = await openHosted(() => ({ vars: vars(api) }));
  verify = (await inJavaScript(blockOf(DOCUMENT, "JavaScript").text, stage.origin)).identity;
  return { ...stage, sent, ...(await keyOf(stage)) };
}

/** Somebody's team with an API key. */
async function keyOf({ world }: Hosted) {
  const owner = await world.signUp("owner@example.com");
  const team = await owner.convert("Acme");
  const { id, secret } = expectStatus(await owner.post(`/v1/accounts/${team}/api-keys`, { name: "ci", permissions: ["pods.connect"] }), 201).body;
  const get = (path: string) => world.visitor().get(path, { headers: { authorization: `Bearer ${secret}` } });
  return { owner, team, key: id as string, secret: secret as string, get };
}

/** One for all that need no settings but the API's address. */
const gateway = await behindGateway((api) => ({ UPSTREAM_URL: api, UPSTREAM_AUDIENCE: null }));

/** An identity that the gateway has just signed, for GET /api/pods. */
async function fresh(): Promise<{ token: string; origin: string; team: string; key: string }> {
  const { get, sent, origin, team, key } = gateway;
  const answer = expectStatus(await get("/api/pods?limit=2"), 200);
  assert.deepEqual([answer.body.sub, answer.body.account], [key, team]);
  return { token: sent.at(-1)!, origin, team, key };
}

/** The gateway's own identity is taken for its request, and for no other. */
async function assertReal(verify: Verify, { token, team, key }: Awaited<ReturnType<typeof fresh>>): Promise<void> {
  const claims = await verify("GET", "/api/pods", token);
  assert.deepEqual([claims["sub"], claims["account"], claims["permission"]], [key, team, "pods.connect"]);
  await assert.rejects(() => verify("DELETE", "/api/pods", token));
}

/** The lines of a block, each of them JSON. */
const objectsOf = <T>(text: string): T[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

documented(DOCUMENT, {
  async routes({ text }) {
    const policy = JSON.parse(read("policy/default.json"));
    policy.routes.push(...objectsOf(text));
    const permissions = objectsOf<{ code: string }>(blockOf(DOCUMENT, "permissions").text);
    policy.permissions.push(...permissions);
    policy.roles.find((role: { code: string }) => role.code === "admin").permissions.push(...permissions.map(({ code }) => code));
    const own = (await loadEngine()).policy<string, string>(policy);
    const match = (method: string, path: string) => {
      const found = own.matchRoute(method, path);
      return found && [found.permission, found.freshness, found.params["id"]];
    };
    assert.deepEqual(match("POST", "/api/reports/q3/runs"), ["reports.run", "token", "q3"]);
    assert.deepEqual(match("DELETE", "/api/reports/q3"), ["reports.manage", "live", "q3"]);
    assert.deepEqual([match("GET", "/api/reports/q3"), match("DELETE", "/api/reports")], [null, null]);
  },

  async permissions({ text }) {
    const policy = JSON.parse(read("policy/default.json"));
    policy.permissions.push(...objectsOf<object>(text));
    const engine = await loadEngine();
    const holders = () => engine.policy<string, string>(policy).rights({ role: "basic" }).explain("reports.run").grantedBy;
    policy.roles.find((role: { code: string }) => role.code === "admin").permissions.push("reports.run", "reports.manage");
    policy.roles.find((role: { code: string }) => role.code === "dev").permissions.push("reports.run");
    assert.deepEqual(holders(), ["dev", "admin"]);
  },

  async "settings for this machine"({ text }) {
    const binding = '[[services]]\nbinding = "UPSTREAM"\nservice = "gpu-cloud"\n';
    const settings = settingsWith((toml) => under(toml.replace(`\n${binding}`, "\n"), "[vars]", text));
    assert.deepEqual(settings.services ?? [], [], "the three lines of the binding are the ones that the page names");
    const { UPSTREAM_URL, UPSTREAM_AUDIENCE } = settings.vars as Record<string, string>;
    const { get, sent, origin } = await behindGateway((api) => ({
      UPSTREAM_URL: UPSTREAM_URL!.replace("http://localhost:9000", api),
      UPSTREAM_AUDIENCE: UPSTREAM_AUDIENCE!,
    }));
    expectStatus(await get("/api/pods"), 401);
    const { iss, aud } = decodeJwt(sent.at(-1)!);
    assert.deepEqual([UPSTREAM_URL, iss, aud], ["http://localhost:9000", origin, "my-api"]);
  },

  async "service binding"({ text }) {
    const settings = settingsWith((toml) => `${toml}\n${text}`, "production");
    assert.deepEqual(
      settings.services?.map(({ binding, service }) => [binding, service]),
      [["UPSTREAM", "my-api"]],
    );
    // A Worker of that name that verifies by the documented JavaScript.
    const stage = await openHosted((origin) => ({
      vars: { UPSTREAM_AUDIENCE: null },
      bindings: { UPSTREAM: { type: "worker", worker: "my-api" } },
      beside: [{ name: "my-api", ...compatibility(), manifest: worker(origin), env: {} }],
    }));
    const { get, key, team } = await keyOf(stage);
    const { body } = expectStatus(await get("/api/pods"), 200);
    assert.deepEqual([body.sub, body.account], [key, team]);
  },

  async "headers of one's own"({ text }) {
    const { UPSTREAM_HEADERS } = settingsWith((toml) => under(toml, "[vars]", text)).vars as Record<string, string>;
    const api = await service(({ headers }) => headers);
    const stage = await openHosted(() => ({ vars: { UPSTREAM_URL: api, UPSTREAM_AUDIENCE: null, UPSTREAM_HEADERS: UPSTREAM_HEADERS! } }));
    const { secret } = await keyOf(stage);
    const sent = { "x-correlation-id": "1", "x-acme-zone": "2", baggage: "a=3", "x-tenant": "4" };
    const { body } = expectStatus(await stage.world.visitor().get("/api/pods", { headers: { authorization: `Bearer ${secret}`, ...sent } }), 200);
    assert.deepEqual(
      ["x-correlation-id", "x-acme-zone", "baggage", "x-tenant"].map((name) => body[name]),
      ["1", "2", "a=3", undefined],
    );
  },

  async JavaScript({ text }) {
    const real = await fresh();
    const verify = async (origin: string): Promise<Verify> => {
      const { identity } = await inJavaScript(text, origin);
      return (method, path, token) => identity(method, path, { "rolecall-identity": token });
    };
    await assertReal(await verify(real.origin), real);
    const from = await issuer();
    await assertVerifies(await verify(from.origin), from);
  },

  async Python({ text }) {
    const real = await fresh();
    await assertReal(inPython(text, real.origin), real);
    const from = await issuer();
    await assertVerifies(inPython(text, from.origin), from);
  },

  async Rust({ text }) {
    const from = await issuer();
    await assertVerifies(inRust(text, from.origin, from.keys), from);
    const real = await fresh();
    const published = JSON.parse(expectStatus(await gateway.world.visitor().get("/.well-known/jwks.json"), 200).text);
    await assertReal(inRust(text, real.origin, published), real);
  },

  async "a machine's call"({ text }) {
    const { origin, secret, team, key } = gateway;
    const { answers } = await paste(text, { [ADDRESS]: origin }, { ROLECALL_KEY: secret });
    assert.deepEqual([answers[0].sub, answers[0].account], [key, team]);
  },
});

/** The documented JavaScript in a Worker, with its library in one module. */
function worker(origin: string) {
  written(blockOf(DOCUMENT, "JavaScript").text, "identity.mjs", origin);
  const source = `import { identity } from "./identity.mjs";
export default { fetch: (request) => identity(request.method, new URL(request.url).pathname, Object.fromEntries(request.headers))
  .then((claims) => Response.json(claims), (error) => Response.json({ refused: String(error) }, { status: 401 })) };`;
  writeFileSync(path.join(folder, "worker.mjs"), source);
  const outfile = path.join(folder, "worker.js");
  execFileSync(path.join(ROOT, "node_modules/.bin/esbuild"), [
    path.join(folder, "worker.mjs"),
    "--bundle",
    "--format=esm",
    "--target=es2024",
    "--preserve-symlinks",
    `--outfile=${outfile}`,
    "--log-level=warning",
  ]);
  return { mainModule: "index.js", modulesRoot: "/", modules: { "index.js": { type: "esm" as const, contents: readFileSync(outfile, "utf8") } } };
}
