// Lists, a page at a time or all the way: `for await (const member of client.members.list(account))`.
import type { CallOptions, Send, Transport } from "./transport.js";

/** A page and how to go on. */
export interface Page<T> {
  readonly items: readonly T[];
  /** For the next page; null at the end. */
  readonly next_cursor: string | null;
}

export interface PageOptions extends CallOptions {
  /** Where an earlier page ended. */
  cursor?: string | undefined;
  /** Items of a page, at most 200; the server's default is 50. */
  limit?: number | undefined;
}

/** A list that has not been asked for yet. Iterating reads page after page, and stops when you do. */
export interface Listing<T> extends AsyncIterable<T> {
  /** One page. */
  page(): Promise<Page<T>>;
  /** All items. */
  all(): Promise<T[]>;
}

export function listing<T>(transport: Transport, path: string, query: Send["query"], options: PageOptions = {}): Listing<T> {
  const { cursor, limit, signal } = options;
  const at = (from: string | undefined) =>
    transport.json<Page<T>>({ method: "GET", path, query: { ...query, cursor: from, limit }, options: signal ? { signal } : {} });
  const list: Listing<T> = {
    page: () => at(cursor),
    async all() {
      const items: T[] = [];
      for await (const item of list) items.push(item);
      return items;
    },
    async *[Symbol.asyncIterator]() {
      let from = cursor;
      do {
        const page = await at(from);
        yield* page.items;
        from = page.next_cursor ?? undefined;
      } while (from);
    },
  };
  return list;
}
