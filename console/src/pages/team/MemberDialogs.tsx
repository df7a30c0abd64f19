// The questions that come before a membership changes.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../../data/act";
import { apiKeysQuery, removePreviewQuery } from "../../data/queries";
import { useRights } from "../../data/rights";
import { useRoles } from "../../data/roles";
import { changesMembership, useActive } from "../../data/session";
import type { Member } from "../../data/types";
import { Button } from "../../parts/Button";
import { Confirm, Dialog, DialogActions } from "../../parts/Dialog";
import { toast, toastProblem } from "../../parts/toast";
import { text } from "../../text";
import { RoleChoice } from "./RoleChoice";

const words = text.team;

interface Props {
  open: boolean;
  onClose: () => void;
  /** Stays set while the dialog closes, so that its words do not change on the way out. */
  member: Member | undefined;
}

/** Keeps the last member while the dialog fades out. */
function useLast(member: Member | undefined): Member | undefined {
  const [last, setLast] = useState(member);
  if (member && member !== last) setLast(member);
  return member ?? last;
}

export function ChangeRole({ open, onClose, member }: Props) {
  const last = useLast(member);
  if (!last) return null;
  return (
    <Dialog open={open} onClose={onClose} wide title={words.changeRoleTitle(last.user.name)}>
      <RoleForm key={last.user.id} member={last} onClose={onClose} />
    </Dialog>
  );
}

function RoleForm({ member, onClose }: { member: Member; onClose: () => void }) {
  const { account } = useActive();
  const roles = useRoles();
  const act = useAct(account.id);
  const [role, setRole] = useState(member.role);
  const same = role === member.role;

  // The row shows the new role at once; if the server refuses, the row goes back and a message says why.
  const change = async () => {
    onClose();
    const title = roles.data?.find((one) => one.code === role)?.title ?? role;
    const undo = act.optimistic<Member[]>("members", (members) => members.map((one) => (one.user.id === member.user.id ? { ...one, role } : one)));
    try {
      await act((client) => client.setRole(account.id, member.user.id, role));
      toast(words.roleChanged(member.user.name, title));
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
        if (!same) void change();
      }}
    >
      <RoleChoice value={role} onChange={setRole} current={member.role} />
      <DialogActions>
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button type="submit" look="primary" aria-disabled={same || undefined}>
          {words.changeRoleSubmit}
        </Button>
      </DialogActions>
    </form>
  );
}

export function RemoveMember({ open, onClose, member }: Props) {
  const { account } = useActive();
  const act = useAct(account.id);
  const last = useLast(member);
  if (!last) return null;
  const { id, name } = last.user;
  const remove = async () => {
    await act((client) => client.removeMember(account.id, id));
    toast(words.removed(name));
  };
  return (
    <Confirm open={open} onClose={onClose} title={words.removeTitle(name)} body={words.removeBody(name, account.name)} submit={words.removeSubmit} onConfirm={remove}>
      <KeysThatStop user={id} asking={open} />
    </Confirm>
  );
}

export function LeaveTeam({ open, onClose }: Omit<Props, "member"> & { member?: Member | undefined }) {
  const { account, user } = useActive();
  const act = useAct(account.id);
  const leave = async () => {
    await changesMembership(account.id, () => act((client) => client.removeMember(account.id, user.id), { me: true }));
    toast(words.left(account.name));
  };
  return (
    <Confirm open={open} onClose={onClose} title={words.leaveTitle(account.name)} body={words.leaveBody} submit={words.leaveSubmit} onConfirm={leave}>
      <KeysThatStop user={user.id} asking={open} />
    </Confirm>
  );
}

/** The API keys that end with the membership of whoever made them, by name for those who may list keys. */
function KeysThatStop({ user, asking }: { user: string; asking: boolean }) {
  const { account } = useActive();
  const { can } = useRights();
  // Who leaves acts in another account before this dialog is gone.
  const [team] = useState(account.id);
  const preview = useQuery({ ...removePreviewQuery(team, user), enabled: asking });
  const keys = useQuery({ ...apiKeysQuery(team), enabled: account.id === team && can("team.manage") });
  const stopping = (preview.data ?? []).filter(({ action }) => action === "api-key.stop").map(({ resource }) => resource.id);
  if (stopping.length === 0) return null;
  return (
    <section className="preview" aria-live="polite">
      <p className="strong">{words.keysStop(stopping.length)}</p>
      <p className="soft small break">{stopping.map((id) => keys.data?.find((key) => key.id === id)?.name ?? id).join(", ")}</p>
    </section>
  );
}

export function TransferOwnership({ open, onClose, member }: Props) {
  const { account } = useActive();
  const act = useAct(account.id);
  const last = useLast(member);
  if (!last) return null;
  const { id, name } = last.user;
  const transfer = async () => {
    await act((client) => client.transfer(account.id, id), { me: true });
    toast(words.transferred(name, account.name));
  };
  return <Confirm open={open} onClose={onClose} danger={false} title={words.transferTitle(name)} body={words.transferBody(name, account.name)} submit={words.transferSubmit} onConfirm={transfer} />;
}
