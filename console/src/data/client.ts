// The one place where the console meets the npm package: its client, its errors, its local rights.
import { browserKey } from "./browser-key";
import { createClient, type Client, RolecallError, RolecallNetworkError } from "rolecall";
import { useEffect, useEffectEvent, useMemo, useSyncExternalStore } from "react";
import type { LinkSecrets } from "../fragment";
import type { AuditEvent, AuditFilter, Invitation, Member, Problem } from "./types";

let made: Promise<Client> | undefined;
/** The client once it has started, for what must be answered at once. */
let started: Client | undefined;
const watching = new Set<() => void>();

/** The client of this page, made once; a failed start is tried again by the next call. */
function client(): Promise<Client> {
  made ??= createClient({ baseUrl: "/" }).then(
    (rolecall) => {
      started = rolecall;
      rolecall.on("rights-changed", () => watching.forEach((watcher) => watcher()));
      return rolecall;
    },
    (error: unknown) => {
      made = undefined;
      throw error;
    },
  );
  return made;
}

function watch(watcher: () => void): () => void {
  watching.add(watcher);
  return () => void watching.delete(watcher);
}

const rightsNow = () => started?.rights();

/** The calls of the console, by what a person does. */
function callsOf(rolecall: Client) {
  return {
    me: () => rolecall.me.get(),
    updateMe: (change: { name?: string; active_account?: string }) => rolecall.me.update(change),
    signUp: async (request: { email: string; password: string; name?: string; invitation?: { token: string; proof: string } }) => {
      const answer = await rolecall.signUp({ ...request, browser_key: browserKey() });
      return "user" in answer ? answer : undefined;
    },
    /** Where this is not the browser that signed up, the password is chosen now. */
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

/** The calls, once the package has started. */
export async function api(): Promise<Api> {
  return callsOf(await client());
}

/** The server's problem behind a failure, if it is one. */
export function asProblem(error: unknown): (Problem & { retryAfter?: number }) | undefined {
  if (!(error instanceof RolecallError)) return undefined;
  const problem = error.problem as unknown as Problem;
  return error.retryAfter === undefined ? problem : { ...problem, retryAfter: error.retryAfter };
}

/** Whether no answer came, or none of Rolecall's; a part of the page that could not be loaded counts, too. */
export const isUnanswered = (error: unknown) => error instanceof RolecallNetworkError || error instanceof TypeError;

/** Reads the rights of the active account again, where one is in use. */
export async function refreshRights(): Promise<void> {
  const rolecall = await client();
  if (rolecall.rights()) await rolecall.refresh().catch(() => undefined);
}

/** Acts in an account, again whenever its version is another; answers whether its rights are known here. `onRefused` hears that the server does not give them. */
export function useAccountRights(account: string | undefined, version: number | undefined, onRefused: () => void): boolean {
  const rights = useSyncExternalStore(watch, rightsNow);
  const refused = useEffectEvent((error: unknown) => {
    if (asProblem(error)) onRefused();
  });
  useEffect(() => {
    if (account === undefined) return;
    void client().then(async (rolecall) => {
      const known = rolecall.rights();
      if (known?.account !== account) await rolecall.accounts.use(account);
      else if (known.version !== version) await rolecall.refresh();
    }).catch(refused);
  }, [account, version]);
  return account !== undefined && rights?.account === account;
}

export interface LocalRights {
  can: (permission: string) => boolean;
  explain: (permission: string) => { allowed: boolean; grantedBy: string[] };
}

/** The rights in the account in use, decided by the compiled rules in this browser. Codes that the policy lacks are held by nobody. */
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
