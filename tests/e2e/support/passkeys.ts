// Whole ceremonies of passkeys: a person or visitor, and an authenticator in software.

import type { Answer } from "./http.ts";
import type { Person, Visitor } from "./people.ts";
import { expectStatus } from "./problems.ts";
import type { SoftwareAuthenticator } from "./software-authenticator.ts";

export const PASSKEYS = "/v1/passkeys";
export const REGISTRATION_OPTIONS = "/v1/passkeys/registration-options";
export const AUTHENTICATION_OPTIONS = "/v1/passkeys/authentication-options";

/** The options of a ceremony, and with them the cookie of this browser. */
export async function optionsOf(visitor: Visitor, path: string): Promise<any> {
  return expectStatus(await visitor.post(path), 200).body;
}

/** The body of a registration. */
export async function registrationOf(person: Visitor, authenticator: SoftwareAuthenticator, label?: string): Promise<any> {
  const passkey = authenticator.create(await optionsOf(person, REGISTRATION_OPTIONS));
  return label === undefined ? { passkey } : { label, passkey };
}

/** Registers the passkey of an authenticator; answers it. */
export async function enrol(person: Person, authenticator: SoftwareAuthenticator, label?: string): Promise<any> {
  return expectStatus(await person.post(PASSKEYS, await registrationOf(person, authenticator, label)), 201).body;
}

/** The body of a sign-in or a re-authentication. */
export async function assertionOf(visitor: Visitor, authenticator: SoftwareAuthenticator): Promise<{ passkey: any }> {
  return { passkey: authenticator.get(await optionsOf(visitor, AUTHENTICATION_OPTIONS)) };
}

export async function signInWith(visitor: Visitor, authenticator: SoftwareAuthenticator): Promise<Answer> {
  return visitor.post("/v1/sessions", await assertionOf(visitor, authenticator));
}
