// The join page for a signed-in user: join, decline, or switch users.
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { rolecall } from "../../data/client";
import { problemText } from "../../data/problems";
import { useAfterSignIn, useSignOut } from "../../data/sign-in-and-out";
import type { InvitationPreview } from "../../data/types";
import { clearLinkSecrets, type LinkSecrets } from "../../link-secrets";
import { PublicCard } from "../../layout/PublicLayout";
import { Button } from "../../components/Button";
import buttonStyles from "../../components/Button.module.css";
import { ConfirmDialog } from "../../components/Dialog";
import { Notice } from "../../components/Feedback";
import { toast } from "../../components/toast";
import { Avatar } from "../../components/Avatar";
import { messages } from "../../messages";
import { type UnusableReason, unusableReason } from "./UnusableInvitation";
import { InvitationSummary } from "./InvitationSummary";

interface Props {
  link: LinkSecrets;
  invitation: InvitationPreview;
  email: string;
  onUnusable: (reason: UnusableReason) => void;
}

export function SignedInJoin({ link, invitation, email, onUnusable }: Props) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [declining, setDeclining] = useState(false);
  const navigate = useNavigate();
  const afterSignIn = useAfterSignIn();
  const signOut = useSignOut();
  const team = invitation.account.name;

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      const reason = unusableReason(error);
      if (reason) onUnusable(reason);
      else setProblem(error);
      setBusy(false);
    }
  };
  const join = () =>
    attempt(async () => {
      await rolecall.invitations.accept(link.token);
      clearLinkSecrets("/join");
      await afterSignIn();
      await navigate({ to: "/team", replace: true });
      toast(messages.join.joined(team));
    });
  const decline = () =>
    attempt(async () => {
      await rolecall.invitations.decline(link.token);
      clearLinkSecrets("/join");
      onUnusable("declined");
      toast(messages.join.declinedToast(team));
    });

  const footer = (
    <>
      {messages.join.signedInAs(email)} {invitation.email === undefined && messages.join.onlyFor(invitation.email_hint)}{" "}
      <button type="button" className={buttonStyles.textButton} onClick={() => void signOut({ stayOnPage: true })}>
        {messages.join.switchUser}
      </button>
    </>
  );
  return (
    <PublicCard
      title={messages.join.heading(team)}
      lead={messages.join.invitedBy(invitation.inviter.name)}
      emblem={<Avatar name={team} kind="big" />}
      wide
      footer={footer}
    >
      <InvitationSummary invitation={invitation} />
      <div className="stack tight">
        {problem !== undefined && <Notice kind="error">{problemText(problem)}</Notice>}
        <Button variant="primary" fullWidth busy={busy} onClick={join}>
          {messages.join.accept(team)}
        </Button>
        <Button variant="quiet" fullWidth onClick={() => setDeclining(true)}>
          {messages.join.decline}
        </Button>
      </div>
      <ConfirmDialog
        open={declining}
        onClose={() => setDeclining(false)}
        title={messages.join.declineTitle}
        body={messages.join.declineBody(team)}
        submit={messages.join.decline}
        onConfirm={decline}
      />
    </PublicCard>
  );
}
