// `rolecall dev`: the policy while it runs, one start at a time, and its end. The tests share one server, in their order.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../e2e/support/free-port.ts";
import { DEFAULT_POLICY } from "../e2e/support/worker.ts";
import { folder, project, read, run } from "./support/command.ts";
import { changed } from "./support/healthy-project.ts";
import { DEV, type RunningDev, groupRuns, startDev, startableProject, until } from "./support/running-dev.ts";

const root = startableProject();
const data = path.join(folder(), "data");
const lock = path.join(data, "rolecall-dev.pid");
const policyFile = path.join(root, "policy.json");

/** The policy with another title, so that it has an ETag of its own. */
const titled = (title: string) => changed(DEFAULT_POLICY, '"title": "Developer"', `"title": "${title}"`);
const etagOf = (text: string) => `"${createHash("sha256").update(text).digest("hex")}"`;

/** Waits until the server serves a policy. */
async function serves(text: string): Promise<void> {
  const served = async () => {
    const response = await fetch(`${server.origin}/v1/policy`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    return response?.headers.get("etag") === etagOf(text) || undefined;
  };
  await until(served, 90, server.printed);
}

/** What is printed from now on, once it matches. */
function prints(pattern: RegExp): Promise<RegExpMatchArray> {
  const from = server.printed().length;
  return until(() => server.printed().slice(from).match(pattern) ?? undefined, 15, server.printed);
}

// A process that was killed leaves its lock; its id is taken by nothing.
mkdirSync(data);
writeFileSync(lock, "4194304");
const PAGE = "http://localhost:5173";
const LOCAL = { id: "local", kind: "oidc", title: "the local provider", issuer: "http://127.0.0.1:9", client_id: "c" };
const SIGN_IN = JSON.stringify({ password: true, email_code: false, providers: [LOCAL] });
const ENVIRONMENT = { DATA_DIR: data, ALLOWED_ORIGINS: PAGE, SIGN_IN, PROVIDER_LOCAL_SECRET: "a secret" };
const starts = await Promise.all([startDev(root, ENVIRONMENT), startDev(root, ENVIRONMENT)]);
const refused = await Promise.race(starts.map(async (start) => (await start.ended, start)));
const server = starts.find((start) => start !== refused) as RunningDev;
await serves(DEFAULT_POLICY);
await until(() => /Ready in|does not answer/.exec(server.printed()) ?? undefined, 90, server.printed);

test("of two starts at once one is refused before it touches the data", async () => {
  assert.equal(await refused.ended, 1);
  assert.match(refused.printed(), /✗ `rolecall dev` already runs on the data in .*, as process \d+\. Stop it, or choose another folder with DATA_DIR\.\n/);
  assert.doesNotMatch(refused.printed(), /Applying migrations/);
  assert.equal(read(data, "rolecall-dev.pid"), String(server.child.pid));
});

test("ALLOWED_ORIGINS lets a page of another port read and write, and no other page", async () => {
  const allowed = async (origin: string) => {
    const headers = { origin, "access-control-request-method": "POST" };
    return (await fetch(`${server.origin}/v1/sessions`, { method: "OPTIONS", headers })).headers.get("access-control-allow-origin");
  };
  assert.deepEqual([await allowed(PAGE), await allowed("http://localhost:5174")], [PAGE, null]);
});

test("SIGN_IN and the secrets of its providers reach the Worker, and are not printed", async () => {
  const methods: any = await (await fetch(`${server.origin}/v1/sign-in-methods`)).json();
  assert.deepEqual([methods.email_code, methods.providers], [false, [{ id: "local", title: "the local provider", kind: "oidc" }]]);
  assert.doesNotMatch(server.printed(), /a secret/);
});

for (const missing of [300, 2_000]) {
  test(`a policy that is missing for ${missing} ms is served when it is back`, async () => {
    const text = titled(`Missing ${missing}`);
    rmSync(policyFile);
    await sleep(missing);
    writeFileSync(policyFile, text);
    await serves(text);
    // The bundler watches the file again.
    writeFileSync(policyFile, titled(`Back ${missing}`));
    await serves(titled(`Back ${missing}`));
  });
}

test("a policy that an editor replaces is served", async () => {
  for (const title of ["Replaced", "Replaced again"]) {
    writeFileSync(`${policyFile}.new`, titled(title));
    renameSync(`${policyFile}.new`, policyFile);
    await serves(titled(title));
  }
});

test("the fault of a saved policy is printed at once, and that it is valid again", async () => {
  const malformed = prints(/✗ policy\.json:2:16: .+\n/);
  writeFileSync(policyFile, '{\n  "version": 1,,\n}');
  await malformed;
  const marked = prints(/✗ policy\.json begins with a byte order mark\. Save it as UTF-8 without one\.\n/);
  writeFileSync(policyFile, `\ufeff${DEFAULT_POLICY}`);
  await marked;
  const valid = prints(/✓ policy\.json is valid again\n/);
  writeFileSync(policyFile, DEFAULT_POLICY);
  await valid;
  await serves(DEFAULT_POLICY);
});

test("SIGHUP ends the server with all its processes, and releases the data", async () => {
  assert.ok(groupRuns(server.child));
  server.child.kill("SIGHUP");
  await server.ended;
  await until(() => (groupRuns(server.child) ? undefined : true), 10, server.printed);
  await assert.rejects(fetch(server.origin));
  assert.ok(!existsSync(lock));
});

test("what ends npm alone ends the server that it started", { timeout: 240_000 }, async () => {
  writeFileSync(path.join(root, "package.json"), JSON.stringify({ scripts: { start: DEV.map((part) => JSON.stringify(part)).join(" ") } }));
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    const npm = await startDev(root, { DATA_DIR: data }, ["npm", "start"]);
    await until(() => /Ready in|does not answer/.exec(npm.printed()) ?? undefined, 60, npm.printed);
    npm.child.kill(signal);
    await npm.ended;
    await until(() => (groupRuns(npm.child) ? undefined : true), 15, npm.printed);
  }
});

test("a policy that is not UTF-8, or begins with a byte order mark, is refused by check, start and deployment", async () => {
  const texts: [string | Buffer, RegExp][] = [
    [Buffer.concat([Buffer.from(DEFAULT_POLICY), Buffer.from([0xe9])]), /^✗ policy\.json is not UTF-8\. Save it as UTF-8\.\n$/],
    [`\ufeff${DEFAULT_POLICY}`, /^✗ policy\.json begins with a byte order mark\. Save it as UTF-8 without one\.\n$/],
  ];
  for (const [text, message] of texts) {
    const cwd = project();
    writeFileSync(path.join(cwd, "policy.json"), text);
    for (const args of [
      ["policy", "check"],
      ["dev", "--port", String(await freePort())],
      ["deploy", "--dry-run"],
    ]) {
      const { code, out, err } = await run(args, { cwd });
      assert.deepEqual([code, out], [1, ""], args.join(" "));
      assert.match(err, message);
    }
  }
});

test("settings that mean nothing are refused before a start", async () => {
  const cwd = startableProject();
  const limits = await run(["dev", "--port", String(await freePort())], { cwd, env: { RATE_LIMITS: "maybe" } });
  assert.deepEqual([limits.code, limits.err], [1, "✗ RATE_LIMITS is maybe. It must be on or off.\n"]);
  for (const [args, env] of [
    [["--page", "nofile"], {}],
    [["--port", "0"], {}],
    [[], { PORT: "http" }],
  ] as const)
    assert.equal((await run(["dev", ...args], { cwd, env })).code, 2, args.join(" "));
});
