// /team: the team of the active account, or, for a personal account, the way to become one.
import { CatchBoundary, type ErrorComponentProps, Link, useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { part } from "../data/part";
import { useActive } from "../data/session";
import { useRoleTitle } from "../data/roles";
import { Page } from "../layout/Page";
import { PageError, Skeleton } from "../parts/States";
import { text } from "../text";
import { Convert } from "./team/Convert";
import { InviteButton } from "./team/InviteDialog";
import { Members } from "./team/Members";
import { PendingInvites } from "./team/PendingInvites";
import { AccountName } from "./team/AccountName";
import { type Drafting, useDrafts } from "./team/draft";
import { LeaveDraft } from "./team/LeaveDraft";

// The sections that are not shown first are loaded when they are.
const Roles = lazy(async () => ({ default: (await part(() => import("./team/Roles"))).Roles }));
const ApiKeys = lazy(async () => ({ default: (await part(() => import("./team/ApiKeys"))).ApiKeys }));
const TeamSettings = lazy(async () => ({ default: (await part(() => import("./team/TeamSettings"))).TeamSettings }));

/** The sections of each kind of account, the first one shown first. */
const sections = { personal: ["account", "keys"], team: ["members", "roles", "keys", "settings"] } as const;
type Section = (typeof sections)["personal" | "team"][number];

export function TeamPage() {
  const { account } = useActive();
  const drafting = useDrafts();
  return (
    <>
      {account.kind === "personal" ? <Personal key={account.id} /> : <Team key={account.id} drafting={drafting} />}
      <LeaveDraft unsaved={drafting.unsaved} />
    </>
  );
}

function Personal() {
  const open = useSection();
  return (
    <Page title={text.team.personalTitle}>
      <Tabs />
      {open === "account" && (
        <>
          <Convert />
          <AccountName />
        </>
      )}
      <Later>{open === "keys" && <ApiKeys />}</Later>
    </Page>
  );
}

function Team({ drafting }: { drafting: Drafting }) {
  const open = useSection();
  const { account, isOwner } = useActive();
  const roleTitle = useRoleTitle();
  const role = roleTitle(account.role);
  return (
    <Page title={account.name} badge={<span className="badge name">{isOwner ? text.ownerOf(role) : role}</span>} actions={<InviteButton />}>
      <Tabs />
      {open === "members" && (
        <>
          <Members />
          <PendingInvites />
        </>
      )}
      <Later>
        {open === "roles" && <Roles draft={drafting.drafts[account.id] ?? {}} onDraft={(draft) => drafting.set(account.id, draft)} />}
        {open === "keys" && <ApiKeys />}
        {open === "settings" && <TeamSettings />}
      </Later>
    </Page>
  );
}

/** The section that the address names, where the account has it: after a switch of the account it may not. */
function useSection(): Section {
  const { tab } = useSearch({ from: "/console/team" });
  const { account } = useActive();
  const own: readonly Section[] = sections[account.kind];
  return own.find((one) => one === tab) ?? sections[account.kind][0];
}

function Tabs() {
  const { account } = useActive();
  const open = useSection();
  return (
    <nav className="tabs" aria-label={text.team.tabs.labels[account.kind]}>
      {sections[account.kind].map((one) => (
        <Link key={one} to="/team" search={one === "account" || one === "members" ? {} : { tab: one }} className="tab" aria-current={one === open ? "page" : undefined} activeOptions={{ exact: true }} resetScroll={false}>
          {text.team.tabs[one]}
        </Link>
      ))}
    </nav>
  );
}

/** A section that comes when it is opened. Where it does not come, the page and what is unsaved on it stay. */
function Later({ children }: { children: ReactNode }) {
  const open = useSection();
  return (
    <CatchBoundary getResetKey={() => open} errorComponent={Missing}>
      <Suspense fallback={<Waiting />}>{children}</Suspense>
    </CatchBoundary>
  );
}

function Missing({ error, reset }: ErrorComponentProps) {
  return (
    <section className="card">
      <PageError error={error} onRetry={reset} />
    </section>
  );
}

function Waiting() {
  return (
    <section className="card">
      <Skeleton lines={5} height="row" />
    </section>
  );
}
