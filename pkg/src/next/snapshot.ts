// `getSnapshot`: who is signed in, read on the server with the cookie of the request, as plain data for the page.
import { createClient } from "../client/client.js";
import { RolecallClientError } from "../client/problem.js";
import { SIGNED_OUT, type SignedInSnapshot, type SignedOutSnapshot, type Snapshot, explanationOf } from "../client/snapshot.js";
import type { PermissionCode } from "../core.js";
import { type RequestHeaders, rolecallCookies } from "./headers.js";

/** Options of {@link getSnapshot}. */
export interface SnapshotOptions {
  /** Absolute URL of the Rolecall deployment. */
  baseUrl: string;
  /** Id of the account to use; by default the user's active one. */
  account?: string | undefined;
  /** Milliseconds after which the state is `failed`, so that a page is not kept waiting; 3,000 by default. */
  timeout?: number | undefined;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Is told why the state is `failed`, with the cause; by default `console.error`. */
  onError?: ((error: unknown) => void) | undefined;
}

/** An error as data that a server component can pass to a client component: without its class, stack and cause. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  /** Stable code of a `RolecallError` or `RolecallClientError`. */
  readonly code?: string;
}

/** Who is signed in could not be read on the server. In the page, `client.start()` tries again. */
export interface PlainFailedSnapshot {
  readonly status: "failed";
  readonly error: PlainError;
}

/** What {@link getSnapshot} resolves to: a snapshot that can be passed to a page as JSON. */
export type ServerSnapshot = SignedInSnapshot | SignedOutSnapshot | PlainFailedSnapshot;

function plain(error: unknown): PlainError {
  const { name = "Error", message = String(error), code } = error as Partial<PlainError>;
  return { name, message, ...(typeof code === "string" && { code }) };
}

/**
 * Reads who sent a request to the app, by its session cookie, with their rights: the `initial` state of `RolecallProvider`.
 * Sends nothing where there is no such cookie. Resolves to `failed` where that cannot be read, so that the page is rendered
 * all the same, and calls `onError`; rejects only where `baseUrl` is no absolute URL.
 */
export async function getSnapshot(headers: RequestHeaders, options: SnapshotOptions): Promise<ServerSnapshot> {
  const { baseUrl, account, timeout = 3_000, onError = console.error } = options;
  if (!URL.canParse(baseUrl)) throw new RolecallClientError("base-url-invalid");
  const cookie = rolecallCookies(headers, "__Host-rolecall_session=");
  if (!cookie) return SIGNED_OUT;
  // Next.js replaces the global `fetch`, and could cache what belongs to one user.
  const send: typeof fetch = (input, init) =>
    (options.fetch ?? globalThis.fetch)(input, { ...init, cache: "no-store", headers: { ...(init?.headers as Record<string, string>), cookie } });
  // One client a request: it belongs to one user.
  const client = createClient({ baseUrl, fetch: send });
  try {
    return await client.start({ account, signal: AbortSignal.timeout(timeout) });
  } catch (error) {
    onError(error);
    return { status: "failed", error: plain(error) };
  } finally {
    client.close();
  }
}

/** Whether a snapshot's user holds the permission; false where nobody is signed in. Undefined codes are treated as `client.can` does. */
export const can = (snapshot: Snapshot, permission: PermissionCode): boolean => snapshot.status === "signed-in" && explanationOf(snapshot, permission).allowed;
