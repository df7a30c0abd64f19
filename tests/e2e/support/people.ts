// The people of a test: a visitor with a browser (cookies, no address bar), and a person who has signed up.
// They act through the public API only.

import assert from "node:assert/strict";
import type { HashedEvent } from "./audit.ts";
import { holdToContract } from "./contract.ts";
import type { Answer, Client, Outgoing } from "./http.ts";
import { expectStatus } from "./problems.ts";
import type { Account, AuditEvent, Invitation, Member, Role, User } from "./shapes.ts";

export const COOKIE = "__Host-rolecall_session";
export const DEVICE = "__Host-rolecall_device";
export const PASSKEY_BROWSER = "__Host-rolecall_passkey";

export interface Ask {
  json?: unknown;
  headers?: Record<string, string | string[]>;
  body?: string | Uint8Array;
  chunks?: (string | Uint8Array)[];
  /** Leaves the answer unread by the contract: for what no well-behaved client sends. */
  unchecked?: boolean;
}

/** The token of a link `…#token=…`. */
export function tokenOf(link: string): string {
  const token = new URLSearchParams(new URL(link).hash.slice(1)).get("token");
  assert.ok(token, `no token in ${link}`);
  return token;
}

/** The proof that a mailed invitation link carries beside the token. */
export function proofOf(link: string): string | null {
  return new URLSearchParams(new URL(link).hash.slice(1)).get("proof");
}

export class Visitor {
  readonly client: Client;
  cookie: string | null = null;
  /** What makes this browser a known device. */
  device: string | null = null;
  /** What the challenges of passkeys are bound to. */
  passkeyBrowser: string | null = null;

  constructor(client: Client) {
    this.client = client;
  }

  /** Sends with this browser's cookie, keeps what comes back, and holds the answer to the contract. */
  async ask(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const headers: Record<string, string | string[]> = {};
    const cookies = { [COOKIE]: this.cookie, [DEVICE]: this.device, [PASSKEY_BROWSER]: this.passkeyBrowser };
    const sent = Object.entries(cookies).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
    if (sent.length > 0) headers.cookie = sent.join("; ");
    const outgoing: Outgoing = { method, path, headers, body: ask.body, chunks: ask.chunks };
    if (ask.json !== undefined) {
      headers["content-type"] = "application/json";
      outgoing.body = JSON.stringify(ask.json);
    }
    for (const [name, value] of Object.entries(ask.headers ?? {})) headers[name] = value;
    const answer = await this.client.send(outgoing);
    if (!ask.unchecked) holdToContract(answer);
    for (const line of answer.cookies) {
      const found = /^__Host-rolecall_session=([^;]*)/.exec(line);
      if (found) this.cookie = found[1] === "" || /max-age=0/i.test(line) ? null : found[1];
      this.device = new RegExp(`^${DEVICE}=([^;]+)`).exec(line)?.[1] ?? this.device;
      this.passkeyBrowser = new RegExp(`^${PASSKEY_BROWSER}=([^;]+)`).exec(line)?.[1] ?? this.passkeyBrowser;
    }
    return answer;
  }

  get(path: string, ask?: Ask): Promise<Answer> {
    return this.ask("GET", path, ask);
  }
  post(path: string, json?: unknown, ask?: Ask): Promise<Answer> {
    return this.ask("POST", path, { json, ...ask });
  }
  put(path: string, json?: unknown, ask?: Ask): Promise<Answer> {
    return this.ask("PUT", path, { json, ...ask });
  }
  patch(path: string, json?: unknown, ask?: Ask): Promise<Answer> {
    return this.ask("PATCH", path, { json, ...ask });
  }
  delete(path: string, ask?: Ask): Promise<Answer> {
    return this.ask("DELETE", path, ask);
  }

  signIn(email: string, password: string): Promise<Answer> {
    return this.post("/v1/sessions", { email, password });
  }
  preview(link: string, ask?: Ask): Promise<Answer> {
    return this.get(`/v1/invitations/${encodeURIComponent(tokenOf(link))}`, ask);
  }
  accept(link: string, ask?: Ask): Promise<Answer> {
    return this.ask("POST", `/v1/invitations/${encodeURIComponent(tokenOf(link))}/accept`, ask);
  }
  decline(link: string, ask?: Ask): Promise<Answer> {
    return this.ask("POST", `/v1/invitations/${encodeURIComponent(tokenOf(link))}/decline`, ask);
  }
}

export class Person extends Visitor {
  readonly user: User;
  readonly password: string;
  /** Their own account: personal until they convert it. */
  readonly home: string;

  constructor(client: Client, cookie: string | null, user: User, home: string, password: string) {
    super(client);
    this.cookie = cookie;
    this.user = user;
    this.home = home;
    this.password = password;
  }

  get id(): string {
    return this.user.id;
  }
  get email(): string {
    return this.user.email;
  }

  /** The same person in another browser, signed in afresh. */
  async elsewhere(): Promise<Person> {
    const other = new Person(this.client, null, this.user, this.home, this.password);
    expectStatus(await other.signIn(this.email, this.password), 201);
    return other;
  }

  /** The same browser once more, so that two requests can differ in nothing. */
  twin(): Person {
    return Object.assign(new Person(this.client, this.cookie, this.user, this.home, this.password), {
      device: this.device,
      passkeyBrowser: this.passkeyBrowser,
    });
  }

  async me(): Promise<any> {
    return expectStatus(await this.get("/v1/me"), 200).body;
  }
  /** Turns the own account into a team; answers its id. */
  async convert(name: string): Promise<string> {
    const account: Account = expectStatus(await this.post(`/v1/accounts/${this.home}/convert`, { name }), 200).body;
    assert.equal(account.kind, "team");
    return account.id;
  }
  async account(id: string): Promise<Account> {
    return expectStatus(await this.get(`/v1/accounts/${id}`), 200).body;
  }
  async invite(team: string, email: string, role: string, more: object = {}): Promise<Invitation & { link: string }> {
    return expectStatus(await this.post(`/v1/accounts/${team}/invitations`, { email, role, ...more }), 201).body;
  }
  async join(link: string): Promise<{ user: User; account: Account }> {
    return expectStatus(await this.accept(link), 200).body;
  }
  revoke(team: string, invitation: string, ask?: Ask): Promise<Answer> {
    return this.delete(`/v1/accounts/${team}/invitations/${invitation}`, ask);
  }
  setRole(team: string, user: string, role: string, ask?: Ask): Promise<Answer> {
    return this.patch(`/v1/accounts/${team}/members/${user}`, { role }, ask);
  }
  remove(team: string, user: string, ask?: Ask): Promise<Answer> {
    return this.delete(`/v1/accounts/${team}/members/${user}`, ask);
  }
  leave(team: string): Promise<Answer> {
    return this.remove(team, this.id);
  }
  transfer(team: string, user: string, ask?: Ask): Promise<Answer> {
    return this.post(`/v1/accounts/${team}/transfer`, { user }, ask);
  }
  deleteTeam(team: string, ask?: Ask): Promise<Answer> {
    return this.delete(`/v1/accounts/${team}/team`, ask);
  }
  async makeRole(team: string, code: string, permissions: string[], title = code): Promise<Role> {
    return expectStatus(await this.post(`/v1/accounts/${team}/roles`, { code, title, permissions }), 201).body;
  }
  async may(team: string, ...permissions: string[]): Promise<boolean[]> {
    const answer = expectStatus(await this.post(`/v1/accounts/${team}/checks`, { permissions }), 200);
    return answer.body.results.map((result: any) => result.allowed);
  }

  /** Every item of a list, page by page. */
  async all<Item>(path: string, limit?: number): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams(path.split("?")[1] ?? "");
      if (limit) query.set("limit", String(limit));
      if (cursor) query.set("cursor", cursor);
      const page: any = expectStatus(await this.get(`${path.split("?")[0]}?${query}`), 200).body;
      items.push(...page.items);
      assert.notEqual(page.next_cursor, cursor ?? undefined, "a cursor leads on");
      cursor = page.next_cursor;
    } while (cursor !== null);
    return items;
  }
  members(team: string): Promise<Member[]> {
    return this.all<Member>(`/v1/accounts/${team}/members`, 200);
  }
  invitations(team: string, state?: string): Promise<Invitation[]> {
    return this.all<Invitation>(`/v1/accounts/${team}/invitations${state ? `?state=${state}` : ""}`, 200);
  }
  /** The audit log, oldest first. */
  async auditLog(team: string, query = ""): Promise<AuditEvent[]> {
    return (await this.all<AuditEvent>(`/v1/accounts/${team}/audit-log${query}`, 200)).reverse();
  }
  /** The audit log as it was hashed, oldest first: an NDJSON export. */
  async auditExport(team: string, query = "", ask: Ask = {}): Promise<HashedEvent[]> {
    const request = { headers: { accept: "application/x-ndjson" }, ...ask };
    const { text } = expectStatus(await this.get(`/v1/accounts/${team}/audit-log${query}`, request), 200);
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as HashedEvent]));
  }
}
