// What a task of the state machine does next, as worker/src/encode.rs writes it; worker/src/io.rs describes each need. The compiler
// checks one step of each kind, in generated/steps.ts, against these types.

/** Errors that the state machine knows by their text. */
export const TOO_LARGE = "too-large";
export const TIMEOUT = "timeout";

export type Scalar = string | number | null;

/** Something that a task needs before it can go on. */
export type Need =
  | { step: "database"; statements: [sql: string, values: Scalar[]][] }
  | { step: "kv-get"; key: string; cacheSeconds: number; timeoutMs: number }
  | { step: "kv-put"; key: string; value: string; ttlSeconds: number }
  | { step: "rate-limit"; binding: string; key: string }
  | { step: "body"; max: number | null }
  | { step: "asset"; page: boolean }
  | Forward
  | { step: "wait"; ms: number }
  | { step: "send-email"; from: string; to: string; subject: string; text: string; html: string }
  | { step: "post"; url: string; headers: Record<string, string>; body: string }
  | Fetch
  | VerifySignature;

export interface Fetch {
  step: "fetch";
  url: string;
  headers: Record<string, string>;
  form: string | null;
  max: number;
}

export interface VerifySignature {
  step: "verify-signature";
  algorithm: "RS256" | "ES256" | "EdDSA";
  jwk: { kty: string; crv?: string; n?: string; e?: string; x?: string; y?: string; alg?: string };
  message: string;
  signature: string;
}

export interface Forward {
  step: "forward";
  url: string;
  service: boolean;
  method: string;
  headers: Record<string, string>;
  timeoutMs: number;
  bodyMax: number | null;
  body: boolean;
}

export interface ResponseStep {
  step: "response";
  status: number;
  page: boolean;
  headers: [name: string, value: string][];
  body: "empty" | "bytes" | "received" | "web-socket" | "stream";
  /** Task that writes the body, for a stream. */
  stream?: number;
}

/** A step with which the entry stops driving a task: a response, the result of a call, a chunk of a streamed body, or the end. */
export type Outcome = ResponseStep | { step: "value" } | { step: "chunk" } | { step: "end"; ok: boolean };

export type Step = Need | Outcome;

export type Logs = [level: "info" | "warn" | "error", line: string][];
