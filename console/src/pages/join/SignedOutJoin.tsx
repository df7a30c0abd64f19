// The join page for a signed-out visitor. From a mailed link, one form signs up and joins; from a copied link, the email is
// verified first, and the verification leads back here.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { browserKey } from "../../data/browser-key";
import { rolecall } from "../../data/client";
import { signInMethodsQuery } from "../../data/queries";
import { useAfterSignIn } from "../../data/sign-in-and-out";
import type { InvitationPreview } from "../../data/types";
import { clearLinkSecrets, savePendingInvitation, type LinkSecrets } from "../../link-secrets";
import { PublicCard } from "../../layout/PublicLayout";
import { Button } from "../../components/Button";
import { DevOutboxNotice } from "../../components/DevOutboxNotice";
import { ConfirmDialog } from "../../components/Dialog";
import { EmailField } from "../../components/CredentialFields";
import { TextField } from "../../components/Field";
import { NewPasswordField } from "../../components/NewPasswordField";
import { ProviderButtons } from "../../components/ProviderButtons";
import { Notice } from "../../components/Feedback";
import { SignInForm } from "../../components/SignInForm";
import { WithoutPassword } from "../../components/WithoutPassword";
import { toast } from "../../components/toast";
import { useForm } from "../../components/useForm";
import { Avatar } from "../../components/Avatar";
import { messages } from "../../messages";
import { type UnusableReason, unusableReason } from "./UnusableInvitation";
import { InvitationSummary } from "./InvitationSummary";

/** Where a sign-in at a provider returns to: this page, in the same tab, which still has the link's secrets. */
const RETURN_PATH = "/join?returned=true";

interface Props {
  link: LinkSecrets;
  invitation: InvitationPreview;
  onUnusable: (reason: UnusableReason) => void;
}

export function SignedOutJoin({ link, invitation, onUnusable }: Props) {
  const [chosenForm, setForm] = useState<"sign-up" | "sign-in">("sign-up");
  const { password: hasPassword = true, email_code: hasCode = true } = useQuery(signInMethodsQuery).data ?? {};
  const byEmail = hasPassword || hasCode;
  const form = byEmail ? chosenForm : "sign-in";
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
      <ProviderButtons options={{ returnTo: RETURN_PATH, invitation: link.token, ...(proof ? { proof } : {}) }} followed={byEmail} />
      {form === "sign-up" ? <SignUpForm {...shared} onSent={setSentTo} /> : <SignInAndJoin {...shared} passkeys={!byEmail} />}
      <div className="stack tight">
        {byEmail && (
          <Button fullWidth onClick={() => setForm(form === "sign-up" ? "sign-in" : "sign-up")}>
            {form === "sign-up" ? messages.join.haveAccount : messages.join.noAccount}
          </Button>
        )}
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
  const { password: hasPassword = true, email_code: hasCode = false } = useQuery(signInMethodsQuery).data ?? {};
  const { form, busy, errors, problem } = useForm(async (omitted) => {
    try {
      const response = await rolecall.signUp({
        email: email.trim(),
        browser_key: browserKey(),
        ...(hasPassword && omitted === undefined ? { password } : {}),
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
        <p className="soft small">{invitedEmail ? messages.join.signUpLead(hasPassword) : messages.join.copiedLink}</p>
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
      {hasPassword && (
        <NewPasswordField label={messages.auth.password} value={password} onChange={setPassword} error={errors["password"]} context={[name, email]} />
      )}
      {problem && <Notice kind="error">{problem}</Notice>}
      <Button type="submit" variant="primary" fullWidth busy={busy}>
        {invitedEmail ? messages.join.signUpAndJoin : messages.signUp.submit}
      </Button>
      {hasPassword && hasCode && <WithoutPassword />}
    </form>
  );
}

/** Signs in and joins in one step. `passkeys`: also with a passkey, where nothing else is left. */
function SignInAndJoin({ link, invitation, onUnusable, onJoined, passkeys }: FormProps & { passkeys: boolean }) {
  const afterSignIn = useAfterSignIn();
  const join = async () => {
    try {
      await rolecall.invitations.accept(link.token);
    } catch (error) {
      await afterSignIn();
      const reason = unusableReason(error);
      if (!reason) throw error;
      return onUnusable(reason);
    }
    await onJoined();
  };
  return (
    <div className="stack">
      <div>
        <h2>{messages.join.signInAndJoin}</h2>
        <p className="soft small">{messages.join.signInLead}</p>
      </div>
      <SignInForm email={invitation.email} submit={messages.join.signInAndJoin} label={messages.join.signInAndJoin} passkeys={passkeys} onSignedIn={join} />
    </div>
  );
}
