// /team: the active team, or, for a personal account, the conversion to tab.
import { CatchBoundary, type ErrorComponentProps, Link, useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { loadChunk } from "../data/lazy-chunk";
import { useSession } from "../data/session";
import { useRoleTitle } from "../data/roles";
import { Page } from "../layout/Page";
import { PageError, Skeleton } from "../components/Feedback";
import { messages } from "../messages";
import { ConvertToTeam } from "./team/ConvertToTeam";
import { InviteButton } from "./team/InviteDialog";
import { Members } from "./team/Members";
import { PendingInvitations } from "./team/PendingInvitations";
import { AccountDetails } from "./team/AccountDetails";
import { type RoleEditsStore, useRoleEdits } from "./team/role-edits";
import { UnsavedChangesPrompt } from "./team/UnsavedChangesPrompt";
import badgeStyles from "../components/Badge.module.css";
import cardStyles from "../components/Card.module.css";
import styles from "./team.module.css";
import { cx } from "../components/cx";

// Tabs other than the first are loaded on demand.
const RoleMatrix = lazy(async () => ({ default: (await loadChunk(() => import("./team/RoleMatrix"))).RoleMatrix }));
const ApiKeys = lazy(async () => ({ default: (await loadChunk(() => import("./team/ApiKeys"))).ApiKeys }));
const TeamSettings = lazy(async () => ({ default: (await loadChunk(() => import("./team/TeamSettings"))).TeamSettings }));

/** The tabs of each kind of account, the default tab first. */
const tabs = { personal: ["account", "keys"], team: ["members", "roles", "keys", "settings"] } as const;
type Tab = (typeof tabs)["personal" | "team"][number];

export function TeamPage() {
  const { account } = useSession();
  const roleEdits = useRoleEdits();
  return (
    <>
      {account.kind === "personal" ? <Personal key={account.id} /> : <Team key={account.id} roleEdits={roleEdits} />}
      <UnsavedChangesPrompt countUnsaved={roleEdits.countUnsaved} />
    </>
  );
}

function Personal() {
  const activeTab = useActiveTab();
  return (
    <Page title={messages.team.personalTitle}>
      <Tabs />
      {activeTab === "account" && (
        <>
          <ConvertToTeam />
          <AccountDetails />
        </>
      )}
      <LazyTab>{activeTab === "keys" && <ApiKeys />}</LazyTab>
    </Page>
  );
}

function Team({ roleEdits }: { roleEdits: RoleEditsStore }) {
  const activeTab = useActiveTab();
  const { account, isOwner } = useSession();
  const roleTitle = useRoleTitle();
  const role = roleTitle(account.role);
  return (
    <Page
      title={account.name}
      badge={<span className={cx(badgeStyles.badge, badgeStyles.name)}>{isOwner ? messages.common.ownerWithRole(role) : role}</span>}
      actions={<InviteButton />}
    >
      <Tabs />
      {activeTab === "members" && (
        <>
          <Members />
          <PendingInvitations />
        </>
      )}
      <LazyTab>
        {activeTab === "roles" && <RoleMatrix edits={roleEdits.editsByAccount[account.id] ?? {}} onEdit={(edits) => roleEdits.set(account.id, edits)} />}
        {activeTab === "keys" && <ApiKeys />}
        {activeTab === "settings" && <TeamSettings />}
      </LazyTab>
    </Page>
  );
}

/** Returns the tab in the URL if the account has it, otherwise the default tab. */
function useActiveTab(): Tab {
  const { tab } = useSearch({ from: "/console/team" });
  const { account } = useSession();
  const available: readonly Tab[] = tabs[account.kind];
  return available.find((name) => name === tab) ?? tabs[account.kind][0];
}

function Tabs() {
  const { account } = useSession();
  const activeTab = useActiveTab();
  return (
    <nav className={styles.tabs} aria-label={messages.team.tabsLabels[account.kind]}>
      {tabs[account.kind].map((tab) => (
        <Link
          key={tab}
          to="/team"
          search={tab === "account" || tab === "members" ? {} : { tab: tab }}
          className={styles.tab}
          aria-current={tab === activeTab ? "page" : undefined}
          activeOptions={{ exact: true }}
          resetScroll={false}
        >
          {messages.team.tabs[tab]}
        </Link>
      ))}
    </nav>
  );
}

/** A tab loaded on demand. If it fails to load, the page and its unsaved edits stay. */
function LazyTab({ children }: { children: ReactNode }) {
  const activeTab = useActiveTab();
  return (
    <CatchBoundary getResetKey={() => activeTab} errorComponent={TabError}>
      <Suspense fallback={<TabSkeleton />}>{children}</Suspense>
    </CatchBoundary>
  );
}

function TabError({ error, reset }: ErrorComponentProps) {
  return (
    <section className={cardStyles.card}>
      <PageError error={error} onRetry={reset} />
    </section>
  );
}

function TabSkeleton() {
  return (
    <section className={cardStyles.card}>
      <Skeleton lines={5} height="row" />
    </section>
  );
}
