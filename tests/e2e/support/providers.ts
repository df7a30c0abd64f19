// Sign-in at providers as a browser does it: redirects, the cookies of the flow and of the link page, and what must not change.

import assert from "node:assert/strict";
import type { Answer } from "./http.ts";
import { type Ask, COOKIE, DEVICE, PASSKEY_BROWSER, type Person, Visitor } from "./people.ts";
import { expectStatus } from "./problems.ts";
import { ORIGIN } from "./worker.ts";
import type { World } from "./world.ts";

export const FLOW_COOKIE = "__Host-rolecall_flow";
export const LINK_COOKIE = "__Host-rolecall_link";
export const LINK = "/v1/provider-link";
export const METHODS = "/v1/me/sign-in-methods";

/** A visitor whose browser keeps the cookies of a flow and of the link page as well. */
export class Browser extends Visitor {
  flow: string | null = null;
  link: string | null = null;

  /** The browser in which a person is signed in. */
  static of(person: Person): Browser {
    return Object.assign(new Browser(person.client), { cookie: person.cookie, device: person.device });
  }

  override async ask(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const cookies = {
      [COOKIE]: this.cookie,
      [DEVICE]: this.device,
      [PASSKEY_BROWSER]: this.passkeyBrowser,
      [FLOW_COOKIE]: this.flow,
      [LINK_COOKIE]: this.link,
    };
    const cookie = Object.entries(cookies).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
    const answer = await super.ask(method, path, { ...ask, headers: { ...(cookie.length > 0 ? { cookie: cookie.join("; ") } : {}), ...ask.headers } });
    this.flow = cookieIn(answer, FLOW_COOKIE, this.flow);
    this.link = cookieIn(answer, LINK_COOKIE, this.link);
    return answer;
  }

  /** Starts a flow; answers where the browser is sent: the authorization request. */
  async authorize(provider: string, query: Record<string, string> = {}): Promise<string> {
    const answer = expectStatus(await this.get(authorizePath(provider, query)), 302);
    return answer.headers.location ?? "";
  }

  /** Opens the URL of a callback. */
  callback(url: string | URL): Promise<Answer> {
    const { pathname, search, origin } = new URL(url);
    assert.equal(origin, ORIGIN);
    return this.get(pathname + search);
  }
}

/** The value that a response gives a cookie: null where it clears it, that of before where it does not name it. */
export function cookieIn(answer: Answer, name: string, before: string | null): string | null {
  const line = answer.cookies.find((line) => line.startsWith(`${name}=`));
  if (line === undefined) return before;
  const value = line.slice(name.length + 1).split(";")[0];
  return value === "" || /max-age=0/i.test(line) ? null : value;
}

export const authorizePath = (provider: string, query: Record<string, string> = {}): string =>
  `/v1/providers/${provider}/authorize${Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : ""}`;

/** The attributes of a cookie in a response, in lower case. */
export function attributesOf(answer: Answer, name: string): string[] {
  const line = answer.cookies.find((line) => line.startsWith(`${name}=`));
  assert.ok(line, `no cookie ${name} in ${answer.cookies}`);
  const attributes = line.split(";").slice(1);
  return attributes.map((attribute) => attribute.trim().toLowerCase()).sort();
}

/** A cookie of ten minutes at most, for no script, on top-level navigation only. */
export function expectSealedCookie(answer: Answer, name: string): void {
  const attributes = attributesOf(answer, name);
  for (const attribute of ["httponly", "secure", "samesite=lax", "path=/"]) assert.ok(attributes.includes(attribute), `${name}: ${attributes}`);
  assert.ok(!attributes.some((attribute) => attribute.startsWith("domain")), `${name}: ${attributes}`);
  const seconds = Number(/max-age=(\d+)/.exec(attributes.join())?.[1]);
  assert.ok(seconds > 0 && seconds <= 600, `${name} lives ${seconds} s`);
}

/** Demands 303 to a path of this origin, as a browser reads the `Location`. */
export function expectRedirect(answer: Answer, path: string): void {
  expectStatus(answer, 303);
  const location = new URL(answer.headers.location ?? "", new URL(answer.asked.path, ORIGIN));
  assert.equal(location.href, ORIGIN + path, answer.headers.location);
  assert.equal(answer.headers["cache-control"], "no-store");
}

/** Demands a way back to the sign-in page with one of these errors, and no session. */
export function expectFailure(answer: Answer, provider: string, code: string, name = ""): void {
  expectStatus(answer, 303);
  const location = new URL(answer.headers.location ?? "", ORIGIN);
  const parameters = Object.fromEntries(location.searchParams);
  const said = `${name} ${answer.asked.path.slice(0, 300)} leads to ${answer.headers.location}`;
  assert.deepEqual([location.origin, location.pathname, Object.keys(parameters).sort()], [ORIGIN, "/sign-in", ["error", "provider"]], said);
  assert.equal(parameters.error, code, said);
  assert.equal(parameters.provider, provider, said);
  expectNoSession(answer);
}

export function expectNoSession(answer: Answer): void {
  const given = answer.cookies.filter((line) => line.startsWith(`${COOKIE}=`) && !/^[^=]+=;/.test(line));
  assert.deepEqual(given, [], `${answer.asked.path} gave a session`);
}

const TABLES = ["user", "identity", "session", "account", "member"];
/** Rows of the tables of people, and every identity with its owner, in one statement: a test asks for it before and after each attempt. */
const SNAPSHOT = `SELECT ${TABLES.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}s`).join(", ")},
  (SELECT json_group_array(json_array(user, id, kind, issuer, subject, proof)) FROM (SELECT * FROM identity ORDER BY user, id)) AS owned`;

/** Runs a refused attempt, and demands that it changed nothing. */
export async function expectUnchanged<T>(world: World, act: () => Promise<T>): Promise<T> {
  const before = await world.rows(SNAPSHOT);
  const result = await act();
  assert.deepEqual(await world.rows(SNAPSHOT), before, "a refused attempt changed something");
  return result;
}

/** The user who is signed in in a browser. */
export async function userIn(browser: Visitor): Promise<any> {
  return expectStatus(await browser.get("/v1/me"), 200).body.user;
}

/** The kinds of the identities of whoever is signed in, sorted. */
export async function kindsIn(browser: Visitor): Promise<string[]> {
  const page = expectStatus(await browser.get(METHODS), 200).body;
  return page.items.map((item: any) => item.kind).sort();
}

/** Starts and ends a sign-in at a provider, where `atProvider` stands for the person there. */
export async function signInAt(
  browser: Browser,
  id: string,
  atProvider: (url: string) => Promise<string | URL>,
  query?: Record<string, string>,
): Promise<Answer> {
  return browser.callback(await atProvider(await browser.authorize(id, query)));
}

/** A browser with nothing in it. */
export const newBrowser = (world: World): Browser => new Browser(world.client);
