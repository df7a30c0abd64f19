// Inviting a colleague: email, role and how long the link holds; afterwards the link, ready to be copied.
import { useId, useRef, useState } from "react";
import { useAct } from "../../data/act";
import { useDenial } from "../../data/rights";
import { useRoles } from "../../data/roles";
import { useActive } from "../../data/session";
import type { Invitation } from "../../data/types";
import { Button } from "../../parts/Button";
import { Dialog, DialogActions } from "../../parts/Dialog";
import { SelectField, TextField } from "../../parts/Field";
import { Notice } from "../../parts/States";
import { useForm } from "../../parts/useForm";
import { CopyButton } from "../../parts/Words";
import { text } from "../../text";
import { RoleChoice } from "./RoleChoice";

const words = text.invite;
const WEEK = "604800";

export function InviteButton() {
  const [open, setOpen] = useState(false);
  const denial = useDenial("members.invite");
  return (
    <>
      <Button look="primary" icon="plus" onClick={() => setOpen(true)} reason={denial}>
        {words.button}
      </Button>
      <InviteDialog open={open} onClose={() => setOpen(false)} />
    </>
  );
}

function InviteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [sent, setSent] = useState<Invitation>();
  const email = useRef<HTMLInputElement>(null);
  return (
    <Dialog open={open} onClose={onClose} onClosed={() => setSent(undefined)} wide title={sent ? words.sentTitle(sent.email) : words.title} lead={sent ? words.sentLead : words.lead} initialFocus={email}>
      {sent ? <Sent invitation={sent} onAnother={() => setSent(undefined)} onClose={onClose} /> : <InviteForm emailRef={email} onSent={setSent} onClose={onClose} />}
    </Dialog>
  );
}

function InviteForm({ emailRef, onSent, onClose }: { emailRef: React.RefObject<HTMLInputElement | null>; onSent: (invitation: Invitation) => void; onClose: () => void }) {
  const { account } = useActive();
  const roles = useRoles();
  const act = useAct(account.id);
  const [email, setEmail] = useState("");
  const [chosen, setChosen] = useState<string>();
  const [expiry, setExpiry] = useState(WEEK);
  // The first role of the policy is its plainest one.
  const role = chosen ?? roles.data?.[0]?.code ?? "";
  const { form, busy, errors, problem } = useForm(async () => {
    onSent(await act((client) => client.invite(account.id, { email: email.trim(), role, expires_in: expiry === "none" ? null : Number(expiry) })));
  });
  return (
    <form {...form}>
      <div className="invite-line">
        <TextField ref={emailRef} label={words.email} name="email" type="email" inputMode="email" autoComplete="off" required value={email} error={errors["email"]} onChange={(event) => setEmail(event.target.value)} />
        <SelectField label={words.expiry} name="expires_in" value={expiry} onChange={(event) => setExpiry(event.target.value)}>
          {Object.entries(words.expiries).map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </SelectField>
      </div>
      <RoleChoice value={role} onChange={setChosen} />
      {problem && <Notice kind="bad">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button type="submit" look="primary" busy={busy}>
          {words.submit}
        </Button>
      </DialogActions>
    </form>
  );
}

function Sent({ invitation, onAnother, onClose }: { invitation: Invitation; onAnother: () => void; onClose: () => void }) {
  const id = useId();
  return (
    <div className="stack">
      <div className="field">
        <label className="label" htmlFor={id}>
          {words.link}
        </label>
        <span className="copy-line">
          <input id={id} className="input" readOnly value={invitation.link ?? ""} onFocus={(event) => event.target.select()} />
          <CopyButton value={invitation.link ?? ""} label={words.copyLinkFor(invitation.email)} done={words.linkCopied(invitation.email)} />
        </span>
      </div>
      <DialogActions>
        <Button onClick={onAnother}>{words.another}</Button>
        <Button look="primary" onClick={onClose}>
          {words.done}
        </Button>
      </DialogActions>
    </div>
  );
}
