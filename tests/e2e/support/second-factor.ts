// Authenticator apps, and people who have one: `otpauth` from npm plays the app, so that another implementation of RFC 6238 than the
// Worker's says which codes are right.

import assert from "node:assert/strict";
import { TOTP, URI } from "otpauth";
import type { Answer } from "./http.ts";
import { type Ask, COOKIE, DEVICE, PASSKEY_BROWSER, type Visitor } from "./people.ts";
import { expectProblem, expectStatus } from "./problems.ts";
import { Browser, FLOW_COOKIE, LINK_COOKIE, cookieIn, expectNoSession, expectSealedCookie } from "./providers.ts";
import type { World } from "./world.ts";

export const SECOND_FACTOR_COOKIE = "__Host-rolecall_second_factor";
export const SECOND_FACTOR = "/v1/sessions/second-factor";
export const TOTP_PATH = "/v1/totp";
export const RECOVERY_CODES = "/v1/recovery-codes";
export const REAUTHENTICATION = "/v1/sessions/current/reauthentication";

const STEP_MS = 30_000;
/** Least time in milliseconds that a step must last for the code of the one before it to arrive in time. */
const MARGIN_MS = 5_000;

/** An authenticator app with one account, from the URL of a QR code. */
export class AuthenticatorApp {
  readonly totp: TOTP;
  #lastStep = -1;

  constructor(url: string) {
    const read = URI.parse(url);
    assert.ok(read instanceof TOTP, url);
    this.totp = read;
  }

  codeOf(step: number): string {
    return this.totp.generate({ timestamp: step * STEP_MS });
  }

  /** A code of six digits that belongs to no step near the current one. */
  wrongCode(): string {
    const current = Math.floor(Date.now() / STEP_MS);
    const near = [-3, -2, -1, 0, 1, 2, 3].map((steps) => this.codeOf(current + steps));
    return Array.from({ length: 10 }, (_, digit) => `${digit}`.repeat(6)).find((code) => !near.includes(code))!;
  }

  /** The next code that the Worker has not been sent. Of the three steps that it accepts; waits for another one after these. */
  async freshCode(): Promise<string> {
    for (;;) {
      const now = Date.now();
      const current = Math.floor(now / STEP_MS);
      const left = (current + 1) * STEP_MS - now;
      const step = Math.max(this.#lastStep + 1, left > MARGIN_MS ? current - 1 : current);
      if (step <= current + 1) {
        this.#lastStep = step;
        return this.codeOf(step);
      }
      await new Promise((resolve) => setTimeout(resolve, left + 50));
    }
  }

  /** All three steps may be sent once more. */
  forget(): void {
    this.#lastStep = -1;
  }
}

/** Lets some minutes pass since a user's last code: the step that was accepted last is an old one. */
export async function forgetSteps(world: World, user: string, app: AuthenticatorApp): Promise<void> {
  const [row] = await world.rows("SELECT * FROM identity WHERE user = ? AND kind = 'totp'", user);
  assert.ok(row);
  // The schema lets a step only grow, so the row is another one.
  await world.sql("DELETE FROM identity WHERE user = ? AND kind = 'totp'", user);
  const columns = Object.keys(row);
  const values = columns.map((column) => (column === "last_step" ? 1 : row[column]));
  await world.sql(`INSERT INTO identity (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`, ...values);
  app.forget();
}

/** A visitor whose browser keeps the cookie between the two steps of a sign-in as well. */
export class Device extends Browser {
  /** What stands between the steps. */
  pending: string | null = null;

  override async ask(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const cookies = {
      [COOKIE]: this.cookie,
      [DEVICE]: this.device,
      [PASSKEY_BROWSER]: this.passkeyBrowser,
      [FLOW_COOKIE]: this.flow,
      [LINK_COOKIE]: this.link,
      [SECOND_FACTOR_COOKIE]: this.pending,
    };
    const cookie = Object.entries(cookies).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
    const answer = await super.ask(method, path, { ...ask, headers: { ...(cookie.length > 0 ? { cookie: cookie.join("; ") } : {}), ...ask.headers } });
    this.pending = cookieIn(answer, SECOND_FACTOR_COOKIE, this.pending);
    return answer;
  }

  /** Ends a sign-in. */
  finish(body: object, ask?: Ask): Promise<Answer> {
    return this.post(SECOND_FACTOR, body, ask);
  }

  /** The same browser once more, with the same cookies. */
  copy(): Device {
    const { cookie, device, passkeyBrowser, flow, link, pending } = this;
    return Object.assign(new Device(this.client), { cookie, device, passkeyBrowser, flow, link, pending });
  }
}

export const newDevice = (world: World): Device => new Device(world.client);

/** Sets up an app for whoever is signed in, and confirms it. */
export async function enrolApp(visitor: Visitor): Promise<AuthenticatorApp> {
  const app = new AuthenticatorApp(expectStatus(await visitor.post(TOTP_PATH), 201).body.url);
  expectStatus(await visitor.put(TOTP_PATH, { code: await app.freshCode() }), 200);
  return app;
}

export async function newRecoveryCodes(visitor: Visitor): Promise<string[]> {
  return expectStatus(await visitor.post(RECOVERY_CODES), 201).body.codes;
}

/** Demands that a first step asks for a second one by these methods, and starts no session. */
export function expectSecondStep(answer: Answer, methods: string[] = ["totp"]): void {
  const problem = expectProblem(answer, "second-factor-required");
  assert.deepEqual([...problem.methods].sort(), [...methods].sort());
  expectSealedCookie(answer, SECOND_FACTOR_COOKIE);
  expectNoSession(answer);
}

/** Signs in with a password as far as the second step. */
export async function firstStep(world: World, person: { email: string; password: string }, methods?: string[], device = newDevice(world)): Promise<Device> {
  expectSecondStep(await device.signIn(person.email, person.password), methods);
  assert.equal(device.cookie, null);
  return device;
}

/** The session of a browser as its list shows it. */
export async function sessionIn(visitor: Visitor): Promise<any> {
  const { items } = expectStatus(await visitor.get("/v1/sessions"), 200).body;
  return items.find((session: any) => session.current);
}

/** The ways to sign in of whoever is signed in, by kind. */
export async function methodsIn(visitor: Visitor): Promise<Record<string, any>> {
  const { items } = expectStatus(await visitor.get("/v1/me/sign-in-methods"), 200).body;
  return Object.fromEntries(items.map((item: any) => [item.kind, item]));
}
