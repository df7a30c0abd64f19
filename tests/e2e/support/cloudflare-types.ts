// The parts of D1 and KV that tests use, typed here: the platform's own types would bring globals that Node has too.

export interface D1Result<Row> {
  results: Row[];
  meta: { changes: number };
}

export interface D1Statement {
  bind(...values: unknown[]): D1Statement;
  all<Row = Record<string, any>>(): Promise<D1Result<Row>>;
  first<Row = Record<string, any>>(): Promise<Row | null>;
  run(): Promise<D1Result<unknown>>;
}

export interface D1Database {
  prepare(sql: string): D1Statement;
  batch(statements: D1Statement[]): Promise<D1Result<any>[]>;
}

export interface KVNamespace {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  list(): Promise<{ keys: { name: string; expiration?: number }[] }>;
}
