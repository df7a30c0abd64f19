/// <reference lib="esnext.disposable" preserve="true" />
// `createClient`: the HTTP API, who is signed in, and local permission checks.
import type { Explanation, LoadOptions, PermissionCode } from "../core.js";
import type * as api from "../generated/api.js";
import { type RolecallRequestInit, guardedFetch } from "./guarded-fetch.js";
import { type PageOptions, type Paginator, paginate } from "./paginator.js";
import { RolecallClientError } from "./problem.js";
import { createResources } from "./resources.js";
import { RightsCache } from "./rights-cache.js";
import type { Credential, PasskeyCredential, ProviderOptions, SecondFactor, SecondFactorCode } from "./credential.js";
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

/** The browser's secret. A chunk of its own, since most pages ask for no code. */
const browserKey = async () => (await import("./browser-key.js")).browserKey();
/** A request with the browser's secret, where it has a code, which is bound to one. */
const withBrowserKey = async (request: { readonly code?: string | undefined; readonly passkey?: unknown; readonly token?: string }): Promise<object> =>
  request.code === undefined ? request : { browser_key: await browserKey(), ...request };
/** The ceremonies of passkeys. A chunk of their own, too. */
const ceremonies = () => import("./passkeys.js");
/** A credential in the names of the HTTP contract. */
const inContract = ({ totpCode, recoveryCode, ...rest }: { totpCode?: string | undefined; recoveryCode?: string | undefined; code?: string | undefined }) => ({
  totp_code: totpCode,
  recovery_code: recoveryCode,
  ...rest,
});
/** Options for a request before the change itself, which alone has the idempotency key. */
const signalOf = (options?: CallOptions): CallOptions => (options?.signal ? { signal: options.signal } : {});

function makeClient(options: ClientOptions) {
  const baseUrl = baseUrlOf(options);
  // Called without a receiver, which the global `fetch` requires.
  const send: typeof fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);
  const transportOptions = { baseUrl, fetch: send, credentials: options.credentials ?? ("include" as const) };
  const transport = new Transport(transportOptions);
  // Two chunks of their own, loaded at once, which the page does not wait for.
  const engine = async () => {
    const embedded = options.wasm ? undefined : import("#wasm");
    // Handled by whoever loads the engine.
    embedded?.catch(() => {});
    return (await import("./engine.js")).openEngine(options.wasm ?? (async () => (await embedded!).embedded()));
  };
  const cache = new RightsCache(transport, engine);
  const session = new Session({
    cache,
    baseUrl,
    fetchMe: (signal) => transport.json<api.MeResponse>({ method: "GET", path: "/v1/me", options: signal ? { signal } : {} }),
  });

  const change = <T>(method: string, path: string, body: unknown, options?: ChangeOptions) => transport.json<T>({ method, path, body, options });
  const registrationOptions = (options?: CallOptions) =>
    change<api.PasskeyRegistrationOptionsResponse>("POST", "/v1/passkeys/registration-options", undefined, signalOf(options));
  const authenticationOptions = (options?: CallOptions) =>
    change<api.PasskeyAuthenticationOptionsResponse>("POST", "/v1/passkeys/authentication-options", undefined, signalOf(options));
  const register = (request: api.RegisterPasskeyRequest, options?: ChangeOptions) => change<api.PasskeyResponse>("POST", "/v1/passkeys", request, options);
  /** The response of the user's authenticator, for which nothing waits. */
  const assertionOf = async ({ passkey }: PasskeyCredential, options?: CallOptions): Promise<{ passkey: api.PasskeyAssertionJson }> => {
    if (typeof passkey === "object") return { passkey };
    return { passkey: await (await ceremonies()).askForPasskey(() => authenticationOptions(options), passkey === "autofill", options?.signal) };
  };
  /** Remembers the user that a response describes. */
  const met = <T extends { user: api.UserResponse }>(response: T): T => {
    session.meet(response.user);
    return response;
  };
  /** Starts a session. */
  const startSession = (path: string, body: object | Promise<object>, options?: ChangeOptions) =>
    cache.changeIdentity("account-not-chosen", async () => change<api.SignedInResponse>("POST", path, await body, options)).then(met);
  /** Renews the session, whose cookie is another one then. */
  const renewSession = (method: string, path: string, body: object | Promise<object>, options: ChangeOptions = {}) =>
    cache.replaceSession(async () => transport.json<api.SessionResponse>({ method, path, body: await body, options, silent: true }));

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
      startSession("/v1/email-verifications", typeof redemption === "string" ? { token: redemption } : redemption, options),
    /**
     * Signs in: with a password, a mailed code, a passkey, or the token of an issuer that the deployment trusts. Clears the rights of the user signed in before at once, or once a passkey is
     * chosen, and restores them when the server refuses. Where no passkey is chosen, rejects with a `RolecallClientError`
     * (`passkey-cancelled`, `passkey-unsupported`). Where the user has an authenticator app, and this was not a passkey that verified them, rejects
     * with `second-factor-required`: `secondFactor` finishes the sign-in.
     */
    signIn: async (request: ({ readonly email: string } & Credential) | PasskeyCredential | api.ExchangeTokenRequest, options?: ChangeOptions) => {
      const body = "passkey" in request ? await assertionOf(request, options) : request;
      return startSession("token" in body ? "/v1/sessions/exchange" : "/v1/sessions", withBrowserKey(body), options);
    },
    /**
     * Finishes, within ten minutes and in the same browser, a sign-in that was refused with `second-factor-required`: with a code of the
     * authenticator app, a recovery code or a passkey. A wrong one can be tried again (`code-invalid`, `passkey-invalid`); after
     * `second-factor-expired`, the sign-in begins anew.
     */
    secondFactor: async (factor: SecondFactor | PasskeyCredential, options?: ChangeOptions) =>
      startSession("/v1/sessions/second-factor", "passkey" in factor ? await assertionOf(factor, options) : inContract(factor), options),
    /**
     * Proves again who the signed-in user is, after `reauthentication-required`: with a password, with the code that
     * `emailCodes.request` mails to their email, with a passkey, with a code of the authenticator app, or with a recovery code. The session
     * stays; its cookie and the permission token are new ones.
     */
    reauthenticate: async (credential: Credential | PasskeyCredential | SecondFactorCode, options?: ChangeOptions) =>
      renewSession(
        "POST",
        "/v1/sessions/current/reauthentication",
        withBrowserKey("passkey" in credential ? await assertionOf(credential, options) : inContract(credential)),
        options,
      ),
    /** Signs out: ends this client's session and clears the rights, in every tab of the browser. */
    signOut: (options?: ChangeOptions) => cache.changeIdentity("session-ended", () => change<void>("DELETE", "/v1/sessions/current", undefined, options)),
    signInMethods: {
      /** The ways to sign in that the deployment offers. Requires no session. */
      get: (options?: CallOptions) => transport.json<api.DeploymentSignInMethodsResponse>({ method: "GET", path: "/v1/sign-in-methods", options }),
    },
    emailCodes: {
      /** Mails a code of eight digits, with which this browser can sign in for ten minutes. Responds the same for every email. */
      request: async (email: string, options?: ChangeOptions) =>
        change<api.StatusResponse>("POST", "/v1/email-codes", { email, browser_key: await browserKey() }, options),
    },
    providers: {
      /** Address to which the page navigates, so that the person signs in at a provider of `signInMethods`. */
      url: (provider: string, { returnTo, ...more }: ProviderOptions = {}): string => {
        const url = new URL(`/v1/providers/${pathSegment(provider)}/authorize`, baseUrl());
        url.search = new URLSearchParams({ ...(returnTo && { return_to: returnTo }), ...more } as Record<string, string>).toString();
        return url.href;
      },
      /** The person at a provider who waits in this browser to be connected; rejects with `provider-link-not-found` if nobody does. */
      waiting: (options?: CallOptions) => transport.json<api.ProviderLinkResponse>({ method: "GET", path: "/v1/provider-link", options }),
      /** Connects the waiting person with the user. Needs an authentication of the last five minutes. */
      connect: (options?: ChangeOptions) => change<api.SignInMethodResponse>("POST", "/v1/provider-link", undefined, options),
      /** Forgets the waiting person. */
      forget: (options?: ChangeOptions) => change<void>("DELETE", "/v1/provider-link", undefined, options),
    },
    passkeys: {
      /** The user's passkeys, oldest first, at most 20. */
      list: (options?: CallOptions) => transport.json<api.PasskeyListResponse>({ method: "GET", path: "/v1/passkeys", options }),
      /**
       * Makes a passkey in this browser and registers it. Needs an authentication of the last five minutes. Where none is made, rejects with
       * a `RolecallClientError` (`passkey-cancelled`, `passkey-unsupported`, `passkey-here-already`).
       */
      create: async ({ label }: { label?: string } = {}, options?: ChangeOptions) => {
        const passkey = await (await ceremonies()).createPasskey(() => registrationOptions(options), options?.signal);
        return register(label === undefined ? { passkey } : { label, passkey }, options);
      },
      /** Changes the label of a passkey. */
      rename: async (id: string, label: string, options?: ChangeOptions) =>
        change<api.PasskeyResponse>("PATCH", `/v1/passkeys/${pathSegment(id)}`, { label } satisfies api.UpdatePasskeyRequest, options),
      /** Removes a passkey; rejects with `last-sign-in-method` where the user could not sign in any more. Needs an authentication of the last five minutes. */
      remove: async (id: string, options?: ChangeOptions) => change<void>("DELETE", `/v1/passkeys/${pathSegment(id)}`, undefined, options),
      /** The options of `navigator.credentials.create()`, where you run the ceremony yourself; `create` runs it for you. */
      registrationOptions,
      /** Registers the response of `navigator.credentials.create()`, as its `toJSON()` returns it. */
      register,
      /** The options of `navigator.credentials.get()`, where you run the ceremony yourself; `signIn` and `reauthenticate` run it for you. */
      authenticationOptions,
    },
    totp: {
      /**
       * Makes the secret of an authenticator app, as text and as the `otpauth:` URL of a QR code; `confirm` takes it into use. Rejects with
       * `totp-exists` where the user has an app. Needs an authentication of the last five minutes, as do the others here.
       */
      begin: (options?: ChangeOptions) => change<api.TotpResponse>("POST", "/v1/totp", undefined, options),
      /** Takes the app into use, with the code that it shows: from then on, it is asked for at each sign-in. Renews the session. */
      confirm: (code: string, options?: ChangeOptions) => renewSession("PUT", "/v1/totp", { code }, options),
      /** Removes the app and the recovery codes: sign-ins need no second factor any more. */
      remove: (options?: ChangeOptions) => change<void>("DELETE", "/v1/totp", undefined, options),
    },
    recoveryCodes: {
      /** Makes ten recovery codes, which only this response has; earlier ones stop working. Needs a fresh authentication, and an authenticator app. */
      create: (options?: ChangeOptions) => change<api.RecoveryCodesResponse>("POST", "/v1/recovery-codes", undefined, options),
    },
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
      /** The user's ways to sign in, oldest first. */
      signInMethods: (options?: CallOptions) => transport.json<api.SignInMethodListResponse>({ method: "GET", path: "/v1/me/sign-in-methods", options }),
      /** Removes a password, a passkey, a provider, an authenticator app or the recovery codes; the mailbox stays. Needs an authentication of the last five minutes. */
      removeSignInMethod: async (id: string, options?: ChangeOptions) =>
        change<void>("DELETE", `/v1/me/sign-in-methods/${pathSegment(id)}`, undefined, options),
      /** Sets the user's password, also a first one, and ends their other sessions. Rejects with `reauthentication-required` where the last sign-in is more than five minutes old. */
      changePassword: (request: api.ChangePasswordRequest, options?: ChangeOptions) => change<void>("PUT", "/v1/password", request, options),
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
