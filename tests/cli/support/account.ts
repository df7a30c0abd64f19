// A server in the place of Cloudflare's API, for deployments by the real wrangler: one account that keeps what is created in it.
import { type IncomingMessage, createServer } from "node:http";
import { listening } from "./faulty-deployment.ts";

const ACCOUNT = { id: "00000000000000000000000000000001", name: "Acme" };
const DATABASE_ID = "0a1b2c3d-0000-4000-8000-000000000000";
const NAMESPACE_ID = "0a1b2c3d000040008000000000000000";

export interface CloudAccount {
  /** Environment in which wrangler is signed in to it. */
  env: Record<string, string>;
  /** What was created, in its order: `database`, `namespace`, `secret LINK_KEYS`. */
  created: string[];
  /** Names of the secrets. */
  secrets: string[];
  /** Whether the secrets cannot be listed once a Worker was uploaded. */
  hidesSecrets: boolean;
  /** What wrangler asked for that this server does not know. */
  unknown: string[];
}

type Result = { result: unknown } | { status: number; code: number; message: string };

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** An account without databases, namespaces and Workers. Ends with the test. */
export async function emptyAccount(): Promise<CloudAccount> {
  const account: CloudAccount = { env: {}, created: [], secrets: [], hidesSecrets: false, unknown: [] };
  const applied: { name: string }[] = [];
  let deployed = false;
  let hidden = false;

  function query(sql: string): unknown {
    for (const [, name] of sql.matchAll(/INSERT INTO d1_migrations \(name\)\s*values \('(.*?)'\)/gi)) applied.push({ name: name ?? "" });
    const results = /^\s*SELECT/i.test(sql) ? applied.map(({ name }, index) => ({ id: index + 1, name, applied_at: "" })) : [];
    return [{ results, success: true, meta: { duration: 1 } }];
  }

  function creating(what: string, result: unknown): Result {
    account.created.push(what);
    return { result };
  }

  function answer(method: string, path: string, body: string): Result | undefined {
    const is = (verb: string, pattern: RegExp) => method === verb && pattern.test(path);
    if (is("GET", /^\/user\/tokens\/verify/)) return { result: { id: "token", status: "active" } };
    if (is("GET", /^\/user$/)) return { result: { id: "user", email: "ann@acme.dev" } };
    if (is("GET", /^\/memberships/)) return { result: [{ id: "membership", account: ACCOUNT, roles: [] }] };
    if (is("GET", /^\/accounts$/)) return { result: [ACCOUNT] };
    if (is("POST", /\/d1\/database$/)) return creating("database", { uuid: DATABASE_ID, name: "db" });
    if (is("POST", /\/d1\/database\/.*\/query$/)) return { result: query((JSON.parse(body) as { sql: string }).sql) };
    if (is("POST", /\/storage\/kv\/namespaces$/)) return creating("namespace", { id: NAMESPACE_ID, title: "kv" });
    if (is("GET", /\/secrets$/)) {
      if (hidden) return { status: 403, code: 10000, message: "Authentication error" };
      return { result: account.secrets.map((name) => ({ name, type: "secret_text" })) };
    }
    if (is("GET", /\/workers\/services\/[^/]+$/)) {
      if (!deployed) return { status: 404, code: 10090, message: "workers.api.error.service_not_found" };
      return { result: { id: "rolecall", default_environment: { environment: "production", script: { last_deployed_from: "wrangler" } } } };
    }
    if (is("POST", /\/assets-upload-session$/)) return { result: { jwt: "assets", buckets: [] } };
    // A first version is put; each later one is posted, and deployed then.
    if (is("PUT", /\/workers\/scripts\/[^/]+$/) || is("POST", /\/versions$/)) {
      deployed = true;
      hidden = account.hidesSecrets;
      return {
        result: {
          id: "rolecall",
          etag: "1",
          deployment_id: "1",
          startup_time_ms: 1,
          number: 1,
          metadata: { has_preview: false },
          resources: { script: { etag: "1" } },
        },
      };
    }
    if (is("POST", /\/deployments$/)) return { result: { id: "deployment" } };
    if (is("GET", /\/deployments$/)) return { result: { deployments: [] } };
    if (is("GET", /\/settings$/) || is("PATCH", /\/script-settings$/)) return { result: { tags: [], bindings: [] } };
    if (is("GET", /\/workers\/workers\/[^/]+$/))
      return { result: { id: "rolecall", name: "rolecall", subdomain: { enabled: false, previews_enabled: false } } };
    if (/\/subdomain$/.test(path)) return { result: { enabled: false, previews_enabled: false } };
    if (is("PUT", /\/secrets$/)) {
      const { name } = JSON.parse(body) as { name: string };
      account.secrets.push(name);
      return creating(`secret ${name}`, { name, type: "secret_text" });
    }
    if (is("PUT", /\/schedules$/)) return { result: { schedules: [] } };
    return undefined;
  }

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const [path = ""] = (request.url ?? "").split("?");
    const method = request.method ?? "";
    const found = answer(method, path, body);
    if (!found) account.unknown.push(`${method} ${path}`);
    const failure = found && "code" in found ? found : found ? undefined : { status: 404, code: 7000, message: "No route for that URI" };
    response.writeHead(failure?.status ?? 200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ success: !failure, errors: failure ? [failure] : [], messages: [], result: found && "result" in found ? found.result : null }),
    );
  });
  account.env = { CLOUDFLARE_API_BASE_URL: await listening(server), CLOUDFLARE_API_TOKEN: "token", CLOUDFLARE_ACCOUNT_ID: ACCOUNT.id };
  return account;
}
