// The second step of a sign-in: whether there is one, and by what.
import type { Client } from "rolecall";
import { asRolecallError, rolecall } from "./client";

/** A way to give the second factor, as `methods` of the problem names it. */
export type SecondFactorMethod = "totp" | "recovery_code" | "passkey";

/** What a page offers that is not told which second factors a user has. */
export const ANY_SECOND_FACTOR: readonly SecondFactorMethod[] = ["totp", "recovery_code", "passkey"];

/** Signs in. Where a second step follows, there is no session yet: returns its methods. */
export async function signIn(...[request, options]: Parameters<Client["signIn"]>): Promise<readonly string[] | undefined> {
  try {
    await rolecall.signIn(request, options);
    return undefined;
  } catch (error) {
    const failure = asRolecallError(error);
    if (failure?.code !== "second-factor-required") throw error;
    return failure.problem.methods;
  }
}
