// Answers of servers, and why there is none in words.

export interface Answer {
  status: number;
  /** Headers by their name in lower case. */
  headers: Record<string, string>;
  text: string;
  /** This machine's time halfway between request and response, in milliseconds since 1970. */
  at: number;
}

/** A server that could not be asked. */
export interface Failure {
  /** Why, in words. */
  reason: string;
  /** Whether nothing listens at the address. */
  refused: boolean;
}

export type Reply = Answer | Failure;

export const isAnswer = (reply: Reply): reply is Answer => "status" in reply;

/** The JSON object in an answer, or undefined. */
export function objectIn(reply: Reply): Record<string, unknown> | undefined {
  if (!isAnswer(reply)) return undefined;
  try {
    const value = JSON.parse(reply.text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Sentences for codes of Node and OpenSSL; `host` is put before each. */
const REASONS: Record<string, string> = {
  ENOTFOUND: "does not resolve: there is no DNS record of this name",
  ENODATA: "does not resolve: the name has no address",
  EAI_AGAIN: "does not resolve: no name server answers",
  ECONNREFUSED: "refuses the connection: nothing listens there",
  EHOSTUNREACH: "cannot be reached: there is no route to it",
  ENETUNREACH: "cannot be reached: there is no network",
  ECONNRESET: "closed the connection",
  UND_ERR_SOCKET: "closed the connection",
  EPIPE: "closed the connection",
  ETIMEDOUT: "did not answer in time",
  UND_ERR_CONNECT_TIMEOUT: "did not answer in time",
  UND_ERR_HEADERS_TIMEOUT: "did not answer in time",
  UND_ERR_BODY_TIMEOUT: "did not answer in time",
  CERT_HAS_EXPIRED: "TLS: its certificate has expired",
  CERT_NOT_YET_VALID: "TLS: its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "TLS: its certificate is that of another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "TLS: its certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "TLS: its certificate is self-signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "TLS: its certificate lacks the one that issued it",
  UNABLE_TO_GET_ISSUER_CERT: "TLS: its certificate lacks the one that issued it",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "TLS: the issuer of its certificate is not trusted here",
};

interface NodeError extends Error {
  code?: string;
  cause?: unknown;
}

/** The errors that an error is made of, the outermost first. */
function chainOf(error: unknown): NodeError[] {
  const chain: NodeError[] = [];
  for (let next = error; next instanceof Error && chain.length < 8; next = (next as NodeError).cause) {
    chain.push(next);
    if (next instanceof AggregateError) chain.push(...next.errors.filter((inner) => inner instanceof Error));
  }
  return chain;
}

/** Why a connection failed, in words. */
export function failureOf(error: unknown, host: string): Failure {
  const chain = chainOf(error);
  const codes = chain.map(({ code }) => code).filter((code) => typeof code === "string");
  const refused = codes.includes("ECONNREFUSED");
  const known = codes.find((code) => code in REASONS);
  if (known) return { reason: `${host} ${REASONS[known]}`, refused };
  if (chain.some(({ name }) => name === "TimeoutError")) return { reason: `${host} ${REASONS.ETIMEDOUT}`, refused };
  if (codes.some((code) => /^(ERR_SSL|ERR_TLS|EPROTO)/.test(code))) return { reason: `${host} TLS: what listens there does not speak it`, refused };
  return { reason: `${host} cannot be asked: ${chain.at(-1)?.message ?? error}`, refused };
}
