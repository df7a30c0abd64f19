// Sets or changes the user's password.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRolecall } from "rolecall/react";
import { mySignInMethodsQuery, sessionsQuery } from "../../data/queries";
import { useSession } from "../../data/session";
import { withStepUp } from "../../data/step-up";
import { Button } from "../../components/Button";
import { EmailField } from "../../components/CredentialFields";
import { Dialog, DialogActions } from "../../components/Dialog";
import { Notice } from "../../components/Feedback";
import { NewPasswordField } from "../../components/NewPasswordField";
import { toast } from "../../components/toast";
import { useForm } from "../../components/useForm";
import { messages } from "../../messages";
import cardStyles from "../../components/Card.module.css";

const t = messages.security;

export function Password({ exists }: { exists: boolean }) {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  const title = exists ? t.change : t.set;
  return (
    <section className={cardStyles.card}>
      <div className={cardStyles.setting}>
        <div className="grow">
          <h2>{t.password}</h2>
          <p className="soft">{exists ? t.changeLead : t.setLead}</p>
        </div>
        <Button onClick={() => setOpen(true)}>{title}</Button>
      </div>
      <Dialog open={open} onClose={close} title={title} lead={exists ? t.changeLead : undefined} closeOn="escape">
        <PasswordForm onClose={close} />
      </Dialog>
    </section>
  );
}

function PasswordForm({ onClose }: { onClose: () => void }) {
  const rolecall = useRolecall();
  const queries = useQueryClient();
  const { user } = useSession();
  const [password, setPassword] = useState("");
  const { form, busy, errors, problem } = useForm(async () => {
    await withStepUp(() => rolecall.me.changePassword({ password }));
    onClose();
    toast(t.saved);
    await Promise.all([mySignInMethodsQuery, sessionsQuery].map(({ queryKey }) => queries.invalidateQueries({ queryKey })));
  });
  return (
    <form {...form}>
      <EmailField readOnly value={user.email} onChange={() => {}} error={undefined} />
      <NewPasswordField
        label={messages.auth.newPassword}
        value={password}
        onChange={setPassword}
        error={errors["password"]}
        context={[user.name, user.email]}
      />
      {problem && <Notice kind="error">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{messages.common.cancel}</Button>
        <Button type="submit" variant="primary" busy={busy}>
          {t.save}
        </Button>
      </DialogActions>
    </form>
  );
}
