// The account's API keys: list, create, revoke.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAccountMutation } from "../../data/account-mutation";
import { apiKeysQuery } from "../../data/queries";
import { useDenialReason } from "../../data/permissions";
import { useSession } from "../../data/session";
import type { ApiKey } from "../../data/types";
import { Button } from "../../components/Button";
import { ConfirmDialog } from "../../components/Dialog";
import { EmptyState, ErrorState, Skeleton } from "../../components/Feedback";
import { toast } from "../../components/toast";
import { useNow } from "../../components/FormattedText";
import { messages } from "../../messages";
import { formatRelative } from "../../format-time";
import { CreateApiKeyDialog } from "./CreateApiKeyDialog";
import { ApiKeyRow } from "./ApiKeyRow";
import badgeStyles from "../../components/Badge.module.css";
import cardStyles from "../../components/Card.module.css";
import tableStyles from "../../components/Table.module.css";
import { cx } from "../../components/cx";

const t = messages.apiKeys;

export function ApiKeys() {
  const { account } = useSession();
  const deniedReason = useDenialReason("team.manage");
  const keys = useQuery({ ...apiKeysQuery(account.id), enabled: deniedReason === undefined });
  const [creating, setCreating] = useState(false);
  const count = deniedReason === undefined ? (keys.data?.length ?? 0) : 0;
  return (
    <section className={cardStyles.card} aria-labelledby="keys-title">
      <div className={cardStyles.header}>
        <div className="grow">
          <div className="row">
            <h2 id="keys-title">{messages.team.tabs.keys}</h2>
            {count > 0 && <span className={cx(badgeStyles.badge, "nums")}>{count}</span>}
          </div>
          <p className="soft small">{t.lead}</p>
        </div>
        <Button icon="plus" disabledReason={deniedReason} onClick={() => setCreating(true)}>
          {t.create}
        </Button>
      </div>
      {deniedReason === undefined ? (
        <>
          {keys.isPending && <Skeleton lines={2} height="row" />}
          {keys.error && !keys.data && <ErrorState error={keys.error} onRetry={() => void keys.refetch()} />}
          {keys.data && keys.data.length === 0 && (
            <EmptyState icon="key" title={t.none}>
              {t.noneHint}
            </EmptyState>
          )}
          {keys.data && keys.data.length > 0 && <List keys={keys.data} />}
        </>
      ) : (
        <EmptyState icon="lock" title={t.noAccessTitle}>
          {deniedReason}
        </EmptyState>
      )}
      <CreateApiKeyDialog open={creating} onClose={() => setCreating(false)} />
    </section>
  );
}

function List({ keys }: { keys: ApiKey[] }) {
  const { account } = useSession();
  const mutate = useAccountMutation(account.id);
  const now = useNow();
  const [confirming, setConfirming] = useState(false);
  const [keyToRevoke, setKeyToRevoke] = useState<ApiKey>();
  const revoke = async () => {
    if (!keyToRevoke) return;
    await mutate((rolecall) => rolecall.apiKeys.revoke(keyToRevoke.id, { account: account.id }));
    toast(t.revoked(keyToRevoke.name));
  };
  const { columns } = t;
  return (
    <>
      <table className={tableStyles.table}>
        <thead>
          <tr>
            <th scope="col">{columns.name}</th>
            {[columns.created, columns.lastUsed, columns.expires].map((column) => (
              <th key={column} scope="col" className="desk">
                {column}
              </th>
            ))}
            <th scope="col">
              <span className="hidden">{columns.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <ApiKeyRow
              key={key.id}
              apiKey={key}
              onRevoke={() => {
                setKeyToRevoke(key);
                setConfirming(true);
              }}
            />
          ))}
        </tbody>
      </table>
      {keyToRevoke && (
        <ConfirmDialog
          open={confirming}
          onClose={() => setConfirming(false)}
          title={t.revokeTitle(keyToRevoke.name)}
          body={t.revokeBody(keyToRevoke.last_used_at ? t.used(formatRelative(keyToRevoke.last_used_at, now)) : t.neverUsed)}
          submit={t.revoke}
          onConfirm={revoke}
        />
      )}
    </>
  );
}
