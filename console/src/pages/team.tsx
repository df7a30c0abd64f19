// /team: the active team, or, for a personal account, the conversion to one.
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

/** The tabs of each kind of account, the default one first. */
const sections = { personal: ["account", "keys"], team: ["members", "roles", "keys", "settings"] } as const;
type Section = (typeof sections)["personal" | "team"][number];

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
  const open = useSection();
  return (
    <Page title={messages.team.personalTitle}>
      <Tabs />
      {open === "account" && (
        <>
          <ConvertToTeam />
          <AccountDetails />
        </>
      )}
      <LazySection>{open === "keys" && <ApiKeys />}</LazySection>
    </Page>
  );
}

function Team({ roleEdits }: { roleEdits: RoleEditsStore }) {
  const open = useSection();
  const { account, isOwner } = useSession();
  const roleTitle = useRoleTitle();
  const role = roleTitle(account.role);
  return (
    <Page title={account.name} badge={<span className={cx(badgeStyles.badge, badgeStyles.name)}>{isOwner ? messages.common.ownerWithRole(role) : role}</span>} actions={<InviteButton />}>
      <Tabs />
      {open === "members" && (
        <>
          <Members />
          <PendingInvitations />
        </>
      )}
      <LazySection>
        {open === "roles" && <RoleMatrix edits={roleEdits.editsByAccount[account.id] ?? {}} onEdit={(edits) => roleEdits.set(account.id, edits)} />}
        {open === "keys" && <ApiKeys />}
        {open === "settings" && <TeamSettings />}
      </LazySection>
    </Page>
  );
}

/** Returns the tab in the URL if the account has it, otherwise the default one. */
function useSection(): Section {
  const { tab } = useSearch({ from: "/console/team" });
  const { account } = useSession();
  const own: readonly Section[] = sections[account.kind];
  return own.find((one) => one === tab) ?? sections[account.kind][0];
}

function Tabs() {
  const { account } = useSession();
  const open = useSection();
  return (
    <nav className={styles.tabs} aria-label={messages.team.tabsLabels[account.kind]}>
      {sections[account.kind].map((one) => (
        <Link key={one} to="/team" search={one === "account" || one === "members" ? {} : { tab: one }} className={styles.tab} aria-current={one === open ? "page" : undefined} activeOptions={{ exact: true }} resetScroll={false}>
          {messages.team.tabs[one]}
        </Link>
      ))}
    </nav>
  );
}

/** A tab loaded on demand. If it fails to load, the page and its unsaved edits stay. */
function LazySection({ children }: { children: ReactNode }) {
  const open = useSection();
  return (
    <CatchBoundary getResetKey={() => open} errorComponent={SectionError}>
      <Suspense fallback={<SectionSkeleton />}>{children}</Suspense>
    </CatchBoundary>
  );
}

function SectionError({ error, reset }: ErrorComponentProps) {
  return (
    <section className={cardStyles.card}>
      <PageError error={error} onRetry={reset} />
    </section>
  );
}

function SectionSkeleton() {
  return (
    <section className={cardStyles.card}>
      <Skeleton lines={5} height="row" />
    </section>
  );
}
