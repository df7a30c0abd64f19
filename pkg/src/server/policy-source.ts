// The policy by which permissions are explained: fetched when a token names another one than is cached.
import { loadEngine } from "../core.js";
import type { Policy } from "../engine/types.js";
import { IS_WORKERS, type Settings } from "./options.js";

/** What is known of policies when a token is decided. */
export interface KnownPolicies<P extends string> {
  /** The policy that the token names in `pol`; undefined where it cannot be had now. */
  readonly own: Policy<P, string> | undefined;
  /** The policy that was fetched last, if any. */
  readonly latest: Policy<P, string> | undefined;
  /** Why the last fetch failed, if it did. */
  readonly failure: unknown;
}

/** Cached policies: during a deployment, tokens of the old and of the new one arrive by turns. */
const POLICIES_MAX = 2;

/** Policies by the SHA-256 of their text, which is `pol` in a token. */
export class PolicySource<P extends string> {
  readonly #settings: Settings;
  readonly #policies = new Map<string, Policy<P, string>>();
  #latest: Policy<P, string> | undefined;
  #failure: unknown;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #pending: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * Finds the policy that a verified token names. Fetches at most once per cooldown, and does not reject where that fails.
   *
   * The hash in the token is signed, so a policy that was fetched over an untrusted network cannot pass for the token's own.
   */
  async find(pol: string): Promise<KnownPolicies<P>> {
    if (!this.#policies.has(pol)) await this.#refresh();
    return { own: this.#policies.get(pol), latest: this.#latest, failure: this.#failure };
  }

  async #refresh(): Promise<void> {
    const elapsed = Date.now() - this.#fetchedAt;
    // A clock that was set back must not prolong the cooldown.
    const isCoolingDown = elapsed >= 0 && elapsed < this.#settings.cooldown;
    if (!this.#pending && isCoolingDown) return;
    if (!this.#pending || IS_WORKERS) {
      this.#fetchedAt = Date.now();
      const current = this.#load().finally(() => {
        if (this.#pending === current) this.#pending = undefined;
      });
      this.#pending = current;
      return current;
    }
    return this.#pending;
  }

  async #load(): Promise<void> {
    try {
      const text = this.#settings.policy ?? (await this.#fetch());
      const policy = (await loadEngine()).policy<P, string>(text);
      this.#policies.set(await sha256(text), policy);
      const [oldest] = this.#policies.keys();
      if (this.#policies.size > POLICIES_MAX && oldest !== undefined) this.#policies.delete(oldest);
      this.#latest = policy;
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
    }
  }

  async #fetch(): Promise<string> {
    const { policyUrl, fetch, timeout } = this.#settings;
    const response = await fetch(policyUrl, { headers: { accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(timeout) });
    if (response.status !== 200) throw new Error(`${policyUrl} responded with status ${response.status}`);
    return response.text();
  }
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
