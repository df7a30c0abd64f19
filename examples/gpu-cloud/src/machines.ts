// Pods and Instant Clusters: machines that are running or stopped. A Pod has one GPU, a cluster two nodes with eight each.
import { Hono } from "hono";
import * as v from "valibot";
import type { App } from "./env";
import { newId } from "./id";
import { Name, body, strictObject, pageResponse, page } from "./input";
import { RESOURCES_MAX, requireCreated } from "./limits";
import { runIdempotent } from "./idempotency";
import { Problem } from "./problem";
import { GPUS, type Gpu, startBilling, endBilling } from "./usage";

export type Kind = "pod" | "cluster";

const GPU_COUNT: Record<Kind, number> = { pod: 1, cluster: 16 };

interface Row {
  id: string;
  name: string;
  gpu: Gpu;
  gpu_count: number;
  state: "running" | "stopped";
  created_at: number;
}

const CreateMachine = strictObject({ name: Name, gpu: v.picklist(Object.keys(GPUS) as Gpu[], `A GPU is one of ${Object.keys(GPUS).join(", ")}.`) });

const toResponse = (row: Row) => ({
  id: row.id,
  name: row.name,
  gpu: row.gpu,
  gpu_count: row.gpu_count,
  state: row.state,
  // A placeholder: no server listens at this address.
  connect: row.state === "running" ? `ssh root@${row.id}.gpu-cloud.example` : null,
  micros_per_hour: GPUS[row.gpu] * row.gpu_count,
  created_at: new Date(row.created_at).toISOString(),
});

const billed = (account: string, kind: Kind, row: Row) => ({
  account,
  type: kind,
  id: row.id,
  name: row.name,
  what: `${row.gpu_count} × ${row.gpu}`,
  microsPerHour: GPUS[row.gpu] * row.gpu_count,
});

export function machines(kind: Kind): Hono<App> {
  const app = new Hono<App>();
  const notFound = () => new Problem(`${kind}-not-found`, `The account has no ${kind} with this id.`);

  const find = async (db: D1Database, account: string, id: string): Promise<Row> => {
    const row = await db.prepare("SELECT * FROM machine WHERE account = ?1 AND kind = ?2 AND id = ?3").bind(account, kind, id).first<Row>();
    if (!row) throw notFound();
    return row;
  };

  app.get("/", async (c) => {
    const pageRequest = page(c);
    const { results } = await c.env.DB.prepare("SELECT * FROM machine WHERE account = ?1 AND kind = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4")
      .bind(c.var.identity.account, kind, pageRequest.before, pageRequest.rows)
      .all<Row>();
    return c.json(pageResponse(results, pageRequest, toResponse));
  });

  app.get("/:id", async (c) => c.json(toResponse(await find(c.env.DB, c.var.identity.account, c.req.param("id")))));

  /** A new machine starts immediately. */
  app.post("/", async (c) => {
    const input = await body(c, CreateMachine);
    const { account } = c.var.identity;
    const now = Date.now();
    const row: Row = { id: newId(kind), ...input, gpu_count: GPU_COUNT[kind], state: "running", created_at: now };
    const insert = c.env.DB.prepare(
      `INSERT INTO machine (account, id, kind, name, gpu, gpu_count, state, created_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE (SELECT count(*) FROM machine WHERE account = ?1 AND kind = ?3) < ?9`,
    ).bind(account, row.id, kind, row.name, row.gpu, row.gpu_count, row.state, row.created_at, RESOURCES_MAX);
    return c.json(requireCreated(await runIdempotent(c, input, toResponse(row), [insert, startBilling(c.env.DB, billed(account, kind, row), now)])), 201);
  });

  /** Start and stop are idempotent. */
  app.post("/:id/start", async (c) => {
    const { account } = c.var.identity;
    const row = await find(c.env.DB, account, c.req.param("id"));
    const [updated] = await c.env.DB.batch<Row>([
      c.env.DB.prepare("UPDATE machine SET state = 'running' WHERE account = ?1 AND kind = ?2 AND id = ?3 RETURNING *").bind(account, kind, row.id),
      startBilling(c.env.DB, billed(account, kind, row), Date.now()),
    ]);
    const started = updated?.results[0];
    if (!started) throw notFound();
    return c.json(toResponse(started));
  });

  app.post("/:id/stop", async (c) => {
    const { account } = c.var.identity;
    const id = c.req.param("id");
    const [updated] = await c.env.DB.batch<Row>([
      c.env.DB.prepare("UPDATE machine SET state = 'stopped' WHERE account = ?1 AND kind = ?2 AND id = ?3 RETURNING *").bind(account, kind, id),
      endBilling(c.env.DB, account, id, Date.now()),
    ]);
    const stopped = updated?.results[0];
    if (!stopped) throw notFound();
    return c.json(toResponse(stopped));
  });

  app.delete("/:id", async (c) => {
    const { account } = c.var.identity;
    const id = c.req.param("id");
    const [deleted] = await c.env.DB.batch<Row>([
      c.env.DB.prepare("DELETE FROM machine WHERE account = ?1 AND kind = ?2 AND id = ?3 RETURNING *").bind(account, kind, id),
      endBilling(c.env.DB, account, id, Date.now()),
    ]);
    if (deleted?.results.length === 0) throw notFound();
    return c.body(null, 204);
  });

  return app;
}
