// Prices, and statements that start and end billing. They run in the same batch (a transaction) after the change that they
// belong to, so that a resource is billed exactly while it exists or runs.
import { newId } from "./id";

/** Price of a GPU in millionths of a dollar per hour. */
export const GPUS = {
  "rtx-4090": 690_000,
  "a100-80gb": 1_640_000,
  "h100-80gb": 2_990_000,
} as const;

export type Gpu = keyof typeof GPUS;

/** Price of a gigabyte in millionths of a dollar per hour, about seven cents per month. */
export const MICROS_PER_GB_HOUR = 97;

/** Price of a request to an endpoint in millionths of a dollar. */
export const MICROS_PER_REQUEST = 100;

export interface Billed {
  account: string;
  type: "pod" | "cluster" | "endpoint" | "volume";
  id: string;
  name: string;
  /** Description on the bill. */
  what: string;
  microsPerHour: number;
  microsPerRequest?: number;
}

/** Statement that starts the billing of a resource if it is billable and not billed yet. */
export function startBilling(db: D1Database, billed: Billed, now: number): D1PreparedStatement {
  const { account, type, id, name, what, microsPerHour, microsPerRequest = 0 } = billed;
  return db
    .prepare(
      `INSERT INTO usage (account, id, resource_type, resource_id, name, what, micros_per_hour, micros_per_request, started_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM billable WHERE account = ?1 AND id = ?4)
       ON CONFLICT DO NOTHING`,
    )
    .bind(account, newId("use"), type, id, name, what, microsPerHour, microsPerRequest, now);
}

/** Statement that ends the billing of a resource if it is no longer billable. */
export function endBilling(db: D1Database, account: string, id: string, now: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE usage SET ended_at = max(?3, started_at)
       WHERE account = ?1 AND resource_id = ?2 AND ended_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM billable WHERE account = ?1 AND id = ?2)`,
    )
    .bind(account, id, now);
}
