// /audit-log: what happened in the account, newest first. The filters live in the address, so that a view can be shared.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { auditQuery } from "../data/queries";
import { useDenial } from "../data/rights";
import { useActive } from "../data/session";
import type { AuditFilter } from "../data/types";
import { Page } from "../layout/Page";
import { Button } from "../parts/Button";
import { EmptyState, ErrorState, Skeleton } from "../parts/States";
import { text } from "../text";
import { Events } from "./audit/Events";
import { Export } from "./audit/Export";
import { Filters } from "./audit/Filters";
import { useVerify, Verdict } from "./audit/Verify";

const words = text.audit;

export function AuditLogPage() {
  const { account } = useActive();
  const denial = useDenial("audit.read");
  if (denial !== undefined) {
    return (
      <Page title={words.title} lead={words.lead}>
        <section className="card">
          <EmptyState icon="lock" title={text.errors.noAccessTitle}>
            {denial}
          </EmptyState>
        </section>
      </Page>
    );
  }
  return <Log key={account.id} />;
}

function Log() {
  const { account } = useActive();
  const search = useSearch({ from: "/console/audit-log" });
  const filter = useMemo<AuditFilter>(() => Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)), [search]);
  const navigate = useNavigate({ from: "/audit-log" });
  const log = useInfiniteQuery(auditQuery(account.id, filter));
  const verify = useVerify(account.id);
  const setFilter = (next: AuditFilter) => void navigate({ search: next, replace: true, resetScroll: false });
  const filtered = Object.keys(filter).length > 0;
  const events = log.data?.pages.flatMap((page) => page.items) ?? [];

  const actions = (
    <>
      <Button icon="shield" busy={verify.state.is === "checking"} onClick={() => void verify.run()}>
        {words.verify}
      </Button>
      <Export filter={filter} />
    </>
  );
  return (
    <Page title={words.title} lead={words.lead} actions={actions}>
      <Verdict state={verify.state} />
      <section className="card" aria-label={words.title}>
        <Filters filter={filter} onChange={setFilter} />
        {log.isPending && <Skeleton lines={6} height="row" />}
        {log.error && events.length === 0 && <ErrorState error={log.error} onRetry={() => void log.refetch()} />}
        {log.data && events.length === 0 && (
          <EmptyState icon="log" title={filtered ? words.noMatch : words.none} action={filtered ? <Button onClick={() => setFilter({})}>{words.clear}</Button> : undefined} />
        )}
        {events.length > 0 && <Events events={events} />}
        {events.length > 0 && (
          <More
            more={log.hasNextPage}
            busy={log.isFetchingNextPage}
            failed={log.isFetchNextPageError ? log.error : undefined}
            onMore={() => void log.fetchNextPage({ cancelRefetch: false })}
          />
        )}
      </section>
    </Page>
  );
}

/** Loads the next page when the end of the list comes near; the button does the same for keyboards and after a failure. */
function More({ more, busy, failed, onMore }: { more: boolean; busy: boolean; failed: unknown; onMore: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const load = useRef(onMore);
  useEffect(() => {
    load.current = onMore;
  });
  const watching = more && !failed;
  useEffect(() => {
    const here = end.current;
    if (!here || !watching) return;
    const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && load.current(), { rootMargin: "600px" });
    watcher.observe(here);
    return () => watcher.disconnect();
    // `busy` is among the reasons: a page that did not fill the screen must bring the next.
  }, [watching, busy]);
  return (
    <div ref={end} className="card-foot list-end">
      {more ? (
        <Button look="quiet" busy={busy} onClick={onMore}>
          {failed ? text.retry : text.more}
        </Button>
      ) : (
        <p className="small faint">{words.end}</p>
      )}
    </div>
  );
}
