// What an account owes, line by line, and how it pays. A card's number never comes here: its brand and last four digits do.
import { Hono } from "hono";
import * as v from "valibot";
import type { App } from "./app";
import { newId } from "./id";
import { body, exactly, listed, page } from "./input";
import { MOST, made } from "./limits";
import { once } from "./once";
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
 * What a line comes to at the moment ?2, in whole millionths of a dollar: an hour has 3 600 000 milliseconds.
 * D1 binds every number as a float, and sums are to be exact: hence the cast.
 */
const MICROS = "micros_per_hour * (coalesce(ended_at, max(CAST(?2 AS INTEGER), started_at)) - started_at) / 3600000 + micros_per_request * requests";

const iso = (ms: number) => new Date(ms).toISOString();

const line = (row: UsageRow) => ({
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

const method = (row: PaymentMethodRow) => ({ id: row.id, brand: row.brand, last4: row.last4, exp: row.exp, created_at: iso(row.created_at) });

const CreatePaymentMethod = exactly({
  brand: v.picklist(["visa", "mastercard", "amex"], "A brand is one of visa, mastercard, amex."),
  last4: v.pipe(v.string(), v.maxLength(4, "The last four digits only, never the number."), v.regex(/^\d{4}$/, "The last four digits of the card.")),
  exp: v.pipe(
    v.string(),
    v.regex(/^(0[1-9]|1[0-2])\/\d{2}$/, "Month and year as on the card: MM/YY."),
    v.check((exp) => lasts(exp, Date.now()), "The card has expired."),
  ),
});

/** A card is good to the end of its month. */
function lasts(exp: string, now: number): boolean {
  const [month, year] = exp.split("/").map(Number);
  return Date.UTC(2000 + (year ?? 0), month ?? 0, 1) > now;
}

export const billing = new Hono<App>();

/** Amounts are millionths of a dollar. The list holds what was used, newest first; the sums are over all of it. */
billing.get("/", async (c) => {
  const asked = page(c);
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
      asked.before,
      asked.rows,
    ),
  ]);
  const { total, hourly } = sums!.results[0] as { total: number; hourly: number };
  return c.json({ currency: "USD", at: iso(now), total_micros: total, micros_per_hour: hourly, ...listed(lines?.results as UsageRow[], asked, line) });
});

billing.get("/payment-methods", async (c) => {
  const asked = page(c);
  const { results } = await c.env.DB.prepare("SELECT * FROM payment_method WHERE account = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")
    .bind(c.var.identity.account, asked.before, asked.rows)
    .all<PaymentMethodRow>();
  return c.json(listed(results, asked, method));
});

billing.post("/payment-methods", async (c) => {
  const input = await body(c, CreatePaymentMethod);
  const row: PaymentMethodRow = { id: newId("pm"), ...input, created_at: Date.now() };
  const insert = c.env.DB.prepare(
    `INSERT INTO payment_method (account, id, brand, last4, exp, created_at)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE (SELECT count(*) FROM payment_method WHERE account = ?1) < ?7`,
  ).bind(c.var.identity.account, row.id, row.brand, row.last4, row.exp, row.created_at, MOST);
  return c.json(made(await once(c, input, method(row), [insert])), 201);
});

billing.delete("/payment-methods/:id", async (c) => {
  const { results } = await c.env.DB.prepare("DELETE FROM payment_method WHERE account = ?1 AND id = ?2 RETURNING id")
    .bind(c.var.identity.account, c.req.param("id"))
    .all();
  if (results.length === 0) throw new Problem("payment-method-not-found", "The account has no payment method with this id.");
  return c.body(null, 204);
});
