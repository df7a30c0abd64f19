// One reading of somebody's rights in an account: a permission token, the policy that it names, and the custom roles.
import type { PermissionCode, Policy, Rights, TokenClaims } from "../core.js";
import type { RoleResponse, TokenResponse } from "../generated/api.js";
import type { PolicyCache } from "./policy-cache.js";
import { RolecallError } from "./problem.js";
import type { Transport } from "./transport.js";

/** What the client knows of somebody's rights at one moment. */
export interface Snapshot {
  readonly account: string;
  /** Whose rights these are. */
  readonly user: string;
  readonly role: string;
  readonly version: number;
  /** The same object until an answer may differ. */
  readonly rights: Rights<PermissionCode>;
  /** When they were read, in milliseconds since 1970. */
  readonly at: number;
}

/** One reading of the server: what a request is judged by and sent with. */
export interface Reading {
  readonly snapshot: Snapshot;
  readonly policy: Policy<PermissionCode>;
  readonly roles: readonly RoleResponse[];
  readonly token: string;
  /** In milliseconds since 1970. */
  readonly expires: number;
  /** The identity under which it was read. */
  readonly epoch: number;
  /** Readings count up: an older one never takes the place of a newer one. */
  readonly order: number;
  /** All that the rights derive from: equal keys, equal answers. */
  readonly key: string;
}

/** The claims of a token. Decoding proves nothing; it is our own server that we asked. */
function claimsOf(token: string): TokenClaims {
  const body = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(body), (c) => c.charCodeAt(0)))) as TokenClaims;
}

/** What a reading is for, and what is known before it. */
export type ReadingRequest = Pick<Reading, "epoch" | "order" | "roles"> & { readonly account: string };

/** Asks the server. */
export async function readRights(transport: Transport, policies: PolicyCache, { account, epoch, order, roles: before }: ReadingRequest, signal?: AbortSignal): Promise<Reading> {
  const at = Date.now();
  const path = `/v1/accounts/${encodeURIComponent(account)}/`;
  const options = signal ? { signal } : {};
  const [issued, roles] = await Promise.all([
    transport.json<TokenResponse>({ method: "POST", path: `${path}tokens`, options }),
    // Who lacks team.access may still act: only explanations know less then.
    transport.json<{ items: RoleResponse[] }>({ method: "GET", path: `${path}roles`, options }).then(
      ({ items }) => items,
      (error: unknown) => (error instanceof RolecallError && error.status === 403 ? [] : before),
    ),
    policies.read(),
  ]);
  const { sub = "", role, ver = 0, pol, permissions: claimed } = claimsOf(issued.token);
  const { policy, tag } = await policies.named(pol);
  // In the middle of a deployment token, roles and policy may be of two versions: what the policy lacks cannot be asked for.
  const codes = new Set<string>(policy.permissions.map(({ code }) => code));
  const builtIn = new Set<string>(policy.roles.map(({ code }) => code));
  const known = (permissions: readonly string[]) => permissions.filter((code) => codes.has(code));
  const customRoles = roles.flatMap(({ code, permissions, overrides_built_in = false }) =>
    builtIn.has(code) && !overrides_built_in ? [] : [{ code, permissions: known(permissions), overrides_built_in }],
  );
  const permissions = known(claimed);
  return {
    snapshot: { account, user: sub, role, version: ver, rights: policy.rights({ role, permissions, customRoles }), at },
    policy,
    roles,
    token: issued.token,
    expires: at + issued.expires_in * 1000,
    epoch,
    order,
    key: JSON.stringify([sub, account, role, permissions, tag, customRoles]),
  };
}
