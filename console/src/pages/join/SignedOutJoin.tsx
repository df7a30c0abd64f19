// The join page for a signed-out visitor. From a mailed link, one form signs up and joins; from a copied link, the email is
// verified first, and the verification leads back here.
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { browserKey } from "../../data/browser-key";
import { rolecall } from "../../data/client";
import { useAfterSignIn } from "../../data/sign-in-and-out";
import type { InvitationPreview } from "../../data/types";
import { clearLinkSecrets, savePendingInvitation, type LinkSecrets } from "../../link-secrets";
import { PublicCard } from "../../layout/PublicLayout";
import { Button } from "../../components/Button";
import { DevOutboxNotice } from "../../components/DevOutboxNotice";
import { ConfirmDialog } from "../../components/Dialog";
import { CurrentPasswordField, EmailField } from "../../components/CredentialFields";
import { TextField } from "../../components/Field";
import { NewPasswordField } from "../../components/NewPasswordField";
import { Notice } from "../../components/Feedback";
import { toast } from "../../components/toast";
import { useForm } from "../../components/useForm";
import { Avatar } from "../../components/Avatar";
import { messages } from "../../messages";
import { type UnusableReason, unusableReason } from "./UnusableInvitation";
import { InvitationSummary } from "./InvitationSummary";

interface Props {
  link: LinkSecrets;
  invitation: InvitationPreview;
  onUnusable: (reason: UnusableReason) => void;
}

export function SignedOutJoin({ link, invitation, onUnusable }: Props) {
  const [form, setForm] = useState<"sign-up" | "sign-in">("sign-up");
  const [sentTo, setSentTo] = useState<string>();
  const [declining, setDeclining] = useState(false);
  const navigate = useNavigate();
  const afterSignIn = useAfterSignIn();
  const team = invitation.account.name;

  if (sentTo) {
    return (
      <PublicCard key="sent" title={messages.join.verifyTitle} lead={messages.join.verify(sentTo)} icon="mail">
        <DevOutboxNotice email={sentTo} />
      </PublicCard>
    );
  }
  const finishJoining = async () => {
    clearLinkSecrets("/join");
    await afterSignIn();
    await navigate({ to: "/team", replace: true });
    toast(messages.join.joined(team));
  };
  const { proof } = link;
  const decline = async (proof: string) => {
    await rolecall.invitations.decline(link.token, proof);
    clearLinkSecrets("/join");
    onUnusable("declined");
  };
  const shared = { link, invitation, onUnusable, onJoined: finishJoining };
  return (
    <PublicCard title={messages.join.heading(team)} lead={messages.join.invitedBy(invitation.inviter.name)} emblem={<Avatar name={team} kind="big" />} wide>
      <InvitationSummary invitation={invitation} />
      {form === "sign-up" ? <SignUpForm {...shared} onSent={setSentTo} /> : <SignInForm {...shared} />}
      <div className="stack tight">
        <Button fullWidth onClick={() => setForm(form === "sign-up" ? "sign-in" : "sign-up")}>
          {form === "sign-up" ? messages.join.haveAccount : messages.join.noAccount}
        </Button>
        {proof && (
          <>
            <Button variant="quiet" fullWidth onClick={() => setDeclining(true)}>
              {messages.join.decline}
            </Button>
            <ConfirmDialog
              open={declining}
              onClose={() => setDeclining(false)}
              title={messages.join.declineTitle}
              body={messages.join.declineBody(team)}
              submit={messages.join.decline}
              onConfirm={() => decline(proof)}
            />
          </>
        )}
      </div>
    </PublicCard>
  );
}

type FormProps = Props & { onJoined: () => Promise<void> };

function SignUpForm({ link, invitation, onUnusable, onJoined, onSent }: FormProps & { onSent: (email: string) => void }) {
  const invitedEmail = invitation.email;
  const [name, setName] = useState("");
  const [email, setEmail] = useState(invitedEmail ?? "");
  const [password, setPassword] = useState("");
  const { form, busy, errors, problem } = useForm(async () => {
    try {
      const response = await rolecall.signUp({
        email: email.trim(),
        password,
        browser_key: browserKey(),
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(link.proof ? { invitation: { token: link.token, proof: link.proof } } : {}),
      });
      if ("user" in response) return await onJoined();
      savePendingInvitation(link.token, Date.now());
      onSent(email.trim());
    } catch (error) {
      const reason = unusableReason(error);
      if (!reason) throw error;
      onUnusable(reason);
    }
  });
  return (
    <form {...form} aria-label={messages.join.signUp}>
      <div>
        <h2>{messages.join.signUp}</h2>
        <p className="soft small">{invitedEmail ? messages.join.signUpLead : messages.join.copiedLink}</p>
      </div>
      <EmailField readOnly={invitedEmail !== undefined} value={email} onChange={setEmail} error={errors["email"]} />
      <TextField
        label={messages.auth.name}
        name="name"
        autoComplete="name"
        value={name}
        error={errors["name"]}
        onChange={(event) => setName(event.target.value)}
      />
      <NewPasswordField label={messages.auth.password} value={password} onChange={setPassword} error={errors["password"]} context={[name, email]} />
      {problem && <Notice kind="error">{problem}</Notice>}
      <Button type="submit" variant="primary" fullWidth busy={busy}>
        {invitedEmail ? messages.join.signUpAndJoin : messages.signUp.submit}
      </Button>
    </form>
  );
}

/** Signs in and joins in one step. */
function SignInForm({ link, invitation, onUnusable, onJoined }: FormProps) {
  const [email, setEmail] = useState(invitation.email ?? "");
  const [password, setPassword] = useState("");
  const afterSignIn = useAfterSignIn();
  const { form, busy, errors, problem } = useForm(async () => {
    await rolecall.signIn({ email: email.trim(), password });
    try {
      await rolecall.invitations.accept(link.token);
    } catch (error) {
      await afterSignIn();
      const reason = unusableReason(error);
      if (!reason) throw error;
      return onUnusable(reason);
    }
    await onJoined();
  });
  return (
    <form {...form} aria-label={messages.join.signInAndJoin}>
      <div>
        <h2>{messages.join.signInAndJoin}</h2>
        <p className="soft small">{messages.join.signInLead}</p>
      </div>
      <EmailField value={email} onChange={setEmail} error={errors["email"]} />
      <CurrentPasswordField value={password} onChange={setPassword} error={errors["password"]} />
      {problem && <Notice kind="error">{problem}</Notice>}
      <Button type="submit" variant="primary" fullWidth busy={busy}>
        {messages.join.signInAndJoin}
      </Button>
    </form>
  );
}
