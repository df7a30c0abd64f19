// The Rolecall client of this page, and access to its errors and local permissions.
import { browserKey } from "./browser-key";
import { createClient, type Client, RolecallError, RolecallNetworkError } from "rolecall";
import { useEffect, useEffectEvent, useMemo, useSyncExternalStore } from "react";
import type { LinkSecrets } from "../link-secrets";
import type { AuditEvent, AuditFilter, Invitation, Member, Problem } from "./types";

let pending: Promise<Client> | undefined;
/** The client once created, for synchronous access. */
let ready: Client | undefined;
const listeners = new Set<() => void>();

/** Returns the page's single client; a failed start is retried by the next call. */
function client(): Promise<Client> {
  pending ??= createClient({ baseUrl: "/" }).then(
    (rolecall) => {
      ready = rolecall;
      rolecall.on("rights-changed", () => listeners.forEach((listener) => listener()));
      return rolecall;
    },
    (error: unknown) => {
      pending = undefined;
      throw error;
    },
  );
  return pending;
}

function watch(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const rightsNow = () => ready?.rights();

function callsOf(rolecall: Client) {
  return {
    me: () => rolecall.me.get(),
    updateMe: (change: { name?: string; active_account?: string }) => rolecall.me.update(change),
    signUp: async (request: { email: string; password: string; name?: string; invitation?: { token: string; proof: string } }) => {
      const answer = await rolecall.signUp({ ...request, browser_key: browserKey() });
      return "user" in answer ? answer : undefined;
    },
    verifyEmail: (token: string, password?: string) => rolecall.verifyEmail({ token, browser_key: browserKey(), ...(password === undefined ? {} : { password }) }),
    signIn: (request: { email: string; password: string }) => rolecall.signIn(request),
    signOut: () => rolecall.signOut(),
    sessions: async () => rolecall.sessions.list().all(),
    endSession: (id: string) => rolecall.sessions.revoke(id),
    requestPasswordReset: async (email: string) => void (await rolecall.passwordResets.request(email)),
    resetPassword: (request: { token: string; password: string }) => rolecall.passwordResets.complete(request),
    policy: () => rolecall.policy.get(),
    renameAccount: (account: string, name: string) => rolecall.accounts.update(account, { name }),
    previewConvert: async (account: string) => (await rolecall.accounts.previewConvert(account)).changes,
    convert: (account: string, request: { name?: string }) => rolecall.accounts.convert(account, request),
    previewDeleteTeam: async (account: string) => (await rolecall.accounts.previewDeleteTeam(account)).changes,
    deleteTeam: (account: string) => rolecall.accounts.deleteTeam(account),
    transfer: (account: string, user: string) => rolecall.accounts.transfer(account, user),
    members: (account: string): Promise<Member[]> => rolecall.members.list(account, { limit: 200 }).all(),
    setRole: (account: string, user: string, role: string) => rolecall.members.update(account, user, { role }),
    previewRemoveMember: async (account: string, user: string) => (await rolecall.members.previewRemove(account, user)).changes,
    removeMember: (account: string, user: string) => rolecall.members.remove(account, user),
    pendingInvitations: (account: string) => rolecall.invitations.list(account, { state: "pending", limit: 200 }).all() as Promise<Invitation[]>,
    invite: (account: string, request: { email: string; role: string; expires_in: number | null }) => rolecall.invitations.create(account, request),
    resendInvitation: (account: string, invitation: string) => rolecall.invitations.resend(account, invitation),
    revokeInvitation: (account: string, invitation: string) => rolecall.invitations.revoke(account, invitation),
    previewInvitation: (link: LinkSecrets) => rolecall.invitations.preview(link),
    acceptInvitation: (token: string) => rolecall.invitations.accept(token),
    declineInvitation: (token: string, proof?: string) => rolecall.invitations.decline(token, proof),
    roles: async (account: string) => (await rolecall.roles.list(account)).items,
    createRole: (account: string, role: { code: string; title: string; permissions: string[] }) => rolecall.roles.create(account, role),
    updateRole: (account: string, code: string, change: { title?: string; permissions?: string[] }) => rolecall.roles.update(account, code, change),
    deleteRole: (account: string, code: string) => rolecall.roles.delete(account, code),
    apiKeys: (account: string) => rolecall.apiKeys.list(account, { limit: 200 }).all(),
    createApiKey: (account: string, request: { name: string; permissions: string[]; resources?: string[]; expires_in: number | null }) => rolecall.apiKeys.create(account, request),
    revokeApiKey: (account: string, key: string) => rolecall.apiKeys.revoke(account, key),
    audit: async (account: string, filter: AuditFilter, cursor: string | undefined) => {
      const page = await rolecall.auditLog.list(account, filter, cursor === undefined ? {} : { cursor }).page();
      return { items: page.items as readonly AuditEvent[] as AuditEvent[], next_cursor: page.next_cursor };
    },
    exportAudit: (account: string, kind: "ndjson" | "csv", filter: AuditFilter) => rolecall.auditLog.export(account, kind, filter),
    verifyAudit: (account: string) => rolecall.auditLog.verify(account),
    check: async (account: string, permissions: string[]) => {
      const request = { permissions, explain: true };
      const body = await rolecall.checks.run(account, request);
      const line = `POST /v1/accounts/${account}/checks`;
      return { request: `${line}\n\n${JSON.stringify(request, null, 2)}`, status: 200, body };
    },
  };
}

export type Api = ReturnType<typeof callsOf>;

export async function api(): Promise<Api> {
  return callsOf(await client());
}

/** Returns the server's problem document behind an error, if there is one. */
export function asProblem(error: unknown): (Problem & { retryAfter?: number }) | undefined {
  if (!(error instanceof RolecallError)) return undefined;
  const problem = error.problem as unknown as Problem;
  return error.retryAfter === undefined ? problem : { ...problem, retryAfter: error.retryAfter };
}

/** Whether no response of the API arrived. */
export const isNetworkFailure = (error: unknown) => error instanceof RolecallNetworkError || error instanceof TypeError;

/** Refreshes the local permissions, if an account is in use. */
export async function refreshRights(): Promise<void> {
  const rolecall = await client();
  if (rolecall.rights()) await rolecall.refresh().catch(() => undefined);
}

/** Uses an account and refreshes its permissions when its version changes; returns whether they are loaded. `onRefused` is called when the server refuses. */
export function useAccountRights(account: string | undefined, version: number | undefined, onRefused: () => void): boolean {
  const rights = useSyncExternalStore(watch, rightsNow);
  const refused = useEffectEvent((error: unknown) => {
    if (asProblem(error)) onRefused();
  });
  useEffect(() => {
    if (account === undefined) return;
    void client().then(async (rolecall) => {
      const current = rolecall.rights();
      if (current?.account !== account) await rolecall.accounts.use(account);
      else if (current.version !== version) await rolecall.refresh();
    }).catch(refused);
  }, [account, version]);
  return account !== undefined && rights?.account === account;
}

export interface LocalRights {
  can: (permission: string) => boolean;
  explain: (permission: string) => { allowed: boolean; grantedBy: string[] };
}

/** Evaluates permissions of the account in use locally. Codes that the policy lacks are not granted. */
export function useLocalRights(): LocalRights {
  const rights = useSyncExternalStore(watch, rightsNow)?.rights;
  return useMemo(() => {
    const explain = (permission: string) => {
      if (!rights) return { allowed: false, grantedBy: [] };
      const { allowed, grantedBy } = rights.explain(permission as Parameters<typeof rights.explain>[0]);
      return { allowed, grantedBy: [...grantedBy] };
    };
    return { explain, can: (permission) => explain(permission).allowed };
  }, [rights]);
}
