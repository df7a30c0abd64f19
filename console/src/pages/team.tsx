// /team: the team of the active account, or, for a personal account, the way to become one.
import { Link, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useActive } from "../data/session";
import { useRoleTitle } from "../data/roles";
import { Page } from "../layout/Page";
import { Skeleton } from "../parts/States";
import { text } from "../text";
import { Convert } from "./team/Convert";
import { InviteButton } from "./team/InviteDialog";
import { Members } from "./team/Members";
import { PendingInvites } from "./team/PendingInvites";
import { AccountName } from "./team/AccountName";

// The sections that are not shown first are loaded when they are.
const Roles = lazy(async () => ({ default: (await import("./team/Roles")).Roles }));
const ApiKeys = lazy(async () => ({ default: (await import("./team/ApiKeys")).ApiKeys }));
const TeamSettings = lazy(async () => ({ default: (await import("./team/TeamSettings")).TeamSettings }));

/** The sections of each kind of account, the first one shown first. */
const sections = { personal: ["account", "keys"], team: ["members", "roles", "keys", "settings"] } as const;
type Section = (typeof sections)["personal" | "team"][number];

export function TeamPage() {
  const { account } = useActive();
  return account.kind === "personal" ? <Personal key={account.id} /> : <Team key={account.id} />;
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
      <Suspense fallback={<Waiting />}>{open === "keys" && <ApiKeys />}</Suspense>
    </Page>
  );
}

function Team() {
  const open = useSection();
  const { account, isOwner } = useActive();
  const roleTitle = useRoleTitle();
  const role = roleTitle(account.role);
  return (
    <Page title={account.name} badge={<span className="badge">{isOwner ? text.ownerOf(role) : role}</span>} actions={<InviteButton />}>
      <Tabs />
      {open === "members" && (
        <>
          <Members />
          <PendingInvites />
        </>
      )}
      <Suspense fallback={<Waiting />}>
        {open === "roles" && <Roles />}
        {open === "keys" && <ApiKeys />}
        {open === "settings" && <TeamSettings />}
      </Suspense>
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

function Waiting() {
  return (
    <section className="card">
      <Skeleton lines={5} height="row" />
    </section>
  );
}
