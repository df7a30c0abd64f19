// The join page for somebody who is signed in: join or decline, or be somebody else.
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../data/client";
import { problemText } from "../../data/problems";
import { useEntered, useSignOut } from "../../data/session";
import type { InvitationPreview } from "../../data/types";
import { dropLinkSecrets, type LinkSecrets } from "../../fragment";
import { GateCard } from "../../layout/Gate";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Dialog";
import { Notice } from "../../parts/States";
import { toast } from "../../parts/toast";
import { Avatar } from "../../parts/Words";
import { text } from "../../text";
import { type Ending, endingOf } from "./Ended";
import { Summary } from "./Summary";

interface Props {
  link: LinkSecrets;
  invitation: InvitationPreview;
  email: string;
  onEnd: (ending: Ending) => void;
}

export function Invited({ link, invitation, email, onEnd }: Props) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [declining, setDeclining] = useState(false);
  const navigate = useNavigate();
  const entered = useEntered();
  const signOut = useSignOut();
  const team = invitation.account.name;

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      const ending = endingOf(error);
      if (ending) onEnd(ending);
      else setProblem(error);
      setBusy(false);
    }
  };
  const join = () =>
    attempt(async () => {
      const client = await api();
      await client.acceptInvitation(link.token);
      dropLinkSecrets("/join");
      await entered();
      await navigate({ to: "/team", replace: true });
      toast(text.join.joined(team));
    });
  const decline = () =>
    attempt(async () => {
      const client = await api();
      await client.declineInvitation(link.token);
      dropLinkSecrets("/join");
      onEnd("declined");
      toast(text.join.declinedNow(team));
    });

  const foot = (
    <>
      {text.join.signedInAs(email)} {invitation.email === undefined && text.join.countsFor(invitation.email_hint)}{" "}
      <button type="button" className="text-button" onClick={() => void signOut({ stay: true })}>
        {text.join.switchUser}
      </button>
    </>
  );
  return (
    <GateCard title={text.join.heading(team)} lead={text.join.by(invitation.inviter.name)} sign={<Avatar name={team} kind="big" />} wide foot={foot}>
      <Summary invitation={invitation} />
      <div className="stack tight">
        {problem !== undefined && <Notice kind="bad">{problemText(problem)}</Notice>}
        <Button look="primary" wide busy={busy} onClick={join}>
          {text.join.accept(team)}
        </Button>
        <Button look="quiet" wide onClick={() => setDeclining(true)}>
          {text.join.decline}
        </Button>
      </div>
      <Confirm open={declining} onClose={() => setDeclining(false)} title={text.join.declineTitle} body={text.join.declineBody(team)} submit={text.join.decline} onConfirm={decline} />
    </GateCard>
  );
}
