// /join: the invitation link. Who invites, to what team, as what; then the one step that fits whoever opened it.
// Opening the page changes nothing: joining and declining are buttons.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { previewQuery, meQuery } from "../data/queries";
import type { InvitationPreview } from "../data/types";
import { type LinkSecrets, linkSecrets } from "../fragment";
import { GateCard } from "../layout/Gate";
import { ErrorState, Skeleton } from "../parts/States";
import { text } from "../text";
import { Ended, type Ending, endingOf } from "./join/Ended";
import { Invited } from "./join/Invited";
import { Newcomer } from "./join/Newcomer";

const PAGE = "/join";

export function JoinPage() {
  const [link] = useState(() => linkSecrets(PAGE));
  if (!link) return <Ended ending="missing" />;
  return <Preview link={link} />;
}

const endingOfState: Partial<Record<InvitationPreview["state"], Ending>> = {
  expired: "expired",
  revoked: "revoked",
  accepted: "used",
  declined: "declined",
};

function Preview({ link }: { link: LinkSecrets }) {
  const preview = useQuery(previewQuery(link));
  const me = useQuery(meQuery);
  const [ended, setEnded] = useState<Ending>();

  if (preview.isPending || me.isPending) {
    return (
      <GateCard title={text.join.title}>
        <Skeleton lines={4} />
      </GateCard>
    );
  }
  if (preview.error) {
    const ending = endingOf(preview.error);
    if (ending) return <Ended ending={ending} />;
    return (
      <GateCard title={text.join.title}>
        <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />
      </GateCard>
    );
  }
  const invitation = preview.data;
  const person = me.data?.user;
  // Only whoever holds the mailed link is told the email; with a copied one the server finds out when one joins.
  const other = person !== undefined && invitation.email !== undefined && invitation.email.toLowerCase() !== person.email.toLowerCase();
  const ending = ended ?? endingOfState[invitation.state] ?? (other ? "mismatch" : undefined);
  if (ending) return <Ended ending={ending} invitation={invitation} {...(person ? { email: person.email } : {})} onSwitched={() => setEnded(undefined)} />;

  const shared = { link, invitation, onEnd: setEnded };
  return person ? <Invited key={person.id} {...shared} email={person.email} /> : <Newcomer {...shared} />;
}
