// Serverless endpoints: created, deleted, and sent requests to. The model behind them is a small computation: eight
// numbers for a text, the same ones every time.
import { Hono } from "hono";
import * as v from "valibot";
import type { App } from "./app";
import { newId } from "./id";
import { Name, body, exactly, listed, page } from "./input";
import { MOST, made } from "./limits";
import { once } from "./once";
import { Problem } from "./problem";
import { REQUEST, costs, costsNoMore } from "./usage";

interface Row {
  id: string;
  name: string;
  requests: number;
  created_at: number;
}

const CreateEndpoint = exactly({ name: Name });
const SendRequest = exactly({
  input: v.pipe(v.string(), v.minLength(1, "An input has at least one character."), v.maxLength(4096, "An input has at most 4096 characters.")),
});

const DIMENSIONS = 8;

const shown = (row: Row) => ({ id: row.id, name: row.name, requests: row.requests, created_at: new Date(row.created_at).toISOString() });
const noSuch = () => new Problem("endpoint-not-found", "The account has no endpoint with this id.");

/** Numbers from -1 to 1 that follow from the text alone. */
async function embedding(text: string): Promise<number[]> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest.subarray(0, DIMENSIONS)].map((byte) => Math.round((byte / 127.5 - 1) * 10_000) / 10_000);
}

export const endpoints = new Hono<App>();

endpoints.get("/", async (c) => {
  const asked = page(c);
  const { results } = await c.env.DB.prepare("SELECT * FROM endpoint WHERE account = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")
    .bind(c.var.identity.account, asked.before, asked.rows)
    .all<Row>();
  return c.json(listed(results, asked, shown));
});

endpoints.post("/", async (c) => {
  const input = await body(c, CreateEndpoint);
  const { account } = c.var.identity;
  const row: Row = { id: newId("ep"), ...input, requests: 0, created_at: Date.now() };
  const insert = c.env.DB.prepare(
    `INSERT INTO endpoint (account, id, name, created_at)
     SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM endpoint WHERE account = ?1) < ?5`,
  ).bind(account, row.id, row.name, row.created_at, MOST);
  const billed = { account, type: "endpoint", id: row.id, name: row.name, what: "requests", microsPerHour: 0, microsPerRequest: REQUEST } as const;
  return c.json(made(await once(c, input, shown(row), [insert, costs(c.env.DB, billed, row.created_at)])), 201);
});

/** Counted and billed before it is answered. */
endpoints.post("/:id/requests", async (c) => {
  const { input } = await body(c, SendRequest);
  const { account } = c.var.identity;
  const id = c.req.param("id");
  const answer = { id: newId("req"), endpoint: id, output: { embedding: await embedding(input) } };
  const sent = await once(c, input, answer, [
    c.env.DB.prepare("UPDATE endpoint SET requests = requests + 1 WHERE account = ?1 AND id = ?2").bind(account, id),
    c.env.DB.prepare(
      "UPDATE usage SET requests = requests + 1 WHERE account = ?1 AND resource_id = ?2 AND resource_type = 'endpoint' AND ended_at IS NULL",
    ).bind(account, id),
  ]);
  if (!sent) throw noSuch();
  return c.json(sent);
});

endpoints.delete("/:id", async (c) => {
  const { account } = c.var.identity;
  const id = c.req.param("id");
  const [deleted] = await c.env.DB.batch<Row>([
    c.env.DB.prepare("DELETE FROM endpoint WHERE account = ?1 AND id = ?2 RETURNING *").bind(account, id),
    costsNoMore(c.env.DB, account, id, Date.now()),
  ]);
  if (deleted?.results.length === 0) throw noSuch();
  return c.body(null, 204);
});
