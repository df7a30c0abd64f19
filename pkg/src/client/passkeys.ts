// The ceremonies of passkeys in the browser (Web Authentication Level 3). A chunk of its own, which a page loads when it first asks for
// a passkey.
import type * as api from "../generated/api.js";
import { RolecallClientError } from "./problem.js";

/** Time before the end of a challenge at which autofill asks for a new one, in milliseconds. */
const RENEWAL_MS = 30_000;

/** Static methods that older browsers lack: Safari before 18.4, Firefox before 119, Chromium before 129. */
interface Helpers {
  parseCreationOptionsFromJSON?(options: api.PasskeyRegistrationOptionsResponse): PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON?(options: api.PasskeyAuthenticationOptionsResponse): PublicKeyCredentialRequestOptions;
  isConditionalMediationAvailable?(): Promise<boolean>;
}

/** The ceremony that runs in this page. Browsers run one at a time. */
let running: AbortController | undefined;

/** @throws RolecallClientError (`passkey-unsupported`) where the runtime or the page has no Web Authentication. */
function helpers(): Helpers {
  if (typeof PublicKeyCredential === "undefined" || typeof navigator === "undefined" || !navigator.credentials)
    throw new RolecallClientError("passkey-unsupported");
  return PublicKeyCredential as Helpers;
}

function decoded(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function encoded(buffer: ArrayBuffer): string {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const descriptors = (list: readonly api.PasskeyDescriptor[]) =>
  list.map((descriptor) => ({ ...descriptor, id: decoded(descriptor.id) })) as PublicKeyCredentialDescriptor[];

function creationOptions(options: api.PasskeyRegistrationOptionsResponse): PublicKeyCredentialCreationOptions {
  const { challenge, user, excludeCredentials } = options;
  return {
    ...options,
    challenge: decoded(challenge),
    user: { ...user, id: decoded(user.id) },
    excludeCredentials: descriptors(excludeCredentials),
  } as PublicKeyCredentialCreationOptions;
}

function requestOptions(options: api.PasskeyAuthenticationOptionsResponse): PublicKeyCredentialRequestOptions {
  const { challenge, allowCredentials } = options;
  return { ...options, challenge: decoded(challenge), allowCredentials: descriptors(allowCredentials) } as PublicKeyCredentialRequestOptions;
}

/** The `toJSON()` of a credential; undefined where there is none, or none that works, as with some extensions that replace credentials. */
function ownJson<T>(credential: PublicKeyCredential): T | undefined {
  try {
    return credential.toJSON() as T;
  } catch {
    return undefined;
  }
}

function registration(credential: PublicKeyCredential): api.PasskeyRegistrationJson {
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    id: credential.id,
    response: {
      clientDataJSON: encoded(response.clientDataJSON),
      attestationObject: encoded(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

function assertion(credential: PublicKeyCredential): api.PasskeyAssertionJson {
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    id: credential.id,
    response: {
      clientDataJSON: encoded(response.clientDataJSON),
      authenticatorData: encoded(response.authenticatorData),
      signature: encoded(response.signature),
      userHandle: response.userHandle ? encoded(response.userHandle) : null,
    },
  };
}

/** Runs a ceremony in place of the one before. Rejects with the signal's reason, or with a `RolecallClientError`. */
async function run<T>(signal: AbortSignal | undefined, ceremony: (signal: AbortSignal) => Promise<T>): Promise<T> {
  running?.abort();
  const controller = new AbortController();
  running = controller;
  const abort = () => controller.abort();
  signal?.addEventListener("abort", abort);
  try {
    signal?.throwIfAborted();
    return await ceremony(controller.signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw refusal(cause);
  } finally {
    signal?.removeEventListener("abort", abort);
    if (running === controller) running = undefined;
  }
}

/** @throws RolecallClientError (`passkey-cancelled`) where the browser has none */
function chosen(credential: Credential | null): PublicKeyCredential {
  if (!credential) throw new RolecallClientError("passkey-cancelled");
  return credential as PublicKeyCredential;
}

/** What the browser's exception means: browsers tell a cancelled ceremony, a time-out and an unknown passkey apart for nobody. */
function refusal(cause: unknown): unknown {
  const name = cause instanceof Error ? cause.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return new RolecallClientError("passkey-cancelled", { cause });
  if (name === "InvalidStateError") return new RolecallClientError("passkey-here-already", { cause });
  if (name === "NotSupportedError" || name === "SecurityError" || name === "ConstraintError") return new RolecallClientError("passkey-unsupported", { cause });
  return cause;
}

/** Makes a passkey for the options that `fetchOptions` fetches. */
export async function createPasskey(
  fetchOptions: () => Promise<api.PasskeyRegistrationOptionsResponse>,
  signal?: AbortSignal,
): Promise<api.PasskeyRegistrationJson> {
  const { parseCreationOptionsFromJSON } = helpers();
  return run(signal, async (ended) => {
    const options = await fetchOptions();
    const publicKey = parseCreationOptionsFromJSON?.call(PublicKeyCredential, options) ?? creationOptions(options);
    ended.throwIfAborted();
    const credential = chosen(await navigator.credentials.create({ publicKey, signal: ended }));
    return ownJson<api.PasskeyRegistrationJson>(credential) ?? registration(credential);
  });
}

/** Asks for a passkey, at once or by autofill, for the options that `fetchOptions` fetches. */
export async function askForPasskey(
  fetchOptions: () => Promise<api.PasskeyAuthenticationOptionsResponse>,
  autofill: boolean,
  signal?: AbortSignal,
): Promise<api.PasskeyAssertionJson> {
  const { parseRequestOptionsFromJSON, isConditionalMediationAvailable } = helpers();
  if (autofill && !(await isConditionalMediationAvailable?.call(PublicKeyCredential))) throw new RolecallClientError("passkey-unsupported");
  return run(signal, async (ended) => {
    for (;;) {
      const options = await fetchOptions();
      const publicKey = parseRequestOptionsFromJSON?.call(PublicKeyCredential, options) ?? requestOptions(options);
      const credential = await (autofill ? fromAutofill(publicKey, ended, options.timeout - RENEWAL_MS) : fromDialog(publicKey, ended));
      if (credential) return ownJson<api.PasskeyAssertionJson>(credential) ?? assertion(credential);
    }
  });
}

async function fromDialog(publicKey: PublicKeyCredentialRequestOptions, ended: AbortSignal): Promise<PublicKeyCredential> {
  ended.throwIfAborted();
  return chosen(await navigator.credentials.get({ publicKey, signal: ended }));
}

/** Resolves to undefined after `lifetime` milliseconds: autofill may wait for longer than a challenge lives, and needs a new one then. */
async function fromAutofill(publicKey: PublicKeyCredentialRequestOptions, ended: AbortSignal, lifetime: number): Promise<PublicKeyCredential | undefined> {
  ended.throwIfAborted();
  const round = new AbortController();
  const abort = () => round.abort();
  ended.addEventListener("abort", abort);
  const timer = setTimeout(abort, lifetime);
  try {
    return chosen(await navigator.credentials.get({ publicKey, mediation: "conditional", signal: round.signal }));
  } catch (error) {
    if (round.signal.aborted && !ended.aborted) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
    ended.removeEventListener("abort", abort);
  }
}
