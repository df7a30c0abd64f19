// Who is in the team: search, change a role, remove, leave, hand over the ownership.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { membersQuery } from "../../data/queries";
import { useDenial } from "../../data/rights";
import { useRoleTitle } from "../../data/roles";
import { useActive } from "../../data/session";
import type { Member } from "../../data/types";
import { Button, IconButton } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { Menu, MenuItem, MenuLine } from "../../parts/Menu";
import { EmptyState, ErrorState, Skeleton } from "../../parts/States";
import { Avatar } from "../../parts/Words";
import { text } from "../../text";
import { exactly, onDay } from "../../time";
import { ChangeRole, LeaveTeam, RemoveMember, TransferOwnership } from "./MemberDialogs";

const words = text.team;
type Asking = { what: "role" | "remove" | "leave" | "transfer"; member: Member };

export function Members() {
  const { account } = useActive();
  const members = useQuery(membersQuery(account.id));
  const [query, setQuery] = useState("");
  const [asking, setAsking] = useState<Asking>();

  const wanted = query.trim().toLocaleLowerCase();
  const shown = members.data?.filter(({ user }) => `${user.name} ${user.email}`.toLocaleLowerCase().includes(wanted));
  const close = () => setAsking(undefined);
  const asked = (what: Asking["what"]) => ({ open: asking?.what === what, onClose: close, member: asking?.member });
  return (
    <section className="card" aria-labelledby="members-title">
      <div className="card-head">
        <h2 id="members-title">{words.tabs.members}</h2>
        {members.data && <span className="badge nums">{words.people(members.data.length)}</span>}
        <span className="grow" />
        <label className="input-with-icon search">
          <span className="hidden">{words.search}</span>
          <Icon name="search" size={16} />
          <input className="input" type="search" placeholder={words.searchPlaceholder} value={query} onChange={(event) => setQuery(event.target.value)} />
        </label>
      </div>
      {members.isPending && <Skeleton lines={3} height="row" />}
      {members.error && !members.data && <ErrorState error={members.error} onRetry={() => void members.refetch()} />}
      {shown && shown.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{words.columns.person}</th>
              <th scope="col">{words.columns.role}</th>
              <th scope="col" className="desk">
                {words.columns.joined}
              </th>
              <th scope="col">
                <span className="hidden">{words.columns.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((member) => (
              <Row key={member.user.id} member={member} onAsk={(what) => setAsking({ what, member })} />
            ))}
          </tbody>
        </table>
      )}
      {shown && shown.length === 0 && <EmptyState icon="search" title={words.noMatch(query.trim())} />}
      <p className="hidden" role="status">
        {wanted && shown ? words.people(shown.length) : ""}
      </p>
      <ChangeRole {...asked("role")} />
      <RemoveMember {...asked("remove")} />
      <LeaveTeam {...asked("leave")} />
      <TransferOwnership {...asked("transfer")} />
    </section>
  );
}

function Row({ member, onAsk }: { member: Member; onAsk: (what: Asking["what"]) => void }) {
  const { account, user: me, isOwner } = useActive();
  const cannotManage = useDenial("members.manage");
  const roleTitle = useRoleTitle();
  const { user } = member;
  const mine = user.id === me.id;
  const owns = user.id === account.owner;
  const title = roleTitle(member.role);
  return (
    <tr>
      <td>
        <div className="person">
          <Avatar name={user.name} />
          <div className="person-words">
            <p className="row wrap key-name">
              <span className="strong break">{user.name}</span>
              {mine && <span className="badge">{text.you}</span>}
            </p>
            <p className="small soft break">{user.email}</p>
          </div>
        </div>
      </td>
      <td>
        <span className="row wrap role-cell">
          <Button look="quiet" small className="role-button" aria-label={`${words.changeRole} ${user.name}: ${title}`} reason={owns ? words.why.ownerRole : cannotManage} onClick={() => onAsk("role")}>
            {title}
            <Icon name="down" size={14} />
          </Button>
          {owns && <span className="badge accent">{text.owner}</span>}
        </span>
      </td>
      <td className="desk soft nums nowrap">
        <time dateTime={member.joined_at} title={exactly(member.joined_at)}>
          {onDay(member.joined_at)}
        </time>
      </td>
      <td>
        <Menu trigger={<IconButton icon="dots" label={words.memberActions(user.name)} />}>
          <MenuItem icon="shield" onSelect={() => onAsk("role")} reason={owns ? words.why.ownerRole : cannotManage}>
            {words.changeRole}
          </MenuItem>
          <MenuItem icon="key" onSelect={() => onAsk("transfer")} reason={transferReason()}>
            {words.transfer}
          </MenuItem>
          <MenuLine />
          {mine ? (
            <MenuItem icon="out" danger onSelect={() => onAsk("leave")} reason={owns ? words.why.ownerLeave : undefined}>
              {words.leave}
            </MenuItem>
          ) : (
            <MenuItem icon="cross" danger onSelect={() => onAsk("remove")} reason={owns ? words.why.ownerRemove : cannotManage}>
              {words.remove}
            </MenuItem>
          )}
        </Menu>
      </td>
    </tr>
  );

  function transferReason(): string | undefined {
    if (owns) return words.why.isOwner;
    if (!isOwner) return words.why.onlyOwner;
    return member.role === "admin" ? undefined : words.why.needsAdmin;
  }
}
