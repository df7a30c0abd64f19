// A stand-in for github.com and api.github.com with their real shapes. Sources: docs.github.com, "Authorizing OAuth apps",
// "Troubleshooting OAuth app access token request errors", REST API "Users" and "Emails".

import { createHash, randomBytes } from "node:crypto";
import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { CLIENT_SECRET, type ProviderEntry } from "./openid-provider.ts";

export interface GithubEmail {
  email: string;
  primary: boolean;
  verified: boolean;
  visibility: "public" | "private" | null;
}

export interface GithubUser {
  id: number;
  login: string;
  name: string | null;
  emails: GithubEmail[];
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

interface Request {
  method: string;
  url: URL;
  headers: IncomingMessage["headers"];
  form: URLSearchParams;
}

interface Grant {
  user: GithubUser;
  challenge: string | null;
  redirectUri: string | null;
  scopes: string[];
}

const CLIENT_ID = "Iv1.0123456789abcdef";
const TROUBLESHOOTING = "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors";
const REST = "https://docs.github.com/rest";

/** The address with this text, the primary one unless said otherwise. */
export const address = (email: string, more: Partial<GithubEmail> = {}): GithubEmail => ({
  email,
  primary: true,
  verified: true,
  visibility: "private",
  ...more,
});

const reply = (status: number, value: unknown): Answer => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", "x-github-media-type": "github.v3; format=json" },
  body: JSON.stringify(value),
});
const apiError = (status: number, message: string, page = ""): Answer =>
  reply(status, { message, documentation_url: `${REST}${page}`, status: String(status) });

export class Github {
  origin = "";
  /** Who is signed in at GitHub in the browser. */
  user: GithubUser = { id: 583231, login: "octocat", name: null, emails: [address("octocat@example.com")] };
  /** The `iss` of authorization responses (RFC 9207), which GitHub sends; null leaves it out, as it did before. */
  iss: string | null = "https://github.com/login/oauth";
  /** Replaces the response of a path. */
  readonly overrides = new Map<string, (request: Request) => Answer | undefined>();
  readonly seen: Request[] = [];
  readonly #codes = new Map<string, Grant>();
  readonly #tokens = new Map<string, Grant>();

  entry(id: string): ProviderEntry {
    return { id, kind: "github", title: "GitHub", client_id: CLIENT_ID };
  }

  answer(request: Request): Answer {
    this.seen.push(request);
    const { pathname } = request.url;
    const override = this.overrides.get(pathname)?.(request);
    if (override) return override;
    if (pathname === "/login/oauth/authorize") return this.#authorize(request);
    if (pathname === "/login/oauth/access_token") return this.#accessToken(request);
    if (pathname === "/user" || pathname === "/user/emails") return this.#api(request);
    return apiError(404, "Not Found");
  }

  /** The redirect of a person who is signed in and has authorized the app before. */
  #authorize({ url }: Request): Answer {
    const { searchParams } = url;
    const redirectUri = searchParams.get("redirect_uri");
    if (searchParams.get("client_id") !== CLIENT_ID || redirectUri === null) return { status: 404, body: "Not Found" };
    const code = randomBytes(10).toString("hex");
    const scopes = (searchParams.get("scope") ?? "").split(/[ ,]/);
    this.#codes.set(code, { user: this.user, challenge: searchParams.get("code_challenge"), redirectUri, scopes });
    const callback = new URL(redirectUri);
    callback.searchParams.set("code", code);
    if (this.iss !== null) callback.searchParams.set("iss", this.iss);
    callback.searchParams.set("state", searchParams.get("state") ?? "");
    return { status: 302, headers: { location: callback.href }, body: "" };
  }

  /** Errors have status 200, and everything is a form unless the client asks for JSON. */
  #accessToken({ method, headers, form }: Request): Answer {
    const answer = (members: Record<string, string>): Answer =>
      /^application\/json\b/.test(headers.accept ?? "")
        ? reply(200, members)
        : { status: 200, headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }, body: new URLSearchParams(members).toString() };
    const error = (code: string, description: string) =>
      answer({ error: code, error_description: description, error_uri: `${TROUBLESHOOTING}/#${code.replaceAll("_", "-")}` });
    if (method !== "POST") return apiError(404, "Not Found");
    if (form.get("client_id") !== CLIENT_ID || form.get("client_secret") !== CLIENT_SECRET)
      return error("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.");
    const code = form.get("code") ?? "";
    const grant = this.#codes.get(code);
    this.#codes.delete(code);
    if (!grant) return error("bad_verification_code", "The code passed is incorrect or expired.");
    if (form.has("redirect_uri") && form.get("redirect_uri") !== grant.redirectUri)
      return error("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application.");
    const verifier = form.get("code_verifier") ?? "";
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    if (grant.challenge !== null && grant.challenge !== challenge) return error("bad_verification_code", "The code passed is incorrect or expired.");
    const access_token = `gho_${randomBytes(18).toString("hex")}`;
    this.#tokens.set(access_token, grant);
    return answer({ access_token, token_type: "bearer", scope: grant.scopes.join(",") });
  }

  #api({ url, headers }: Request): Answer {
    if (!headers["user-agent"])
      return {
        status: 403,
        headers: { "content-type": "text/html" },
        body: "Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.",
      };
    const [, token] = /^(?:bearer|token) (\S+)$/i.exec(headers.authorization ?? "") ?? [];
    const page = url.pathname === "/user" ? "/users/users#get-the-authenticated-user" : "/users/emails#list-email-addresses-for-the-authenticated-user";
    if (token === undefined) return apiError(401, "Requires authentication", page);
    const grant = this.#tokens.get(token);
    if (!grant) return apiError(401, "Bad credentials");
    const { id, login, name, emails } = grant.user;
    if (url.pathname === "/user") {
      const api_url = `${this.origin}/users/${login}`;
      return reply(200, { login, id, node_id: "MDQ6VXNlcjU4MzIzMQ==", url: api_url, html_url: api_url, type: "User", site_admin: false, name, email: null });
    }
    return grant.scopes.some((scope) => scope === "user" || scope === "user:email") ? reply(200, emails) : apiError(404, "Not Found", page);
  }

  /** What the browser does at GitHub: answers the URL of the callback. */
  async signIn(authorization: string): Promise<string> {
    const response = await fetch(authorization, { redirect: "manual" });
    const location = response.headers.get("location");
    if (location === null) throw new Error(`GitHub answered ${response.status}: ${await response.text()}`);
    return location;
  }
}

/** Starts the stand-in; it ends with the test file. Its origin is for the variable `GITHUB_ORIGIN`. */
export async function startGithub(): Promise<Github> {
  const github = new Github();
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const url = new URL(request.url ?? "", github.origin);
    const { status, headers, body } = github.answer({ method: request.method ?? "", url, headers: request.headers, form: new URLSearchParams(text) });
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  github.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return github;
}
