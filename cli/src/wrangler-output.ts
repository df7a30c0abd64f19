// What wrangler prints, read. The forms are those of the version that the package names.
import type { Outcome } from "./wrangler.ts";

/** Something that could not be read. */
export interface Unread {
  /** Why, as a sentence for the user. */
  unread: string;
  action?: string;
  /** Whether that is a fault. Otherwise it is only not checked. */
  fault?: boolean;
}

export const isUnread = (value: unknown): value is Unread => typeof value === "object" && value !== null && "unread" in value;

/** That wrangler has no credentials. */
export const NOT_SIGNED_IN: Unread = {
  unread: "not checked: wrangler is not signed in",
  action: "Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and run this again.",
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text without colours and decoration. */
const plain = (text: string): string => text.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "");

/** The first line of an error that says something. */
export function messageOf({ out, err }: Outcome): string {
  const { error } = (parsed(out) ?? {}) as { error?: { text?: string; notes?: { text?: string }[] } };
  const [note] = error?.notes ?? [];
  if (error?.text) return [error.text, note?.text].filter((text) => text !== undefined).join(" ");
  const lines = plain(`${err}\n${out}`)
    .split("\n")
    .map((line) => line.trim());
  const failed = lines.find((line) => line.includes("[ERROR]"));
  return (failed ?? lines.find((line) => line.length > 0) ?? "no output").replace(/^.*\[ERROR\]\s*/, "");
}

/** That wrangler could not read something, in its own words. */
const failed = (outcome: Outcome): Unread => ({
  unread: `wrangler cannot read it: ${messageOf(outcome)}`,
  action: "Correct what wrangler says, and run this again.",
  fault: true,
});

/** Codes with which Cloudflare's API refuses a token: malformed, unknown, expired, or without access. */
const TOKEN_REFUSED = /^.*\[code: (1000|1001|6003|6111|9106|9109|10000|10001)\]/m;

/** That there are credentials, and Cloudflare does not accept them. */
function refusedToken({ out, err }: Outcome): Unread | undefined {
  const [reason] = TOKEN_REFUSED.exec(plain(`${err}\n${out}`)) ?? [];
  if (reason === undefined) return undefined;
  return {
    unread: `Cloudflare refused the token of wrangler: ${reason.trim()}`,
    action: "Set CLOUDFLARE_API_TOKEN to a valid token, or take it away and run `npx wrangler login`.",
    fault: true,
  };
}

/** Whether wrangler is signed in, from `wrangler whoami --json`. */
export function signedIn(outcome: Outcome): true | Unread {
  const answer = parsed(outcome.out) as { loggedIn?: boolean } | undefined;
  if (answer?.loggedIn === true) return true;
  if (answer?.loggedIn === false) return NOT_SIGNED_IN;
  return refusedToken(outcome) ?? { ...failed(outcome), fault: false };
}

/** Names of the secrets, from `wrangler secret list --format json`. A Worker that was never deployed has none. */
export function secretNames(outcome: Outcome): string[] | Unread {
  const list = parsed(outcome.out);
  if (outcome.ok && Array.isArray(list)) return list.map(({ name }: { name: string }) => name);
  if (/^Worker ".*" (\(env: .*\) )?not found\./.test(messageOf(outcome))) return [];
  return failed(outcome);
}

/** Names of the migrations that a database has, from `wrangler d1 execute --json`. A database without their table has none. */
export function appliedMigrations(outcome: Outcome): string[] | Unread {
  const answer = parsed(outcome.out);
  if (outcome.ok && Array.isArray(answer)) {
    const rows = answer.flatMap(({ results = [] }: { results?: { name: string }[] }) => results);
    return rows.map(({ name }) => name);
  }
  return messageOf(outcome).includes("no such table") ? [] : failed(outcome);
}
