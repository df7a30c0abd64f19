// The entry of the rights cache: a permission token, the policy by which it was issued, and the account's custom roles.
import type { PermissionCode, Policy, Rights, TokenClaims } from "../core.js";
import type { RoleResponse, TokenResponse } from "../generated/api.js";
import type { PolicyCache } from "./policy-cache.js";
import { RolecallError } from "./problem.js";
import { type Transport, pathSegment } from "./transport.js";

/** What a request is authorised by and sent with: the rights of the signed-in user in an account, as last read from the server. */
export interface RightsEntry {
  /** Id of the account. */
  readonly account: string;
  /** Id of the signed-in user. */
  readonly user: string;
  /** Code of the user's role in the account. */
  readonly role: string;
  /** Version of the account. */
  readonly version: number;
  /** The permissions held. The same object as long as every check has the same result. */
  readonly rights: Rights<PermissionCode>;
  readonly policy: Policy<PermissionCode>;
  /** Codes of the policy and of those before it, which an open page may still check. */
  readonly codes: readonly string[];
  readonly roles: readonly RoleResponse[];
  readonly token: string;
  /** Lifetime of the token in milliseconds. */
  readonly lifetime: number;
  /** When it was requested, by the two clocks that {@link ageOf} reads. */
  readonly requested: Instant;
  /** Counter of identity changes when it was requested; another value means that it may be another user's. */
  readonly epoch: number;
  /** Counter of requests; an entry is never replaced by one that was requested before it. */
  readonly order: number;
  /** Fingerprint of everything that the rights derive from: where it is equal, so is every check. */
  readonly key: string;
}

/** A time by the wall clock, which a user can set back, and by the monotonic clock, which can stand still while a device sleeps. */
interface Instant {
  readonly wall: number;
  readonly monotonic: number;
}

const currentInstant = (): Instant => ({ wall: Date.now(), monotonic: performance.now() });

/** Milliseconds since an entry was requested: the longer one by the two clocks. */
export function ageOf({ requested }: Pick<RightsEntry, "requested">): number {
  const now = currentInstant();
  return Math.max(now.wall - requested.wall, now.monotonic - requested.monotonic);
}

/** Decodes the claims of a token, without verifying it: it came from the server itself. */
function decodeClaims(token: string): TokenClaims {
  const body = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(body), (c) => c.charCodeAt(0)))) as TokenClaims;
}

/** What to fetch; `roles` are those of the entry before, used where they cannot be fetched. */
type EntryRequest = Pick<RightsEntry, "epoch" | "order" | "roles"> & { readonly account: string };

/** Fetches an entry from the server. */
export async function fetchRights(
  transport: Transport,
  policies: PolicyCache,
  { account, epoch, order, roles: previousRoles }: EntryRequest,
  signal?: AbortSignal,
): Promise<RightsEntry> {
  const requested = currentInstant();
  const path = `/v1/accounts/${pathSegment(account)}/`;
  const options = signal ? { signal } : {};
  const [issued, roles] = await Promise.all([
    transport.json<TokenResponse>({ method: "POST", path: `${path}tokens`, options }),
    // A member without `team.access` may not list roles (403): checks work, explanations omit custom roles.
    transport.json<{ items: RoleResponse[] }>({ method: "GET", path: `${path}roles`, options }).then(
      ({ items }) => items,
      (error: unknown) => (error instanceof RolecallError && error.status === 403 ? [] : previousRoles),
    ),
    policies.get(),
  ]);
  const { sub = "", role, ver = 0, pol, permissions: claimed } = decodeClaims(issued.token);
  const { policy, etag, codes: knownCodes } = await policies.getFor(pol);
  // During a deployment, token and roles may name permissions that this version of the policy does not define.
  const codes = new Set<string>(policy.permissions.map(({ code }) => code));
  const builtIn = new Set<string>(policy.roles.map(({ code }) => code));
  const defined = (permissions: readonly string[]) => permissions.filter((code) => codes.has(code));
  const customRoles = roles.flatMap(({ code, permissions, overrides_built_in = false }) =>
    builtIn.has(code) && !overrides_built_in ? [] : [{ code, permissions: defined(permissions), overrides_built_in }],
  );
  const permissions = defined(claimed);
  return {
    account,
    user: sub,
    role,
    version: ver,
    rights: policy.rights({ role, permissions, customRoles }),
    policy,
    codes: knownCodes,
    roles,
    token: issued.token,
    lifetime: issued.expires_in * 1000,
    requested,
    epoch,
    order,
    key: JSON.stringify([sub, account, role, permissions, etag, customRoles]),
  };
}
