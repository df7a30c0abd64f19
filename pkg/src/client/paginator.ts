// Cursor pagination of list routes: `for await (const member of client.members.list())`.
import type { CallOptions, RequestSpec, Transport } from "./transport.js";

/** One page of a list. */
export interface Page<T> {
  /** Items of this page; may be empty. */
  readonly items: readonly T[];
  /** Cursor of the next page; null on the last page. */
  readonly next_cursor: string | null;
}

/** Options of a list. */
export interface PageOptions extends CallOptions {
  /** Where to start: `next_cursor` of an earlier page. Without it, at the first page. */
  cursor?: string | undefined;
  /** Items a page, 1 to 200; 50 by default. */
  limit?: number | undefined;
}

/**
 * A list that is fetched lazily: iterating requests page after page, and no page beyond the one at which it stops.
 * Every request can fail like a call, with a `RolecallError` or `RolecallNetworkError`.
 */
export interface Paginator<T> extends AsyncIterable<T> {
  /** Fetches the page at `cursor`. */
  page(): Promise<Page<T>>;
  /** Fetches every page from `cursor` on, and returns all items. */
  all(): Promise<T[]>;
}

export function paginate<T>(transport: Transport, path: () => string, query: RequestSpec["query"], options: PageOptions = {}): Paginator<T> {
  const { cursor, limit, signal } = options;
  const fetchPage = async (from: string | undefined) =>
    transport.json<Page<T>>({ method: "GET", path: path(), query: { ...query, cursor: from, limit }, options: signal ? { signal } : {} });
  const paginator: Paginator<T> = {
    page: () => fetchPage(cursor),
    async all() {
      const items: T[] = [];
      for await (const item of paginator) items.push(item);
      return items;
    },
    async *[Symbol.asyncIterator]() {
      let from = cursor;
      do {
        const page = await fetchPage(from);
        yield* page.items;
        from = page.next_cursor ?? undefined;
      } while (from);
    },
  };
  return paginator;
}
