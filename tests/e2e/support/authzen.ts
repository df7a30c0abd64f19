// A policy enforcement point: asks AuthZEN questions with an API key of an account, as any client would.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Answer, Client } from "./http.ts";
import { type Person, Visitor } from "./people.ts";
import { expectStatus } from "./problems.ts";
import { ROOT } from "./worker.ts";
import type { World } from "./world.ts";

export const read = (file: string): any => JSON.parse(readFileSync(path.join(ROOT, file), "utf8"));

/** `user:ann@example.com` and the like as an entity. */
export function entity(text: string): { type: string; id: string } {
  const at = text.indexOf(":");
  return { type: text.slice(0, at), id: text.slice(at + 1) };
}

export class Pep extends Visitor {
  readonly secret: string;
  readonly id: string;

  constructor(client: Client, secret: string, id: string) {
    super(client);
    this.secret = secret;
    this.id = id;
  }

  /** Sends a JSON text as it is. */
  raw(
    path: string,
    body: string | Uint8Array | undefined,
    more: { method?: string; type?: string; headers?: Record<string, string>; secret?: string } = {},
  ): Promise<Answer> {
    const type = more.type ?? "application/json";
    const headers = { authorization: `Bearer ${more.secret ?? this.secret}`, ...(body === undefined ? {} : { "content-type": type }), ...more.headers };
    return this.ask(more.method ?? "POST", path, { body, headers, unchecked: more.method !== undefined });
  }

  question(path: string, json: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.raw(path, JSON.stringify(json), headers ? { headers } : {});
  }

  async decision(subject: string, action: string, resource: string, more: object = {}): Promise<boolean> {
    const answer = expectStatus(
      await this.question("/access/v1/evaluation", { subject: entity(subject), action: { name: action }, resource: entity(resource), ...more }),
      200,
    );
    return answer.body.decision;
  }

  /** Every page of a search. */
  async search(what: string, json: any, limit?: number): Promise<any[]> {
    const results: any[] = [];
    let page: any = limit === undefined ? undefined : { limit };
    for (;;) {
      const { body } = expectStatus(await this.question(`/access/v1/search/${what}`, { ...json, ...(page ? { page } : {}) }), 200);
      results.push(...body.results);
      if (!body.page?.next_token) return results;
      page = { token: body.page.next_token };
    }
  }
}

/** Makes a key of an account, and a decision point's client with it. */
export async function pepOf(world: World, by: Person, account: string, permissions = ["team.access"], more: object = {}): Promise<Pep> {
  const { id, secret } = expectStatus(await by.post(`/v1/accounts/${account}/api-keys`, { name: "pep", permissions, ...more }), 201).body;
  return new Pep(world.client, secret, id);
}
