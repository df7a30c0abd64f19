// What the signed-in person may do in the account in use, known locally: the policy, a permission token that is renewed
// in the background, and the account's custom roles for explanations.
import type { Engine, Explanation, PermissionCode, Policy, Rights, TokenClaims } from "../core.js";
import type { RoleResponse, TokenResponse } from "../generated/api.js";
import { RolecallError } from "./problem.js";
import type { Transport } from "./transport.js";

/** Renewed when this part of its life is over, give or take a tenth. */
const RENEW_AT = 0.75;
/** After a failed renewal. */
const RETRY_MS = 5_000;

/** What the client knows of somebody's rights at one moment. */
export interface Snapshot {
  readonly account: string;
  readonly role: string;
  readonly version: number;
  /** The same object until an answer may differ. */
  readonly rights: Rights<PermissionCode>;
  /** When they were read, in milliseconds since 1970. */
  readonly at: number;
}

interface Held extends Snapshot {
  readonly token: string;
  readonly expires: number;
}

/** The claims of a token. Decoding proves nothing; it is our own server that we asked. */
function claimsOf(token: string): TokenClaims {
  const body = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(body), (c) => c.charCodeAt(0)))) as TokenClaims;
}

const same = (a: Snapshot, b: Snapshot) => a.account === b.account && a.role === b.role && a.rights.list().join() === b.rights.list().join();

export class Access {
  readonly #transport: Transport;
  readonly #engine: Engine;
  readonly #changed: () => void;
  #policy: Policy<PermissionCode> | undefined;
  #held: Held | undefined;
  #shown: Snapshot | undefined;
  #renewing: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #generation = 0;

  constructor(transport: Transport, engine: Engine, changed: () => void) {
    this.#transport = transport;
    this.#engine = engine;
    this.#changed = changed;
  }

  get snapshot(): Snapshot | undefined {
    return this.#shown;
  }

  /** The rights at hand, or a loud error when no account is in use. */
  demand(): Snapshot {
    if (!this.#shown) throw new Error("No account is in use yet: await rolecall.accounts.use(\"acct_…\") first.");
    return this.#shown;
  }

  get policy(): Policy<PermissionCode> {
    if (!this.#policy) throw new Error("The policy is not loaded yet: await rolecall.accounts.use(\"acct_…\") first.");
    return this.#policy;
  }

  /** Starts to act in an account: reads the policy (once), a token, and the custom roles. */
  async use(account: string, signal?: AbortSignal): Promise<void> {
    const generation = (this.#generation += 1);
    if (this.#held?.account !== account) this.#held = undefined;
    this.#policy ??= this.#engine.policy(await this.#transport.json<object>({ method: "GET", path: "/v1/policy", options: signal ? { signal } : {} }));
    await this.#read(account, generation, signal);
  }

  /** Forgets everything: after signing out. */
  clear(): void {
    this.#generation += 1;
    clearTimeout(this.#timer);
    this.#held = undefined;
    const had = this.#shown !== undefined;
    this.#shown = undefined;
    if (had) this.#changed();
  }

  /** Reads the rights again; calls at the same time share one reading. */
  renew(): Promise<void> {
    const account = this.demand().account;
    const generation = this.#generation;
    this.#renewing ??= this.#read(account, generation).finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  /** A token that is good for a while yet. */
  async token(): Promise<string> {
    const margin = 5_000;
    if (!this.#held || this.#held.expires - margin <= Date.now()) await this.renew();
    return this.#held?.token ?? "";
  }

  explain(permission: PermissionCode): Explanation<PermissionCode> {
    return this.demand().rights.explain(permission);
  }

  async #read(account: string, generation: number, signal?: AbortSignal): Promise<void> {
    const options = signal ? { signal } : {};
    const base = `/v1/accounts/${encodeURIComponent(account)}`;
    const sent = Date.now();
    const [issued, roles] = await Promise.all([
      this.#transport.json<TokenResponse>({ method: "POST", path: `${base}/tokens`, options }).catch((error: unknown) => {
        // Signed out, or no member any more: nothing is held, and the page is told.
        if (error instanceof RolecallError && [401, 403, 404].includes(error.status) && generation === this.#generation) this.clear();
        throw error;
      }),
      // Who lacks team.access may still act; only explanations then know the built-in roles alone.
      this.#transport.json<{ items: RoleResponse[] }>({ method: "GET", path: `${base}/roles`, options }).then((list) => list.items, () => []),
    ]);
    if (generation !== this.#generation) return;
    const claims = claimsOf(issued.token);
    const rights = this.policy.rights({ ...claims, customRoles: roles }) as Rights<PermissionCode>;
    const held: Held = { account, role: claims.role, version: claims.ver ?? 0, rights, at: sent, token: issued.token, expires: sent + issued.expires_in * 1000 };
    this.#held = held;
    this.#plan(issued.expires_in * 1000 * RENEW_AT);
    const before = this.#shown;
    this.#shown = before && same(before, held) ? { ...before, version: held.version, at: sent } : held;
    if (!before || !same(before, held)) this.#changed();
  }

  #plan(after: number): void {
    clearTimeout(this.#timer);
    const jitter = after * (0.9 + Math.random() / 5);
    this.#timer = setTimeout(() => this.#tick(), jitter);
    // A program that is otherwise done is not kept alive.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #tick(): void {
    // A hidden page needs no token; the next check of a shown one renews.
    if (typeof document !== "undefined" && document.hidden) {
      document.addEventListener("visibilitychange", () => this.#tick(), { once: true });
      return;
    }
    if (!this.#shown) return;
    this.renew().catch(() => this.#shown && this.#plan(RETRY_MS));
  }
}
