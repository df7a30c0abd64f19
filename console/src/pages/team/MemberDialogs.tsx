// Dialogs that change, remove, leave or transfer a membership.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAccountMutation } from "../../data/account-mutation";
import { apiKeysQuery, removeMemberPreviewQuery } from "../../data/queries";
import { useCan } from "rolecall/react";
import { useRoles } from "../../data/roles";
import { withoutMembershipNotice, useSession } from "../../data/session";
import type { Member } from "../../data/types";
import { Button } from "../../components/Button";
import { ConfirmDialog, Dialog, DialogActions } from "../../components/Dialog";
import { toast, toastProblem } from "../../components/toast";
import { messages } from "../../messages";
import { RolePicker } from "./RolePicker";
import changePreviewStyles from "./ChangePreview.module.css";

const t = messages.team;

interface Props {
  open: boolean;
  onClose: () => void;
  /** Kept while the dialog closes, so that its content does not change during the animation. */
  member: Member | undefined;
}

/** Returns the last defined member. */
function useLastDefined(member: Member | undefined): Member | undefined {
  const [last, setLast] = useState(member);
  if (member && member !== last) setLast(member);
  return member ?? last;
}

export function ChangeRole({ open, onClose, member }: Props) {
  const last = useLastDefined(member);
  if (!last) return null;
  return (
    <Dialog open={open} onClose={onClose} wide title={t.changeRoleTitle(last.user.name)}>
      <RoleForm key={last.user.id} member={last} onClose={onClose} />
    </Dialog>
  );
}

function RoleForm({ member, onClose }: { member: Member; onClose: () => void }) {
  const { account } = useSession();
  const roles = useRoles();
  const mutate = useAccountMutation(account.id);
  const [role, setRole] = useState(member.role);
  const unchanged = role === member.role;

  // Optimistic: the row shows the new role at once and is rolled back if the server refuses.
  const change = async () => {
    onClose();
    const title = roles.data?.find(({ code }) => code === role)?.title ?? role;
    const undo = mutate.optimistic<Member[]>("members", (members) => members.map((other) => (other.user.id === member.user.id ? { ...other, role } : other)));
    try {
      await mutate((rolecall) => rolecall.members.update(member.user.id, { account: account.id, role }));
      toast(t.roleChanged(member.user.name, title));
    } catch (error) {
      undo();
      toastProblem(error);
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!unchanged) void change();
      }}
    >
      <RolePicker value={role} onChange={setRole} current={member.role} />
      <DialogActions>
        <Button onClick={onClose}>{messages.common.cancel}</Button>
        <Button type="submit" variant="primary" aria-disabled={unchanged || undefined}>
          {t.changeRoleSubmit}
        </Button>
      </DialogActions>
    </form>
  );
}

export function RemoveMember({ open, onClose, member }: Props) {
  const { account } = useSession();
  const mutate = useAccountMutation(account.id);
  const last = useLastDefined(member);
  if (!last) return null;
  const { id, name } = last.user;
  const remove = async () => {
    await mutate((rolecall) => rolecall.members.remove(id, { account: account.id }));
    toast(t.removed(name));
  };
  return (
    <ConfirmDialog open={open} onClose={onClose} title={t.removeTitle(name)} body={t.removeBody(name, account.name)} submit={t.removeSubmit} onConfirm={remove}>
      <RevokedApiKeys user={id} enabled={open} />
    </ConfirmDialog>
  );
}

export function LeaveTeam({ open, onClose }: Omit<Props, "member"> & { member?: Member | undefined }) {
  const { account, user } = useSession();
  const mutate = useAccountMutation(account.id);
  const leave = async () => {
    await withoutMembershipNotice(account.id, () => mutate((rolecall) => rolecall.members.remove(user.id, { account: account.id }), { awaitMe: true }));
    toast(t.left(account.name));
  };
  return (
    <ConfirmDialog open={open} onClose={onClose} title={t.leaveTitle(account.name)} body={t.leaveBody} submit={t.leaveSubmit} onConfirm={leave}>
      <RevokedApiKeys user={user.id} enabled={open} />
    </ConfirmDialog>
  );
}

/** The API keys that are revoked with a membership, by name for users who may list keys. */
function RevokedApiKeys({ user, enabled }: { user: string; enabled: boolean }) {
  const { account } = useSession();
  const canListKeys = useCan("team.manage");
  // The active account changes before this dialog has closed.
  const [team] = useState(account.id);
  const preview = useQuery({ ...removeMemberPreviewQuery(team, user), enabled });
  const keys = useQuery({ ...apiKeysQuery(team), enabled: account.id === team && canListKeys });
  const revokedIds = (preview.data ?? []).filter(({ action }) => action === "api-key.revoke").map(({ resource }) => resource.id);
  if (revokedIds.length === 0) return null;
  return (
    <section className={changePreviewStyles.preview} aria-live="polite">
      <p className="strong">{t.keysRevoked(revokedIds.length)}</p>
      <p className="soft small break">{revokedIds.map((id) => keys.data?.find((key) => key.id === id)?.name ?? id).join(", ")}</p>
    </section>
  );
}

export function TransferOwnership({ open, onClose, member }: Props) {
  const { account } = useSession();
  const mutate = useAccountMutation(account.id);
  const last = useLastDefined(member);
  if (!last) return null;
  const { id, name } = last.user;
  const transfer = async () => {
    await mutate((rolecall) => rolecall.accounts.transfer(account.id, id), { awaitMe: true });
    toast(t.transferred(name, account.name));
  };
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      danger={false}
      title={t.transferTitle(name)}
      body={t.transferBody(name, account.name)}
      submit={t.transferSubmit}
      onConfirm={transfer}
    />
  );
}
