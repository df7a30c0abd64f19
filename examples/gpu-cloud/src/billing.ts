// Usage and payment methods of an account. Card numbers are never sent here, only the brand and the last four digits.
import { Hono } from "hono";
import * as v from "valibot";
import type { App } from "./env";
import { newId } from "./id";
import { body, strictObject, pageResponse, page } from "./input";
import { RESOURCES_MAX, requireCreated } from "./limits";
import { runIdempotent } from "./idempotency";
import { Problem } from "./problem";

interface UsageRow {
  id: string;
  resource_type: string;
  resource_id: string;
  name: string;
  what: string;
  micros_per_hour: number;
  micros_per_request: number;
  requests: number;
  started_at: number;
  ended_at: number | null;
  micros: number;
}

interface PaymentMethodRow {
  id: string;
  brand: string;
  last4: string;
  exp: string;
  created_at: number;
}

/**
 * Cost of a usage row at time ?2, in whole millionths of a dollar. An hour has 3 600 000 milliseconds.
 * The cast keeps the arithmetic exact, because D1 binds every number as a float.
 */
const MICROS = "micros_per_hour * (coalesce(ended_at, max(CAST(?2 AS INTEGER), started_at)) - started_at) / 3600000 + micros_per_request * requests";

const iso = (ms: number) => new Date(ms).toISOString();

const usageLine = (row: UsageRow) => ({
  id: row.id,
  resource: { type: row.resource_type, id: row.resource_id, name: row.name },
  what: row.what,
  micros_per_hour: row.micros_per_hour,
  micros_per_request: row.micros_per_request,
  requests: row.requests,
  started_at: iso(row.started_at),
  ended_at: row.ended_at === null ? null : iso(row.ended_at),
  micros: row.micros,
});

const paymentMethod = (row: PaymentMethodRow) => ({ id: row.id, brand: row.brand, last4: row.last4, exp: row.exp, created_at: iso(row.created_at) });

const CreatePaymentMethod = strictObject({
  brand: v.picklist(["visa", "mastercard", "amex"], "A brand is one of visa, mastercard, amex."),
  last4: v.pipe(v.string(), v.maxLength(4, "The last four digits only, never the number."), v.regex(/^\d{4}$/, "The last four digits of the card.")),
  exp: v.pipe(
    v.string(),
    v.regex(/^(0[1-9]|1[0-2])\/\d{2}$/, "Month and year as on the card: MM/YY."),
    v.check((exp) => isUnexpired(exp, Date.now()), "The card has expired."),
  ),
});

/** Whether a card is valid at time `now`; cards expire at the end of their month. */
function isUnexpired(exp: string, now: number): boolean {
  const [month, year] = exp.split("/").map(Number);
  return Date.UTC(2000 + (year ?? 0), month ?? 0, 1) > now;
}

export const billing = new Hono<App>();

/** Amounts are millionths of a dollar. The list is a page of usage, newest first; the totals include all usage. */
billing.get("/", async (c) => {
  const pageRequest = page(c);
  const { account } = c.var.identity;
  const now = Date.now();
  const [sums, lines] = await c.env.DB.batch([
    c.env.DB.prepare(
      `SELECT coalesce(sum(${MICROS}), 0) AS total, coalesce(sum(CASE WHEN ended_at IS NULL THEN micros_per_hour END), 0) AS hourly
       FROM usage WHERE account = ?1`,
    ).bind(account, now),
    c.env.DB.prepare(`SELECT *, ${MICROS} AS micros FROM usage WHERE account = ?1 AND id < ?3 ORDER BY id DESC LIMIT ?4`).bind(
      account,
      now,
      pageRequest.before,
      pageRequest.rows,
    ),
  ]);
  const { total, hourly } = sums!.results[0] as { total: number; hourly: number };
  return c.json({
    currency: "USD",
    at: iso(now),
    total_micros: total,
    micros_per_hour: hourly,
    ...pageResponse(lines?.results as UsageRow[], pageRequest, usageLine),
  });
});

billing.get("/payment-methods", async (c) => {
  const pageRequest = page(c);
  const { results } = await c.env.DB.prepare("SELECT * FROM payment_method WHERE account = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")
    .bind(c.var.identity.account, pageRequest.before, pageRequest.rows)
    .all<PaymentMethodRow>();
  return c.json(pageResponse(results, pageRequest, paymentMethod));
});

billing.post("/payment-methods", async (c) => {
  const input = await body(c, CreatePaymentMethod);
  const row: PaymentMethodRow = { id: newId("pm"), ...input, created_at: Date.now() };
  const insert = c.env.DB.prepare(
    `INSERT INTO payment_method (account, id, brand, last4, exp, created_at)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE (SELECT count(*) FROM payment_method WHERE account = ?1) < ?7`,
  ).bind(c.var.identity.account, row.id, row.brand, row.last4, row.exp, row.created_at, RESOURCES_MAX);
  return c.json(requireCreated(await runIdempotent(c, input, paymentMethod(row), [insert])), 201);
});

billing.delete("/payment-methods/:id", async (c) => {
  const { results } = await c.env.DB.prepare("DELETE FROM payment_method WHERE account = ?1 AND id = ?2 RETURNING id")
    .bind(c.var.identity.account, c.req.param("id"))
    .all();
  if (results.length === 0) throw new Problem("payment-method-not-found", "The account has no payment method with this id.");
  return c.body(null, 204);
});
