// Cache of the deployment's policy. Its ETag is the `pol` claim of permission tokens, which shows when a deployment has
// replaced the policy under an open page.
import type { PermissionCode, Policy, RoleCode } from "../core.js";
import type { ClientEngine } from "./engine.js";
import { type Transport, etagOf } from "./transport.js";

export interface CachedPolicy {
  readonly policy: Policy<PermissionCode>;
  /** The `pol` claim of the tokens issued by it. */
  etag: string | undefined;
  /** Codes of this policy and of those cached before it, which an open page may still check. */
  readonly codes: readonly string[];
}

export class PolicyCache {
  readonly #transport: Transport;
  #latest: Promise<CachedPolicy> | undefined;

  readonly #loadEngine: () => Promise<ClientEngine>;

  constructor(transport: Transport, loadEngine: () => Promise<ClientEngine>) {
    this.#transport = transport;
    this.#loadEngine = loadEngine;
  }

  /** The cached policy. The first call fetches it, and so does the first call after a failure. */
  get(): Promise<CachedPolicy> {
    if (!this.#latest) {
      const loading = (this.#latest = this.#fetch([]));
      loading.catch(() => (this.#latest = undefined));
    }
    return this.#latest;
  }

  /**
   * The policy by which a token was issued: where its `pol` is not that of the cached policy, fetches the policy again,
   * revalidating HTTP caches. May return another one during a deployment, or when the fetch fails.
   */
  async getFor(pol: string | undefined): Promise<CachedPolicy> {
    const latest = this.get();
    const cached = await latest;
    if (pol === undefined) return cached;
    // A proxy may have removed the ETag, or appended to it.
    cached.etag ??= pol;
    if (cached.etag.startsWith(pol)) return cached;
    if (this.#latest === latest) this.#latest = this.#fetch(cached.codes, pol).catch(() => cached);
    return this.#latest!;
  }

  async #fetch(codes: readonly string[], pol?: string): Promise<CachedPolicy> {
    const cache = pol === undefined ? {} : { cache: "no-cache" as const };
    const [response, { parsePolicy }] = await Promise.all([this.#transport.response({ method: "GET", path: "/v1/policy", ...cache }), this.#loadEngine()]);
    const policy = parsePolicy<PermissionCode, RoleCode>(await response.text(), codes);
    return { policy, etag: etagOf(response) ?? pol, codes: [...new Set([...codes, ...policy.permissions.map(({ code }) => code)])] };
  }
}
