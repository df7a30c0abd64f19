// The built Worker with the built console, in real workerd, at an address of its own with an empty database. What is
// started here is what `npm run build` left in worker/build and console/dist.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { ROOT, type Running, type Settings, startWorker } from "../../e2e/support/worker.ts";
import { freePort } from "../../e2e/support/free-port.ts";

const CONSOLE = path.join(ROOT, "console/dist");

export interface Server {
  /** Where people open it: also the origin of the links in mails. */
  origin: string;
  databaseOf: Running["databaseOf"];
  /** Changes the database behind the Worker's back. */
  sql(statement: string, ...values: unknown[]): Promise<void>;
  /** Alters what an event of an account's log says, as somebody with the database's keys could. */
  alterEvent(account: string, seq: number): Promise<void>;
  stop(): Promise<void>;
}

/** `settings` says what else runs, once the address is known. */
export async function startServer(settings: (origin: string) => Settings = () => ({})): Promise<Server> {
  assert.ok(existsSync(path.join(CONSOLE, "index.html")), "the console is not built: run `npm run build` first");
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const { vars, ...more } = settings(origin);
  const running = await startWorker({ port, assets: CONSOLE, vars: { ORIGIN: origin, ALLOWED_ORIGINS: "", TOKEN_LIFE: "60", ...vars }, ...more });
  const { database } = running;
  const sql = async (statement: string, ...values: unknown[]) => {
    await database
      .prepare(statement)
      .bind(...values)
      .run();
  };
  return {
    origin,
    databaseOf: running.databaseOf,
    sql,
    async alterEvent(account, seq) {
      // The schema forbids it by triggers; somebody with the database's keys takes those away first.
      const { results } = await database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'").all<{ name: string }>();
      assert.ok(results.length > 0, "the log has no guards to take away");
      for (const { name } of results) await sql(`DROP TRIGGER "${name}"`);
      await sql("UPDATE audit_event SET actor_id = 'usr_somebody_else' WHERE account = ? AND seq = ?", account, seq);
    },
    stop: running.stop,
  };
}
