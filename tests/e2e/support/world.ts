// One fresh Rolecall per test file, and how people come into it: by the front door.

import assert from "node:assert/strict";
import { after } from "node:test";
import { Client } from "./http.ts";
import { Person, Visitor, proofOf, tokenOf } from "./people.ts";
import type { D1Database } from "./cloudflare-types.ts";
import { expectStatus } from "./problems.ts";
import type { Mail } from "./shapes.ts";
import { type Running, type Settings, startWorker } from "./worker.ts";

/** Good by every rule; each person has another one. */
export function passwordFor(email: string): string {
  return `horse battery ${[...email].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 99_991, 7)} staple`;
}

const CODE = /\b(\d{4}) (\d{4})\b/;

/** The digits of the code in a mail. */
export function codeOf(mail: Mail | undefined): string {
  const found = CODE.exec(mail?.text ?? "");
  assert.ok(found, `no code in ${mail?.text}`);
  return found[1] + found[2];
}

export class World {
  readonly running: Running;
  readonly client: Client;

  constructor(running: Running) {
    this.running = running;
    this.client = new Client(running.base);
  }

  get database(): D1Database {
    return this.running.database;
  }

  visitor(): Visitor {
    return new Visitor(this.client);
  }

  /** The mails of the development outbox, newest first. */
  async mails(to: string): Promise<Mail[]> {
    const answer = await this.client.send({ method: "GET", path: `/dev/outbox?to=${encodeURIComponent(to)}`, headers: { accept: "application/json" } });
    return expectStatus(answer, 200).body.items;
  }

  /** The newest mail's link that leads to this page, e.g. `/join`. */
  async mailedLink(to: string, page: string): Promise<string> {
    const links = (await this.mails(to)).flatMap((mail) => mail.links).filter((link) => new URL(link).pathname === page);
    assert.ok(links.length > 0, `no mail to ${to} leads to ${page}`);
    return links[0];
  }

  /** Asks for a code as a browser with this key, and reads it in the mail. */
  async mailedCode(email: string, browserKey: string): Promise<string> {
    expectStatus(await this.visitor().post("/v1/email-codes", { email, browser_key: browserKey }), 202);
    return codeOf((await this.mails(email)).find(({ text }) => CODE.test(text)));
  }

  /** Lets some time pass since a user has last authenticated: more than the five minutes of step-up. */
  async makeStale(user: string, milliseconds = 400_000): Promise<void> {
    await this.sql("UPDATE session SET auth_time = auth_time - ? WHERE user = ?", milliseconds, user);
  }

  /** Signs up, reads the mail, redeems the link. */
  async signUp(email: string, more: { name?: string; password?: string } = {}): Promise<Person> {
    const password = more.password ?? passwordFor(email);
    const visitor = this.visitor();
    expectStatus(await visitor.post("/v1/signup", { email, password, ...(more.name === undefined ? {} : { name: more.name }) }), 202);
    const token = tokenOf(await this.mailedLink(email, "/verify-email"));
    const { user, account } = expectStatus(await visitor.post("/v1/email-verifications", { token }), 201).body;
    assert.ok(visitor.cookie, "redeeming a verification signs in");
    return Object.assign(new Person(this.client, visitor.cookie, user, account.id, password), { device: visitor.device });
  }

  signUpAll(...names: string[]): Promise<Person[]> {
    return inTurn(names, (name) => this.signUp(`${name}@example.com`));
  }

  /** Invites a newcomer and lets them join from the mail in one step. */
  async hire(admin: Person, team: string, email: string, role: string): Promise<Person> {
    await admin.invite(team, email, role);
    return this.joinByMail(email);
  }

  async joinByMail(email: string, name?: string): Promise<Person> {
    const link = await this.mailedLink(email, "/join");
    const password = passwordFor(email);
    const invitation = { token: tokenOf(link), proof: proofOf(link) };
    const visitor = this.visitor();
    const answer = expectStatus(await visitor.post("/v1/signup", { email, password, ...(name === undefined ? {} : { name }), invitation }), 201);
    const person = new Person(this.client, visitor.cookie, answer.body.user, "", password);
    const own = (await person.me()).memberships.find((membership: any) => membership.account.owner === person.id);
    return Object.assign(new Person(this.client, visitor.cookie, answer.body.user, own.account.id, password), { device: visitor.device });
  }

  /** Rows of the database, for what no route shows. */
  async rows<Row = Record<string, any>>(sql: string, ...values: unknown[]): Promise<Row[]> {
    return (
      await this.database
        .prepare(sql)
        .bind(...values)
        .all<Row>()
    ).results;
  }

  async count(sql: string, ...values: unknown[]): Promise<number> {
    const row = await this.database
      .prepare(`SELECT count(*) AS n FROM ${sql}`)
      .bind(...values)
      .first<{ n: number }>();
    return row?.n ?? 0;
  }

  /** Changes the database behind the Worker's back. */
  async sql(sql: string, ...values: unknown[]): Promise<void> {
    const statement = this.database.prepare(sql);
    await (values.length > 0 ? statement.bind(...values) : statement).run();
  }

  /** Waits until nothing is left to do behind the answers: every event sealed, every mail on its way. */
  async settled(): Promise<void> {
    await eventually(async () =>
      assert.deepEqual(
        [await this.count("audit_event WHERE hash IS NULL"), await this.count("mail WHERE due_at IS NOT NULL")],
        [0, 0],
        "events without a hash, mails that wait",
      ),
    );
  }

  async close(): Promise<void> {
    this.client.close();
    await this.running.stop();
  }
}

/** Starts a world that ends with the test file. */
export async function openWorld(settings: Settings = {}): Promise<World> {
  const world = new World(await startWorker(settings));
  after(() => world.close());
  return world;
}

/** A world for part of a test; always closed. */
export async function inWorld<T>(settings: Settings, act: (world: World) => Promise<T>): Promise<T> {
  const world = new World(await startWorker(settings));
  try {
    return await act(world);
  } finally {
    await world.close();
  }
}

/** One after the other: for what must not race. */
export async function inTurn<In, Out>(inputs: readonly In[], act: (input: In, index: number) => Promise<Out>): Promise<Out[]> {
  const outputs: Out[] = [];
  for (const [index, input] of inputs.entries()) outputs.push(await act(input, index));
  return outputs;
}

/** Tries until it holds, for what happens right after an answer; fails with its own error in the end. */
export async function eventually(check: () => Promise<void>, patience = 5_000): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Counters start anew with each minute: waits for the next one where less is left of this one than a test takes. */
export async function earlyInTheMinute(seconds = 10): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < seconds * 1000) await new Promise((resolve) => setTimeout(resolve, left + 50));
}
