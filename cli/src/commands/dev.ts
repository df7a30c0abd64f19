// `rolecall dev`: serves a project on one local address, with workerd, D1 and KV.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { lockData } from "../data-lock.ts";
import { bindingNames, isProviderSecret, type Settings, varsOf } from "../doctor/settings.ts";
import { DEFAULT_PORT, persistToOption, portOption } from "../options.ts";
import { UserError, note, shownPath, step } from "../output.ts";
import { requireValidPolicy } from "../policy-text.ts";
import { watchPolicy } from "../policy-watch.ts";
import { isFree } from "../port.js";
import { whenNpmEnds } from "../processes.js";
import { Project, readPolicy, readSettings } from "../project.ts";
import { faultsOf } from "../worker-rules.ts";
import { start } from "../wrangler.ts";
import { migrate } from "./migrate.ts";

export interface DevOptions {
  port?: number;
  persistTo: string;
  origin?: string;
  also?: string[];
  page?: string[];
}

/** Interval of the scheduled handler, which wrangler does not run locally. */
const SCHEDULE_MS = 60_000;
/** Interval at which the server is asked whether it responds, and how often. */
const POLL_MS = 200;
const POLLS = 300;

/** Signals that end the server: Ctrl-C, `kill`, a terminal that closes. */
const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function requireFreePort(port: number): Promise<void> {
  if (!(await isFree(port))) throw new UserError(`Port ${port} is taken. Stop what runs there, or choose another: PORT=${port + 3} npm start`);
}

/** Variables of this process, which go before those of wrangler.toml. @throws UserError where RATE_LIMITS is neither on nor off. */
function variablesOfProcess(): Record<string, string> {
  const { RATE_LIMITS, ALLOWED_ORIGINS, SIGN_IN, GITHUB_ORIGIN } = process.env;
  const secrets = Object.entries(process.env).filter((entry): entry is [string, string] => isProviderSecret(entry[0]) && Boolean(entry[1]));
  if (RATE_LIMITS && RATE_LIMITS !== "on" && RATE_LIMITS !== "off") throw new UserError(`RATE_LIMITS is ${RATE_LIMITS}. It must be on or off.`);
  return {
    ...(RATE_LIMITS && { RATE_LIMITS }),
    ...(ALLOWED_ORIGINS && { ALLOWED_ORIGINS }),
    ...(SIGN_IN && { SIGN_IN }),
    ...(GITHUB_ORIGIN && { GITHUB_ORIGIN }),
    ...Object.fromEntries(secrets),
  };
}

/** Refuses variables and secrets with which the Worker would answer nothing. */
function requireConfiguration(project: Project, settings: Settings, origin: string, policy: string): void {
  const vars = { ...varsOf(settings), ...project.developmentSecrets(), ORIGIN: origin, ...variablesOfProcess() };
  const faults = faultsOf({ vars, bindings: bindingNames(settings), policy, sign_in: project.signInText() });
  if (faults.length > 0)
    throw new UserError(`The Worker would answer nothing: ${faults.map(({ message }) => message).join("; ")}.\n  \`rolecall doctor\` says what to do.`);
}

/** Folders of the migrations that a configuration names. */
async function migrationFolders(config: string): Promise<string[]> {
  const { d1_databases: databases } = await readSettings(config, "development");
  return databases.map(({ migrations_dir }: { migrations_dir?: string }) => resolve(dirname(config), migrations_dir ?? "migrations"));
}

/** Applies the migrations of all configurations, unless these very files were applied to these data. */
async function migrateOnce(configs: string[], data: string): Promise<void> {
  const hash = createHash("sha256");
  const folders = (await Promise.all(configs.map(migrationFolders))).flat();
  for (const folder of folders.filter((folder) => existsSync(folder))) {
    for (const name of readdirSync(folder).sort())
      hash
        .update(name)
        .update("\0")
        .update(readFileSync(join(folder, name)))
        .update("\0");
  }
  const stamp = join(data, "rolecall-migrations");
  const digest = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  await step("Applying migrations (some seconds, once)", () => Promise.all(configs.map((config) => migrate(config, { persistTo: data }))));
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

/** Waits until the server responds, and says whether it does. */
async function responds(base: string): Promise<boolean> {
  for (let polls = 0; polls < POLLS; polls += 1) {
    const response = await fetch(`${base}/healthz`).catch(() => undefined);
    if (response) return response.ok;
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
  return false;
}

interface Started {
  base: string;
  /** Path of the policy. */
  policy: string;
  /** Folder of the local data. */
  data: string;
  also: string[];
  pages: string[];
  /** How long the start took. */
  seconds: number;
}

/** What a started server tells. */
function announcement({ base, policy, data, also, pages, seconds }: Started): string {
  const rows = [["Rolecall", base], ["API", `${base}/docs`], ["Mail (dev)", `${base}/dev/outbox`], ...pages.map((page) => page.split(/=(.*)/s))];
  const addresses = rows.map(([title = "", address = ""]) => `  ${title.padEnd(12)}  ${address}`).join("\n");
  // wrangler prints its table of bindings once, before the Workers are connected.
  const connected = also.length > 0 ? "  `[not connected]` above can be ignored: all Workers run in this process.\n" : "";
  return `\n${addresses}\n\n${connected}  Ready in ${seconds.toFixed(0)} s. An edit of ${shownPath(policy)} shows at the next reload.
  Press Ctrl-C to stop. Data is stored in ${shownPath(data)}.\n`;
}

async function dev({ port = DEFAULT_PORT, persistTo, origin = `http://localhost:${port}`, also = [], page: pages = [] }: DevOptions): Promise<void> {
  const started = Date.now();
  const project = new Project();
  const data = resolve(persistTo);
  const configs = [project.configPath, ...also.map((config) => resolve(config))];
  await requireFreePort(port);
  const policy = readPolicy(project.policyPath);
  requireValidPolicy(shownPath(policy.path), policy.text);
  await lockData(data);
  if (project.createDevelopmentSecrets()) note("▸ Wrote new development secrets to .dev.vars");
  const settings = (await project.config("development")) as Settings;
  requireConfiguration(project, settings, origin, policy.text);
  await migrateOnce(configs, data);
  const server = start([
    "dev",
    ...configs.flatMap((config) => ["-c", config]),
    ...["--port", String(port), "--ip", "127.0.0.1", "--persist-to", data, "--show-interactive-dev-session=false", "--log-level", "log"],
    ...Object.entries({ ORIGIN: origin, ...variablesOfProcess() }).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ]);
  const end = () => server.kill("SIGTERM");
  for (const signal of END_SIGNALS) process.on(signal, end);
  whenNpmEnds(end);
  process.on("exit", end);
  server.on("exit", (code) => process.exit(code ?? 0));
  const base = `http://localhost:${port}`;
  watchPolicy({ path: policy.path, config: project.configPath, base });
  const ok = await responds(base);
  const seconds = (Date.now() - started) / 1000;
  note(
    ok
      ? announcement({ base, policy: policy.path, data, also, pages, seconds })
      : `\n  ${base} does not answer as it should: the reason is above, and \`rolecall doctor\` looks for it.\n`,
  );
  setInterval(() => void fetch(`${base}/cdn-cgi/local/scheduled`).catch(() => {}), SCHEDULE_MS).unref();
}

/** An address to print, with its title. */
function page(value: string, previous?: string[]): string[] {
  if (!/^[^=]+=https?:\/\/./.test(value)) throw new InvalidArgumentError("It must be a title and an address, such as App=http://localhost:5174.");
  return list(value, previous);
}

const list = (value: string, previous: string[] = []) => [...previous, value];

export function addDev(program: Command): void {
  program
    .command("dev")
    .description("serves the project on this machine, with workerd, D1 and KV")
    .addOption(portOption(`port; ${DEFAULT_PORT} otherwise`))
    .addOption(persistToOption())
    .option("--origin <origin>", "public origin in links, if another than the port's (ORIGIN)", process.env.ORIGIN)
    .option("--also <wrangler.toml>", "another Worker to run in the same process, such as the API behind the gateway", list)
    .option("--page <title=address>", "another address to print with those of Rolecall", page)
    .addHelpText(
      "after",
      "\nExamples:\n  rolecall dev\n  rolecall dev --port 8790 --persist-to /tmp/rolecall\n  ALLOWED_ORIGINS=http://localhost:5173 rolecall dev\n  RATE_LIMITS=off rolecall dev --also ../api/wrangler.toml",
    )
    .action(dev);
}
