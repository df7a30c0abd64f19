// The deployed policy, keyed by its ETag, which permission tokens carry as `pol`: a deployment may change it under an open page.
import type { PermissionCode, Policy, RoleCode } from "../core.js";
import { readPolicy } from "../engine/policy.js";
import { type Transport, tagOf } from "./transport.js";

export interface LoadedPolicy {
  readonly policy: Policy<PermissionCode>;
  /** The `pol` of the tokens that belong to it. */
  tag: string | undefined;
  /** Every code of this policy and of those before it: an open page may still ask about them. */
  readonly codes: readonly string[];
}

export class PolicyCache {
  readonly #transport: Transport;
  #latest: Promise<LoadedPolicy> | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The policy as read last; the first call reads it, and a call after a failure reads it again. */
  read(): Promise<LoadedPolicy> {
    if (!this.#latest) {
      const loading = (this.#latest = this.#load([]));
      loading.catch(() => (this.#latest = undefined));
    }
    return this.#latest;
  }

  /**
   * The policy that a token's `pol` names: read again, past every cache, where that is not the one at hand. While a
   * deployment is under way, or when the new policy cannot be read, the answer may still be another.
   */
  async named(pol: string | undefined): Promise<LoadedPolicy> {
    const latest = this.read();
    const loaded = await latest;
    if (pol === undefined) return loaded;
    // A proxy may have taken the tag away, or put something behind it.
    loaded.tag ??= pol;
    if (loaded.tag.startsWith(pol)) return loaded;
    if (this.#latest === latest) this.#latest = this.#load(loaded.codes, pol).catch(() => loaded);
    return this.#latest!;
  }

  async #load(former: readonly string[], pol?: string): Promise<LoadedPolicy> {
    const response = await this.#transport.response({ method: "GET", path: "/v1/policy", ...(pol === undefined ? {} : { cache: "no-cache" as const }) });
    const policy = readPolicy<PermissionCode, RoleCode>(await response.text(), former);
    return { policy, tag: tagOf(response) ?? pol, codes: [...new Set([...former, ...policy.permissions.map(({ code }) => code)])] };
  }
}
