// An OpenID provider for development and tests: npm `oidc-provider`, with one client and a login of one step.
import { randomBytes } from "node:crypto";
import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import type { Provider, interactionPolicy } from "oidc-provider";
import { memoryAdapter } from "./memory-adapter.ts";

/** Claims of a person; `sub` identifies them at the issuer. */
export interface Claims {
  sub: string;
  email?: string;
  email_verified?: boolean;
  name?: string;
  [claim: string]: unknown;
}

export interface ProviderSettings {
  /** Port of 127.0.0.1; any free one otherwise. */
  port?: number;
  client: { id: string; secret: string; redirectUris: string[] };
  /** The claims of a subject; undefined where there is no such person. */
  claimsOf(subject: string): Claims | undefined;
  /** The subject that a submitted login page names; undefined shows the page again. */
  login(form: URLSearchParams): string | undefined;
  /** HTML of the login page, whose form is sent to its own address. `action=cancel` in the form refuses. */
  page(client: string, failed: boolean): string;
}

export interface RunningProvider {
  issuer: string;
  stop(): Promise<void>;
}

/** Longest form in bytes. */
const FORM_MAX = 16 * 1024;
/** Where the login page of an interaction is. */
const INTERACTION = /^\/interaction\/[\w-]+$/;
/** Asks for no script, no image and no frame. Redirects after the form lead to the client, so `form-action` is left out. */
const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
};

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character]);

/** Loads the library without its warning about a Node.js that is not, or not yet, a release with long-term support. */
async function loadLibrary(): Promise<typeof import("oidc-provider")> {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await import("oidc-provider");
  } finally {
    console.warn = warn;
  }
}

/** A login each time, so that each sign-in chooses a person. */
function loginEachTime({ Check, base }: typeof interactionPolicy): interactionPolicy.DefaultPolicy {
  const policy = base();
  const asks = (ctx: { oidc: { result?: { login?: unknown } } }) => (ctx.oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT);
  policy.get("login")?.checks.add(new Check("login_each_time", "the person chooses who signs in", asks as never));
  return policy;
}

async function createProvider(issuer: string, { client, claimsOf }: ProviderSettings): Promise<Provider> {
  const { Provider, interactionPolicy } = await loadLibrary();
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const account = (subject: string) => {
    const claims = claimsOf(subject);
    return claims && { accountId: subject, claims: async () => claims };
  };
  return new Provider(issuer, {
    adapter: memoryAdapter(),
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: client.redirectUris,
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "1", alg: "RS256", use: "sig" } as never] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified", "hd", "xms_edov"], profile: ["name"] },
    // The client reads the claims in the ID token, as those of large providers have them.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { policy: loginEachTime(interactionPolicy), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 3600, IdToken: 600, Interaction: 3600, Session: 3600 },
    findAccount: (_ctx, subject) => account(subject),
    // There is nothing to consent to: the one client belongs to the same deployment.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client!.clientId, accountId: ctx.oidc.session!.accountId! });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    async renderError(ctx, out) {
      ctx.type = "html";
      ctx.body = `<!doctype html><title>Error</title><h1>${escapeHtml(out.error)}</h1><p>${escapeHtml(out.error_description ?? "")}</p>`;
    },
  });
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > FORM_MAX) throw new Error("the form is too long");
  }
  return new URLSearchParams(text);
}

/** Takes the session of the provider from an authorization request: its person would not be the one who signs in now. */
function forgetSession(request: IncomingMessage): void {
  const kept = (request.headers.cookie ?? "").split("; ").filter((cookie) => !cookie.startsWith("_session"));
  request.headers.cookie = kept.join("; ");
}

/** Shows the login page of an interaction, or ends the interaction with what was submitted. */
async function interact(provider: Provider, settings: ProviderSettings, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const form = request.method === "POST" ? await formOf(request) : undefined;
  const denied = { error: "access_denied", error_description: "The sign-in was cancelled." };
  if (form?.get("action") === "cancel") return provider.interactionFinished(request, response, denied);
  const accountId = form && settings.login(form);
  // A session at the provider that outlives the login would be that of the person before.
  if (accountId !== undefined) return provider.interactionFinished(request, response, { login: { accountId, remember: false } });
  response.writeHead(form ? 422 : 200, PAGE_HEADERS).end(settings.page(String(params.client_id), form !== undefined));
}

/** Starts a provider at 127.0.0.1. @throws Error where the port is taken. */
export async function startProvider(settings: ProviderSettings): Promise<RunningProvider> {
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port ?? 0, "127.0.0.1", resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = await createProvider(issuer, settings);
  const serve = provider.callback();
  listener = (request, response) => {
    if (request.url?.startsWith("/auth")) forgetSession(request);
    if (!INTERACTION.test(request.url ?? "")) return void serve(request, response);
    interact(provider, settings, request, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(400, PAGE_HEADERS);
      response.end(`<!doctype html><title>Error</title><p>${escapeHtml(error.message)}</p>`);
    });
  };
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { issuer, stop };
}
