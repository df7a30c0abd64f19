// The team's name, ownership, and deletion.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { membersQuery } from "../../data/queries";
import { useSession } from "../../data/session";
import { Button } from "../../components/Button";
import { text } from "../../text";
import { AccountDetails } from "./AccountDetails";
import { DeleteTeam } from "./DeleteTeam";
import { LeaveTeam } from "./MemberDialogs";

const words = text.settings;

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
  const owner = members.data?.find((member) => member.user.id === account.owner)?.user.name ?? text.owner;
  const self = members.data?.find((member) => member.user.id === user.id);
  return (
    <section className="card">
      <div className="setting">
        <div className="grow">
          <h2>{words.ownership}</h2>
          <p className="soft">{isOwner ? words.ownershipMine : words.ownershipLead(owner)}</p>
        </div>
        <Link to="/team" className="button plain">
          {words.openMembers}
        </Link>
      </div>
      <div className="setting card-foot">
        <div className="grow">
          <h2>{text.team.leaveSubmit}</h2>
          <p className="soft">{words.leaveLead}</p>
        </div>
        <Button disabledReason={isOwner ? text.team.why.ownerLeave : undefined} onClick={() => setLeaving(true)}>
          {text.team.leave}
        </Button>
        <LeaveTeam open={leaving} onClose={() => setLeaving(false)} member={self} />
      </div>
    </section>
  );
}
