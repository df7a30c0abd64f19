// The matrix of roles and permissions. Custom roles are edited in place; edits are kept until saved. Permissions that the
// user does not hold cannot be granted.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useCan } from "rolecall/react";
import { useAccountMutation } from "../../data/account-mutation";
import { problemText } from "../../data/problems";
import { policyQuery } from "../../data/queries";
import { useDenialReason } from "../../data/permissions";
import { useRoles } from "../../data/roles";
import { useSession } from "../../data/session";
import type { PolicyPermission, Role } from "../../data/types";
import { Button, IconButton } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Menu, MenuItem, MenuSeparator } from "../../components/Menu";
import { ErrorState, Notice, Skeleton } from "../../components/Feedback";
import { Checkbox } from "../../components/Checkbox";
import { toast } from "../../components/toast";
import { BreakableText } from "../../components/FormattedText";
import { messages } from "../../messages";
import { countRoleEdits, type RoleEdits } from "./role-edits";
import { CreateRole, DeleteRole, RenameRole } from "./RoleDialogs";
import cardStyles from "../../components/Card.module.css";
import styles from "./RoleMatrix.module.css";

const t = messages.roles;

interface Props {
  edits: RoleEdits;
  onEdit: (edits: RoleEdits) => void;
}

export function RoleMatrix({ edits, onEdit }: Props) {
  const { account } = useSession();
  const roles = useRoles();
  const policy = useQuery(policyQuery);
  const deniedReason = useDenialReason("members.manage");
  const mutate = useAccountMutation(account.id);
  const [creating, setCreating] = useState(false);
  const [openDialog, setOpenDialog] = useState<{ dialog: "rename" | "delete"; role: Role }>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();

  if (roles.error || policy.error) {
    return (
      <section className={cardStyles.card}>
        <ErrorState error={roles.error ?? policy.error} onRetry={() => void Promise.all([roles.refetch(), policy.refetch()])} />
      </section>
    );
  }
  if (!roles.data || !policy.data) {
    return (
      <section className={cardStyles.card}>
        <Skeleton lines={8} height="row" />
      </section>
    );
  }
  const all = roles.data;
  const order = policy.data.permissions.map((permission) => permission.code);
  const count = countRoleEdits(edits, all);

  const toggle = (role: Role, code: string) => {
    const now = edits[role.code] ?? role.permissions;
    const next = now.includes(code) ? now.filter((other) => other !== code) : order.filter((other) => other === code || now.includes(other));
    onEdit({ ...edits, [role.code]: next });
  };
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      for (const role of all) {
        const permissions = edits[role.code];
        if (permissions && !same(permissions, role.permissions))
          await mutate((rolecall) => rolecall.roles.update(role.code, { account: account.id, permissions }));
      }
      onEdit({});
      toast(t.saved);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={cardStyles.card} data-focus-group>
      <div className={cardStyles.header}>
        <div className="grow">
          <h2 id="roles-title">{t.matrix}</h2>
          <p className="soft small">{t.lead}</p>
        </div>
        <Button icon="plus" disabledReason={deniedReason} onClick={() => setCreating(true)}>
          {t.create}
        </Button>
      </div>
      <div className={styles.scroll} role="region" aria-labelledby="roles-title" tabIndex={0}>
        <table className={styles.matrix}>
          <thead>
            <tr>
              <th scope="col">{t.permission}</th>
              {all.map((role) => (
                <th key={role.code} scope="col">
                  <span className={styles.role}>
                    <span>
                      <span className="strong block">{role.title}</span>
                      <span className="small faint">{role.built_in ? t.builtIn : role.overrides_built_in ? t.overriding : t.custom}</span>
                    </span>
                    {!role.built_in && (
                      <Menu trigger={<IconButton className={styles.roleMenu} icon="dots" label={t.edit(role.title)} />}>
                        <MenuItem icon="settings" disabledReason={deniedReason} onSelect={() => setOpenDialog({ dialog: "rename", role })}>
                          {t.rename}
                        </MenuItem>
                        <MenuSeparator />
                        <MenuItem icon="cross" danger disabledReason={deniedReason} onSelect={() => setOpenDialog({ dialog: "delete", role })}>
                          {t.delete}
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
                    <BreakableText text={permission.title} />
                  </span>
                  <code className="faint">
                    <BreakableText text={permission.code} />
                  </code>
                </th>
                {all.map((role) => (
                  <td key={role.code}>
                    <Cell
                      role={role}
                      permission={permission}
                      granted={(edits[role.code] ?? role.permissions).includes(permission.code)}
                      deniedReason={deniedReason}
                      onToggle={() => toggle(role, permission.code)}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {count > 0 && (
        <div className={styles.saveBar} data-sticky-bar role="region" aria-label={t.unsaved}>
          <span className="strong grow">{t.unsavedCount(count)}</span>
          <Button variant="quiet" onClick={() => onEdit({})}>
            {t.discard}
          </Button>
          <Button variant="primary" busy={busy} onClick={() => void save()}>
            {t.saveChanges}
          </Button>
        </div>
      )}
      {problem !== undefined && (
        <div className={cardStyles.footer}>
          <Notice kind="error">{problemText(problem)}</Notice>
        </div>
      )}
      <CreateRole open={creating} onClose={() => setCreating(false)} roles={all} />
      <RenameRole open={openDialog?.dialog === "rename"} onClose={() => setOpenDialog(undefined)} role={openDialog?.role} />
      <DeleteRole open={openDialog?.dialog === "delete"} onClose={() => setOpenDialog(undefined)} role={openDialog?.role} />
    </div>
  );
}

interface CellProps {
  role: Role;
  permission: PolicyPermission;
  granted: boolean;
  deniedReason: string | undefined;
  onToggle: () => void;
}

function Cell({ role, permission, granted, deniedReason, onToggle }: CellProps) {
  const userHolds = useCan(permission.code);
  if (role.built_in) {
    return (
      <span className={granted ? "good" : "faint"}>
        <Icon name={granted ? "check" : "minus"} />
        <span className="hidden">{granted ? t.allowed : t.notAllowed}</span>
      </span>
    );
  }
  // Revoking is always possible, and so is restoring what the role has.
  const notHeld = !userHolds && !granted && !role.permissions.includes(permission.code);
  const reason = deniedReason ?? (notHeld ? t.notHeld(permission.title) : undefined);
  return <Checkbox label={t.cell(role.title, permission.title)} checked={granted} disabledReason={reason} onChange={onToggle} />;
}

const same = (a: string[], b: string[]) => a.length === b.length && a.every((item) => b.includes(item));
