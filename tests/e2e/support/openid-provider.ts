// A real OpenID provider (npm `oidc-provider`) on loopback, in the process of the test, and a login there without a browser.

import assert from "node:assert/strict";
import { after } from "node:test";
import { type Claims, startProvider } from "../../../scripts/openid-provider/provider.ts";
import { ORIGIN } from "./worker.ts";

/** Secret of every client of the tests' providers. */
export const CLIENT_SECRET = "the secret of the client, 32 bytes and more";

/** Entry of `providers` in `policy/sign-in.json`. */
export interface ProviderEntry {
  id: string;
  kind: "oidc" | "github";
  title: string;
  client_id: string;
  issuer?: string;
  scopes?: string[];
  authoritative_domains?: string[];
}

/** Entry of `trusted_issuers` in `policy/sign-in.json`. */
export interface TrustedIssuerEntry {
  issuer: string;
  audience: string;
  domains?: string[];
}

/** The variables of a Worker with these providers and trusted issuers, beside every other way to sign in. */
export function signInVars(providers: ProviderEntry[], trusted_issuers: TrustedIssuerEntry[] = []): Record<string, string> {
  const secrets = providers.map(({ id }) => [`PROVIDER_${id.toUpperCase().replaceAll("-", "_")}_SECRET`, CLIENT_SECRET]);
  return { SIGN_IN: JSON.stringify({ password: true, email_code: true, passkey: true, providers, trusted_issuers }), ...Object.fromEntries(secrets) };
}

/** Where a provider sends the browser back to. */
export const callbackOf = (id: string): string => `${ORIGIN}/v1/providers/${id}/callback`;

export interface OpenidProvider {
  issuer: string;
  /** The people of the provider by subject; a test changes them at will. */
  people: Map<string, Claims>;
  /** The entry of the file, for an authority over these domains. */
  entry(id: string, authoritative_domains?: string[]): ProviderEntry;
  /** Logs a person in where the Worker sent the browser to; answers the URL of the callback. */
  signIn(authorization: string, subject: string): Promise<string>;
  /** Refuses there; answers the URL of the callback. */
  cancel(authorization: string): Promise<string>;
}

/** A browser at a provider: follows redirects with its cookies, until one leads away. */
class Walk {
  readonly #cookies = new Map<string, string>();
  readonly #issuer: string;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  /** The response that is no redirect, or the address outside the provider. */
  async to(url: string, form?: Record<string, string>): Promise<{ response: Response; url: string } | { left: string }> {
    const body = form && new URLSearchParams(form);
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { method: form ? "POST" : "GET", body, headers: { cookie }, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name) this.#cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) return { response, url };
    await response.arrayBuffer();
    const next = new URL(location, url).href;
    return next.startsWith(`${this.#issuer}/`) ? this.to(next) : { left: next };
  }
}

async function walk(issuer: string, authorization: string, form: Record<string, string>): Promise<string> {
  const browser = new Walk(issuer);
  const page = await browser.to(authorization);
  // A request that the provider refuses goes back at once.
  if ("left" in page) return page.left;
  const text = await page.response.text();
  assert.equal(page.response.status, 200, `the provider shows no login page: ${text}`);
  const end = await browser.to(page.url, form);
  assert.ok("left" in end, `the provider does not send the browser back: ${"response" in end ? await end.response.text() : ""}`);
  return end.left;
}

/** Starts a provider for the clients with these ids; it ends with the test file. */
export async function startOpenidProvider(ids: string[], people: Claims[] = []): Promise<OpenidProvider> {
  const known = new Map(people.map((claims) => [claims.sub, claims]));
  const subjectIn = (form: URLSearchParams) => [form.get("subject") ?? ""].find((subject) => known.has(subject));
  const client_id = "rolecall-tests";
  const { issuer, stop } = await startProvider({
    client: { id: client_id, secret: CLIENT_SECRET, redirectUris: ids.map(callbackOf) },
    claimsOf: (subject) => known.get(subject),
    login: subjectIn,
    page: () => "<!doctype html><title>Sign in</title>",
  });
  after(stop);
  return {
    issuer,
    people: known,
    entry: (id, authoritative_domains = []) => ({ id, kind: "oidc", title: `Provider ${id}`, issuer, client_id, authoritative_domains }),
    signIn: (authorization, subject) => walk(issuer, authorization, { subject }),
    cancel: (authorization) => walk(issuer, authorization, { action: "cancel" }),
  };
}
