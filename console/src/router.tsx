// The addresses of the console. Every page is its own chunk, loaded when it is opened (or about to be).
import { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Navigate, Outlet, redirect } from "@tanstack/react-router";
import { readAddress } from "./address";
import { part } from "./data/part";
import { meQuery } from "./data/queries";
import type { AuditFilter } from "./data/types";
import { Gate, GateCard } from "./layout/Gate";
import { ButtonLink } from "./parts/Button";
import { PageError, Skeleton } from "./parts/States";
import { text } from "./text";

const string = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Only a path of this console may follow a sign-in: anything else in `next` is dropped. */
function ownPath(value: unknown): string | undefined {
  const given = string(value);
  if (!given?.startsWith("/") || !URL.canParse(given, location.origin)) return undefined;
  const url = new URL(given, location.origin);
  const { path } = readAddress(url.pathname, "");
  return url.origin === location.origin && /^\/(team|audit-log|permissions|settings|join)$/.test(path) ? path + url.search : undefined;
}

/** An instant as the API takes it; a day or anything else is dropped. */
const instant = (value: unknown): string | undefined => (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(String(value)) && !Number.isNaN(Date.parse(String(value))) ? String(value) : undefined);

/**
 * What a page takes of its address. The router lays it over all that the address says: whatever is not taken must be
 * put out by name, or the page would get it as it came.
 */
function take<T extends object>(search: Record<string, unknown>, fields: { [K in keyof T]: T[K] | undefined }): T {
  const out = Object.fromEntries(Object.keys(search).map((name) => [name, undefined]));
  return { ...out, ...fields } as T;
}

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => (
    <Gate>
      <PageError error={error} onRetry={reset} />
    </Gate>
  ),
});

const home = createRoute({ getParentRoute: () => root, path: "/", component: () => <Navigate to="/team" replace /> });

// Pages that need no session
const gate = createRoute({
  getParentRoute: () => root,
  id: "gate",
  component: () => (
    <Gate>
      <Outlet />
    </Gate>
  ),
});

/** Whoever is signed in already has no business on the pages for signing in. */
async function leaveIfSignedIn({ context }: { context: { queries: QueryClient } }) {
  const me = await context.queries.ensureQueryData(meQuery).catch(() => null);
  if (me) throw redirect({ to: "/team" });
}

const signUp = createRoute({ getParentRoute: () => gate, path: "sign-up", beforeLoad: leaveIfSignedIn, component: lazyRouteComponent(() => part(() => import("./pages/sign-up")), "SignUpPage") });
const signIn = createRoute({
  getParentRoute: () => gate,
  path: "sign-in",
  validateSearch: (search): { next?: string; ended?: boolean } => take<{ next?: string; ended?: boolean }>(search, { next: ownPath(search["next"]), ended: search["ended"] === true || undefined }),
  beforeLoad: leaveIfSignedIn,
  component: lazyRouteComponent(() => part(() => import("./pages/sign-in")), "SignInPage"),
});
const join = createRoute({ getParentRoute: () => gate, path: "join", component: lazyRouteComponent(() => part(() => import("./pages/join")), "JoinPage") });
const verifyEmail = createRoute({ getParentRoute: () => gate, path: "verify-email", component: lazyRouteComponent(() => part(() => import("./pages/verify-email")), "VerifyEmailPage") });
const resetPassword = createRoute({
  getParentRoute: () => gate,
  path: "reset-password",
  validateSearch: (search): { email?: string } => take<{ email?: string }>(search, { email: string(search["email"]) }),
  component: lazyRouteComponent(() => part(() => import("./pages/reset-password")), "ResetPasswordPage"),
});

// Pages behind the sign-in
const console = createRoute({
  getParentRoute: () => root,
  id: "console",
  beforeLoad: async ({ context, location: { pathname, searchStr } }) => {
    const me = await context.queries.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: "/sign-in", search: pathname === "/team" && !searchStr ? {} : { next: pathname + searchStr } });
  },
  component: lazyRouteComponent(() => part(() => import("./layout/Console")), "Console"),
});
/** The sections of the team page beside its first one, the members. */
const teamTabs = ["roles", "keys", "settings"] as const;
type TeamTab = (typeof teamTabs)[number];

const team = createRoute({
  getParentRoute: () => console,
  path: "team",
  validateSearch: (search): { tab?: TeamTab } => take<{ tab?: TeamTab }>(search, { tab: teamTabs.find((tab) => tab === search["tab"]) }),
  component: lazyRouteComponent(() => part(() => import("./pages/team")), "TeamPage"),
});
const auditLog = createRoute({
  getParentRoute: () => console,
  path: "audit-log",
  validateSearch: (search): AuditFilter =>
    take<AuditFilter>(search, {
      actor: string(search["actor"]),
      action: string(search["action"]),
      resource_type: string(search["resource_type"]),
      resource_id: string(search["resource_id"]),
      from: instant(search["from"]),
      to: instant(search["to"]),
    }),
  component: lazyRouteComponent(() => part(() => import("./pages/audit-log")), "AuditLogPage"),
});
const permissions = createRoute({ getParentRoute: () => console, path: "permissions", component: lazyRouteComponent(() => part(() => import("./pages/permissions")), "PermissionsPage") });
const settings = createRoute({ getParentRoute: () => console, path: "settings", component: lazyRouteComponent(() => part(() => import("./pages/settings")), "SettingsPage") });

const tree = root.addChildren([home, gate.addChildren([signUp, signIn, join, verifyEmail, resetPassword]), console.addChildren([team, auditLog, permissions, settings])]);

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultPendingMs: 300,
    defaultPendingMinMs: 0,
    defaultPendingComponent: Waiting,
    defaultErrorComponent: ({ error, reset }) => <PageError error={error} onRetry={reset} />,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

function Waiting() {
  return (
    <div className="page">
      <Skeleton lines={3} height="card" />
    </div>
  );
}

function NotFound() {
  return (
    <Gate>
      <GateCard title={text.errors.notFoundTitle} lead={text.errors.notFound} icon="search" tone="quiet">
        <ButtonLink to="/team" look="primary" wide>
          {text.errors.home}
        </ButtonLink>
      </GateCard>
    </Gate>
  );
}
