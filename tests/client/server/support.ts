// A real Rolecall with a team, and verifiers that fetch its keys and its policy. The fetches are recorded, and can be
// answered by the test.
import { readFileSync } from "node:fs";
import path from "node:path";
import { type TokenError, type Verifier, type VerifierOptions, createVerifier } from "rolecall/server";
import { openGateway, takeUpstreamRequests, tokenFor } from "../../e2e/support/gateway.ts";
import type { Person } from "../../e2e/support/people.ts";
import { expectStatus } from "../../e2e/support/problems.ts";
import { ORIGIN, ROOT } from "../../e2e/support/worker.ts";
import type { World } from "../../e2e/support/world.ts";

export const POLICY = readFileSync(path.join(ROOT, "policy/default.json"), "utf8");

/** Fetches of a verifier. */
export interface Fetches {
  /** Paths, in the order fetched. */
  readonly log: string[];
  /** Answers or fails a fetch in place of Rolecall; undefined lets it through. */
  instead?: (path: string, init: RequestInit) => Promise<Response> | Response | undefined;
}

/** A verifier of the deployment at `ORIGIN`, which is reached at the address of the test's Worker. */
export function verifierOf(world: World, more: Partial<VerifierOptions> = {}): { verifier: Verifier; fetches: Fetches } {
  const fetches: Fetches = { log: [] };
  const verifier = createVerifier({
    issuer: ORIGIN,
    audience: "rolecall-tests",
    identityAudience: "upstream",
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      fetches.log.push(pathname);
      return (await fetches.instead?.(pathname, init)) ?? fetch(new URL(pathname, world.running.base), init);
    },
    ...more,
  } as VerifierOptions);
  return { verifier, fetches };
}

export interface Stage {
  world: World;
  owner: Person;
  dev: Person;
  team: string;
  /** A token of the developer, issued now. */
  token(): Promise<string>;
  /** An identity that the gateway has just signed for a request of the developer. */
  identity(method?: string, target?: string): Promise<string>;
}

/** A team with a developer; ends with the test file. */
export async function openStage(): Promise<Stage> {
  const world = await openGateway();
  const owner = await world.signUp("owner@example.com");
  const team = await owner.convert("Acme");
  const dev = await world.hire(owner, team, "dev@example.com", "dev");
  return {
    world,
    owner,
    dev,
    team,
    token: () => tokenFor(dev, team),
    identity: async (method = "GET", target = "/api/pods") => {
      await takeUpstreamRequests(world);
      expectStatus(await dev.ask(method, target), 200);
      return (await takeUpstreamRequests(world)).at(-1)!.headers["rolecall-identity"]!;
    },
  };
}

/** The code of the `TokenError` that a verification rejects with; `accepted` where it does not reject. */
export async function codeOf(verification: Promise<unknown>): Promise<string> {
  try {
    await verification;
    return "accepted";
  } catch (error) {
    if ((error as Error).name !== "TokenError") throw error;
    return (error as TokenError).code;
  }
}

export const now = () => Math.floor(Date.now() / 1000);
export const part = (token: string, at: number): any => JSON.parse(Buffer.from(token.split(".")[at]!, "base64url").toString("utf8"));
export const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
