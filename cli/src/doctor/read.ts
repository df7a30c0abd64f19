// Reads everything that the checks judge: files, wrangler, the network.
import { lookup } from "node:dns/promises";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, isIP, type Socket } from "node:net";
import { dirname, join, relative, resolve } from "node:path";
import { connect as connectSecurely } from "node:tls";
import { UserError } from "../output.ts";
import { type Project, type Target, readPolicy } from "../project.ts";
import { readSignedIn } from "../signed-in.ts";
import { policyFaults } from "../worker-rules.ts";
import { type DatabaseOptions, capture, queryDatabase } from "../wrangler.ts";
import type { Replies } from "./deployment.ts";
import { type Failure, failureOf, type Reply } from "./http.ts";
import type { PolicyFile } from "./policy.ts";
import { hostOf, type Settings } from "./settings.ts";
import type { Tools } from "./tools.ts";
import { appliedMigrations, isUnread, secretNames, type Unread } from "../wrangler-output.ts";

/** How long a server may take. */
const TIMEOUT_MS = 10_000;
const MIGRATIONS_TABLE = "d1_migrations";

const versionIn = (manifest: string): string => JSON.parse(readFileSync(manifest, "utf8")).version;

export function readTools(root: string): Tools {
  const { dependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const ofProject = join(root, "node_modules/wrangler/package.json");
  return {
    node: process.versions.node,
    pinned: dependencies.wrangler,
    wrangler: versionIn(createRequire(import.meta.url).resolve("wrangler/package.json")),
    ...(existsSync(ofProject) ? { ofProject: versionIn(ofProject) } : {}),
  };
}

/** The settings for a target, or why wrangler cannot read them. */
export async function readSettings(project: Project, target: Target): Promise<Settings | string> {
  try {
    return (await project.config(target)) as Settings;
  } catch (error) {
    const { message, location } = ((error as Error).cause ?? error) as Error & { location?: { line?: number } };
    const text = message.replace(/\s+/g, " ").trim();
    return location?.line === undefined ? text : `${text} in line ${location.line}`;
  }
}

/** The policy, or why there is none. */
export function readPolicyFile(project: Project): PolicyFile | string {
  try {
    const { path, text } = readPolicy(project.policyPath);
    return { name: relative(project.root, path), text, faults: policyFaults(text) };
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Names of the files with migrations, in the order of their numbers; undefined where there is no folder. */
export function readMigrationFiles(project: Project, settings: Settings): string[] | undefined {
  const folder = resolve(dirname(project.configPath), database(settings)?.migrations_dir ?? "migrations");
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort();
}

const database = ({ d1_databases }: Settings) => d1_databases.find(({ binding }) => binding === "DB");

/** Names of the applied migrations. The local database is created by `rolecall migrate`, and not by a look at it. */
async function queryMigrations(project: Project, settings: Settings, options: DatabaseOptions): Promise<string[] | Unread> {
  const sql = `SELECT name FROM "${database(settings)?.migrations_table ?? MIGRATIONS_TABLE}" ORDER BY id`;
  return appliedMigrations(await queryDatabase(project.configPath, sql, options));
}

const NO_DATABASE: Unread = { unread: "not checked: wrangler.toml has no database DB" };

/** Names of the migrations that the local database has. */
export async function readLocalMigrations(project: Project, settings: Settings, persistTo: string): Promise<string[] | Unread> {
  if (!database(settings)) return NO_DATABASE;
  const state = resolve(project.root, persistTo);
  return existsSync(state) ? queryMigrations(project, settings, { persistTo: state }) : [];
}

/** What only Cloudflare knows: names of the secrets, and of the applied migrations. `hasIds`: whether the database has its id. */
export async function readRemote(project: Project, settings: Settings, hasIds: boolean): Promise<{ secrets: string[] | Unread; applied: string[] | Unread }> {
  const account = await readSignedIn();
  if (isUnread(account)) return { secrets: account, applied: database(settings) ? account : NO_DATABASE };
  const absent: Unread = database(settings)
    ? { unread: "not checked: there is no database yet", action: "Run `rolecall deploy`, which creates it." }
    : NO_DATABASE;
  const [secrets, applied] = await Promise.all([
    capture(["secret", "list", "--env", "production", "-c", project.configPath, "--format", "json"]).then(secretNames),
    hasIds ? queryMigrations(project, settings, { production: true }) : absent,
  ]);
  return { secrets, applied };
}

/** Sends `GET url`, without following redirects. */
async function get(url: URL): Promise<Reply> {
  const started = Date.now();
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const at = (started + Date.now()) / 2;
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text(), at };
  } catch (error) {
    return failureOf(error, url.host);
  }
}

/** The public answers of a deployment. */
export async function readDeployment(url: string): Promise<Replies> {
  // First and alone, so that the clock is read without waiting behind other requests.
  const health = await get(new URL("/healthz", url));
  const paths = ["/v1/policy", "/.well-known/jwks.json", "/.well-known/authzen-configuration"];
  const [policy, keys, metadata] = "reason" in health ? paths.map(() => health) : await Promise.all(paths.map((path) => get(new URL(path, url))));
  return { url, health, policy: policy as Reply, keys: keys as Reply, metadata: metadata as Reply };
}

/** Why a name has no address; undefined if it has one. */
export async function resolveHost(host: string): Promise<Failure | undefined> {
  return lookup(host).then(
    () => undefined,
    (error) => failureOf(error, host),
  );
}

/** Why a server accepts no connection, with TLS for https; undefined if it does. Sends nothing. */
export function tryConnection(url: URL): Promise<Failure | undefined> {
  const host = hostOf(url);
  const secure = url.protocol === "https:";
  const port = Number(url.port || (secure ? 443 : 80));
  return new Promise((done) => {
    const socket: Socket = secure ? connectSecurely({ host, port, ...(isIP(host) ? {} : { servername: host }) }) : connect({ host, port });
    const end = (failure?: Failure) => {
      socket.destroy();
      done(failure);
    };
    socket.setTimeout(TIMEOUT_MS, () => end(failureOf(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" }), url.host)));
    socket.once("error", (error) => end(failureOf(error, url.host)));
    socket.once(secure ? "secureConnect" : "connect", () => end());
  });
}
