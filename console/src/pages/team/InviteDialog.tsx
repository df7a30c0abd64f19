// A dialog that invites somebody by email and then shows the link.
import { useId, useRef, useState } from "react";
import { useAccountMutation } from "../../data/account-mutation";
import { useDenialReason } from "../../data/permissions";
import { useRoles } from "../../data/roles";
import { useSession } from "../../data/session";
import type { Invitation } from "../../data/types";
import { Button } from "../../components/Button";
import { DevOutboxNotice } from "../../components/DevOutboxNotice";
import { Dialog, DialogActions } from "../../components/Dialog";
import { SelectField, TextField } from "../../components/Field";
import { Notice } from "../../components/Feedback";
import { useForm } from "../../components/useForm";
import { CopyButton } from "../../components/CopyButton";
import { messages } from "../../messages";
import { RolePicker } from "./RolePicker";
import fieldStyles from "../../components/Field.module.css";

const t = messages.invitations;
const WEEK = "604800";

export function InviteButton() {
  const [open, setOpen] = useState(false);
  const deniedReason = useDenialReason("members.invite");
  return (
    <>
      <Button variant="primary" icon="plus" onClick={() => setOpen(true)} disabledReason={deniedReason}>
        {t.invite}
      </Button>
      <InviteDialog open={open} onClose={() => setOpen(false)} />
    </>
  );
}

function InviteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [sent, setSent] = useState<Invitation>();
  const email = useRef<HTMLInputElement>(null);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      onClosed={() => setSent(undefined)}
      wide
      title={sent ? t.sentTitle(sent.email) : t.title}
      lead={sent ? t.sentLead : t.lead}
      initialFocus={email}
    >
      {sent ? (
        <SentInvitation invitation={sent} onInviteAnother={() => setSent(undefined)} onClose={onClose} />
      ) : (
        <InviteForm emailRef={email} onSent={setSent} onClose={onClose} />
      )}
    </Dialog>
  );
}

function InviteForm({
  emailRef,
  onSent,
  onClose,
}: {
  emailRef: React.RefObject<HTMLInputElement | null>;
  onSent: (invitation: Invitation) => void;
  onClose: () => void;
}) {
  const { account } = useSession();
  const roles = useRoles();
  const mutate = useAccountMutation(account.id);
  const [email, setEmail] = useState("");
  const [chosenRole, setChosenRole] = useState<string>();
  const [expiry, setExpiry] = useState(WEEK);
  // The policy lists the least privileged role first.
  const role = chosenRole ?? roles.data?.[0]?.code ?? "";
  const { form, busy, errors, problem } = useForm(async () => {
    onSent(
      await mutate((rolecall) =>
        rolecall.invitations.create({ account: account.id, email: email.trim(), role, expires_in: expiry === "none" ? null : Number(expiry) }),
      ),
    );
  });
  return (
    <form {...form}>
      <div className={fieldStyles.fieldPair}>
        <TextField
          ref={emailRef}
          label={t.email}
          name="email"
          type="email"
          inputMode="email"
          autoComplete="off"
          required
          value={email}
          error={errors["email"]}
          onChange={(event) => setEmail(event.target.value)}
        />
        <SelectField label={t.expiry} name="expires_in" value={expiry} onChange={(event) => setExpiry(event.target.value)}>
          {Object.entries(t.expiries).map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </SelectField>
      </div>
      <RolePicker value={role} onChange={setChosenRole} />
      {problem && <Notice kind="error">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{messages.common.cancel}</Button>
        <Button type="submit" variant="primary" busy={busy}>
          {t.submit}
        </Button>
      </DialogActions>
    </form>
  );
}

function SentInvitation({ invitation, onInviteAnother, onClose }: { invitation: Invitation; onInviteAnother: () => void; onClose: () => void }) {
  const id = useId();
  return (
    <div className="stack">
      <div className={fieldStyles.field}>
        <label className={fieldStyles.label} htmlFor={id}>
          {t.link}
        </label>
        <span className={fieldStyles.copyLine}>
          <input id={id} className={fieldStyles.input} readOnly value={invitation.link ?? ""} onFocus={(event) => event.target.select()} />
          <CopyButton value={invitation.link ?? ""} label={t.copyLinkFor(invitation.email)} copiedMessage={t.linkCopied(invitation.email)} />
        </span>
      </div>
      <DevOutboxNotice email={invitation.email} />
      <DialogActions>
        <Button onClick={onInviteAnother}>{t.inviteAnother}</Button>
        <Button variant="primary" onClick={onClose}>
          {messages.common.done}
        </Button>
      </DialogActions>
    </div>
  );
}
