// The mutations of second factors for `idempotency.test.ts`: for each, a request that succeeds.

import type { Answer } from "../support/http.ts";
import type { Ask } from "../support/people.ts";
import { expectStatus } from "../support/problems.ts";
import { AuthenticatorApp, RECOVERY_CODES, SECOND_FACTOR, TOTP_PATH, enrolApp, firstStep, newRecoveryCodes } from "../support/second-factor.ts";
import type { World } from "../support/world.ts";

/** A request that succeeds. */
export interface Step {
  who: { ask(method: string, path: string, ask?: Ask): Promise<Answer> };
  method: string;
  path: string;
  json?: unknown;
  /** What differs between the first answer and the replayed one. */
  differs?: (body: any) => any;
  /** The body of another request, where it is not made from the first one. */
  other?: unknown;
}

export function secondFactorSteps(world: World, fresh: () => string): Record<string, () => Promise<Step>> {
  const signUp = () => world.signUp(`p${fresh()}@example.com`);
  return {
    finishSignIn: async () => {
      const owner = await signUp();
      await enrolApp(owner);
      const [code] = await newRecoveryCodes(owner);
      const device = await firstStep(world, owner, ["totp", "recovery_code"]);
      const { pending } = device;
      // The retry of a lost reply has the cookie of before.
      const who = { ask: (method: string, path: string, ask?: Ask) => Object.assign(device, { pending }).ask(method, path, ask) };
      return { who, method: "POST", path: SECOND_FACTOR, json: { recovery_code: code }, other: { code: "123456" } };
    },
    startTotp: async () => ({ who: await signUp(), method: "POST", path: TOTP_PATH }),
    confirmTotp: async () => {
      const owner = await signUp();
      const app = new AuthenticatorApp(expectStatus(await owner.post(TOTP_PATH), 201).body.url);
      return { who: owner, method: "PUT", path: TOTP_PATH, json: { code: await app.freshCode() }, other: { code: "different" } };
    },
    removeTotp: async () => {
      const owner = await signUp();
      await enrolApp(owner);
      return { who: owner, method: "DELETE", path: TOTP_PATH };
    },
    createRecoveryCodes: async () => {
      const owner = await signUp();
      await enrolApp(owner);
      return { who: owner, method: "POST", path: RECOVERY_CODES };
    },
  };
}
