// A key in the list, with what it may do behind it on demand.
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { membersQuery, policyQuery } from "../../data/queries";
import { useRoles } from "../../data/roles";
import { useActive } from "../../data/session";
import type { ApiKey } from "../../data/types";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { Notice } from "../../parts/States";
import { CopyButton, useNow, When } from "../../parts/Words";
import { text } from "../../text";
import { exactly, fromNow } from "../../time";

const words = text.keys;
const WEEK_MS = 604_800_000;

interface Creator {
  /** Undefined until the members are read. */
  name: string | undefined;
  /** No longer in the account. */
  gone: boolean;
  /** What the key has and they do not hold any more: at use it has none of these. */
  lost: string[];
}

function useCreator(key: ApiKey): Creator {
  const { account, user } = useActive();
  const roles = useRoles();
  const members = useQuery({ ...membersQuery(account.id), enabled: account.kind === "team" });
  if (account.kind === "personal" && key.created_by === user.id) return { name: user.name, gone: false, lost: [] };
  const member = members.data?.find((one) => one.user.id === key.created_by);
  if (!members.data) return { name: undefined, gone: false, lost: [] };
  if (!member) return { name: text.audit.aFormerMember, gone: true, lost: key.permissions };
  const held = roles.data?.find((role) => role.code === member.role)?.permissions;
  return { name: member.user.name, gone: false, lost: held ? key.permissions.filter((code) => !held.includes(code)) : [] };
}

export function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const now = useNow();
  const [open, setOpen] = useState(false);
  const details = useId();
  const creator = useCreator(apiKey);
  const left = apiKey.expires_at ? Date.parse(apiKey.expires_at) - now : Number.POSITIVE_INFINITY;
  const used = apiKey.last_used_at ? words.used(fromNow(apiKey.last_used_at, now)) : words.usedNever;
  const ends = left <= 0 ? undefined : apiKey.expires_at ? words.expires(fromNow(apiKey.expires_at, now)) : words.expiresNever;
  const dead = creator.lost.length === apiKey.permissions.length;
  return (
    <>
      <tr className={open ? "event open" : "event"}>
        <td>
          <p className="row wrap key-name">
            <span className="strong break">{apiKey.name}</span>
            {left <= 0 && <span className="badge bad">{words.expired}</span>}
            {left > 0 && creator.lost.length > 0 && <span className={`badge ${dead ? "bad" : "warn"}`}>{dead ? words.without : words.reduced}</span>}
          </p>
          <button type="button" className="key-more" aria-expanded={open} aria-controls={open ? details : undefined} onClick={() => setOpen(!open)}>
            <span className="hidden">{words.mayOf(apiKey.name)}</span>
            {words.may(apiKey.permissions.length, apiKey.resources.length)}
            <span className="event-arrow">
              <Icon name="down" size={14} />
            </span>
          </button>
          <p className="small soft phone-only block">{ends === undefined ? used : `${used} · ${ends}`}</p>
        </td>
        <td className="desk soft">
          <span className="nowrap"><When at={apiKey.created_at} /></span>
          {creator.name !== undefined && <span className="small block break">{words.by(creator.name)}</span>}
        </td>
        <td className="desk soft nowrap">{apiKey.last_used_at ? <When at={apiKey.last_used_at} /> : text.never}</td>
        <td className={`desk nowrap ${left < WEEK_MS ? "warn-ink" : "soft"}`}>{apiKey.expires_at ? <When at={apiKey.expires_at} /> : text.never}</td>
        <td>
          <Button small look="quiet" aria-label={words.revokeKey(apiKey.name)} onClick={onRevoke}>
            {words.revoke}
          </Button>
        </td>
      </tr>
      {open && (
        <tr className="event-raw key-raw">
          <td colSpan={5} id={details}>
            <Details apiKey={apiKey} creator={creator} />
          </td>
        </tr>
      )}
    </>
  );
}

function Details({ apiKey, creator: { name, gone, lost } }: { apiKey: ApiKey; creator: Creator }) {
  const policy = useQuery(policyQuery);
  const title = (code: string) => policy.data?.permissions.find((one) => one.code === code)?.title ?? code;
  return (
    <div className="stack key-details">
      {name !== undefined && lost.length > 0 && <Notice kind="warn">{gone ? words.creatorGone : words.creatorLost(name)}</Notice>}
      <div className="key-lists">
        <section>
          <h3 className="label">{words.mayDo}</h3>
          <ul className="gives">
            {apiKey.permissions.map((code) => (
              <li key={code} className="row top">
                <Icon name={lost.includes(code) ? "minus" : "check"} size={16} />
                <span className={lost.includes(code) ? "soft struck" : ""}>
                  {title(code)}
                  {lost.includes(code) && <span className="hidden"> ({words.lost})</span>}
                </span>
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h3 className="label">{words.only}</h3>
          {apiKey.resources.length === 0 ? (
            <p className="soft">{words.everything}</p>
          ) : (
            <ul className="gives">
              {apiKey.resources.map((one) => (
                <li key={one} className="mono break">
                  {one}
                </li>
              ))}
            </ul>
          )}
        </section>
      </div>
      <div className="row wrap small soft">
        <span className="grow">{words.created(name, exactly(apiKey.created_at))}</span>
        <code className="break">{apiKey.id}</code>
        <CopyButton small value={apiKey.id} label={`${text.copy}: ${words.id}`} done={words.idCopied} />
      </div>
    </div>
  );
}
