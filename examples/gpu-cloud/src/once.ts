// Changes that are safe to send again. D1 never retries a write, and an answer can be lost after the commit: a client that
// sends the same `Idempotency-Key` again gets the same answer, and there is no second effect.
import type { Context } from "hono";
import type { App } from "./app";
import { Problem } from "./problem";

const KEY = /^[\x21-\x7e]{1,255}$/;
/** How long an answer is kept. */
const KEPT_MS = 86_400_000;

async function fingerprintOf(c: Context<App>, input: unknown): Promise<string> {
  const text = JSON.stringify([c.req.method, c.req.path, input]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Commits a change in one batch and answers `answer`, or null where the change did not happen: the first statement decides,
 * by changing a row or none. The answer is recorded in the same batch.
 */
export async function once<T extends object>(
  c: Context<App>,
  input: unknown,
  answer: T,
  [decisive, ...others]: [D1PreparedStatement, ...D1PreparedStatement[]],
): Promise<T | null> {
  const db = c.env.DB;
  const { account } = c.var.identity;
  const key = c.req.header("Idempotency-Key");
  if (key === undefined) {
    const [result] = await db.batch([decisive, ...others]);
    return result?.meta.changes ? answer : null;
  }
  if (!KEY.test(key)) throw new Problem("request-malformed", "An Idempotency-Key is 1 to 255 printable ASCII characters.");
  const fingerprint = await fingerprintOf(c, input);

  const recorded = async (): Promise<T | null> => {
    const known = await db
      .prepare("SELECT fingerprint, answer FROM idempotency WHERE account = ?1 AND key = ?2")
      .bind(account, key)
      .first<{ fingerprint: string; answer: string }>();
    if (known && known.fingerprint !== fingerprint) throw new Problem("idempotency-key-reused", "The same key came with another request before.");
    return known && (JSON.parse(known.answer) as T);
  };

  const before = await recorded();
  if (before) return before;
  const now = Date.now();
  // `changes()` is that of the decisive statement: what did not happen is not recorded, and may be tried again.
  const record = db
    .prepare("INSERT INTO idempotency (account, key, fingerprint, answer, created_at) SELECT ?1, ?2, ?3, ?4, ?5 WHERE changes() > 0")
    .bind(account, key, fingerprint, JSON.stringify(answer), now);
  const forget = db.prepare("DELETE FROM idempotency WHERE account = ?1 AND created_at < ?2").bind(account, now - KEPT_MS);
  try {
    const [result] = await db.batch([decisive, record, ...others, forget]);
    return result?.meta.changes ? answer : null;
  } catch (error) {
    // The same key at the same moment: the primary key lets one of the batches through, and the other finds its answer.
    const meanwhile = await recorded();
    if (meanwhile) return meanwhile;
    throw error;
  }
}
