// A world with an API behind the gateway: the upstream Worker beside Rolecall, the ways to be somebody there, and
// tokens that could have been signed by the deployment.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { SignJWT, importJWK } from "jose";
import type { Answer } from "./http.ts";
import { type Ask, type Person, Visitor } from "./people.ts";
import { expectStatus } from "./problems.ts";
import type { Seen } from "./upstream/worker.ts";
import { ORIGIN, ROOT, type Settings } from "./worker.ts";
import { type World, openWorld } from "./world.ts";

export interface Route {
  method: string;
  path: string;
  permission: string;
  freshness?: "live";
}

export const policy: { permissions: { code: string; resource: string }[]; roles: { code: string; permissions: string[] }[]; routes: Route[] } = JSON.parse(
  readFileSync(path.join(ROOT, "policy/default.json"), "utf8"),
);

/** Known to the tests, so that they can sign what the deployment could have signed. */
const SEED = Buffer.alloc(32, 7).toString("base64url");
const PUBLIC = "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw";

export function openGateway(settings: Settings = {}): Promise<World> {
  return openWorld({ upstream: true, ...settings, vars: { TOKEN_KEYS: `t1:${SEED}`, ...settings.vars } });
}

export interface TokenOverrides {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
}

/** A token signed with the deployment's own key, with claims of one's choice over those of a real one. */
export async function forge(real: string, { header = {}, claims = {} }: TokenOverrides): Promise<string> {
  const part = (at: number) => JSON.parse(Buffer.from(real.split(".")[at], "base64url").toString("utf8"));
  const key = await importJWK({ kty: "OKP", crv: "Ed25519", d: SEED, x: PUBLIC }, "EdDSA");
  return new SignJWT({ ...part(1), ...claims }).setProtectedHeader({ ...part(0), ...header }).sign(key);
}

export async function tokenFor(person: Person, account: string): Promise<string> {
  return expectStatus(await person.post(`/v1/accounts/${account}/tokens`), 201).body.token;
}

export interface Key {
  id: string;
  secret: string;
}

export async function createApiKey(person: Person, account: string, permissions: string[], more: object = {}): Promise<Key> {
  return expectStatus(await person.post(`/v1/accounts/${account}/api-keys`, { name: "machine", permissions, ...more }), 201).body;
}

export const bearer = (credential: string): Ask => ({ headers: { authorization: `Bearer ${credential}` } });

/** Asks without any cookie. */
export function askWith(world: World, credential: string, method: string, target: string, ask: Ask = {}): Promise<Answer> {
  const visitor = new Visitor(world.client);
  return visitor.ask(method, target, { ...ask, headers: { ...bearer(credential).headers, ...ask.headers } });
}

/** What reached the upstream since the last look. */
export function takeUpstreamRequests(world: World): Promise<Seen[]> {
  return world.running.seen();
}

export const trips = (answer: Answer): number => Number(answer.headers["rolecall-d1-round-trips"]);

/** Demands that the upstream got the request, by whom, where and by which right. */
export function expectForwarded(answer: Answer, claims: Record<string, unknown>): Seen {
  expectStatus(answer, 200);
  const got: Seen = answer.body;
  const told = got.identity as Record<string, any>;
  const { method, path: target } = answer.asked;
  assert.deepEqual([got.method, got.path], [method, target.split("?")[0]]);
  for (const [name, value] of Object.entries({ iss: ORIGIN, aud: "upstream", htm: method, htu: got.path, rid: answer.headers["request-id"], ...claims })) {
    assert.deepEqual(told[name], value, `${name} of ${JSON.stringify(told)}`);
  }
  assert.equal(told.exp - told.iat, 60);
  assert.equal(got.headers["x-request-id"], answer.headers["request-id"]);
  return got;
}
