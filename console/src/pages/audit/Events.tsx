// The events as sentences, with the raw event behind each.
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { membersQuery, policyQuery } from "../../data/queries";
import { useActive } from "../../data/session";
import type { AuditEvent } from "../../data/types";
import { Icon } from "../../parts/Icon";
import { Avatar, CopyButton, When } from "../../parts/Words";
import { text } from "../../text";
import { exactly } from "../../time";
import { type Names, sentence } from "./sentence";

const words = text.audit;

export function Events({ events }: { events: AuditEvent[] }) {
  const { account } = useActive();
  const members = useQuery(membersQuery(account.id));
  const policy = useQuery(policyQuery);
  const names: Names = {
    person: (id) => members.data?.find((member) => member.user.id === id)?.user.name ?? events.find((event) => event.actor.id === id)?.actor.name ?? words.aFormerMember,
    // A custom role by its code, as the event has it: a role of that code can be another one by now.
    role: (code) => policy.data?.roles.find((role) => role.code === code)?.title ?? code,
    permission: (code) => policy.data?.permissions.find((one) => one.code === code)?.title ?? code,
  };
  return (
    <table className="table events">
      <thead>
        <tr>
          <th scope="col">{words.columns.event}</th>
          <th scope="col" className="desk">
            {words.columns.outcome}
          </th>
          <th scope="col">{words.columns.at}</th>
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

function Row({ event, names }: { event: AuditEvent; names: Names }) {
  const [open, setOpen] = useState(false);
  const details = useId();
  const { actor, what, note } = sentence(event, names);
  const raw = JSON.stringify(event, null, 2);
  const denied = event.outcome === "denied";
  return (
    <>
      <tr className={open ? "event open" : "event"}>
        <td>
          <button type="button" className="event-button" aria-expanded={open} aria-controls={open ? details : undefined} onClick={() => setOpen(!open)}>
            <Avatar name={actor} icon={event.actor.type === "api_key" ? "key" : undefined} />
            <span className="grow">
              <span className="strong">{actor}</span> {what}
              {note && <span className="soft small block">{note}</span>}
              {denied && <span className="badge bad phone-only">{words.outcomes["denied"]}</span>}
            </span>
            <span className="event-arrow">
              <Icon name="down" size={16} />
            </span>
          </button>
        </td>
        <td className="desk">
          <span className={`badge ${denied ? "bad" : ""}`}>{words.outcomes[event.outcome] ?? event.outcome}</span>
        </td>
        <td className="soft nums small nowrap">
          <When at={event.at} shortOnPhone />
        </td>
      </tr>
      {open && (
        <tr className="event-raw">
          <td colSpan={3} id={details}>
            <div className="stack tight">
              <div className="row wrap">
                <span className="badge nums">{words.number(event.seq)}</span>
                <span className="small soft grow">{exactly(event.at)}</span>
                <CopyButton small value={raw} label={`${text.copy}: ${words.raw}`} done={text.copied} />
              </div>
              <pre className="code-block" tabIndex={0} aria-label={words.raw}>
                {raw}
              </pre>
            </div>
          </td>
        </tr>
      )}
    </>
  );
}
