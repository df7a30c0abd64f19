// The pending invitations: copy the link, resend, revoke.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAccountMutation } from "../../data/account-mutation";
import { pendingInvitationsQuery, membersQuery } from "../../data/queries";
import { useCan } from "rolecall/react";
import { useRoleTitle } from "../../data/roles";
import { useSession } from "../../data/session";
import type { Invitation } from "../../data/types";
import { Button, IconButton } from "../../components/Button";
import { ConfirmDialog } from "../../components/Dialog";
import { Menu, MenuItem, MenuSeparator } from "../../components/Menu";
import { EmptyState, ErrorState, Skeleton } from "../../components/Feedback";
import { toast, toastProblem } from "../../components/toast";
import { copyToClipboard } from "../../components/CopyButton";
import { useNow } from "../../components/FormattedText";
import { messages } from "../../messages";
import { formatDateTime, formatRelative } from "../../format-time";
import { InviteButton } from "./InviteDialog";
import badgeStyles from "../../components/Badge.module.css";
import cardStyles from "../../components/Card.module.css";
import tableStyles from "../../components/Table.module.css";
import { cx } from "../../components/cx";

const t = messages.invitations;

/** Hidden from members who may not list invitations. */
export function PendingInvitations() {
  return useCan("members.invite") ? <List /> : null;
}

function List() {
  const { account } = useSession();
  const pending = useQuery(pendingInvitationsQuery(account.id));
  const [revoking, setRevoking] = useState<Invitation>();
  const [last, setLast] = useState<Invitation>();
  const mutate = useAccountMutation(account.id);
  const now = useNow();
  const items = pending.data?.filter(({ expires_at }) => !expires_at || Date.parse(expires_at) > now);
  const target = revoking ?? last;
  const revoke = async () => {
    if (!target) return;
    await mutate((rolecall) => rolecall.invitations.revoke(target.id, { account: account.id }));
    toast(t.revoked(target.email));
  };
  return (
    <section className={cardStyles.card} aria-labelledby="pending-title">
      <div className={cardStyles.header}>
        <h2 id="pending-title">{t.pending}</h2>
        {items && items.length > 0 && <span className={cx(badgeStyles.badge, "nums")}>{items.length}</span>}
      </div>
      {pending.isPending && <Skeleton lines={2} height="row" />}
      {pending.error && !pending.data && <ErrorState error={pending.error} onRetry={() => void pending.refetch()} />}
      {items && items.length === 0 && <EmptyState icon="mail" title={t.none} action={<InviteButton />} />}
      {items && items.length > 0 && (
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">{t.columns.email}</th>
              <th scope="col" className="desk">
                {t.columns.role}
              </th>
              <th scope="col" className="desk">
                {t.columns.expires}
              </th>
              <th scope="col">
                <span className="hidden">{t.columns.actions}</span>
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
      {target && (
        <ConfirmDialog
          open={revoking !== undefined}
          onClose={() => setRevoking(undefined)}
          title={t.revokeTitle(target.email)}
          body={t.revokeBody}
          submit={t.revoke}
          onConfirm={revoke}
        />
      )}
    </section>
  );
}

function Row({ invitation, now, onRevoke }: { invitation: Invitation; now: number; onRevoke: () => void }) {
  const { account } = useSession();
  const mutate = useAccountMutation(account.id);
  const roleTitle = useRoleTitle();
  const members = useQuery(membersQuery(account.id));
  const [busy, setBusy] = useState(false);
  const inviter = members.data?.find((member) => member.user.id === invitation.invited_by)?.user.name;
  const expiry = invitation.expires_at ? formatRelative(invitation.expires_at, now) : t.neverExpires;

  const resend = async () => {
    setBusy(true);
    try {
      await mutate((rolecall) => rolecall.invitations.resend(invitation.id, { account: account.id }));
      toast(t.resent(invitation.email));
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const copyLink = () => void copyToClipboard(invitation.link ?? "", t.linkCopied(invitation.email));
  return (
    <tr>
      <td>
        <p className="strong break">{invitation.email}</p>
        <p className="small soft break phone-block">
          {roleTitle(invitation.role)} · {expiry}
        </p>
        {inviter && (
          <p className="small soft break desk-block">
            {t.columns.invitedBy}: {inviter}
          </p>
        )}
      </td>
      <td className="desk">
        <span className={cx(badgeStyles.badge, badgeStyles.name, "break")}>{roleTitle(invitation.role)}</span>
      </td>
      <td className="desk soft nowrap">
        {invitation.expires_at ? (
          <time dateTime={invitation.expires_at} title={formatDateTime(invitation.expires_at)}>
            {expiry}
          </time>
        ) : (
          expiry
        )}
      </td>
      <td>
        <span className="row end">
          <Button small icon="copy" aria-label={t.copyLinkFor(invitation.email)} onClick={copyLink}>
            {t.copyLink}
          </Button>
          <span className="desk-flex row">
            <Button small variant="quiet" busy={busy} aria-label={t.resendFor(invitation.email)} onClick={() => void resend()}>
              {t.resend}
            </Button>
            <Button small variant="quiet" aria-label={t.revokeFor(invitation.email)} onClick={onRevoke}>
              {t.revoke}
            </Button>
          </span>
          <span className="phone">
            <Menu trigger={<IconButton icon="dots" label={messages.team.memberActions(invitation.email)} />}>
              <MenuItem icon="mail" onSelect={() => void resend()}>
                {t.resend}
              </MenuItem>
              <MenuSeparator />
              <MenuItem icon="cross" danger onSelect={onRevoke}>
                {t.revoke}
              </MenuItem>
            </Menu>
          </span>
        </span>
      </td>
    </tr>
  );
}
