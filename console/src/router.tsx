// The console's routes. Every page is its own chunk, loaded on navigation or intent.
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Navigate, Outlet, redirect } from "@tanstack/react-router";
import { readAddress } from "./console-url";
import { loadChunk } from "./data/lazy-chunk";
import { meQuery, signInMethodsQuery } from "./data/queries";
import type { AuditFilter } from "./data/types";
import { clearLinkSecrets } from "./link-secrets";
import { PageSkeleton } from "./layout/PageSkeleton";
import { PublicLayout, PublicCard } from "./layout/PublicLayout";
import { ButtonLink } from "./components/Button";
import { PageError } from "./components/Feedback";
import { messages } from "./messages";

const string = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Returns the path to open after signing in; anything but a page of the console is dropped. */
function returnPath(value: unknown): string | undefined {
  const candidate = string(value);
  if (!candidate?.startsWith("/") || !URL.canParse(candidate, location.origin)) return undefined;
  const url = new URL(candidate, location.origin);
  const { path } = readAddress(url.pathname, "");
  return url.origin === location.origin && /^\/(team|audit-log|permissions|settings(\/security)?|join)$/.test(path) ? path + url.search : undefined;
}

/** Returns a path of this origin with its query, where a sign-in at a provider was asked to lead to; anything else is dropped. */
function pathOfOrigin(value: unknown): string | undefined {
  const candidate = string(value);
  if (!candidate?.startsWith("/") || !URL.canParse(candidate, location.origin)) return undefined;
  const { origin, pathname, search } = new URL(candidate, location.origin);
  // A path that begins with two slashes would be read as a host.
  return origin === location.origin && !pathname.startsWith("//") ? pathname + search : undefined;
}

/** Returns a value that is an RFC 3339 instant; anything else is dropped. */
const instant = (value: unknown): string | undefined =>
  /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(String(value)) && !Number.isNaN(Date.parse(String(value))) ? String(value) : undefined;

/**
 * Returns a page's validated search parameters. The router merges them over the raw ones, so every other parameter is set
 * to undefined.
 */
function searchParams<T extends object>(search: Record<string, unknown>, fields: { [K in keyof T]: T[K] | undefined }): T {
  const out = Object.fromEntries(Object.keys(search).map((name) => [name, undefined]));
  return { ...out, ...fields } as T;
}

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => (
    <PublicLayout>
      <PageError error={error} onRetry={reset} />
    </PublicLayout>
  ),
});

const home = createRoute({ getParentRoute: () => root, path: "/", component: () => <Navigate to="/team" replace /> });

// Public pages
const publicRoute = createRoute({
  getParentRoute: () => root,
  id: "public",
  component: () => (
    <PublicLayout>
      <Outlet />
    </PublicLayout>
  ),
});

/** Whether somebody is signed in. For nobody, it waits for the ways to sign in too, so that the page does not change when they come. */
async function isSignedIn(queries: QueryClient): Promise<boolean> {
  const methods = queries.ensureQueryData(signInMethodsQuery).catch(() => undefined);
  const me = await queries.ensureQueryData(meQuery).catch(() => null);
  if (!me) await methods;
  return me !== null;
}

/** What a callback of a sign-in provider says when the sign-in came to nothing. */
interface ProviderFailure {
  error?: string;
  provider?: string;
}
const providerFailure = (search: Record<string, unknown>) => ({ error: string(search["error"]), provider: string(search["provider"]) });

const signUp = createRoute({
  getParentRoute: () => publicRoute,
  path: "sign-up",
  validateSearch: (search): { email?: string; connect?: true } =>
    searchParams<{ email?: string; connect?: true }>(search, { email: string(search["email"]), connect: search["connect"] === true || undefined }),
  beforeLoad: async ({ context }) => {
    if (await isSignedIn(context.queries)) throw redirect({ to: "/team" });
  },
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/sign-up")), "SignUpPage"),
});
interface SignInSearch extends ProviderFailure {
  next?: string;
  ended?: boolean;
  /** Set by the callback of a sign-in provider where the user has to give a second factor. */
  second_factor?: true;
}
const signIn = createRoute({
  getParentRoute: () => publicRoute,
  path: "sign-in",
  validateSearch: (search): SignInSearch =>
    searchParams<SignInSearch>(search, {
      next: search["second_factor"] === true ? pathOfOrigin(search["next"]) : returnPath(search["next"]),
      ended: search["ended"] === true || undefined,
      second_factor: search["second_factor"] === true || undefined,
      ...providerFailure(search),
    }),
  beforeLoad: async ({ context, search: { error, provider, second_factor: secondStep } }) => {
    // Somebody who is signed in may sign in at a provider as another user.
    if (!(await isSignedIn(context.queries)) || secondStep) return;
    // The code of a link is for a sign-in; who has a session types it where they were asked for it.
    clearLinkSecrets("/sign-in");
    if (error === undefined) throw redirect({ to: "/team" });
    throw redirect({ to: "/settings/security", search: { error, ...(provider === undefined ? {} : { provider }) } });
  },
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/sign-in")), "SignInPage"),
});
const join = createRoute({
  getParentRoute: () => publicRoute,
  path: "join",
  validateSearch: (search): { returned?: true } => searchParams<{ returned?: true }>(search, { returned: search["returned"] === true || undefined }),
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/join")), "JoinPage"),
});
const link = createRoute({
  getParentRoute: () => publicRoute,
  path: "link",
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/link")), "LinkPage"),
});
const verifyEmail = createRoute({
  getParentRoute: () => publicRoute,
  path: "verify-email",
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/verify-email")), "VerifyEmailPage"),
});
const resetPassword = createRoute({
  getParentRoute: () => publicRoute,
  path: "reset-password",
  validateSearch: (search): { email?: string } => searchParams<{ email?: string }>(search, { email: string(search["email"]) }),
  beforeLoad: async ({ context }) => {
    await context.queries.ensureQueryData(signInMethodsQuery).catch(() => undefined);
  },
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/reset-password")), "ResetPasswordPage"),
});

// Signed-in pages
const consoleRoute = createRoute({
  getParentRoute: () => root,
  id: "console",
  beforeLoad: async ({ context, location: { pathname, searchStr } }) => {
    const me = await context.queries.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: "/sign-in", search: pathname === "/team" && !searchStr ? {} : { next: pathname + searchStr } });
  },
  component: lazyRouteComponent(() => loadChunk(() => import("./layout/ConsoleLayout")), "ConsoleLayout"),
});
/** The tabs of the team page other than the default one. */
const teamTabs = ["roles", "keys", "settings"] as const;
type TeamTab = (typeof teamTabs)[number];

const team = createRoute({
  getParentRoute: () => consoleRoute,
  path: "team",
  validateSearch: (search): { tab?: TeamTab } => searchParams<{ tab?: TeamTab }>(search, { tab: teamTabs.find((tab) => tab === search["tab"]) }),
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/team")), "TeamPage"),
});
const auditLog = createRoute({
  getParentRoute: () => consoleRoute,
  path: "audit-log",
  validateSearch: (search): AuditFilter =>
    searchParams<AuditFilter>(search, {
      actor: string(search["actor"]),
      action: string(search["action"]),
      resource_type: string(search["resource_type"]),
      resource_id: string(search["resource_id"]),
      from: instant(search["from"]),
      to: instant(search["to"]),
    }),
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/audit-log")), "AuditLogPage"),
});
const permissions = createRoute({
  getParentRoute: () => consoleRoute,
  path: "permissions",
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/permissions")), "PermissionsPage"),
});
const settings = createRoute({
  getParentRoute: () => consoleRoute,
  path: "settings",
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/settings")), "SettingsPage"),
});
const security = createRoute({
  getParentRoute: () => consoleRoute,
  path: "settings/security",
  validateSearch: (search): ProviderFailure => searchParams<ProviderFailure>(search, providerFailure(search)),
  component: lazyRouteComponent(() => loadChunk(() => import("./pages/security")), "SecurityPage"),
});

const tree = root.addChildren([
  home,
  publicRoute.addChildren([signUp, signIn, join, link, verifyEmail, resetPassword]),
  consoleRoute.addChildren([team, auditLog, permissions, settings, security]),
]);

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultPendingMs: 300,
    defaultPendingMinMs: 0,
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: ({ error, reset }) => <PageError error={error} onRetry={reset} />,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

function NotFound() {
  return (
    <PublicLayout>
      <PublicCard title={messages.errors.notFoundTitle} lead={messages.errors.notFound} icon="search" tone="quiet">
        <ButtonLink to="/team" variant="primary" fullWidth>
          {messages.errors.home}
        </ButtonLink>
      </PublicCard>
    </PublicLayout>
  );
}
