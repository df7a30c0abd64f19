// The matrix of roles and permissions. Built-in roles are fixed; custom roles are edited right here: ticks are a
// draft until saved. What one does not hold oneself cannot be ticked, and the box says so.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../../data/act";
import { problemText } from "../../data/problems";
import { policyQuery } from "../../data/queries";
import { useDenial, useRights } from "../../data/rights";
import { useRoles } from "../../data/roles";
import { useActive } from "../../data/session";
import type { PolicyPermission, Role } from "../../data/types";
import { Button, IconButton } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { Menu, MenuItem, MenuLine } from "../../parts/Menu";
import { ErrorState, Notice, Skeleton } from "../../parts/States";
import { TickBox } from "../../parts/TickBox";
import { toast } from "../../parts/toast";
import { Breakable } from "../../parts/Words";
import { text } from "../../text";
import { changesIn, type Draft } from "./draft";
import { CreateRole, DeleteRole, RenameRole } from "./RoleDialogs";

const words = text.roles;

interface Props {
  draft: Draft;
  onDraft: (draft: Draft) => void;
}

export function Roles({ draft, onDraft }: Props) {
  const { account } = useActive();
  const roles = useRoles();
  const policy = useQuery(policyQuery);
  const denial = useDenial("members.manage");
  const act = useAct(account.id);
  const [creating, setCreating] = useState(false);
  const [asking, setAsking] = useState<{ what: "rename" | "delete"; role: Role }>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();

  if (roles.error || policy.error) {
    return (
      <section className="card">
        <ErrorState error={roles.error ?? policy.error} onRetry={() => void Promise.all([roles.refetch(), policy.refetch()])} />
      </section>
    );
  }
  if (!roles.data || !policy.data) {
    return (
      <section className="card">
        <Skeleton lines={8} height="row" />
      </section>
    );
  }
  const all = roles.data;
  const order = policy.data.permissions.map((permission) => permission.code);
  const count = changesIn(draft, all);

  const tick = (role: Role, code: string) => {
    const now = draft[role.code] ?? role.permissions;
    const next = now.includes(code) ? now.filter((one) => one !== code) : order.filter((one) => one === code || now.includes(one));
    onDraft({ ...draft, [role.code]: next });
  };
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      for (const role of all) {
        const permissions = draft[role.code];
        if (permissions && !same(permissions, role.permissions)) await act((client) => client.updateRole(account.id, role.code, { permissions }));
      }
      onDraft({});
      toast(words.updated);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="card">
      <div className="card-head">
        <div className="grow">
          <h2 id="roles-title">{words.matrix}</h2>
          <p className="soft small">{words.lead}</p>
        </div>
        <Button icon="plus" reason={denial} onClick={() => setCreating(true)}>
          {words.create}
        </Button>
      </div>
      <div className="matrix-scroll" role="region" aria-labelledby="roles-title" tabIndex={0}>
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">{words.permission}</th>
              {all.map((role) => (
                <th key={role.code} scope="col">
                  <span className="matrix-role">
                    <span>
                      <span className="strong block">{role.title}</span>
                      <span className="small faint">{role.built_in ? words.builtIn : role.overrides_built_in ? words.overriding : words.custom}</span>
                    </span>
                    {!role.built_in && (
                      <Menu trigger={<IconButton icon="dots" label={words.edit(role.title)} />}>
                        <MenuItem icon="settings" reason={denial} onSelect={() => setAsking({ what: "rename", role })}>
                          {words.rename}
                        </MenuItem>
                        <MenuLine />
                        <MenuItem icon="cross" danger reason={denial} onSelect={() => setAsking({ what: "delete", role })}>
                          {words.delete}
                        </MenuItem>
                      </Menu>
                    )}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {policy.data.permissions.map((permission) => (
              <tr key={permission.code}>
                <th scope="row">
                  <span className="block">
                    <Breakable words={permission.title} />
                  </span>
                  <code className="faint">
                    <Breakable words={permission.code} />
                  </code>
                </th>
                {all.map((role) => (
                  <td key={role.code}>
                    <Cell role={role} permission={permission} granted={(draft[role.code] ?? role.permissions).includes(permission.code)} denial={denial} onTick={() => tick(role, permission.code)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {count > 0 && (
        <div className="save-bar" role="region" aria-label={words.draft}>
          <span className="strong grow">{words.draftCount(count)}</span>
          <Button look="quiet" onClick={() => onDraft({})}>
            {words.discard}
          </Button>
          <Button look="primary" busy={busy} onClick={() => void save()}>
            {words.saveChanges}
          </Button>
        </div>
      )}
      {problem !== undefined && (
        <div className="card-foot">
          <Notice kind="bad">{problemText(problem)}</Notice>
        </div>
      )}
      <CreateRole open={creating} onClose={() => setCreating(false)} roles={all} />
      <RenameRole open={asking?.what === "rename"} onClose={() => setAsking(undefined)} role={asking?.role} />
      <DeleteRole open={asking?.what === "delete"} onClose={() => setAsking(undefined)} role={asking?.role} />
    </div>
  );
}

interface CellProps {
  role: Role;
  permission: PolicyPermission;
  granted: boolean;
  denial: string | undefined;
  onTick: () => void;
}

function Cell({ role, permission, granted, denial, onTick }: CellProps) {
  const { can } = useRights();
  if (role.built_in) {
    return (
      <span className={granted ? "good" : "faint"}>
        <Icon name={granted ? "check" : "minus"} />
        <span className="hidden">{granted ? words.yes : words.no}</span>
      </span>
    );
  }
  // Taking away is no grant, and putting back what the role has stays possible.
  const lacks = !can(permission.code) && !granted && !role.permissions.includes(permission.code);
  const reason = denial ?? (lacks ? words.why.notHeld(permission.title) : undefined);
  return <TickBox label={words.cell(role.title, permission.title)} checked={granted} reason={reason} onChange={onTick} />;
}

const same = (a: string[], b: string[]) => a.length === b.length && a.every((one) => b.includes(one));
