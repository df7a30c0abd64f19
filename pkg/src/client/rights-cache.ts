// Cache of the signed-in user's rights in the account in use: read from the server, renewed before the token expires, and
// invalidated with whatever they derive from (the user, the account, the policy, the custom roles).
import type { PermissionCode, Rights } from "../core.js";
import type { MeResponse } from "../generated/api.js";
import type { ClientEngine } from "./engine.js";
import { Listeners } from "./listeners.js";
import { type AccountSwitch, type IdentityChange, type Renewal, hadNoEffect, isUnauthenticated } from "./pending.js";
import { PolicyCache } from "./policy-cache.js";
import { type ClientErrorCode, RolecallClientError, RolecallError } from "./problem.js";
import { type RightsEntry, ageOf, fetchRights } from "./rights-entry.js";
import { type Transport, abortable } from "./transport.js";

/** Fraction of a token's lifetime after which it is renewed, give or take a tenth. */
const RENEW_AT = 0.75;
/** Delay before a failed renewal is repeated. */
const RETRY_MS = 5_000;
/** Remaining lifetime below which a token is not sent. */
const MARGIN_MS = 5_000;

const supersededError = () => new DOMException("Superseded by a later call.", "AbortError");

export class RightsCache {
  readonly #transport: Transport;
  readonly #policies: PolicyCache;
  /** Listeners of changes of the rights, of the account in use and of the reason for which there are none. */
  readonly listeners = new Listeners();
  #current: RightsEntry | undefined;
  /** Why there is no current entry. */
  #error = new RolecallClientError("account-not-chosen");
  #epoch = 0;
  #order = 0;
  #switch: AccountSwitch | undefined;
  #renewal: Renewal | undefined;
  #change: IdentityChange | undefined;
  /** A pending request that replaces the session's cookie: whether it did. */
  #replacement: Promise<boolean> | undefined;
  /** A pending request that reads who is signed in: the user's id, null for nobody, undefined where no response says. */
  #confirmation: Promise<string | null | undefined> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether a renewal is deferred until the page is visible. */
  #awaitsVisibility = false;
  /** Whether the rights were read since the last renewal. */
  #used = false;
  /** Whether a renewal was skipped because the rights were not read. */
  #skipped = false;

  /** Whether nothing is known yet: there were no rights, and no reason for which there are none. */
  pristine = true;
  /** Called after a request that signed a user in or out, or may have. */
  onIdentityChange: (change: "signed-out" | "user-changed") => void = () => {};

  constructor(transport: Transport, loadEngine: () => Promise<ClientEngine>) {
    this.#transport = transport;
    this.#policies = new PolicyCache(transport, loadEngine);
    transport.onRequest = () => {
      const epoch = this.#epoch;
      return (error) => this.#onRefusal(epoch, error);
    };
  }

  /** The current rights and what they derive from; undefined while there are none. */
  get entry(): RightsEntry | undefined {
    this.#markUsed();
    return this.#current;
  }

  /** Counter of changes of the signed-in user. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether an account is in use, or a switch to one is pending. */
  get hasChoice(): boolean {
    return this.#current !== undefined || this.#switch !== undefined;
  }

  /** Id of the account last passed to `use`. Throws a {@link RolecallClientError} where there is none. */
  get account(): string {
    return this.#switch?.account ?? (this.#change?.previous ?? this.#requireEntry()).account;
  }

  /** The error with which `rights` throws; undefined while there are rights. */
  get error(): RolecallClientError | undefined {
    return this.#current ? undefined : this.#error;
  }

  /** The current rights. Throws a {@link RolecallClientError} where there are none. */
  get rights(): Rights<PermissionCode> {
    return this.#requireEntry().rights;
  }

  /**
   * Switches to an account: fetches policy, token and custom roles. The account in use stays until they are there, and
   * when that fails. A later `use` of another account, or a change of identity, rejects a pending one with an `AbortError`.
   */
  async use(account: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let pending = this.#switch;
    if (pending?.account !== account) {
      pending?.controller.abort(supersededError());
      const controller = new AbortController();
      const started: AccountSwitch = { account, controller, waiters: 0, done: abortable(this.#switchTo(account, controller.signal), controller.signal) };
      started.done = started.done.finally(() => {
        if (this.#switch === started) this.#switch = undefined;
      });
      // Every waiter handles the rejection; without one it must not be reported as unhandled.
      started.done.catch(() => {});
      pending = this.#switch = started;
    }
    pending.waiters += 1;
    try {
      await abortable(pending.done, signal);
    } catch (error) {
      pending.waiters -= 1;
      if (pending.waiters === 0) {
        pending.controller.abort(error);
        if (this.#switch === pending) this.#switch = undefined;
      }
      throw error;
    }
  }

  /**
   * The entry to authorise and send a request with: of the account last passed to `use` before this call, with a token
   * that does not expire soon. Waits for a pending `use`, and rejects as that does.
   */
  async acquire(signal?: AbortSignal | null): Promise<RightsEntry> {
    // A switch waits for a change of identity itself.
    if (this.#switch) return abortable(this.#switch.done, signal);
    const account = (this.#change?.previous ?? this.#current)?.account;
    while (this.#change) await abortable(this.#change.done, signal);
    if (account === undefined && this.#switch) return abortable((this.#switch as AccountSwitch).done, signal);
    const current = this.#requireEntry();
    if (account !== undefined && current.account !== account) throw supersededError();
    return current.lifetime - ageOf(current) > MARGIN_MS ? current : abortable(this.renew(current), signal);
  }

  /** Fetches the rights in the account in use again, with requests that are sent after this call. */
  async refresh(): Promise<void> {
    while (this.#change) await this.#change.done;
    await this.renew(this.#switch ? await this.#switch.done : this.#requireEntry(), true);
  }

  /** Fetches the rights again where the server refused what the entry allows and its account is still in use. Never rejects. */
  async revalidate(entry: RightsEntry): Promise<void> {
    if (this.#current?.account === entry.account) await this.renew(entry, true).catch(() => {});
  }

  /**
   * Fetches the rights in the entry's account again, without a switch. Calls share a pending renewal; with `fresh` only
   * one that was requested in the same turn, because the server may have processed an older one already.
   */
  renew(entry: RightsEntry, fresh = false): Promise<RightsEntry> {
    const { epoch } = entry;
    const { account } = entry;
    if (epoch !== this.#epoch) return Promise.reject(supersededError());
    const pending = this.#renewal;
    if (pending?.epoch === epoch && pending.account === account && (pending.fresh || !fresh)) return pending.done;
    const started: Renewal = { epoch, account, done: this.#reload(account, epoch), fresh: true };
    queueMicrotask(() => (started.fresh = false));
    started.done = started.done.finally(() => {
      if (this.#renewal === started) this.#renewal = undefined;
    });
    this.#renewal = started;
    return started.done;
  }

  /**
   * Sends a request that signs a user in or out. Invalidates the rights at once; `use`, `acquire` and `refresh` wait for
   * the outcome. Where the server refuses, the rights before are restored; where the outcome is unknown, they are read
   * again. `error` is the code of {@link error} afterwards; `changed` tells from the response whether the user changed.
   */
  async changeIdentity<T>(error: ClientErrorCode, send: () => Promise<T>, changed: (response: T) => boolean = () => true): Promise<T> {
    const change = this.#beginChange();
    change.previous ??= this.#current;
    const account = change.previous?.account;
    this.#invalidate(new RolecallClientError(error), supersededError());
    try {
      const response = await send();
      if (changed(response)) {
        change.previous = change.previousError = change.reload = undefined;
        this.onIdentityChange(error === "session-ended" ? "signed-out" : "user-changed");
      }
      return response;
    } catch (cause) {
      if (!hadNoEffect(cause)) {
        change.previous = change.previousError = undefined;
        if (account && !isUnauthenticated(cause)) change.reload = account;
        this.onIdentityChange("user-changed");
      }
      throw cause;
    } finally {
      this.#epoch += 1;
      this.#endChange(change);
    }
  }

  /** Sends a request that may end this client's session, then reads the rights again to find out. */
  async confirmIdentity<T>(send: () => Promise<T>): Promise<T> {
    const change = this.#beginChange();
    try {
      return await send();
    } finally {
      // A concurrent sign-in may have been refused: the session before it may have ended all the same.
      if (change.previous) change.reload = change.previous.account;
      change.previous = undefined;
      // The responses to a pending `use` may be older than this request: it fetches again.
      if (this.#switch) this.#epoch += 1;
      const epoch = this.#epoch;
      if (this.#current) {
        this.#current = { ...this.#current, epoch };
        await this.renew(this.#current, true).catch((cause: unknown) => {
          if (epoch !== this.#epoch || !this.#current) return;
          // Without a response the outcome is unknown: read once more after the change.
          if (!isUnauthenticated(cause)) change.reload = this.#current.account;
          this.#invalidate(new RolecallClientError(isUnauthenticated(cause) ? "session-ended" : "account-not-chosen", { cause }));
          this.onIdentityChange(isUnauthenticated(cause) ? "signed-out" : "user-changed");
        });
      }
      this.#endChange(change);
    }
  }

  /**
   * Sends a request by which the signed-in user authenticates again. The server replaces the session's cookie, so requests in
   * flight may be refused. Then fetches a new token, which says when the user has authenticated.
   */
  async replaceSession<T>(send: () => Promise<T>): Promise<T> {
    const epoch = this.#epoch;
    const sent = send();
    const replacement = sent.then(
      () => true,
      () => false,
    );
    this.#replacement = replacement;
    try {
      const response = await sent;
      if (this.#current) await this.renew(this.#current, true).catch(() => {});
      return response;
    } catch (error) {
      if (this.#replacement === replacement) this.#replacement = undefined;
      // Another tab may have replaced the cookie.
      if (await this.#onRefusal(epoch, error)) return await send();
      throw error;
    } finally {
      if (this.#replacement === replacement) this.#replacement = undefined;
    }
  }

  /** Waits until no request is pending that may change who is signed in. */
  async identityKnown(): Promise<void> {
    while (this.#change) await this.#change.done;
  }

  /** Clears the rights because the session was ended elsewhere. */
  endSession(): void {
    this.#lose(new RolecallClientError("session-ended"));
  }

  /** Clears the rights because another user may be signed in. */
  forgetUser(): void {
    if (this.#change) this.#change.previous = this.#change.previousError = undefined;
    else this.#invalidate(new RolecallClientError("account-not-chosen"), supersededError());
  }

  /** Clears the rights for good: renews nothing, and refuses every later request. */
  close(): void {
    this.#transport.closed = true;
    // A change that is pending must not bring back what it was made of.
    if (this.#change) Object.assign(this.#change, { previous: undefined, previousError: undefined, reload: undefined });
    const error = new RolecallClientError("client-closed");
    this.#invalidate(error, error);
    this.listeners.clear();
  }

  #beginChange(): IdentityChange {
    if (!this.#change) {
      let resolve!: () => void;
      const done = new Promise<void>((resolveDone) => (resolve = resolveDone));
      const previousError = this.#current ? undefined : this.#error;
      this.#change = { count: 0, previous: undefined, previousError, reload: undefined, done, resolve };
    }
    this.#change.count += 1;
    return this.#change;
  }

  #endChange(change: IdentityChange): void {
    change.count -= 1;
    if (change.count > 0) return;
    this.#change = undefined;
    if (change.previous) this.#commit({ ...change.previous, epoch: this.#epoch });
    else if (change.previousError && !this.#current && change.previousError.code !== this.#error.code) this.#clear(change.previousError);
    else if (change.reload && !this.#switch) void this.use(change.reload).catch(() => {});
    change.resolve();
  }

  /**
   * Invalidates the rights when the server refused any request because no session is valid. Where there was a user, that is
   * read once more: a new authentication, in any tab, ends the cookie of requests in flight. Resolves to whether the same user
   * is signed in, so that the request can be sent again.
   */
  async #onRefusal(epoch: number, error: unknown): Promise<boolean> {
    if (epoch !== this.#epoch || !isUnauthenticated(error)) return false;
    const known = (this.#current ?? this.#change?.previous)?.user;
    let user = known && (await this.#confirm());
    if (user === null && (await this.#replacement)) user = known;
    if (epoch !== this.#epoch) return false;
    if (user === known && known) return true;
    // Without a response the session may be valid; a later request tells.
    if (user !== undefined || !known) this.#lose(new RolecallClientError("session-ended", { cause: error }), error);
    return false;
  }

  #confirm(): Promise<string | null | undefined> {
    return (this.#confirmation ??= this.#transport
      .json<MeResponse>({ method: "GET", path: "/v1/me", silent: true })
      .then(
        ({ user }) => user.id,
        (error: unknown) => (isUnauthenticated(error) ? null : undefined),
      )
      .finally(() => (this.#confirmation = undefined)));
  }

  #lose(error: RolecallClientError, reason: unknown = error): void {
    if (this.#change) Object.assign(this.#change, { previous: undefined, previousError: error });
    // Only once: a listener that sends a request when notified would otherwise be notified without end.
    else if (this.#current || this.#error.code !== "session-ended") this.#invalidate(error, reason);
  }

  async #switchTo(account: string, signal: AbortSignal): Promise<RightsEntry> {
    try {
      for (;;) {
        while (this.#change) await this.#change.done;
        signal.throwIfAborted();
        const epoch = this.#epoch;
        const entry = await this.#fetch(account, signal);
        signal.throwIfAborted();
        // Another user may be signed in by now.
        if (epoch !== this.#epoch || this.#change) continue;
        this.#used = true;
        this.#commit(entry);
        return entry;
      }
    } catch (error) {
      if (!signal.aborted) this.#clearIfAccountLost(account, error);
      throw error;
    }
  }

  async #reload(account: string, epoch: number): Promise<RightsEntry> {
    try {
      const entry = await this.#fetch(account);
      if (epoch !== this.#epoch) throw supersededError();
      if (this.#current?.account === account) this.#commit(entry);
      return entry;
    } catch (error) {
      if (epoch === this.#epoch) this.#clearIfAccountLost(account, error);
      throw error;
    }
  }

  /** Fetches an entry, without storing it. */
  #fetch(account: string, signal?: AbortSignal): Promise<RightsEntry> {
    const roles = this.#current?.account === account ? this.#current.roles : [];
    return fetchRights(this.#transport, this.#policies, { account, epoch: this.#epoch, order: (this.#order += 1), roles }, signal);
  }

  #requireEntry(): RightsEntry {
    this.#markUsed();
    // A new error for each call, with the caller's stack.
    if (!this.#current) throw new RolecallClientError(this.#error.code, { cause: this.#error.cause });
    return this.#current;
  }

  #commit(entry: RightsEntry): void {
    if (this.#transport.closed) return;
    this.pristine = false;
    const previous = this.#current;
    if (previous?.account === entry.account && previous.order > entry.order) return;
    const same = previous?.key === entry.key;
    this.#current = same ? { ...entry, rights: previous.rights } : entry;
    this.#scheduleRenewal(entry.lifetime * RENEW_AT);
    if (!same) this.listeners.notify();
  }

  /** Clears the rights when the server says that the user is not a member of the account in use any more. */
  #clearIfAccountLost(account: string, cause: unknown): void {
    if (this.#current?.account === account && cause instanceof RolecallError && [403, 404].includes(cause.status))
      this.#clear(new RolecallClientError("account-lost", { cause }));
  }

  /** Clears the rights and makes pending fetches obsolete. With a reason, also rejects a pending `use` with it. */
  #invalidate(error: RolecallClientError, reason?: unknown): void {
    this.#epoch += 1;
    if (reason !== undefined) {
      this.#switch?.controller.abort(reason);
      this.#switch = undefined;
    }
    this.#clear(error);
  }

  #clear(error: RolecallClientError): void {
    this.pristine = false;
    clearTimeout(this.#timer);
    this.#skipped = false;
    this.#current = undefined;
    this.#error = error;
    this.listeners.notify();
  }

  #scheduleRenewal(delay: number): void {
    clearTimeout(this.#timer);
    this.#skipped = false;
    this.#timer = setTimeout(() => this.#renewIfUsed(), delay * (0.9 + Math.random() / 5));
    // In Node, the timer does not keep the process running.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #markUsed(): void {
    this.#used = true;
    if (this.#skipped) this.#renewIfUsed();
  }

  /** Renews the rights if there is a listener or they were read since the last renewal; otherwise skips until they are read. */
  #renewIfUsed(): void {
    const current = this.#current;
    this.#skipped = false;
    if (!current) return;
    // A hidden page renews once it is visible.
    if (typeof document !== "undefined" && document.hidden) {
      if (!this.#awaitsVisibility) document.addEventListener("visibilitychange", () => ((this.#awaitsVisibility = false), this.#renewIfUsed()), { once: true });
      this.#awaitsVisibility = true;
      return;
    }
    if (!this.#used && this.listeners.size === 0) {
      this.#skipped = true;
      return;
    }
    this.#used = false;
    this.renew(current).catch(() => this.#current && this.#scheduleRenewal(RETRY_MS));
  }
}
