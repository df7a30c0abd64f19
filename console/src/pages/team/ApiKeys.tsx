// API keys of the account: made for a service with just the permissions it needs, shown once, revoked at once.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../../data/act";
import { apiKeysQuery } from "../../data/queries";
import { useDenial } from "../../data/rights";
import { useActive } from "../../data/session";
import type { ApiKey } from "../../data/types";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Dialog";
import { EmptyState, ErrorState, Skeleton } from "../../parts/States";
import { toast } from "../../parts/toast";
import { useNow } from "../../parts/Words";
import { text } from "../../text";
import { fromNow } from "../../time";
import { CreateKey } from "./CreateKey";
import { KeyRow } from "./KeyRow";

const words = text.keys;

export function ApiKeys() {
  const { account } = useActive();
  const denial = useDenial("team.manage");
  const keys = useQuery({ ...apiKeysQuery(account.id), enabled: denial === undefined });
  const [creating, setCreating] = useState(false);
  const count = denial === undefined ? (keys.data?.length ?? 0) : 0;
  return (
    <section className="card" aria-labelledby="keys-title">
      <div className="card-head">
        <div className="grow">
          <div className="row">
            <h2 id="keys-title">{text.team.tabs.keys}</h2>
            {count > 0 && <span className="badge nums">{count}</span>}
          </div>
          <p className="soft small">{words.lead}</p>
        </div>
        <Button icon="plus" reason={denial} onClick={() => setCreating(true)}>
          {words.create}
        </Button>
      </div>
      {denial === undefined ? (
        <>
          {keys.isPending && <Skeleton lines={2} height="row" />}
          {keys.error && !keys.data && <ErrorState error={keys.error} onRetry={() => void keys.refetch()} />}
          {keys.data && keys.data.length === 0 && (
            <EmptyState icon="key" title={words.none}>
              {words.noneHint}
            </EmptyState>
          )}
          {keys.data && keys.data.length > 0 && <List keys={keys.data} />}
        </>
      ) : (
        <EmptyState icon="lock" title={words.hiddenTitle}>
          {denial}
        </EmptyState>
      )}
      <CreateKey open={creating} onClose={() => setCreating(false)} />
    </section>
  );
}

function List({ keys }: { keys: ApiKey[] }) {
  const { account } = useActive();
  const act = useAct(account.id);
  const now = useNow();
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState<ApiKey>();
  const revoke = async () => {
    if (!asked) return;
    await act((client) => client.revokeApiKey(account.id, asked.id));
    toast(words.revoked(asked.name));
  };
  const { columns } = words;
  return (
    <>
      <table className="table">
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
            <KeyRow
              key={key.id}
              apiKey={key}
              onRevoke={() => {
                setAsked(key);
                setOpen(true);
              }}
            />
          ))}
        </tbody>
      </table>
      {asked && (
        <Confirm
          open={open}
          onClose={() => setOpen(false)}
          title={words.revokeTitle(asked.name)}
          body={words.revokeBody(asked.last_used_at ? words.used(fromNow(asked.last_used_at, now)) : words.usedNever)}
          submit={words.revoke}
          onConfirm={revoke}
        />
      )}
    </>
  );
}
