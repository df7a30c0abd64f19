/// <reference lib="esnext.disposable" preserve="true" />
// `createClient`: the HTTP API, who is signed in, and local permission checks.
import type { Explanation, LoadOptions, PermissionCode } from "../core.js";
import { load } from "../engine/load.js";
import type * as api from "../generated/api.js";
import { type RolecallRequestInit, guardedFetch } from "./guarded-fetch.js";
import { type PageOptions, type Paginator, paginate } from "./paginator.js";
import { RolecallClientError } from "./problem.js";
import { createResources } from "./resources.js";
import { RightsCache } from "./rights-cache.js";
import { Session, type StartOptions, type SwitchOptions } from "./session.js";
import { type SignedInSnapshot, type SignedOutSnapshot, type Snapshot, checked, ungranted } from "./snapshot.js";
import { type CallOptions, type ChangeOptions, Transport, abortable, pathSegment } from "./transport.js";

/** Options of {@link createClient}. */
export interface ClientOptions extends LoadOptions {
  /** URL of the Rolecall deployment; "/", the default, is the origin of the page. Outside of a page it must be absolute. */
  baseUrl?: string;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch;
  /** Credentials mode of every request. `include`, the default, sends the session cookie to another origin, too. */
  credentials?: RequestCredentials;
}

/**
 * A client of one deployment, for one session. Every call that sends a request rejects with a `RolecallError` when the
 * server refuses it, with a `RolecallNetworkError` without a usable response, and with the reason of an aborted `signal`.
 */
export type Client = ReturnType<typeof makeClient> & Disposable;

/** Resolves the address of the deployment, at the first request. */
function baseUrlOf(options: ClientOptions): () => string {
  let resolved: string | undefined;
  return () => {
    try {
      resolved ??= new URL(options.baseUrl ?? "/", typeof location === "undefined" ? undefined : location.href).href;
      return resolved;
    } catch (cause) {
      throw new RolecallClientError("base-url-invalid", { cause });
    }
  };
}

/** Creates a client. Sends nothing, and loads the engine when it is first needed: safe at module level, in server rendering and in tests. */
export function createClient(options: ClientOptions = {}): Client {
  const client = makeClient(options);
  return Object.assign(client, { [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: client.close }) as Client;
}

function makeClient(options: ClientOptions) {
  const baseUrl = baseUrlOf(options);
  // Called without a receiver, which the global `fetch` requires.
  const send: typeof fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);
  const transportOptions = { baseUrl, fetch: send, credentials: options.credentials ?? ("include" as const) };
  const transport = new Transport(transportOptions);
  // A chunk of its own, which the page does not wait for.
  const engine = () => load(options.wasm ?? (async () => (await import("#wasm")).embedded()));
  const cache = new RightsCache(transport, engine);
  const session = new Session({
    cache,
    baseUrl,
    fetchMe: (signal) => transport.json<api.MeResponse>({ method: "GET", path: "/v1/me", options: signal ? { signal } : {} }),
  });

  const change = <T>(method: string, path: string, body: unknown, options?: ChangeOptions) => transport.json<T>({ method, path, body, options });
  /** Remembers the user that a response describes. */
  const met = <T extends { user: api.UserResponse }>(response: T): T => {
    session.meet(response.user);
    return response;
  };

  return {
    /**
     * Signs up: mails a verification link, and responds the same for every email (`status: "verification-sent"`). With
     * the token and proof of an invitation mail, creates the user, joins the team and signs in at once.
     */
    signUp: async (request: api.SignUpRequest, options?: ChangeOptions): Promise<api.SignedInResponse | api.StatusResponse> => {
      const send = () => change<api.SignedInResponse | api.StatusResponse>("POST", "/v1/signup", request, options);
      const response = await (request.invitation ? cache.changeIdentity("account-not-chosen", send, (response) => "user" in response) : send());
      return "user" in response ? met(response) : response;
    },
    /** Redeems the token of a verification link: creates the user and their personal account, and signs in. */
    verifyEmail: (redemption: string | api.VerifyEmailRequest, options?: ChangeOptions) =>
      cache
        .changeIdentity("account-not-chosen", () =>
          change<api.SignedInResponse>("POST", "/v1/email-verifications", typeof redemption === "string" ? { token: redemption } : redemption, options),
        )
        .then(met),
    /** Signs in. Clears the rights of the user signed in before at once, and restores them when the server refuses. */
    signIn: (request: api.SignInRequest, options?: ChangeOptions) =>
      cache.changeIdentity("account-not-chosen", () => change<api.SignedInResponse>("POST", "/v1/sessions", request, options)).then(met),
    /** Signs out: ends this client's session and clears the rights, in every tab of the browser. */
    signOut: (options?: ChangeOptions) => cache.changeIdentity("session-ended", () => change<void>("DELETE", "/v1/sessions/current", undefined, options)),
    passwordResets: {
      /** Mails a reset link. Responds the same for every email. */
      request: (email: string, options?: ChangeOptions) =>
        change<api.StatusResponse>("POST", "/v1/password-resets", { email } satisfies api.RequestPasswordResetRequest, options),
      /** Sets a new password with the token of a reset link. Ends every session of the user, this client's included. */
      complete: (request: api.CompletePasswordResetRequest, options?: ChangeOptions) =>
        cache.changeIdentity("session-ended", () => change<void>("PUT", "/v1/password-resets", request, options)),
    },
    sessions: {
      /** The user's sessions, newest first. */
      list: (options?: PageOptions): Paginator<api.SessionResponse> => paginate(transport, () => "/v1/sessions", {}, options),
      /** Ends a session. Clears the rights where it is this client's own. */
      revoke: (id: string, options?: ChangeOptions) =>
        cache.confirmIdentity(async () => change<void>("DELETE", `/v1/sessions/${pathSegment(id)}`, undefined, options)),
    },
    me: {
      /** The signed-in user, their memberships (at most 1,000) and active account. Rejects with `session-missing` when signed out. */
      get: (options?: CallOptions) => transport.json<api.MeResponse>({ method: "GET", path: "/v1/me", options }).then(met),
      /** Changes the user's name or active account, which `start` uses. */
      update: (request: api.UpdateMeRequest, options?: ChangeOptions) => change<api.MeResponse>("PATCH", "/v1/me", request, options).then(met),
    },
    ...createResources({ transport, loadEngine: engine, accountInUse: () => cache.account }),
    tokens: {
      /** A valid permission token (a JWT) of the account in use, for services that verify it themselves. */
      current: async (): Promise<string> => {
        if (session.choosing) await session.choosing;
        return (await cache.acquire()).token;
      },
      /** Issues a new permission token, for any member of the account, by default of the one in use. */
      create: async (account?: string, options?: CallOptions) =>
        change<api.TokenResponse>("POST", `/v1/accounts/${pathSegment(account ?? cache.account)}/tokens`, undefined, options),
    },

    /**
     * Reads who is signed in, uses their active account, and resolves to the state: `signed-in` with user, account and
     * permissions, or `signed-out`. From then on the client keeps it true: after a sign-in, when another tab signs in or out,
     * when the page is looked at again, and before a token expires. Rejects where no response came; the state is `failed` then.
     */
    start: (options?: StartOptions): Promise<SignedInSnapshot | SignedOutSnapshot> => session.start(options),
    /**
     * Switches to an account: fetches its policy and the user's rights, and renews them in the background. A later call
     * with another id supersedes a pending one, which rejects with an `AbortError` (a `DOMException`). When a call
     * fails, the account in use stays. Other tabs follow, unless `tabs` is `this`.
     */
    switchAccount: (account: string, options?: SwitchOptions): Promise<void> => session.switchAccount(account, options),
    /** The state as plain data, without the token: the same object until something in it changes. */
    snapshot: (): Snapshot => session.snapshot,
    /** Calls the listener when the state changes. Returns a function that removes it. */
    subscribe: (listener: () => void): (() => void) => cache.listeners.add(listener),
    /** Fetches the rights in the account in use again. */
    refresh: (): Promise<void> => cache.refresh(),
    /** Ends the client: no renewal, no listener, and every later request rejects with `client-closed`. The session stays. */
    close: (): void => session.close(),

    /**
     * Whether the user holds the permission in the account in use: a local, synchronous check for the page; the server
     * always decides again. Throws a `RolecallClientError` while there are no rights (see `rightsError`). An undefined code
     * throws an `UnknownCodeError` in development; in production it is reported and not held. So it is with `canAll`, `canAny`
     * and `explain`.
     */
    can: (permission: PermissionCode): boolean => checked(() => cache.rights.can(permission), isDenied),
    /** Whether the user holds every one of the permissions; true for an empty list. */
    canAll: (permissions: readonly PermissionCode[]): boolean => checked(() => cache.rights.canAll(permissions), isDenied),
    /** Whether the user holds at least one of the permissions; false for an empty list. */
    canAny: (permissions: readonly PermissionCode[]): boolean =>
      cache.rights && permissions.map((permission) => checked(() => cache.rights.can(permission), isDenied)).includes(true),
    /** Whether the user holds the permission, and which roles grant it. */
    explain: (permission: PermissionCode): Explanation<PermissionCode> =>
      checked(
        () => cache.rights.explain(permission),
        () => ungranted(permission, cache.rights.role),
      ),
    /** Codes of the permissions held, in the policy's order. */
    permissions: (): readonly PermissionCode[] => cache.rights.list(),
    /** The error with which `can` throws while there are no rights; undefined while there are. The same object until the reason changes. */
    rightsError: (): RolecallClientError | undefined => cache.error,
    /**
     * `fetch` for the API behind the gateway (`/api/*`), with the permission token; `json` is a body to send as JSON. Where the
     * rights lack the permission that the route requires, rejects with a `RolecallError` (`permission-missing`, `local: true`)
     * and sends nothing. Uses the account last passed to `switchAccount`; while that, or a
     * first `start`, is pending, waits for it and rejects as it does.
     */
    fetch: async (input: string | URL | Request, init?: RolecallRequestInit): Promise<Response> => {
      if (session.choosing) await abortable(session.choosing, init?.signal);
      return guardedFetch(cache, transportOptions, input, init);
    },
  };
}

const isDenied = () => false;
