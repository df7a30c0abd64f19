// Parsing of input: request bodies, paging parameters, names. Unknown fields are rejected.
import type { Context } from "hono";
import * as v from "valibot";
import type { App } from "./env";
import { type FieldProblem, Problem } from "./problem";

/** Schema of an object that has exactly these fields. */
export const strictObject = <E extends v.ObjectEntries>(entries: E) =>
  v.pipe(v.custom<object>(isObject, "The body must be an object."), v.objectWithRest(entries, v.never()));

const isObject = (input: unknown) => typeof input === "object" && input !== null && !Array.isArray(input);

/** Rolecall's field codes by type of the failed check, and a detail that does not repeat the input. */
const FIELD_ERRORS: Partial<Record<string, [code: string, detail?: string]>> = {
  custom: ["type-wrong"],
  object_with_rest: ["required", "The field is required."],
  never: ["unknown", "The field is unknown."],
  string: ["type-wrong", "The value must be a string."],
  number: ["type-wrong", "The value must be a number."],
  integer: ["type-wrong"],
  min_length: ["too-short"],
  max_length: ["too-long"],
  min_value: ["too-small"],
  max_value: ["too-large"],
};

function fieldProblem(issue: v.BaseIssue<unknown>, prefix: string): FieldProblem {
  const name = v.getDotPath(issue);
  const [code, detail] = FIELD_ERRORS[issue.type] ?? ["value-invalid"];
  return { pointer: name === null ? "" : prefix + name, code, detail: detail ?? issue.message };
}

/** Parses `input`. `prefix` is the start of field pointers: `/` in a body, `?` in a query. */
function parse<S extends v.GenericSchema>(schema: S, input: unknown, prefix: string): v.InferOutput<S> {
  const result = v.safeParse(schema, input, { abortPipeEarly: true });
  if (result.success) return result.output;
  const fields = result.issues.map((issue) => fieldProblem(issue, prefix));
  throw new Problem("fields-invalid", fields.length === 1 ? fields[0]!.detail : `${fields.length} fields are not valid.`, fields);
}

/** Parses the JSON body with a schema. */
export async function body<S extends v.GenericSchema>(c: Context<App>, schema: S): Promise<v.InferOutput<S>> {
  const type = c.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Problem("media-type-unsupported", "Send the body with Content-Type: application/json.");
  const input: unknown = await c.req.json().catch(() => {
    throw new Problem("body-malformed", "The body is not valid JSON.");
  });
  return parse(schema, input, "/");
}

/** Name of a resource: one line of at most 64 characters. */
export const Name = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, "The name must have at least 1 character."),
  v.maxLength(64, "The name must have at most 64 characters."),
  v.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, "The name must be a single line without control characters."),
);

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;

const PageQuery = strictObject({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[1-9]\d{0,8}$/, "The limit must be an integer of at least 1."),
      v.transform((text) => Math.min(Number(text), PAGE_MAX)),
    ),
    String(PAGE_DEFAULT),
  ),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^[a-z]+_[0-9a-f]{32}$/, "The cursor is not valid for this list."))),
});

/** Position before which a page starts, and the number of rows to read: one more than the page size, to detect another page. */
export interface Page {
  before: string;
  rows: number;
}

export function page(c: Context<App>): Page {
  const { limit, cursor } = parse(PageQuery, c.req.query(), "?");
  // Lists are in descending order of id, and "~" sorts after every id.
  return { before: cursor ?? "~", rows: limit + 1 };
}

/**
 * Response with a page of a list. The cursor is the id of the last item. It need not be authenticated, because queries are
 * restricted to the account: another account's id is only a position in the order.
 */
export function pageResponse<Row extends { id: string }, Item>(
  rows: Row[],
  { rows: limit }: Page,
  toItem: (row: Row) => Item,
): { items: Item[]; next_cursor: string | null } {
  const items = rows.slice(0, limit - 1);
  return { items: items.map(toItem), next_cursor: rows.length === limit ? (items.at(-1)?.id ?? null) : null };
}
