// The join page for somebody who is not signed in. From the mailed link, one form creates the account and joins;
// from a copied link the email is confirmed first, and the confirmation leads back here.
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../data/client";
import { useEntered } from "../../data/session";
import type { InvitationPreview } from "../../data/types";
import { dropLinkSecrets, keepInvitation, type LinkSecrets } from "../../fragment";
import { GateCard } from "../../layout/Gate";
import { Button } from "../../parts/Button";
import { DevMail } from "../../parts/DevMail";
import { Confirm } from "../../parts/Dialog";
import { PasswordField, TextField } from "../../parts/Field";
import { NewPassword } from "../../parts/PasswordRules";
import { Notice } from "../../parts/States";
import { toast } from "../../parts/toast";
import { useForm } from "../../parts/useForm";
import { Avatar } from "../../parts/Words";
import { text } from "../../text";
import { type Ending, endingOf } from "./Ended";
import { Summary } from "./Summary";

interface Props {
  link: LinkSecrets;
  invitation: InvitationPreview;
  onEnd: (ending: Ending) => void;
}

export function Newcomer({ link, invitation, onEnd }: Props) {
  const [way, setWay] = useState<"new" | "known">("new");
  const [sentTo, setSentTo] = useState<string>();
  const [declining, setDeclining] = useState(false);
  const navigate = useNavigate();
  const entered = useEntered();
  const team = invitation.account.name;

  if (sentTo) {
    return (
      <GateCard key="sent" title={text.join.verifyTitle} lead={text.join.verify(sentTo)} icon="mail">
        <DevMail email={sentTo} />
      </GateCard>
    );
  }
  const arrived = async () => {
    dropLinkSecrets("/join");
    await entered();
    await navigate({ to: "/team", replace: true });
    toast(text.join.joined(team));
  };
  const { proof } = link;
  const decline = async (mailed: string) => {
    const client = await api();
    await client.declineInvitation(link.token, mailed);
    dropLinkSecrets("/join");
    onEnd("declined");
  };
  const shared = { link, invitation, onEnd, onJoined: arrived };
  return (
    <GateCard title={text.join.heading(team)} lead={text.join.by(invitation.inviter.name)} sign={<Avatar name={team} kind="big" />} wide>
      <Summary invitation={invitation} />
      {way === "new" ? <SignUpForm {...shared} onSent={setSentTo} /> : <SignInForm {...shared} />}
      <div className="stack tight">
        <Button wide onClick={() => setWay(way === "new" ? "known" : "new")}>
          {way === "new" ? text.join.haveAccount : text.join.noAccount}
        </Button>
        {proof && (
          <>
            <Button look="quiet" wide onClick={() => setDeclining(true)}>
              {text.join.decline}
            </Button>
            <Confirm open={declining} onClose={() => setDeclining(false)} title={text.join.declineTitle} body={text.join.declineBody(team)} submit={text.join.decline} onConfirm={() => decline(proof)} />
          </>
        )}
      </div>
    </GateCard>
  );
}

type FormProps = Props & { onJoined: () => Promise<void> };

function SignUpForm({ link, invitation, onEnd, onJoined, onSent }: FormProps & { onSent: (email: string) => void }) {
  const known = invitation.email;
  const [name, setName] = useState("");
  const [email, setEmail] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const { form, busy, errors, problem } = useForm(async () => {
    try {
      const client = await api();
      const joined = await client.signUp({
        email: email.trim(),
        password,
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(link.proof ? { invitation: { token: link.token, proof: link.proof } } : {}),
      });
      if (joined) return await onJoined();
      keepInvitation(link.token, Date.now());
      onSent(email.trim());
    } catch (error) {
      const ending = endingOf(error);
      if (!ending) throw error;
      onEnd(ending);
    }
  });
  return (
    <form {...form} aria-label={text.join.newHere}>
      <div>
        <h2>{text.join.newHere}</h2>
        <p className="soft small">{known ? text.join.newHereLead : text.join.copiedLink}</p>
      </div>
      <TextField label={text.auth.email} name="email" type="email" autoComplete="username" inputMode="email" required readOnly={known !== undefined} value={email} error={errors["email"]} onChange={(event) => setEmail(event.target.value)} />
      <TextField label={text.auth.name} name="name" autoComplete="name" value={name} error={errors["name"]} onChange={(event) => setName(event.target.value)} />
      <NewPassword label={text.auth.password} value={password} onChange={setPassword} error={errors["password"]} context={[name, email]} />
      {problem && <Notice kind="bad">{problem}</Notice>}
      <Button type="submit" look="primary" wide busy={busy}>
        {known ? text.join.createAndJoin : text.signUp.submit}
      </Button>
    </form>
  );
}

/** Signing in here joins in the same press: the invitation has been read already. */
function SignInForm({ link, invitation, onEnd, onJoined }: FormProps) {
  const [email, setEmail] = useState(invitation.email ?? "");
  const [password, setPassword] = useState("");
  const entered = useEntered();
  const { form, busy, errors, problem } = useForm(async () => {
    const client = await api();
    await client.signIn({ email: email.trim(), password });
    try {
      await client.acceptInvitation(link.token);
    } catch (error) {
      await entered();
      const ending = endingOf(error);
      if (!ending) throw error;
      return onEnd(ending);
    }
    await onJoined();
  });
  return (
    <form {...form} aria-label={text.join.signInAndJoin}>
      <div>
        <h2>{text.join.signInAndJoin}</h2>
        <p className="soft small">{text.join.signInLead}</p>
      </div>
      <TextField label={text.auth.email} name="email" type="email" autoComplete="username" inputMode="email" required value={email} error={errors["email"]} onChange={(event) => setEmail(event.target.value)} />
      <PasswordField label={text.auth.password} name="password" autoComplete="current-password" required value={password} error={errors["password"]} onChange={(event) => setPassword(event.target.value)} />
      {problem && <Notice kind="bad">{problem}</Notice>}
      <Button type="submit" look="primary" wide busy={busy}>
        {text.join.signInAndJoin}
      </Button>
    </form>
  );
}
