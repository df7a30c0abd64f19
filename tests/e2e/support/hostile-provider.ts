// A small HTTP server that speaks as OpenID providers and trusted issuers do, and of which a test sets every response.
// Each issuer is a path of one server, so that what the Worker keeps of one issuer is nothing of another.

import { createHash, randomUUID } from "node:crypto";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { type CryptoKey, type JWK, SignJWT, exportJWK, generateKeyPair } from "jose";
import { CLIENT_SECRET, type ProviderEntry, type TrustedIssuerEntry } from "./openid-provider.ts";

/** What the server sends; `hang` sends nothing, `cut` closes the connection within the body. */
export type Reply = { status?: number; headers?: Record<string, string>; body?: string } | "hang" | "cut";

/** A request as the server saw it. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  form: URLSearchParams;
}

type Responder = (seen: Seen) => Reply | Promise<Reply>;

export const json = (value: unknown, more: { status?: number; headers?: Record<string, string> } = {}): Reply => ({
  status: more.status ?? 200,
  headers: { "content-type": "application/json", ...more.headers },
  body: JSON.stringify(value),
});
export const redirect = (location: string, status = 302): Reply => ({ status, headers: { location } });
/** A JSON object of so many bytes. */
export const huge = (bytes: number, members: object = {}): Reply => json({ ...members, padding: "x".repeat(bytes) });
/** A response that a client must not take for JSON. */
export const html = (status = 200): Reply => ({ status, headers: { "content-type": "text/html" }, body: "<!doctype html><h1>Maintenance</h1>" });

export const secondsNow = (): number => Math.floor(Date.now() / 1000);
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
/** A token that nobody signed. */
export const unsigned = (claims: object, header: object = { alg: "none" }, signature = ""): string => `${base64url(header)}.${base64url(claims)}.${signature}`;

export interface Key {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  /** The public key as a JWK set has it. */
  jwk: JWK;
}

/** A fresh key pair. `modulusLength` is that of RSA. */
export async function newKey(kid: string = randomUUID(), alg = "ES256", modulusLength = 2048): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true, modulusLength });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

export function sign(key: Key, claims: object, header: object = {}): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: key.alg, kid: key.kid, typ: "JWT", ...header }).sign(key.privateKey);
}

/** A code that was handed out, with what the authorization request said. */
interface Grant {
  nonce: string | null;
  challenge: string | null;
  redirectUri: string | null;
  person: Record<string, unknown>;
}

export class HostileIssuer {
  readonly issuer: string;
  readonly clientId = "rolecall-tests";
  key: Key;
  /** Claims of the person who is logged in. */
  person: Record<string, unknown> = { sub: "1" };
  /** Every request that reached this issuer. */
  readonly seen: Seen[] = [];
  /** The responses; a test replaces them. */
  discovery: Responder = () => json(this.metadata());
  jwks: Responder = () => json({ keys: [this.key.jwk] });
  token: Responder = async (seen) => this.exchange(seen);
  /** The ID token for the usual claims; a test replaces it. */
  idToken: (claims: Record<string, unknown>) => string | Promise<string> = (claims) => sign(this.key, claims);
  readonly #grants = new Map<string, Grant>();

  constructor(issuer: string, key: Key) {
    this.issuer = issuer;
    this.key = key;
  }

  metadata(): Record<string, unknown> {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      id_token_signing_alg_values_supported: ["ES256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
      authorization_response_iss_parameter_supported: true,
    };
  }

  entry(id: string, authoritative_domains: string[] = []): ProviderEntry {
    return { id, kind: "oidc", title: `Provider ${id}`, issuer: this.issuer, client_id: this.clientId, authoritative_domains };
  }

  trusted(domains: string[] = [], audience = "rolecall-exchange"): TrustedIssuerEntry {
    return { issuer: this.issuer, audience, domains };
  }

  /** What a provider does once the person has logged in: the URL of the callback, for the request that the Worker sent the browser with. */
  authorize(authorization: string): URL {
    const request = new URL(authorization).searchParams;
    const code = randomUUID();
    this.#grants.set(code, {
      nonce: request.get("nonce"),
      challenge: request.get("code_challenge"),
      redirectUri: request.get("redirect_uri"),
      person: this.person,
    });
    const callback = new URL(request.get("redirect_uri") ?? "");
    for (const [name, value] of Object.entries({ code, state: request.get("state") ?? "", iss: this.issuer })) callback.searchParams.set(name, value);
    return callback;
  }

  #claims({ nonce, person }: Grant): Record<string, unknown> {
    const now = secondsNow();
    return { iss: this.issuer, aud: this.clientId, iat: now, exp: now + 300, nonce, ...person };
  }

  /** The token endpoint of a well-behaved provider: checks client, code, redirect URI and PKCE; a code works once. */
  async exchange({ headers, form }: Seen): Promise<Reply> {
    const [id, secret] = Buffer.from((headers.authorization ?? "").replace(/^Basic /, ""), "base64")
      .toString()
      .split(":");
    const decode = (text = "") => decodeURIComponent(text.replaceAll("+", " "));
    if (decode(id) !== this.clientId || decode(secret) !== CLIENT_SECRET) return json({ error: "invalid_client" }, { status: 401 });
    const code = form.get("code") ?? "";
    const grant = this.#grants.get(code);
    this.#grants.delete(code);
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const fits = grant && grant.redirectUri === form.get("redirect_uri") && grant.challenge === challenge && form.get("grant_type") === "authorization_code";
    if (!fits) return json({ error: "invalid_grant" }, { status: 400 });
    return this.tokens(await this.idToken(this.#claims(grant)));
  }

  tokens(id_token: unknown): Reply {
    return json({ access_token: randomUUID(), token_type: "Bearer", expires_in: 300, id_token }, { headers: { "cache-control": "no-store" } });
  }

  /** A token for `POST /v1/sessions/exchange`, with the usual claims unless others are given. */
  exchangeToken(claims: Record<string, unknown> = {}, header: object = {}, key = this.key): Promise<string> {
    return sign(key, this.exchangeClaims(claims), header);
  }
  exchangeClaims(claims: Record<string, unknown> = {}): Record<string, unknown> {
    const now = secondsNow();
    return { iss: this.issuer, aud: "rolecall-exchange", iat: now, exp: now + 120, jti: randomUUID(), ...this.person, ...claims };
  }

  /** Requests to one of the endpoints. */
  requests(endpoint: "discovery" | "jwks" | "token"): Seen[] {
    const suffix = endpoint === "discovery" ? "/.well-known/openid-configuration" : `/${endpoint}`;
    return this.seen.filter(({ path }) => path.endsWith(suffix));
  }

  respond(seen: Seen): Reply | Promise<Reply> {
    this.seen.push(seen);
    const endpoint = (["discovery", "jwks", "token"] as const).find((name) => this.requests(name).at(-1) === seen);
    return endpoint ? this[endpoint](seen) : { status: 404 };
  }
}

async function read(request: IncomingMessage): Promise<Seen> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return { method: request.method ?? "", path: request.url ?? "", headers: request.headers, form: new URLSearchParams(text) };
}

function send(reply: Reply, response: ServerResponse): void {
  if (reply === "hang") return;
  if (reply === "cut") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"issuer":');
    setTimeout(() => response.destroy(), 20);
    return;
  }
  response.writeHead(reply.status ?? 200, reply.headers);
  response.end(reply.body);
}

/** Starts one server with an issuer for each name; it ends with the test file. */
export async function startHostileIssuers<Name extends string>(...names: Name[]): Promise<Record<Name, HostileIssuer>> {
  const issuers = new Map<string, HostileIssuer>();
  const server = createServer(async (request, response) => {
    const seen = await read(request);
    const issuer = issuers.get(seen.path.split("/")[1] ?? "");
    send((await issuer?.respond(seen)) ?? { status: 404 }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  for (const name of names) issuers.set(name, new HostileIssuer(`http://127.0.0.1:${port}/${name}`, await newKey()));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.fromEntries(issuers) as Record<Name, HostileIssuer>;
}

/** An issuer that nothing answers for: connections are refused. */
export async function goneIssuer(): Promise<HostileIssuer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return new HostileIssuer(`http://127.0.0.1:${port}`, await newKey());
}
