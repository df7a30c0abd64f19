// What a verified permission token allows.
import type { PermissionCode } from "../engine/register.js";
import type { Explanation, Rights, TokenClaims } from "../engine/types.js";
import { TokenError } from "./errors.js";
import type { KnownPolicies } from "./policy-source.js";

/** Who sent a request through the gateway: a user (`usr_…`) or an API key (`key_…`). */
export type Subject =
  | {
      /** Id of the user. */
      readonly user: string;
      readonly apiKey?: undefined;
    }
  | {
      readonly user?: undefined;
      /** Id of the API key. */
      readonly apiKey: string;
    };

/** Claims about how a user authenticated, which tokens of older deployments do not have. */
type AuthenticationClaim = "acr" | "amr" | "auth_time";

/** The claims of a verified permission token: all but those about the authentication are present. */
export type VerifiedClaims = Required<Omit<TokenClaims, AuthenticationClaim>> & Pick<TokenClaims, AuthenticationClaim>;

/** A verified permission token. */
export interface VerifiedToken<P extends string = PermissionCode> {
  /** Id of the user. */
  readonly user: string;
  /** Id of the account in which the permissions hold: restrict your data to it. */
  readonly account: string;
  /** Code of the role in that account. For display: decide by {@link can}. */
  readonly role: string;
  /** How sure Rolecall is of the user: `aal1` for one factor, `aal2` for two. Undefined in a token of an older deployment. */
  readonly acr: string | undefined;
  /** By which methods the user authenticated (RFC 8176): `pwd`, `otp`. Empty in a token of an older deployment. */
  readonly amr: readonly string[];
  /**
   * Time of the user's last authentication, in seconds since 1970 (UTC): what is hard to undo can require a recent one.
   * Undefined in a token of an older deployment.
   */
  readonly authTime: number | undefined;
  /** All claims of the token. */
  readonly claims: VerifiedClaims;
  /**
   * Whether the token has the permission. Throws an `UnknownCodeError` for a code that the policy does not define; if the
   * token's policy cannot be had now, such a code is not held.
   */
  can(permission: P): boolean;
  /**
   * Whether the token has the permission, and which built-in roles grant it: by the token's policy, otherwise by the one
   * that was fetched last. Throws a {@link TokenError} (`policy-unavailable`) where there is none.
   */
  explain(permission: P): Explanation<P>;
  /** Throws a {@link TokenError} (`permission-missing`, 403) with Rolecall's own problem unless the token has the permission. */
  require(permission: P): void;
}

/** Tells a user from an API key; undefined for any other subject. */
export function subjectOf(sub: string): Subject | undefined {
  if (sub.startsWith("usr_")) return { user: sub };
  return sub.startsWith("key_") ? { apiKey: sub } : undefined;
}

/** Computes what verified claims allow. */
export function accessOf<P extends string>(issuer: string, user: string, claims: VerifiedClaims, { own, latest, failure }: KnownPolicies<P>): VerifiedToken<P> {
  const { account, role, permissions, acr, amr = [], auth_time: authTime } = claims;
  const rights: Rights<P> | undefined = own?.rights(claims);
  const can = (permission: P) => (rights ? rights.can(permission) : permissions.includes(permission));
  /** The roles that grant a permission by another policy than the token's: none where that one does not define it. */
  const grantedBy = (permission: P): readonly string[] =>
    latest?.permissions.some(({ code }) => code === permission) ? latest.rights({ role, permissions: [] }).explain(permission).grantedBy : [];
  const explanation = (permission: P): Explanation<P> =>
    rights ? rights.explain(permission) : { allowed: can(permission), permission, role, grantedBy: grantedBy(permission) };
  return {
    user,
    account,
    role,
    acr,
    amr,
    authTime,
    claims,
    can,
    explain(permission) {
      if (!rights && !latest)
        throw new TokenError(issuer, "policy-unavailable", "Rolecall's policy cannot be fetched, so the permission cannot be explained.", { cause: failure });
      return explanation(permission);
    },
    require(permission) {
      if (can(permission)) return;
      const denial = { permission, role, granted_by: [...explanation(permission).grantedBy] };
      throw new TokenError(issuer, "permission-missing", `The role \`${role}\` does not grant the permission \`${permission}\`.`, { denial });
    },
  };
}
