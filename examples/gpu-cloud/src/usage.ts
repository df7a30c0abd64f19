// What things cost, and the statements that note when something costs. They run in one batch (a transaction) after the
// change that they belong to, so that nothing runs unbilled, and nothing is billed twice or after its end.
import { newId } from "./id";

/** Millionths of a dollar an hour for one GPU. */
export const GPUS = {
  "rtx-4090": 690_000,
  "a100-80gb": 1_640_000,
  "h100-80gb": 2_990_000,
} as const;

export type Gpu = keyof typeof GPUS;

/** Millionths of a dollar an hour for a gigabyte: about seven cents a month. */
export const GIGABYTE = 97;

/** Millionths of a dollar for a request to an endpoint. */
export const REQUEST = 100;

export interface Billed {
  account: string;
  type: "pod" | "cluster" | "endpoint" | "volume";
  id: string;
  name: string;
  /** What the bill says. */
  what: string;
  microsPerHour: number;
  microsPerRequest?: number;
}

/** From now on it costs, if it is there and runs. Changes nothing where it costs already. */
export function costs(db: D1Database, billed: Billed, now: number): D1PreparedStatement {
  const { account, type, id, name, what, microsPerHour, microsPerRequest = 0 } = billed;
  return db
    .prepare(
      `INSERT INTO usage (account, id, resource_type, resource_id, name, what, micros_per_hour, micros_per_request, started_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM billable WHERE account = ?1 AND id = ?4)
       ON CONFLICT DO NOTHING`,
    )
    .bind(account, newId("use"), type, id, name, what, microsPerHour, microsPerRequest, now);
}

/** From now on it costs nothing, if it is gone or stopped. Changes nothing where it still runs. */
export function costsNoMore(db: D1Database, account: string, id: string, now: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE usage SET ended_at = max(?3, started_at)
       WHERE account = ?1 AND resource_id = ?2 AND ended_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM billable WHERE account = ?1 AND id = ?2)`,
    )
    .bind(account, id, now);
}
