// Making, renaming and deleting a custom role. What it may do is ticked in the matrix.
import { useState } from "react";
import { useAct } from "../../data/act";
import { useRights } from "../../data/rights";
import { useActive } from "../../data/session";
import type { Role } from "../../data/types";
import { Button } from "../../parts/Button";
import { Confirm, Dialog, DialogActions } from "../../parts/Dialog";
import { SelectField, TextField } from "../../parts/Field";
import { Notice } from "../../parts/States";
import { toast } from "../../parts/toast";
import { useForm } from "../../parts/useForm";
import { text } from "../../text";

const words = text.roles;

/** A code made from a title: "Night shift" becomes `night-shift`. */
const codeFrom = (title: string) =>
  title
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 32);

export function CreateRole({ open, onClose, roles }: { open: boolean; onClose: () => void; roles: Role[] }) {
  return (
    <Dialog open={open} onClose={onClose} title={words.createTitle} lead={words.createLead}>
      <CreateForm roles={roles} onClose={onClose} />
    </Dialog>
  );
}

function CreateForm({ roles, onClose }: { roles: Role[]; onClose: () => void }) {
  const { account } = useActive();
  const { can } = useRights();
  const act = useAct(account.id);
  const [title, setTitle] = useState("");
  const [ownCode, setOwnCode] = useState<string>();
  const [from, setFrom] = useState("");
  const code = ownCode ?? codeFrom(title);
  const base = roles.find((role) => role.code === from)?.permissions ?? [];
  const { form, busy, errors, problem, fail } = useForm(async () => {
    if (!/^[a-z][a-z0-9-]*$/.test(code)) return fail({ code: words.codeInvalid });
    await act((client) => client.createRole(account.id, { code, title: title.trim(), permissions: base.filter(can) }));
    onClose();
    toast(words.created(title.trim()));
  });
  return (
    <form {...form}>
      <TextField label={words.roleTitle} name="title" required maxLength={64} value={title} error={errors["title"]} onChange={(event) => setTitle(event.target.value)} />
      <TextField label={words.code} name="code" className="mono" required spellCheck={false} autoCapitalize="none" value={code} error={errors["code"]} hint={words.codeHint} onChange={(event) => setOwnCode(event.target.value)} />
      <SelectField label={words.startFrom} name="from" value={from} onChange={(event) => setFrom(event.target.value)}>
        <option value="">{words.startEmpty}</option>
        {roles.map((role) => (
          <option key={role.code} value={role.code}>
            {role.permissions.every(can) ? role.title : words.startOnly(role.title)}
          </option>
        ))}
      </SelectField>
      {problem && <Notice kind="bad">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button type="submit" look="primary" busy={busy}>
          {words.create}
        </Button>
      </DialogActions>
    </form>
  );
}

interface OneRole {
  open: boolean;
  onClose: () => void;
  role: Role | undefined;
}

export function RenameRole({ open, onClose, role }: OneRole) {
  const [last, setLast] = useState(role);
  if (role && role !== last) setLast(role);
  const shown = role ?? last;
  if (!shown) return null;
  return (
    <Dialog open={open} onClose={onClose} title={words.renameTitle(shown.title)}>
      <RenameForm key={shown.code} role={shown} onClose={onClose} />
    </Dialog>
  );
}

function RenameForm({ role, onClose }: { role: Role; onClose: () => void }) {
  const { account } = useActive();
  const act = useAct(account.id);
  const [title, setTitle] = useState(role.title);
  const { form, busy, errors, problem } = useForm(async () => {
    await act((client) => client.updateRole(account.id, role.code, { title: title.trim() }));
    onClose();
    toast(words.updated);
  });
  return (
    <form {...form}>
      <TextField label={words.roleTitle} name="title" required maxLength={64} value={title} error={errors["title"]} onChange={(event) => setTitle(event.target.value)} />
      {problem && <Notice kind="bad">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button type="submit" look="primary" busy={busy}>
          {text.save}
        </Button>
      </DialogActions>
    </form>
  );
}

export function DeleteRole({ open, onClose, role }: OneRole) {
  const { account } = useActive();
  const act = useAct(account.id);
  const [last, setLast] = useState(role);
  if (role && role !== last) setLast(role);
  const shown = role ?? last;
  if (!shown) return null;
  const remove = async () => {
    await act((client) => client.deleteRole(account.id, shown.code));
    toast(words.deleted(shown.title));
  };
  return <Confirm open={open} onClose={onClose} title={words.deleteTitle(shown.title)} body={words.deleteBody} submit={words.deleteSubmit} onConfirm={remove} />;
}
