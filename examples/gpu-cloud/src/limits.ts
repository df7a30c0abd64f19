// Limit on the number of resources of each type per account, which bounds the size of the database.
import { Problem } from "./problem";

export const RESOURCES_MAX = 100;

/** Returns the response of a creation, or throws `limit-reached` if its INSERT created no row. */
export function requireCreated<T>(response: T | null): T {
  if (response === null) throw new Problem("limit-reached", `An account can have at most ${RESOURCES_MAX} of these. Delete one first.`);
  return response;
}
