// What proves who a user is.
import type { PasskeyAssertionJson } from "../generated/api.js";

/**
 * What proves who a user is: their password, or the code from a mail that this browser asked for. `browser_key` is the secret
 * with which it was asked for, where you keep one yourself.
 */
export type Credential =
  | { readonly password: string; readonly code?: undefined; readonly browser_key?: undefined }
  | { readonly code: string; readonly browser_key?: string; readonly password?: undefined };

/**
 * A passkey. `true` asks the browser for one at once, which needs a click or a key press. `"autofill"` offers passkeys in the page's
 * field with `autocomplete="username webauthn"`, until the user chooses one or the call is aborted. Where you run the ceremony
 * yourself, the response of `navigator.credentials.get()` as its `toJSON()` returns it.
 */
export interface PasskeyCredential {
  readonly passkey: true | "autofill" | PasskeyAssertionJson;
}

/** A code of the user's authenticator app (six digits), or one of their recovery codes, which works once: proves again who the user is. */
export type SecondFactorCode =
  | { readonly totpCode: string; readonly recoveryCode?: undefined }
  | { readonly recoveryCode: string; readonly totpCode?: undefined };

/** What finishes a sign-in: a code of the authenticator app (six digits), or one of the recovery codes, which works once. */
export type SecondFactor = { readonly code: string; readonly recoveryCode?: undefined } | { readonly recoveryCode: string; readonly code?: undefined };

/** Options of the address of a sign-in at a provider. */
export interface ProviderOptions {
  /** Path of the deployment's origin to which the browser goes afterwards; `/` by default. */
  readonly returnTo?: string;
  /** Token of an invitation link, and the proof from its mail: a new user with the invited email joins the team. */
  readonly invitation?: string;
  readonly proof?: string;
  /** `sign-in` by default; `link` connects the provider with the user, `reauthenticate` proves again who they are. */
  readonly purpose?: "sign-in" | "link" | "reauthenticate";
}
