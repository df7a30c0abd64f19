// `npm run deploy`: to Cloudflare, step by step. Every step can be repeated; nothing is overwritten that exists.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { Told, ask, at, environment, main, run, step } from "./lib.mjs";
import { buildAll } from "./build.mjs";
import { setup } from "./setup.mjs";

const ENV = ["--env", "production"];
const CONFIG = at("wrangler.toml");
const UNSET = "set-by-npm-run-deploy";

function demandAccount() {
  const who = ask("wrangler", ["whoami"]);
  if (!who.ok || /not authenticated/i.test(who.out + who.err)) throw new Told("wrangler is not signed in to Cloudflare. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and try again.");
}

function demandOrigin() {
  const text = readFileSync(CONFIG, "utf8");
  const production = text.slice(text.indexOf("[env.production.vars]"));
  const origin = /^ORIGIN = "(.*)"$/m.exec(production)?.[1] ?? "";
  if (!origin.startsWith("https://") || origin.endsWith("example.com")) {
    throw new Told("Set ORIGIN, TOKEN_AUDIENCE and the mail variables under [env.production.vars] in wrangler.toml first: docs/DEPLOY.md says how.");
  }
}

/** Puts a created resource's id where wrangler.toml still waits for it. */
function fill(section, id) {
  const text = readFileSync(CONFIG, "utf8");
  const from = text.indexOf(section);
  const head = text.slice(0, from);
  writeFileSync(CONFIG, head + text.slice(from).replace(UNSET, id));
}

const waits = (section) => {
  const text = readFileSync(CONFIG, "utf8");
  return text.slice(text.indexOf(section)).split("\n\n")[0].includes(UNSET);
};

function created(args) {
  const result = ask("wrangler", args);
  const id = /"(?:database_)?id":?\s*"([0-9a-f-]{32,36})"|id = "([0-9a-f-]{32,36})"/.exec(result.out + result.err);
  if (!id) throw new Told(`wrangler ${args.join(" ")} told no id:\n${result.out}\n${result.err}`);
  return id[1] ?? id[2];
}

async function resources() {
  const d1 = "[[env.production.d1_databases]]";
  const kv = "[[env.production.kv_namespaces]]";
  if (waits(d1)) await step("Creating the D1 database", "", async () => fill(d1, created(["d1", "create", "rolecall"])));
  if (waits(kv)) await step("Creating the KV namespace", "", async () => fill(kv, created(["kv", "namespace", "create", "rolecall"])));
}

/** Keys are made here, handed to wrangler through a pipe, and kept nowhere else. */
async function secrets() {
  const known = ask("wrangler", ["secret", "list", ...ENV]).out;
  for (const [name, kid] of [["LINK_KEYS", "l1"], ["TOKEN_KEYS", "t1"]]) {
    if (known.includes(name)) continue;
    await step(`Setting the secret ${name}`, "", async () => {
      const input = `${kid}:${randomBytes(32).toString("base64url")}`;
      const { status } = spawnSync("wrangler", ["secret", "put", name, ...ENV], { cwd: at(), input, env: environment(), stdio: ["pipe", "inherit", "inherit"] });
      if (status !== 0) throw new Told(`wrangler could not set ${name}.`);
    });
  }
}

main(async () => {
  await setup();
  demandAccount();
  demandOrigin();
  await step("Checking policy and generated files", "some seconds", () => run("cargo", ["run", "-q", "-p", "rolecall-xtask", "--", "generate", "--check"]));
  await resources();
  await buildAll();
  await step("Applying migrations", "", () => run("wrangler", ["d1", "migrations", "apply", "DB", "--remote", ...ENV], { env: { CI: "true" } }));
  await step("Deploying", "", () => run("wrangler", ["deploy", ...ENV]));
  await secrets();
  console.log("\nDeployed. Add a custom domain or route as docs/DEPLOY.md says, then open ORIGIN and sign up.");
});
