// Starts the built Worker in real workerd with a fresh D1 and KV of its own. What the Worker is asked
// for stands in the other files of this folder.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { D1Database, KVNamespace } from "./cloudflare-types.ts";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare, type MiniflareWorkerConfig, Response } from "miniflare";
import type { Seen } from "./upstream/worker.ts";

export const ROOT = path.resolve(import.meta.dirname, "../../..");

/** The public origin of links: unlike the address that tests connect to, so that a link built from a header shows. */
export const ORIGIN = "https://team.example.com";

/** The newest date that the installed workerd knows is the limit, so the project's own setting is taken. */
const COMPATIBILITY_DATE = /^compatibility_date\s*=\s*"(.+?)"/m;
const BUILD = path.join(ROOT, "worker/build");
const MIGRATIONS = path.join(ROOT, "crates/store/migrations");

export interface Settings {
  /** Variables and secrets over those of `defaults`; null takes one away. */
  vars?: Record<string, string | null>;
  /** Requests a minute of the limiters. */
  limits?: { auth: number; api: number; network?: number; gateway?: number };
  /** Whether a small upstream stands behind the gateway, as the service binding `UPSTREAM`. */
  upstream?: boolean;
  /** Whether the Worker is to be reached without the local front door, which tidies up addresses. */
  direct?: boolean;
  /** Bindings to be taken away. */
  without?: string[];
  /** A module that stands between the Worker and KV: `export default (kv) => ({ get, put })`. */
  kv?: string;
  /** A module that stands between the Worker and the platform: `export default (env) => ({ DB, LIMIT_API, … })`. */
  platform?: string;
  /** Where to listen, for browsers that need to know beforehand; any free port otherwise. */
  port?: number;
  /** A folder with the console's built files; a stand-in page otherwise. */
  assets?: string;
  /** Workers that run beside it, e.g. an API behind the gateway. */
  beside?: MiniflareWorkerConfig[];
  /** More bindings, e.g. to a Worker beside it. */
  bindings?: MiniflareWorkerConfig["env"];
  /** A folder in which D1 and KV are kept beyond the end of the world; nothing is kept otherwise. */
  data?: string;
  /** The folder of the Worker's build; `worker/build` otherwise. */
  build?: string;
  /** The text of the policy; that of `policy/default.json` otherwise. */
  policy?: string;
  /** The folder of the migrations; those of `crates/store` otherwise. */
  migrations?: string;
  /** Changes the schema before it is applied: for worlds that lack a guard. */
  schema?: (sql: string) => string;
}

export interface Running {
  base: URL;
  database: D1Database;
  kv: KVNamespace;
  /** The database of a Worker beside it. */
  databaseOf(worker: string): Promise<D1Database>;
  /** What the Worker wrote to its console. */
  log: string[];
  /** Sends a request to a Worker beside it. */
  fetchFrom(
    worker: string,
    path: string,
    init?: { method: string; headers?: Record<string, string>; body?: string },
  ): Promise<{ status: number; text(): Promise<string>; json(): Promise<unknown> }>;
  /** Where the Worker itself listens, with `direct`. */
  direct(): Promise<URL>;
  /** What reached the upstream since the last look. */
  seen(): Promise<Seen[]>;
  /** Fires the clock, as the platform does once a minute. */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

function defaults(): Record<string, string> {
  const key = (id: string) => `${id}:${randomBytes(32).toString("base64url")}`;
  return {
    ENVIRONMENT: "development",
    ORIGIN,
    PRODUCT_NAME: "Rolecall",
    MAIL: "log",
    MAIL_FROM: "team@example.com",
    TOKEN_AUDIENCE: "rolecall-tests",
    TOKEN_LIFE: "120",
    ALLOWED_ORIGINS: "https://console.example.com",
    RATE_LIMITS: "off",
    RESTORE_EPOCH: "0",
    LINK_KEYS: key("l1"),
    TOKEN_KEYS: key("t1"),
  };
}

/** What a production deployment must have otherwise; nothing answers at its mail API. */
export const PRODUCTION_SETTINGS = { ENVIRONMENT: "production", MAIL: "http", MAIL_API_URL: "http://127.0.0.1:9/" };

/** The built Worker with other bindings in its environment. */
const AROUND = `
import rolecall from "./main.js";
import between from "./kv.js";
import platform from "./platform.js";
const around = (env) => ({ ...env, KV: between(env.KV), ...platform(env) });
export default {
  fetch: (request, env, context) => rolecall.fetch(request, around(env), context),
  scheduled: (event, env, context) => rolecall.scheduled(event, around(env), context),
};
export class Rolecall extends rolecall.Rolecall {
  constructor(context, env) { super(context, around(env)); }
}`;

/** As in `worker/main.js`. */
export const MAIN = `
import policy from "./policy.json";
import { createWorker } from "./rolecall.js";
const worker = createWorker({ policy });
export default worker;
export const Rolecall = worker.Rolecall;`;

export const DEFAULT_POLICY = readFileSync(path.join(ROOT, "policy/default.json"), "utf8");

/** The modules of the build, its entry and its policy, by name. */
export function bundle({ kv, platform, build = BUILD, policy = DEFAULT_POLICY }: Settings = {}) {
  if (!existsSync(path.join(build, "rolecall.js"))) {
    throw new Error(`there is no built Worker in ${path.relative(ROOT, build)}: run \`npm run build:worker\` first`);
  }
  const files = readdirSync(build, { recursive: true, encoding: "utf8" }).filter((name) => /\.(js|wasm)$/.test(name));
  const modules = files.map((name) => {
    const bytes = readFileSync(path.join(build, name));
    return [
      name,
      name.endsWith(".wasm") ? { type: "wasm" as const, contents: new Uint8Array(bytes) } : { type: "esm" as const, contents: bytes.toString("utf8") },
    ] as const;
  });
  const module = (contents: string) => ({ type: "esm" as const, contents });
  const built = { ...Object.fromEntries(modules), "main.js": module(MAIN), "policy.json": { type: "text" as const, contents: policy } };
  if (kv === undefined && platform === undefined) return { mainModule: "main.js", modulesRoot: "/", modules: built };
  const more = {
    "around.js": module(AROUND),
    "kv.js": module(kv ?? "export default (kv) => kv;"),
    "platform.js": module(platform ?? "export default () => ({});"),
  };
  return { mainModule: "around.js", modulesRoot: "/", modules: { ...built, ...more } };
}

export function migrations(folder = MIGRATIONS): string[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  return files.map((name) => readFileSync(path.join(folder, name), "utf8"));
}

/** No look-up on the network, no registry shared with other runs, no chatter. */
export const QUIET_SETTINGS = { cf: false, enableDevRegistry: false, telemetry: { enabled: false }, log: new Log(LogLevel.NONE) };

export function compatibility(): { compatibilityDate: string; compatibilityFlags: string[] } {
  const file = ["wrangler.toml", "worker/wrangler.toml"].map((name) => path.join(ROOT, name)).find((name) => existsSync(name));
  const text = file ? readFileSync(file, "utf8") : "";
  const flags = /^compatibility_flags\s*=\s*\[(.*?)\]/m.exec(text)?.[1] ?? "";
  return {
    compatibilityDate: COMPATIBILITY_DATE.exec(text)?.[1] ?? "2026-07-01",
    compatibilityFlags: [...flags.matchAll(/"(.+?)"/g)].map((match) => match[1]),
  };
}

/** The upstream Worker with its libraries in one module. */
async function upstream() {
  const built = await build({
    entryPoints: [path.join(import.meta.dirname, "upstream/worker.ts")],
    bundle: true,
    format: "esm",
    target: "es2024",
    write: false,
  });
  const manifest = { mainModule: "index.js", modulesRoot: "/", modules: { "index.js": { type: "esm" as const, contents: built.outputFiles[0].text } } };
  const env = { ROLECALL: { type: "worker" as const, worker: "rolecall" }, ISSUER: { type: "text" as const, value: ORIGIN } };
  return { name: "upstream", ...compatibility(), manifest, env };
}

/** The console's files stand in other tests' care; here any path that is no file gets one page. */
function page(): Response {
  return new Response("<!doctype html><title>console</title>", { headers: { "content-type": "text/html; charset=utf-8" } });
}

/** An empty database with the project's schema, for attacks without a Worker in front. */
export async function bareDatabase(): Promise<{ database: D1Database; stop(): Promise<void> }> {
  const contents = "export default { fetch() { return new Response('no Worker here') } }";
  const manifest = { mainModule: "index.js", modulesRoot: "/", modules: { "index.js": { type: "esm" as const, contents } } };
  const config = { name: "attacked", ...compatibility(), manifest, env: { DB: { type: "d1" as const, id: "attacked" } } };
  const runtime = new Miniflare({ ...QUIET_SETTINGS, workers: [{ config }] });
  const database = (await runtime.getD1Database("DB")) as unknown as D1Database;
  for (const sql of migrations()) await database.prepare(sql).run();
  return { database, stop: () => runtime.dispose() };
}

export async function startWorker(settings: Settings = {}): Promise<Running> {
  const vars = Object.entries({ ...defaults(), ...settings.vars }).filter((pair): pair is [string, string] => pair[1] !== null);
  const limits = settings.limits ?? { auth: 1_000_000, api: 1_000_000 };
  const limiter = (namespace: string, limit: number) => ({ type: "rate-limit" as const, namespace, simple: { limit, period: 60 as const } });
  const log: string[] = [];
  const config = {
    name: "rolecall",
    ...compatibility(),
    manifest: bundle(settings),
    triggers: [{ type: "scheduled" as const, schedule: "* * * * *" }],
    ...(settings.assets
      ? { assets: { directory: settings.assets, hasUserWorker: true, notFoundHandling: "single-page-application" as const, runWorkerFirst: true } }
      : {}),
    env: {
      ...Object.fromEntries(vars.map(([name, value]) => [name, { type: "text" as const, value }])),
      DB: { type: "d1" as const, id: "rolecall" },
      KV: { type: "kv" as const, id: "rolecall" },
      ASSETS: settings.assets ? { type: "assets" as const } : { type: "fetcher" as const, handler: page },
      LIMIT_AUTH: limiter("1001", limits.auth),
      LIMIT_API: limiter("1002", limits.api),
      LIMIT_NETWORK: limiter("1004", limits.network ?? 1_000_000),
      LIMIT_GATEWAY: limiter("1003", limits.gateway ?? 1_000_000),
      ...(settings.upstream ? { UPSTREAM: { type: "worker" as const, worker: "upstream" } } : {}),
      ...settings.bindings,
    },
  };
  for (const name of settings.without ?? []) delete (config.env as Record<string, unknown>)[name];
  const runtime = new Miniflare({
    ...QUIET_SETTINGS,
    ...(settings.data === undefined ? {} : { resourcePersistencePath: settings.data }),
    ...(settings.port === undefined ? {} : { host: "localhost", port: settings.port }),
    handleStructuredLogs: (line: { message: string }) => void log.push(line.message),
    unsafeTriggerHandlers: true,
    workers: [
      { config, dev: { stripCfConnectingIp: false, ...(settings.direct ? { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] } : {}) } },
      ...(settings.upstream ? [{ config: await upstream() }] : []),
      ...(settings.beside ?? []).map((other) => ({ config: other })),
    ],
  });
  const base = await runtime.ready;
  const database = (await runtime.getD1Database("DB")) as unknown as D1Database;
  const schema = settings.schema ?? ((sql: string) => sql);
  const migrated = await database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'account'").first();
  for (const sql of migrated ? [] : migrations(settings.migrations)) await database.prepare(schema(sql)).run();
  const tick = async () => {
    const answer = await fetch(new URL("/cdn-cgi/local/scheduled", base));
    if (!answer.ok) throw new Error(`the clock did not fire: ${answer.status} ${await answer.text()}`);
  };
  const databaseOf = async (worker: string) => (await runtime.getD1Database("DB", worker)) as unknown as D1Database;
  const seen = async () => {
    const upstream = (await runtime.getWorker("upstream")) as unknown as { fetch(url: string): Promise<Response> };
    return (await upstream.fetch("http://upstream/seen")).json() as Promise<Seen[]>;
  };
  const fetchFrom: Running["fetchFrom"] = async (worker, path, init) => (await runtime.getWorker(worker)).fetch(`http://${worker}${path}`, init);
  const direct = () => runtime.unsafeGetDirectURL("rolecall");
  const kv = (settings.without?.includes("KV") ? undefined : await runtime.getKVNamespace("KV")) as unknown as KVNamespace;
  return { base, database, databaseOf, seen, fetchFrom, direct, kv, log, tick, stop: () => runtime.dispose() };
}

/** A service on this machine that answers as told, for what the Worker calls out to. */
export async function outsideService(answer: (body: string, headers: Record<string, unknown>) => number): Promise<{ url: string; stop(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(answer(Buffer.concat(chunks).toString("utf8"), request.headers), { "content-type": "application/json" });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${port}/send`, stop };
}
