// What a race is: many requests at once, a list of what must not have happened, and the same again in a world
// without the guards, where it must happen: else the test could not fail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type HashedEvent, expectChain } from "../../e2e/support/audit.ts";
import { rules } from "../../e2e/support/contract.ts";
import type { Answer } from "../../e2e/support/http.ts";
import { broken } from "../../e2e/support/invariants.ts";
import { type World, inWorld } from "../../e2e/support/world.ts";

rules.roundTrips = Infinity;

export interface Race {
  /** Rounds with the guards on: all must be clean. */
  rounds?: number;
  /** Triggers that the mutant lacks, beside the one behind every fact. */
  without?: string[];
  /** Texts of the schema that the mutant has otherwise: constraints that would save it. */
  instead?: [find: string, put: string][];
  /** Rounds in which the mutant must show a violation at least once; it ends with the first, so many cost nothing. */
  mutantRounds?: number;
  /** One round, in people and teams of its own; answers what went wrong. */
  round: (world: World, round: number) => Promise<string[]>;
}

/** Starts all at once, in the order given, and waits for all. */
export function together(...acts: (() => Promise<Answer>)[]): Promise<Answer[]> {
  return Promise.all(acts.map((act) => act()));
}

/** Who must connect first comes late: sockets that wait make a start together. */
async function openSockets(world: World): Promise<void> {
  await together(...times(10, () => () => world.visitor().get("/v1/policy")));
}

/** Two requests against each other. Who begins changes from round to round, and so does the head start, up to seven milliseconds. */
export async function against(round: number, one: () => Promise<Answer>, other: () => Promise<Answer>): Promise<[Answer, Answer]> {
  const headStart = Math.floor(round / 2) % 8;
  const later = (act: () => Promise<Answer>) => new Promise((resolve) => setTimeout(resolve, headStart)).then(act);
  if (round % 2 === 0) return Promise.all([one(), headStart === 0 ? other() : later(other)]);
  const second = other();
  return Promise.all([headStart === 0 ? one() : later(one), second]);
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Status and code, for messages: `409 conflict`. */
export function statusAndCode(answer: Answer): string {
  const code = answer.status >= 400 ? answer.body?.code : "";
  return `${answer.status} ${code}`.trim();
}

/** Answers that belong to nobody's fault but ours. */
export function faults(answers: Answer[]): string[] {
  return answers.filter((answer) => answer.status >= 500).map((answer) => `${answer.asked.method} answered ${statusAndCode(answer)}`);
}

/** The schema without its guards: every fact holds, the named triggers are gone, the named texts are others. */
export function withoutGuards(race: Pick<Race, "without" | "instead">): (sql: string) => string {
  const missing = new Set(["fact_must_hold", ...(race.without ?? []), ...(race.instead ?? []).map(([find]) => find)]);
  return (sql) => {
    let schema = sql;
    const replace = (find: string | RegExp, put: string, name: string) => {
      const next = schema.replace(find, () => put);
      if (next !== schema) missing.delete(name);
      schema = next;
    };
    replace(/CREATE TRIGGER fact_must_hold[\s\S]*?END;/, "CREATE TRIGGER fact_must_hold INSTEAD OF INSERT ON fact BEGIN SELECT 1; END;", "fact_must_hold");
    for (const name of race.without ?? []) replace(new RegExp(`CREATE TRIGGER ${name}\\b[\\s\\S]*?END;`), "", name);
    for (const [find, put] of race.instead ?? []) replace(find, put, find);
    assert.deepEqual([...missing], [], "guards that the schema does not have cannot be taken away");
    return schema;
  };
}

/** What is wrong in the database now, and in the log of an account. */
export async function findViolations(world: World, ...accounts: string[]): Promise<string[]> {
  const found = await broken(world.database);
  for (const account of accounts) {
    try {
      expectChain(await storedLog(world, account));
    } catch (error) {
      found.push(`audit-chain of ${account}: ${(error as Error).message}`);
    }
  }
  return found;
}

/** The log as it is stored; events that are not sealed yet count as far as they are numbered. */
async function storedLog(world: World, account: string): Promise<HashedEvent[]> {
  const rows = await world.rows("SELECT * FROM audit_event WHERE account = ? AND hash IS NOT NULL ORDER BY seq", account);
  const left = await world.rows<{ seq: number; disclosure: string }>(
    "SELECT seq, disclosure FROM audit_disclosure WHERE account = ? ORDER BY seq, path",
    account,
  );
  const disclosures = Map.groupBy(left, ({ seq }) => seq);
  return rows.map((row) => ({
    id: row.id,
    seq: row.seq,
    at: new Date(row.at).toISOString(),
    actor: { type: row.actor_type, id: row.actor_id, name: { _sd: [row.actor_name] } },
    action: row.action,
    resource: { type: row.resource_type, id: row.resource_id },
    outcome: row.outcome,
    data: JSON.parse(row.data),
    request_id: row.request_id,
    prev_hash: row.prev_hash,
    hash: row.hash,
    v: 2,
    disclosures: (disclosures.get(row.seq) ?? []).map(({ disclosure }) => disclosure),
  }));
}

/** The numbers of the events that match, in the order in which they were committed. */
export async function committed(world: World, account: string, action: string, resource?: string): Promise<number[]> {
  const rows = await world.rows<{ seq: number; resource_id: string; data: string }>(
    "SELECT seq, resource_id, data FROM audit_event WHERE account = ? AND action = ? AND outcome = 'done' ORDER BY seq",
    account,
    action,
  );
  return rows.filter((row) => resource === undefined || row.resource_id === resource || row.data.includes(resource)).map((row) => row.seq);
}

/** Runs a race with its guards, and shows that it is lost without them. */
export function race(name: string, { rounds = 5, mutantRounds = 300, ...rest }: Race): void {
  test(name, async () => {
    await inWorld({}, async (world) => {
      for (let round = 0; round < rounds; round += 1) {
        await openSockets(world);
        assert.deepEqual(await rest.round(world, round), [], `round ${round}`);
      }
    });
  });
  test(`${name}: is lost without the guards`, async () => {
    await inWorld({ schema: withoutGuards(rest) }, async (world) => {
      for (let round = 0; round < mutantRounds; round += 1) {
        await openSockets(world);
        if ((await rest.round(world, round)).length > 0) return;
      }
      assert.fail(`${mutantRounds} rounds without a guard and nothing went wrong: this race cannot be lost, so it proves nothing`);
    });
  });
}
