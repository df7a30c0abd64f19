// Every way to sign in, each with a new user who has it.

import { startHostileIssuers } from "./hostile-provider.ts";
import type { Answer } from "./http.ts";
import { signInVars, startOpenidProvider } from "./openid-provider.ts";
import { enrol, signInWith } from "./passkeys.ts";
import { expectStatus } from "./problems.ts";
import { signInAt } from "./providers.ts";
import { type Device, newDevice } from "./second-factor.ts";
import { SoftwareAuthenticator } from "./software-authenticator.ts";
import { type World, openWorld } from "./world.ts";

const KEY = "the key of this very browser";
/** Where a sign-in at the provider ends. */
export const RETURN_TO = "/team?tab=keys";

/** A user with a way to sign in. */
export interface WayIn {
  user: string;
  email: string;
  /** What the way gives by itself: the assurance level and the values of `amr`. */
  level: 1 | 2;
  amr: string[];
  /** Kinds of second factors that come with it. */
  factors: string[];
  /** Signs in with it, as far as it goes. */
  begin: (device: Device) => Promise<Answer>;
}

/** A world with every way to sign in. */
export async function openWays(): Promise<{ world: World; ways: Record<string, (name: string) => Promise<WayIn>> }> {
  const provider = await startOpenidProvider(["idp"]);
  const { main: issuer } = await startHostileIssuers("main");
  const world = await openWorld({ vars: signInVars([provider.entry("idp", ["example.com"])], [issuer.trusted(["example.com"])]) });

  const byPasskey = (userVerified: boolean) => async (name: string) => {
    const person = await world.signUp(`${name}@example.com`);
    const authenticator = new SoftwareAuthenticator({ userVerified });
    await enrol(person, authenticator);
    const given = userVerified ? { level: 2 as const, amr: ["swk", "user", "mfa"] } : { level: 1 as const, amr: ["swk"] };
    return { user: person.id, email: person.email, ...given, factors: ["passkey"], begin: (device: Device) => signInWith(device, authenticator) };
  };
  /** The first sign-in by another service makes the user. */
  const federated = async (name: string, begin: WayIn["begin"]): Promise<WayIn> => {
    const first = newDevice(world);
    await begin(first);
    const { user } = expectStatus(await first.get("/v1/me"), 200).body;
    return { user: user.id, email: `${name}@example.com`, level: 1, amr: ["fed"], factors: [], begin };
  };
  const claims = (name: string) => ({ sub: name, email: `${name}@example.com`, email_verified: true, name });

  return {
    world,
    ways: {
      password: async (name) => {
        const { id, email, password } = await world.signUp(`${name}@example.com`);
        return { user: id, email, level: 1, amr: ["pwd"], factors: [], begin: (device) => device.signIn(email, password) };
      },
      "code by mail": async (name) => {
        const { id, email } = await world.signUp(`${name}@example.com`);
        const begin = async (device: Device) => device.post("/v1/sessions", { email, code: await world.mailedCode(email, KEY), browser_key: KEY });
        return { user: id, email, level: 1, amr: ["otp"], factors: [], begin };
      },
      "passkey with user verification": byPasskey(true),
      "passkey without user verification": byPasskey(false),
      provider: (name) => {
        provider.people.set(name, claims(name));
        return federated(name, (device) => signInAt(device, "idp", (url) => provider.signIn(url, name), { return_to: RETURN_TO }));
      },
      "trusted issuer": (name) => federated(name, async (device) => device.post("/v1/sessions/exchange", { token: await issuer.exchangeToken(claims(name)) })),
    },
  };
}
