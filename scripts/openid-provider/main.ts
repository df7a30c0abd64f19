// The development provider as a process: `npm start` runs it beside the Worker. It signs anybody in as anybody.
//
// It ends with its standard input. Variables: PROVIDER_PORT, PROVIDER_ORIGIN (of the application), PROVIDER_DOMAINS (separated by
// commas), PROVIDER_LOCAL_SECRET (of its one client, `rolecall-development`).
import { createHash } from "node:crypto";
import { loginPage } from "./login-page.ts";
import { type Claims, startProvider } from "./provider.ts";

const { PROVIDER_PORT, PROVIDER_ORIGIN, PROVIDER_DOMAINS = "", PROVIDER_LOCAL_SECRET } = process.env;
if (!PROVIDER_PORT || !PROVIDER_ORIGIN || !PROVIDER_LOCAL_SECRET) {
  console.error("✗ PROVIDER_PORT, PROVIDER_ORIGIN and PROVIDER_LOCAL_SECRET must be set; `npm start` sets them.");
  process.exit(1);
}

/** Longest name in characters. */
const NAME_MAX = 100;
/** Whoever has signed in since the start, by subject. */
const people = new Map<string, Claims>();

/** The subject of an address: the same one after a restart, so that a person who signed up before is known again. */
const subjectOf = (email: string) => createHash("sha256").update(email.toLowerCase()).digest("base64url").slice(0, 22);

function login(form: URLSearchParams): string | undefined {
  const email = form.get("email")?.trim() ?? "";
  const name = form.get("name")?.trim().slice(0, NAME_MAX);
  if (!/^[^@\s]+@[^@\s]+$/.test(email) || email.length > 254) return undefined;
  const sub = subjectOf(email);
  people.set(sub, { sub, email, email_verified: true, ...(name ? { name } : {}) });
  return sub;
}

await startProvider({
  port: Number(PROVIDER_PORT),
  client: { id: "rolecall-development", secret: PROVIDER_LOCAL_SECRET, redirectUris: [`${PROVIDER_ORIGIN}/v1/providers/local/callback`] },
  claimsOf: (subject) => people.get(subject),
  login,
  page: (_client, failed) => loginPage(PROVIDER_ORIGIN, PROVIDER_DOMAINS.split(","), failed),
});

process.stdin.on("end", () => process.exit()).resume();
