// Network volumes: a name, and a size that can only grow.
import { Hono } from "hono";
import * as v from "valibot";
import type { App } from "./env";
import { newId } from "./id";
import { Name, body, strictObject, pageResponse, page } from "./input";
import { RESOURCES_MAX, requireCreated } from "./limits";
import { runIdempotent } from "./idempotency";
import { Problem } from "./problem";
import { MICROS_PER_GB_HOUR, startBilling, endBilling } from "./usage";

interface Row {
  id: string;
  name: string;
  size_gb: number;
  created_at: number;
}

const SIZE_MAX = 4096;
const Size = v.pipe(
  v.number(),
  v.integer("The size must be an integer of gigabytes."),
  v.minValue(1, "A volume must have at least 1 GB."),
  v.maxValue(SIZE_MAX, `A volume can have at most ${SIZE_MAX} GB.`),
);
const CreateVolume = strictObject({ name: Name, size_gb: Size });
const UpdateVolume = strictObject({ name: v.optional(Name), size_gb: v.optional(Size) });

const toResponse = (row: Row) => ({
  id: row.id,
  name: row.name,
  size_gb: row.size_gb,
  micros_per_hour: row.size_gb * MICROS_PER_GB_HOUR,
  created_at: new Date(row.created_at).toISOString(),
});

const billed = (account: string, id: string, name: string, size: number) =>
  ({ account, type: "volume", id, name, what: `${size} GB`, microsPerHour: size * MICROS_PER_GB_HOUR }) as const;

const notFound = () => new Problem("volume-not-found", "The account has no volume with this id.");

async function find(db: D1Database, account: string, id: string): Promise<Row> {
  const row = await db.prepare("SELECT * FROM volume WHERE account = ?1 AND id = ?2").bind(account, id).first<Row>();
  if (!row) throw notFound();
  return row;
}

export const volumes = new Hono<App>();

volumes.get("/", async (c) => {
  const pageRequest = page(c);
  const { results } = await c.env.DB.prepare("SELECT * FROM volume WHERE account = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")
    .bind(c.var.identity.account, pageRequest.before, pageRequest.rows)
    .all<Row>();
  return c.json(pageResponse(results, pageRequest, toResponse));
});

volumes.post("/", async (c) => {
  const input = await body(c, CreateVolume);
  const { account } = c.var.identity;
  const row: Row = { id: newId("vol"), ...input, created_at: Date.now() };
  const insert = c.env.DB.prepare(
    `INSERT INTO volume (account, id, name, size_gb, created_at)
     SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM volume WHERE account = ?1) < ?6`,
  ).bind(account, row.id, row.name, row.size_gb, row.created_at, RESOURCES_MAX);
  return c.json(
    requireCreated(
      await runIdempotent(c, input, toResponse(row), [insert, startBilling(c.env.DB, billed(account, row.id, row.name, row.size_gb), row.created_at)]),
    ),
    201,
  );
});

/** A new size starts a new usage row. The smaller of two concurrent resizes can fail with `volume-cannot-shrink`. */
volumes.patch("/:id", async (c) => {
  const { name, size_gb } = await body(c, UpdateVolume);
  const { account } = c.var.identity;
  const id = c.req.param("id");
  const before = await find(c.env.DB, account, id);
  const now = Date.now();
  const size = size_gb ?? before.size_gb;
  const [updated] = await c.env.DB.batch<Row>([
    c.env.DB.prepare(
      `UPDATE volume SET name = coalesce(?3, name), size_gb = coalesce(?4, size_gb)
       WHERE account = ?1 AND id = ?2 AND size_gb <= coalesce(?4, size_gb)
       RETURNING *`,
    ).bind(account, id, name ?? null, size_gb ?? null),
    c.env.DB.prepare(
      `UPDATE usage SET ended_at = max(?4, started_at)
       WHERE account = ?1 AND resource_id = ?2 AND ended_at IS NULL AND micros_per_hour <> ?5
         AND EXISTS (SELECT 1 FROM volume WHERE account = ?1 AND id = ?2 AND size_gb = ?3)`,
    ).bind(account, id, size, now, size * MICROS_PER_GB_HOUR),
    startBilling(c.env.DB, billed(account, id, name ?? before.name, size), now),
  ]);
  const row = updated?.results[0];
  if (row) return c.json(toResponse(row));
  const { size_gb: current } = await find(c.env.DB, account, id);
  throw new Problem("volume-cannot-shrink", `The volume has ${current} GB and cannot shrink.`);
});

volumes.delete("/:id", async (c) => {
  const { account } = c.var.identity;
  const id = c.req.param("id");
  const [deleted] = await c.env.DB.batch<Row>([
    c.env.DB.prepare("DELETE FROM volume WHERE account = ?1 AND id = ?2 RETURNING *").bind(account, id),
    endBilling(c.env.DB, account, id, Date.now()),
  ]);
  if (deleted?.results.length === 0) throw notFound();
  return c.body(null, 204);
});
