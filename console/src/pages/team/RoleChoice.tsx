// Choosing a role, with what it lets a person do beside it. Roles that give more than one holds oneself cannot be
// chosen and say why; where the person has a role already, what is new and what is lost is marked.
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { policyQuery } from "../../data/queries";
import { useRights } from "../../data/rights";
import { useRoles } from "../../data/roles";
import type { Role } from "../../data/types";
import { Icon } from "../../parts/Icon";
import { Skeleton } from "../../parts/States";
import { text } from "../../text";

const words = text.team;

interface Props {
  value: string;
  onChange: (code: string) => void;
  /** The role that the person has now. */
  current?: string;
}

export function RoleChoice({ value, onChange, current }: Props) {
  const roles = useRoles();
  const { can } = useRights();
  const titles = usePermissionTitles();
  const group = useId();
  if (!roles.data) return <Skeleton lines={4} height="row" />;
  const chosen = roles.data.find((role) => role.code === value);
  const before = roles.data.find((role) => role.code === current);
  return (
    <div className="role-choice">
      <fieldset className="role-list">
        <legend className="label">{words.chooseRole}</legend>
        {roles.data.map((role) => {
          const missing = role.permissions.filter((code) => !can(code));
          const why = missing.length > 0 ? words.escalates(missing.map((code) => titles.get(code) ?? code).slice(0, 2).join(", ")) : undefined;
          return (
            <label key={role.code} className={`role-option ${why ? "off" : ""}`}>
              <input type="radio" className="radio" name={group} value={role.code} checked={role.code === value} disabled={why !== undefined} onChange={() => onChange(role.code)} />
              <span className="grow">
                <span className="strong">{role.title}</span>
                {role.code === current && <span className="badge inline">{words.currentRole}</span>}
                {!role.built_in && <span className="badge inline">{text.roles.custom}</span>}
                {why && <span className="small block">{why}</span>}
              </span>
            </label>
          );
        })}
      </fieldset>
      <div className="role-gives" aria-live="polite">{chosen && <Gives role={chosen} {...(before ? { before } : {})} titles={titles} />}</div>
    </div>
  );
}

function Gives({ role, before, titles }: { role: Role; before?: Role; titles: Map<string, string> }) {
  const changed = before !== undefined && before.code !== role.code;
  const lost = changed ? before.permissions.filter((code) => !role.permissions.includes(code)) : [];
  return (
    <>
      <p className="label">{words.roleGives(role.title)}</p>
      {role.permissions.length === 0 && <p className="soft small">{text.join.nothing}</p>}
      <ul className="gives">
        {role.permissions.map((code) => (
          <li key={code} className="row small">
            <span className="good">
              <Icon name="check" size={16} />
            </span>
            <span className="grow">{titles.get(code) ?? code}</span>
            {changed && !before.permissions.includes(code) && <span className="badge good">{words.gains}</span>}
          </li>
        ))}
        {lost.map((code) => (
          <li key={code} className="row small faint">
            <Icon name="minus" size={16} />
            <span className="grow struck">{titles.get(code) ?? code}</span>
            <span className="badge bad">{words.loses}</span>
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
