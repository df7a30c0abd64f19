// `rolecall deploy`, by the real wrangler on an account that a server stands in for. The deployments share a project, in their order.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { emptyAccount } from "./support/account.ts";
import { type Result, folder, read, run } from "./support/command.ts";
import { listening } from "./support/faulty-deployment.ts";
import { productionWith } from "./support/faulty-settings.ts";
import { SETTINGS } from "./support/healthy-project.ts";
import { startableProject } from "./support/running-dev.ts";

/** A project whose production is complete, without resources. */
const root = startableProject();
const PLACEHOLDER = "set-by-rolecall-deploy";
const account = await emptyAccount();
const NOWHERE = { HOME: folder(), XDG_CONFIG_HOME: undefined, CLOUDFLARE_API_TOKEN: undefined, CLOUDFLARE_API_KEY: undefined };

/** Writes the project's settings: those of this repository with domains of its own. */
function configure(settings: string): void {
  const own = settings
    .replace(/^\[\[services\]\]\nbinding.*\nservice.*\n/m, "")
    .replace(/^main = .*$/m, 'main = "index.js"')
    .replace(/^migrations_dir = .*$/gm, 'migrations_dir = "migrations"')
    .replace(/^directory = .*$/gm, 'directory = "assets"');
  writeFileSync(path.join(root, "wrangler.toml"), own);
}

/** Settings of which production has no ids yet. */
const withoutIds = (settings: string): string => settings.replace(/"0a1b2c3d[0-9a-f-]*"/g, `"${PLACEHOLDER}"`);

/** What was printed, and what the account does not know: a new version of wrangler may ask for more. */
const failure = (err: string): string => `${err}\nunknown to the account: ${account.unknown.join(", ")}`;

const deploy = (...args: string[]): Promise<Result> => run(["deploy", ...args], { cwd: root, env: account.env });

mkdirSync(path.join(root, "assets"));
writeFileSync(path.join(root, "assets", "index.html"), "<!doctype html><title>Acme</title>");

test("a dry run exits with 1 where a deployment would stop, and says where; it needs no account", async () => {
  configure(SETTINGS);
  const { code, out, err } = await run(["deploy", "--dry-run"], { cwd: root, env: NOWHERE });
  assert.deepEqual([code, out], [1, ""], err);
  assert.match(err, /What a deployment would stop for[\s\S]*- ORIGIN is still the example: https:\/\/accounts\.example\.com\n {4}Set ORIGIN under/);
  assert.match(err, /\nDry run: nothing was uploaded\./);
  const real = await deploy();
  assert.equal(real.code, 1);
  assert.match(real.err, /^✗ Nothing was deployed\. Correct this first:\n {2}- .*ORIGIN is still/s);
  assert.deepEqual(account.created, []);
});

test("a dry run exits with 0 where a deployment would not stop", async () => {
  configure(productionWith());
  const { code, err } = await run(["deploy", "--dry-run"], { cwd: root, env: NOWHERE });
  assert.equal(code, 0, failure(err));
  assert.doesNotMatch(err, /would stop/);
});

test("without an account, and with a token that is refused, nothing is deployed, and each is named", async () => {
  const missing = await run(["deploy"], { cwd: root, env: NOWHERE });
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^✗ wrangler is not signed in to Cloudflare\. /);
  const refusal = { success: false, errors: [{ code: 1000, message: "Invalid API Token" }], messages: [], result: null };
  const refusing = createServer((_, response) => void response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify(refusal)));
  const env = { ...account.env, CLOUDFLARE_API_BASE_URL: await listening(refusing) };
  for (const args of [["deploy"], ["migrate", "--production"]]) {
    const refused = await run(args, { cwd: root, env });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^✗ Cloudflare refused the token of wrangler: Invalid API Token \[code: 1000\]\. Set CLOUDFLARE_API_TOKEN to /);
  }
});

test("a first deployment creates the database, the namespace and the secrets, and writes the ids", async () => {
  configure(withoutIds(productionWith()));
  const { code, err } = await deploy();
  assert.equal(code, 0, failure(err));
  assert.deepEqual(account.created, ["database", "namespace", "secret LINK_KEYS", "secret TOKEN_KEYS"]);
  assert.doesNotMatch(read(root, "wrangler.toml"), new RegExp(PLACEHOLDER));
});

test("a second deployment creates nothing", async () => {
  const before = read(root, "wrangler.toml");
  account.created = [];
  const { code, err } = await deploy();
  assert.equal(code, 0, failure(err));
  assert.deepEqual(account.created, []);
  assert.equal(read(root, "wrangler.toml"), before);
});

test("a secret that is missing is set, and no other", async () => {
  account.secrets = ["TOKEN_KEYS"];
  const { code, err } = await deploy();
  assert.equal(code, 0, failure(err));
  assert.deepEqual(account.created, ["secret LINK_KEYS"]);
});

test("where the secrets cannot be listed, none is set", async () => {
  account.created = [];
  account.hidesSecrets = true;
  const { code, err } = await deploy();
  assert.equal(code, 1);
  assert.match(err, /✗ The Worker is deployed, but which secrets it has is not known: .*Run `rolecall deploy` again\.\n$/);
  assert.deepEqual(account.created, []);
});
