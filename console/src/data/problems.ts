// From what went wrong to words for a person: the problem codes are the server's, the words stand in text.ts.
import { text } from "../text";
import type { Problem } from "./types";
import { asProblem, isUnanswered } from "./client";
import { PartMissing } from "./part";
import { cookieAdvice } from "./precondition";

/** The sign-in went well, but the browser did not keep the session's cookie. */
export class SessionNotKept extends Error {}

/** One or two sentences about any failure. */
export function problemText(error: unknown): string {
  const problem = asProblem(error);
  if (error instanceof PartMissing) return text.errors.part;
  if (error instanceof SessionNotKept) return cookieAdvice();
  if (!problem) return isUnanswered(error) ? text.errors.network : text.errors.unexpected;
  if (problem.code === "rate-limited" && problem.retryAfter) return text.errors.wait(problem.retryAfter);
  return text.errors.byCode[problem.code] ?? problem.detail ?? problem.title ?? text.errors.unexpected;
}

/** The problem's code, or undefined when the failure is no answer of the server. */
export function problemCode(error: unknown): string | undefined {
  return asProblem(error)?.code;
}

/** Words for each field that the server did not take, by the field's name. */
export function fieldErrors(error: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const field of asProblem(error)?.errors ?? []) {
    const name = field.pointer.split("/")[1];
    if (name) found[name] ??= text.errors.byFieldCode[field.code] ?? field.detail;
  }
  return found;
}

export type { Problem };
