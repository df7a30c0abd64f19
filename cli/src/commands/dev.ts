// `rolecall dev`: serves a project on one local address, with workerd, D1 and KV.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, relative, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { UserError, note, step } from "../output.ts";
import { bindingNames, type Settings, varsOf } from "../doctor/settings.ts";
import { requireValidPolicy, shownPath } from "../policy-text.ts";
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

const isFree = (port: number) =>
  new Promise<boolean>((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });

async function requireFreePort(port: number): Promise<void> {
  if (!(await isFree(port))) throw new UserError(`Port ${port} is taken. Stop what runs there, or choose another: PORT=${port + 3} npm start`);
}

/** Refuses variables and secrets with which the Worker would answer nothing. */
async function requireConfiguration(project: Project, origin: string, policy: string): Promise<void> {
  const settings = (await project.config("development")) as Settings;
  const vars = { ...varsOf(settings), ...project.developmentSecrets(), ORIGIN: origin };
  const faults = faultsOf({ vars, bindings: bindingNames(settings), policy });
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

/** What a started server tells. */
function announcement(project: Project, base: string, data: string, { also, pages, seconds }: { also: string[]; pages: string[]; seconds: number }): string {
  const rows = [["Rolecall", base], ["API", `${base}/docs`], ["Mail (dev)", `${base}/dev/outbox`], ...pages.map((page) => page.split(/=(.*)/s))];
  const addresses = rows.map(([title = "", address = ""]) => `  ${title.padEnd(12)}  ${address}`).join("\n");
  // wrangler prints its table of bindings once, before the Workers are connected.
  const connected = also.length > 0 ? "  `[not connected]` above can be ignored: all Workers run in this process.\n" : "";
  const policy = relative(project.root, project.policyPath);
  const place = relative(project.root, data);
  return `\n${addresses}\n\n${connected}  Ready in ${seconds.toFixed(0)} s. An edit of ${policy} shows at the next reload.
  Press Ctrl-C to stop. Data is stored in ${place.startsWith("..") ? data : place}.\n`;
}

async function dev({ port = portOfEnvironment(), persistTo, origin = `http://localhost:${port}`, also = [], page: pages = [] }: DevOptions): Promise<void> {
  const started = Date.now();
  const project = new Project();
  const data = resolve(persistTo);
  const configs = [project.configPath, ...also.map((config) => resolve(config))];
  await requireFreePort(port);
  const policy = readPolicy(project.policyPath);
  requireValidPolicy(shownPath(policy.path), policy.text);
  if (project.createDevelopmentSecrets()) note("▸ Wrote new development secrets to .dev.vars");
  await requireConfiguration(project, origin, policy.text);
  await migrateOnce(configs, data);
  const rateLimits = process.env.RATE_LIMITS ? ["--var", `RATE_LIMITS:${process.env.RATE_LIMITS}`] : [];
  const server = start([
    "dev",
    ...configs.flatMap((config) => ["-c", config]),
    ...["--port", String(port), "--ip", "127.0.0.1", "--persist-to", data, "--show-interactive-dev-session=false", "--log-level", "log"],
    ...["--var", `ORIGIN:${origin}`, ...rateLimits],
  ]);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => server.kill("SIGTERM"));
  process.on("exit", () => server.kill("SIGTERM"));
  server.on("exit", (code) => process.exit(code ?? 0));
  const base = `http://localhost:${port}`;
  const ok = await responds(base);
  const seconds = (Date.now() - started) / 1000;
  note(
    ok
      ? announcement(project, base, data, { also, pages, seconds })
      : `\n  ${base} does not answer as it should: the reason is above, and \`rolecall doctor\` looks for it.\n`,
  );
  setInterval(() => void fetch(`${base}/cdn-cgi/local/scheduled`).catch(() => {}), SCHEDULE_MS).unref();
}

const port = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new InvalidArgumentError(`${text} is no port.`);
  return number;
};

/** PORT, or the default. @throws UserError where it is no port. */
function portOfEnvironment(): number {
  try {
    return port(process.env.PORT || "8787");
  } catch (error) {
    throw new UserError(`PORT: ${(error as Error).message}`);
  }
}

const list = (value: string, previous: string[] = []) => [...previous, value];

export function addDev(program: Command): void {
  program
    .command("dev")
    .description("serves the project on this machine, with workerd, D1 and KV")
    .option("--port <number>", "port; PORT or 8787 otherwise", port)
    .option("--persist-to <folder>", "folder of the local data (DATA_DIR)", process.env.DATA_DIR ?? join(".wrangler", "state"))
    .option("--origin <origin>", "public origin in links, if another than the port's (ORIGIN)", process.env.ORIGIN)
    .option("--also <wrangler.toml>", "another Worker to run in the same process, such as the API behind the gateway", list)
    .option("--page <title=address>", "another address to print with those of Rolecall", list)
    .addHelpText(
      "after",
      "\nExamples:\n  rolecall dev\n  rolecall dev --port 8790 --persist-to /tmp/rolecall\n  RATE_LIMITS=off rolecall dev --also ../api/wrangler.toml",
    )
    .action(dev);
}
