// The entry of the rights cache: a permission token, the policy by which it was issued, and the account's custom roles.
import type { PermissionCode, Policy, Rights, TokenClaims } from "../core.js";
import type { RoleResponse, TokenResponse } from "../generated/api.js";
import type { PolicyCache } from "./policy-cache.js";
import { RolecallError } from "./problem.js";
import type { Transport } from "./transport.js";

/** The rights of the signed-in user in the account in use, as last read from the server. */
export interface RightsSnapshot {
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
  /** When they were requested, in milliseconds since 1970 (UTC). */
  readonly at: number;
}

/** What a request is authorised by and sent with. */
export interface RightsEntry {
  readonly snapshot: RightsSnapshot;
  readonly policy: Policy<PermissionCode>;
  readonly roles: readonly RoleResponse[];
  readonly token: string;
  /** Expiry of the token, in milliseconds since 1970 (UTC). */
  readonly expires: number;
  /** Counter of identity changes when it was requested; another value means that it may be another user's. */
  readonly epoch: number;
  /** Counter of requests; an entry is never replaced by one that was requested before it. */
  readonly order: number;
  /** Fingerprint of everything that the rights derive from: where it is equal, so is every check. */
  readonly key: string;
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
  const at = Date.now();
  const path = `/v1/accounts/${encodeURIComponent(account)}/`;
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
  const { policy, etag } = await policies.getFor(pol);
  // During a deployment, token and roles may name permissions that this version of the policy does not define.
  const codes = new Set<string>(policy.permissions.map(({ code }) => code));
  const builtIn = new Set<string>(policy.roles.map(({ code }) => code));
  const defined = (permissions: readonly string[]) => permissions.filter((code) => codes.has(code));
  const customRoles = roles.flatMap(({ code, permissions, overrides_built_in = false }) =>
    builtIn.has(code) && !overrides_built_in ? [] : [{ code, permissions: defined(permissions), overrides_built_in }],
  );
  const permissions = defined(claimed);
  return {
    snapshot: { account, user: sub, role, version: ver, rights: policy.rights({ role, permissions, customRoles }), at },
    policy,
    roles,
    token: issued.token,
    expires: at + issued.expires_in * 1000,
    epoch,
    order,
    key: JSON.stringify([sub, account, role, permissions, etag, customRoles]),
  };
}
