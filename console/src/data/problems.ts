// Maps errors to messages for the user.
import { messageFor, messages } from "../messages";
import { asRolecallError, isNetworkFailure } from "./client";
import { ChunkLoadError } from "./lazy-chunk";
import { cookieAdvice } from "./cookie-support";
import { passkeyRefusal } from "./passkeys";

/** The sign-in succeeded, but the browser did not keep the session cookie. */
export class SessionCookieMissing extends Error {}

/** Returns the message for any error. */
export function problemText(error: unknown): string {
  const failure = asRolecallError(error);
  if (error instanceof ChunkLoadError) return messages.errors.chunk;
  if (error instanceof SessionCookieMissing) return cookieAdvice();
  const refusal = messageFor(messages.errors.byPasskeyCode, passkeyRefusal(error) ?? "");
  if (refusal !== undefined) return refusal;
  if (!failure) return isNetworkFailure(error) ? messages.errors.network : messages.errors.unexpected;
  if (failure.code === "rate-limited" && failure.retryAfter) return messages.errors.rateLimited(failure.retryAfter);
  return (messageFor(messages.errors.byCode, failure.code) ?? failure.message) || messages.errors.unexpected;
}

/** Returns the problem code, if the error is a response of the server. */
export function problemCode(error: unknown): string | undefined {
  return asRolecallError(error)?.code;
}

/** Returns the messages for invalid fields, by field name. */
export function fieldErrors(error: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const field of asRolecallError(error)?.problem.errors ?? []) {
    const name = field.pointer.split("/")[1];
    if (name) found[name] ??= messageFor(messages.errors.byFieldCode, field.code) ?? field.detail;
  }
  return found;
}
