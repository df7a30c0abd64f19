// The messages of the console. A further language is another object of type `Messages` beside `en`: the compiler reports
// every message that it lacks. Titles of permissions and built-in roles are not messages but data of the policy.
import { en } from "./en/index.ts";

export type { EventParams } from "./en/audit-log.ts";

export type Messages = typeof en;

/** The messages of the language in use. */
export const messages: Messages = en;

/** Looks up a message by a code of the server, which may be newer than this console. */
export function messageFor<T>(table: Readonly<Record<string, T>>, code: string): T | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}
