// The table of events, with the JSON of each on demand.
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { membersQuery, policyQuery } from "../../data/queries";
import { useSession } from "../../data/session";
import type { AuditEvent } from "../../data/types";
import { Icon } from "../../components/Icon";
import { Avatar } from "../../components/Avatar";
import { CopyButton } from "../../components/CopyButton";
import { RelativeTime } from "../../components/FormattedText";
import { messages } from "../../messages";
import { formatDateTime } from "../../format-time";
import { type NameLookup, describeEvent } from "./describe-event";
import badgeStyles from "../../components/Badge.module.css";
import codeBlockStyles from "../../components/CodeBlock.module.css";
import styles from "./EventTable.module.css";
import tableStyles from "../../components/Table.module.css";
import { cx } from "../../components/cx";

const t = messages.auditLog;

export function EventTable({ events }: { events: AuditEvent[] }) {
  const { account } = useSession();
  const members = useQuery(membersQuery(account.id));
  const policy = useQuery(policyQuery);
  const names: NameLookup = {
    person: (id) =>
      members.data?.find((member) => member.user.id === id)?.user.name ??
      events.find(({ actor }) => actor.id === id && actor.name !== null)?.actor.name ??
      t.formerMember,
    // Custom roles are shown by code: the role of that code may be another one by now.
    role: (code) => policy.data?.roles.find((role) => role.code === code)?.title ?? code,
    permission: (code) => policy.data?.permissions.find((permission) => permission.code === code)?.title ?? code,
  };
  return (
    <table className={cx(tableStyles.table, styles.table)}>
      <thead>
        <tr>
          <th scope="col">{t.columns.event}</th>
          <th scope="col" className="desk">
            {t.columns.outcome}
          </th>
          <th scope="col">{t.columns.at}</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <Row key={event.id} event={event} names={names} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ event, names }: { event: AuditEvent; names: NameLookup }) {
  const [open, setOpen] = useState(false);
  const details = useId();
  const { actor, action, note } = describeEvent(event, names);
  const raw = JSON.stringify(event, null, 2);
  const denied = event.outcome === "denied";
  return (
    <>
      <tr className={cx(tableStyles.expandable, open && tableStyles.open)}>
        <td>
          <button type="button" className={styles.summary} aria-expanded={open} aria-controls={open ? details : undefined} onClick={() => setOpen(!open)}>
            <Avatar name={actor} icon={event.actor.type === "api_key" ? "key" : undefined} />
            <span className="grow">
              <span className="strong">{actor}</span> {action}
              {note && <span className="soft small block">{note}</span>}
              {denied && <span className={cx(badgeStyles.badge, badgeStyles.bad, "phone")}>{t.outcomes.denied}</span>}
            </span>
            <span className={tableStyles.expandArrow}>
              <Icon name="down" size={16} />
            </span>
          </button>
        </td>
        <td className="desk">
          <span className={cx(badgeStyles.badge, denied && badgeStyles.bad)}>{t.outcomes[event.outcome]}</span>
        </td>
        <td className="soft nums small nowrap">
          <RelativeTime at={event.at} shortOnPhone />
        </td>
      </tr>
      {open && (
        <tr className={cx(tableStyles.details, styles.raw)}>
          <td colSpan={3} id={details}>
            <div className="stack tight">
              <div className="row wrap">
                <span className={cx(badgeStyles.badge, "nums")}>{t.number(event.seq)}</span>
                <span className="small soft grow">{formatDateTime(event.at)}</span>
                <CopyButton small value={raw} label={`${messages.common.copy}: ${t.json}`} copiedMessage={messages.common.copied} />
              </div>
              <pre className={codeBlockStyles.codeBlock} tabIndex={0} aria-label={t.json}>
                {raw}
              </pre>
            </div>
          </td>
        </tr>
      )}
    </>
  );
}
