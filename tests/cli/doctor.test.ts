// `rolecall doctor`: each fault is provoked in a real project, database or deployment, and must be the one that is named.
import assert from "node:assert/strict";
import { copyFileSync, cpSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { configurationFindings } from "../../cli/src/doctor/configuration.ts";
import { deploymentFindings, signingKeyId } from "../../cli/src/doctor/deployment.ts";
import { failureOf } from "../../cli/src/doctor/http.ts";
import { mailFindings } from "../../cli/src/doctor/mail.ts";
import { migrationFindings } from "../../cli/src/doctor/migrations.ts";
import { readDeployment } from "../../cli/src/doctor/read.ts";
import { isPlaceholder, type Settings } from "../../cli/src/doctor/settings.ts";
import { toolFindings } from "../../cli/src/doctor/tools.ts";
import { appliedMigrations, secretNames, signedIn } from "../../cli/src/wrangler-output.ts";
import { run as wrangler } from "../../cli/src/wrangler.ts";
import { DEFAULT_POLICY, ROOT } from "../e2e/support/worker.ts";
import { folder, run } from "./support/command.ts";
import { signedInTo } from "./support/faulty-cloudflare.ts";
import { altered, deployment, impostor } from "./support/faulty-deployment.ts";
import { freePort } from "../e2e/support/free-port.ts";
import { examine, expectFinding, failing } from "./support/faulty-findings.ts";
import { FILE_FAULTS, ORIGIN, productionWith, settingsWith } from "./support/faulty-settings.ts";
import { SECRETS, changed, healthyProject } from "./support/healthy-project.ts";

const MIGRATIONS = path.join(ROOT, "crates/store/migrations");

/** Names of the migrations. */
const migrationNames = () => readdirSync(MIGRATIONS).sort();

/** A project at whose ORIGIN nothing runs, and whose database was never migrated. */
const quiet = (files: Record<string, string | null> = {}) => healthyProject({ "wrangler.toml": settingsWith(), ...files });

/** Two of the migrations, and a database that has them: wrangler starts a server for each, and takes long for all. */
const few = folder();
for (const name of migrationNames().slice(0, 2)) copyFileSync(path.join(MIGRATIONS, name), path.join(few, name));
const withFew = (...changes: Parameters<typeof settingsWith>) =>
  settingsWith([/^migrations_dir = .*$/m, `migrations_dir = ${JSON.stringify(few)}`], ...changes);
const migrated = folder();
const { code, err } = await run(["migrate", "--persist-to", migrated], { cwd: quiet({ "wrangler.toml": withFew() }) });
assert.equal(code, 0, err);

describe("doctor", { concurrency: 2, timeout: 300_000 }, () => {
  test("nothing is wrong with a healthy project and its deployment", async () => {
    const origin = await deployment();
    const { code, findings } = await examine(quiet({ "wrangler.toml": withFew([ORIGIN, origin]) }), ["--persist-to", migrated]);
    assert.equal(code, 0, JSON.stringify(findings, null, 1));
    assert.deepEqual(
      findings.filter(({ status }) => status === "ok").map(({ check }) => check),
      ["tools", "policy", "configuration", "secrets", "bindings", "migrations", "mail", "deployment", "origin", "keys", "policy"],
    );
  });

  test("a database without migrations, and one that is newer", async () => {
    const root = quiet({ "wrangler.toml": withFew() });
    const none = await examine(root);
    expectFinding(none, "migrations", "fail", /^2 of 2 are pending: 0001/);
    expectFinding(none, "deployment", "skipped", /nothing runs at/);
    const newer = path.join(root, "newer");
    cpSync(migrated, newer, { recursive: true });
    const change = "UPDATE d1_migrations SET name = '9999_future.sql' WHERE id = (SELECT max(id) FROM d1_migrations)";
    await wrangler(["d1", "execute", "DB", "--local", "--persist-to", newer, "-c", path.join(root, "wrangler.toml"), "--command", change]);
    const result = await examine(root, ["--persist-to", newer]);
    expectFinding(result, "migrations", "fail", /newer.*9999_future\.sql/);
    expectFinding(result, "migrations", "fail", /^1 of 2 are pending: 0002/);
  });

  for (const { name, files, faults, warnings = [] } of FILE_FAULTS) {
    test(name, async () => {
      const result = await examine(quiet(files));
      for (const [check, found] of faults) expectFinding(result, check, "fail", found);
      for (const [check, found] of warnings) expectFinding(result, check, "warn", found);
      const known = new Set([...faults.map(([check]) => check), "migrations"]);
      assert.deepEqual(
        failing(result).filter((check) => !known.has(check)),
        [],
        JSON.stringify(result.findings, null, 1),
      );
      for (const secret of ["hunter2", ...Object.values(SECRETS).map((key) => key.slice(3))]) assert.ok(!JSON.stringify(result.findings).includes(secret));
    });
  }

  test("a public origin in development, which would show all mail", async () => {
    const root = healthyProject({ "wrangler.toml": settingsWith([/^ORIGIN = .*$/m, 'ORIGIN = "https://accounts.acme.dev"']) });
    expectFinding(await examine(root, ["--url", ORIGIN]), "configuration", "fail", /ORIGIN must be a loopback/);
  });

  test("a deployment that refuses its configuration, or has no database", async () => {
    const refusing = await examine(quiet(), ["--url", await deployment({ policy: "{}" })]);
    expectFinding(refusing, "deployment", "fail", /healthz: 500: the Worker refuses/);
    const platform = "export default () => ({ DB: { prepare() { throw new Error('D1 is down'); } } });";
    expectFinding(await examine(quiet(), ["--url", await deployment({ platform })]), "deployment", "fail", /healthz: 503: the database/);
  });

  test("PORT and DATA_DIR name the deployment on this machine and its data, as for `rolecall dev`", async () => {
    const port = new URL(await deployment()).port;
    const result = await examine(quiet({ "wrangler.toml": withFew() }), [], { PORT: port, DATA_DIR: migrated });
    expectFinding(result, "deployment", "ok", new RegExp(`^http://localhost:${port} answers`));
    expectFinding(result, "migrations", "ok", /^all 2 are applied/);
  });

  test("no credentials of MAIL_API_URL are printed", async () => {
    for (const url of ["https://ann:hunter2@mail.example.com/send", "https://mail.example.com/send?key=hunter2", "ftp://ann:hunter2@mail.acme.dev"]) {
      const root = healthyProject({ "wrangler.toml": productionWith([/^MAIL_API_URL = .*$/m, `MAIL_API_URL = "${url}"`]) });
      assert.doesNotMatch(JSON.stringify((await examine(root, ["--production"])).findings), /hunter2/, url);
    }
  });

  test("an origin at which Rolecall does not answer", async () => {
    expectFinding(await examine(quiet(), ["--url", ORIGIN]), "deployment", "fail", /nothing listens/);
    const page = await impostor((_, response) => void response.end("hello"));
    const redirect = await impostor((_, response) => void response.writeHead(302, { location: "https://login.rolecall.invalid/" }).end());
    const origins: [string, RegExp][] = [
      [page, /no answer of Rolecall/],
      [page.replace("http:", "https:"), /TLS/],
      [redirect, /redirects to https:\/\/login/],
    ];
    for (const [origin, found] of origins) {
      const replies = await readDeployment(origin);
      const findings = deploymentFindings({ target: "production", replies, named: true, origin, policy: DEFAULT_POLICY, kid: undefined });
      expectFinding({ findings }, "deployment", "fail", found);
    }
  });

  test("a deployment with another origin, other keys, another policy, and a clock that is ten minutes behind", async () => {
    const policy = changed(DEFAULT_POLICY, '"title": "Developer"', '"title": "Dev"');
    const other = await deployment({ policy, vars: { ORIGIN: "http://localhost:9", TOKEN_KEYS: SECRETS.TOKEN_KEYS.replace("t1:", "t9:") } });
    const result = await examine(quiet(), ["--url", await altered(other, { clock: -600 })]);
    expectFinding(result, "origin", "fail", /http:\/\/localhost:9/);
    expectFinding(result, "keys", "fail", /t9.*not with t1/);
    expectFinding(result, "policy", "warn", /another policy/);
    expectFinding(result, "clock", "fail", /(59\d|60\d) s ahead/);
  });

  test("a deployment of which something else answers some paths, and a clock that is a minute ahead", async () => {
    const origin = await deployment();
    const taken = ["/.well-known/jwks.json", "/.well-known/authzen-configuration"];
    const result = await examine(quiet(), ["--url", await altered(origin, { clock: 60, taken })]);
    expectFinding(result, "origin", "fail", /no metadata/);
    expectFinding(result, "keys", "fail", /no key/);
    expectFinding(result, "clock", "warn", /(5\d|6\d) s behind/);
  });

  test("production as the template has it, without an account: what needs Cloudflare is not checked, the rest is", async () => {
    const result = await examine(healthyProject(), ["--production"]);
    for (const name of ["ORIGIN", "MAIL_FROM", "MAIL_API_URL", "TOKEN_AUDIENCE"])
      expectFinding(result, "configuration", "fail", new RegExp(`^${name} is still`));
    expectFinding(result, "bindings", "fail", /DB has no database yet/);
    expectFinding(result, "bindings", "fail", /KV has no namespace yet/);
    for (const check of ["secrets", "migrations"]) expectFinding(result, check, "skipped", /wrangler is not signed in/);
    for (const check of ["dns", "deployment"]) expectFinding(result, check, "skipped", /ORIGIN is not set to a domain of yours/);
  });

  test("production as development, without https and with a secret in wrangler.toml", async () => {
    const own = productionWith(
      ['ENVIRONMENT = "production"', `ENVIRONMENT = "development"\nTOKEN_KEYS = "${SECRETS.TOKEN_KEYS}"`],
      ["https://accounts.rolecall.invalid", "http://accounts.rolecall.invalid"],
      ["https://mail.rolecall.invalid", "http://mail.rolecall.invalid"],
    );
    const result = await examine(healthyProject({ "wrangler.toml": own }), ["--production"]);
    expectFinding(result, "configuration", "fail", /shows all mail to everybody/);
    expectFinding(result, "configuration", "fail", /cookie with https only/);
    expectFinding(result, "secrets", "fail", /TOKEN_KEYS stands in wrangler\.toml/);
    expectFinding(result, "mail", "fail", /without https/);
    expectFinding(result, "mail", "fail", /mail\.rolecall\.invalid does not resolve/);
    expectFinding(result, "dns", "fail", /accounts\.rolecall\.invalid does not resolve/);
    expectFinding(result, "deployment", "fail", /accounts\.rolecall\.invalid does not resolve/);
    assert.ok(!JSON.stringify(result.findings).includes(SECRETS.TOKEN_KEYS.slice(3)));
  });

  test("production with an account: healthy, then without a key and with other migrations", async () => {
    const port = await freePort();
    const origin = `https://localhost:${port}`;
    const vars = { ENVIRONMENT: "production", MAIL: "send_email", ORIGIN: origin };
    const settings = productionWith(["https://accounts.rolecall.invalid", origin], ['MAIL = "http"', 'MAIL = "send_email"']);
    const bound = `${settings}\n[[env.production.send_email]]\nname = "EMAIL"\n\n[[env.production.services]]\nbinding = "UPSTREAM"\nservice = "api"\n`;
    const root = healthyProject({ "wrangler.toml": bound, ".dev.vars": null });
    const args = ["--production", "--url", await altered(await deployment({ vars }), {})];
    const names = migrationNames();
    const healthy = await examine(root, args, await signedInTo({ secrets: Object.keys(SECRETS), migrations: names }));
    assert.deepEqual([...new Set(healthy.findings.map(({ status }) => status))], ["ok"], JSON.stringify(healthy.findings, null, 1));

    const other = await examine(root, args, await signedInTo({ secrets: ["LINK_KEYS"], migrations: [...names.slice(1), "9999_future.sql"] }));
    assert.deepEqual(failing(other), ["secrets", "migrations"]);
    expectFinding(other, "secrets", "fail", /^TOKEN_KEYS is not set/);
    expectFinding(other, "migrations", "fail", /^1 of \d+ are pending: 0001/);
    expectFinding(other, "migrations", "fail", /newer.*9999_future\.sql/);
  });

  test("for people a table with what to do; a wrong use is 2, a folder without a project 1, without a stack trace", async () => {
    const { code, out } = await run(["doctor"], { cwd: quiet({ "policy.json": "{" }) });
    assert.equal(code, 1);
    assert.match(out, /^status {2,}check {2,}found\n/);
    assert.match(out, /\nFAIL {2,}policy {2,}policy\.json: the text is not JSON .*line 1, column 2\n {2,}→ Correct it/);
    assert.match(out, /\n\n\d+ ok, 2 fail, 1 skipped\n$/);
    assert.equal((await run(["doctor", "--url", "accounts"], { cwd: folder() })).code, 2);
    const nowhere = await run(["doctor"], { cwd: folder() });
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.err, /^✗ There is no wrangler\.toml in .*\n$/);
  });
});

test("tools: an old Node, and another wrangler than the tested one", () => {
  const tools = { node: "22.12.0", pinned: "4.164.0", wrangler: "4.164.0" };
  const statusOf = (change: object) => toolFindings({ ...tools, ...change }).map(({ status }) => status);
  assert.deepEqual(statusOf({}), ["ok"]);
  assert.deepEqual(statusOf({ node: "24.0.0", ofProject: "4.164.0" }), ["ok"]);
  for (const node of ["22.11.9", "20.19.0"]) assert.deepEqual(statusOf({ node }), ["fail"], node);
  assert.deepEqual(statusOf({ wrangler: "4.1.0" }), ["warn"]);
});

test("an example is one of its own domain only", () => {
  for (const text of ["https://accounts.example.com", "team@example.org", "https://example.net:8443/send", "team@acme.example"])
    assert.ok(isPlaceholder(text), text);
  for (const text of ["https://my-example.com", "https://example.com.acme.dev", "https://a.example-shop.dev", "rolecall"])
    assert.ok(!isPlaceholder(text), text);
});

test("a failed connection is told in words", () => {
  const reasons: [string, RegExp][] = [
    ["CERT_HAS_EXPIRED", /^a\.dev TLS: .*expired/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", /another name/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", /self-signed/],
    ["ERR_SSL_WRONG_VERSION_NUMBER", /does not speak/],
    ["UND_ERR_CONNECT_TIMEOUT", /not answer in time/],
    ["ECONNRESET", /closed the connection/],
    ["EOTHER", /^a\.dev cannot be asked: inner$/],
  ];
  for (const [code, reason] of reasons)
    assert.match(failureOf(new TypeError("fetch failed", { cause: Object.assign(new Error("inner"), { code }) }), "a.dev").reason, reason);
  assert.match(failureOf(new DOMException("aborted", "TimeoutError"), "a.dev").reason, /not answer in time/);
});

test("the clock: up to 30 seconds are no fault, more than 300 fail", () => {
  const clock = (seconds: number) => {
    const at = Date.UTC(2026, 0, 1);
    const health = { status: 500, headers: { date: new Date(at - seconds * 1000).toUTCString() }, text: "", at: at + 500 };
    const replies = { url: "https://a.dev", health, policy: health, keys: health, metadata: health };
    const findings = deploymentFindings({ target: "production", replies, named: false, origin: "https://a.dev", policy: "", kid: undefined });
    return findings.find(({ check }) => check === "clock")?.status;
  };
  for (const [seconds, status] of [
    [0, "ok"],
    [30, "ok"],
    [31, "warn"],
    [300, "warn"],
    [301, "fail"],
  ] as const) {
    assert.equal(clock(seconds), status, `${seconds}`);
    assert.equal(clock(-seconds), status, `-${seconds}`);
  }
});

test("a restore renames the key that signs", () => {
  assert.equal(signingKeyId("t2:abc, t1:def", "0"), "t2");
  assert.equal(signingKeyId("t2:abc", "3"), "t2.3");
  assert.equal(signingKeyId(undefined, "0"), undefined);
});

test("mail in production: a key that is missing is a warning, one that is not known is none", () => {
  const settings: Settings = { vars: {}, d1_databases: [], kv_namespaces: [], ratelimits: [], send_email: [], triggers: {} };
  const mail = { target: "production" as const, settings, vars: { MAIL: "http", MAIL_API_URL: "https://mail.acme.dev" }, asked: true };
  const statuses = (hasKey: boolean | undefined) => mailFindings({ ...mail, hasKey }).map(({ status }) => status);
  assert.deepEqual([statuses(true), statuses(false), statuses(undefined)], [["ok"], ["warn"], ["ok"]]);
});

test("what wrangler prints is read: an account, and failures in its own words", () => {
  const outcome = (out: string, ok = true, err = "") => ({ ok, out, err });
  assert.equal(signedIn(outcome('{"loggedIn":true}')), true);
  assert.match(JSON.stringify(signedIn(outcome('{"loggedIn":false}', false))), /not signed in/);
  const colours = "\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1mA request failed.\u001b[0m\n\n  details";
  assert.match(JSON.stringify(secretNames(outcome("", false, colours))), /cannot read it: A request failed\."/);
  const absent = colours.replace("A request failed.", 'Worker "acme" (env: production) not found.');
  assert.deepEqual(secretNames(outcome("", false, absent)), []);
  const failed = (note: string) =>
    outcome(JSON.stringify({ error: { text: "A request to the API failed.", notes: [{ text: note }], name: "APIError" } }), false);
  assert.deepEqual(appliedMigrations(failed("no such table: d1_migrations: SQLITE_ERROR [code: 7500]")), []);
  assert.deepEqual(appliedMigrations(outcome('{"error":{"text":"no such table: d1_migrations: SQLITE_ERROR"}}', false)), []);
  const unread = appliedMigrations(failed("The database could not be found [code: 7404]"));
  assert.ok(!Array.isArray(unread));
  const [finding] = migrationFindings({ target: "production", files: ["0001_a.sql"], applied: unread });
  assert.equal(finding?.status, "fail");
  assert.match(finding?.found ?? "", /API failed\. The database could not be found/);
});

test("a variable that is a secret in production is not judged", () => {
  const { LINK_KEYS, TOKEN_KEYS, ...vars } = { ...SECRETS, ENVIRONMENT: "production", ORIGIN: "https://acme.dev", PRODUCT_NAME: "Acme", MAIL: "send_email" };
  const base = { target: "production" as const, vars: { ...vars, TOKEN_AUDIENCE: "api" }, local: {}, bindings: [], policy: DEFAULT_POLICY, signIn: "" };
  const faults = (secrets: string[]) => configurationFindings({ ...base, secrets }).filter(({ status }) => status === "fail");
  assert.deepEqual(faults(["LINK_KEYS", "TOKEN_KEYS", "MAIL_FROM"]), []);
  assert.deepEqual(
    faults(["LINK_KEYS", "TOKEN_KEYS"]).map(({ found }) => found),
    ["MAIL_FROM is not set"],
  );
});

test("a sign-in provider needs its client secret, in a secret", () => {
  const signIn = '{"password":true,"email_code":true,"providers":[{"id":"my-idp","kind":"github","title":"GitHub","client_id":"c"}]}';
  const vars = {
    ENVIRONMENT: "production",
    ORIGIN: "https://acme.dev",
    PRODUCT_NAME: "Acme",
    MAIL: "send_email",
    MAIL_FROM: "a@acme.dev",
    TOKEN_AUDIENCE: "api",
  };
  const base = { target: "production" as const, vars, local: {}, bindings: [], policy: DEFAULT_POLICY, signIn };
  const faults = (secrets: string[], more: Record<string, string> = {}) =>
    configurationFindings({ ...base, vars: { ...vars, ...more }, secrets }).filter(({ status }) => status === "fail");
  const keys = ["LINK_KEYS", "TOKEN_KEYS"];
  assert.deepEqual(faults([...keys, "PROVIDER_MY_IDP_SECRET"]), []);
  const [missing] = faults(keys);
  assert.equal(missing?.found, "PROVIDER_MY_IDP_SECRET is not set");
  assert.match(missing?.action ?? "", /wrangler secret put PROVIDER_MY_IDP_SECRET/);
  assert.match(faults(keys, { PROVIDER_MY_IDP_SECRET: "in the open" })[0]?.found ?? "", /stands in wrangler\.toml/);
  const broken = configurationFindings({ ...base, secrets: keys, signIn: '{"password":1}' }).filter(({ status }) => status === "fail");
  assert.match(broken.map(({ found }) => found).join(), /sign-in\.json.*\/password/);
});
