// Parts of a request, from the Fetch API or from Node.

/** Headers of the Fetch API, or an object with names in lower case as Node has them. */
export type RequestHeaders = { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request as the Fetch API, Node or Express has it, or an object made for the purpose. */
export interface IncomingRequest {
  readonly method?: string | undefined;
  /** URL, or path with query as in Node. */
  readonly url?: string | undefined;
  /** Path with query before Express removed the path of a router. */
  readonly originalUrl?: string | undefined;
  readonly headers: RequestHeaders;
}

/** Value of a header; undefined where the request has none. Several values are joined, so that they are no single token. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  if (typeof headers["get"] === "function") return (headers as { get(name: string): string | null }).get(name) ?? undefined;
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name];
  return typeof value === "string" || value === undefined ? value : value.join(", ");
}

/** Path as received, without the query. */
export function pathOf({ url = "", originalUrl }: IncomingRequest): string {
  const target = originalUrl ?? url;
  if (target.startsWith("/")) return target.split("?", 1)[0]!;
  return URL.canParse(target) ? new URL(target).pathname : "";
}

/** Credential of an `Authorization: Bearer …` header; undefined without the header, empty for another scheme. */
export function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
}
