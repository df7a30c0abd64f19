// `fakeClient`: a client in the state that a test wants, at once, without network and WebAssembly.
import type { Client, PasskeyCredential, SecondFactorCode } from "../client/index.js";
import { paginate } from "../client/paginator.js";
import { type Problem, type RolecallClientError, RolecallError, permissionMissing } from "../client/problem.js";
import { type AnyRoleCode, createResources } from "../client/resources.js";
import { type SnapshotUser, explain, explanationOf, holdsAll } from "../client/snapshot.js";
import { type ChangeOptions, pathSegment } from "../client/transport.js";
import type { PermissionCode, PolicyInput } from "../core.js";
import type * as api from "../generated/api.js";
import { DEFAULT_POLICY } from "../generated/default-policy.js";
import { FakePolicy, type Grant } from "./fake-policy.js";
import { FakeState } from "./fake-state.js";
import { type FakeFetch, FakeTransport, baseUrl, headersOf } from "./fake-transport.js";

/** A state that is not `signed-in`. */
export type FakeStatus = "loading" | "signed-out" | "failed";

interface CommonOptions {
  /** Id of the account in use; `acct_test` by default. */
  account?: string | undefined;
  /** The policy, as `policy.json` has it; the default policy without one. */
  policy?: PolicyInput | undefined;
  /** Members of the signed-in user that differ from the test user's. */
  user?: Partial<SnapshotUser> | undefined;
  /** Responds to requests. Without it, every call that would send one rejects. */
  fetch?: FakeFetch | undefined;
}

interface WithRole {
  /** Code of the user's role in the policy. */
  role: AnyRoleCode;
  permissions?: undefined;
  status?: FakeStatus | undefined;
}

interface WithPermissions {
  /** The permissions held, those of a custom role. */
  permissions: readonly PermissionCode[];
  role?: undefined;
  status?: FakeStatus | undefined;
}

interface WithStatus {
  /** The state to begin in; without it, the user is signed in. */
  status: FakeStatus;
  role?: undefined;
  permissions?: undefined;
}

/** Options of {@link fakeClient}: what the user holds, or a state without rights, or both for a user who signs in later. */
export type FakeClientOptions = CommonOptions & (WithRole | WithPermissions | WithStatus);

/** A {@link Client} whose state the test sets. */
export interface FakeClient extends Client {
  /** Signs the user in with a role of the policy, or changes it. Throws an `UnknownCodeError` for one that it does not define. */
  setRole(role: AnyRoleCode): void;
  /** Signs the user in with these permissions, those of a custom role. Throws an `UnknownCodeError` for an undefined one. */
  setPermissions(permissions: readonly PermissionCode[], role?: string): void;
  /** Sets a state without rights; `error` is that of `failed`. */
  setStatus(status: FakeStatus, error?: unknown): void;
}

/** Role of a user with `permissions` of their own. */
const CUSTOM_ROLE = "custom";
/** What a fake client sends in place of a permission token. */
const TOKEN = "fake-token";
/** What a fake client sends in place of the browser's secret. */
const BROWSER_KEY = "fake-browser-key";
/** What a fake client sends in place of what an authenticator signs. */
const SIGNED = { id: "ZmFrZQ", response: { clientDataJSON: "ZmFrZQ", authenticatorData: "ZmFrZQ", signature: "ZmFrZQ", userHandle: null } };
/** What a fake client sends in place of a new passkey. */
const MADE = { id: "ZmFrZQ", response: { clientDataJSON: "ZmFrZQ", attestationObject: "ZmFrZQ", transports: ["internal"] } };
const CREATED_AT = "2026-01-01T00:00:00Z";

function sessionMissing(): RolecallError {
  const problem: Problem = {
    type: new URL("/problems/session-missing", baseUrl()).href,
    title: "A session is required",
    status: 401,
    detail: "Nobody is signed in.",
    instance: "urn:uuid:00000000-0000-4000-8000-000000000000",
    code: "session-missing",
  };
  return new RolecallError(problem);
}

/**
 * Creates a client for the tests of an app. Its state is there at once and changes at once, and it decides like the real one.
 * `start`, `signIn`, `secondFactor`, `signOut`, `switchAccount` and `refresh` send nothing; every other call that would send a request rejects,
 * unless the option `fetch` responds to it.
 */
export function fakeClient(options: FakeClientOptions): FakeClient {
  const { account = "acct_test", policy: source = DEFAULT_POLICY, role, permissions, status } = options;
  if (role === undefined && permissions === undefined && status === undefined) throw new TypeError("fakeClient: pass `role`, `permissions` or `status`.");
  const policy = new FakePolicy(source);
  const user = { id: "usr_test", name: "Test User", email: "test@example.com", ...options.user };
  const custom = (held: readonly string[] | undefined, code = CUSTOM_ROLE): Grant | undefined => held && { role: code, permissions: [...held] };
  const state = new FakeState(policy, Object.freeze(user), account, custom(permissions) ?? (role === undefined ? undefined : { role }));
  const transport = new FakeTransport(options.fetch);
  transport.onSessionEnded = () => state.signOut();

  const change = <T>(method: string, path: string, body: unknown, more?: ChangeOptions) => transport.json<T>({ method, path, body, options: more });
  const setStatus = (next: FakeStatus, error?: unknown) => {
    if (next === "loading") state.load();
    else if (next === "signed-out") state.signOut();
    else state.fail(error);
  };
  /** Signs in where a response describes a user, as that of a sign-up with an invitation does. */
  const met = <T extends object>(response: T): T => {
    if ("user" in response) state.signIn();
    return response;
  };
  const signedIn = async (_request: object, more?: ChangeOptions): Promise<api.SignedInResponse> => {
    more?.signal?.throwIfAborted();
    const { account: id, role: code, version } = state.signIn();
    const { name = "", email = "" } = user;
    return {
      user: { id: user.id, name, email, email_verified: true, created_at: CREATED_AT },
      account: { id, kind: "team", name: "Test Team", owner: user.id, role: code, version, created_at: CREATED_AT },
    };
  };
  const use = async (id: string, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    if (state.snapshot.status === "loading") await state.known(signal);
    if (state.snapshot.status === "failed") throw state.snapshot.error;
    if (state.snapshot.status === "signed-out") throw sessionMissing();
    state.signIn(undefined, id);
  };
  const can = (code: PermissionCode) => holdsAll(state.rights, code);
  const close = () => {
    transport.closed = true;
    state.close();
  };

  const client: Omit<FakeClient, typeof Symbol.dispose> = {
    signUp: async (request, more) => met(await change<api.SignedInResponse | api.StatusResponse>("POST", "/v1/signup", request, more)),
    verifyEmail: async (redemption, more) =>
      met(await change<api.SignedInResponse>("POST", "/v1/email-verifications", typeof redemption === "string" ? { token: redemption } : redemption, more)),
    signIn: signedIn,
    secondFactor: signedIn,
    reauthenticate: (credential, more) => {
      const { totpCode, recoveryCode, passkey, ...rest } = credential as Partial<SecondFactorCode & PasskeyCredential>;
      const signed = passkey === true || passkey === "autofill" ? SIGNED : passkey;
      const proof = { ...rest, totp_code: totpCode, recovery_code: recoveryCode, passkey: signed };
      return change<api.SessionResponse>("POST", "/v1/sessions/current/reauthentication", proof, more);
    },
    signOut: async (more) => {
      more?.signal?.throwIfAborted();
      state.signOut();
    },
    signInMethods: {
      get: (more) => transport.json<api.DeploymentSignInMethodsResponse>({ method: "GET", path: "/v1/sign-in-methods", options: more }),
    },
    emailCodes: {
      request: (email, more) => change<api.StatusResponse>("POST", "/v1/email-codes", { email, browser_key: BROWSER_KEY }, more),
    },
    providers: {
      url: (provider) => `https://rolecall.test/v1/providers/${pathSegment(provider)}/authorize`,
      waiting: (more) => transport.json<api.ProviderLinkResponse>({ method: "GET", path: "/v1/provider-link", options: more }),
      connect: (more) => change<api.SignInMethodResponse>("POST", "/v1/provider-link", undefined, more),
      forget: (more) => change<void>("DELETE", "/v1/provider-link", undefined, more),
    },
    passkeys: {
      list: (more) => transport.json<api.PasskeyListResponse>({ method: "GET", path: "/v1/passkeys", options: more }),
      create: (request, more) => change<api.PasskeyResponse>("POST", "/v1/passkeys", { ...request, passkey: MADE }, more),
      rename: async (id, label, more) => change<api.PasskeyResponse>("PATCH", `/v1/passkeys/${pathSegment(id)}`, { label }, more),
      remove: async (id, more) => change<void>("DELETE", `/v1/passkeys/${pathSegment(id)}`, undefined, more),
      registrationOptions: (more) => change<api.PasskeyRegistrationOptionsResponse>("POST", "/v1/passkeys/registration-options", undefined, more),
      register: (request, more) => change<api.PasskeyResponse>("POST", "/v1/passkeys", request, more),
      authenticationOptions: (more) => change<api.PasskeyAuthenticationOptionsResponse>("POST", "/v1/passkeys/authentication-options", undefined, more),
    },
    totp: {
      begin: (more) => change<api.TotpResponse>("POST", "/v1/totp", undefined, more),
      confirm: (code, more) => change<api.SessionResponse>("PUT", "/v1/totp", { code }, more),
      remove: (more) => change<void>("DELETE", "/v1/totp", undefined, more),
    },
    recoveryCodes: {
      create: (more) => change<api.RecoveryCodesResponse>("POST", "/v1/recovery-codes", undefined, more),
    },
    passwordResets: {
      request: (email, more) => change<api.StatusResponse>("POST", "/v1/password-resets", { email }, more),
      complete: async (request, more) => {
        await change<void>("PUT", "/v1/password-resets", request, more);
        state.signOut();
      },
    },
    sessions: {
      list: (more) => paginate<api.SessionResponse>(transport, () => "/v1/sessions", {}, more),
      revoke: async (id, more) => change<void>("DELETE", `/v1/sessions/${pathSegment(id)}`, undefined, more),
    },
    me: {
      get: (more) => transport.json<api.MeResponse>({ method: "GET", path: "/v1/me", options: more }),
      update: (request, more) => change<api.MeResponse>("PATCH", "/v1/me", request, more),
      signInMethods: (more) => transport.json<api.SignInMethodListResponse>({ method: "GET", path: "/v1/me/sign-in-methods", options: more }),
      removeSignInMethod: async (id, more) => change<void>("DELETE", `/v1/me/sign-in-methods/${pathSegment(id)}`, undefined, more),
      changePassword: (request, more) => change<void>("PUT", "/v1/password", request, more),
    },
    ...createResources({
      transport,
      loadEngine: () => Promise.reject(new Error("fakeClient has no engine to verify an audit log with: replace auditLog.verify in the test.")),
      accountInUse: () => state.rights.account,
    }),
    tokens: {
      current: async () => state.rights && TOKEN,
      create: async (id, more) => change<api.TokenResponse>("POST", `/v1/accounts/${pathSegment(id ?? state.rights.account)}/tokens`, undefined, more),
    },
    start: async ({ account: id, signal } = {}) => {
      const known = await state.known(signal);
      return known.status === "signed-in" && id !== undefined ? state.signIn(undefined, id) : known;
    },
    switchAccount: (id, more) => use(id, more?.signal),
    snapshot: () => state.snapshot,
    subscribe: (listener) => state.listeners.add(listener),
    refresh: async () => void state.rights,
    close,
    can,
    canAll: (codes) => holdsAll(state.rights, codes),
    // No short circuit: every code is checked, so that a misspelt one always throws.
    canAny: (codes) => state.rights && codes.map(can).includes(true),
    explain: (permission) => explanationOf(state.rights, permission),
    permissions: () => state.rights.permissions,
    rightsError: (): RolecallClientError | undefined => state.error,
    fetch: async (input, { json, ...init } = {}) => {
      const request = typeof input === "object" && "url" in input ? input : undefined;
      const url = new URL(request?.url ?? String(input), baseUrl());
      const method = (init.method ?? request?.method ?? "GET").toUpperCase();
      const headers = headersOf(init.headers ?? request?.headers);
      const sent: RequestInit = { ...init, method, headers };
      if (json !== undefined) {
        headers["content-type"] ??= "application/json";
        sent.body = JSON.stringify(json);
      } else if (request?.body && init.body === undefined) sent.body = await request.arrayBuffer();
      if (url.origin !== new URL(baseUrl()).origin || !url.pathname.startsWith("/api/")) return transport.send(url.href, sent);

      const required = policy.permissionFor(method, url.pathname);
      const explanation = required && explain(state.rights, required);
      if (explanation && !explanation.allowed) throw new RolecallError(permissionMissing(baseUrl(), explanation), { local: true });
      headers["authorization"] = state.rights && `Bearer ${TOKEN}`;
      const response = await transport.send(url.href, sent);
      if ((response.status === 401 || response.status === 403) && response.headers.get("content-type")?.startsWith("application/problem+json")) {
        const problem = await transport.problemOf(response.clone());
        if (problem instanceof RolecallError && problem.code === "permission-missing") throw problem;
      }
      return response;
    },
    setRole: (code) => void state.signIn({ role: code }),
    setPermissions: (held, code) => void state.signIn(custom(held, code)),
    setStatus,
  };
  if (status) setStatus(status);
  else state.signIn();
  return Object.assign(client, { [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: close }) as FakeClient;
}
