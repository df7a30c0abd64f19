// The team's name, ownership, and deletion.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { membersQuery } from "../../data/queries";
import { useSession } from "../../data/session";
import { Button, ButtonLink } from "../../components/Button";
import { messages } from "../../messages";
import { AccountDetails } from "./AccountDetails";
import { DeleteTeam } from "./DeleteTeam";
import { LeaveTeam } from "./MemberDialogs";
import cardStyles from "../../components/Card.module.css";
import { cx } from "../../components/cx";

const t = messages.teamSettings;

export function TeamSettings() {
  return (
    <>
      <AccountDetails />
      <Ownership />
      <DeleteTeam />
    </>
  );
}

function Ownership() {
  const { account, isOwner, user } = useSession();
  const members = useQuery(membersQuery(account.id));
  const [leaving, setLeaving] = useState(false);
  const owner = members.data?.find((member) => member.user.id === account.owner)?.user.name ?? messages.common.owner;
  const self = members.data?.find((member) => member.user.id === user.id);
  return (
    <section className={cardStyles.card}>
      <div className={cardStyles.setting}>
        <div className="grow">
          <h2>{t.ownership}</h2>
          <p className="soft">{isOwner ? t.ownershipOwn : t.ownershipOther(owner)}</p>
        </div>
        <ButtonLink to="/team">{t.openMembers}</ButtonLink>
      </div>
      <div className={cx(cardStyles.setting, cardStyles.footer)}>
        <div className="grow">
          <h2>{messages.team.leaveSubmit}</h2>
          <p className="soft">{t.leaveLead}</p>
        </div>
        <Button disabledReason={isOwner ? messages.team.disabled.ownerLeave : undefined} onClick={() => setLeaving(true)}>
          {messages.team.leave}
        </Button>
        <LeaveTeam open={leaving} onClose={() => setLeaving(false)} member={self} />
      </div>
    </section>
  );
}
