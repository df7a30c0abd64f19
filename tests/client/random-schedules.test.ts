// Randomised schedules: switches, requests, renewals and sign-ins at any time, with network messages delivered in any
// order, against the built Worker. A failure names its seed: `SEED=… node --test tests/client/random-schedules.test.ts`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RolecallClientError, RolecallError, createClient } from "rolecall";
import { openGateway } from "../e2e/support/gateway.ts";
import type { Person } from "../e2e/support/people.ts";
import { ORIGIN } from "../e2e/support/worker.ts";
import { claimsOf, rightsOf } from "./support/browser.ts";

const world = await openGateway();
const ann = await world.signUp("ann@example.com");
const ben = await world.signUp("ben@example.com");
const teamA = await ann.convert("A");
const teamB = await ben.convert("B");
const zoe = await world.signUp("zoe@example.com");
const teamC = await zoe.convert("C");

async function join(owner: Person, team: string, guest: Person, role: string): Promise<void> {
  await owner.invite(team, guest.email, role);
  await guest.join(await world.mailedLink(guest.email, "/join"));
}
await join(ben, teamB, ann, "dev");
await join(ann, teamA, ben, "billing");
await join(zoe, teamC, ann, "basic");

const people = [ann, ben];
const accounts = [teamA, teamB, teamC];
/** Ben is not a member of C. */
const roles: Record<string, Record<string, string>> = {
  [ann.id]: { [teamA]: "admin", [teamB]: "dev", [teamC]: "basic" },
  [ben.id]: { [teamA]: "billing", [teamB]: "admin" },
};

/** Pseudo-random numbers from a seed (mulberry32). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

/** A network that delivers messages on demand, with a browser's cookie store at the client's end. */
function network() {
  const parked: (() => void)[] = [];
  const left: Request[] = [];
  let cookie = "";
  let atServer = 0;
  const park = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const stop = () => {
        parked.splice(parked.indexOf(deliver), 1);
        reject(signal.reason as Error);
      };
      const deliver = () => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      if (signal.aborted) return reject(signal.reason as Error);
      signal.addEventListener("abort", stop, { once: true });
      parked.push(deliver);
    });
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.headers.set("origin", ORIGIN);
    if (cookie) request.headers.set("cookie", cookie);
    left.push(request);
    await park(request.signal);
    atServer += 1;
    // A delivered request takes effect, even when the page has aborted it.
    const [response, body] = await fetch(new Request(request, { signal: null }))
      .then(async (received) => [received, received.status === 204 ? null : await received.arrayBuffer()] as const)
      .finally(() => (atServer -= 1));
    await park(request.signal);
    const set = response.headers.getSetCookie().find((text) => text.startsWith("__Host-rolecall_session="));
    if (set) cookie = /max-age=0/i.test(set) ? "" : set.split(";", 1)[0]!;
    return new Response(body, { status: response.status, headers: response.headers });
  };
  /** Waits until no further step happens without a delivery. */
  const quiet = async () => {
    let calm = 0;
    while (calm < 5) {
      await new Promise((resolve) => setImmediate(resolve));
      calm = atServer === 0 ? calm + 1 : 0;
    }
  };
  return { send, parked, left, quiet };
}

interface Call<T = unknown> {
  state: "pending" | "done" | "failed";
  error?: unknown;
  value?: T;
}

function watch<T>(promise: Promise<T>): Call<T> {
  const call: Call<T> = { state: "pending" };
  promise.then(
    (value) => Object.assign(call, { state: "done", value }),
    (error: unknown) => Object.assign(call, { state: "failed", error }),
  );
  return call;
}

const isAbort = (error: unknown) => error instanceof DOMException && error.name === "AbortError";
const STEPS = 70;

async function run(seed: number): Promise<{ sent: number; local: number; aborted: number }> {
  const roll = dice(seed);
  const wire = network();
  const client = createClient({ baseUrl: world.running.base.href, fetch: wire.send });
  let ahead = 0;
  const now = Date.now;
  Date.now = () => now() + ahead;

  let person: Person | undefined;
  let signing: { call: Call; as: Person } | undefined;
  /** The last `use` since the last change of identity, and the account in use before it. */
  let last: { account: string; call: Call; before: string | undefined } | undefined;
  const fetches: { n: number; call: Call<Response>; account: string | undefined; sub: string | undefined }[] = [];
  const counts = { sent: 0, local: 0, aborted: 0 };
  let looked = 0;

  const look = () => {
    if (signing && signing.call.state !== "pending") {
      assert.equal(signing.call.state, "done", String(signing.call.error));
      person = signing.as;
      signing = undefined;
    }
    const rights = rightsOf(client);
    if (rights) {
      assert.ok(!signing, "rights during a pending sign-in");
      assert.equal(rights.user.id, person?.id, "rights of another user");
      assert.equal(rights.role, roles[rights.user.id]![rights.account]);
      assert.equal(client.can("pods.manage"), ["dev", "admin"].includes(rights.role));
      assert.equal(rights.permissions.includes("pods.manage"), ["dev", "admin"].includes(rights.role));
    }
    for (; looked < wire.left.length; looked += 1) {
      const request = wire.left[looked]!;
      const url = new URL(request.url);
      if (!url.pathname.startsWith("/api/")) continue;
      counts.sent += 1;
      assert.match(request.headers.get("authorization") ?? "", /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
      const claims = claimsOf(request);
      const made = fetches[Number(url.searchParams.get("n"))]!;
      assert.equal(claims.sub, person?.id, "a request of a former identity");
      if (made.sub !== undefined) assert.equal(claims.sub, made.sub);
      if (made.account !== undefined) assert.equal(claims.account, made.account, "a request in another account than the one it was made in");
      assert.equal(claims.role, roles[claims.sub]![claims.account]);
    }
  };

  const acts = [
    () => {
      const account = accounts[roll(accounts.length)]!;
      const before = rightsOf(client)?.account;
      last = { account, call: watch(client.switchAccount(account)), before };
    },
    () => {
      const [method, path] = (
        [
          ["GET", "/api/pods"],
          ["POST", "/api/clusters"],
          ["GET", "/api/billing"],
        ] as const
      )[roll(3)]!;
      const switching = last?.call.state === "pending" ? last.account : undefined;
      const account = switching ?? rightsOf(client)?.account;
      fetches.push({ n: fetches.length, call: watch(client.fetch(`${path}?n=${fetches.length}`, { method })), account, sub: signing ? undefined : person?.id });
    },
    () => void watch(client.refresh()),
    () => void watch(client.tokens.current()),
    () => {
      ahead += 20_000 + roll(110_000);
    },
    () => {
      if (signing || roll(4) > 0) return;
      const as = people[roll(people.length)]!;
      signing = { call: watch(client.signIn({ email: as.email, password: as.password })), as };
      last = undefined;
    },
  ];

  try {
    signing = { call: watch(client.signIn({ email: ann.email, password: ann.password })), as: ann };
    for (let step = 0; step < STEPS; step += 1) {
      if (wire.parked.length > 0 && roll(5) > 1) wire.parked.splice(roll(wire.parked.length), 1)[0]!();
      else acts[[0, 0, 1, 1, 1, 2, 3, 4, 5][roll(9)]!]!();
      await wire.quiet();
      look();
    }
    for (;;) {
      await wire.quiet();
      look();
      if (wire.parked.length === 0) break;
      wire.parked.splice(roll(wire.parked.length), 1)[0]!();
    }

    // Quiescent: every call has settled, and the account last requested is in use.
    if (last) {
      assert.notEqual(last.call.state, "pending", "a switch never ends");
      if (last.call.state === "done") assert.equal(rightsOf(client)?.account, last.account, "the last requested account is not in use");
      else {
        assert.ok(last.call.error instanceof RolecallError && last.call.error.status === 404, String(last.call.error));
        assert.equal(roles[person!.id]![last.account], undefined, "a member was refused");
      }
    }
    for (const { call, n } of fetches) {
      assert.notEqual(call.state, "pending", `request ${n} never ends`);
      if (call.state === "done") assert.ok(call.value!.status === 200 || call.value!.status === 403, `request ${n}: ${call.value!.status}`);
      else if (isAbort(call.error)) counts.aborted += 1;
      else if (call.error instanceof RolecallError) counts.local += call.error.local ? 1 : 0;
      else assert.ok(call.error instanceof RolecallClientError, String(call.error));
    }
    return counts;
  } finally {
    Date.now = now;
  }
}

const seeds = process.env["SEED"] ? [Number(process.env["SEED"])] : Array.from({ length: 16 }, (_, index) => index + 1);

test(`${seeds.length} random schedules: the last requested account, one account a request, no rights of an earlier user`, async () => {
  const total = { sent: 0, local: 0, aborted: 0 };
  for (const seed of seeds) {
    const counts = await run(seed).catch((error: Error) => assert.fail(`SEED=${seed}: ${error.stack ?? error}`));
    for (const name of ["sent", "local", "aborted"] as const) total[name] += counts[name];
  }
  if (seeds.length > 1)
    for (const [name, count] of Object.entries(total)) assert.ok(count > 10, `only ${count} requests were ${name}: the schedules try too little`);
});
