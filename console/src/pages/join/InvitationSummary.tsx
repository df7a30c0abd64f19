// The invitation's role and its permissions.
import { useQuery } from "@tanstack/react-query";
import { policyQuery } from "../../data/queries";
import type { InvitationPreview } from "../../data/types";
import { Icon } from "../../components/Icon";
import { useNow } from "../../components/FormattedText";
import { messages } from "../../messages";
import { formatRelative } from "../../format-time";
import cardStyles from "../../components/Card.module.css";
import styles from "./InvitationSummary.module.css";
import { cx } from "../../components/cx";

export function InvitationSummary({ invitation }: { invitation: InvitationPreview }) {
  const policy = useQuery(policyQuery);
  const now = useNow();
  const { role, expires_at } = invitation;
  const titles = new Map(policy.data?.permissions.map((permission) => [permission.code, permission.title]));
  return (
    <div className="stack">
      <div className={cx(cardStyles.card, cardStyles.sunken)}>
        <p className="small soft">{messages.join.role}</p>
        <p className="strong">{role.title}</p>
        <details className={styles.permissions} open>
          <summary className="small">{messages.join.permissions}</summary>
          {role.permissions.length === 0 ? (
            <p className="small soft">{messages.join.noPermissions}</p>
          ) : (
            <ul>
              {role.permissions.map((code) => (
                <li key={code} className="row small">
                  <Icon name="check" size={16} />
                  {titles.get(code) ?? code}
                </li>
              ))}
            </ul>
          )}
        </details>
      </div>
      {expires_at && <p className="small soft">{messages.join.expires(formatRelative(expires_at, now))}</p>}
    </div>
  );
}
