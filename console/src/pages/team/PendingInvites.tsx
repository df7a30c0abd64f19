// Invitations that wait for an answer: copy the link with one press, send it again, take it back, see the time left.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../../data/act";
import { invitationsQuery, membersQuery } from "../../data/queries";
import { useRights } from "../../data/rights";
import { useRoleTitle } from "../../data/roles";
import { useActive } from "../../data/session";
import type { Invitation } from "../../data/types";
import { Button, IconButton } from "../../parts/Button";
import { Confirm } from "../../parts/Dialog";
import { Menu, MenuItem, MenuLine } from "../../parts/Menu";
import { EmptyState, ErrorState, Skeleton } from "../../parts/States";
import { toast, toastProblem } from "../../parts/toast";
import { copy, useNow } from "../../parts/Words";
import { text } from "../../text";
import { exactly, fromNow } from "../../time";
import { InviteButton } from "./InviteDialog";

const words = text.invite;

/** Shown to those who may see invitations at all; for the others there is nothing to tell. */
export function PendingInvites() {
  const { can } = useRights();
  return can("members.invite") ? <List /> : null;
}

function List() {
  const { account } = useActive();
  const pending = useQuery(invitationsQuery(account.id));
  const [revoking, setRevoking] = useState<Invitation>();
  const [last, setLast] = useState<Invitation>();
  const act = useAct(account.id);
  const now = useNow();
  const items = pending.data?.filter((one) => !one.expires_at || Date.parse(one.expires_at) > now);
  const asked = revoking ?? last;
  const revoke = async () => {
    if (!asked) return;
    await act((client) => client.revokeInvitation(account.id, asked.id));
    toast(words.revoked(asked.email));
  };
  return (
    <section className="card" aria-labelledby="pending-title">
      <div className="card-head">
        <h2 id="pending-title">{words.pending}</h2>
        {items && items.length > 0 && <span className="badge nums">{items.length}</span>}
      </div>
      {pending.isPending && <Skeleton lines={2} height="row" />}
      {pending.error && !pending.data && <ErrorState error={pending.error} onRetry={() => void pending.refetch()} />}
      {items && items.length === 0 && <EmptyState icon="mail" title={words.none} action={<InviteButton />} />}
      {items && items.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{words.columns.email}</th>
              <th scope="col" className="desk">
                {words.columns.role}
              </th>
              <th scope="col" className="desk">
                {words.columns.left}
              </th>
              <th scope="col">
                <span className="hidden">{words.columns.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((invitation) => (
              <Row
                key={invitation.id}
                invitation={invitation}
                now={now}
                onRevoke={() => {
                  setRevoking(invitation);
                  setLast(invitation);
                }}
              />
            ))}
          </tbody>
        </table>
      )}
      {asked && <Confirm open={revoking !== undefined} onClose={() => setRevoking(undefined)} title={words.revokeTitle(asked.email)} body={words.revokeBody} submit={words.revoke} onConfirm={revoke} />}
    </section>
  );
}

function Row({ invitation, now, onRevoke }: { invitation: Invitation; now: number; onRevoke: () => void }) {
  const { account } = useActive();
  const act = useAct(account.id);
  const roleTitle = useRoleTitle();
  const members = useQuery(membersQuery(account.id));
  const [busy, setBusy] = useState(false);
  const inviter = members.data?.find((member) => member.user.id === invitation.invited_by)?.user.name;
  const left = invitation.expires_at ? fromNow(invitation.expires_at, now) : words.noEnd;

  const resend = async () => {
    setBusy(true);
    try {
      await act((client) => client.resendInvitation(account.id, invitation.id));
      toast(words.resent(invitation.email));
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const copyLink = () => void copy(invitation.link ?? "", words.linkCopied(invitation.email));
  return (
    <tr>
      <td>
        <p className="strong break">{invitation.email}</p>
        <p className="small soft break phone-only block">
          {roleTitle(invitation.role)} · {left}
        </p>
        {inviter && (
          <p className="small soft break desk-block">
            {words.columns.by}: {inviter}
          </p>
        )}
      </td>
      <td className="desk">
        <span className="badge name break">{roleTitle(invitation.role)}</span>
      </td>
      <td className="desk soft nowrap">
        {invitation.expires_at ? (
          <time dateTime={invitation.expires_at} title={exactly(invitation.expires_at)}>
            {left}
          </time>
        ) : (
          left
        )}
      </td>
      <td>
        <span className="row end">
          <Button small icon="copy" aria-label={words.copyLinkFor(invitation.email)} onClick={copyLink}>
            {words.copyLink}
          </Button>
          <span className="desk-flex row">
            <Button small look="quiet" busy={busy} aria-label={words.resendFor(invitation.email)} onClick={() => void resend()}>
              {words.resend}
            </Button>
            <Button small look="quiet" aria-label={words.revokeFor(invitation.email)} onClick={onRevoke}>
              {words.revoke}
            </Button>
          </span>
          <span className="phone-only">
            <Menu trigger={<IconButton icon="dots" label={text.team.memberActions(invitation.email)} />}>
              <MenuItem icon="mail" onSelect={() => void resend()}>
                {words.resend}
              </MenuItem>
              <MenuLine />
              <MenuItem icon="cross" danger onSelect={onRevoke}>
                {words.revoke}
              </MenuItem>
            </Menu>
          </span>
        </span>
      </td>
    </tr>
  );
}
