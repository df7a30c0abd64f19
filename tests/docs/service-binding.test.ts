// docs/SERVICE_BINDING.md: its lines are those of worker/main.js, its binding is read by wrangler, its calls run in a Worker beside Rolecall.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createApiKey, tokenFor } from "../e2e/support/gateway.ts";
import { COOKIE } from "../e2e/support/people.ts";
import { type Settings, compatibility } from "../e2e/support/worker.ts";
import { openWorld } from "../e2e/support/world.ts";
import { ROOT, read } from "./support/blocks.ts";
import { blockOf, documented } from "./support/block-tests.ts";
import { settingsWith } from "./support/wrangler.ts";

const DOCUMENT = "docs/SERVICE_BINDING.md";

const module = (name: string, contents: string, more: Record<string, unknown> = {}): NonNullable<Settings["beside"]>[number] => ({
  name,
  ...compatibility(),
  manifest: { mainModule: "index.js", modulesRoot: "/", modules: { "index.js": { type: "esm", contents } } },
  env: { ROLECALL: { type: "worker", worker: "rolecall", exportName: "Rolecall" }, ...more },
});

/** Lines of a handler as a Worker; what they do not return is their result. */
const handler = (text: string) =>
  `export default { async fetch(request, env) { const { token, key } = await request.json(); env = { ...env, ROLECALL_KEY: key };\n${text}\nreturn Response.json(result); } };`;

const world = await openWorld({
  beside: [
    module("checking", blockOf(DOCUMENT, "check").text),
    module("evaluating", handler(blockOf(DOCUMENT, "evaluate").text)),
    module("verifying", handler(blockOf(DOCUMENT, "verify").text)),
  ],
});
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const ann = await world.hire(owner, team, "ann@example.com", "dev");
const ben = await world.hire(owner, team, "ben@example.com", "billing");

documented(DOCUMENT, {
  entrypoint({ text }) {
    assert.ok(read("worker/main.js").endsWith(text), "worker/main.js has these lines");
    assert.ok(read("cli/template/index.js").endsWith(text), "and so has a new project");
  },

  binding({ text }) {
    const settings = settingsWith((toml) => `${toml}\n${text}`);
    const added = settings.services?.find(({ binding }) => binding === "ROLECALL");
    assert.deepEqual({ ...added }, { binding: "ROLECALL", service: "rolecall", entrypoint: "Rolecall" });
  },

  types({ text }) {
    const folder = mkdtempSync(path.join(tmpdir(), "rolecall-documented-"));
    const declarations = path.join(ROOT, "worker/rolecall.d.ts");
    const compile = (use: string) => {
      writeFileSync(path.join(folder, "worker.ts"), `${text.replace('"rolecall-worker"', JSON.stringify(declarations))}\n${use}`);
      try {
        execFileSync(
          "tsc",
          ["--noEmit", "--strict", "--target", "es2024", "--module", "esnext", "--moduleResolution", "bundler", "--types", "", path.join(folder, "worker.ts")],
          {
            env: { ...process.env, PATH: `${path.join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}` },
          },
        );
        return "";
      } catch (error) {
        return String((error as { stdout: Buffer }).stdout);
      }
    };
    const use = (argument: string) => `export const allowed = async (env: Env) => (await env.ROLECALL.check(${argument})).allowed;`;
    try {
      assert.equal(compile(use('{ apiKey: "", account: "", permissions: [] }')), "");
      assert.equal(
        compile("export const of = async (env: Env) => { const r = await env.ROLECALL.verify(''); return r.ok ? r.claims.sub : r.problem.code; };"),
        "",
      );
      assert.match(compile(use('{ apiKey: "", session: "", account: "", permissions: [] }')), /error TS/, "two credentials");
      assert.match(compile(use('{ apiKey: "", permissions: [] }')), /error TS/, "no account");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },

  async check() {
    const statusOf = async (headers: Record<string, string>) =>
      (await world.running.fetchFrom("checking", "/", { method: "GET", headers: { "rolecall-account": team, ...headers } })).status;
    const { secret } = await createApiKey(owner, team, ["pods.manage"]);
    assert.equal(await statusOf({ authorization: `Bearer ${secret}` }), 201);
    assert.equal(await statusOf({ authorization: `Bearer ${await tokenFor(ann, team)}` }), 201);
    assert.equal(await statusOf({ cookie: `theme=dark; ${COOKIE}=${ann.cookie}` }), 201);
    assert.equal(await statusOf({ cookie: `${COOKIE}=${ben.cookie}` }), 403);
    assert.equal(await statusOf({}), 401);
    assert.equal(await statusOf({ authorization: "Bearer rc_nothing" }), 401);
    assert.equal(await statusOf({ authorization: `Bearer ${secret}`, "rolecall-account": ann.home }), 404);
  },

  async evaluate() {
    const { secret } = await createApiKey(owner, team, ["team.access"]);
    const ask = (key: string) => world.running.fetchFrom("evaluating", "/", { method: "POST", body: JSON.stringify({ key }) });
    assert.deepEqual(await (await ask(secret)).json(), { ok: true, decision: true });
    assert.equal((await ask("rc_nothing")).status, 403);
    await owner.setRole(team, ann.id, "billing");
    assert.equal((await ask(secret)).status, 403);
    await owner.setRole(team, ann.id, "dev");
  },

  async verify() {
    const ask = (token: string) => world.running.fetchFrom("verifying", "/", { method: "POST", body: JSON.stringify({ token }) });
    const { claims } = (await (await ask(await tokenFor(ben, team))).json()) as { claims: Record<string, unknown> };
    assert.deepEqual([claims["sub"], claims["account"], claims["role"]], [ben.id, team, "billing"]);
    assert.equal((await ask("a.b.c")).status, 401);
  },
});
