// A role selection with the permissions of the selected role. Roles that exceed the user's own permissions are disabled.
// For a member with a role, gained and lost permissions are marked.
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { policyQuery } from "../../data/queries";
import { useCheckPermission } from "../../data/permissions";
import { useRoles } from "../../data/roles";
import type { Role } from "../../data/types";
import { Icon } from "../../components/Icon";
import { Skeleton } from "../../components/Feedback";
import { messages } from "../../messages";
import badgeStyles from "../../components/Badge.module.css";
import fieldStyles from "../../components/Field.module.css";
import styles from "./RolePicker.module.css";
import { cx } from "../../components/cx";

const t = messages.team;

interface Props {
  value: string;
  onChange: (code: string) => void;
  /** The member's current role. */
  current?: string;
}

export function RolePicker({ value, onChange, current }: Props) {
  const roles = useRoles();
  const can = useCheckPermission();
  const titles = usePermissionTitles();
  const group = useId();
  if (!roles.data) return <Skeleton lines={4} height="row" />;
  const selectedRole = roles.data.find((role) => role.code === value);
  const currentRole = roles.data.find((role) => role.code === current);
  return (
    <div className={styles.picker}>
      <fieldset className={styles.list}>
        <legend className={cx(fieldStyles.label, styles.heading)}>{t.role}</legend>
        {roles.data.map((role) => {
          const missing = role.permissions.filter((code) => !can(code));
          const escalation =
            missing.length > 0
              ? t.escalation(
                  missing
                    .map((code) => titles.get(code) ?? code)
                    .slice(0, 2)
                    .join(", "),
                )
              : undefined;
          return (
            <label key={role.code} className={cx(styles.option, escalation !== undefined && styles.disabled)}>
              <input
                type="radio"
                className={styles.radio}
                name={group}
                value={role.code}
                checked={role.code === value}
                disabled={escalation !== undefined}
                onChange={() => onChange(role.code)}
              />
              <span className="grow">
                <span className="strong">{role.title}</span>
                {role.code === current && <span className={cx(badgeStyles.badge, badgeStyles.inline)}>{t.currentRole}</span>}
                {!role.built_in && <span className={cx(badgeStyles.badge, badgeStyles.inline)}>{messages.roles.custom}</span>}
                {escalation && <span className="small block">{escalation}</span>}
              </span>
            </label>
          );
        })}
      </fieldset>
      <div className={styles.permissions} aria-live="polite">
        {selectedRole && <RolePermissions role={selectedRole} {...(currentRole ? { currentRole } : {})} titles={titles} />}
      </div>
    </div>
  );
}

function RolePermissions({ role, currentRole, titles }: { role: Role; currentRole?: Role; titles: Map<string, string> }) {
  const isDifferent = currentRole !== undefined && currentRole.code !== role.code;
  const removedPermissions = isDifferent ? currentRole.permissions.filter((code) => !role.permissions.includes(code)) : [];
  return (
    <>
      <p className={cx(fieldStyles.label, styles.heading)}>{t.rolePermissions(role.title)}</p>
      {role.permissions.length === 0 && <p className="soft small">{messages.join.noPermissions}</p>}
      <ul className={styles.permissionList}>
        {role.permissions.map((code) => (
          <li key={code} className="row small">
            <span className="good">
              <Icon name="check" size={16} />
            </span>
            <span className="grow">{titles.get(code) ?? code}</span>
            {isDifferent && !currentRole.permissions.includes(code) && <span className={cx(badgeStyles.badge, badgeStyles.good)}>{t.gained}</span>}
          </li>
        ))}
        {removedPermissions.map((code) => (
          <li key={code} className="row small faint">
            <Icon name="minus" size={16} />
            <span className="grow struck">{titles.get(code) ?? code}</span>
            <span className={cx(badgeStyles.badge, badgeStyles.bad)}>{t.lost}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

export function usePermissionTitles(): Map<string, string> {
  const policy = useQuery(policyQuery);
  return new Map(policy.data?.permissions.map((permission) => [permission.code, permission.title]));
}
