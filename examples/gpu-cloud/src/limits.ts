// How many of each thing an account may have: enough for a demonstration, few enough that nobody fills the database.
import { Problem } from "./problem";

export const MOST = 100;

/** What a creation answers whose INSERT found room; a problem for one that did not. */
export function made<T>(answer: T | null): T {
  if (answer === null) throw new Problem("limit-reached", `An account has at most ${MOST} of these. Delete one first.`);
  return answer;
}
