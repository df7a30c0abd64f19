// `rolecall deploy`: deploys a project to Cloudflare. Every step can be repeated, and overwrites no existing resource or secret.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { configurationFindings } from "../doctor/configuration.ts";
import type { Finding } from "../doctor/finding.ts";
import { KEYS, type Settings, bindingNames, providerSecrets, varsOf } from "../doctor/settings.ts";
import { UserError, note, shownPath, step } from "../output.ts";
import { requireValidPolicy } from "../policy-text.ts";
import { Project, newKey, readPolicy } from "../project.ts";
import { requireSignedIn } from "../signed-in.ts";
import { isUnread, secretNames } from "../wrangler-output.ts";
import { capture, run } from "../wrangler.ts";
import { migrate } from "./migrate.ts";

const ENV = ["--env", "production"];
/** What stands in wrangler.toml for the id of a resource that does not exist yet. */
const PLACEHOLDER_ID = "set-by-rolecall-deploy";
/** Ids of the first keys. */
const FIRST_KEY_ID: Record<string, string> = { LINK_KEYS: "l1", TOKEN_KEYS: "t1" };

/** What must be set before a deployment, by the rules of `rolecall doctor`; secrets are made by the deployment itself. */
async function missingSettings(project: Project, policy: string): Promise<Finding[]> {
  const settings = (await project.config("production")) as Settings;
  const signIn = project.signInText();
  // Which secrets the Worker has is known after the deployment only.
  const secrets = [...KEYS, ...providerSecrets(signIn)];
  const findings = configurationFindings({
    target: "production",
    vars: varsOf(settings),
    local: {},
    secrets,
    bindings: bindingNames(settings),
    policy,
    signIn,
  });
  return findings.filter(({ status }) => status === "fail");
}

const listed = (findings: Finding[]) => findings.map(({ found, action }) => `  - ${found}${action ? `\n    ${action}` : ""}`).join("\n");

/** Replaces the placeholder id in a section of wrangler.toml. @throws UserError with the id where the section is not found. */
function setId(path: string, section: string, id: string): void {
  const text = readFileSync(path, "utf8");
  const from = text.indexOf(section);
  const rest = text.slice(from).replace(PLACEHOLDER_ID, id);
  if (from < 0 || rest === text.slice(from))
    throw new UserError(`It was created with the id ${id}. Write that into ${section} of wrangler.toml, and try again.`);
  writeFileSync(path, text.slice(0, from) + rest);
}

/** Id in what wrangler prints after it has created a resource. */
export function createdId(output: string): string | undefined {
  const id = /"(?:database_)?id":?\s*"([0-9a-f-]{32,36})"|id = "([0-9a-f-]{32,36})"/.exec(output);
  return id?.[1] ?? id?.[2];
}

async function createResource(args: string[]): Promise<string> {
  const { out, err } = await capture(args);
  const id = createdId(out + err);
  if (!id) throw new UserError(`wrangler ${args.join(" ")} printed no id:\n${out}\n${err}`);
  return id;
}

async function createResources(project: Project): Promise<void> {
  const { name, d1_databases: databases, kv_namespaces: namespaces } = await project.config("production");
  const database = databases.find(({ binding }) => binding === "DB");
  if (database?.database_id === PLACEHOLDER_ID) {
    await step(`Creating the D1 database ${database.database_name}`, async () =>
      setId(project.configPath, "[[env.production.d1_databases]]", await createResource(["d1", "create", database.database_name ?? name ?? "rolecall"])),
    );
  }
  if (namespaces.some(({ binding, id }) => binding === "KV" && id === PLACEHOLDER_ID)) {
    await step("Creating the KV namespace", async () =>
      setId(project.configPath, "[[env.production.kv_namespaces]]", await createResource(["kv", "namespace", "create", name ?? "rolecall"])),
    );
  }
}

/**
 * Generates the missing keys and passes them to wrangler through a pipe; they are stored nowhere else.
 *
 * @throws UserError where it is not known which secrets exist: a new key in the place of one would end all links and tokens.
 */
async function createSecrets(project: Project): Promise<void> {
  const names = secretNames(await capture(["secret", "list", ...ENV, "-c", project.configPath, "--format", "json"]));
  if (isUnread(names)) throw new UserError(`The Worker is deployed, but which secrets it has is not known: ${names.unread}. Run \`rolecall deploy\` again.`);
  for (const name of KEYS.filter((name) => !names.includes(name))) {
    await step(`Setting the secret ${name}`, () =>
      run(["secret", "put", name, ...ENV, "-c", project.configPath], { input: newKey(FIRST_KEY_ID[name] ?? "k1") }),
    );
  }
  tellMissing(project.signInText(), names);
}

/** Says which client secrets of sign-in providers are missing: without one the Worker answers nothing. */
function tellMissing(signIn: string, names: string[]): void {
  const missing = providerSecrets(signIn).filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  process.exitCode = 1;
  note(
    `The Worker answers nothing until it has the client secrets of its sign-in providers:\n${missing.map((name) => `  npx wrangler secret put ${name} ${ENV.join(" ")}`).join("\n")}`,
  );
}

/** Bundles the Worker as a deployment would, and says what it would create. */
async function dryRun(project: Project, policy: string): Promise<void> {
  const outdir = mkdtempSync(join(tmpdir(), "rolecall-dry-run-"));
  try {
    await step("Bundling the Worker (dry run)", () => run(["deploy", "--dry-run", "--outdir", outdir, ...ENV, "-c", project.configPath]));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
  const faults = await missingSettings(project, policy);
  if (faults.length > 0) {
    process.exitCode = 1;
    note(`The bundle is in order. What a deployment would stop for, and what is to be set first:\n${listed(faults)}`);
  }
  note("Dry run: nothing was uploaded. A deployment creates the database, the namespace and the secrets that are missing, and applies the migrations.");
}

async function deploy({ dryRun: isDry }: { dryRun?: boolean }): Promise<void> {
  const project = new Project();
  const policy = readPolicy(project.policyPath);
  requireValidPolicy(shownPath(policy.path), policy.text);
  if (isDry) return dryRun(project, policy.text);
  const faults = await missingSettings(project, policy.text);
  if (faults.length > 0) throw new UserError(`Nothing was deployed. Correct this first:\n${listed(faults)}`);
  await requireSignedIn();
  await createResources(project);
  await step("Applying migrations", () => migrate(project.configPath, { production: true }));
  await step("Deploying", async () => note(await run(["deploy", ...ENV, "-c", project.configPath])));
  await createSecrets(project);
  const { vars } = await project.config("production");
  note(`\nDeployed. Add ${vars.ORIGIN} as a custom domain of the Worker if it is none yet, run \`rolecall doctor --production\`, then open it and sign up.`);
}

export function addDeploy(program: Command): void {
  program
    .command("deploy")
    .description("deploys the project to Cloudflare: resources, migrations, Worker, secrets")
    .option("--dry-run", "check and bundle everything, and upload nothing; exits with 1 where a deployment would stop")
    .addHelpText("after", "\nExamples:\n  rolecall deploy --dry-run\n  CLOUDFLARE_API_TOKEN=… rolecall deploy")
    .action(deploy);
}
