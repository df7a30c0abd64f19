// The rights of the signed-in person in the account in use: read from the server, renewed in the background, and dropped
// together with whatever they derive from (the identity, the account, the policy, the custom roles).
import type { PermissionCode, Rights } from "../core.js";
import { PolicyCache } from "./policy-cache.js";
import { type ClientErrorCode, RolecallClientError, RolecallError } from "./problem.js";
import { type Reading, type Snapshot, readRights } from "./reading.js";
import { type Transport, until } from "./transport.js";

/** Renewed when this part of a token's life is over, give or take a tenth. */
const RENEW_AT = 0.75;
/** Before a failed renewal is tried again. */
const RETRY_MS = 5_000;
/** A token with less time left is not sent any more. */
const MARGIN_MS = 5_000;

/** A `use` under way. There is at most one: the last one asked for. */
interface Switch {
  readonly account: string;
  readonly stop: AbortController;
  done: Promise<Reading>;
  /** Calls that wait for it. */
  waiting: number;
}

/** A renewal under way. */
interface Flight {
  readonly epoch: number;
  readonly account: string;
  done: Promise<Reading>;
  /** Whether it left in this very turn, so that nothing can have changed since. */
  fresh: boolean;
}

/** Requests under way that may change who is signed in. */
interface Change {
  count: number;
  /** What was held before: whoever is refused is still who they were. */
  kept: Reading | undefined;
  /** The account to read again where the outcome is unknown. */
  ask: string | undefined;
  readonly done: Promise<void>;
  readonly end: () => void;
}

const superseded = () => new DOMException("Superseded by a later call.", "AbortError");

/** Whether the session is gone; a refused sign-in says nothing about it. */
export const isSignedOut = (error: unknown) =>
  error instanceof RolecallError && error.status === 401 && error.code !== "credentials-invalid" && error.code !== "password-reset-advised";

/** Whether a request to sign somebody in or out surely changed nothing. */
const isRefused = (error: unknown) => error instanceof RolecallError && error.status < 500 && error.status !== 409 && !isSignedOut(error);

/** Reports what a listener throws, as an event target does; nobody else suffers from it. */
function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}

export class RightsCache {
  readonly #transport: Transport;
  readonly #policies: PolicyCache;
  readonly #listeners = new Set<() => void>();
  #current: Reading | undefined;
  /** Why there is no reading. */
  #absence = new RolecallClientError("account-not-chosen");
  #epoch = 0;
  #order = 0;
  #switch: Switch | undefined;
  #flight: Flight | undefined;
  #change: Change | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether a renewal waits for the page to be shown. */
  #hidden = false;
  /** Whether anybody asked since the last renewal. */
  #asked = false;
  /** Whether a renewal was left out because nobody asked. */
  #lapsed = false;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#policies = new PolicyCache(transport);
    transport.onRequest = () => {
      const epoch = this.#epoch;
      return (error) => this.#refused(epoch, error);
    };
  }

  get snapshot(): Snapshot | undefined {
    this.#touch();
    return this.#current?.snapshot;
  }

  /** Why there are no rights; the same object until that changes. */
  get absence(): RolecallClientError | undefined {
    return this.#current ? undefined : this.#absence;
  }

  /** The rights at hand, or a loud error. */
  demand(): Rights<PermissionCode> {
    return this.#demand().snapshot.rights;
  }

  on(listener: () => void): () => void {
    // Its own function, so that one listener can be given twice.
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /**
   * Acts in an account: reads policy, token and custom roles. The account in use stays until then, and when it fails. A
   * later `use` of another account, or a change of identity, ends it with an `AbortError`.
   */
  async use(account: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let own = this.#switch;
    if (own?.account !== account) {
      own?.stop.abort(superseded());
      const stop = new AbortController();
      const started: Switch = { account, stop, waiting: 0, done: until(this.#enter(account, stop.signal), stop.signal) };
      started.done = started.done.finally(() => {
        if (this.#switch === started) this.#switch = undefined;
      });
      // Whoever waits is told; nobody may wait any more.
      started.done.catch(() => {});
      own = this.#switch = started;
    }
    own.waiting += 1;
    try {
      await until(own.done, signal);
    } catch (error) {
      own.waiting -= 1;
      if (own.waiting === 0) {
        own.stop.abort(error);
        if (this.#switch === own) this.#switch = undefined;
      }
      throw error;
    }
  }

  /**
   * The reading to judge and send a request by: of the account last asked for when this is called, with a token that is
   * good for a while yet. Waits for a `use` under way and fails as that does.
   */
  async acting(signal?: AbortSignal | null): Promise<Reading> {
    // It waits for a change of identity itself.
    if (this.#switch) return until(this.#switch.done, signal);
    const account = (this.#change?.kept ?? this.#current)?.snapshot.account;
    while (this.#change) await until(this.#change.done, signal);
    if (account === undefined && this.#switch) return until((this.#switch as Switch).done, signal);
    const current = this.#demand();
    if (account !== undefined && current.snapshot.account !== account) throw superseded();
    return current.expires - MARGIN_MS > Date.now() ? current : until(this.renew(current), signal);
  }

  /** Reads the rights of the account in use again; what is read was sent after the call. */
  async refresh(): Promise<void> {
    while (this.#change) await this.#change.done;
    await this.renew(this.#switch ? await this.#switch.done : this.#demand(), true);
  }

  /** After the server refused what a reading allowed: reads again, if that account is still in use. */
  async recheck(reading: Reading): Promise<void> {
    if (this.#current?.snapshot.account === reading.snapshot.account) await this.renew(reading, true).catch(() => {});
  }

  /**
   * Reads the same account again; the account in use stays. Calls share a reading under way; with `fresh` only one that
   * left in the same turn, since an older one may have been answered already.
   */
  renew(reading: Reading, fresh = false): Promise<Reading> {
    const { epoch } = reading;
    const { account } = reading.snapshot;
    if (epoch !== this.#epoch) return Promise.reject(superseded());
    const flight = this.#flight;
    if (flight?.epoch === epoch && flight.account === account && (flight.fresh || !fresh)) return flight.done;
    const own: Flight = { epoch, account, done: this.#reread(account, epoch), fresh: true };
    queueMicrotask(() => (own.fresh = false));
    own.done = own.done.finally(() => {
      if (this.#flight === own) this.#flight = undefined;
    });
    this.#flight = own;
    return own.done;
  }

  /**
   * Sends what signs somebody in or out. All that derives from the identity before is dropped at once; `use`, `fetch` and
   * `refresh` wait for the outcome. After a refusal the rights are what they were; where the outcome is unknown, the
   * server is asked who is there.
   */
  async changeIdentity<T>(absence: ClientErrorCode, send: () => Promise<T>, changed: (answer: T) => boolean = () => true): Promise<T> {
    const change = this.#begin();
    change.kept ??= this.#current;
    const account = change.kept?.snapshot.account;
    this.#drop(new RolecallClientError(absence), superseded());
    try {
      const answer = await send();
      if (changed(answer)) change.kept = change.ask = undefined;
      return answer;
    } catch (error) {
      if (!isRefused(error)) {
        change.kept = undefined;
        if (account && !isSignedOut(error)) change.ask = account;
      }
      throw error;
    } finally {
      this.#epoch += 1;
      this.#end(change);
    }
  }

  /** Sends what may end the session of this client, then asks the server whether it did. */
  async confirmIdentity<T>(send: () => Promise<T>): Promise<T> {
    const change = this.#begin();
    try {
      return await send();
    } finally {
      // Beside it somebody was refused to sign in: who was there before may be gone all the same.
      if (change.kept) change.ask = change.kept.snapshot.account;
      change.kept = undefined;
      // What a `use` under way is answered may be from before: it reads again.
      if (this.#switch) this.#epoch += 1;
      const epoch = this.#epoch;
      if (this.#current) {
        this.#current = { ...this.#current, epoch };
        await this.renew(this.#current, true).catch((cause: unknown) => {
          if (epoch !== this.#epoch || !this.#current) return;
          // Without an answer nobody knows: the server is asked once more.
          if (!isSignedOut(cause)) change.ask = this.#current.snapshot.account;
          this.#drop(new RolecallClientError(isSignedOut(cause) ? "session-ended" : "account-not-chosen", { cause }));
        });
      }
      this.#end(change);
    }
  }

  #begin(): Change {
    if (!this.#change) {
      let end!: () => void;
      const done = new Promise<void>((resolve) => (end = resolve));
      this.#change = { count: 0, kept: undefined, ask: undefined, done, end };
    }
    this.#change.count += 1;
    return this.#change;
  }

  #end(change: Change): void {
    change.count -= 1;
    if (change.count > 0) return;
    this.#change = undefined;
    if (change.kept) this.#commit({ ...change.kept, epoch: this.#epoch });
    else if (change.ask && !this.#switch) void this.use(change.ask).catch(() => {});
    change.end();
  }

  /** Any request was refused because nobody is signed in. */
  #refused(epoch: number, error: RolecallError): void {
    if (epoch !== this.#epoch || !isSignedOut(error)) return;
    if (this.#change) this.#change.kept = undefined;
    // Whoever asks something when told must not be told for ever.
    else if (this.#current || this.#absence.code !== "session-ended") this.#drop(new RolecallClientError("session-ended", { cause: error }), error);
  }

  async #enter(account: string, signal: AbortSignal): Promise<Reading> {
    try {
      for (;;) {
        while (this.#change) await this.#change.done;
        signal.throwIfAborted();
        const epoch = this.#epoch;
        const reading = await this.#read(account, signal);
        signal.throwIfAborted();
        // Somebody else may be signed in by now.
        if (epoch !== this.#epoch || this.#change) continue;
        this.#asked = true;
        this.#commit(reading);
        return reading;
      }
    } catch (error) {
      if (!signal.aborted) this.#lost(account, error);
      throw error;
    }
  }

  async #reread(account: string, epoch: number): Promise<Reading> {
    try {
      const reading = await this.#read(account);
      if (epoch !== this.#epoch) throw superseded();
      if (this.#current?.snapshot.account === account) this.#commit(reading);
      return reading;
    } catch (error) {
      if (epoch === this.#epoch) this.#lost(account, error);
      throw error;
    }
  }

  /** Asks the server; changes nothing here. */
  #read(account: string, signal?: AbortSignal): Promise<Reading> {
    const before = this.#current?.snapshot.account === account ? this.#current.roles : [];
    return readRights(this.#transport, this.#policies, { account, epoch: this.#epoch, order: (this.#order += 1), roles: before }, signal);
  }

  #demand(): Reading {
    this.#touch();
    // A new error each time, whose stack says who asked.
    if (!this.#current) throw new RolecallClientError(this.#absence.code, { cause: this.#absence.cause });
    return this.#current;
  }

  #commit(reading: Reading): void {
    const before = this.#current;
    if (before?.snapshot.account === reading.snapshot.account && before.order > reading.order) return;
    const same = before?.key === reading.key;
    this.#current = same ? { ...reading, snapshot: { ...reading.snapshot, rights: before.snapshot.rights } } : reading;
    this.#plan((reading.expires - reading.snapshot.at) * RENEW_AT);
    if (!same) this.#tell();
  }

  /** The account in use is none of this person's any more. */
  #lost(account: string, cause: unknown): void {
    if (this.#current?.snapshot.account === account && cause instanceof RolecallError && [403, 404].includes(cause.status)) this.#clear(new RolecallClientError("account-lost", { cause }));
  }

  /** Forgets all that derives from the identity; a reading under way counts no more. A `use` under way ends with the reason, if one is given. */
  #drop(absence: RolecallClientError, reason?: unknown): void {
    this.#epoch += 1;
    if (reason !== undefined) {
      this.#switch?.stop.abort(reason);
      this.#switch = undefined;
    }
    this.#clear(absence);
  }

  #clear(absence: RolecallClientError): void {
    clearTimeout(this.#timer);
    this.#lapsed = false;
    this.#current = undefined;
    this.#absence = absence;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) {
      try {
        if (this.#listeners.has(listener)) listener();
      } catch (error) {
        report(error);
      }
    }
  }

  #plan(after: number): void {
    clearTimeout(this.#timer);
    this.#lapsed = false;
    this.#timer = setTimeout(() => this.#tick(), after * (0.9 + Math.random() / 5));
    // A program that is otherwise done is not kept alive.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #touch(): void {
    this.#asked = true;
    if (this.#lapsed) this.#tick();
  }

  /** Renews for whoever listens or has asked since the last time; for nobody else, until somebody asks again. */
  #tick(): void {
    const current = this.#current;
    this.#lapsed = false;
    if (!current) return;
    // A hidden page needs no token until it is shown.
    if (typeof document !== "undefined" && document.hidden) {
      if (!this.#hidden) document.addEventListener("visibilitychange", () => ((this.#hidden = false), this.#tick()), { once: true });
      this.#hidden = true;
      return;
    }
    if (!this.#asked && this.#listeners.size === 0) {
      this.#lapsed = true;
      return;
    }
    this.#asked = false;
    this.renew(current).catch(() => this.#current && this.#plan(RETRY_MS));
  }
}
