// What the console reads, each with its key: everything about one account stands under ["account", id], so that one
// call renews it all after a change. Pages never fetch by themselves.
import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import type { LinkSecrets } from "../fragment";
import { type Api, api, asProblem } from "./client";
import { problemCode } from "./problems";
import type { AuditFilter } from "./types";

/** Who is signed in; null when nobody is. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => {
    const client = await api();
    try {
      return await client.me();
    } catch (error) {
      const code = problemCode(error);
      if (code === "session-missing" || code === "session-expired") return null;
      throw error;
    }
  },
  staleTime: 30_000,
  // Somebody who looks at the page again sees at once what a colleague changed.
  refetchOnWindowFocus: "always",
});

/**
 * Reads something that the signed-in person may see. Where the server refuses, who one is and where one belongs is read
 * again before the refusal is told: whoever was removed, or has another role by now, then sees that instead.
 */
async function read<T>({ client }: { client: QueryClient }, what: (from: Api) => Promise<T>): Promise<T> {
  try {
    return await what(await api());
  } catch (error) {
    if ([401, 403, 404].includes(asProblem(error)?.status ?? 0)) await client.fetchQuery({ ...meQuery, staleTime: 0 }).catch(() => undefined);
    throw error;
  }
}

/** The policy changes with a deployment only. */
export const policyQuery = queryOptions({
  queryKey: ["policy"],
  queryFn: async () => (await api()).policy(),
  staleTime: Number.POSITIVE_INFINITY,
});

/** What colleagues change elsewhere shows on an open page after this. */
export const OTHERS_MS = 10_000;

export const accountKey = (account: string) => ["account", account] as const;

export const membersQuery = (account: string) =>
  queryOptions({ queryKey: [...accountKey(account), "members"], queryFn: (context) => read(context, (from) => from.members(account)), refetchInterval: OTHERS_MS });

export const invitationsQuery = (account: string) =>
  queryOptions({ queryKey: [...accountKey(account), "invitations"], queryFn: (context) => read(context, (from) => from.pendingInvitations(account)), refetchInterval: OTHERS_MS });

export const rolesQuery = (account: string) =>
  queryOptions({ queryKey: [...accountKey(account), "roles"], queryFn: (context) => read(context, (from) => from.roles(account)), staleTime: 30_000 });

export const apiKeysQuery = (account: string) =>
  queryOptions({ queryKey: [...accountKey(account), "keys"], queryFn: (context) => read(context, (from) => from.apiKeys(account)), refetchInterval: OTHERS_MS });

/** Dry runs are asked anew each time: they must be true at the moment they are read. */
export const convertPreviewQuery = (account: string) =>
  queryOptions({ queryKey: [...accountKey(account), "convert"], queryFn: (context) => read(context, (from) => from.previewConvert(account)), staleTime: 0, gcTime: 0 });

export const deletePreviewQuery = (account: string) =>
  queryOptions({ queryKey: [...accountKey(account), "delete"], queryFn: (context) => read(context, (from) => from.previewDeleteTeam(account)), staleTime: 0, gcTime: 0 });

/** Not under the account's key: once the member is gone there is nothing to ask again. */
export const removePreviewQuery = (account: string, user: string) =>
  queryOptions({ queryKey: ["remove-member", account, user], queryFn: (context) => read(context, (from) => from.previewRemoveMember(account, user)), staleTime: 0, gcTime: 0 });

export const auditQuery = (account: string, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: [...accountKey(account), "audit", filter],
    queryFn: (context) => read(context, (from) => from.audit(account, filter, context.pageParam)),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const sessionsQuery = queryOptions({ queryKey: ["sessions"], queryFn: (context) => read(context, (from) => from.sessions()) });

export const previewQuery = (link: LinkSecrets) =>
  queryOptions({
    // The token is the whole link: it stays in memory with the rest of the cache and goes nowhere.
    queryKey: ["invitation", link.token],
    queryFn: async () => (await api()).previewInvitation(link),
    retry: false,
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
