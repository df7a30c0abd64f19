// /permissions: what the user can and cannot do in the active account, why not, and whom to ask.
import { useQuery } from "@tanstack/react-query";
import { useExplain } from "rolecall/react";
import { membersQuery, policyQuery } from "../data/queries";
import { useCheckPermission } from "../data/permissions";
import { useRoleTitle } from "../data/roles";
import { useSession } from "../data/session";
import type { Member, PolicyPermission } from "../data/types";
import { Page } from "../layout/Page";
import { Icon } from "../components/Icon";
import { ErrorState, Skeleton } from "../components/Feedback";
import { messages } from "../messages";
import { PermissionCheck } from "./permissions/PermissionCheck";
import badgeStyles from "../components/Badge.module.css";
import cardStyles from "../components/Card.module.css";
import styles from "./permissions.module.css";
import { cx } from "../components/cx";

const t = messages.permissions;

export function PermissionsPage() {
  const { account } = useSession();
  const policy = useQuery(policyQuery);
  const roleTitle = useRoleTitle();
  const can = useCheckPermission();
  const all = policy.data?.permissions;
  const granted = all?.filter((permission) => can(permission.code));
  const missing = all?.filter((permission) => !can(permission.code));
  const lead = account.kind === "personal" ? t.leadPersonal : t.lead(account.name, roleTitle(account.role));
  return (
    <Page title={t.title} lead={lead} badge={all && granted && <span className={cx(badgeStyles.badge, "nums")}>{t.count(granted.length, all.length)}</span>}>
      <div className={styles.columns}>
        <div className="stack">
          {policy.isPending && (
            <section className={cardStyles.card}>
              <Skeleton lines={8} height="row" />
            </section>
          )}
          {policy.error && (
            <section className={cardStyles.card}>
              <ErrorState error={policy.error} onRetry={() => void policy.refetch()} />
            </section>
          )}
          {granted && granted.length > 0 && <List title={t.granted} permissions={granted} allowed />}
          {missing && missing.length > 0 && <List title={t.missing} permissions={missing} allowed={false} />}
        </div>
        {all && <PermissionCheck permissions={all} routes={policy.data?.routes ?? []} />}
      </div>
    </Page>
  );
}

function List({ title, permissions, allowed }: { title: string; permissions: PolicyPermission[]; allowed: boolean }) {
  return (
    <section className={cardStyles.card} aria-label={title}>
      <div className={cardStyles.header}>
        <h2>{title}</h2>
        <span className={cx(badgeStyles.badge, "nums")}>{permissions.length}</span>
      </div>
      <ul>
        {permissions.map((permission) => (
          <li key={permission.code} className={styles.permission}>
            <span className={allowed ? "good" : "faint"}>
              <Icon name={allowed ? "check" : "lock"} />
            </span>
            <div className="grow">
              <p>
                <span className="strong">{permission.title}</span> <code className="faint">{permission.code}</code>
              </p>
              {allowed ? permission.description && <p className="small soft">{permission.description}</p> : <MissingReason code={permission.code} />}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function MissingReason({ code }: { code: string }) {
  const { account, user } = useSession();
  const explanation = useExplain(code);
  const roleTitle = useRoleTitle();
  const members = useQuery({ ...membersQuery(account.id), enabled: account.kind === "team" });
  const roles = explanation?.grantedBy.map(roleTitle) ?? [];
  return (
    <p className="small soft">
      {t.notInRole(roleTitle(account.role))}{" "}
      {roles.length > 0 ? t.includedIn(new Intl.ListFormat(undefined, { type: "disjunction" }).format(roles)) : t.inNoRole}{" "}
      {t.ask(namesToAsk(members.data, account.owner, user.id))}
    </p>
  );
}

/** Names whom to ask for a role: the owner first, then other admins, at most two. */
function namesToAsk(members: Member[] | undefined, owner: string, me: string): string {
  const admins = (members ?? []).filter((member) => member.role === "admin" && member.user.id !== me);
  admins.sort((a, b) => Number(b.user.id === owner) - Number(a.user.id === owner));
  const names = admins.slice(0, 2).map((member) => member.user.name);
  return names.length > 0 ? new Intl.ListFormat(undefined, { type: "disjunction" }).format(names) : t.anAdmin;
}
