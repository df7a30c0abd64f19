// /join: an invitation link. Opening the page changes nothing; joining and declining are buttons.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useState } from "react";
import { accountInUse } from "../data/membership-change";
import { invitationPreviewQuery, meQuery, signInMethodsQuery } from "../data/queries";
import type { InvitationPreview } from "../data/types";
import { clearLinkSecrets, type LinkSecrets, readLinkSecrets } from "../link-secrets";
import { PublicCard } from "../layout/PublicLayout";
import { ErrorState, Skeleton } from "../components/Feedback";
import { toast } from "../components/toast";
import { messages } from "../messages";
import { UnusableInvitation, type UnusableReason, unusableReason } from "./join/UnusableInvitation";
import { SignedInJoin } from "./join/SignedInJoin";
import { SignedOutJoin } from "./join/SignedOutJoin";

const PAGE = "/join";

export function JoinPage() {
  const [link] = useState(() => readLinkSecrets(PAGE));
  if (!link) return <UnusableInvitation reason="missing" />;
  return <Preview link={link} />;
}

const unusableReasonOfState: Partial<Record<InvitationPreview["state"], UnusableReason>> = {
  expired: "expired",
  revoked: "revoked",
  accepted: "used",
  declined: "declined",
};

function Preview({ link }: { link: LinkSecrets }) {
  const preview = useQuery(invitationPreviewQuery(link));
  const me = useQuery(meQuery);
  const methods = useQuery(signInMethodsQuery);
  const { returned } = useSearch({ from: "/public/join" });
  const [failure, setFailure] = useState<UnusableReason>();

  if (preview.isPending || me.isPending || methods.isPending) {
    return (
      <PublicCard title={messages.join.title}>
        <Skeleton lines={4} />
      </PublicCard>
    );
  }
  if (preview.error) {
    const reason = unusableReason(preview.error);
    if (reason) return <UnusableInvitation reason={reason} />;
    return (
      <PublicCard title={messages.join.title}>
        <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />
      </PublicCard>
    );
  }
  const invitation = preview.data;
  const user = me.data?.user;
  // The callback of the provider has created the user as a member of the team.
  if (returned && me.data && invitation.state === "accepted" && accountInUse(me.data)?.name === invitation.account.name)
    return <Joined team={invitation.account.name} />;
  // Only mailed links reveal the invited email; for copied ones the server compares it on joining.
  const isOtherEmail = user !== undefined && invitation.email !== undefined && invitation.email.toLowerCase() !== user.email.toLowerCase();
  const reason = failure ?? unusableReasonOfState[invitation.state] ?? (isOtherEmail ? "mismatch" : undefined);
  if (reason)
    return <UnusableInvitation reason={reason} invitation={invitation} {...(user ? { email: user.email } : {})} onSignedOut={() => setFailure(undefined)} />;

  const shared = { link, invitation, onUnusable: setFailure };
  return user ? <SignedInJoin key={user.id} {...shared} email={user.email} /> : <SignedOutJoin {...shared} />;
}

/** Goes on to the team that a sign-in at a provider has joined. */
function Joined({ team }: { team: string }) {
  const navigate = useNavigate();
  const goOn = useEffectEvent(async () => {
    clearLinkSecrets(PAGE);
    await navigate({ to: "/team", replace: true });
    toast(messages.join.joined(team));
  });
  useEffect(() => void goOn(), []);
  return (
    <PublicCard title={messages.join.title}>
      <Skeleton lines={4} />
    </PublicCard>
  );
}
