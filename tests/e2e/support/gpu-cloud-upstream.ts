// Starts examples/gpu-cloud in real workerd with a D1 of its own, and signs identities as the gateway does, with keys
// that stand where Rolecall's would. So what the gateway would never sign can be tried too.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { after } from "node:test";
import { buildSync } from "esbuild";
import { type CryptoKey, type JWK, SignJWT, exportJWK, generateKeyPair } from "jose";
import { Log, LogLevel, Miniflare, Response } from "miniflare";
import { type Answer, Client } from "./http.ts";
import type { D1Database } from "./cloudflare-types.ts";
import { ORIGIN, ROOT } from "./worker.ts";

const FOLDER = path.join(ROOT, "examples/gpu-cloud");
export const AUDIENCE = "gpu-cloud";
export const TYPE = "rolecall-identity+jwt";

/** The gateway's routes to it, as the default policy lists them. */
export const ROUTES: { method: string; path: string; permission: string }[] = JSON.parse(readFileSync(path.join(ROOT, "policy/default.json"), "utf8")).routes;

/** A body that each writing route would take. */
export const BODIES: Record<string, unknown> = {
  "POST /api/pods": { name: "one", gpu: "h100-80gb" },
  "POST /api/clusters": { name: "one", gpu: "h100-80gb" },
  "POST /api/endpoints": { name: "one" },
  "POST /api/endpoints/{id}/requests": { input: "hello" },
  "POST /api/volumes": { name: "one", size_gb: 10 },
  "PATCH /api/volumes/{id}": { name: "two" },
  "POST /api/billing/payment-methods": { brand: "visa", last4: "4242", exp: "12/99" },
};
/** Where things are listed and made. */
export const COLLECTIONS = ["/api/pods", "/api/clusters", "/api/endpoints", "/api/volumes", "/api/billing/payment-methods"];

/** The Worker as one module, as wrangler would bundle it. */
export function bundle(): { mainModule: string; modules: Record<string, { type: "esm"; contents: string }> } {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(FOLDER, "src/index.ts")],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    write: false,
  });
  return { mainModule: "index.js", modules: { "index.js": { type: "esm", contents: outputFiles[0]!.text } } };
}

export function migrations(): string[] {
  const folder = path.join(FOLDER, "migrations");
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(path.join(folder, name), "utf8"));
}

/** The Worker's settings in a runtime; `rolecall` stands for the service that publishes the keys. */
export function configuration(issuer: string, rolecall: object) {
  const setting = /^compatibility_date\s*=\s*"(.+?)"/m.exec(readFileSync(path.join(FOLDER, "wrangler.toml"), "utf8"));
  return {
    name: "gpu-cloud",
    compatibilityDate: setting![1]!,
    manifest: { ...bundle(), modulesRoot: "/" },
    env: {
      DB: { type: "d1" as const, id: "gpu-cloud" },
      ROLECALL: rolecall as { type: "worker"; worker: string },
      ISSUER: { type: "text" as const, value: issuer },
      AUDIENCE: { type: "text" as const, value: AUDIENCE },
    },
  };
}

export interface SigningKey {
  kid: string;
  secret: CryptoKey;
  jwk: JWK;
}

export async function signingKey(kid: string, alg = "EdDSA"): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, secret: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/** What an identity says, and how it is signed; everything has the gateway's value unless told. */
export interface TokenOverrides {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: CryptoKey | Uint8Array;
  /** Extensions of the header that the signer knows: without them the library signs no `crit`. */
  extensions?: Record<string, boolean>;
}

export interface Ask {
  json?: unknown;
  body?: string;
  headers?: Record<string, string>;
  forging?: TokenOverrides;
}

/** Somebody for whom the gateway has decided, in an account. */
export class Caller {
  readonly upstream: Upstream;
  readonly account: string;

  constructor(upstream: Upstream, account: string) {
    this.upstream = upstream;
    this.account = account;
  }

  async ask(method: string, target: string, { json, body, headers = {}, forging }: Ask = {}): Promise<Answer> {
    const identity = await this.upstream.identity(this.account, method, target, forging);
    const content: Record<string, string> = json === undefined ? {} : { "content-type": "application/json" };
    return this.upstream.client.send({
      method,
      path: target,
      headers: { ...content, "rolecall-identity": identity, ...headers },
      body: json === undefined ? body : JSON.stringify(json),
    });
  }

  get(target: string, ask?: Ask) {
    return this.ask("GET", target, ask);
  }
  post(target: string, json?: unknown, ask?: Ask) {
    return this.ask("POST", target, { json, ...ask });
  }
  patch(target: string, json?: unknown) {
    return this.ask("PATCH", target, { json });
  }
  delete(target: string) {
    return this.ask("DELETE", target);
  }

  async make(target: string, json: unknown): Promise<any> {
    return expectStatus(await this.post(target, json), 201).body;
  }
}

export class Upstream {
  readonly client: Client;
  readonly database: D1Database;
  readonly key: SigningKey;
  /** The public keys that Rolecall publishes now. */
  readonly published: JWK[];
  /** How often they were asked for. */
  lookups = 0;
  /** Whether Rolecall answers at all. */
  silent = false;
  #count = 0;

  constructor(client: Client, database: D1Database, key: SigningKey, published: JWK[]) {
    this.client = client;
    this.database = database;
    this.key = key;
    this.published = published;
  }

  /** Somebody in an account of their own. */
  caller(): Caller {
    return new Caller(this, `acct_${(++this.#count).toString(16).padStart(32, "0")}`);
  }

  identity(
    account: string,
    method: string,
    target: string,
    { claims = {}, header = {}, key = this.key.secret, extensions }: TokenOverrides = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all: Record<string, unknown> = {
      iss: ORIGIN,
      aud: AUDIENCE,
      sub: "usr_0190000000007000800000000000000a",
      account,
      role: "admin",
      permission: "pods.manage",
      htm: method,
      htu: target.split("?")[0],
      rid: randomUUID(),
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
      ...claims,
    };
    const told = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const head = { alg: "EdDSA", typ: TYPE, kid: this.key.kid, ...header };
    return new SignJWT(told)
      .setProtectedHeader(Object.fromEntries(Object.entries(head).filter(([, value]) => value !== undefined)) as { alg: string })
      .sign(key, { crit: extensions });
  }
}

/** One fresh upstream for a test file. */
export async function openUpstream(): Promise<Upstream> {
  const key = await signingKey("t1");
  const published = [key.jwk];
  const keys = () => {
    upstream.lookups += 1;
    return upstream.silent ? new Response("no", { status: 503 }) : Response.json({ keys: published });
  };
  const runtime = new Miniflare({
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => {},
    workers: [{ config: configuration(ORIGIN, { type: "fetcher", handler: keys }) }],
  });
  const client = new Client(await runtime.ready);
  const database = (await runtime.getD1Database("DB")) as unknown as D1Database;
  for (const sql of migrations()) await database.prepare(sql).run();
  const upstream = new Upstream(client, database, key, published);
  after(async () => {
    client.close();
    await runtime.dispose();
  });
  return upstream;
}

const said = (answer: Answer) => `${answer.asked.method} ${answer.asked.path} answered ${answer.status}: ${answer.text.slice(0, 600)}`;

export function expectStatus(answer: Answer, status: number): Answer {
  assert.equal(answer.status, status, said(answer));
  if (answer.status < 300) assert.equal(answer.headers["cache-control"], "no-store", said(answer));
  return answer;
}

/** Demands that an answer is this problem, whole and without anything of the inside. */
export function expectProblem(answer: Answer, status: number, code: string): any {
  const { body, headers } = answer;
  assert.deepEqual([answer.status, body?.code, body?.status], [status, code, status], said(answer));
  assert.equal(headers["content-type"], "application/problem+json", said(answer));
  assert.equal(headers["cache-control"], "no-store", said(answer));
  assert.equal(body.type, `tag:gpu-cloud.example,2026:${code}`);
  assert.match(body.instance, /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.ok(body.title.length > 3 && body.detail.length > 3, said(answer));
  assert.doesNotMatch(`${body.title} ${body.detail}`, /sqlite|D1_|SELECT|INSERT|constraint|undefined|\[object|jose|ERR_/i, said(answer));
  if (status === 401) assert.equal(headers["www-authenticate"], "Rolecall-Identity");
  if (status === 503) assert.match(headers["retry-after"] ?? "", /^\d+$/);
  return body;
}

/** Demands 422 with exactly these faults: `{ "/name": "required" }`. */
export function expectInvalid(answer: Answer, faults: Record<string, string>): void {
  const { errors } = expectProblem(answer, 422, "fields-invalid");
  assert.deepEqual(Object.fromEntries(errors.map((error: any) => [error.pointer, error.code])), faults, said(answer));
}
