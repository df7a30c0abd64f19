// Maps errors to messages for the user.
import { messageFor, messages } from "../messages";
import type { Problem } from "./types";
import { asProblem, isNetworkFailure } from "./client";
import { ChunkLoadError } from "./lazy-chunk";
import { cookieAdvice } from "./cookie-support";

/** The sign-in succeeded, but the browser did not keep the session cookie. */
export class SessionCookieMissing extends Error {}

/** Returns the message for any error. */
export function problemText(error: unknown): string {
  const problem = asProblem(error);
  if (error instanceof ChunkLoadError) return messages.errors.chunk;
  if (error instanceof SessionCookieMissing) return cookieAdvice();
  if (!problem) return isNetworkFailure(error) ? messages.errors.network : messages.errors.unexpected;
  if (problem.code === "rate-limited" && problem.retryAfter) return messages.errors.rateLimited(problem.retryAfter);
  return messageFor(messages.errors.byCode, problem.code) ?? problem.detail ?? problem.title ?? messages.errors.unexpected;
}

/** Returns the problem code, if the error is a response of the server. */
export function problemCode(error: unknown): string | undefined {
  return asProblem(error)?.code;
}

/** Returns the messages for invalid fields, by field name. */
export function fieldErrors(error: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const field of asProblem(error)?.errors ?? []) {
    const name = field.pointer.split("/")[1];
    if (name) found[name] ??= messageFor(messages.errors.byFieldCode, field.code) ?? field.detail;
  }
  return found;
}

export type { Problem };
