// `rolecall doctor`: each fault is provoked in a real project, database or deployment, and must be the one that is named.
import assert from "node:assert/strict";
import { type Server, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { after, test } from "node:test";
import { createdId } from "../../cli/src/commands/deploy.ts";
import { appliedMigrations, secretNames, signedIn } from "../../cli/src/doctor/wrangler-output.ts";
import { configurationFindings } from "../../cli/src/doctor/configuration.ts";
import { DEFAULT_POLICY, type Running, startWorker } from "../e2e/support/worker.ts";
import { folder, run } from "./support/command.ts";
import { SECRETS, SETTINGS, changed, devVars, healthyProject } from "./support/healthy-project.ts";

interface Finding {
  check: string;
  status: "ok" | "warn" | "fail" | "skipped";
  found: string;
  action?: string;
}

async function examine(root: string, ...args: string[]): Promise<{ code: number | null; findings: Finding[] }> {
  // Without an account at Cloudflare, whatever this machine has.
  const env = { CLOUDFLARE_API_TOKEN: undefined, CLOUDFLARE_ACCOUNT_ID: undefined, HOME: root, XDG_CONFIG_HOME: root };
  const { code, out, err } = await run(["doctor", "--json", ...args], { cwd: root, env });
  assert.ok(out.startsWith("["), `${out}\n${err}`);
  return { code, findings: JSON.parse(out) };
}

/** Asserts that a finding is reported, with what to do where it is a fault; and the exit code. */
function expectFinding({ code, findings }: { code: number | null; findings: Finding[] }, check: string, status: Finding["status"], found: RegExp): void {
  const matching = findings.filter((finding) => finding.check === check && finding.status === status && found.test(finding.found));
  assert.equal(matching.length, 1, `${check} ${status} ${found}\n${JSON.stringify(findings, null, 1)}`);
  if (status === "fail" || status === "warn") assert.ok(matching[0]?.action, "it says what to do");
  assert.equal(code, findings.some((finding) => finding.status === "fail") ? 1 : 0);
}

/** The checks of a project that fail. */
const failed = ({ findings }: { findings: Finding[] }) => [...new Set(findings.filter(({ status }) => status === "fail").map(({ check }) => check))];

/** Folder of a database with all migrations. */
const migrated = folder();
assert.equal((await run(["migrate", "--persist-to", migrated], { cwd: healthyProject() })).code, 0);

const deployments: Running[] = [];
after(() => Promise.all(deployments.map((deployment) => deployment.stop())));

/** A deployment of the built Worker, whose links lead to where it listens. */
async function deployment(settings: Parameters<typeof startWorker>[0] = {}): Promise<string> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const running = await startWorker({ ...settings, port, vars: { ORIGIN: origin, ...SECRETS, ...settings.vars } });
  deployments.push(running);
  return origin;
}

/** Origin of a server that now listens, until the tests end. */
async function listening(server: Server): Promise<string> {
  after(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

test("nothing is wrong with a healthy project and its deployment", async () => {
  const origin = await deployment();
  const root = healthyProject({ "wrangler.toml": changed(SETTINGS, "http://localhost:8787", origin) });
  const result = await examine(root, "--persist-to", migrated);
  assert.deepEqual([result.code, failed(result)], [0, []], JSON.stringify(result.findings, null, 1));
  for (const check of ["tools", "policy", "configuration", "secrets", "bindings", "migrations", "mail", "deployment", "origin", "keys"]) {
    assert.ok(
      result.findings.some((finding) => finding.check === check && finding.status === "ok"),
      check,
    );
  }
});

/** Several replacements in the settings, each of which must apply. */
const settingsWith = (...changes: [from: string | RegExp, to: string][]) => changes.reduce((text, [from, to]) => changed(text, from, to), SETTINGS);

/** Faults of files: what is changed, and the findings of one check that this must give. */
const FILE_FAULTS: { fault: string; files: Record<string, string | null>; check: string; found: RegExp[]; warned?: RegExp }[] = [
  {
    fault: "a policy with an unknown permission",
    files: { "policy.json": changed(DEFAULT_POLICY, '"pods.connect", "endpoints.invoke"', '"pods.fly", "endpoints.invoke"') },
    check: "policy",
    found: [/pods\.fly.*\/roles\/0/],
  },
  { fault: "no policy", files: { "policy.json": null }, check: "policy", found: [/no policy\.json/] },
  {
    fault: "variables that the Worker refuses",
    files: { "wrangler.toml": settingsWith(['TOKEN_LIFE = "120"', 'TOKEN_LIFE = "5"'], ['MAIL = "log"', 'MAIL = "http"']) },
    check: "configuration",
    found: [/TOKEN_LIFE/, /MAIL_API_URL/],
  },
  { fault: "settings that are no TOML", files: { "wrangler.toml": `${SETTINGS}\n[broken` }, check: "configuration", found: [/wrangler\.toml/] },
  {
    fault: "secrets that are missing or malformed",
    files: { ".dev.vars": devVars({ LINK_KEYS: "l1:hunter2" }) },
    check: "secrets",
    found: [/TOKEN_KEYS is not set/, /LINK_KEYS/],
  },
  {
    fault: "bindings that are missing or wrong",
    files: {
      "wrangler.toml": settingsWith(
        ['binding = "DB"', 'binding = "DATA"'],
        ['binding = "KV"', 'binding = "CACHE"'],
        ["run_worker_first = true", "run_worker_first = false"],
        ['name = "LIMIT_AUTH"', 'name = "LIMIT_OTHER"'],
        ['crons = ["* * * * *"]', 'crons = ["0 * * * *"]'],
        [/\[\[services\]\]\nbinding.*\nservice.*\n/, ""],
      ),
    },
    check: "bindings",
    found: [/D1 database DB/, /KV namespace KV/, /before the Worker/, /LIMIT_AUTH/, /every minute/],
    warned: /nowhere to forward/,
  },
];

for (const { fault, files, check, found, warned } of FILE_FAULTS) {
  test(`${fault}: named, without a secret`, async () => {
    const result = await examine(healthyProject(files), "--persist-to", migrated);
    for (const each of found) expectFinding(result, check, "fail", each);
    if (warned) expectFinding(result, check, "warn", warned);
    assert.deepEqual(failed(result), [check]);
    for (const secret of ["hunter2", ...Object.values(SECRETS).map((key) => key.slice(3))]) assert.ok(!JSON.stringify(result.findings).includes(secret));
  });
}

test("a public origin in development is a fault: it would show all mail", async () => {
  const result = await examine(
    healthyProject({ "wrangler.toml": settingsWith(["http://localhost:8787", "https://accounts.acme.dev"]) }),
    "--persist-to",
    migrated,
  );
  expectFinding(result, "configuration", "fail", /ORIGIN/);
});

test("migrations that are pending, and a database that is newer, are faults", async () => {
  const root = healthyProject();
  expectFinding(await examine(root, "--persist-to", path.join(folder(), "none")), "migrations", "fail", /15 of 15 are pending|\d+ of \d+ are pending/);
  const newer = folder();
  assert.equal((await run(["migrate", "--persist-to", newer], { cwd: root })).code, 0);
  const { run: wrangler } = await import("../../cli/src/wrangler.ts");
  const insert = "INSERT INTO d1_migrations (name) VALUES ('9999_future.sql')";
  await wrangler(["d1", "execute", "DB", "--local", "--persist-to", newer, "-c", path.join(root, "wrangler.toml"), "--command", insert]);
  expectFinding(await examine(root, "--persist-to", newer), "migrations", "fail", /newer.*9999_future\.sql/);
});

test("a deployment that refuses its configuration, or is not there, is a fault", async () => {
  const root = healthyProject();
  const refusing = await deployment({ policy: "{}" });
  expectFinding(await examine(root, "--persist-to", migrated, "--url", refusing), "deployment", "fail", /500/);
  const gone = `http://localhost:${await freePort()}`;
  expectFinding(await examine(root, "--persist-to", migrated, "--url", gone), "deployment", "fail", /nothing listens/);
  expectFinding(await examine(root, "--persist-to", migrated, "--url", "http://no-such-host.invalid"), "deployment", "fail", /does not resolve/);
  const other = await listening(createServer((_, response) => void response.end("hello")));
  expectFinding(await examine(root, "--persist-to", migrated, "--url", other), "deployment", "fail", /no answer of Rolecall/);
});

test("a deployment with another origin, other keys or another policy is told apart", async () => {
  const policy = changed(DEFAULT_POLICY, '"title": "Developer"', '"title": "Dev"');
  const other = await deployment({ policy, vars: { ORIGIN: "http://localhost:9", TOKEN_KEYS: SECRETS.TOKEN_KEYS.replace("t1:", "t9:") } });
  const result = await examine(healthyProject(), "--persist-to", migrated, "--url", other);
  expectFinding(result, "origin", "fail", /http:\/\/localhost:9/);
  expectFinding(result, "keys", "fail", /t9.*not with t1/);
  expectFinding(result, "policy", "warn", /another policy/);
});

/** A proxy in front of a deployment that shifts the header `Date`. */
async function withClock(origin: string, seconds: number): Promise<string> {
  const proxy = createServer((incoming, outgoing) => {
    const onward = request(
      new URL(incoming.url ?? "/", origin),
      { method: incoming.method, headers: { ...incoming.headers, host: new URL(origin).host } },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, { ...response.headers, date: new Date(Date.now() + seconds * 1000).toUTCString() });
        response.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  });
  return listening(proxy);
}

test("a clock that is wrong by a minute is a warning, by ten a fault", async () => {
  const origin = await deployment();
  const root = healthyProject();
  expectFinding(await examine(root, "--persist-to", migrated, "--url", await withClock(origin, 60)), "clock", "warn", /behind/);
  expectFinding(await examine(root, "--persist-to", migrated, "--url", await withClock(origin, -600)), "clock", "fail", /ahead/);
});

test("in production what is still the example's, has no id or is no https is a fault, and what needs Cloudflare is skipped with its reason", async () => {
  const example = await examine(healthyProject(), "--production");
  for (const name of ["ORIGIN", "MAIL_FROM", "MAIL_API_URL", "TOKEN_AUDIENCE"])
    expectFinding(example, "configuration", "fail", new RegExp(`^${name} is still`));
  expectFinding(example, "bindings", "fail", /DB has no database yet/);
  expectFinding(example, "bindings", "fail", /KV has no namespace yet/);
  expectFinding(example, "secrets", "skipped", /not signed in/);
  expectFinding(example, "migrations", "skipped", /not signed in/);

  const production = changed(SETTINGS.slice(SETTINGS.indexOf("[env.production]")), /example\.com/g, "rolecall.invalid");
  const own = SETTINGS.slice(0, SETTINGS.indexOf("[env.production]")) + production;
  const unresolved = await examine(healthyProject({ "wrangler.toml": own }), "--production");
  expectFinding(unresolved, "dns", "fail", /accounts\.rolecall\.invalid does not resolve/);
  expectFinding(unresolved, "mail", "fail", /mail\.rolecall\.invalid.*does not resolve/);
  const insecure = changed(own, "https://accounts.rolecall.invalid", "http://accounts.rolecall.invalid");
  expectFinding(await examine(healthyProject({ "wrangler.toml": insecure }), "--production"), "configuration", "fail", /cookie with https only/);
  const leaked = changed(
    own,
    '[env.production.vars]\nENVIRONMENT = "production"',
    `[env.production.vars]\nTOKEN_KEYS = "${SECRETS.TOKEN_KEYS}"\nENVIRONMENT = "production"`,
  );
  expectFinding(await examine(healthyProject({ "wrangler.toml": leaked }), "--production"), "secrets", "fail", /TOKEN_KEYS stands in wrangler\.toml/);
});

test("what wrangler prints is read: who is signed in, secrets, migrations, ids", () => {
  const outcome = (out: string, ok = true, err = "") => ({ ok, out, err });
  assert.deepEqual(secretNames(outcome('[{"name":"LINK_KEYS","type":"secret_text"},{"name":"TOKEN_KEYS","type":"secret_text"}]')), ["LINK_KEYS", "TOKEN_KEYS"]);
  assert.ok("unread" in (signedIn(outcome('{"loggedIn":false}')) as object));
  assert.deepEqual(appliedMigrations(outcome('[{"results":[{"name":"0001_a.sql"}],"success":true,"meta":{}}]')), ["0001_a.sql"]);
  assert.equal(createdId('[[d1_databases]]\ndatabase_id = "12345678-1234-1234-1234-123456789abc"'), "12345678-1234-1234-1234-123456789abc");
  assert.equal(createdId("nothing"), undefined);
});

test("a production secret that is missing is a fault, and one that is set is not judged", () => {
  const base = {
    target: "production" as const,
    vars: {
      ENVIRONMENT: "production",
      ORIGIN: "https://accounts.acme.dev",
      PRODUCT_NAME: "Acme",
      MAIL: "send_email",
      MAIL_FROM: "team@acme.dev",
      TOKEN_AUDIENCE: "https://api.acme.dev",
    },
    local: {},
    bindings: [],
    policy: DEFAULT_POLICY,
  };
  const missing = configurationFindings({ ...base, secrets: ["LINK_KEYS"] });
  assert.deepEqual(
    missing.filter(({ status }) => status === "fail").map(({ check, found }) => [check, found]),
    [["secrets", "TOKEN_KEYS is not set"]],
  );
  const complete = configurationFindings({ ...base, secrets: ["LINK_KEYS", "TOKEN_KEYS"] });
  assert.ok(
    complete.every(({ status }) => status === "ok"),
    JSON.stringify(complete),
  );
});
