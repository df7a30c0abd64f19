// The console's queries. Everything about one account is keyed under ["account", id], so that a change can invalidate all
// of it at once.
import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import type { LinkSecrets } from "../link-secrets";
import type { Client } from "rolecall";
import { asRolecallError, rolecall } from "./client";
import { problemCode } from "./problems";
import type { AuditFilter } from "./types";

/** The signed-in user and their memberships; null when signed out. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => {
    try {
      return await rolecall.me.get();
    } catch (error) {
      const code = problemCode(error);
      if (code === "session-missing" || code === "session-expired") return null;
      throw error;
    }
  },
  staleTime: 30_000,
  // Shows colleagues' changes as soon as the user returns to the tab.
  refetchOnWindowFocus: "always",
});

/**
 * Runs a request that needs a membership. When it is refused, `meQuery` is refetched before the error is reported, so that
 * a removed or demoted user sees that instead.
 */
async function fetchAsMember<T>({ client }: { client: QueryClient }, request: (rolecall: Client) => Promise<T>): Promise<T> {
  try {
    return await request(rolecall);
  } catch (error) {
    if ([401, 403, 404].includes(asRolecallError(error)?.status ?? 0)) await client.fetchQuery({ ...meQuery, staleTime: 0 }).catch(() => undefined);
    throw error;
  }
}

/** Changes only with a deployment. */
export const policyQuery = queryOptions({
  queryKey: ["policy"],
  queryFn: async () => rolecall.policy.get(),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The ways to sign in that the deployment offers. Like the policy, it changes only with a deployment, and is everybody's. */
export const signInMethodsQuery = queryOptions({
  queryKey: [...policyQuery.queryKey, "sign-in-methods"],
  queryFn: async () => rolecall.signInMethods.get(),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The user's own ways to sign in. */
export const mySignInMethodsQuery = queryOptions({
  queryKey: ["sign-in-methods"],
  queryFn: (context) => fetchAsMember(context, async (rolecall) => (await rolecall.me.signInMethods()).items),
});

/** The person at a provider who waits in this browser to be connected with a user; null where nobody does. */
export const providerLinkQuery = queryOptions({
  queryKey: ["provider-link"],
  queryFn: async () => {
    try {
      return await rolecall.providers.waiting();
    } catch (error) {
      if (problemCode(error) === "provider-link-not-found") return null;
      throw error;
    }
  },
  // It says what a cookie holds at this moment.
  gcTime: 0,
});

/** The user's passkeys. */
export const passkeysQuery = queryOptions({
  queryKey: ["passkeys"],
  queryFn: (context) => fetchAsMember(context, async (rolecall) => (await rolecall.passkeys.list()).items),
});

/** How often data that others can change is polled. */
export const POLL_INTERVAL_MS = 10_000;

/** The largest page that the API returns. */
const PAGE_SIZE = 200;

export const accountKey = (account: string) => ["account", account] as const;

export const membersQuery = (account: string) =>
  queryOptions({
    queryKey: [...accountKey(account), "members"],
    queryFn: (context) => fetchAsMember(context, (rolecall) => rolecall.members.list({ account, limit: PAGE_SIZE }).all()),
    refetchInterval: POLL_INTERVAL_MS,
  });

export const pendingInvitationsQuery = (account: string) =>
  queryOptions({
    queryKey: [...accountKey(account), "invitations"],
    queryFn: (context) => fetchAsMember(context, (rolecall) => rolecall.invitations.list({ account, state: "pending", limit: PAGE_SIZE }).all()),
    refetchInterval: POLL_INTERVAL_MS,
  });

export const rolesQuery = (account: string) =>
  queryOptions({
    queryKey: [...accountKey(account), "roles"],
    queryFn: (context) => fetchAsMember(context, async (rolecall) => (await rolecall.roles.list({ account })).items),
    staleTime: 30_000,
  });

export const apiKeysQuery = (account: string) =>
  queryOptions({
    queryKey: [...accountKey(account), "keys"],
    queryFn: (context) => fetchAsMember(context, (rolecall) => rolecall.apiKeys.list({ account, limit: PAGE_SIZE }).all()),
    refetchInterval: POLL_INTERVAL_MS,
  });

/** Dry runs are never cached: they must be current when they are shown. */
export const convertPreviewQuery = (account: string) =>
  queryOptions({
    queryKey: [...accountKey(account), "convert"],
    queryFn: (context) => fetchAsMember(context, async (rolecall) => (await rolecall.accounts.convert(account, { dryRun: true })).changes),
    staleTime: 0,
    gcTime: 0,
  });

export const deleteTeamPreviewQuery = (account: string) =>
  queryOptions({
    queryKey: [...accountKey(account), "delete"],
    queryFn: (context) => fetchAsMember(context, async (rolecall) => (await rolecall.accounts.deleteTeam(account, { dryRun: true })).changes),
    staleTime: 0,
    gcTime: 0,
  });

/** Not under the account's key: after the removal there is nothing to refetch. */
export const removeMemberPreviewQuery = (account: string, user: string) =>
  queryOptions({
    queryKey: ["remove-member", account, user],
    queryFn: (context) => fetchAsMember(context, async (rolecall) => (await rolecall.members.remove(user, { account, dryRun: true })).changes),
    staleTime: 0,
    gcTime: 0,
  });

export const auditQuery = (account: string, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: [...accountKey(account), "audit", filter],
    queryFn: (context) => fetchAsMember(context, (rolecall) => rolecall.auditLog.list({ account, ...filter }, { cursor: context.pageParam }).page()),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: (context) => fetchAsMember(context, (rolecall) => rolecall.sessions.list().all()),
});

export const invitationPreviewQuery = (link: LinkSecrets) =>
  queryOptions({
    // The token is the link's secret: it stays in the in-memory cache.
    queryKey: ["invitation", link.token],
    queryFn: async () => rolecall.invitations.preview(link),
    retry: false,
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
