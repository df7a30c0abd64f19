// Idempotent mutations. D1 does not retry writes, and a response can be lost after the commit. A client that repeats a request
// with the same `Idempotency-Key` receives the same response, and the change is not made again.
import type { Context } from "hono";
import type { App } from "./env";
import { Problem } from "./problem";

const KEY = /^[\x21-\x7e]{1,255}$/;
/** Time in milliseconds for which a response is stored. */
const RETENTION_MS = 86_400_000;

async function fingerprintOf(c: Context<App>, input: unknown): Promise<string> {
  const text = JSON.stringify([c.req.method, c.req.path, input]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Commits a change and the record of its response in one batch. Returns `response`, or null if the first statement changed no
 * row, in which case nothing is recorded.
 */
export async function runIdempotent<T extends object>(
  c: Context<App>,
  input: unknown,
  response: T,
  [decisive, ...others]: [D1PreparedStatement, ...D1PreparedStatement[]],
): Promise<T | null> {
  const db = c.env.DB;
  const { account } = c.var.identity;
  const key = c.req.header("Idempotency-Key");
  if (key === undefined) {
    const [result] = await db.batch([decisive, ...others]);
    return result?.meta.changes ? response : null;
  }
  if (!KEY.test(key)) throw new Problem("request-malformed", "`Idempotency-Key` must be 1 to 255 visible ASCII characters.");
  const fingerprint = await fingerprintOf(c, input);

  const recorded = async (): Promise<T | null> => {
    const known = await db
      .prepare("SELECT fingerprint, answer FROM idempotency WHERE account = ?1 AND key = ?2")
      .bind(account, key)
      .first<{ fingerprint: string; answer: string }>();
    if (known && known.fingerprint !== fingerprint) throw new Problem("idempotency-key-reused", "The key was used for another request.");
    return known && (JSON.parse(known.answer) as T);
  };

  const before = await recorded();
  if (before) return before;
  const now = Date.now();
  // `changes()` refers to the first statement: a change that did not happen is not recorded and can be retried.
  const record = db
    .prepare("INSERT INTO idempotency (account, key, fingerprint, answer, created_at) SELECT ?1, ?2, ?3, ?4, ?5 WHERE changes() > 0")
    .bind(account, key, fingerprint, JSON.stringify(response), now);
  const purge = db.prepare("DELETE FROM idempotency WHERE account = ?1 AND created_at < ?2").bind(account, now - RETENTION_MS);
  try {
    const [result] = await db.batch([decisive, record, ...others, purge]);
    return result?.meta.changes ? response : null;
  } catch (error) {
    // Concurrent requests with the same key: the primary key rejects all but one batch, whose response the others return.
    const concurrent = await recorded();
    if (concurrent) return concurrent;
    throw error;
  }
}
