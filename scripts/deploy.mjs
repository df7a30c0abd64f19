// `npm run deploy`: deploys to Cloudflare. Every step is repeatable, and overwrites no existing resource or secret.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { UserError, at, capture, environment, main, run, step } from "./lib.mjs";
import { buildAll } from "./build.mjs";
import { setup } from "./setup.mjs";

const ENV = ["--env", "production"];
const CONFIG = at("wrangler.toml");
const PLACEHOLDER = "set-by-npm-run-deploy";

function requireAccount() {
  const identity = capture("wrangler", ["whoami"]);
  if (!identity.ok || /not authenticated/i.test(identity.out + identity.err))
    throw new UserError("wrangler is not signed in to Cloudflare. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and try again.");
}

function requireOrigin() {
  const text = readFileSync(CONFIG, "utf8");
  const production = text.slice(text.indexOf("[env.production.vars]"));
  const origin = /^ORIGIN = "(.*)"$/m.exec(production)?.[1] ?? "";
  if (!origin.startsWith("https://") || origin.endsWith("example.com")) {
    throw new UserError("Set ORIGIN, TOKEN_AUDIENCE and the mail variables under [env.production.vars] in wrangler.toml first: see docs/DEPLOY.md.");
  }
}

/** Replaces the placeholder id in a section of wrangler.toml. */
function setId(section, id) {
  const text = readFileSync(CONFIG, "utf8");
  const from = text.indexOf(section);
  const head = text.slice(0, from);
  writeFileSync(CONFIG, head + text.slice(from).replace(PLACEHOLDER, id));
}

const hasPlaceholder = (section) => {
  const text = readFileSync(CONFIG, "utf8");
  return text.slice(text.indexOf(section)).split("\n\n")[0].includes(PLACEHOLDER);
};

function createResource(args) {
  const result = capture("wrangler", args);
  const id = /"(?:database_)?id":?\s*"([0-9a-f-]{32,36})"|id = "([0-9a-f-]{32,36})"/.exec(result.out + result.err);
  if (!id) throw new UserError(`wrangler ${args.join(" ")} printed no id:\n${result.out}\n${result.err}`);
  return id[1] ?? id[2];
}

async function createResources() {
  const d1 = "[[env.production.d1_databases]]";
  const kv = "[[env.production.kv_namespaces]]";
  if (hasPlaceholder(d1)) await step("Creating the D1 database", "", async () => setId(d1, createResource(["d1", "create", "rolecall"])));
  if (hasPlaceholder(kv)) await step("Creating the KV namespace", "", async () => setId(kv, createResource(["kv", "namespace", "create", "rolecall"])));
}

/** Generates the missing keys and passes them to wrangler through a pipe; they are stored nowhere else. */
async function createSecrets() {
  const existing = capture("wrangler", ["secret", "list", ...ENV]).out;
  for (const [name, kid] of [
    ["LINK_KEYS", "l1"],
    ["TOKEN_KEYS", "t1"],
  ]) {
    if (existing.includes(name)) continue;
    await step(`Setting the secret ${name}`, "", async () => {
      const input = `${kid}:${randomBytes(32).toString("base64url")}`;
      const { status } = spawnSync("wrangler", ["secret", "put", name, ...ENV], {
        cwd: at(),
        input,
        env: environment(),
        stdio: ["pipe", "inherit", "inherit"],
      });
      if (status !== 0) throw new UserError(`wrangler could not set ${name}.`);
    });
  }
}

main(async () => {
  await setup();
  requireAccount();
  requireOrigin();
  await step("Checking policy and generated files", "some seconds", () => run("cargo", ["run", "-q", "-p", "rolecall-xtask", "--", "generate", "--check"]));
  await createResources();
  await buildAll();
  await step("Applying migrations", "", () => run("wrangler", ["d1", "migrations", "apply", "DB", "--remote", ...ENV], { env: { CI: "true" } }));
  await step("Deploying", "", () => run("wrangler", ["deploy", ...ENV]));
  await createSecrets();
  console.log("\nDeployed. Add a custom domain or route (see docs/DEPLOY.md), then open ORIGIN and sign up.");
});
