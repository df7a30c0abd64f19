// The session of a client: who is signed in, as state of the page, and kept true while the page is open: by the other tabs of
// the browser, when the page is looked at again, and when the device is online again.
import type { MeResponse, UserResponse } from "../generated/api.js";
import type { RolecallClientError } from "./problem.js";
import { isUnauthenticated } from "./pending.js";
import type { RightsCache } from "./rights-cache.js";
import { type RightsEntry, ageOf } from "./rights-entry.js";
import { LOADING, LOADING_AGAIN, SIGNED_OUT, type SignedInSnapshot, type SignedOutSnapshot, type Snapshot } from "./snapshot.js";
import { type TabMessage, Tabs } from "./tabs.js";

/** Age from which the rights are read again when the page is looked at. */
const RECHECK_MS = 10_000;

/** Options of `start`. */
export interface StartOptions {
  /** Id of the account to use; by default the user's active one. */
  account?: string | undefined;
  /** Aborts the call, which rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Options of `switchAccount`. */
export interface SwitchOptions {
  /** Aborts the call, which rejects with the signal's reason; the account in use stays. */
  signal?: AbortSignal | undefined;
  /**
   * `all`, the default: other tabs of the browser switch as well. `this`: only this tab, which from then on ignores the
   * switches of others, such as where the account is part of the page's URL.
   */
  tabs?: "all" | "this" | undefined;
}

export interface SessionContext {
  readonly cache: RightsCache;
  readonly fetchMe: (signal: AbortSignal | undefined) => Promise<MeResponse>;
  readonly baseUrl: () => string;
}

export class Session {
  readonly #context: SessionContext;
  readonly #cache: RightsCache;
  readonly #stop = new AbortController();
  #tabs: Tabs | undefined;
  #user: UserResponse | undefined;
  #failure: { error: unknown } | undefined;
  /** The pending start, and whether one was ever asked for: then the page wants its user's rights after a sign-in elsewhere, too. */
  #starting: Promise<void> | undefined;
  #started = false;
  /** When it was last read who is signed in, by the monotonic clock. */
  #readAt = Number.NEGATIVE_INFINITY;
  /** Whether this tab keeps its account when another one switches. */
  #pinned = false;
  #last: { entry: RightsEntry; user: UserResponse | undefined; snapshot: SignedInSnapshot } | undefined;
  #failed: { error: unknown; snapshot: Snapshot } | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#cache = context.cache;
    this.#cache.onIdentityChange = (change) => {
      this.#tabs?.post({ type: change });
      if (change === "user-changed" && this.#started) void this.start().catch(() => {});
    };
  }

  /** The state as plain data. */
  get snapshot(): Snapshot {
    const entry = this.#cache.entry;
    if (entry) return this.#signedIn(entry);
    const error = this.#cache.error as RolecallClientError;
    if (error.code === "session-ended") return SIGNED_OUT;
    const failure = error.code === "account-not-chosen" ? this.#failure : { error };
    if (!failure) return this.#cache.pristine ? LOADING : LOADING_AGAIN;
    if (this.#failed?.error !== failure.error) this.#failed = { error: failure.error, snapshot: Object.freeze({ status: "failed", error: failure.error }) };
    return this.#failed!.snapshot;
  }

  /** Remembers the user that a response described. */
  meet(user: UserResponse): void {
    this.#user = user;
  }

  /**
   * Reads who is signed in, and their rights in an account. Concurrent calls without an account share one start. Rejects with
   * the error, which is also the state's, where that cannot be read.
   */
  async start({ account, signal }: StartOptions = {}): Promise<SignedInSnapshot | SignedOutSnapshot> {
    this.#listen();
    this.#started = true;
    if (account !== undefined || signal) await this.#run(account, signal);
    else await (this.#starting ??= this.#run().finally(() => (this.#starting = undefined)));
    const { snapshot } = this;
    return snapshot.status === "signed-in" ? snapshot : SIGNED_OUT;
  }

  /** A pending start that will choose the account in use; undefined where one is chosen, or nothing is pending. */
  get choosing(): Promise<unknown> | undefined {
    return this.#cache.hasChoice ? undefined : this.#starting?.catch(() => {});
  }

  /** Switches to an account, see the client's `switchAccount`. */
  async switchAccount(account: string, { signal, tabs = "all" }: SwitchOptions = {}): Promise<void> {
    this.#listen();
    this.#pinned = tabs === "this";
    await this.#cache.use(account, signal);
    this.#failure = undefined;
    if (tabs === "all") this.#tabs?.post({ type: "account-changed", account });
  }

  close(): void {
    this.#stop.abort();
    this.#tabs?.close();
    this.#tabs = undefined;
    this.#cache.close();
  }

  async #run(account?: string, signal?: AbortSignal): Promise<void> {
    if (this.#failure) {
      this.#failure = undefined;
      this.#cache.listeners.notify();
    }
    for (;;) {
      this.#readAt = performance.now();
      await this.#cache.identityKnown();
      signal?.throwIfAborted();
      const { epoch } = this.#cache;
      try {
        const me = await this.#context.fetchMe(signal);
        if (epoch !== this.#cache.epoch) continue;
        this.#user = me.user;
        await this.#use(account ?? me.active_account, account !== undefined, signal);
        this.#failure = undefined;
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (this.#cache.error?.code === "client-closed") throw error;
        // The server's word about another identity than the present one.
        if (epoch !== this.#cache.epoch && this.#cache.error?.code !== "session-ended") continue;
        if (isUnauthenticated(error) || this.#cache.error?.code === "session-ended") return;
        this.#failure = { error };
        this.#cache.pristine = false;
        if (!this.#cache.entry) this.#cache.listeners.notify();
        throw error;
      }
    }
  }

  /** Uses an account, unless the page has chosen another one meanwhile, which then counts. */
  async #use(account: string, isChosen: boolean, signal?: AbortSignal): Promise<void> {
    if (!isChosen && this.#cache.hasChoice) return void (await this.#cache.acquire(signal));
    try {
      await this.#cache.use(account, signal);
    } catch (error) {
      if (!(error instanceof DOMException) || !this.#cache.hasChoice) throw error;
      await this.#cache.acquire(signal);
    }
  }

  #signedIn(entry: RightsEntry): SignedInSnapshot {
    const user = this.#user?.id === entry.user ? this.#user : undefined;
    const last = this.#last;
    if (last && last.user === user && last.entry.key === entry.key && last.entry.version === entry.version) return last.snapshot;
    const { account, role, version, rights } = entry;
    const snapshot: SignedInSnapshot = Object.freeze({
      status: "signed-in",
      user: user ? { id: user.id, name: user.name, email: user.email } : { id: entry.user },
      account,
      role,
      version,
      permissions: rights.list(),
      grantedBy: Object.fromEntries(entry.codes.map((code) => [code, rights.explain(code as never).grantedBy])),
    });
    this.#last = { entry, user, snapshot };
    return snapshot;
  }

  /** Listens to the other tabs, and to what makes the state old. Only once, and not before the client is used. */
  #listen(): void {
    if (this.#tabs || this.#stop.signal.aborted) return;
    this.#tabs = new Tabs(this.#context.baseUrl(), (message) => this.#receive(message));
    if (typeof document === "undefined") return;
    const options = { signal: this.#stop.signal };
    const recheck = () => this.#recheck();
    document.addEventListener("visibilitychange", recheck, options);
    addEventListener("focus", recheck, options);
    addEventListener("online", () => this.#recheck(true), options);
    addEventListener("pageshow", ({ persisted }) => persisted && this.#recheck(true), options);
  }

  #receive(message: TabMessage): void {
    const account = this.#cache.entry?.account;
    if (message.type === "signed-out") this.#cache.endSession();
    else if (message.type === "user-changed") {
      this.#cache.forgetUser();
      // Where a page has not called `start`, it keeps its account, if the user is a member of it.
      if (this.#started) void this.start().catch(() => {});
      else if (account !== undefined) void this.#cache.use(account).catch(() => {});
    } else if (!this.#pinned && account !== undefined && account !== message.account) void this.#cache.use(message.account).catch(() => {});
  }

  /** Reads the state again when it may be old. */
  #recheck(always = false): void {
    if (document.hidden) return;
    const entry = this.#cache.entry;
    if (entry) {
      if (always || ageOf(entry) > RECHECK_MS) void this.#cache.revalidate(entry);
      // Somebody may have signed in on a page of another origin, which no message of a tab reaches.
    } else if (this.#started && this.snapshot.status !== "loading" && (always || performance.now() - this.#readAt > RECHECK_MS))
      void this.start().catch(() => {});
  }
}
