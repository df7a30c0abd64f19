// The members of the team: search, change roles, remove, leave, transfer ownership.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { membersQuery } from "../../data/queries";
import { useDenialReason } from "../../data/permissions";
import { useRoleTitle } from "../../data/roles";
import { useSession } from "../../data/session";
import type { Member } from "../../data/types";
import { Button, IconButton } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Menu, MenuItem, MenuSeparator } from "../../components/Menu";
import { EmptyState, ErrorState, Skeleton } from "../../components/Feedback";
import { Avatar } from "../../components/Avatar";
import { messages } from "../../messages";
import { formatDateTime, formatDate } from "../../format-time";
import { ChangeRole, LeaveTeam, RemoveMember, TransferOwnership } from "./MemberDialogs";
import badgeStyles from "../../components/Badge.module.css";
import cardStyles from "../../components/Card.module.css";
import fieldStyles from "../../components/Field.module.css";
import styles from "./Members.module.css";
import tableStyles from "../../components/Table.module.css";
import { cx } from "../../components/cx";

const t = messages.team;
type OpenDialog = { dialog: "role" | "remove" | "leave" | "transfer"; member: Member };

export function Members() {
  const { account } = useSession();
  const members = useQuery(membersQuery(account.id));
  const [query, setQuery] = useState("");
  const [openDialog, setOpenDialog] = useState<OpenDialog>();

  const searchTerm = query.trim().toLocaleLowerCase();
  const matches = members.data?.filter(({ user }) => `${user.name} ${user.email}`.toLocaleLowerCase().includes(searchTerm));
  const close = () => setOpenDialog(undefined);
  const dialogProps = (dialog: OpenDialog["dialog"]) => ({ open: openDialog?.dialog === dialog, onClose: close, member: openDialog?.member });
  return (
    <section className={cardStyles.card} aria-labelledby="members-title">
      <div className={cardStyles.header}>
        <h2 id="members-title">{t.tabs.members}</h2>
        {members.data && <span className={cx(badgeStyles.badge, "nums")}>{t.memberCount(members.data.length)}</span>}
        <span className="grow" />
        <label className={cx(fieldStyles.inputWithIcon, styles.search)}>
          <span className="hidden">{t.search}</span>
          <Icon name="search" size={16} />
          <input
            className={fieldStyles.input}
            type="search"
            placeholder={t.searchPlaceholder}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </label>
      </div>
      {members.isPending && <Skeleton lines={3} height="row" />}
      {members.error && !members.data && <ErrorState error={members.error} onRetry={() => void members.refetch()} />}
      {matches && matches.length > 0 && (
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">{t.columns.person}</th>
              <th scope="col">{t.columns.role}</th>
              <th scope="col" className="desk">
                {t.columns.joined}
              </th>
              <th scope="col">
                <span className="hidden">{t.columns.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {matches.map((member) => (
              <Row key={member.user.id} member={member} onOpenDialog={(dialog) => setOpenDialog({ dialog, member })} />
            ))}
          </tbody>
        </table>
      )}
      {matches && matches.length === 0 && <EmptyState icon="search" title={t.noMatch(query.trim())} />}
      <p className="hidden" role="status">
        {searchTerm && matches ? t.memberCount(matches.length) : ""}
      </p>
      <ChangeRole {...dialogProps("role")} />
      <RemoveMember {...dialogProps("remove")} />
      <LeaveTeam {...dialogProps("leave")} />
      <TransferOwnership {...dialogProps("transfer")} />
    </section>
  );
}

function Row({ member, onOpenDialog }: { member: Member; onOpenDialog: (dialog: OpenDialog["dialog"]) => void }) {
  const { account, user: me, isOwner } = useSession();
  const manageDenied = useDenialReason("members.manage");
  const roleTitle = useRoleTitle();
  const { user } = member;
  const isSelf = user.id === me.id;
  const ownsAccount = user.id === account.owner;
  const title = roleTitle(member.role);
  return (
    <tr>
      <td>
        <div className={tableStyles.person}>
          <Avatar name={user.name} />
          <div className={tableStyles.personText}>
            <p className={cx(tableStyles.nameLine, "row wrap")}>
              <span className="strong break">{user.name}</span>
              {isSelf && <span className={badgeStyles.badge}>{messages.common.you}</span>}
            </p>
            <p className="small soft break">{user.email}</p>
          </div>
        </div>
      </td>
      <td>
        <span className={cx(styles.roleCell, ownsAccount && styles.owner, "row wrap")}>
          <Button
            variant="quiet"
            small
            className={styles.roleButton}
            aria-label={`${t.changeRole} ${user.name}: ${title}`}
            disabledReason={ownsAccount ? t.disabled.ownerRole : manageDenied}
            onClick={() => onOpenDialog("role")}
          >
            {title}
            <Icon name="down" size={14} />
          </Button>
          {ownsAccount && <span className={cx(badgeStyles.badge, badgeStyles.accent)}>{messages.common.owner}</span>}
        </span>
      </td>
      <td className="desk soft nums nowrap">
        <time dateTime={member.joined_at} title={formatDateTime(member.joined_at)}>
          {formatDate(member.joined_at)}
        </time>
      </td>
      <td>
        <Menu trigger={<IconButton icon="dots" label={t.memberActions(user.name)} />}>
          <MenuItem icon="shield" onSelect={() => onOpenDialog("role")} disabledReason={ownsAccount ? t.disabled.ownerRole : manageDenied}>
            {t.changeRole}
          </MenuItem>
          <MenuItem icon="key" onSelect={() => onOpenDialog("transfer")} disabledReason={transferReason()}>
            {t.transfer}
          </MenuItem>
          <MenuSeparator />
          {isSelf ? (
            <MenuItem icon="out" danger onSelect={() => onOpenDialog("leave")} disabledReason={ownsAccount ? t.disabled.ownerLeave : undefined}>
              {t.leave}
            </MenuItem>
          ) : (
            <MenuItem icon="cross" danger onSelect={() => onOpenDialog("remove")} disabledReason={ownsAccount ? t.disabled.ownerRemove : manageDenied}>
              {t.remove}
            </MenuItem>
          )}
        </Menu>
      </td>
    </tr>
  );

  function transferReason(): string | undefined {
    if (ownsAccount) return t.disabled.alreadyOwner;
    if (!isOwner) return t.disabled.ownerOnly;
    return member.role === "admin" ? undefined : t.disabled.transferNeedsAdmin;
  }
}
