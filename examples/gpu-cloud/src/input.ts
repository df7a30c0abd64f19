// What comes from outside, parsed once: bodies, the page of a list, names. Whatever is not described is refused.
import type { Context } from "hono";
import * as v from "valibot";
import type { App } from "./app";
import { type FieldProblem, Problem } from "./problem";

/** An object with these fields and no others. */
export const exactly = <E extends v.ObjectEntries>(entries: E) =>
  v.pipe(v.custom<object>(isObject, "The body is not an object."), v.objectWithRest(entries, v.never()));

const isObject = (input: unknown) => typeof input === "object" && input !== null && !Array.isArray(input);

/** Rolecall's words for what is wrong with a field, by the check that failed, and a sentence that repeats nothing of the input. */
const FAULTS: Partial<Record<string, [code: string, detail?: string]>> = {
  custom: ["type-wrong"],
  object_with_rest: ["required", "The field must be given."],
  never: ["unknown", "There is no such field."],
  string: ["type-wrong", "This is not a text."],
  number: ["type-wrong", "This is not a number."],
  integer: ["type-wrong"],
  min_length: ["too-short"],
  max_length: ["too-long"],
  min_value: ["too-small"],
  max_value: ["too-large"],
};

function fieldProblem(issue: v.BaseIssue<unknown>, prefix: string): FieldProblem {
  const name = v.getDotPath(issue);
  const [code, detail] = FAULTS[issue.type] ?? ["value-invalid"];
  return { pointer: name === null ? "" : prefix + name, code, detail: detail ?? issue.message };
}

/** `prefix` begins a pointer: `/` in a body, `?` in a query. */
function parse<S extends v.GenericSchema>(schema: S, input: unknown, prefix: string): v.InferOutput<S> {
  const result = v.safeParse(schema, input, { abortPipeEarly: true });
  if (result.success) return result.output;
  const fields = result.issues.map((issue) => fieldProblem(issue, prefix));
  throw new Problem("fields-invalid", fields.length === 1 ? "One field is not right." : `${fields.length} fields are not right.`, fields);
}

/** The body as the schema describes it. */
export async function body<S extends v.GenericSchema>(c: Context<App>, schema: S): Promise<v.InferOutput<S>> {
  const type = c.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Problem("media-type-unsupported", "Send the body with Content-Type: application/json.");
  const input: unknown = await c.req.json().catch(() => {
    throw new Problem("body-malformed", "The body cannot be read as JSON.");
  });
  return parse(schema, input, "/");
}

/** What people call their things: one line of at most 64 characters. */
export const Name = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, "A name has at least one character."),
  v.maxLength(64, "A name has at most 64 characters."),
  v.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, "A name is one line of text."),
);

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;

const PageQuery = exactly({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[1-9]\d{0,8}$/, "A limit is a whole number from 1."),
      v.transform((text) => Math.min(Number(text), PAGE_MAX)),
    ),
    String(PAGE_DEFAULT),
  ),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^[a-z]+_[0-9a-f]{32}$/, "This is no cursor of a list."))),
});

/** Where a page begins and how many rows to read: one more than asked for, which tells whether there is another page. */
export interface Page {
  before: string;
  rows: number;
}

export function page(c: Context<App>): Page {
  const { limit, cursor } = parse(PageQuery, c.req.query(), "?");
  // Ids grow with time, and "~" comes after all of them: newest first, from the very newest.
  return { before: cursor ?? "~", rows: limit + 1 };
}

/**
 * A page of a list. The cursor is the id of the last item: queries are keyed by account, so that another account's id
 * is a place in the list and shows nothing.
 */
export function listed<Row extends { id: string }, Item>(
  rows: Row[],
  { rows: asked }: Page,
  show: (row: Row) => Item,
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, asked - 1);
  return { items: shown.map(show), next_cursor: rows.length === asked ? (shown.at(-1)?.id ?? null) : null };
}
