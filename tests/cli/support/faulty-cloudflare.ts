// A server in the place of Cloudflare's API, for the real wrangler: what it says of one account's secrets and database.
import { createServer } from "node:http";
import { listening } from "./faulty-deployment.ts";

export interface Account {
  /** Names of the Worker's secrets. */
  secrets: string[];
  /** Names of the applied migrations. */
  migrations: string[];
}

const ACCOUNT = { id: "00000000000000000000000000000001", name: "Acme" };

/** Environment in which wrangler is signed in to an account that this server knows. Ends with the test. */
export async function signedInTo({ secrets, migrations }: Account): Promise<Record<string, string>> {
  const results: [path: RegExp, result: unknown][] = [
    [/\/secrets$/, secrets.map((name) => ({ name, type: "secret_text" }))],
    [/\/query$/, [{ results: migrations.map((name) => ({ name })), success: true, meta: { duration: 1 } }]],
    [/^\/user\/tokens\/verify/, { id: "token", status: "active" }],
    [/^\/user/, { id: "user", email: "ann@acme.dev" }],
    [/^\/memberships/, [{ id: "membership", account: ACCOUNT, roles: [] }]],
    [/^\/accounts(\?.*)?$/, [ACCOUNT]],
  ];
  const server = createServer((request, response) => {
    const found = results.find(([path]) => path.test(request.url ?? ""));
    const errors = found ? [] : [{ code: 7000, message: "No route for that URI" }];
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify({ success: errors.length === 0, errors, messages: [], result: found?.[1] ?? null }));
  });
  return { CLOUDFLARE_API_BASE_URL: await listening(server), CLOUDFLARE_API_TOKEN: "token", CLOUDFLARE_ACCOUNT_ID: ACCOUNT.id };
}
