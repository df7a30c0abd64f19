// /permissions: what the signed-in person can and cannot do in the active account, why not, and who to ask.
import { useQuery } from "@tanstack/react-query";
import { membersQuery, policyQuery } from "../data/queries";
import { useRights } from "../data/rights";
import { useRoleTitle } from "../data/roles";
import { useActive } from "../data/session";
import type { Member, PolicyPermission } from "../data/types";
import { Page } from "../layout/Page";
import { Icon } from "../parts/Icon";
import { ErrorState, Skeleton } from "../parts/States";
import { text } from "../text";
import { TryIt } from "./permissions/TryIt";

const words = text.permissions;

export function PermissionsPage() {
  const { account } = useActive();
  const policy = useQuery(policyQuery);
  const roleTitle = useRoleTitle();
  const { can } = useRights();
  const all = policy.data?.permissions;
  const have = all?.filter((permission) => can(permission.code));
  const lack = all?.filter((permission) => !can(permission.code));
  const lead = account.kind === "personal" ? words.leadPersonal : words.lead(account.name, roleTitle(account.role));
  return (
    <Page title={words.title} lead={lead} badge={all && have && <span className="badge nums">{words.count(have.length, all.length)}</span>}>
      <div className="permissions">
        <div className="stack">
          {policy.isPending && (
            <section className="card">
              <Skeleton lines={8} height="row" />
            </section>
          )}
          {policy.error && (
            <section className="card">
              <ErrorState error={policy.error} onRetry={() => void policy.refetch()} />
            </section>
          )}
          {lack && lack.length > 0 && <List title={words.no} permissions={lack} allowed={false} />}
          {have && have.length > 0 && <List title={words.yes} permissions={have} allowed />}
        </div>
        {all && <TryIt permissions={all} routes={policy.data?.routes ?? []} />}
      </div>
    </Page>
  );
}

function List({ title, permissions, allowed }: { title: string; permissions: PolicyPermission[]; allowed: boolean }) {
  return (
    <section className="card" aria-label={title}>
      <div className="card-head">
        <h2>{title}</h2>
        <span className="badge nums">{permissions.length}</span>
      </div>
      <ul className="permission-list">
        {permissions.map((permission) => (
          <li key={permission.code} className="permission">
            <span className={allowed ? "good" : "faint"}>
              <Icon name={allowed ? "check" : "lock"} />
            </span>
            <div className="grow">
              <p>
                <span className="strong">{permission.title}</span> <code className="faint">{permission.code}</code>
              </p>
              {allowed ? permission.description && <p className="small soft">{permission.description}</p> : <WhyNot code={permission.code} />}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function WhyNot({ code }: { code: string }) {
  const { account, user } = useActive();
  const { explain } = useRights();
  const roleTitle = useRoleTitle();
  const members = useQuery({ ...membersQuery(account.id), enabled: account.kind === "team" });
  const { grantedBy } = explain(code);
  const roles = grantedBy.map(roleTitle);
  return (
    <p className="small soft">
      {words.why(roleTitle(account.role))} {roles.length > 0 ? words.included(new Intl.ListFormat(undefined, { type: "disjunction" }).format(roles)) : words.includedNowhere} {words.ask(whoToAsk(members.data, account.owner, user.id))}
    </p>
  );
}

/** Who can change a role: the owner first, then other admins; two names are enough. */
function whoToAsk(members: Member[] | undefined, owner: string, me: string): string {
  const admins = (members ?? []).filter((member) => member.role === "admin" && member.user.id !== me);
  admins.sort((a, b) => Number(b.user.id === owner) - Number(a.user.id === owner));
  const names = admins.slice(0, 2).map((member) => member.user.name);
  return names.length > 0 ? new Intl.ListFormat(undefined, { type: "disjunction" }).format(names) : words.anAdmin;
}
