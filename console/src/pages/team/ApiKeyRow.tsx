// A table row for an API key, with its permissions and resources on demand.
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { membersQuery, policyQuery } from "../../data/queries";
import { useRoles } from "../../data/roles";
import { useSession } from "../../data/session";
import type { ApiKey } from "../../data/types";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Feedback";
import { CopyButton } from "../../components/CopyButton";
import { useNow, RelativeTime } from "../../components/FormattedText";
import { messages } from "../../messages";
import { formatDateTime, formatRelative } from "../../format-time";
import badgeStyles from "../../components/Badge.module.css";
import fieldStyles from "../../components/Field.module.css";
import styles from "./ApiKeyRow.module.css";
import tableStyles from "../../components/Table.module.css";
import { cx } from "../../components/cx";

const t = messages.apiKeys;
const WEEK_MS = 604_800_000;

interface Creator {
  /** Undefined until the members have loaded. */
  name: string | undefined;
  /** No longer a member of the account. */
  hasLeft: boolean;
  /** Permissions of the key that its creator no longer holds, and that are therefore not effective. */
  missingPermissions: string[];
}

function useKeyCreator(key: ApiKey): Creator {
  const { account, user } = useSession();
  const roles = useRoles();
  const members = useQuery({ ...membersQuery(account.id), enabled: account.kind === "team" });
  if (account.kind === "personal" && key.created_by === user.id) return { name: user.name, hasLeft: false, missingPermissions: [] };
  const member = members.data?.find(({ user }) => user.id === key.created_by);
  if (!members.data) return { name: undefined, hasLeft: false, missingPermissions: [] };
  if (!member) return { name: messages.auditLog.formerMember, hasLeft: true, missingPermissions: key.permissions };
  const creatorPermissions = roles.data?.find((role) => role.code === member.role)?.permissions;
  return {
    name: member.user.name,
    hasLeft: false,
    missingPermissions: creatorPermissions ? key.permissions.filter((code) => !creatorPermissions.includes(code)) : [],
  };
}

export function ApiKeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const now = useNow();
  const [open, setOpen] = useState(false);
  const details = useId();
  const creator = useKeyCreator(apiKey);
  const timeLeft = apiKey.expires_at ? Date.parse(apiKey.expires_at) - now : Number.POSITIVE_INFINITY;
  const used = apiKey.last_used_at ? t.used(formatRelative(apiKey.last_used_at, now)) : t.neverUsed;
  const expiry = timeLeft <= 0 ? undefined : apiKey.expires_at ? t.expires(formatRelative(apiKey.expires_at, now)) : t.neverExpires;
  const unusable = creator.missingPermissions.length === apiKey.permissions.length;
  return (
    <>
      <tr className={cx(tableStyles.expandable, open && tableStyles.open)}>
        <td>
          <p className={cx(tableStyles.nameLine, "row wrap")}>
            <span className="strong break">{apiKey.name}</span>
            {timeLeft <= 0 && <span className={cx(badgeStyles.badge, badgeStyles.bad)}>{t.expired}</span>}
            {timeLeft > 0 && creator.missingPermissions.length > 0 && (
              <span className={cx(badgeStyles.badge, unusable ? badgeStyles.bad : badgeStyles.warn)}>{unusable ? t.noAccess : t.reducedAccess}</span>
            )}
          </p>
          <button type="button" className={styles.toggle} aria-expanded={open} aria-controls={open ? details : undefined} onClick={() => setOpen(!open)}>
            <span className="hidden">{t.scopeLabel(apiKey.name)}</span>
            {t.scope(apiKey.permissions.length, apiKey.resources.length)}
            <span className={tableStyles.expandArrow}>
              <Icon name="down" size={14} />
            </span>
          </button>
          <p className="small soft phone-block">{expiry === undefined ? used : `${used} · ${expiry}`}</p>
        </td>
        <td className="desk soft">
          <span className="nowrap">
            <RelativeTime at={apiKey.created_at} />
          </span>
          {creator.name !== undefined && <span className="small block break">{t.createdBy(creator.name)}</span>}
        </td>
        <td className="desk soft nowrap">{apiKey.last_used_at ? <RelativeTime at={apiKey.last_used_at} /> : messages.common.never}</td>
        <td className={`desk nowrap ${timeLeft < WEEK_MS ? "warn" : "soft"}`}>
          {apiKey.expires_at ? <RelativeTime at={apiKey.expires_at} /> : messages.common.never}
        </td>
        <td>
          <Button small variant="quiet" aria-label={t.revokeKey(apiKey.name)} onClick={onRevoke}>
            {t.revoke}
          </Button>
        </td>
      </tr>
      {open && (
        <tr className={tableStyles.details}>
          <td colSpan={5} id={details}>
            <Details apiKey={apiKey} creator={creator} />
          </td>
        </tr>
      )}
    </>
  );
}

function Details({ apiKey, creator: { name, hasLeft, missingPermissions } }: { apiKey: ApiKey; creator: Creator }) {
  const policy = useQuery(policyQuery);
  const title = (code: string) => policy.data?.permissions.find((permission) => permission.code === code)?.title ?? code;
  return (
    <div className={cx(styles.content, "stack")}>
      {name !== undefined && missingPermissions.length > 0 && <Notice kind="warning">{hasLeft ? t.creatorLeft : t.creatorReduced(name)}</Notice>}
      <div className={styles.lists}>
        <section>
          <h3 className={cx(fieldStyles.label, styles.heading)}>{t.permissions}</h3>
          <ul className={styles.list}>
            {apiKey.permissions.map((code) => (
              <li key={code} className="row top">
                <Icon name={missingPermissions.includes(code) ? "minus" : "check"} size={16} />
                <span className={missingPermissions.includes(code) ? "soft struck" : ""}>
                  {title(code)}
                  {missingPermissions.includes(code) && <span className="hidden"> ({t.notEffective})</span>}
                </span>
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h3 className={cx(fieldStyles.label, styles.heading)}>{t.resources}</h3>
          {apiKey.resources.length === 0 ? (
            <p className="soft">{t.allResources}</p>
          ) : (
            <ul className={styles.list}>
              {apiKey.resources.map((resource) => (
                <li key={resource} className="mono break">
                  {resource}
                </li>
              ))}
            </ul>
          )}
        </section>
      </div>
      <div className="row wrap small soft">
        <span className="grow">{t.createdAt(name, formatDateTime(apiKey.created_at))}</span>
        <code className="break">{apiKey.id}</code>
        <CopyButton small value={apiKey.id} label={`${messages.common.copy}: ${t.id}`} copiedMessage={t.idCopied} />
      </div>
    </div>
  );
}
