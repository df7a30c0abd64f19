// Serverless endpoints. The model is a placeholder: a deterministic embedding with eight dimensions.
import { Hono } from "hono";
import * as v from "valibot";
import type { App } from "./env";
import { newId } from "./id";
import { Name, body, strictObject, pageResponse, page } from "./input";
import { RESOURCES_MAX, requireCreated } from "./limits";
import { runIdempotent } from "./idempotency";
import { Problem } from "./problem";
import { MICROS_PER_REQUEST, startBilling, endBilling } from "./usage";

interface Row {
  id: string;
  name: string;
  requests: number;
  created_at: number;
}

const CreateEndpoint = strictObject({ name: Name });
const SendRequest = strictObject({
  input: v.pipe(v.string(), v.minLength(1, "An input has at least one character."), v.maxLength(4096, "An input has at most 4096 characters.")),
});

const DIMENSIONS = 8;

const toResponse = (row: Row) => ({ id: row.id, name: row.name, requests: row.requests, created_at: new Date(row.created_at).toISOString() });
const notFound = () => new Problem("endpoint-not-found", "The account has no endpoint with this id.");

/** Numbers from -1 to 1, derived from the SHA-256 of the text. */
async function embedding(text: string): Promise<number[]> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest.subarray(0, DIMENSIONS)].map((byte) => Math.round((byte / 127.5 - 1) * 10_000) / 10_000);
}

export const endpoints = new Hono<App>();

endpoints.get("/", async (c) => {
  const pageRequest = page(c);
  const { results } = await c.env.DB.prepare("SELECT * FROM endpoint WHERE account = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")
    .bind(c.var.identity.account, pageRequest.before, pageRequest.rows)
    .all<Row>();
  return c.json(pageResponse(results, pageRequest, toResponse));
});

endpoints.post("/", async (c) => {
  const input = await body(c, CreateEndpoint);
  const { account } = c.var.identity;
  const row: Row = { id: newId("ep"), ...input, requests: 0, created_at: Date.now() };
  const insert = c.env.DB.prepare(
    `INSERT INTO endpoint (account, id, name, created_at)
     SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM endpoint WHERE account = ?1) < ?5`,
  ).bind(account, row.id, row.name, row.created_at, RESOURCES_MAX);
  const billed = { account, type: "endpoint", id: row.id, name: row.name, what: "requests", microsPerHour: 0, microsPerRequest: MICROS_PER_REQUEST } as const;
  return c.json(requireCreated(await runIdempotent(c, input, toResponse(row), [insert, startBilling(c.env.DB, billed, row.created_at)])), 201);
});

/** A request is counted and billed before the response is sent. */
endpoints.post("/:id/requests", async (c) => {
  const { input } = await body(c, SendRequest);
  const { account } = c.var.identity;
  const id = c.req.param("id");
  const response = { id: newId("req"), endpoint: id, output: { embedding: await embedding(input) } };
  const sent = await runIdempotent(c, input, response, [
    c.env.DB.prepare("UPDATE endpoint SET requests = requests + 1 WHERE account = ?1 AND id = ?2").bind(account, id),
    c.env.DB.prepare(
      "UPDATE usage SET requests = requests + 1 WHERE account = ?1 AND resource_id = ?2 AND resource_type = 'endpoint' AND ended_at IS NULL",
    ).bind(account, id),
  ]);
  if (!sent) throw notFound();
  return c.json(sent);
});

endpoints.delete("/:id", async (c) => {
  const { account } = c.var.identity;
  const id = c.req.param("id");
  const [deleted] = await c.env.DB.batch<Row>([
    c.env.DB.prepare("DELETE FROM endpoint WHERE account = ?1 AND id = ?2 RETURNING *").bind(account, id),
    endBilling(c.env.DB, account, id, Date.now()),
  ]);
  if (deleted?.results.length === 0) throw notFound();
  return c.body(null, 204);
});
