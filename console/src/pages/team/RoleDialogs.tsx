// Dialogs that create, rename and delete custom roles.
import { useState } from "react";
import { useAccountMutation } from "../../data/account-mutation";
import { useCheckPermission } from "../../data/permissions";
import { useSession } from "../../data/session";
import type { Role } from "../../data/types";
import { Button } from "../../components/Button";
import { ConfirmDialog, Dialog, DialogActions } from "../../components/Dialog";
import { SelectField, TextField } from "../../components/Field";
import { Notice } from "../../components/Feedback";
import { toast } from "../../components/toast";
import { useForm } from "../../components/useForm";
import { messages } from "../../messages";

const t = messages.roles;

/** Derives a role code from a title: "Night shift" becomes `night-shift`. */
const codeFrom = (title: string) =>
  title
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 32);

export function CreateRole({ open, onClose, roles }: { open: boolean; onClose: () => void; roles: Role[] }) {
  return (
    <Dialog open={open} onClose={onClose} title={t.createTitle} lead={t.createLead}>
      <CreateForm roles={roles} onClose={onClose} />
    </Dialog>
  );
}

function CreateForm({ roles, onClose }: { roles: Role[]; onClose: () => void }) {
  const { account } = useSession();
  const can = useCheckPermission();
  const mutate = useAccountMutation(account.id);
  const [title, setTitle] = useState("");
  const [editedCode, setEditedCode] = useState<string>();
  const [template, setTemplate] = useState("");
  const code = editedCode ?? codeFrom(title);
  const base = roles.find((role) => role.code === template)?.permissions ?? [];
  const { form, busy, errors, problem, showFieldErrors } = useForm(async () => {
    if (!/^[a-z][a-z0-9-]*$/.test(code)) return showFieldErrors({ code: t.codeInvalid });
    await mutate((rolecall) => rolecall.roles.create({ account: account.id, code, title: title.trim(), permissions: base.filter(can) }));
    onClose();
    toast(t.created(title.trim()));
  });
  return (
    <form {...form}>
      <TextField
        label={t.roleTitle}
        name="title"
        required
        maxLength={64}
        value={title}
        error={errors["title"]}
        onChange={(event) => setTitle(event.target.value)}
      />
      <TextField
        label={t.code}
        name="code"
        className="mono"
        required
        spellCheck={false}
        autoCapitalize="none"
        value={code}
        error={errors["code"]}
        hint={t.codeHint}
        onChange={(event) => setEditedCode(event.target.value)}
      />
      <SelectField label={t.template} name="from" value={template} onChange={(event) => setTemplate(event.target.value)}>
        <option value="">{t.templateNone}</option>
        {roles.map((role) => (
          <option key={role.code} value={role.code}>
            {role.permissions.every(can) ? role.title : t.templatePartial(role.title)}
          </option>
        ))}
      </SelectField>
      {problem && <Notice kind="error">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{messages.common.cancel}</Button>
        <Button type="submit" variant="primary" busy={busy}>
          {t.create}
        </Button>
      </DialogActions>
    </form>
  );
}

interface RoleDialogProps {
  open: boolean;
  onClose: () => void;
  role: Role | undefined;
}

export function RenameRole({ open, onClose, role }: RoleDialogProps) {
  const [last, setLast] = useState(role);
  if (role && role !== last) setLast(role);
  const target = role ?? last;
  if (!target) return null;
  return (
    <Dialog open={open} onClose={onClose} title={t.renameTitle(target.title)}>
      <RenameForm key={target.code} role={target} onClose={onClose} />
    </Dialog>
  );
}

function RenameForm({ role, onClose }: { role: Role; onClose: () => void }) {
  const { account } = useSession();
  const mutate = useAccountMutation(account.id);
  const [title, setTitle] = useState(role.title);
  const { form, busy, errors, problem } = useForm(async () => {
    await mutate((rolecall) => rolecall.roles.update(role.code, { account: account.id, title: title.trim() }));
    onClose();
    toast(t.saved);
  });
  return (
    <form {...form}>
      <TextField
        label={t.roleTitle}
        name="title"
        required
        maxLength={64}
        value={title}
        error={errors["title"]}
        onChange={(event) => setTitle(event.target.value)}
      />
      {problem && <Notice kind="error">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{messages.common.cancel}</Button>
        <Button type="submit" variant="primary" busy={busy}>
          {messages.common.save}
        </Button>
      </DialogActions>
    </form>
  );
}

export function DeleteRole({ open, onClose, role }: RoleDialogProps) {
  const { account } = useSession();
  const mutate = useAccountMutation(account.id);
  const [last, setLast] = useState(role);
  if (role && role !== last) setLast(role);
  const target = role ?? last;
  if (!target) return null;
  const remove = async () => {
    await mutate((rolecall) => rolecall.roles.delete(target.code, { account: account.id }));
    toast(t.deleted(target.title));
  };
  return <ConfirmDialog open={open} onClose={onClose} title={t.deleteTitle(target.title)} body={t.deleteBody} submit={t.deleteSubmit} onConfirm={remove} />;
}
